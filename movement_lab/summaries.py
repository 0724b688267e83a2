"""Signals x repetitions -> Measurements: one number each, with its interval and its doubts.

The interval (specification 2.4): ``sd^2 = sd_method^2 + sd_within^2 / n``. ``sd_method`` is what
``movement-lab validate`` measured on people with known angles (``knowledge/uncertainty.toml``), times
the ``sim_to_real_factor``; where it has no row, the design value of ``knowledge/measures.toml`` with
yaw and roll added. Averaging repetitions shrinks only the second term.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from movement_lab.coordination import load_coordination
from movement_lab.knowledge import (
    FindingRow,
    Grading,
    Guard,
    MeasureRow,
    find_spread,
    load_grading,
    load_measures,
    load_spreads,
)
from movement_lab.measures import signal_key
from movement_lab.moments import DIFFERENCES, REDUCE, Clip, Look, Taken, look_at, median, steadied
from movement_lab.records import Array, At, Measurement, Rep, Side, Tier, View, Zero
from movement_lab.spine_signals import read_by, spine_spreads, why_gap, why_unread

#: Wider by this much where the camera is 15 to 25 degrees off, or the far side is read.
_DOUBTFUL_FACTOR: Final = 1.5
_SHORT_STANDING_FACTOR: Final = 1.2
_NAN: Final = float("nan")
#: Planes that a side view shows.
_SIDEWAYS: Final = ("side", "spine")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which measurement is asked for; ``when`` picks the frames it is taken from."""

    measure: str
    at: At
    zero: Zero
    of_standing: bool = False
    when: Guard | None = None

    @classmethod
    def of(cls, row: FindingRow, measure: str = "") -> Wanted:
        """Return what a finding asks for, of its own measure or of another one at the same moment."""
        when = row.when if row.when_picks_frames else None
        return cls(measure or row.measure, row.at, row.zero, row.of_standing, when)

    @property
    def unit(self) -> str:
        """Unit of the value: per cent of standing, per cent of a bend, or the measure's own."""
        in_percent = self.of_standing or self.at == "share_of_ascent"
        return "pct" if in_percent else load_measures()[self.measure].unit


@dataclass(frozen=True, slots=True)
class Kind:
    """What all repetitions of one measurement have in common.

    ``method`` read it; ``sd`` is the spread of a single value read from body points. A read spine brings
    its own, frame by frame.
    """

    row: MeasureRow
    wanted: Wanted
    side: Side
    sd: float
    method: str
    tier: Tier

    @property
    def mdc95(self) -> float:
        """Smallest change two visits can claim with this method."""
        if self.wanted.at == "share_of_ascent":
            return load_coordination().measures["share_of_third_pct"].mdc95.get(self.method, _NAN)
        return self.row.mdc95_with(self.method)


def summarise(clip: Clip, rows: Sequence[FindingRow]) -> tuple[Measurement, ...]:
    """Return every measurement of the clip: per repetition, then over the set (``rep`` None).

    Besides turn, range, least and greatest of every measure, those that ``rows`` ask for.
    """
    clip = clip if clip.spreads else with_spreads(clip)
    results: list[Measurement] = []
    for wanted in _wanted(rows):
        row = load_measures()[wanted.measure]
        for side in _sides(row):
            results.extend(_measurements(clip, row, wanted, side))
    return tuple(results)


def with_spreads(clip: Clip) -> Clip:
    """Return the clip with what is needed to read its spine's signals."""
    if clip.spine is None or not clip.spine.method:
        return clip
    spreads = spine_spreads(clip, thigh_sd_deg=_thigh_sd(clip))
    steady = {key: steadied(clip.signals[key], clip.time_s) for key in spreads}
    return replace(clip, spreads=spreads, steady=steady)


def _wanted(rows: Sequence[FindingRow]) -> Iterator[Wanted]:
    asked = [Wanted.of(row) for row in rows]
    asked += [Wanted.of(row, row.also.measure) for row in rows if row.also]
    for name in load_measures():
        usual = [
            Wanted(name, "turn", "abs"),
            Wanted(name, "turn", "rel"),
            Wanted(name, "range", "abs"),
            Wanted(name, "min", "rel"),
            Wanted(name, "max", "rel"),
        ]
        yield from dict.fromkeys(usual + [wanted for wanted in asked if wanted.measure == name])


def _sides(row: MeasureRow) -> tuple[Side, ...]:
    return ("left", "right") if row.per_side else ("mid",)


def _measurements(clip: Clip, row: MeasureRow, wanted: Wanted, side: Side) -> list[Measurement]:
    kind = _kind(clip, row, wanted, side)
    reasons = why_not(clip, row, side) or _which_leg(clip, row, side)
    if reasons:
        return [_measurement(kind, None, Taken(_NAN, reasons=reasons))]
    per_rep = [(rep, _take(clip, kind, rep)) for rep in clip.reps]
    doubts = _doubts(clip, kind)
    results = [_measurement(kind, rep.index, taken, doubts) for rep, taken in per_rep]
    led = [(rep, taken) for rep, taken in per_rep if rep.side in (side, "mid") or side == "mid"] or per_rep
    judged = [taken for rep, taken in led if rep.graded]
    return [*results, _over_set(kind, judged, doubts)]


def _kind(clip: Clip, row: MeasureRow, wanted: Wanted, side: Side) -> Kind:
    method = read_by(clip, row, side)
    if method:
        return Kind(row, wanted, side, _NAN, method.id, method.tier)
    return Kind(row, wanted, side, _sd_method(clip, row, wanted, side), "landmarks", row.tier)


def _over_set(kind: Kind, judged: Sequence[Taken], doubts: tuple[str, ...]) -> Measurement:
    """The median of the judged repetitions; averaging shrinks only the spread between them."""
    seen = [taken for taken in judged if taken.known]
    if not seen:
        gaps = dict.fromkeys(reason for taken in judged for reason in taken.reasons)
        missing = (*gaps,) or (("not_seen",) if judged else ("no_graded_reps",))
        return _measurement(kind, None, Taken(_NAN, reasons=missing), doubts)
    values = np.array([taken.value for taken in seen])
    within = _sd(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    sds = np.array([taken.sd for taken in seen])
    middle = Taken(median(values), sd=_NAN if np.isnan(sds).any() else median(sds))
    return _measurement(kind, None, middle, doubts, sd_within=within)


def _sd(values: Array) -> float:
    """Return the standard deviation of a few values (N - 1): a quick ``np.std``."""
    apart = values - np.add.reduce(values) / len(values)
    return math.sqrt(np.add.reduce(apart * apart) / (len(values) - 1))


def why_not(clip: Clip, row: MeasureRow, side: Side) -> tuple[str, ...]:
    """Return why a measure can't be taken of this clip, or nothing."""
    if row.plane == "spine":
        return () if read_by(clip, row, side) else why_unread(clip, row)
    if row.plane in ("any", "world") or row.plane == clip.view.plane:
        given = np.isfinite(clip.signals[signal_key(row.id, side)]).any() or not clip.imported
        return () if given else ("points_not_given",)
    if clip.view.gate == "refused":
        return ("view_refused",)
    return (f"wrong_view_needs_{row.plane}",)


def _which_leg(clip: Clip, row: MeasureRow, side: Side) -> tuple[str, ...]:
    """Return why a side can't be told from the other, or nothing: its values may be the other leg's."""
    confused = 100 * clip.repaired_share > load_grading().most_repaired_pct
    return ("legs_confused",) if confused and row.plane in _SIDEWAYS and side != "mid" else ()


def _doubts(clip: Clip, kind: Kind) -> tuple[str, ...]:
    row, rel = kind.row, kind.wanted.zero == "rel"
    doubts = {
        "view_widened": row.plane in ("side", "front", "spine") and clip.view.gate == "widened",
        "no_standing": rel and not clip.standing.found,
        "standing_short": rel and "standing_short" in clip.standing.reasons,
        "far_side": is_far(row, kind.side, clip.view),
        "foot_too_small": row.foot and not clip.foot_px >= load_grading().min_foot_px,
        "experimental": kind.tier == "T3",
    }
    return tuple(reason for reason, holds in doubts.items() if holds)


def is_far(row: MeasureRow, side: Side, view: View) -> bool:
    """Say whether a side view shows this side only through the body."""
    return row.plane in _SIDEWAYS and side != "mid" and side != view.near


# ---------------------------------------------------------------- one value


def _take(clip: Clip, kind: Kind, rep: Rep) -> Taken:
    """Take one repetition's value with its spread."""
    wanted, key = kind.wanted, signal_key(kind.wanted.measure, kind.side)
    look = look_at(clip, rep, key, wanted.when)
    taken = REDUCE[wanted.at](look)
    if kind.row.plane == "spine":
        taken = _of_spine(clip, look, taken, clip.spreads[key])
        value = _against_standing(taken.value, clip.standing.zero.get(key, 0.0), wanted)
        return Taken(value, taken.frames, taken.sd, taken.reasons)
    value = _against_standing(taken.value, clip.standing.zero.get(key, _NAN), wanted)
    return Taken(value, taken.frames, kind.sd, taken.reasons)


def _usual(values: Array) -> float:
    """Return the median of what is known, NaN where nothing is."""
    known = values[~np.isnan(values)]
    return median(known) if len(known) else _NAN


def _against_standing(value: float, zero: float, wanted: Wanted) -> float:
    if wanted.zero == "abs" or wanted.at in DIFFERENCES:
        return value
    return 100 * (value - zero) / zero if wanted.of_standing else value - zero


def _of_spine(clip: Clip, look: Look, taken: Taken, sd: Array) -> Taken:
    """Return a value of a read spine with the method's spread there.

    Without a reading all around the turn the rest of the repetition says nothing: all methods agree near
    standing, and a half-seen turn may be the median of before and after.
    """
    if not (taken.known and look.mostly_seen(look.at_turn.frames)):
        return Taken(_NAN, reasons=taken.reasons or why_gap(clip))
    usual = _usual(sd[taken.frames]) if np.isnan(taken.sd) else taken.sd
    short = _SHORT_STANDING_FACTOR if "standing_short" in clip.standing.reasons else 1.0
    return replace(taken, sd=short * usual)


# ---------------------------------------------------------------- its interval


def _thigh_sd(clip: Clip) -> dict[Side, float]:
    """Return the spread of either thigh's elevation at the turn, against standing."""
    row = load_measures()["thigh_elevation_deg"]
    wanted, sides = Wanted(row.id, "turn", "rel"), _sides(row)
    return {side: _sd_method(clip, row, wanted, side) for side in sides}


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


def _measurement(
    kind: Kind, rep: int | None, taken: Taken, doubts: tuple[str, ...] = (), *, sd_within: float = 0.0
) -> Measurement:
    wanted = kind.wanted
    reasons, sd_method = tuple(dict.fromkeys(taken.reasons + doubts)), taken.sd
    if not taken.known:
        reasons, sd_method, sd_within = reasons or ("not_seen",), _NAN, _NAN
    spread = math.hypot(sd_method, sd_within)
    half, half95 = (spread * sds for sds in load_grading().half_width_sds)
    return Measurement(
        name=kind.row.id,
        rep=rep,
        side=kind.side,
        at=wanted.at,
        zero=wanted.zero,
        value=taken.value,
        low=taken.value - half,
        high=taken.value + half,
        low95=taken.value - half95,
        high95=taken.value + half95,
        unit=wanted.unit,
        tier=kind.tier,
        method=kind.method,
        mdc95=kind.mdc95,
        sd_method=sd_method,
        sd_within=sd_within,
        reasons=reasons,
    )


__all__ = ["REDUCE", "Clip", "Grading", "Wanted", "is_far", "summarise", "why_not", "yaw_error_deg"]
