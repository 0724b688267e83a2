"""How long a whole study takes to judge again from its stored tracks.

    python benchmarks/rejudge.py [--tracks 1000] [--seconds 20] [--workers 2] [--model heavy]

The samples are followed once and repeated to 20 s each, with a touch of noise so that no two tracks are the
same. Promised: 1,000 tracks of 20 s in under two minutes on two cores.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from movement_lab.batch.inputs import Clip, find_clips
from movement_lab.batch.keys import setting_of, track_key
from movement_lab.batch.recompute import recompute
from movement_lab.batch.run import Where, run_clips
from movement_lab.batch.settle import Outcome, Plan
from movement_lab.batch.store import Store, write_json
from movement_lab.batch.study import STUDY, told_of
from movement_lab.exporters.npz import load_track, save_raw
from movement_lab.records import Track

SAMPLES = Path(__file__).parent.parent / "samples"
PROMISED_S = 120.0
NOISE_PX = 0.2


def repeated(track: Track, seconds: float, rng: np.random.Generator) -> Track:
    """Return a track of so many seconds: the same again and again, with a touch of noise."""
    step_s = float(np.median(np.diff(track.time_s)))
    length_s = float(track.time_s[-1]) + step_s
    times = int(np.ceil(seconds / length_s))
    time_s = np.concatenate([track.time_s + number * length_s for number in range(times)])
    keep = time_s < seconds

    def longer(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values] * times)[keep]

    xy = longer(track.xy)
    return replace(
        track,
        time_s=time_s[keep],
        xy=xy + rng.normal(0, NOISE_PX, xy.shape),
        xyz=longer(track.xyz),
        score=longer(track.score),
        extras={name: longer(values) for name, values in track.extras.items()},
    )


def make_study(folder: Path, *, tracks: int, seconds: float, model: str) -> None:
    """Fill a folder as `movement-lab batch` would have, with so many tracks and nothing judged."""
    setting, rng = setting_of(model), np.random.default_rng(0)
    store = Store(folder / "store")
    clips = find_clips([str(SAMPLES)])
    followed = run_clips(clips, Plan(Store(folder / "samples"), setting))
    raws = [load_track(Store(folder / "samples").track(outcome.track)) for outcome in followed]
    study, outcomes = [], []
    for number, (clip, raw) in enumerate(islice(cycle(list(zip(clips, raws, strict=True))), tracks)):
        key = track_key(str(number), clip.how, setting)
        save_raw(repeated(raw, seconds, rng), store.track(key))
        study.append(Clip(f"{clip.clip}_{number}", clip.file, clip.path))
        outcomes.append(Outcome(str(number), key, "", None))
    write_json(folder / STUDY, told_of(study, outcomes, setting))


def main() -> None:
    """Make the study, judge it again, and say how long that took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--model", default="heavy")
    parser.add_argument("--folder", type=Path, help="Keep the study here, and use it again if it is there.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        if not (folder / STUDY).is_file():
            make_study(folder, tracks=chosen.tracks, seconds=chosen.seconds, model=chosen.model)
        with tempfile.TemporaryDirectory(dir=folder) as out:
            started = time.perf_counter()
            _, outcomes = recompute(folder, Path(out), where=Where(chosen.workers))
            seconds = time.perf_counter() - started
            spent = sum(os.times()[:4])
    judged = sum(outcome.fresh for outcome in outcomes)
    verdict = (
        "as promised"
        if seconds <= PROMISED_S * chosen.tracks / 1000
        else f"promised {PROMISED_S:.0f} s a 1,000"
    )
    print(
        f"{judged} tracks of {chosen.seconds:.0f} s judged anew in {seconds:.1f} s with {chosen.workers} "
        f"processes: {1000 * seconds / judged:.0f} ms each, {1000 * spent / judged:.0f} of a core; {verdict}"
    )


if __name__ == "__main__":
    main()
