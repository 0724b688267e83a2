"""``angles.csv``, ``reps.csv``, ``findings.csv`` and ``coordination.csv``.

All are RFC 4180, with dot decimals and English ids as headers. An empty cell means *not known*. Text that a
spreadsheet would run as a formula gets an apostrophe.
"""

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from movement_lab.atomic import atomic_path
from movement_lab.exporters.coordination import FIELDS, fields_of, readings_of
from movement_lab.exporters.json import plain, rep_seconds
from movement_lab.measures import signal_key
from movement_lab.records import Array, Finding, Measurement, Rep
from movement_lab.report import Report
from movement_lab.spine.estimate import widened_sd

Row = Sequence[Any]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

#: Columns of ``findings.csv``: fields of ``Finding`` in the order a reader asks for them.
_FINDING_COLUMNS = (
    "id", "side", "grade", "graded_kind", "value", "low", "high", "low95", "high95", "unit",
    "measure", "at", "zero", "limits", "direction", "persistence", "tier", "evidence",
    "sources", "reasons", "frames_s",
)  # fmt: skip


def save_angles(report: Report, path: Path) -> Path:
    """Write one row per cleaned frame: time, repetition, phase and every signal (geometric values).

    Where the spine was read, each of its angles has a column with one standard deviation of the method,
    widened for real people: ``lumbar_flexion_sd_deg`` beside ``lumbar_flexion_deg``.
    """
    columns = dict(report.signals) | _spreads(report)
    return _write(path, ["time_s", "rep", "phase", *columns], _frames(report, list(columns.values())))


def save_reps(report: Report, path: Path) -> Path:
    """Write one row per repetition: times, durations and every value at the turn, ``abs`` and ``rel``."""
    at_turns = _at_turns(report)
    columns = list(dict.fromkeys(column for column, _ in at_turns))
    header = ["index", "start_s", "turn_s", "end_s", "down_s", "up_s", "side", "graded", "reasons", *columns]
    rows = (
        _rep_row(rep, report, (at_turns.get((column, rep.index), math.nan) for column in columns))
        for rep in report.reps
    )
    return _write(path, header, rows)


def save_findings(report: Report, path: Path) -> Path:
    """Write one row per finding, not-graded ones included with their reasons."""
    return _write(path, _FINDING_COLUMNS, (_finding_row(finding) for finding in report.findings))


def save_coordination(report: Report, path: Path) -> Path:
    """Write one row per reading of coordination, by kind of curves; ``rep`` is its number or ``set``."""
    rows = (
        [kind, rep or "set", *fields_of(reading).values()]
        for kind, found in sorted(report.coordination.items())
        for rep, reading in readings_of(found)
    )
    return _write(path, ["kind", "rep", *FIELDS], rows)


def _write(path: Path, header: Sequence[str], rows: Iterable[Row]) -> Path:
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)  # the default dialect: commas, quotes where needed, CRLF
        writer.writerow(header)
        writer.writerows([_cell(value) for value in row] for row in rows)
    return path


def _spreads(report: Report) -> dict[str, Array]:
    if not report.spine.method:
        return {}
    spreads = widened_sd(report.spine)
    return {
        signal.replace("_deg", "_sd_deg"): sd for signal, sd in spreads.items() if signal in report.signals
    }


def _frames(report: Report, signals: list[Array]) -> Iterable[Row]:
    place = {}
    for rep in report.reps:
        place.update({frame: (rep.index, "down") for frame in range(rep.start, rep.turn)})
        place.update({frame: (rep.index, "up") for frame in range(rep.turn, rep.end)})
    rows = zip(report.track.time_s.tolist(), *(signal.tolist() for signal in signals), strict=True)
    for frame, (time_s, *values) in enumerate(rows):
        yield [time_s, *place.get(frame, ("", "")), *values]


def _at_turns(report: Report) -> dict[tuple[str, int], float]:
    """Return every repetition's values at its turn, by column (``knee_flexion_left_deg_rel``) and index."""
    return {
        (f"{signal_key(row.name, row.side)}_{row.zero}", row.rep): row.value
        for row in report.measurements
        if row.rep is not None and row.at == "turn" and _in_own_unit(row)
    }


def _in_own_unit(row: Measurement) -> bool:
    """Leave out values in per cent of standing: they would carry the name of another unit."""
    return row.name.endswith(f"_{row.unit}")


def _rep_row(rep: Rep, report: Report, values: Iterable[float]) -> Row:
    start_s, turn_s, end_s = rep_seconds(rep, report)
    times = [start_s, turn_s, end_s, turn_s - start_s, end_s - turn_s]
    return [rep.index, *times, rep.side, rep.graded, rep.reasons, *values]


def _finding_row(finding: Finding) -> Row:
    return [getattr(finding, column) for column in _FINDING_COLUMNS]


def _cell(value: Any) -> str:
    """Return a cell: numbers as in ``report.json``, lists with semicolons, pairs as ``a-b``."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return harmless("; ".join(f"{key} {item}" for key, item in value.items()))
    if isinstance(value, list):
        return harmless("; ".join(_pair(item) for item in value))
    return harmless(value) if isinstance(value, str) else str(value)


def _pair(item: Any) -> str:
    return "-".join(str(part) for part in item) if isinstance(item, list) else str(item)


def harmless(text: str) -> str:
    """Keep a spreadsheet from running text as a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
