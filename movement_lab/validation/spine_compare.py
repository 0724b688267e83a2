"""The spine of one report against the truth, repetition by repetition.

True curves get the shape of a reading that sees perfectly, so that they go through the same reductions
and limits as the report's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from movement_lab.knowledge import load_measures
from movement_lab.records import Measurement, Rep, Side
from movement_lab.report import Report
from movement_lab.spine.pictures import dots_of
from movement_lab.spine.strips import follow_dots
from movement_lab.summaries import Clip

LUMBAR: Final = "lumbar_flexion_deg"
#: What is compared, as changes from own standing.
ANGLES: Final = (
    LUMBAR,
    "pelvic_tilt_deg",
    "thorax_inclination_deg",
    "upper_back_rounding_deg",
)
#: What body points alone say of the same moment, near side.
FROM_LANDMARKS: Final = (
    "trunk_inclination_deg",
    "thigh_elevation_deg",
    "shank_inclination_deg",
    "knee_flexion_deg",
)
#: True signal of a scene with stickers: the upper strip against the lower one, degrees.
STRIPS: Final = "strips_lumbar_flexion_deg"
_STRIP_DOTS: Final = 4

#: Name, side and repetition of a measurement.
_Key = tuple[str, str, int | None]


def is_of_spine(measure: str) -> bool:
    """Say whether a measure needs a method that reads the spine."""
    return load_measures()[measure].plane == "spine"


def spine_row(
    clip: Clip, true: Sequence[Measurement], report: Report, pairs: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """Return what was read of the spine and what is true, at the turn of every true repetition.

    ``clip`` and ``true``: the true clip and its measurements; ``pairs``: places of true repetitions and of
    the report's that they were matched with. ``dots``: in how many frames all dots of both strips were found,
    of how many; None without stickers. ``strips`` of a repetition: how far the upper strip itself turned
    against the lower one.
    """
    mine = {number + 1: report.reps[i].index for number, i in pairs}
    numbers = [(rep, mine.get(rep.index)) for rep in clip.reps]
    reps = _reps(_at_turn(true), report, numbers)
    return {
        "method": report.spine.method,
        "reasons": report.spine.reasons,
        "dots": _dots(report),
        "reps": [{**each, "strips": _strips(clip, rep)} for rep, each in zip(clip.reps, reps, strict=True)],
    }


def _reps(
    true: Mapping[_Key, Measurement], report: Report, numbers: Sequence[tuple[Rep, int | None]]
) -> Iterator[dict[str, Any]]:
    seen, near = _at_turn(report.measurements), report.view.near
    graded = {rep.index: rep.graded for rep in report.reps}
    for rep, mine in numbers:
        sides = {name: _side(name, near) for name in FROM_LANDMARKS}
        points = {name: _value(_of_rep(seen, name, side, mine)) for name, side in sides.items()}
        angles = {
            name: _angle(true.get((name, "mid", rep.index)), _of_rep(seen, name, "mid", mine))
            for name in ANGLES
        }
        known = mine is not None and graded[mine]
        yield {"rep": rep.index, "graded": known, "angles": angles, "landmarks": points}


def _angle(true: Measurement | None, mine: Measurement | None) -> dict[str, Any]:
    if mine is None:
        return {"true": _value(true), "value": None, "sd": None, "reasons": ("no_rep",)}
    return {"true": _value(true), "value": mine.value, "sd": mine.sd_method, "reasons": mine.reasons}


def _at_turn(found: Sequence[Measurement]) -> dict[_Key, Measurement]:
    """Return changes from standing at the turn, by name, side and repetition (None: over the set)."""
    return {(m.name, m.side, m.rep): m for m in found if (m.at, m.zero) == ("turn", "rel")}


def _of_rep(seen: Mapping[_Key, Measurement], name: str, side: Side, rep: int | None) -> Measurement | None:
    """Return a repetition's measurement; that of the set where it says why there is none at all."""
    whole = seen.get((name, side, None))
    untaken = whole if whole is not None and not np.isfinite(whole.value) else None
    return None if rep is None else seen.get((name, side, rep), untaken)


def _strips(clip: Clip, rep: Rep) -> float | None:
    if STRIPS not in clip.signals:
        return None
    return float(clip.signals[STRIPS][rep.turn] - clip.standing.zero[STRIPS])


def _side(name: str, near: Side) -> Side:
    return near if load_measures()[name].per_side else "mid"


def _value(m: Measurement | None) -> float | None:
    return None if m is None else m.value


def _dots(report: Report) -> tuple[int, int] | None:
    """Return in how many frames every dot of both strips was found, not bridged, and the frames there are."""
    if (kept := dots_of(report.raw)) is None:
        return None
    dots, taken = kept
    strips = follow_dots(dots, report.raw, view=report.view, standing=report.standing, colour_taken=taken)
    found = np.isfinite(strips.xy[:, :_STRIP_DOTS, 0]) & ~strips.filled[:, :_STRIP_DOTS]
    return int(found.all(axis=1).sum()), len(found)
