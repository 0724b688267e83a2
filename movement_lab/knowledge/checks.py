"""What makes the tables consistent with each other: every rule a row has to keep.

Each rule is one small function that raises :class:`KnowledgeError` with the file, the row, what
was found and what was expected.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final, get_args

from movement_lab.knowledge.parse import Where
from movement_lab.knowledge.rows import (
    STEPS,
    FindingRow,
    Grading,
    MeasureRow,
    MovementKnowledge,
    Unit,
)
from movement_lab.knowledge.spreads import ANY, Spread
from movement_lab.records import GRADES, MOVEMENTS, Tier

Measures = Mapping[str, MeasureRow]

#: Views in which a measure of each plane can be seen.
_VIEWS_OF_PLANE: Final[Mapping[str, tuple[str, ...]]] = {
    "side": ("side",),
    "front": ("front",),
    "any": ("side", "front", "any"),
    "world": ("side", "front", "any"),
    "spine": ("side",),
}
_ID: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_RULE_UNITS: Final = ("deg", "pct", "s", "ratio", "sd", "reps", "px")


def check_unique(ids: Iterable[str], where: Where) -> None:
    """Refuse a second row with the same id, and ids that are no plain lower-case words."""
    seen: set[str] = set()
    for each in ids:
        if not _ID.fullmatch(each):
            raise where.wrong(f"the id {each!r} is not plain", "lower-case words joined by underscores")
        if each in seen:
            raise where.wrong(f"the id {each!r} occurs twice", "every id once")
        seen.add(each)


def check_sources(keys: Iterable[str], known: Collection[str], where: Where) -> None:
    """Refuse a source that ``sources.toml`` doesn't have."""
    for key in keys:
        if key not in known:
            raise where.wrong(f"source {key!r} is missing", f"one of {_list(known)}")


def check_measure(row: MeasureRow, where: Where) -> None:
    """A measure's unit is the end of its name, its spreads are positive, ``rel`` is no wider than ``abs``."""
    if not row.id.endswith("_" + row.unit):
        raise where.wrong(f"unit {row.unit!r} is not the end of the name", f"a name ending in _{row.unit}")
    if min(row.sem, row.mdc95, row.sd_method_rel, row.range) <= 0:
        raise where.wrong("a spread, an MDC or the display range is not positive", "numbers above 0")
    if row.sd_method_abs < row.sd_method_rel:
        raise where.wrong("sd_method_abs is smaller than sd_method_rel", "at least as large")
    if any(mdc < row.mdc95 for mdc in row.mdc95_other.values()):
        raise where.wrong(f"mdc95_other {dict(row.mdc95_other)}", f"at least mdc95 ({row.mdc95:g})")
    if (row.tier == "T0") != bool(row.reason_if_absent):
        raise where.wrong("tier T0 and reason_if_absent don't go together", "a reason for T0 and only there")


def check_finding(row: FindingRow, movement: MovementKnowledge, measures: Measures, where: Where) -> None:
    """Check one finding row against the measures and against its movement."""
    if not re.fullmatch(movement.name[0].upper() + r"\d+", row.spec):
        raise where.wrong(f"spec is {row.spec!r}", f"{movement.name[0].upper()} and a number")
    _check_measure_known(row, measures, where)
    _check_side(row, measures[row.measure], movement, where)
    _check_view(row, measures[row.measure], where)
    _check_limits(row, where)
    _check_classes(row, where)
    _check_moment(row, movement, where)
    _check_extras(row, movement, where)


def _check_measure_known(row: FindingRow, measures: Measures, where: Where) -> None:
    extra = [each.measure for each in (row.when, row.also) if each is not None]
    for name in [row.measure, *extra]:
        if name not in measures:
            raise where.wrong(f"measure {name!r} does not exist", f"one of {_list(measures)}")


def _check_side(row: FindingRow, measure: MeasureRow, movement: MovementKnowledge, where: Where) -> None:
    if measure.per_side == (row.side == "mid"):
        expected = "near, lead or each" if measure.per_side else "mid"
        raise where.wrong(f"side is {row.side!r} for {measure.id}", expected)
    if row.side == "lead" and movement.name != "lunge":
        raise where.wrong("side is 'lead'", "near, each or mid: only a lunge has a lead leg")


def _check_view(row: FindingRow, measure: MeasureRow, where: Where) -> None:
    views = _VIEWS_OF_PLANE[measure.plane]
    if row.view not in views:
        raise where.wrong(f"view is {row.view!r} for {measure.id}", f"one of {_list(views)}")


def _check_limits(row: FindingRow, where: Where) -> None:
    if (row.kind == "graded") != bool(row.limits):
        raise where.wrong(f"a {row.kind} row with limits {dict(row.limits)}", "limits in graded rows only")
    _check_steps(row.limits, row.direction, where)
    if row.also is not None:
        _check_steps(row.also.limits, row.direction, where)


def _check_steps(limits: Mapping[str, float], direction: str, where: Where) -> None:
    """Steps are known by name and move away from standing: up, or down for ``under``."""
    for step in limits:
        if step not in STEPS:
            raise where.wrong(f"limit {step!r} is no step", f"one of {_list(STEPS)}")
    values = [limits[step] for step in STEPS if step in limits]
    pairs = itertools.pairwise(reversed(values) if direction == "under" else values)
    if not all(first < second for first, second in pairs):
        expected = "falling" if direction == "under" else "rising"
        raise where.wrong(f"limits {values} are not in order", f"{expected} numbers for {direction!r}")
    if direction == "either" and values and values[0] <= 0:
        raise where.wrong(f"limits {values} for 'either'", "positive sizes")


def _check_classes(row: FindingRow, where: Where) -> None:
    if not row.classes:
        return
    if row.kind != "descriptive":
        raise where.wrong("classes in a graded row", "classes in descriptive rows only")
    tops = [each.below for each in row.classes]
    if sorted(set(tops)) != tops or tops[-1] != float("inf"):
        raise where.wrong(f"class tops {tops}", "rising numbers, the last class without one")


def _check_moment(row: FindingRow, movement: MovementKnowledge, where: Where) -> None:
    """Moments that need more than a measure have it; in one table each measure has one value at a moment."""
    if row.at == "share_of_ascent" and (row.measure, row.unit) != ("lumbar_flexion_deg", "pct"):
        raise where.wrong(f"at 'share_of_ascent' of {row.measure}", "lumbar_flexion_deg in pct")
    if not row.when_picks_frames:
        return
    if row.when is None:
        raise where.wrong(f"at {row.at!r} without when", "the span of another measure in which it counts")
    for other in movement.findings:
        if (other.measure, other.at) == (row.measure, row.at) and other.when != row.when:
            raise where.wrong(f"when differs from that of {other.id!r}", "the same span in both")


def _check_extras(row: FindingRow, movement: MovementKnowledge, where: Where) -> None:
    if row.of_standing and row.zero != "rel":
        raise where.wrong("of_standing with zero 'abs'", "zero = 'rel'")
    if row.variant and row.variant not in movement.variants:
        raise where.wrong(f"variant {row.variant!r}", f"one of {_list(movement.variants)}")
    if row.evidence in ("E1", "E2") and not row.sources:
        raise where.wrong(f"evidence {row.evidence} without a source", "the source of the numbers")
    if row.item_evidence == row.evidence:
        raise where.wrong("item_evidence repeats evidence", "item_evidence only where it differs")


def check_rules(movement: MovementKnowledge, measures: Measures, where: Where) -> None:
    """Rules name known signals, and every number says its unit in its name."""
    for name in (movement.driver, movement.confirm):
        if name not in measures:
            raise where.wrong(f"driver or confirm is {name!r}", f"one of {_list(measures)}")
    for name in movement.rules:
        if not name.endswith(tuple("_" + unit for unit in _RULE_UNITS)):
            raise where.wrong(f"the rule {name!r} has no unit", f"a name ending in {_list(_RULE_UNITS)}")


def check_grading(grading: Grading, where: Where) -> None:
    """Gates rise, every tier has a cap that is a grade, and repetitions can have a length."""
    if not 0 < grading.gate_full_deg < grading.gate_widened_deg:
        raise where.wrong("the view gates don't rise", "0 < gate_full_deg < gate_widened_deg")
    if grading.sim_to_real_factor < 1:
        raise where.wrong(f"sim_to_real_factor is {grading.sim_to_real_factor}", "1 or more")
    if set(grading.capped_at) != set(get_args(Tier)):
        raise where.wrong(f"caps for {_list(grading.capped_at)}", f"one for each of {_list(get_args(Tier))}")
    if not set(grading.capped_at.values()) <= {*GRADES, "not_graded"}:
        raise where.wrong("an unknown cap", f"one of {_list(GRADES)}, not_graded")
    shortest, longest = grading.repetition["rep_min_duration_s"], grading.repetition["rep_max_duration_s"]
    if shortest >= longest:
        raise where.wrong("rep_min_duration_s is not below rep_max_duration_s", "a span")


def check_spread(row: Spread, measures: Measures, where: Where) -> None:
    """A spread belongs to a known measure and movement, and is a positive number."""
    if row.measure not in measures:
        raise where.wrong(f"measure {row.measure!r} does not exist", f"one of {_list(measures)}")
    if row.movement not in (*MOVEMENTS, ANY):
        raise where.wrong(f"movement is {row.movement!r}", f"one of {_list((*MOVEMENTS, ANY))}")
    if not row.sd > 0:
        raise where.wrong(f"sd is {row.sd}", "a number above 0")


def unit_of(row: FindingRow, measures: Measures) -> Unit:
    """Return the unit of a finding's value: its own, per cent of standing, or the measure's."""
    if row.unit:
        return row.unit
    return "pct" if row.of_standing else measures[row.measure].unit


def _list(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, names)))
