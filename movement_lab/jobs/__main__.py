"""``python -m movement_lab.jobs DATA_FOLDER``: the worker process."""

import sys
from pathlib import Path

from movement_lab.jobs.worker import run_worker

if __name__ == "__main__":
    run_worker(Path(sys.argv[1]))
