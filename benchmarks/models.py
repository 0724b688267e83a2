"""How far each pose model is off on the side-view samples, whose angles are known.

    python benchmarks/models.py [lite full heavy]

Mean absolute error at the turns, near side, against own standing, after the whole pipeline.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from movement_lab.measures import signal_key
from movement_lab.recording import Options, assess_video

SAMPLES = Path(__file__).parent.parent / "samples"
MEASURES = ("knee_flexion_deg", "hip_trunk_flexion_deg", "trunk_inclination_deg", "shank_inclination_deg")
STANDING_S = 1.8  # every sample begins with two seconds of standing


def errors(clip: Path, model: str) -> dict[str, list[float]]:
    """Return measured minus true values at the turns of one clip, by measure."""
    truth = json.loads(clip.with_suffix(".json").read_text())
    report = assess_video(clip, Options(model=model))
    time_s = np.array(truth["time_s"])
    found: dict[str, list[float]] = defaultdict(list)
    for m in report.measurements:
        wanted = (m.at, m.zero) == ("turn", "rel") and m.rep and m.side in ("mid", report.view.near)
        if m.name in MEASURES and wanted:
            true = np.array(truth["measures"][signal_key(m.name, m.side)], float)
            turn_s = truth["reps"][m.rep - 1]["turn_s"]
            change = np.interp(turn_s, time_s, true) - np.median(true[time_s < STANDING_S])
            found[m.name].append(m.value - change)
    return found


def main() -> None:
    """Print one row a model."""
    clips = sorted(clip for clip in SAMPLES.glob("*_side*.mp4"))
    print(
        f"{len(clips)} clips; degrees\n{'model':8}"
        + "".join(f"{name[:-4]:>20}" for name in MEASURES)
        + f"{'s':>8}"
    )
    for model in sys.argv[1:] or ("lite", "full", "heavy"):
        started, all_errors = time.perf_counter(), defaultdict(list)
        for clip in clips:
            for name, values in errors(clip, model).items():
                all_errors[name] += values
        row = "".join(f"{np.abs(all_errors[name]).mean():20.1f}" for name in MEASURES)
        print(f"{model:8}{row}{time.perf_counter() - started:8.0f}", flush=True)


if __name__ == "__main__":
    main()
