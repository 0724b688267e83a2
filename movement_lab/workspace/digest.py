"""What lists and trends need of a report, as a few plain values: no page opens a report for a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from movement_lab.comparing.facts import extra_of, model_of, task_of
from movement_lab.exporters.coordination import fields_of, readings_of
from movement_lab.exporters.json import plain, rep_seconds
from movement_lab.exporters.rep_marks import middle_rep
from movement_lab.records import Measurement
from movement_lab.report import Report

_SPARK_POINTS: Final = 60
_KEPT: Final = ("name", "side", "at", "zero", "value", "low95", "high95", "unit", "tier", "method", "mdc95")


def digest(report: Report) -> dict[str, Any]:
    """Return the digest of a report.

    ``spark``: hip drop over the clip, 60 values 0-1 (None: not seen); ``noticed``: findings with a grade;
    ``measures``: the values of the set that trends and comparisons use, at the turn, with interval and noise.
    """
    opened = middle_rep(report)
    graded = [row for row in report.findings if row.grade not in ("none", "not_graded")]
    return {
        "movement": report.movement.name,
        "view": report.view.name,
        "yaw_deg": plain(report.view.yaw_deg),
        "gate": report.view.gate,
        "reps": len(report.reps),
        "usable": sum(rep.graded for rep in report.reps),
        "picture_rep": opened.index if opened else None,
        "duration_s": plain(float(report.track.time_s[-1])),
        "noticed": [{"id": row.id, "side": row.side, "grade": row.grade} for row in graded],
        "not_judged": len({row.id for row in report.findings if row.grade == "not_graded"}),
        "measures": [plain({key: getattr(row, key) for key in _KEPT}) for row in _of_set(report)],
        "variant": report.movement.variant,
        "task": task_of(_declared(report)),
        "standing": report.standing.found,
        "leads": sorted({rep.side for rep in report.reps if rep.graded} - {"mid"}),
        "model": model_of(report.provenance),
        "extra": _extra(report),
        "people": [plain(person) for person in report.quality.get("people", ())],
        "spark": _spark(report),
    }


def _declared(report: Report) -> Mapping[str, Any]:
    return (report.provenance.get("settings") or {}).get("declared") or {}


def _extra(report: Report) -> dict[str, Any]:
    """Return seconds and shares that are compared, as plain values."""
    reps = [
        dict(zip(("start_s", "turn_s", "end_s"), rep_seconds(rep, report), strict=True))
        for rep in report.reps
        if rep.graded
    ]
    read = report.coordination.get("spine")
    readings = [{"rep": rep, **fields_of(each)} for rep, each in readings_of(read)] if read else []
    found = extra_of(reps, {"spine": {"readings": readings}})
    return {name: plain(asdict(value)) for name, value in found.items() if np.isfinite(value.value)}


def _of_set(report: Report) -> list[Measurement]:
    return [row for row in report.measurements if row.rep is None and np.isfinite(row.value)]


def _spark(report: Report) -> list[float | None]:
    """Return the movement over the clip in a few numbers between 0 and 1."""
    drop = report.signals.get("hip_drop_pct")
    if drop is None or not np.isfinite(drop).any():
        return []
    blocks = np.array_split(drop, min(_SPARK_POINTS, len(drop)))
    values = np.array([np.nanmean(b) if np.isfinite(b).any() else np.nan for b in blocks])
    low, high = np.nanmin(values), np.nanmax(values)
    scaled = (values - low) / max(high - low, 10.0)  # ten per cent of leg length: less is standing still
    return [round(float(v), 3) if np.isfinite(v) else None for v in scaled]
