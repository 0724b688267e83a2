"""How long a correction takes: a stored track assessed again and all its files written.

    python benchmarks/recompute.py TRACK.npz [--rounds 5]

The first round pays for what is loaded once; the workspace has it loaded when a page is open.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

#: Seconds promised to whoever corrects a clip of 20 to 30 s.
PROMISED_S = 2.0


def recompute(track: Path, folder: Path) -> float:
    """Return the seconds from the stored track to the last file."""
    from movement_lab.recording import assess_video
    from movement_lab.results import Look, write_results

    started = time.perf_counter()
    write_results(assess_video(track), folder, Look(video=False))
    return time.perf_counter() - started


def main() -> None:
    """Time, print, and end with 1 where the promise isn't kept."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("track", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first, *later = (recompute(asked.track, Path(folder)) for _ in range(asked.rounds + 1))
    usual = statistics.median(later)
    print(f"first {first:.2f} s, then {usual:.2f} s ({min(later):.2f} to {max(later):.2f})")
    raise SystemExit(usual > PROMISED_S)


if __name__ == "__main__":
    main()
