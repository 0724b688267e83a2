"""What reading the back's outline adds to the pose model's time per picture.

    python benchmarks/outline.py [--rounds 3] [--video CLIP]

For each model that is there, picture by picture in turns, in seconds of one core: the pose model alone, the
pose model with its mask, and what reads the mask (the outline traced in it, the estimator's answer). The
last is promised to be at most 15 % of the pose model alone; what the mask itself costs stands beside it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from movement_lab.backends import open_backend
from movement_lab.errors import ModelError
from movement_lab.isolation import cut_network
from movement_lab.records import Frame
from movement_lab.spine.contour_model import load_model
from movement_lab.spine.features import FEATURE_NAMES
from movement_lab.spine.pictures import Wanted, look
from movement_lab.video import read_frames
from movement_lab.weights import find_model

SAMPLE = Path(__file__).parent.parent / "samples" / "squat_side.mp4"
MODELS = ("lite", "full", "heavy")
PICTURES = 60
PROMISED = 0.15


def per_picture_ms(model: str, frames: list[Frame]) -> tuple[float, float, float]:
    """Return milliseconds of one core a picture: the pose model alone, with its mask, and reading that."""
    path, answer = str(find_model(model)), load_model().answer
    with open_backend("mediapipe", path) as alone, open_backend("mediapipe", path, masks=True) as masked:
        spent = np.zeros(3)
        for number, frame in enumerate(frames):
            marks = [time.process_time()]
            alone(frame)
            marks.append(time.process_time())
            poses = masked(frame)[:1]
            marks.append(time.process_time())
            for pose in poses:
                look(frame, pose, Wanted())
            marks.append(time.process_time())
            if number:  # the first picture also sets everything up
                spent += np.diff(marks)
        features = np.zeros((len(frames) - 1, len(FEATURE_NAMES)))
        answer(features[:1])
        started = time.process_time()
        answer(features)
        spent[2] += time.process_time() - started
    pose_ms, mask_ms, read_ms = (1000 * spent / (len(frames) - 1)).tolist()
    return pose_ms, mask_ms, read_ms


def main(tell: Callable[[str], object] = print) -> None:
    """Time every model and say what the mask, and reading it, cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--video", type=Path, default=SAMPLE)
    chosen = parser.parse_args()
    cut_network()
    frames = [frame for frame, _ in zip(read_frames(chosen.video), range(PICTURES), strict=False)]
    for model in MODELS:
        try:
            find_model(model)
        except ModelError as missing:
            tell(f"{model}: not measured. {missing}")
            continue
        rounds = [per_picture_ms(model, frames) for _ in range(chosen.rounds)]
        alone, masked, read = (statistics.median(column) for column in zip(*rounds, strict=True))
        verdict = "as promised" if read <= PROMISED * alone else f"promised at most {PROMISED:.0%}"
        tell(
            f"{model}: {alone:.1f} ms alone; reading the outline {read:.1f} ms, {read / alone:+.0%} "
            f"({verdict}); the mask {masked - alone:.1f} ms; together {(masked + read) / alone - 1:+.0%}"
        )


if __name__ == "__main__":
    main()
