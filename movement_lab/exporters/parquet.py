"""``*.parquet``: the tables, typed, for pandas, polars, R and DuckDB. NaN means not seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.errors import UsageError
from movement_lab.exporters.json import rep_seconds
from movement_lab.exporters.points import FIELDS, point_values
from movement_lab.records import Array, Finding, Measurement
from movement_lab.report import Report
from movement_lab.skeleton import LANDMARKS

Columns = Mapping[str, Any]


def save_angles_parquet(report: Report, path: Path) -> Path:
    """Write one row per cleaned frame: time, repetition, phase, every signal (geometric values)."""
    rep, phase = np.zeros(len(report.track), np.int32), np.full(len(report.track), "", object)
    for each in report.reps:
        rep[each.start : each.end] = each.index
        phase[each.start : each.turn], phase[each.turn : each.end] = "down", "up"
    return _write(path, {"time_s": report.track.time_s, "rep": rep, "phase": phase, **report.signals})


def save_points_parquet(report: Report, path: Path) -> Path:
    """Write one row per raw frame: pixels, coarse metres and score of every body point."""
    values = point_values(report.raw)
    columns: dict[str, Array] = {"time_s": report.raw.time_s}
    for k, name in enumerate(LANDMARKS):
        columns |= {f"{name}_{field}": values[:, k, f] for f, field in enumerate(FIELDS)}
    return _write(path, columns)


def save_reps_parquet(report: Report, path: Path) -> Path:
    """Write one row per repetition."""
    times = np.array([rep_seconds(rep, report) for rep in report.reps], float).reshape(-1, 3)
    start_s, turn_s, end_s = times.T
    return _write(
        path,
        {
            "rep": np.array([rep.index for rep in report.reps], np.int32),
            "start_s": start_s,
            "turn_s": turn_s,
            "end_s": end_s,
            "down_s": turn_s - start_s,
            "up_s": end_s - turn_s,
            "side": [rep.side for rep in report.reps],
            "graded": np.array([rep.graded for rep in report.reps], bool),
            "reasons": _joined(rep.reasons for rep in report.reps),
        },
    )


def save_measurements_parquet(report: Report, path: Path) -> Path:
    """Write one row per measurement; ``rep`` 0 is the value over the set."""
    return _write(path, _records(report.measurements, Measurement))


def save_findings_parquet(report: Report, path: Path) -> Path:
    """Write one row per finding; lists are text with semicolons."""
    return _write(path, _records(report.findings, Finding))


def _records(rows: Iterable[Any], kind: type[Any]) -> Columns:
    dicts = [asdict(row) for row in rows]
    return {field.name: _column(field, [row[field.name] for row in dicts]) for field in fields(kind)}


def _column(field: Any, values: list[Any]) -> Any:
    if field.type == "float":
        return np.array(values, float)
    if field.name == "rep":
        return np.array([value or 0 for value in values], np.int32)
    return [value if isinstance(value, str) else _text(value) for value in values]


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {item:g}" for key, item in value.items())
    return "; ".join(
        "-".join(f"{v:.3f}" for v in each) if isinstance(each, tuple) else each for each in value
    )


def _joined(lists: Iterable[tuple[str, ...]]) -> list[str]:
    return ["; ".join(each) for each in lists]


def _write(path: Path, columns: Columns) -> Path:
    pyarrow, parquet = _library()
    arrays = {name: _typed(pyarrow, values) for name, values in columns.items()}
    table = pyarrow.table(arrays)
    with atomic_path(path) as part:
        parquet.write_table(table, part)
    return path


def _typed(pyarrow: Any, values: Any) -> Any:
    if isinstance(values, np.ndarray) and values.dtype != object:
        return pyarrow.array(values)
    return pyarrow.array(list(values), pyarrow.string())


def _library() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise UsageError(
            "Parquet files need the package pyarrow, which isn't here. "
            "Install it with `pip install 'movement-lab[formats]'`, or choose csv."
        ) from None
    return pyarrow, parquet
