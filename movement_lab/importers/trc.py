"""Markers of Sports2D, Pose2Sim, OpenCap and others: ``.trc``, in pixels or metres."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.importers.names import house_name
from movement_lab.importers.points import Points
from movement_lab.records import Array

FIRST: Final = "PathFileType"
#: In the first line of our own: these points are cleaned already, and how the person faced the camera.
OURS: Final = "movement_lab cleaned"
_HEAD_LINES: Final = 5
#: A flat picture that reaches no further is in metres, and is drawn at so many pixels a metre.
_MOST_M: Final = 50.0
_PX_PER_M: Final = 400.0
#: A picture has no depth: a marker's depth stays what it is (share of the points' reach).
_FLAT: Final = 1e-4


def read_trc(path: Path) -> Points:
    """Read markers; a blank or ``nan`` cell is a marker not seen.

    Raises
    ------
    UsageError
        It isn't a TRC file, or has no marker that we know.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    head = [line.split("\t") for line in lines[:_HEAD_LINES]]
    if len(head) < _HEAD_LINES or len(head[2]) < 5:
        raise UsageError(
            f"{path.name} is cut off or no TRC file. Five lines that name rate, unit and markers were "
            "needed. Export it again."
        )
    names = [name.strip() for name in head[3][2:] if name.strip()]
    values = _numbers(lines[_HEAD_LINES:], 2 + 3 * len(names))
    at = {
        house: values[:, 2 + 3 * k : 5 + 3 * k]
        for k, name in enumerate(names)
        if (house := house_name(name)) is not None
    }
    if not at or not len(values):
        raise UsageError(
            f"{path.name} has no marker that is known here. Markers such as RHip, RKnee and RAnkle were "
            "needed. Export the joint centres, or rename them."
        )
    first = "\t".join(head[0])
    facing = first.partition("facing ")[2].rstrip(")") if OURS in first else ""
    flat = not facing and _is_flat(at)
    if flat:
        scale = _PX_PER_M if _reach(at) <= _MOST_M else 1.0
        return Points("trc", values[:, 1], {name: scale * each[:, :2] for name, each in at.items()}, "px")
    return Points("trc", values[:, 1], at, "m", cleaned=True, facing=facing)


def _numbers(lines: list[str], columns: int) -> Array:
    rows = [line.split("\t") for line in lines if line.strip()]
    values = np.full((len(rows), columns), np.nan)
    for number, row in enumerate(rows):
        for k, cell in enumerate(row[:columns]):
            values[number, k] = _number(cell)
    return values[np.isfinite(values[:, 1])]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _reach(at: dict[str, Array]) -> float:
    values = np.concatenate([each[:, :2] for each in at.values()])
    return float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0


def _is_flat(at: dict[str, Array]) -> bool:
    """Say whether these are points of a picture: no marker's depth ever changes."""
    depths = [each[np.isfinite(each[:, 2]), 2] for each in at.values()]
    changes = [float(np.ptp(depth)) for depth in depths if len(depth)]
    return not changes or max(changes) <= _FLAT * max(_reach(at), 1e-9)
