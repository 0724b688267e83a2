"""A clip's frames as Parquet: time, repetition, every signal and body point, cleaned and evenly spaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.batch.arrow import arrow, parquet
from movement_lab.batch.columns import frame_columns
from movement_lab.report import Report


def save_frames(report: Report, path: Path) -> Path:
    """Write the frames of a report; every clip has the same columns, empty (null) where nothing is known.

    Times in double precision, signals and points in single precision: far finer than any of them is known.
    """
    pa = arrow()
    columns = _columns(report)
    table = pa.table({column.name: columns(column.name) for column in frame_columns()})
    with atomic_path(path) as part:
        parquet().write_table(table, part, compression="zstd", use_dictionary=["rep", "phase"])
    return path


def _columns(report: Report) -> Any:
    """Return a function from a column's name to its Arrow array."""
    pa, track = arrow(), report.track
    rep, phase = _places(report)
    ready = {
        "time_s": pa.array(np.round(track.time_s, 6)),
        "rep": pa.array(rep, mask=rep == 0),
        "phase": pa.array([("down", "up")[each] if each >= 0 else None for each in phase], pa.string()),
    }

    points = {"_x_px": track.xy[..., 0], "_y_px": track.xy[..., 1], "_score": track.score}

    def single(values: Any) -> Any:
        return pa.array(np.asarray(values, np.float32), from_pandas=True)  # NaN becomes null

    def column(name: str) -> Any:
        if name in ready:
            return ready[name]
        if name in report.signals:
            return single(report.signals[name])
        for ending, values in points.items():
            if name.endswith(ending) and (point := name.removesuffix(ending)) in track.names:
                return single(values[:, track.names.index(point)])
        return pa.nulls(len(track), pa.float32())

    return column


def _places(report: Report) -> tuple[Any, Any]:
    """Return each frame's repetition (0: none), and 0 on the way down, 1 from the turn on, -1 outside."""
    rep = np.zeros(len(report.track), np.int64)
    phase = np.full(len(report.track), -1)
    for each in report.reps:
        rep[each.start : each.end] = each.index
        phase[each.start : each.turn] = 0
        phase[each.turn : each.end] = 1
    return rep, phase
