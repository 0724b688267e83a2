"""``points.csv`` and ``points.json``: raw body points, enough to assess them again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.exporters.json import plain
from movement_lab.importers.json import FORMAT
from movement_lab.records import Array, Track
from movement_lab.report import Report
from movement_lab.skeleton import LANDMARKS

#: What is told of each point: pixels, coarse metres (hip-centred, y up, z towards the camera), confidence.
FIELDS: Final = ("x_px", "y_px", "x_m", "y_m", "z_m", "score")


def save_points_csv(report: Report, path: Path) -> Path:
    """Write one row per frame as the pose model gave it, at its true time; empty where not seen."""
    header = ["frame", "time_s", "width_px", "height_px"]
    header += [f"{name}_{field}" for name in LANDMARKS for field in FIELDS]
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(_rows(report.raw))
    return path


def _rows(track: Track) -> Iterator[list[Any]]:
    values = point_values(track)
    for frame, time_s in enumerate(track.time_s):
        row = ("" if np.isnan(value) else repr(round(float(value), 9)) for value in values[frame].ravel())
        yield [frame, repr(float(time_s)), *track.size, *row]


def point_values(track: Track) -> Array:
    """Return (T, 33, 6): what ``FIELDS`` names, of each body point."""
    index = [track.names.index(name) for name in LANDMARKS]
    parts = (track.xy[:, index], track.xyz[:, index], track.score[:, index, None])
    return np.concatenate(parts, axis=2)


def save_points_json(report: Report, path: Path) -> Path:
    """Write the raw points of all frames as one JSON object; null where not seen."""
    raw = report.raw
    values = point_values(raw)
    rounded = np.where(np.isfinite(values), values.round(9), np.nan)
    points = {
        name: [[None if np.isnan(v) else v for v in row] for row in rounded[:, k].tolist()]
        for k, name in enumerate(LANDMARKS)
    }
    data = {
        "format": FORMAT,
        "fields": list(FIELDS),
        "size_px": list(raw.size),
        "time_s": [float(t) for t in raw.time_s],
        "points": points,
        "origin": plain(dict(raw.origin)),
    }
    with atomic_path(path) as part:
        part.write_text(json.dumps(data, allow_nan=False) + "\n", encoding="utf-8", newline="\n")
    return path
