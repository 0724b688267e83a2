"""``.mot``: joint angles for OpenSim, in its names and signs.

OpenSim's older reader stops at the first NaN, so a frame in which any of the coordinates wasn't seen has no
row, and a coordinate seen in less than half of the frames has no column. Nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.exporters.opensim import CROSSWALK, Coordinate, coordinates, formula
from movement_lab.records import Array
from movement_lab.report import Report

#: A coordinate seen less often would cost the others too many rows.
_LEAST_SEEN: Final = 0.5


def save_mot(report: Report, path: Path) -> Path:
    """Write OpenSim coordinates, degrees, at the times of the cleaned track."""
    found = often_seen(coordinates(report))
    known = [np.isfinite(values) for values in found.values()]
    frames = np.flatnonzero(np.logical_and.reduce(known)) if known else np.array([], int)
    columns = [report.track.time_s, *found.values()]
    lines = [*_head(report, path.name, list(found), len(frames)), "\t".join(["time", *found])]
    lines += ["\t".join(f"{column[frame]:.6f}" for column in columns) for frame in frames]
    with atomic_path(path) as part:
        part.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
    return path


def often_seen(found: Mapping[str, Array]) -> dict[str, Array]:
    """Return the coordinates seen in at least half of the frames."""
    return {name: each for name, each in found.items() if np.isfinite(each).mean() >= _LEAST_SEEN}


def _head(report: Report, name: str, columns: list[str], rows: int) -> Iterator[str]:
    yield name if name.isascii() else "Coordinates"
    yield from ("version=1", f"nRows={rows}", f"nColumns={len(columns) + 1}", "inDegrees=yes", "")
    yield "Signs of OpenSim (LaiUhlrich2022): extension and posterior tilt positive at back and pelvis."
    yield from (f"{each.name} is {formula(each)}" for each in _in_order(columns))
    if report.spine.method:
        yield f"Pelvis, hip and low back were read by: {report.spine.method}"
    yield "Frames in which a coordinate was not seen have no row. No value is filled in."
    yield "endheader"


def _in_order(columns: list[str]) -> list[Coordinate]:
    return [each for each in CROSSWALK if each.name in columns]
