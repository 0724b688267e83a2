"""A manifest: a table with one row a clip, as CSV or Parquet. Only the column ``file`` is needed."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from movement_lab.errors import UsageError
from movement_lab.records import MOVEMENTS

#: Endings of files that are read as manifests.
MANIFESTS: Final = (".csv", ".parquet")

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "movement": ("auto", *MOVEMENTS),
    "view": ("auto", "left", "right", "front", "back"),
    "task": ("free", "instructed", "deadlift", "upright"),
}
#: A number as a spreadsheet writes it; ``007`` is a name, not a number.
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


def read_manifest(path: Path) -> list[dict[str, Any]]:
    """Return the rows: ``file``, what is declared, and the other columns under ``carried``.

    Raises
    ------
    UsageError
        There is no column ``file``, or a cell makes no sense; the row is named.
    """
    rows = _from_csv(path) if path.suffix.lower() == ".csv" else _from_parquet(path)
    if rows and "file" not in rows[0]:
        raise UsageError(
            f"{path.name} has no column `file`. Needed: the name of each clip's video, relative to the "
            f"manifest. Its columns: {', '.join(rows[0])}."
        )
    return [_checked(row, f"{path.name}, row {number}") for number, row in enumerate(rows, start=1)]


def _checked(row: Mapping[str, Any], place: str) -> dict[str, Any]:
    if not row["file"]:
        raise UsageError(f"{place}: no file is named. Needed: the name of the clip's video.")
    checked: dict[str, Any] = {"file": str(row["file"])}
    for name, words in _WORDS.items():
        checked[name] = value = str(row.get(name) or "").strip().lower()
        if value not in ("", *words):
            raise UsageError(f"{place}: {name} is {value!r}. Known: {', '.join(words)}, or nothing.")
    checked["stickers"] = _stickers(row.get("stickers"))
    checked["person"] = _number(row, "person", place, int, low=1)
    checked["height_cm"] = _number(row, "height_cm", place, float, low=80, high=250)
    checked["carried"] = {name: value for name, value in row.items() if name not in checked and name}
    return checked


def _stickers(value: Any) -> str:
    colour = str(value or "").strip().lower()
    if colour:
        from movement_lab.spine.sticker_table import load_stickers

        load_stickers().colour_named(colour)  # says which there are
    return colour


def _number(
    row: Mapping[str, Any],
    name: str,
    place: str,
    kind: Callable[[Any], Any],
    *,
    low: float,
    high: float = math.inf,
) -> Any:
    value = row.get(name)
    if value in (None, ""):
        return None
    try:
        number = kind(value)
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high:
        upper = f" to {high:g}" if high < math.inf else " or more"
        raise UsageError(f"{place}: {name} is {value!r}. Needed: a number, {low:g}{upper}, or nothing.")
    return number


def _from_csv(path: Path) -> list[dict[str, Any]]:
    """Read a CSV (UTF-8, with or without its mark); columns of nothing but numbers become numbers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [dict(row) for row in csv.DictReader(file, restval="")]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{path.name} can't be read: {error}. A CSV in UTF-8 with commas was needed. Save it as that."
        ) from error
    for name in rows[0] if rows else ():
        kind = _kind([row[name] for row in rows])
        for row in rows:
            row[name] = kind(row[name]) if row[name] not in ("", None) else None
    return rows


def _kind(cells: list[Any]) -> Callable[[Any], Any]:
    full = [cell for cell in cells if cell not in ("", None)]
    numbers = full and all(isinstance(cell, str) and _NUMBER.fullmatch(cell) for cell in full)
    if not numbers:
        return str
    return float if any(set(".eE") & set(cell) for cell in full) else int


def _from_parquet(path: Path) -> list[dict[str, Any]]:
    from movement_lab.batch.arrow import parquet

    try:
        rows: list[dict[str, Any]] = parquet().read_table(path).to_pylist()
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path.name} can't be read: {str(error).splitlines()[0]}. A Parquet table was needed."
        ) from error
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
