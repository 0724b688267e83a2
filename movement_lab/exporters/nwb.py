"""``.nwb``: points, angles and repetitions as Neurodata Without Borders (ndx-pose); `movement` reads it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.errors import UsageError
from movement_lab.exporters.json import rep_seconds
from movement_lab.report import Report
from movement_lab.skeleton import BONES, LANDMARKS, SIDES

_UNITS: Final = {"deg": "degrees", "pct": "percent", "ratio": "ratio"}
_PICTURE: Final = "Top left of the upright picture; x right, y down."


def save_nwb(report: Report, path: Path) -> Path:
    """Write cleaned points in pixels, every signal that was seen, and the repetitions as trials.

    When the recording was made isn't known; the session starts when it was assessed.
    """
    pynwb, _ = _library()
    file = _new_file(report)
    behavior = file.create_processing_module("behavior", "Body points, pixels of the upright picture.")
    skeleton, estimation = _pose(report, file.subject)
    behavior.add(_skeletons(skeleton))
    behavior.add(estimation)
    kinematics = file.create_processing_module("kinematics", "Angles and ratios; signs as in movement_lab.")
    for series in _signals(report):
        kinematics.add(series)
    _add_trials(file, report)
    with atomic_path(path) as part, pynwb.NWBHDF5IO(part, "w") as io:
        io.write(file)
    return path


def _library() -> tuple[Any, Any]:
    try:
        import ndx_pose
        import pynwb
    except ImportError:
        raise UsageError(
            "NWB files need the packages pynwb and ndx-pose, which aren't here. "
            "Install them with `pip install 'movement-lab[formats]'`, or choose another format."
        ) from None
    return pynwb, ndx_pose


def _new_file(report: Report) -> Any:
    pynwb, _ = _library()
    made = report.provenance.get("made_at")
    start = datetime.fromisoformat(made) if made else datetime(1970, 1, 1, tzinfo=UTC)
    digest = str(report.provenance.get("video", {}).get("sha256") or "unknown")
    file = pynwb.NWBFile(
        session_description=f"movement_lab assessment: {report.movement.name}, view {report.view.name}",
        identifier=digest[:16],
        session_start_time=start,
        file_create_date=start,
    )
    file.subject = pynwb.file.Subject(
        subject_id="person", species="Homo sapiens", age="P18Y/", sex="U", description="Not told."
    )
    return file


def _pose(report: Report, subject: Any) -> tuple[Any, Any]:
    _, ndx = _library()
    track = report.track
    skeleton = ndx.Skeleton(name="body", nodes=list(LANDMARKS), edges=_edges(), subject=subject)
    timing = _timing(report)
    series = [
        ndx.PoseEstimationSeries(
            name=name,
            description=name.replace("_", " "),
            data=track[name],
            unit="pixels",
            reference_frame=_PICTURE,
            confidence=track.score[:, track.names.index(name)],
            confidence_definition="The pose model's own score, 0 to 1.",
            **timing,
        )
        for name in LANDMARKS
    ]
    estimation = ndx.PoseEstimation(
        name="PoseEstimation",
        pose_estimation_series=series,
        description="Cleaned body points (implausible ones out, even times, low-pass) "
        f"in a picture of {track.size[0]} x {track.size[1]} pixels.",
        source_software="movement_lab",
        skeleton=skeleton,
    )
    return skeleton, estimation


def _skeletons(skeleton: Any) -> Any:
    _, ndx = _library()
    return ndx.Skeletons(skeletons=[skeleton])


def _edges() -> Any:
    pairs = [(f"{side}_{a}", f"{side}_{b}") for a, b in BONES for side in SIDES]
    pairs += [("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")]
    return np.array([[LANDMARKS.index(a), LANDMARKS.index(b)] for a, b in pairs], dtype="uint8")


def _timing(report: Report) -> dict[str, float]:
    track = report.track
    rate = track.rate_hz if len(track) > 1 else 1.0
    return {"rate": float(rate), "starting_time": float(track.time_s[0])}


def _signals(report: Report) -> Iterator[Any]:
    pynwb, _ = _library()
    for name, values in report.signals.items():
        if np.isfinite(values).any():
            yield pynwb.TimeSeries(
                name=name,
                data=values,
                unit=_UNITS.get(name.rsplit("_", 1)[1], "unknown"),
                description="Geometric value; NaN where not seen.",
                **_timing(report),
            )


def _add_trials(file: Any, report: Report) -> None:
    """Add one trial a repetition."""
    if not report.reps:
        return
    file.add_trial_column("turn_time", "Deepest moment, seconds.")
    file.add_trial_column("side", "Lead leg of a lunge, else mid.")
    file.add_trial_column("graded", "Whether the repetition was judged.")
    for rep in report.reps:
        start_s, turn_s, end_s = rep_seconds(rep, report)
        file.add_trial(
            start_time=start_s, stop_time=end_s, turn_time=turn_s, side=rep.side, graded=rep.graded
        )
