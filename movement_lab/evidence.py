"""Write ``docs/evidence.md`` from the tables, so that a clinician can review one page.

``python -m movement_lab.evidence`` writes it anew; a test fails where page and tables differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from movement_lab.knowledge import (
    FindingRow,
    MeasureRow,
    MovementKnowledge,
    Source,
    load_grading,
    load_measures,
    load_movement,
    load_sources,
    mdc_unit_of,
    unit_of,
)
from movement_lab.records import MOVEMENTS
from movement_lab.wording import format_value, say, steps_line

PAGE = Path(__file__).resolve().parent.parent / "docs" / "evidence.md"


def build_evidence() -> str:
    """Return the whole page as Markdown."""
    movements = [load_movement(name) for name in MOVEMENTS]
    sections = [
        _opening(movements),
        *(_movement(movement) for movement in movements),
        _measures(),
        _grading(),
        _sources(),
    ]
    return "\n\n".join(sections) + "\n"


def _opening(movements: Sequence[MovementKnowledge]) -> str:
    graded = [row for movement in movements for row in movement.findings if row.kind == "graded"]
    own = sum(row.evidence == "E4" for row in graded)
    return f"""# What is looked at, against which limits, and where those come from

This page is generated from the tables in `movement_lab/knowledge`. Change a table, then run
`python -m movement_lab.evidence`.

**Please read this first.** Of the {len(graded)} rows that can be graded, {own} have limits that are our
own default. They were chosen to be useful and cautious; no study validated them. The others come from
published ranges of small laboratory samples, measured with other methods. None of the rows is a
diagnosis or a fault, none predicts pain or injury, and more or less is not better or worse.

- Limits apply to the change from the person's own standing unless a row says "absolute".
- A grade is given only if the whole 80 % interval lies beyond the mild limit; before that it is "possible".
- Rough measures stop at moderate without a therapist's agreement; experimental ones are never graded.
- "Noise" is the smallest change between two visits that one camera can honestly claim (MDC95).
- Most papers were read as an abstract or excerpt only; the list at the end says which."""


def _movement(movement: MovementKnowledge) -> str:
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
    table = _table(heads, (_finding(row) for row in movement.findings))
    common = load_grading().repetition
    own = {name: value for name, value in movement.rules.items() if common.get(name) != value}
    rules = _table(("rule", "value"), ((f"`{name}`", f"{value:g}") for name, value in own.items()))
    return "\n\n".join(
        [
            f"## {say(f'movement.{movement.name}')}",
            f"Repetitions are cut from `{movement.driver}` and confirmed by `{movement.confirm}`.",
            table,
            f"### Numbers that define it\n\n{say(f'evidence.{movement.rules_evidence}')} "
            f"Leaning on: {_keys(movement.rules_sources)}.",
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
        _keys(row.sources),
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


def _measures() -> str:
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
            _table(heads, (_measure(row) for row in load_measures().values())),
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
        _keys(row.sources),
        row.note,
    )


def _grading() -> str:
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
            _table(("name", "value"), [*rows, *caps]),
        ]
    )


def _sources() -> str:
    lines = (f'- <a id="{key}"></a>**{key}**: {_citation(source)}' for key, source in load_sources().items())
    return "## Sources\n\n" + "\n".join(lines)


def _citation(source: Source) -> str:
    parts = [source.citation]
    if source.doi:
        parts.append(f"[doi:{source.doi}](https://doi.org/{source.doi}).")
    if source.url:
        parts.append(f"<{source.url}>.")
    for name, text in (("Who", source.population), ("How", source.measured_with)):
        if text:
            parts.append(f"{name}: {text}.")
    return " ".join([*parts, f"*{say(f'read.{source.read}').capitalize()}.*"])


def _keys(keys: Sequence[str]) -> str:
    return ", ".join(f"[{key}](#{key})" for key in keys) or "none"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(build_evidence(), encoding="utf-8", newline="\n")
