"""How long the live picture's answer takes in a real browser, beside the bare landmarker call.

    python benchmarks/live.py [--minutes 1] [--cameras 1] [--clip SAMPLE] [--browser /usr/bin/chromium]

A workspace is started, Chromium plays a sample as its camera at 640 x 480, and the page goes through set-up
into recording. The delay runs from the moment the page takes a picture of the camera to the answer in the
page; the bare call is the landmarker's own time for the same picture, process and load.
Promised: median at most 1.5 times, 95 % at most 2.5 times the bare call, and no growth over minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

REPO = Path(__file__).parent.parent
sys.path.insert(0, str(REPO / "tests"))
MEDIAN_TIMES, P95_TIMES = 1.5, 2.5
_COLLECT = """() => { window.answers = [];
  document.addEventListener("live-answer", ({ detail }) => window.answers.push(detail)); }"""
_TAKE = "() => window.answers.splice(0)"


@contextmanager
def workspace(folder: Path) -> Iterator[tuple[str, int]]:
    """Serve a workspace from a folder; yields address and process number."""
    from live_browser import free_port

    port = free_port()
    command = [sys.executable, "-m", "movement_lab", "serve", "--no-browser", "--port", str(port), "--data"]
    server = subprocess.Popen([*command, str(folder)], cwd=REPO, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    server.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait()


def memory_mb(root: int) -> dict[str, float]:
    """Return resident memory of the server and its largest children, megabytes."""
    import psutil

    server = psutil.Process(root)
    children = sorted((each.memory_info().rss for each in server.children(recursive=True)), reverse=True)
    sizes = [server.memory_info().rss, *children[:2]]
    return dict(zip(("server", "pose", "analysis"), [size / 1e6 for size in sizes], strict=False))


def record(
    pages: list[Any], minutes: float, pid: int, tell: Callable[[str], object]
) -> list[dict[str, float]]:
    """Record with every page, telling once a minute how it goes; returns all answers."""
    for page in pages:
        page.wait_for_selector("#coach[data-heard]", timeout=60_000)
    pages[0].wait_for_timeout(4000)
    for page in pages:
        page.keyboard.press(" ")
        page.wait_for_selector('#stage[data-state="live"]', timeout=60_000)
        page.evaluate(_COLLECT)
    pages[0].wait_for_timeout(5000)  # settled
    for page in pages:
        page.evaluate(_TAKE)
    found: list[dict[str, float]] = []
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        pages[0].wait_for_timeout(1000 * min(30, max(1, until - time.monotonic())))
        fresh = [answer for page in pages for answer in page.evaluate(_TAKE)]
        found += fresh
        memory = ", ".join(f"{name} {size:.0f}" for name, size in memory_mb(pid).items())
        counts = "/".join(page.inner_text("#count") for page in pages)
        tell(f"  {line(fresh)}; MB: {memory}; counted {counts}")
    return found


def line(answers: list[dict[str, float]]) -> str:
    """Return medians and 95 % of a stretch in one line."""
    if not answers:
        return "no answers"
    delay, bare = (np.array([each[key] for each in answers]) for key in ("delay_ms", "pose_ms"))
    parts = ", ".join(
        f"{name} {np.median([each[f'{name}_ms'] for each in answers]):.1f}"
        for name in ("encode", "server", "decode")
    )
    p95 = np.quantile(delay, 0.95), np.quantile(bare, 0.95)
    return (
        f"{len(answers)} answers; delay {np.median(delay):.1f} ms, 95 % {p95[0]:.1f}; "
        f"bare {np.median(bare):.1f}, 95 % {p95[1]:.1f} ({parts})"
    )


def verdict(answers: list[dict[str, float]]) -> str:
    """Say how the delay compares with what was promised."""
    delay, bare = (np.array([each[key] for each in answers]) for key in ("delay_ms", "pose_ms"))
    median = float(np.median(delay) / np.median(bare))
    high = float(np.quantile(delay, 0.95) / np.quantile(bare, 0.95))
    kept = median <= MEDIAN_TIMES and high <= P95_TIMES
    return (
        f"median {median:.2f} times the bare call (promised {MEDIAN_TIMES}), "
        f"95 % {high:.2f} times (promised {P95_TIMES}): {'as promised' if kept else 'NOT as promised'}"
    )


def main(tell: Callable[[str], object] = print) -> None:
    """Measure and say how it compares."""
    from live_browser import camera_file, chromium

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--clip", default="squat_side")
    parser.add_argument("--browser", default="/usr/bin/chromium")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clip = camera_file(REPO / "samples" / f"{chosen.clip}.mp4", folder / "camera.y4m")
        with workspace(folder / "data") as (address, pid), chromium(clip, chosen.browser) as browser:
            contexts = [
                browser.new_context(viewport={"width": 1280, "height": 800}) for _ in range(chosen.cameras)
            ]
            pages = [context.new_page() for context in contexts]
            for page in pages:
                page.goto(f"{address}/record")
            answers = record(pages, chosen.minutes, pid, tell)
    tell(line(answers))
    tell(verdict(answers))


if __name__ == "__main__":
    main()
