"""Our own ``points.json``: raw points at their times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.importers.points import Points

#: As `movement_lab.exporters.points` writes it.
FORMAT: Final = "movement_lab points 1"


def is_points_json(path: Path) -> bool:
    """Say whether a JSON file is one of ours, from its first bytes."""
    with path.open("rb") as file:
        return FORMAT.encode() in file.read(200)


def read_json(path: Path) -> Points:
    """Read the points; null is a point not seen.

    Raises
    ------
    UsageError
        The file is damaged.
    """
    try:
        return _points(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise UsageError(
            f"{path.name} is damaged ({error}). A points.json that `movement-lab export` wrote was needed. "
            "Export it again."
        ) from error


def _points(data: dict[str, Any]) -> Points:
    columns = {name: k for k, name in enumerate(data["fields"])}
    values = {name: np.array(rows, float) for name, rows in data["points"].items()}
    if any(each.shape != (len(data["time_s"]), len(columns)) for each in values.values()):
        raise ValueError("its points and times have different lengths")
    width, height = data["size_px"]
    return Points(
        "json",
        np.array(data["time_s"], float),
        {name: each[:, [columns["x_px"], columns["y_px"]]] for name, each in values.items()},
        "px",
        score={name: each[:, columns["score"]] for name, each in values.items()},
        world={name: each[:, [columns[f"{axis}_m"] for axis in "xyz"]] for name, each in values.items()},
        size=(int(width), int(height)),
        origin=data.get("origin", {}),
    )
