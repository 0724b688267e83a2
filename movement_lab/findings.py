"""Measurements x limits -> Findings: a comparison anyone can check by hand (specification 4.1).

A grade is given only where the 80 % interval of the median lies wholly beyond the mild limit;
a median beyond it with an interval that isn't is ``possible``; what can't be judged is
``not_graded`` with the reasons, never ``none``. What a method that reads the spine may reach is
limited by that method (``knowledge/spine.toml``), everything else by its trust tier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from movement_lab.knowledge import (
    STEPS,
    FindingRow,
    MovementKnowledge,
    load_grading,
    load_measures,
    read_table,
)
from movement_lab.knowledge.parse import Where, convert
from movement_lab.records import GRADES, Array, Finding, Grade, Measurement, Rep, Side, Tier, View
from movement_lab.summaries import Wanted

#: Reasons that explain but don't forbid a grade: an interval is wider, a step is capped, or a second
#: condition isn't known.
_ONLY_EXPLAIN: Final = ("no_standing", "standing_short", "far_side", "experimental", "needs_full_bend")


@dataclass(frozen=True, slots=True)
class Task:
    """What the person was asked to do, where that decides which rows apply.

    ``instructed``: keep the back still in a hinge (a movement-control test); ``upright``: keep
    the trunk upright in a lunge. ``declared_variant`` is the kind the person was asked for,
    ``variant`` the kind it looks like.
    """

    instructed: bool = False
    upright: bool = False
    declared_variant: str | None = None
    variant: str | None = None

    def fits(self, row: FindingRow) -> bool:
        """Say whether the person was given the task the row is about."""
        return not row.task or bool(getattr(self, row.task))

    def fits_variant(self, row: FindingRow, movement: MovementKnowledge) -> bool:
        """Say whether the row is about this kind of the movement.

        What a movement's first variant asks for is asked of everybody who wasn't told to do another.
        """
        if not row.variant:
            return True
        if row.variant == movement.variants[0]:
            return self.declared_variant in (None, row.variant)
        return row.variant in (self.declared_variant, self.variant)


def judge(
    measurements: Sequence[Measurement],
    reps: Sequence[Rep],
    movement: MovementKnowledge,
    view: View,
    time_s: Array,
    task: Task,
) -> tuple[Finding, ...]:
    """Compare the measurements with every row of a movement's table, row by row and side by side."""
    table = _Table(measurements, reps, movement, view, time_s, task)
    return tuple(
        finding
        for row in movement.findings
        for side in table.sides(row)
        if (finding := table.judge(row, side))
    )


class _Table:
    """Measurements by what they are, for looking up."""

    def __init__(
        self,
        measurements: Sequence[Measurement],
        reps: Sequence[Rep],
        movement: MovementKnowledge,
        view: View,
        time_s: Array,
        task: Task,
    ) -> None:
        self._by_key = {(m.name, m.at, m.zero, m.unit, m.side, m.rep): m for m in measurements}
        self._reps, self._movement, self._view, self._time_s, self._task = reps, movement, view, time_s, task
        self._judged = [rep for rep in reps if rep.graded]

    def sides(self, row: FindingRow) -> tuple[Side, ...]:
        """Return the sides a row is judged for."""
        if row.side == "near":
            return (self._view.near,)
        if row.side == "each":
            return ("left", "right") if load_measures()[row.measure].per_side else ("mid",)
        if row.side == "lead":
            leads: list[Side] = sorted({rep.side for rep in self._reps} & {"left", "right"})
            return tuple(leads) or (self._view.near,)
        return ("mid",)

    def judge(self, row: FindingRow, side: Side) -> Finding:
        """Judge one row for one side."""
        finding = self._blank(row, side)
        reasons = self._why_not(row)
        if row.needs not in ("landmarks", "world_landmarks", "spine"):
            return replace(finding, reasons=reasons)
        whole, also = self._look_up(row, side, None), self._look_up_also(row, None)
        finding = self._measured(finding, row, side, whole)
        explained = also.reasons if also and np.isfinite(finding.value) else ()
        spine_first = row.needs == "spine"  # why the spine wasn't read matters before what the task was
        why = finding.reasons + reasons if spine_first else reasons + finding.reasons
        found = dict.fromkeys(why + explained)
        reasons = tuple(sorted(found, key=lambda reason: reason in _ONLY_EXPLAIN))  # what forbids comes first
        if _too_uncertain(finding, row):
            reasons += ("too_uncertain",)
        forbidding = tuple(reason for reason in reasons if reason not in _ONLY_EXPLAIN)
        if row.kind == "descriptive":
            known = np.isfinite(finding.value) and not forbidding
            return replace(finding, grade="none" if known else "not_graded", reasons=reasons)
        if forbidding or not np.isfinite(finding.value):
            return replace(finding, grade="not_graded", reasons=reasons or ("not_seen",))
        grade = _lower(grade_of(finding.value, finding.low, finding.high, row), _grade_also(also, row))
        allowed = capped(grade, finding.tier, whole.method if whole else "landmarks")
        if allowed != grade:
            reasons += ("experimental" if finding.tier == "T3" else "capped_without_therapist",)
        return replace(finding, grade=allowed, reasons=tuple(dict.fromkeys(reasons)))

    def _blank(self, row: FindingRow, side: Side) -> Finding:
        nan, measure = float("nan"), load_measures()[row.measure]
        unit = row.unit or ("pct" if row.of_standing else measure.unit)
        return Finding(
            id=row.id, side=side, grade="not_graded", value=nan, low=nan, high=nan, low95=nan, high95=nan,
            unit=unit, measure=row.measure, at=row.at, zero=row.zero, limits=row.limits,
            direction=row.direction, persistence=nan, tier=measure.tier, evidence=row.evidence,
            sources=row.sources, graded_kind=row.kind,
        )  # fmt: skip

    def _why_not(self, row: FindingRow) -> tuple[str, ...]:
        """Return what forbids judging a row whatever was measured."""
        other_view = row.view in ("side", "front") and self._view.plane not in (row.view, "none")
        refused = self._view.gate == "refused" and row.view != "any"
        reasons = {
            row.reason_if_absent: row.needs not in ("landmarks", "spine"),
            row.reason_if_other_view: other_view,
            "view_refused": refused,
            row.reason_if_other_task: not self._task.fits(row),
            "not_this_variant": not self._task.fits_variant(row, self._movement),
            "no_graded_reps": not self._judged,
        }
        return tuple(reason for reason, holds in reasons.items() if reason and holds)

    def _measured(self, finding: Finding, row: FindingRow, side: Side, whole: Measurement | None) -> Finding:
        """Fill in value, interval and what doubts the measurement carries."""
        chosen = self._chosen_reps(row, side)
        values = np.array([m.value for rep in chosen if (m := self._look_up(row, side, rep.index))])
        if whole is None or not np.isfinite(values).any():
            unmet = ("guard_not_met",) if row.when and self._judged and not chosen else ()
            return replace(finding, reasons=unmet or (whole.reasons if whole else ()) or ("not_seen",))
        seen = values[np.isfinite(values)]
        middle = float(np.median(seen))
        shift = middle - whole.value if np.isfinite(whole.value) else 0.0  # guards may leave out repetitions
        pairs = zip(chosen, values, strict=True)
        beyond = [rep for rep, value in pairs if _beyond(value, row, "mild") and self._also_beyond(row, rep)]
        return replace(
            finding,
            value=middle,
            low=whole.low + shift,
            high=whole.high + shift,
            low95=whole.low95 + shift,
            high95=whole.high95 + shift,
            persistence=len(beyond) / len(seen),
            tier=whole.tier,
            reasons=whole.reasons,
            frames_s=tuple(
                (float(self._time_s[rep.start]), float(self._time_s[rep.end - 1])) for rep in beyond
            ),
        )

    def _chosen_reps(self, row: FindingRow, side: Side) -> list[Rep]:
        """Return the judged repetitions a row is about: led by this side, and with its guard met."""
        reps = [rep for rep in self._judged if row.side != "lead" or rep.side in (side, "mid")]
        if row.when is None or row.when_picks_frames:
            return reps
        guarded = self._view.near if load_measures()[row.when.measure].per_side else "mid"
        return [
            rep
            for rep in reps
            if (m := self._by_key.get((row.when.measure, "turn", "rel", "deg", guarded, rep.index)))
            and row.when.met(m.value)
        ]

    def _also_beyond(self, row: FindingRow, rep: Rep) -> bool:
        """Say whether the second condition holds in a repetition, or isn't known."""
        also = self._look_up_also(row, rep.index)
        if row.also is None or also is None or not np.isfinite(also.value):
            return True
        return _beyond(also.value, replace(row, limits=row.also.limits), "mild")

    def _look_up(self, row: FindingRow, side: Side, rep: int | None) -> Measurement | None:
        return self._find(Wanted.of(row), side, rep)

    def _look_up_also(self, row: FindingRow, rep: int | None) -> Measurement | None:
        return self._find(Wanted.of(row, row.also.measure), "mid", rep) if row.also else None

    def _find(self, wanted: Wanted, side: Side, rep: int | None) -> Measurement | None:
        key = (wanted.measure, wanted.at, wanted.zero, wanted.unit, side, rep)
        return self._by_key.get(key)


def _grade_also(also: Measurement | None, row: FindingRow) -> Grade:
    """Grade the second condition of a row; nothing lowers the first where it isn't known."""
    if row.also is None or also is None or not np.isfinite(also.value):
        return GRADES[-1]
    return grade_of(also.value, also.low, also.high, replace(row, limits=row.also.limits))


def _lower(one: Grade, other: Grade) -> Grade:
    return GRADES[min(GRADES.index(one), GRADES.index(other))]


def capped(grade: Grade, tier: Tier, method: str = "landmarks") -> Grade:
    """Return a grade, no higher than a method or a trust tier allows without a therapist's agreement."""
    cap = caps_of_methods().get(method) or load_grading().capped_at[tier]
    return cap if cap == "not_graded" else _lower(grade, cap)


@cache
def caps_of_methods() -> Mapping[str, Grade]:
    """Return the highest step by spine method; KnowledgeError if the table holds no such step."""
    caps: Mapping[str, Grade] = convert(
        read_table("spine.toml").get("capped_at"), Mapping[str, Grade], "capped_at", Where("spine.toml")
    )
    return caps


def grade_of(value: float, low: float, high: float, row: FindingRow) -> Grade:
    """Grade a value with its 80 % interval against a row's limits."""
    if not row.limits or not _beyond(value, row, _first(row)):
        return "none"
    near, far = sorted((abs(low), abs(high))) if row.direction == "either" else (low, high)
    crosses_zero = row.direction == "either" and low < 0 < high
    edge = 0.0 if crosses_zero else near if row.direction != "under" else far
    if not _beyond(edge, row, _first(row)):
        return "possible"
    return max((step for step in STEPS if step in row.limits and _beyond(value, row, step)), key=GRADES.index)


def _too_uncertain(finding: Finding, row: FindingRow) -> bool:
    """Say whether the 80 % interval is so wide that the first limit means nothing beside it."""
    if not row.limits:
        return False
    most = load_grading().most_uncertain_ratio * abs(row.limits[_first(row)])
    return bool((finding.high - finding.low) / 2 > most)


def _first(row: FindingRow) -> str:
    return next(step for step in STEPS if step in row.limits)


def _beyond(value: float, row: FindingRow, step: str) -> bool:
    if step not in row.limits:
        step = _first(row) if row.limits else ""
    limit = row.limits.get(step, float("inf"))
    if row.direction == "under":
        return bool(value < limit) if step else False
    return bool((abs(value) if row.direction == "either" else value) > limit)
