"""Tables of MediaPipe landmarks in the layouts people write, and our own ``points.csv``.

Wide: a row per frame, a column per point and coordinate (``left_knee_x``, ``LEFT_KNEE.x``, ``x26``,
``landmark_25_x``). Long: a row per frame and point (``frame, landmark, x, y, z, visibility``).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.importers.names import house_name
from movement_lab.importers.points import Points, unit_of
from movement_lab.records import Array
from movement_lab.skeleton import LANDMARKS

#: Ends of column names -> what they hold.
_FIELDS: Final[Mapping[str, str]] = {
    **{name: name for name in ("x", "y", "z", "x_px", "y_px", "x_m", "y_m", "z_m", "score")},
    **dict.fromkeys(("v", "vis", "visibility", "confidence", "conf", "likelihood", "c"), "score"),
    "presence": "presence",
}
_FIELD: Final = "|".join(sorted(_FIELDS, key=len, reverse=True))
_COLUMN: Final = re.compile(rf"(.+?)[ _.\-]*[ _.\-]({_FIELD})")
_NUMBERED: Final = re.compile(
    rf"({_FIELD})_?(\d+)|(?:landmark|lm|point|kp|keypoint)?[ _.\-]?(\d+)[ _.\-]?({_FIELD})"
)
_TIMES: Final[Mapping[str, float]] = {
    **dict.fromkeys(("time_s", "time", "timestamp", "timestamp_s", "seconds", "t", "time_sec"), 1.0),
    **dict.fromkeys(("time_ms", "timestamp_ms", "milliseconds", "ms"), 1e-3),
}
_FRAME: Final = ("frame", "frame_number", "frame_idx", "frame_index", "frame_id", "frame_no", "image")
_POINT: Final = (
    "landmark",
    "landmark_id",
    "landmark_index",
    "landmark_name",
    "keypoint",
    "joint",
    "point",
    "name",
    "id",
)
#: Steps of a column called just "timestamp" that are greater are milliseconds.
_LONGEST_STEP_S: Final = 2.0

Table = dict[str, list[str]]
Found = dict[str, dict[str, Array]]


def is_points_table(path: Path) -> bool:
    """Say whether a table's head names body points."""
    head = _head(path)
    return bool(set(_wide_columns(head)) or _long_column(head))


def read_csv(path: Path, *, rate_hz: float | None = None) -> Points:
    """Read a table of landmarks; empty cells, and points at exactly (0, 0), were not seen.

    Parameters
    ----------
    rate_hz
        Rows (or frames) a second, where the table has no times.

    Raises
    ------
    UsageError
        The table names no body points, or no times and no rate was told.
    """
    table = _read(path)
    head = list(table)
    if not (_wide_columns(head) or _long_column(head)):
        raise UsageError(
            f"{path.name} names no body points. Columns such as left_knee_x and left_knee_y, or "
            "landmark, x and y, were needed. Rename the columns, or assess the video itself."
        )
    points, rows = (_wide(table), table) if _wide_columns(head) else _long(table)
    at = {name: _position(fields) for name, fields in points.items() if {"x", "y"} <= set(fields)}
    score = {name: fields["score"] for name, fields in points.items() if "score" in fields}
    world = {
        name: np.stack([fields[f"{axis}_m"] for axis in "xyz"], axis=1)
        for name, fields in points.items()
        if "x_m" in fields
    }
    pixels = any(name.endswith("x_px") for name in head)
    unit = "px" if pixels else unit_of(np.stack([each[:, :2] for each in at.values()]))
    return Points("csv", _times(rows, rate_hz), at, unit, score=score, world=world, size=_size(table))


def _position(fields: Mapping[str, Array]) -> Array:
    """Return x, y and, where the file has it, z (T, 2 or 3)."""
    parts = [fields[axis] for axis in "xyz" if axis in fields]
    at = np.stack(parts, axis=1)
    at[(at[:, :2] == 0).all(axis=1)] = np.nan
    return at


# ---------------------------------------------------------------- wide and long


def _wide_columns(head: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return column -> (house name, field) of those that hold a point's coordinate."""
    named = {column: found for column in head if (found := _named(column)) is not None}
    return named or _numbered(head)


def _named(column: str) -> tuple[str, str] | None:
    match = _COLUMN.fullmatch(column.strip().lower())
    house = house_name(match[1]) if match else None
    return (house, _FIELDS[match[2]]) if match and house else None


def _numbered(head: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the same for columns that number the landmarks, from 0 or from 1."""
    found = {}
    for column in head:
        if match := _NUMBERED.fullmatch(column.strip().lower()):
            found[column] = (int(match[2] or match[3]), _FIELDS[match[1] or match[4]])
    numbers = {number for number, _ in found.values()}
    if len(numbers) < len(LANDMARKS):
        return {}
    first = 0 if 0 in numbers else 1
    return {
        column: (LANDMARKS[number - first], field)
        for column, (number, field) in found.items()
        if 0 <= number - first < len(LANDMARKS)
    }


def _wide(table: Table) -> Found:
    points: Found = {}
    for column, (name, field) in _wide_columns(list(table)).items():
        points.setdefault(name, {})[field.removesuffix("_px")] = _numbers(table[column])
    return points


def _long_column(head: Sequence[str]) -> str | None:
    names = {column.strip().lower(): column for column in head}
    if not {"x", "y"} <= set(names):
        return None
    return next((names[each] for each in _POINT if each in names), None)


def _long(table: Table) -> tuple[Found, Table]:
    """Return the points, and the rows that begin each frame."""
    column = _long_column(list(table))
    labels = table[column] if column else []
    names = [_label(label) for label in labels]
    frame_of, firsts = _frames_of(table, names)
    points: Found = {}
    for field, cells in table.items():
        kind = _FIELDS.get(field.strip().lower())
        if kind is None:
            continue
        values = _numbers(cells)
        for name in LANDMARKS:
            mine = [row for row, each in enumerate(names) if each == name]
            if mine:
                filled = np.full(len(firsts), np.nan)
                filled[[frame_of[row] for row in mine]] = values[mine]
                points.setdefault(name, {})[kind] = filled
    return points, {key: [cells[row] for row in firsts] for key, cells in table.items()}


def _label(label: str) -> str | None:
    if label.strip().isdigit():
        number = int(label)
        return LANDMARKS[number] if number < len(LANDMARKS) else None
    return house_name(label.rpartition(".")[2])


def _frames_of(table: Table, names: Sequence[str | None]) -> tuple[list[int], list[int]]:
    """Return each row's frame (counted from 0), and the row that begins each frame."""
    key = next((column for column in table if column.strip().lower() in (*_FRAME, *_TIMES)), None)
    frame_of: list[int] = []
    firsts: list[int] = []
    for row in range(len(names)):
        new = not firsts or (table[key][row] != table[key][row - 1] if key else names[row] == names[0])
        if new:
            firsts.append(row)
        frame_of.append(len(firsts) - 1)
    return frame_of, firsts


# ---------------------------------------------------------------- times and size


def _times(table: Table, rate_hz: float | None) -> Array:
    """Return seconds: of the table, else from frame numbers or rows and the rate."""
    names = {column.strip().lower(): column for column in table}
    for name, factor in _TIMES.items():
        if name in names:
            time_s = factor * _numbers(table[names[name]])
            if factor == 1.0 and len(time_s) > 1 and np.nanmedian(np.diff(time_s)) > _LONGEST_STEP_S:
                time_s = time_s / 1000
            return np.asarray(time_s - time_s[0])
    if not rate_hz:
        raise UsageError(
            "The table has no times. A column time_s, or the number of rows a second, was needed. "
            "Add --rate-hz, e.g. --rate-hz 30."
        )
    frame = next((names[name] for name in _FRAME if name in names), None)
    rows = len(next(iter(table.values())))
    numbers = _numbers(table[frame]) if frame else np.arange(rows, dtype=float)
    even = np.isfinite(numbers).all() and bool((np.diff(numbers) > 0).all())
    return (numbers - numbers[0] if even else np.arange(rows)) / rate_hz


def _size(table: Table) -> tuple[int, int] | None:
    for pair in (("width_px", "height_px"), ("width", "height"), ("image_width", "image_height")):
        if set(pair) <= set(table) and table[pair[0]]:
            return int(float(table[pair[0]][0])), int(float(table[pair[1]][0]))
    return None


# ---------------------------------------------------------------- cells


def _head(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return next(csv.reader([file.readline()], delimiter=_delimiter(path)), [])


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline()
    return max(",;\t", key=line.count)


def _read(path: Path) -> Table:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        head, *rows = csv.reader(file, delimiter=_delimiter(path))
    rows = [row for row in rows if row]
    return {name: [row[k] if k < len(row) else "" for row in rows] for k, name in enumerate(head)}


def _numbers(cells: Sequence[str]) -> Array:
    return np.array([_number(cell) for cell in cells], float)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
