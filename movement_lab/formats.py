"""A folder of results in the formats of others: which there are, what may be told, what was left out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from movement_lab.errors import UsageError
from movement_lab.exporters import export
from movement_lab.exporters.json import plain
from movement_lab.exporters.mot import often_seen
from movement_lab.exporters.opensim import CROSSWALK, Coordinate, coordinates, formula
from movement_lab.exporters.room import in_room
from movement_lab.measures import signal_key
from movement_lab.recording import assess_video
from movement_lab.records import MOVEMENTS
from movement_lab.report import Report
from movement_lab.results import for_patient, make_folder

#: Format -> the files it writes; each ends with a key of ``EXPORTERS``.
FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "trc": ("points.trc",),
    "mot": ("angles.mot",),
    "c3d": ("movement.c3d",),
    "nwb": ("movement.nwb",),
    "csv": ("angles.csv", "reps.csv", "findings.csv", "coordination.csv", "points.csv"),
    "parquet": tuple(f"{name}.parquet" for name in ("angles", "reps", "measurements", "findings", "points")),
    "json": ("report.json", "points.json"),
}
#: Says how the other files were made.
ABOUT: Final = "export.json"


def load_results(folder: Path) -> Report:
    """Return the report of a results folder (or its ``track.npz``), judged anew from the stored track.

    A folder written for a patient stays one: nothing experimental and no findings come back.

    Raises
    ------
    UsageError
        There is no ``track.npz``.
    VideoError
        The track is damaged.
    """
    track = folder if folder.suffix.lower() == ".npz" else folder / "track.npz"
    if not track.is_file():
        raise UsageError(
            f"{folder} has no track.npz. A folder that `movement-lab assess` wrote was needed. "
            "Assess the video first."
        )
    report = assess_video(track)
    return for_patient(report) if _is_patients(track.parent) else report


def _is_patients(folder: Path) -> bool:
    """Say whether the folder was written in the wellness profile: a known movement without findings."""
    try:
        told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        return told["movement"]["name"] in MOVEMENTS and not told["findings"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def export_formats(report: Report, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write the report in each of ``formats`` (keys of ``FORMATS``), and how that was done (``export.json``).

    Raises
    ------
    UsageError
        There is no such format, its library is missing, or the folder can't be written to.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise UsageError(f"There is no format {unknown[0]!r}. Known: {', '.join(FORMATS)}. Choose of these.")
    make_folder(folder)
    names = [name for each in dict.fromkeys(formats) for name in FORMATS[each]]
    written = [export(report, folder / name) for name in names]
    about = folder / ABOUT
    about.write_text(json.dumps(about_export(report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return [*written, about]


def about_export(report: Report) -> dict[str, Any]:
    """Return scale, axes, signs and what was left out, with where the report comes from: plain values."""
    room = in_room(report)
    kept = often_seen(coordinates(report))
    values: dict[str, Any] = plain(
        {
            "points": {
                "unit": "m",
                "m_per_px": room.m_per_px,
                "scale_from": room.scale_from,
                "axes": "X forward, Y up, Z to the person's right; depth is the pose model's guess",
            },
            "coordinates": {each.name: formula(each) for each in CROSSWALK if each.name in kept},
            "left_out": left_out(report),
            "spine": {"method": report.spine.method, "reasons": report.spine.reasons},
            "provenance": {k: v for k, v in report.provenance.items() if k != "frame_times_s"},
        }
    )
    return values


def left_out(report: Report) -> dict[str, tuple[str, ...]]:
    """Return the OpenSim coordinates that ``angles.mot`` lacks, with the reasons (wording ids)."""
    kept = often_seen(coordinates(report))
    return {each.name: _reasons(each, report) for each in CROSSWALK if each.name not in kept}


def _reasons(coordinate: Coordinate, report: Report) -> tuple[str, ...]:
    """Return why a coordinate isn't there: why its measure has no value, else that it was hardly seen."""
    if coordinate.rel and not report.standing.found:
        return ("standing_not_found",)
    rows = [m for m in report.measurements if signal_key(m.name, m.side) == coordinate.signal]
    reasons = dict.fromkeys(reason for m in rows if m.value != m.value for reason in m.reasons)
    return tuple(reasons) or ("not_seen",)
