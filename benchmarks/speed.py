"""How long ``assess`` takes, beside the simplest loop that only finds poses.

    python benchmarks/speed.py [--model heavy] [--rounds 3] [--video CLIP]

Both are timed as whole processes, in turns, on the same clip and model; what counts is the ratio
of the medians. The clip is 20 s of 720p made from a sample, unless another is named.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).parent.parent
SAMPLE = REPO / "samples" / "squat_side.mp4"
WIDTH, HEIGHT, RATE_HZ, LENGTH_S = 1280, 720, 30, 20

#: Ratios promised to users, on two cores.
PROMISED = {"with annotated video": 0.75, "without": 0.60}

BARE = """
import sys, numpy as np, av, mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision
options = vision.PoseLandmarkerOptions(
    base_options=BaseOptions(model_asset_path=sys.argv[2]), running_mode=vision.RunningMode.VIDEO
)
with av.open(sys.argv[1]) as media, vision.PoseLandmarker.create_from_options(options) as landmarker:
    for frame in media.decode(video=0):
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame.to_ndarray(format="rgb24"))
        landmarker.detect_for_video(image, int(frame.time * 1000))
"""


def make_clip(path: Path) -> None:
    """Write 20 s of 720p: the sample's person in the middle of a wide picture, forwards and again."""
    import cv2
    import numpy as np

    from movement_lab.video import VideoWriter, read_frames

    frames = [frame.image for frame in read_frames(SAMPLE)]
    scale = HEIGHT / frames[0].shape[0]
    wide = [cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC) for image in frames]
    side = (WIDTH - wide[0].shape[1]) // 2
    with VideoWriter(path, size=(WIDTH, HEIGHT), rate_hz=RATE_HZ) as out:
        for k in range(RATE_HZ * LENGTH_S):
            image = wide[k % len(wide)]
            rest = WIDTH - side - image.shape[1]
            out.write(np.pad(image, ((0, 0), (side, rest), (0, 0)), mode="edge")[:HEIGHT], k / RATE_HZ)


def timed(command: list[str]) -> float:
    """Run a command and return its wall time in seconds."""
    started = time.perf_counter()
    # The bare loop mustn't call home either; the variable costs nothing.
    environment = {**os.environ, "https_proxy": "http://127.0.0.1:9"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - started


def main() -> None:
    """Time, print the table, and end with 1 where a promise isn't kept."""
    from movement_lab.recording import DEFAULT_MODEL
    from movement_lab.weights import find_model

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--video", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = asked.video or Path(folder) / "clip.mp4"
        if not asked.video:
            make_clip(clip)
        assess = [sys.executable, "-m", "movement_lab", "assess", str(clip), "--model", asked.model]
        commands = {
            "bare loop": [sys.executable, "-c", BARE, str(clip), str(find_model(asked.model))],
            "with annotated video": [*assess, "--out", f"{folder}/with"],
            "without": [*assess, "--no-video", "--out", f"{folder}/without"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(asked.rounds):
            for name, command in commands.items():
                times[name].append(timed(command))
                print(f"round {number + 1}: {name:22} {times[name][-1]:6.1f} s", flush=True)
    bare = statistics.median(times["bare loop"])
    print(f"\n{asked.model} on {os.cpu_count()} cores, medians of {asked.rounds}:")
    kept = True
    for name, values in times.items():
        ratio = statistics.median(values) / bare
        limit = PROMISED.get(name)
        kept &= limit is None or ratio <= limit
        promise = f"   (promised: at most {limit})" if limit else ""
        print(f"  {name:22} {statistics.median(values):6.1f} s   {ratio:5.2f} of the bare loop{promise}")
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
