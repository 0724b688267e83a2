"""From `movement-lab serve` to the first page, with a fresh data folder and with one that is full.

::

    python benchmarks/first_screen.py --times 3
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from prepared import prepare
from served import Served

from movement_lab.storage import open_store


def main() -> None:
    """Print seconds to the first page, and to the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--assessments", type=int, default=600, help="in the full folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.times):
            tell("fresh", Path(folder) / f"fresh-{number}")
        full = Path(folder) / "full"
        store = open_store(full)
        prepare(store, copies=asked.assessments // 3)
        store.close()
        for _ in range(asked.times):
            tell("full", full)


def tell(name: str, data: Path) -> None:
    """Start the server once, and end it."""
    served = Served(data)
    begun = time.perf_counter()
    served.start()
    printed_s = time.perf_counter() - begun
    status = first_page(served)
    shown_s = time.perf_counter() - begun
    begun = time.perf_counter()
    code = served.end()
    ended_s = time.perf_counter() - begun
    print(
        f"{name}: address after {printed_s:.2f} s, first page ({status}) after {shown_s:.2f} s; "
        f"ended in {ended_s:.2f} s (exit code {code}), left running: {strays(data)}"
    )


def first_page(served: Served) -> int:
    """Ask for the first page until it is there."""
    while True:
        try:
            return served.ask("GET", "/")[0]
        except (OSError, http.client.HTTPException):
            time.sleep(0.01)


def strays(data: Path) -> int:
    """Count processes that still work on the folder."""
    found = subprocess.run(["pgrep", "-fc", str(data)], capture_output=True, text=True, check=False)
    return int(found.stdout or 0)


if __name__ == "__main__":
    main()
