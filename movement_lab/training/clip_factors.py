"""By how much the spreads of single pictures would be right for clips: ``clip_factor`` in ``contour.toml``.

Spreads are learned from single pictures; a clip's readings rest on several. Asked of clips of training
bodies, always with networks that never saw the body or its kin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.moments import Clip, Look, steadied
from movement_lab.records import Array
from movement_lab.spine.contour_checks import load_contour_table
from movement_lab.spine.contour_model import ContourModel, load_model
from movement_lab.spine.estimate import SIGNAL_OF, SPINE_ANGLES
from movement_lab.spine.reading import read_spine
from movement_lab.training.kin import kin_of
from movement_lab.training.produce import unseen_path
from movement_lab.validation.compare import match_reps, true_clip
from movement_lab.validation.matrix import Case, cases
from movement_lab.validation.stages import clip_folder, track_path, truth_and_report

_WITHIN_80: Final = 1.2816
_DRAWS: Final = 2000


@dataclass(frozen=True, slots=True)
class ClipFactor:
    """Times what the spreads of single pictures hold 80 % of clips' repetitions.

    ``low`` to ``high`` would hold it in 90 % of other draws of as many bodies; ``group`` is an angle or a
    movement, or all.
    """

    group: str
    reps: int
    factor: float
    low: float
    high: float


def clip_factors(data: Path, clips: Path, model_sha256: str) -> list[ClipFactor]:
    """Ask clips of tuning bodies in ``clips``, camera within 15 degrees, no stickers.

    ``data`` is where the models made on the way of a training are, ``clips`` the folder of a validation
    with the scenes about the low back, followed by the pose model of that digest.

    Raises
    ------
    UsageError
        If there is no such clip, or no model that has not seen a kin.
    """
    rows = [(case, off) for case in _filmed(clips) for off in _ratios(case, data, clips, model_sha256)]
    if not rows:
        raise UsageError(
            f"No repetition of a training body was read in {clips}. Clips of the scenes about the low back "
            "were needed. Try `movement-lab validate --subset spine` first."
        )
    ratios, bodies = np.array([off for _, off in rows]), np.array([case.scene.body for case, _ in rows])
    movements = np.array([case.scene.movement for case, _ in rows])
    return [
        clip_factor("all", ratios, bodies),
        *(clip_factor(angle, ratios[:, [i]], bodies) for i, angle in enumerate(SPINE_ANGLES)),
        *(clip_factor(m, ratios[movements == m], bodies[movements == m]) for m in sorted(set(movements))),
    ]


def clip_factor(group: str, ratios: Array, bodies: Array) -> ClipFactor:
    """Return the factor for ``ratios`` (N, angles) of error over interval, and as drawn of other bodies."""
    rng = np.random.default_rng(0)
    each = [ratios[bodies == name].ravel() for name in sorted(set(bodies.tolist()))]
    draws = (rng.integers(0, len(each), len(each)) for _ in range(_DRAWS))
    drawn = [np.percentile(np.concatenate([each[i] for i in draw]), 80) for draw in draws]
    low, high = np.percentile(drawn, [5, 95])
    return ClipFactor(group, len(ratios), float(np.percentile(ratios, 80)), float(low), float(high))


def _filmed(folder: Path) -> Iterator[Case]:
    for case in cases("spine"):
        if case.split == "tuning" and not case.scene.stickers and clip_folder(folder, case).is_dir():
            yield case


def _ratios(case: Case, data: Path, folder: Path, model_sha256: str) -> Iterator[Array]:
    """Yield how many times the 80 % interval each angle is off at the turn of each repetition, (4,)."""
    clip = clip_folder(folder, case)
    track = track_path(folder, clip, model_sha256)
    if not track.is_file():
        return
    truth, report = truth_and_report(case, clip, track)
    if report.view.gate != "full":
        return
    true, times = true_clip(truth), report.track.time_s
    model = _unseen(data, kin_of(case.scene.body))
    spine = read_spine(report.raw, report.view, report.standing, report.reps, times, model=model)
    short = {m.rep for m in report.measurements if "standing_short" in m.reasons}
    seen = Clip(report.signals, times, times, report.reps, report.standing, report.view)
    for number, i in match_reps(truth, report):
        rep = report.reps[i]
        looks = {a: Look(seen, rep, steadied(spine.value[a], times), spine=True) for a in SPINE_ANGLES}
        if rep.index in short or not all(look.mostly_seen(look.at_turn.frames) for look in looks.values()):
            continue
        off = [look.at_turn.value - _true_change(true, number, SIGNAL_OF[a]) for a, look in looks.items()]
        sd = [np.nanmedian(spine.sd[a][look.at_turn.frames]) for a, look in looks.items()]
        if np.isfinite(off).all():
            yield np.abs(off) / (_WITHIN_80 * np.array(sd) / load_contour_table().answer.clip_factor)


def _true_change(true: Clip, number: int, signal: str) -> float:
    at_turn = Look(true, true.reps[number], true.signals[signal], spine=True).at_turn
    return at_turn.value - true.standing.zero[signal]


def _unseen(data: Path, kin: str) -> ContourModel:
    path = unseen_path(data, kin)
    if not path.is_file():
        raise UsageError(
            f"There is no {path}. A model that has not seen {kin} was needed. "
            "Try `python -m movement_lab.training train` first."
        )
    return load_model(path)
