"""The movements' rows, the measures, and the numbers that judge."""

from __future__ import annotations

from collections.abc import Iterable

from movement_lab.evidence.markdown import links, table
from movement_lab.knowledge import (
    FindingRow,
    MeasureRow,
    MovementKnowledge,
    load_grading,
    load_measures,
    mdc_unit_of,
    unit_of,
)
from movement_lab.wording import format_value, say, steps_line


def movement_section(movement: MovementKnowledge) -> str:
    """Return every row of a movement, and the numbers that define it."""
    heads = (
        "id",
        "row",
        "what",
        "view",
        "needs",
        "measure",
        "limits",
        "noise",
        "evidence",
        "sources",
        "note",
    )
    rows = table(heads, (_finding(row) for row in movement.findings))
    common = load_grading().repetition
    own = {name: value for name, value in movement.rules.items() if common.get(name) != value}
    rules = table(("rule", "value"), ((f"`{name}`", f"{value:g}") for name, value in own.items()))
    return "\n\n".join(
        [
            f"## {say(f'movement.{movement.name}')}",
            f"Repetitions are cut from `{movement.driver}` and confirmed by `{movement.confirm}`.",
            rows,
            f"### Numbers that define it\n\n{say(f'evidence.{movement.rules_evidence}')} "
            f"Leaning on: {links(movement.rules_sources)}.",
            rules,
        ]
    )


def _finding(row: FindingRow) -> tuple[str, ...]:
    return (
        f"`{row.id}`",
        row.spec,
        say(f"finding.{row.id}.title"),
        "any" if row.view == "any" else say(f"plane.{row.view}"),
        say(f"need.{row.needs}"),
        _what(row),
        _limits(row),
        _noise(row),
        say(f"evidence.{row.evidence_key}"),
        links(row.sources),
        row.note,
    )


def _what(row: FindingRow) -> str:
    """Measure, moment, zero and every condition under which the row applies."""
    parts = [f"`{row.measure}`", say(f"at.{row.at}")]
    if row.zero == "abs":
        parts.append("absolute")
    if row.of_standing:
        parts.append("in per cent of standing")
    if row.side != "mid":
        parts.append(say(f"side.{row.side}"))
    if row.when:
        parts.append(f"only where `{row.when.measure}` is {_span(row)}")
    if row.task:
        parts.append(say(f"task.{row.task}").lower() + " only")
    if row.variant:
        parts.append(f"{say(f'variant.{row.variant}')} only")
    if row.beyond_rep_sd:
        parts.append("beyond the spread between repetitions")
    return ", ".join(parts)


def _span(row: FindingRow) -> str:
    assert row.when is not None
    unit = load_measures()[row.when.measure].unit
    if row.when.at_least > float("-inf"):
        return f"at least {format_value(row.when.at_least, unit)}"
    return f"at most {format_value(row.when.at_most, unit)}"


def _limits(row: FindingRow) -> str:
    if row.classes:
        return ", ".join(_class_names(row))
    if row.kind == "descriptive":
        return "described only"
    line = steps_line(row.limits, direction=row.direction, unit=unit_of(row))
    if row.also is None:
        return line
    also = steps_line(row.also.limits, direction=row.direction, unit=load_measures()[row.also.measure].unit)
    return f"{line}; and `{row.also.measure}`: {also}"


def _class_names(row: FindingRow) -> Iterable[str]:
    for each in row.classes:
        top = "" if each.below == float("inf") else f" below {format_value(each.below, unit_of(row))}"
        yield say(f"depth_class.{each.name}") + top


def _noise(row: FindingRow) -> str:
    if row.mdc == row.mdc:
        return format_value(row.mdc, mdc_unit_of(row))
    return ", ".join(
        f"{method} {format_value(mdc, mdc_unit_of(row))}" for method, mdc in row.mdc_other.items()
    )


def measures_section() -> str:
    """Return what is measured, with zero, sign, spread and noise."""
    heads = (
        "id",
        "name",
        "trust",
        "view",
        "definition",
        "zero and sign",
        "spread of the method, absolute / change",
        "noise",
        "sources",
        "note",
    )
    return "\n\n".join(
        [
            "## Measures",
            "The spreads are one standard deviation; they and the noise are our own defaults until they are "
            "measured on people with exactly known angles.",
            table(heads, (_measure(row) for row in load_measures().values())),
        ]
    )


def _measure(row: MeasureRow) -> tuple[str, ...]:
    return (
        f"`{row.id}`",
        say(f"measure.{row.id}"),
        say(f"tier.{row.tier}"),
        say(f"plane.{row.plane}"),
        row.definition,
        row.sign,
        f"{row.sd_method_abs:g} / {row.sd_method_rel:g}",
        format_value(row.mdc95, row.unit),
        links(row.sources),
        row.note,
    )


def grading_section() -> str:
    """Return the numbers that judge, whatever the movement."""
    grading = load_grading()
    numbers = {name: getattr(grading, name) for name in grading.__slots__}
    plain = {name: value for name, value in numbers.items() if isinstance(value, float)}
    rows = [(f"`{name}`", f"{value:g}") for name, value in {**plain, **grading.repetition}.items()]
    caps = [
        (f"highest step, {say(f'tier.{tier}')}", say(f"grade.{cap}"))
        for tier, cap in grading.capped_at.items()
    ]
    return "\n\n".join(
        [
            "## Numbers that judge",
            say(f"evidence.{grading.evidence}"),
            table(("name", "value"), [*rows, *caps]),
        ]
    )
