"""Points of other trackers -> Track. One format per module; adding one is a function and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.importers.points import Points, to_track
from movement_lab.records import Array, Track

__all__ = ["find_format", "holds_points", "read_points"]

_TEXTS: Final = (".trc", ".csv", ".tsv", ".txt", ".json")
_LONGEST_S: Final = 6 * 3600.0


def find_format(path: Path) -> str | None:
    """Return ``trc``, ``csv``, ``json`` or ``openpose`` by what is in it, None if it holds no points."""
    if path.is_dir():
        from movement_lab.importers.openpose import is_openpose

        return "openpose" if is_openpose(path) else None
    if not path.is_file() or path.suffix.lower() not in _TEXTS:
        return None
    from movement_lab.importers.csv import is_points_table
    from movement_lab.importers.json import is_points_json
    from movement_lab.importers.trc import FIRST

    with path.open("rb") as file:
        start = file.read(len(FIRST))
    if start == FIRST.encode():
        return "trc"
    if is_points_json(path):
        return "json"
    return "csv" if is_points_table(path) else None


def holds_points(path: Path) -> bool:
    """Say whether a path is, by its kind, no video: a folder or a text file."""
    return path.is_dir() or path.suffix.lower() in _TEXTS


def read_points(
    path: Path,
    *,
    rate_hz: float | None = None,
    size: tuple[int, int] | None = None,
    person: int | None = None,
    view: str | None = None,
) -> Track:
    """Read another tracker's points as a raw track; what it doesn't give is NaN.

    Parameters
    ----------
    path
        A TRC file, a table of landmarks, our own ``points.csv`` or ``points.json``, or a folder of OpenPose
        JSON.
    rate_hz
        Pictures a second, where the file has no times.
    size
        Width and height of the upright picture in pixels, where the file has only shares of it.
    person
        Whom to follow among several (OpenPose), counted from the left.
    view
        The side from which points in a room are looked at.

    Raises
    ------
    UsageError
        It holds no points that are known here, or rate or size are missing.
    """
    kind = find_format(path)
    if kind is None:
        raise UsageError(
            f"{path.name} holds no body points that are known here. A TRC file, a table of MediaPipe "
            "landmarks, a folder of OpenPose JSON, or a video was needed. Check the name."
        )
    track = to_track(_in_order(_read(kind, path, rate_hz, person)), size=size, view=view)
    if not track.time_s[-1] - track.time_s[0] < _LONGEST_S:
        raise UsageError(f"{path.name} has impossible times. Seconds were needed. Check its columns.")
    return track


def _read(kind: str, path: Path, rate_hz: float | None, person: int | None) -> Points:
    from movement_lab.importers.csv import read_csv
    from movement_lab.importers.json import read_json
    from movement_lab.importers.openpose import read_openpose
    from movement_lab.importers.trc import read_trc

    if kind == "openpose":
        return read_openpose(path, rate_hz=rate_hz, person=person)
    if kind == "csv":
        return read_csv(path, rate_hz=rate_hz)
    return read_trc(path) if kind == "trc" else read_json(path)


def _in_order(points: Points) -> Points:
    """Return the points without frames whose time is missing or doesn't rise."""
    time_s = points.time_s
    latest = np.maximum.accumulate(np.nan_to_num(time_s, nan=-np.inf))
    kept = np.isfinite(time_s) & np.concatenate([[True], time_s[1:] > latest[:-1]])
    if not kept.any():
        raise UsageError("The points have no times. Seconds that rise were needed. Check the file's columns.")

    def of(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {name: values[kept] for name, values in arrays.items()}

    return replace(
        points, time_s=time_s[kept], at=of(points.at), score=of(points.score), world=of(points.world)
    )
