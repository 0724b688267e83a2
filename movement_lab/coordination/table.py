"""What ``knowledge/coordination.toml`` says: rules, measures, norms and styles, checked when loaded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal, TypeVar

from movement_lab.knowledge import Source, load_sources, parse_sources, read_table
from movement_lab.knowledge.checks import check_sources, check_unique
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence

Kind = Literal["spine", "fold", "any"]
Part = Literal["whole", "first", "middle", "last"]
Way = Literal["down", "up", "both"]
Curve = Literal["lower", "upper", "trunk"]
Unit = Literal["deg", "pct", "s", "ms", "ratio", "hz", "reps", "deg_s"]
Row = TypeVar("Row")

_FILE: Final = "coordination.toml"
_RULE_UNITS: Final = ("deg_s", "deg", "pct", "s", "hz", "ratio", "reps")


@dataclass(frozen=True, slots=True)
class Rule:
    """One number that decides when a reading may be given; its unit is the end of its id."""

    id: str
    value: float
    evidence: Evidence
    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class CoordinationMeasure:
    """One reading: what it is, whom it is shown to, and the smallest change two visits can claim.

    ``mdc95`` maps methods to that change in ``unit``; ``any_pct`` is per cent of the value, whatever
    the method. A method that isn't there can claim no change.
    """

    id: str
    unit: Unit
    kinds: tuple[Kind, ...]
    definition: str
    sign: str
    audience: Literal["everyone", "therapist"]
    evidence: Evidence
    mdc95: Mapping[str, float] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Norm:
    """Mean and standard deviation of a published group: context, never a value of the person."""

    measure: str
    kind: Kind
    population: str
    mean: float
    evidence: Evidence
    sources: tuple[str, ...]
    sd: float = math.nan
    part: Part = "whole"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """Values of a measure between two limits, in its unit."""

    measure: str
    above: float = -math.inf
    below: float = math.inf

    def holds(self, low: float, high: float) -> bool:
        """Say whether a whole interval lies inside; NaN never does."""
        return self.above < low <= high < self.below


@dataclass(frozen=True, slots=True)
class StyleRow:
    """A way of bending, in words: it fits where every span holds."""

    id: str
    spans: tuple[Span, ...]
    evidence: Evidence
    item_evidence: Evidence
    sources: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class CoordinationTable:
    """Everything the table says, by id where there is one."""

    rules: Mapping[str, Rule]
    measures: Mapping[str, CoordinationMeasure]
    norms: tuple[Norm, ...]
    styles: tuple[StyleRow, ...]
    sources: Mapping[str, Source]


@cache
def load_coordination() -> CoordinationTable:
    """Return the table; KnowledgeError if it doesn't hold together."""
    return parse_coordination(read_table(_FILE))


def rule(id: str) -> float:
    """Return the value of a rule, in the unit its id ends in; ``KeyError`` if there is none."""
    return load_coordination().rules[id].value


def parse_coordination(raw: Mapping[str, Any], *, file: str = _FILE) -> CoordinationTable:
    """Make the records from the plain table and check every row; see :func:`load_coordination`."""
    own = parse_sources(raw.get("source", {}), file=file)
    table = CoordinationTable(
        rules={row.id: row for row in _rows(raw, "rule", Rule, file)},
        measures={row.id: row for row in _rows(raw, "measure", CoordinationMeasure, file)},
        norms=tuple(_rows(raw, "norm", Norm, file)),
        styles=tuple(_rows(raw, "style", StyleRow, file)),
        sources={**load_sources(), **own},
    )
    _check_own_sources(own, file)
    _check_units(table, file)
    _check_measures_known(table, file)
    _check_evidence(table, file)
    return table


def _rows(raw: Mapping[str, Any], name: str, cls: type[Row], file: str) -> list[Row]:
    plain = raw.get(name, [])
    rows = [build(cls, row, Where(file, f"{name} {number}")) for number, row in enumerate(plain, start=1)]
    if name != "norm":
        check_unique((row.id for row in rows), Where(file, name))  # type: ignore[attr-defined]
    return rows


def _check_own_sources(own: Iterable[str], file: str) -> None:
    for key in own:
        if key in load_sources():
            raise Where(file, f"source {key!r}").wrong("it is in sources.toml too", "every source once")


def _check_units(table: CoordinationTable, file: str) -> None:
    for id in table.rules:
        if not id.endswith(tuple("_" + unit for unit in _RULE_UNITS)):
            raise Where(file, f"rule {id!r}").wrong("it has no unit", "a name that ends in its unit")
    for measure in table.measures.values():
        if not measure.id.endswith("_" + measure.unit):
            expected = f"a name ending in _{measure.unit}"
            raise Where(file, f"measure {measure.id!r}").wrong("its name doesn't end in its unit", expected)


def _check_measures_known(table: CoordinationTable, file: str) -> None:
    named = [(f"norm {norm.population!r}", norm.measure) for norm in table.norms]
    named += [(f"style {style.id!r}", span.measure) for style in table.styles for span in style.spans]
    for row, measure in named:
        if measure not in table.measures:
            expected = "one of " + ", ".join(table.measures)
            raise Where(file, row).wrong(f"measure {measure!r} does not exist", expected)


def _check_evidence(table: CoordinationTable, file: str) -> None:
    rows: list[tuple[str, Rule | CoordinationMeasure | Norm | StyleRow]] = [
        *((f"rule {row.id!r}", row) for row in table.rules.values()),
        *((f"measure {row.id!r}", row) for row in table.measures.values()),
        *((f"norm {row.population!r}", row) for row in table.norms),
        *((f"style {row.id!r}", row) for row in table.styles),
    ]
    for name, row in rows:
        where = Where(file, name)
        check_sources(row.sources, table.sources, where)
        if row.evidence in ("E1", "E2") and not row.sources:
            raise where.wrong(f"evidence {row.evidence} without a source", "the source of the numbers")
