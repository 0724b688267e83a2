"""``python -m movement_lab.batch.child``: jobs on standard input, answers on standard output.

Its network is cut before anything that could use it is imported, and it ends with whoever started it.
"""

from __future__ import annotations

import json
import os
import signal
import sys


def main() -> None:
    """Answer jobs until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process decides when it stops
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not come between the answers
    from movement_lab.tracking import start_following

    start_following()
    from movement_lab.batch.work import do_clip

    for line in sys.stdin:
        answers.write(json.dumps(do_clip(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
