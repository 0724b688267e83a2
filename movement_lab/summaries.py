"""Signals x repetitions -> Measurements: one number each, with its interval and its doubts.

The interval (specification 2.4): ``sd^2 = sd_method^2 + sd_within^2 / n``. ``sd_method`` is what
``movement-lab validate`` measured on people with known angles (``knowledge/uncertainty.toml``), times
the ``sim_to_real_factor``; where it has no row, the design value of ``knowledge/measures.toml`` with
yaw and roll added. Averaging repetitions shrinks only the second term.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np

from movement_lab.knowledge import (
    FindingRow,
    Grading,
    MeasureRow,
    find_spread,
    load_grading,
    load_measures,
    load_spreads,
)
from movement_lab.knowledge.spreads import Leg
from movement_lab.measures import signal_key
from movement_lab.records import Array, At, Measurement, Rep, Side, Signals, Standing, View, Zero

_TURN_WINDOW_S: Final = 0.06
_TOP_WITHIN_S: Final = 1.0
#: Wider by this much where the camera is 15 to 25 degrees off, or the far side is read.
_DOUBTFUL_FACTOR: Final = 1.5
_SHORT_STANDING_FACTOR: Final = 1.2
_NAN: Final = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """What measurements are taken from.

    ``driver`` (T,) is the signal the repetitions turn in; ``foot_px`` how long a foot looks;
    ``movement`` what it was recognised as; ``repaired_share`` of the frames had legs exchanged.
    """

    signals: Signals
    driver: Array
    time_s: Array
    reps: Sequence[Rep]
    standing: Standing
    view: View
    foot_px: float = float("inf")
    movement: str = ""
    repaired_share: float = 0.0

    def leg(self, side: Side) -> Leg:
        """Say whether a side leads or trails in a lunge; "" for anything else."""
        if self.movement != "lunge" or side == "mid":
            return ""
        return "lead" if any(rep.side in (side, "mid") for rep in self.reps) else "rear"

    def around(self, frame: int, window_s: float) -> slice:
        """Return the frames within ``window_s`` of a frame."""
        step_s = float(np.median(np.diff(self.time_s))) if len(self.time_s) > 1 else 1.0
        reach = max(1, round(window_s / step_s))
        return slice(max(frame - reach, 0), frame + reach + 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which measurement is asked for."""

    measure: str
    at: At
    zero: Zero
    of_standing: bool = False


def summarise(clip: Clip, rows: Sequence[FindingRow]) -> tuple[Measurement, ...]:
    """Return every measurement of the clip: per repetition, then over the set (``rep`` None).

    Besides turn, range, least and greatest of every measure, those that ``rows`` ask for.
    """
    results: list[Measurement] = []
    for wanted in _wanted(rows):
        row = load_measures()[wanted.measure]
        for side in _sides(row, clip.view):
            results.extend(_measurements(clip, row, wanted, side))
    return tuple(results)


def _wanted(rows: Sequence[FindingRow]) -> Iterator[Wanted]:
    asked = [Wanted(row.measure, row.at, row.zero, row.of_standing) for row in rows]
    for name in load_measures():
        usual = [
            Wanted(name, "turn", "abs"),
            Wanted(name, "turn", "rel"),
            Wanted(name, "range", "abs"),
            Wanted(name, "min", "rel"),
            Wanted(name, "max", "rel"),
        ]
        yield from dict.fromkeys(usual + [wanted for wanted in asked if wanted.measure == name])


def _sides(row: MeasureRow, view: View) -> tuple[Side, ...]:
    return ("left", "right") if row.per_side else ("mid",)


def _measurements(clip: Clip, row: MeasureRow, wanted: Wanted, side: Side) -> list[Measurement]:
    reasons = why_not(row, clip.view) or _which_leg(clip, row, side)
    if reasons:
        return [_measurement(row, wanted, side, None, _NAN, _NAN, reasons)]
    per_rep = [(rep, _value(clip, wanted, side, rep)) for rep in clip.reps]
    sd = _sd_method(clip, row, wanted, side)
    doubts = _doubts(clip, row, wanted, side)
    results = [_measurement(row, wanted, side, rep.index, value, sd, doubts) for rep, value in per_rep]
    led = [(rep, value) for rep, value in per_rep if rep.side in (side, "mid") or side == "mid"] or per_rep
    judged = np.array([value for rep, value in led if rep.graded and np.isfinite(value)])
    if not len(judged):
        missing = "not_seen" if any(rep.graded for rep, _ in led) else "no_graded_reps"
        return [*results, _measurement(row, wanted, side, None, _NAN, _NAN, (missing, *doubts))]
    within = float(np.std(judged, ddof=1) / np.sqrt(len(judged))) if len(judged) > 1 else 0.0
    middle = float(np.median(judged))
    return [*results, _measurement(row, wanted, side, None, middle, sd, doubts, sd_within=within)]


def why_not(row: MeasureRow, view: View) -> tuple[str, ...]:
    """Return why a measure can't be taken in this view, or nothing."""
    if row.plane == "spine":
        return (row.reason_if_absent or "needs_spine_signal",)
    if row.plane in ("any", "world") or row.plane == view.plane:
        return ()
    if view.gate == "refused":
        return ("view_refused",)
    return (f"wrong_view_needs_{row.plane}",)


def _which_leg(clip: Clip, row: MeasureRow, side: Side) -> tuple[str, ...]:
    """Return why a side can't be told from the other, or nothing: its values may be the other leg's."""
    confused = 100 * clip.repaired_share > load_grading().most_repaired_pct
    return ("legs_confused",) if confused and row.plane == "side" and side != "mid" else ()


def _doubts(clip: Clip, row: MeasureRow, wanted: Wanted, side: Side) -> tuple[str, ...]:
    doubts = {
        "view_widened": row.plane in ("side", "front") and clip.view.gate == "widened",
        "no_standing": wanted.zero == "rel" and not clip.standing.found,
        "standing_short": wanted.zero == "rel" and "standing_short" in clip.standing.reasons,
        "far_side": is_far(row, side, clip.view),
        "foot_too_small": row.foot and not clip.foot_px >= load_grading().min_foot_px,
        "experimental": row.tier == "T3",
    }
    return tuple(reason for reason, holds in doubts.items() if holds)


def is_far(row: MeasureRow, side: Side, view: View) -> bool:
    """Say whether a side view shows this side only through the body."""
    return row.plane == "side" and side != "mid" and side != view.near


# ---------------------------------------------------------------- one value


def _value(clip: Clip, wanted: Wanted, side: Side, rep: Rep) -> float:
    key = signal_key(wanted.measure, side)
    value = REDUCE[wanted.at](clip, clip.signals[key], rep)
    if wanted.zero == "abs" or wanted.at in ("range", "start_of_ascent", "wobble"):
        return value
    zero = clip.standing.zero.get(key, _NAN)
    return 100 * (value - zero) / zero if wanted.of_standing else value - zero


def _at_turn(clip: Clip, signal: Array, rep: Rep) -> float:
    return _median(signal[clip.around(rep.turn, _TURN_WINDOW_S)])


def _least(clip: Clip, signal: Array, rep: Rep) -> float:
    return float(np.nanmin(_seen(signal, rep), initial=np.inf)) if _enough(signal, rep) else _NAN


def _greatest(clip: Clip, signal: Array, rep: Rep) -> float:
    return float(np.nanmax(_seen(signal, rep), initial=-np.inf)) if _enough(signal, rep) else _NAN


def _range(clip: Clip, signal: Array, rep: Rep) -> float:
    return _greatest(clip, signal, rep) - _least(clip, signal, rep)


def _start_of_ascent(clip: Clip, signal: Array, rep: Rep) -> float:
    """Largest increase over the first third of the way up (of travel, not of time)."""
    way_up = clip.driver[rep.turn : rep.end]
    share = load_grading().start_of_ascent_pct / 100
    level = way_up[0] - share * (way_up[0] - way_up[-1])
    passed = np.flatnonzero(way_up <= level)
    stop = rep.turn + (int(passed[0]) if len(passed) else len(way_up) - 1) + 1
    stretch = signal[rep.turn : stop]
    return float(np.nanmax(stretch) - _at_turn(clip, signal, rep)) if np.isfinite(stretch).any() else _NAN


def _at_finish(clip: Clip, signal: Array, rep: Rep) -> float:
    """At the top after the repetition: where the driver is lowest before the next one begins."""
    nexts = [other.start for other in clip.reps if other.start >= rep.end]
    stop = min(clip.around(rep.end, _TOP_WITHIN_S).stop, min(nexts, default=len(clip.driver)) + 1)
    top = clip.driver[rep.end - 1 : stop]
    if not np.isfinite(top).any():
        return _NAN
    return _median(signal[clip.around(rep.end - 1 + int(np.nanargmin(top)), _TURN_WINDOW_S)])


def _wobble(clip: Clip, signal: Array, rep: Rep) -> float:
    stretch = signal[clip.around(rep.turn, load_grading().wobble_window_s)]
    return float(np.nanstd(stretch)) if np.isfinite(stretch).any() else _NAN


#: How a signal becomes one number of a repetition; a new moment is one row here.
REDUCE: Final[Mapping[At, Callable[[Clip, Array, Rep], float]]] = {
    "turn": _at_turn,
    "min": _least,
    "max": _greatest,
    "range": _range,
    "start_of_ascent": _start_of_ascent,
    "finish": _at_finish,
    "wobble": _wobble,
}


def _median(values: Array) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else _NAN


def _seen(signal: Array, rep: Rep) -> Array:
    return signal[rep.start : rep.end]


def _enough(signal: Array, rep: Rep) -> bool:
    """Least and greatest mean something only if (nearly) the whole repetition was seen."""
    return bool(100 * np.isfinite(_seen(signal, rep)).mean() >= load_grading().coverage_pct)


# ---------------------------------------------------------------- its interval


def _sd_method(clip: Clip, row: MeasureRow, wanted: Wanted, side: Side) -> float:
    """One standard deviation of a single repetition's value, without the spread between repetitions."""
    zero: Zero = "abs" if wanted.zero == "abs" and wanted.at in ("turn", "min", "max", "finish") else "rel"
    earned = _earned_sd(clip, row, wanted, side)
    sd = _designed_sd(clip, row, zero, side) if earned is None else earned
    if zero == "rel" and wanted.zero == "rel" and not clip.standing.found:
        sd = float(np.hypot(sd, row.sd_method("abs")))
    if zero == "rel" and "standing_short" in clip.standing.reasons:
        sd *= _SHORT_STANDING_FACTOR
    if is_far(row, side, clip.view):
        sd *= _DOUBTFUL_FACTOR
    return 100 * sd if wanted.of_standing else sd


def _earned_sd(clip: Clip, row: MeasureRow, wanted: Wanted, side: Side) -> float | None:
    """Return the spread on people with known angles, widened towards real ones; None if unmeasured.

    The camera's yaw and roll are in it already.
    """
    spread = find_spread(
        load_spreads(),
        row.id,
        zero=wanted.zero,
        at=wanted.at,
        movement=clip.movement,
        leg=clip.leg(side),
        view=f"{clip.view.plane} {clip.view.gate}",
    )
    return None if spread is None else load_grading().sim_to_real_factor * spread.sd


def _designed_sd(clip: Clip, row: MeasureRow, zero: Zero, side: Side) -> float:
    """Return the design value of the table, with what yaw and roll of the camera may add."""
    factor = _DOUBTFUL_FACTOR if clip.view.gate == "widened" else 1.0
    terms = [factor * row.sd_method(zero), row.yaw_leak * np.sin(np.radians(clip.view.yaw_deg))]
    if row.unit == "deg" and row.plane == "side":
        terms.append(yaw_error_deg(clip.view.yaw_deg) * (2 if row.joint else 1))
        if zero == "abs" and not row.joint:
            terms.append(load_grading().camera_roll_sd_deg)
    return float(np.linalg.norm(terms))


def yaw_error_deg(yaw_deg: float) -> float:
    """Return the worst error of one segment's inclination seen ``yaw_deg`` off its plane.

    Orthographic camera (specification 1.2): tan(x) goes to tan(x) cos(yaw), which is furthest off
    at ``arcsin((1 - cos) / (1 + cos))``: 0.1 at 5, 1.0 at 15, 4.1 at 30 degrees.
    """
    cosine = np.cos(np.radians(yaw_deg))
    return float(np.degrees(np.arcsin((1 - cosine) / (1 + cosine))))


@cache
def _quantile(pct: float) -> float:
    """Return how many standard deviations half a central interval of ``pct`` per cent spans."""
    return NormalDist().inv_cdf(0.5 + pct / 200)


def _measurement(
    row: MeasureRow,
    wanted: Wanted,
    side: Side,
    rep: int | None,
    value: float,
    sd_method: float,
    reasons: tuple[str, ...],
    *,
    sd_within: float = 0.0,
) -> Measurement:
    grading = load_grading()
    if not np.isfinite(value):
        reasons, sd_method, sd_within = reasons or ("not_seen",), _NAN, _NAN
    spread = float(np.hypot(sd_method, sd_within))
    half, half95 = (spread * _quantile(pct) for pct in (grading.interval_pct, grading.interval_therapist_pct))
    return Measurement(
        name=row.id,
        rep=rep,
        side=side,
        at=wanted.at,
        zero=wanted.zero,
        value=value,
        low=value - half,
        high=value + half,
        low95=value - half95,
        high95=value + half95,
        unit="pct" if wanted.of_standing else row.unit,
        tier=row.tier,
        method="landmarks",
        mdc95=row.mdc95,
        sd_method=sd_method,
        sd_within=sd_within,
        reasons=reasons,
    )


__all__ = ["REDUCE", "Clip", "Grading", "Wanted", "is_far", "summarise", "why_not", "yaw_error_deg"]
