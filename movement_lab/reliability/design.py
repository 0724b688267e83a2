"""Who was seen how often: a study's measurements as tables of people and sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.records import Array

#: Columns of a manifest that tell repeated clips of a person apart, the first one there is taken.
REPEATS: Final = ("session", "visit", "trial")
_ASKED: Final = ("clip", "subject", "movement", "view", "status", "yaw_deg")


@dataclass(frozen=True, slots=True)
class Design:
    """Clips that count, by id: whose, in which repeat, of which group."""

    clips: Mapping[str, Mapping[str, Any]]
    repeat: str
    grouped: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One measurement over a set, of one movement in one view: values (people, sessions), NaN where absent.

    Several clips of a person in a session are averaged.
    """

    movement: str
    view: str
    name: str
    side: str
    at: str
    zero: str
    unit: str
    people: tuple[str, ...]
    sessions: tuple[str, ...]
    values: Array


def read_design(folder: Path) -> Design:
    """Return the design of a study.

    Raises
    ------
    UsageError
        The study's manifest had no column ``subject``, or none that tells repeats apart.
    """
    rows = _read(folder, "clips")
    names = set(rows[0]) if rows else set()
    repeat = next((name for name in REPEATS if name in names), "")
    if "subject" not in names or not repeat:
        raise UsageError(
            f"{folder} doesn't say who was seen how often. Needed: a manifest with columns subject and one "
            f"of {', '.join(REPEATS)}. Add them and run `movement-lab batch` again: nothing is done twice."
        )
    kept = (*_ASKED, repeat, *(["group"] if "group" in names else []))
    clips = {
        row["clip"]: {name: row[name] for name in kept}
        for row in rows
        if row["status"] == "assessed" and row["subject"] is not None and row[repeat] is not None
    }
    return Design(clips, repeat, "group" in names)


def cells(folder: Path, design: Design) -> Iterator[Cell]:
    """Yield every measurement over a set that some clip has a value of, in order."""
    import pyarrow.compute as pc

    wanted = pc.field("rep").is_null() & pc.field("value").is_valid()
    found: dict[tuple[str, ...], dict[tuple[str, str], list[float]]] = {}
    names = ["clip", "name", "side", "at", "zero", "unit", "value"]
    for row in _read(folder, "measurements", columns=names, filters=wanted):
        if (clip := design.clips.get(row["clip"])) is None:
            continue
        key = (clip["movement"], clip["view"], *(row[name] for name in names[1:6]))
        place = str(clip["subject"]), str(clip[design.repeat])
        found.setdefault(key, {}).setdefault(place, []).append(row["value"])
    for key, places in sorted(found.items()):
        yield _cell(key, places)


def _cell(key: tuple[str, ...], places: Mapping[tuple[str, str], list[float]]) -> Cell:
    people = tuple(sorted({person for person, _ in places}, key=natural))
    sessions = tuple(sorted({session for _, session in places}, key=natural))
    values = np.full((len(people), len(sessions)), np.nan)
    for (person, session), each in places.items():
        values[people.index(person), sessions.index(session)] = float(np.mean(each))
    return Cell(*key, people, sessions, values)  # type: ignore[call-arg, arg-type]


def natural(text: str) -> tuple[int, float, str]:
    """Return what numbers sort by their size with, and texts by their letters."""
    try:
        return (0, float(text), text)
    except ValueError:
        return (1, 0.0, text)


def _read(folder: Path, table: str, **asked: Any) -> list[dict[str, Any]]:
    from movement_lab.batch.arrow import parquet

    path = folder / f"{table}.parquet"
    if not path.is_file():
        raise UsageError(f"{folder} is no study: it has no {path.name}. Run `movement-lab batch` first.")
    rows: list[dict[str, Any]] = parquet().read_table(path, **asked).to_pylist()
    return rows
