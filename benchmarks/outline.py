"""What reading the back's outline adds to the pose model's time per picture.

    python benchmarks/outline.py [--rounds 3] [--video CLIP]

For each model that is there: the pose model alone, then with its mask, the outline traced in it and the
estimator's answer, in turns, in seconds of one core. Promised: at most 15 % more.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from movement_lab.backends import open_backend
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


def per_picture_ms(model: str, frames: list[Frame], *, outline: bool) -> float:
    """Return milliseconds of one core a picture."""
    answer = load_model().answer
    with open_backend("mediapipe", str(find_model(model)), masks=outline) as backend:
        backend(frames[0])
        started = time.process_time()
        for frame in frames[1:]:
            for pose in backend(frame)[:1]:
                if outline:
                    look(frame, pose, Wanted())
        if outline:
            import numpy as np

            answer(np.zeros((len(frames) - 1, len(FEATURE_NAMES))))
        return 1000 * (time.process_time() - started) / (len(frames) - 1)


def main(tell: Callable[[str], object] = print) -> None:
    """Time every model in turns and say what the outline costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--video", type=Path, default=SAMPLE)
    chosen = parser.parse_args()
    cut_network()
    frames = [frame for frame, _ in zip(read_frames(chosen.video), range(PICTURES), strict=False)]
    for model in MODELS:
        rounds = [
            [per_picture_ms(model, frames, outline=outline) for outline in (False, True)]
            for _ in range(chosen.rounds)
        ]
        alone, both = (statistics.median(column) for column in zip(*rounds, strict=True))
        more = both / alone - 1
        verdict = "as promised" if more <= PROMISED else f"promised at most {PROMISED:.0%}"
        tell(f"{model}: {alone:.1f} ms alone, {both:.1f} ms with the outline, {more:+.0%} ({verdict})")


if __name__ == "__main__":
    main()
