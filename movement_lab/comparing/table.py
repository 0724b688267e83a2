"""Which numbers are laid side by side: ``knowledge/comparing.toml``, checked when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from movement_lab.knowledge import load_measures, read_table
from movement_lab.knowledge.checks import check_unique
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence

_FILE: Final = "comparing.toml"


@dataclass(frozen=True, slots=True)
class PlaneRow:
    """What is compared in one plane: ``compared`` at the lowest point, ``curves`` over the movement."""

    name: Literal["side", "front"]
    compared: tuple[str, ...]
    curves: tuple[str, ...]
    most_curves: float


@dataclass(frozen=True, slots=True)
class TrendRow:
    """What is drawn over visits of one movement, most telling first."""

    movement: Literal["squat", "hinge", "lunge"]
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparingTable:
    """The whole table; ``widened_factor`` widens the noise of what was filmed off its plane."""

    widened_factor: float
    most_trends: float
    plane: tuple[PlaneRow, ...]
    trend: tuple[TrendRow, ...]
    evidence: Evidence
    note: str = ""

    @property
    def planes(self) -> Mapping[str, PlaneRow]:
        """Rows by the name of the plane."""
        return {row.name: row for row in self.plane}

    @property
    def trends(self) -> Mapping[str, tuple[str, ...]]:
        """Measures by movement."""
        return {row.movement: row.measures for row in self.trend}


@cache
def load_comparing() -> ComparingTable:
    """Return the table; KnowledgeError if it names a measure that isn't there."""
    where = Where(_FILE)
    table = build(ComparingTable, read_table(_FILE), where)
    check_unique((row.name for row in table.plane), where)
    check_unique((row.movement for row in table.trend), where)
    named = [name for row in table.plane for name in (*row.compared, *row.curves)]
    named += [name for row in table.trend for name in row.measures]
    for name in named:
        if name not in load_measures():
            raise where.wrong(f"there is no measure {name!r}", "ids of measures.toml")
    if table.widened_factor < 1:
        raise where.wrong(f"widened_factor is {table.widened_factor}", "at least 1")
    return table
