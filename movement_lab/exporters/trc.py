"""``.trc``: body points as markers in metres, as OpenSim reads them and Pose2Sim names them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from movement_lab.atomic import atomic_path
from movement_lab.exporters.markers import MARKERS
from movement_lab.exporters.room import in_room
from movement_lab.importers.trc import OURS
from movement_lab.records import Array
from movement_lab.report import Report
from movement_lab.skeleton import LANDMARKS

_KEYS = (
    *("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units"),
    *("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames"),
)


def save_trc(report: Report, path: Path) -> Path:
    """Write the cleaned points: X forward, Y up, Z to the person's right; ``nan`` where not seen."""
    track, room = report.track, in_room(report)
    points = room.points[:, [track.names.index(name) for name in LANDMARKS]]
    with atomic_path(path) as part, part.open("w", encoding="ascii", newline="\n") as file:
        file.writelines(line + "\n" for line in _head(report, path.name))
        for frame, (time_s, row) in enumerate(zip(track.time_s, points, strict=True), start=1):
            file.write("\t".join([str(frame), f"{time_s:.6f}", *_cells(row)]) + "\n")
    return path


def _cells(row: Array) -> Iterator[str]:
    return (f"{value:.6f}" for value in row.ravel())


def _head(report: Report, name: str) -> Iterator[str]:
    track, count = report.track, len(LANDMARKS)
    rate = f"{track.rate_hz:.6f}" if len(track) > 1 else "1"
    name = name if name.isascii() else "points.trc"
    yield f"PathFileType\t4\t(X/Y/Z)\t{name} ({OURS}, facing {report.view.facing})"
    yield "\t".join(_KEYS)
    yield "\t".join([rate, rate, str(len(track)), str(count), "m", rate, "1", str(len(track))])
    yield "\t".join(["Frame#", "Time", *(f"{MARKERS[name]}\t\t" for name in LANDMARKS)])
    yield "\t".join(["", "", *(f"{axis}{i}" for i in range(1, count + 1) for axis in "XYZ")])
    yield ""
