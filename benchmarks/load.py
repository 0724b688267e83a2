"""Twenty uploads at once and four live cameras: whether all finishes, and how long pages take meanwhile.

::

    python benchmarks/load.py                 # 20 uploads, 4 cameras, lite model
    python benchmarks/load.py --cameras 0
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
from served import API, Sender, Served
from short_clips import SAMPLES, short_clip

PAGES = ("/", "/record", f"{API}/assessments", f"{API}/uploads", "/static/style.css")
PATIENCE_S = 1800
#: Within so long a page is there, whatever else goes on.
PROMISED_S = 1.0


@dataclass
class Measured:
    """How long answers took (s), which were too slow, and what went wrong."""

    page_s: list[float] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    live_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Play the load and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--cameras", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = short_clip(Path(folder) / "clip.mp4", end_s=4.6, every=3).read_bytes()
        served = Served(Path(folder) / "data")
        served.start()
        try:
            told = play(served, clip, asked.uploads, asked.cameras)
        finally:
            served.close()
    report(*told)


def play(served: Served, clip: bytes, uploads: int, cameras: int) -> tuple[Measured, dict[str, int], float]:
    """Send everything at once; look at pages until the last recording is assessed."""
    measured, over = Measured(), threading.Event()
    begun = time.monotonic()
    senders = [Sender(served, clip) for _ in range(uploads)]
    looking = threading.Thread(target=look, args=(served, senders, measured, over))
    filming = [threading.Thread(target=film, args=(served, measured, over)) for _ in range(cameras)]
    for each in (*senders, looking, *filming):
        each.start()
    for sender in senders:
        sender.join()
    states = wait(served, begun)
    took_s = time.monotonic() - begun
    over.set()
    for each in (looking, *filming):
        each.join()
    return measured, states, took_s


def wait(served: Served, begun: float) -> dict[str, int]:
    """Return how many recordings came to which end."""
    while time.monotonic() - begun < PATIENCE_S:
        _status, rows = served.insist("GET", f"{API}/assessments?limit=200")
        states = [row["state"] for row in rows]
        if not {"queued", "working"} & set(states):
            break
        time.sleep(2)
    return {state: states.count(state) for state in sorted(set(states))}


def look(served: Served, senders: list[Sender], measured: Measured, over: threading.Event) -> None:
    """Open pages as a person does, a little faster."""
    chance, started = random.Random(0), time.perf_counter()
    while not over.wait(0.2):
        known = [f"/assessments/{sender.id}" for sender in senders if sender.accepted]
        path = chance.choice([*PAGES, *known[:1], *known[-1:]])
        begun = time.perf_counter()
        try:
            status, _told = served.ask("GET", path)
        except OSError as error:
            measured.wrong.append(f"{path}: {error}")
            continue
        took_s = time.perf_counter() - begun
        measured.page_s.append(took_s)
        if took_s > PROMISED_S:
            measured.slow.append(f"{path}: {took_s:.2f} s, {begun - started:.0f} s after the start")
        if status >= 400:
            measured.wrong.append(f"{path}: {status}")


def film(served: Served, measured: Measured, over: threading.Event) -> None:
    """Be a live camera: the next picture goes when the last one was answered, 30 a second at most."""
    pictures = jpegs()
    status, told = served.ask("POST", f"{API}/live/sessions", {"view": "side"})
    if status != 201:
        measured.wrong.append(f"camera: {told}")
        return
    path, begun, number = f"{API}/live/sessions/{told['id']}", time.monotonic(), 0
    while not over.is_set():
        sent = time.perf_counter()
        picture = pictures[number % len(pictures)]
        query = f"t={time.monotonic() - begun:.4f}&stage=live"
        try:
            status, _told = served.ask("POST", f"{path}/frames?{query}", picture)
        except OSError as error:
            measured.wrong.append(f"camera: {error}")
            continue
        number += 1
        took_s = time.perf_counter() - sent
        measured.live_s.append(took_s)
        if status not in (200, 204):
            measured.wrong.append(f"camera: {status}")
        time.sleep(max(0.0, 1 / 30 - took_s))
    served.ask("DELETE", path)


def jpegs() -> list[bytes]:
    """Return the pictures of a sample as a browser sends them."""
    import av
    import cv2

    with av.open(str(SAMPLES / "squat_side.mp4")) as sample:
        frames: list[Any] = [frame.to_ndarray(format="bgr24") for frame in sample.decode(video=0)]
    return [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames]


def report(measured: Measured, states: dict[str, int], took_s: float) -> None:
    """Print the figures; ends with 1 if anything went wrong."""
    print(f"recordings: {states} in {took_s:.0f} s")
    for name, values in (("pages", measured.page_s), ("live answers", measured.live_s)):
        if values:
            ms = 1000 * np.array(values)
            print(
                f"{name}: {len(ms)}, median {np.median(ms):.0f} ms, p95 {np.percentile(ms, 95):.0f} ms, "
                f"longest {ms.max():.0f} ms"
            )
    for line in measured.slow:
        print(f"  slow: {line}")
    for line in sorted(set(measured.wrong)):
        print(f"  wrong, {measured.wrong.count(line)}x: {line}")
    sys.exit(bool(measured.wrong or measured.slow) or set(states) != {"done"})


if __name__ == "__main__":
    main()
