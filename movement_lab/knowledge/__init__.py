"""What the program knows about movements, as tables a clinician can read and change.

The tables are TOML files beside this module: ``movements/*.toml``, ``measures.toml``,
``sources.toml``, ``grading.toml``, and ``uncertainty.toml``, which ``movement-lab validate`` writes.
Every row is checked when it is loaded; a row that doesn't fit is a
:class:`~movement_lab.errors.KnowledgeError` that names the file, the row and what was expected.
Nothing here computes an angle or prints a sentence.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from movement_lab.errors import KnowledgeError
from movement_lab.knowledge import checks
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import (
    REASON_OF_NEED,
    REASON_OF_TASK,
    REASON_OF_VIEW,
    STEPS,
    AlsoLimit,
    FindingRow,
    Grading,
    Guard,
    MeasureRow,
    MovementKnowledge,
    NamedClass,
    Source,
)
from movement_lab.knowledge.spreads import Spread, Spreads, find_spread
from movement_lab.records import MOVEMENTS

__all__ = [
    "REASON_OF_NEED",
    "REASON_OF_TASK",
    "REASON_OF_VIEW",
    "STEPS",
    "AlsoLimit",
    "FindingRow",
    "Grading",
    "Guard",
    "MeasureRow",
    "MovementKnowledge",
    "NamedClass",
    "Source",
    "Spread",
    "Spreads",
    "find_spread",
    "forget_tables",
    "knowledge_hash",
    "load_grading",
    "load_measures",
    "load_movement",
    "load_sources",
    "load_spreads",
    "mdc_unit_of",
    "unit_of",
]

FOLDER: Final = Path(__file__).parent


@cache
def load_movement(name: str) -> MovementKnowledge:
    """Return what is known about ``squat``, ``hinge`` or ``lunge``.

    Raises
    ------
    KnowledgeError
        If there is no such movement, or its table doesn't hold together.
    """
    if name not in MOVEMENTS:
        raise KnowledgeError(
            f"No table for the movement {name!r}. Known: {', '.join(MOVEMENTS)}. Use one of these."
        )
    file = f"movements/{name}.toml"
    return parse_movement(read_table(file), file=file)


@cache
def load_measures() -> Mapping[str, MeasureRow]:
    """Return every measure by its id, in the order of the table."""
    return parse_measures(read_table("measures.toml"), sources=load_sources())


@cache
def load_sources() -> Mapping[str, Source]:
    """Return every source by its key."""
    return parse_sources(read_table("sources.toml"))


@cache
def load_grading() -> Grading:
    """Return the numbers that judge, whatever the movement."""
    return parse_grading(read_table("grading.toml"), sources=load_sources())


@cache
def load_spreads() -> Spreads:
    """Return how far off each measure was on people with known angles, by `Spread.key`."""
    return parse_spreads(read_table("uncertainty.toml"))


@cache
def knowledge_hash() -> str:
    """Return the SHA-256 (hex) over names and bytes of all tables, in sorted order."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*.toml")):
        digest.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def forget_tables() -> None:
    """Read the tables anew when they are next asked for: one of them was rewritten."""
    for cached in (load_movement, load_measures, load_sources, load_grading, load_spreads, knowledge_hash):
        cached.cache_clear()


def unit_of(row: FindingRow) -> str:
    """Return the unit of a finding's value and limits: ``deg``, ``pct``, ``ratio``, ``times`` or ``mdc``."""
    return checks.unit_of(row, load_measures())


def mdc_unit_of(row: FindingRow) -> str:
    """Return the unit of a finding's smallest claimable change."""
    return row.mdc_unit or unit_of(row)


def read_table(file: str) -> dict[str, Any]:
    """Read one TOML file beside this module; KnowledgeError if it is no valid TOML."""
    try:
        return tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(
            f"{file} can't be read: {error}. A valid TOML file was needed. Check its last change."
        ) from error


def parse_sources(raw: Mapping[str, Any], *, file: str = "sources.toml") -> dict[str, Source]:
    """Make source records from the plain table; see :func:`load_sources`."""
    checks.check_unique(raw, Where(file))
    return {
        key: build(Source, {"key": key, **row}, Where(file, f"source {key!r}")) for key, row in raw.items()
    }


def parse_measures(
    raw: Mapping[str, Any], *, sources: Mapping[str, Source], file: str = "measures.toml"
) -> dict[str, MeasureRow]:
    """Make measure records from the plain table and check them; see :func:`load_measures`."""
    rows = [build(MeasureRow, row, _place(file, "measure", row)) for row in raw.get("measure", [])]
    checks.check_unique((row.id for row in rows), Where(file))
    for row in rows:
        where = Where(file, f"measure {row.id!r}")
        checks.check_measure(row, where)
        checks.check_sources(row.sources, sources, where)
    return {row.id: row for row in rows}


def parse_grading(
    raw: Mapping[str, Any], *, sources: Mapping[str, Source], file: str = "grading.toml"
) -> Grading:
    """Make the grading record from the plain table and check it; see :func:`load_grading`."""
    grading = build(Grading, raw, Where(file))
    checks.check_grading(grading, Where(file))
    checks.check_sources(grading.sources, sources, Where(file))
    return grading


def parse_spreads(raw: Mapping[str, Any], *, file: str = "uncertainty.toml") -> dict[tuple[str, ...], Spread]:
    """Make spread records from the plain table and check them; see :func:`load_spreads`."""
    rows = [build(Spread, row, Where(file, f"spread {i}")) for i, row in enumerate(raw.get("spread", []), 1)]
    for i, row in enumerate(rows, 1):
        checks.check_spread(row, load_measures(), Where(file, f"spread {i}"))
    return {row.key: row for row in rows}


def parse_movement(raw: Mapping[str, Any], *, file: str) -> MovementKnowledge:
    """Make a movement record from the plain table and check every row; see :func:`load_movement`.

    The common repetition rules of ``grading.toml`` are merged in; the movement's own win.
    """
    measures, sources, where = load_measures(), load_sources(), Where(file)
    rows = [build(FindingRow, row, _place(file, "finding", row)) for row in raw.get("finding", [])]
    top = {key: value for key, value in raw.items() if key != "finding"}
    movement = build(MovementKnowledge, {**top, "findings": ()}, where)
    rules = {**load_grading().repetition, **movement.rules}
    movement = dataclasses.replace(movement, rules=rules, findings=tuple(rows))
    checks.check_unique((row.id for row in rows), where)
    checks.check_rules(movement, measures, Where(file, "rules"))
    checks.check_sources(movement.rules_sources, sources, Where(file, "rules"))
    for row in rows:
        place = Where(file, f"finding {row.id!r}")
        checks.check_finding(row, movement, measures, place)
        checks.check_sources(row.sources, sources, place)
    return movement


def _place(file: str, kind: str, row: object) -> Where:
    """Name a row that may not even have an id."""
    name = row.get("id", "without an id") if isinstance(row, Mapping) else "that is no table"
    return Where(file, f"{kind} {name!r}")
