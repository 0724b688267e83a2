"""Report -> file. One format per module; adding one is a function and a line in ``EXPORTERS``."""

from importlib import import_module
from pathlib import Path
from typing import Any, Final

from movement_lab.errors import UsageError
from movement_lab.report import Report

#: End of the file name -> where the writer lives. A writer takes (report, path) and returns path.
EXPORTERS: Final = {
    "report.json": "movement_lab.exporters.json:save_json",
    "report.html": "movement_lab.exporters.html:save_html",
    "angles.csv": "movement_lab.exporters.csv:save_angles",
    "reps.csv": "movement_lab.exporters.csv:save_reps",
    "findings.csv": "movement_lab.exporters.csv:save_findings",
    "coordination.csv": "movement_lab.exporters.csv:save_coordination",
    "track.npz": "movement_lab.exporters.npz:save_track",
    "points.csv": "movement_lab.exporters.points:save_points_csv",
    "points.json": "movement_lab.exporters.points:save_points_json",
    ".trc": "movement_lab.exporters.trc:save_trc",
    ".mot": "movement_lab.exporters.mot:save_mot",
    ".c3d": "movement_lab.exporters.c3d:save_c3d",
    ".nwb": "movement_lab.exporters.nwb:save_nwb",
    "angles.parquet": "movement_lab.exporters.parquet:save_angles_parquet",
    "points.parquet": "movement_lab.exporters.parquet:save_points_parquet",
    "reps.parquet": "movement_lab.exporters.parquet:save_reps_parquet",
    "measurements.parquet": "movement_lab.exporters.parquet:save_measurements_parquet",
    "findings.parquet": "movement_lab.exporters.parquet:save_findings_parquet",
}


def export(report: Report, path: Path, **options: Any) -> Path:
    """Write the report to ``path``, in the format that the end of its name asks for.

    Parameters
    ----------
    report : Report
        What to write.
    path : Path
        Ends with a key of ``EXPORTERS``: ``anna-reps.csv`` is written as ``reps.csv``.
    **options
        Handed to the writer (``report.html`` takes pictures, video, language and profile).

    Raises
    ------
    UsageError
        No exporter knows that name.
    """
    for ending, place in EXPORTERS.items():
        if path.name.endswith(ending):
            module, function = place.split(":")
            written: Path = getattr(import_module(module), function)(report, path, **options)
            return written
    raise UsageError(f"{path.name} is not a file a report can be written to. Known: {', '.join(EXPORTERS)}.")
