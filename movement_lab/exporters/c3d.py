"""``.c3d``: points in millimetres and angles in degrees, as gait laboratories exchange them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.errors import UsageError
from movement_lab.exporters.json import rep_seconds
from movement_lab.exporters.markers import MARKERS
from movement_lab.exporters.room import in_room
from movement_lab.records import Array
from movement_lab.report import Report
from movement_lab.skeleton import LANDMARKS

_MM_PER_M = 1000.0


def save_c3d(report: Report, path: Path) -> Path:
    """Write the cleaned points, every angle that was seen, and the repetitions as events.

    An angle is a point of the kind ANGLES: its X is the value in degrees, with our signs; Y and Z are 0.
    What was not seen has the residual -1, which means *invalid* in this format.
    """
    ezc3d = _library()
    angles = {
        name: values
        for name, values in report.signals.items()
        if name.endswith("_deg") and np.isfinite(values).any()
    }
    c3d = ezc3d.c3d()
    labels = [*(MARKERS[name] for name in LANDMARKS), *angles]
    values = np.concatenate([_points(report), _flat(list(angles.values()), len(report.track))], axis=1)
    _describe(c3d, report, labels, list(angles))
    seen = np.isfinite(values).all(axis=0)
    c3d["data"]["points"] = np.concatenate([np.where(seen, values, 0.0), np.ones((1, *values.shape[1:]))])
    c3d["data"]["meta_points"]["residuals"] = np.where(seen, 0.0, -1.0)[None]
    _add_events(c3d, report)
    with atomic_path(path) as part:
        c3d.write(str(part))
    return path


def _library() -> Any:
    try:
        import ezc3d
    except ImportError:
        raise UsageError(
            "C3D files need the package ezc3d, which isn't here. "
            "Install it with `pip install 'movement-lab[formats]'`, or choose another format."
        ) from None
    return ezc3d


def _points(report: Report) -> Array:
    """Return the points (3, K, T) in millimetres."""
    index = [report.track.names.index(name) for name in LANDMARKS]
    return np.asarray(_MM_PER_M * in_room(report).points[:, index].transpose(2, 1, 0))


def _flat(angles: list[Array], frames: int) -> Array:
    """Return angles as points (3, N, T): X is the value."""
    points = np.zeros((3, len(angles), frames))
    if angles:
        points[0] = angles
    return points


def _describe(c3d: Any, report: Report, labels: list[str], angles: list[str]) -> None:
    rate = report.track.rate_hz
    point = c3d["parameters"]["POINT"]
    point["RATE"]["value"] = [rate if np.isfinite(rate) else 1.0]
    point["LABELS"]["value"] = labels
    point["UNITS"]["value"] = ["mm"]
    c3d.add_parameter("POINT", "ANGLES", angles)
    c3d.add_parameter("POINT", "ANGLE_UNITS", ["deg"])
    c3d.add_parameter("POINT", "X_SCREEN", ["+X"])
    c3d.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    c3d.add_parameter("MANUFACTURER", "SOFTWARE", ["movement_lab"])


def _add_events(c3d: Any, report: Report) -> None:
    """Add start, turn and end of every repetition; C3D keeps times as minutes and seconds."""
    names = ("Start", "Turn", "End")
    moments = [
        (time_s, name)
        for rep in report.reps
        for name, time_s in zip(names, rep_seconds(rep, report), strict=True)
    ]
    if not moments:
        return
    times = np.array([[time_s // 60, time_s % 60] for time_s, _ in moments]).T
    c3d.add_parameter("EVENT", "USED", [len(moments)])
    c3d.add_parameter("EVENT", "CONTEXTS", ["General"] * len(moments))
    c3d.add_parameter("EVENT", "LABELS", [name for _, name in moments])
    c3d.add_parameter("EVENT", "TIMES", times)
