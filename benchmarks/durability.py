"""Kill the server, the worker or both at random moments, round after round, and look for what was lost.

::

    python benchmarks/durability.py --rounds 20

Each round: ``kill -9`` during an upload, in the queue, during an assessment or a correction; then a start. At
the end every accepted recording has to be assessed exactly once, the database whole, no file left over.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from durable import Rounds
from short_clips import short_clip


def main() -> None:
    """Play the rounds and say what was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        clip = short_clip(Path(folder) / "clip.mp4", end_s=4.6, every=3).read_bytes()
        rounds = Rounds(Path(folder) / "data", clip, asked.seed)
        rounds.run(asked.rounds)
        faults = rounds.faults()
    print(
        f"{rounds.kills} kills, {len(rounds.senders)} recordings sent and accepted, "
        f"{time.monotonic() - began:.0f} s, {len(faults)} faults"
    )
    for fault in faults:
        print("  " + fault)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
