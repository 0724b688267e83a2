"""A report as rows of the tables, in plain values: what is kept of a judged clip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from movement_lab.batch.columns import TABLES
from movement_lab.exporters.coordination import fields_of, readings_of
from movement_lab.exporters.json import plain, rep_seconds, tidy
from movement_lab.records import Finding, Measurement, Rep
from movement_lab.report import Report

Rows = list[list[Any]]
_AS_THEY_ARE: Final = (str, bool, int, type(None))


def rows_of(report: Report) -> dict[str, Any]:
    """Return what the tables say of a clip: ``clips`` one row by column, the others lists in column order.

    The column ``clip`` is left out: whose rows they are is known where they are put together.
    """
    return {
        "clips": _clip(report),
        "reps": _in_order("reps", (_rep(rep, report) for rep in report.reps)),
        "measurements": _measurements(report.measurements),
        "findings": _in_order("findings", map(_finding, report.findings)),
        "coordination": _in_order("coordination", _coordination(report)),
    }


def _in_order(table: str, rows: Iterable[Mapping[str, Any]]) -> Rows:
    names = _names(table)
    return [[_cell(row[name]) for name in names] for row in rows]


def _measurements(measurements: Iterable[Measurement]) -> Rows:
    """Measurements are a thousand a clip, and their columns are their own fields: no detour."""
    fields = attrgetter(*_names("measurements"))
    return [[_cell(value) for value in fields(row)] for row in measurements]


def _names(table: str) -> list[str]:
    return [column.name for column in TABLES[table][1:]]


def _cell(value: Any) -> Any:
    """Return a value as a cell: lists joined by semicolons, numbers as in ``report.json``."""
    if type(value) is float:  # first: nearly everything is a number
        return tidy(value)
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, tuple | list):
        return "; ".join(map(str, value)) or None
    return plain(value)


def _clip(report: Report) -> dict[str, Any]:
    origin, quality = report.raw.origin, report.quality
    video: Mapping[str, Any] = origin.get("video", {})
    model: Mapping[str, Any] = origin.get("model", {})
    judged = [finding for finding in report.findings if finding.grade != "not_graded"]
    row = {
        "size_bytes": video.get("bytes"),
        "width_px": report.raw.size[0],
        "height_px": report.raw.size[1],
        **{name: video.get(name) for name in ("duration_s", "nominal_rate_hz", "codec", "rotation_deg")},
        "movement": report.movement.name,
        "variant": report.movement.variant,
        "movement_reasons": report.movement.reasons,
        **_view(report),
        "reps": len(report.reps),
        "reps_graded": sum(rep.graded for rep in report.reps),
        "findings_judged": len(judged),
        "findings_not_judged": len(report.findings) - len(judged),
        "spine_method": report.spine.method or None,
        "spine_reasons": report.spine.reasons,
        "spine_frames": report.spine.frames_used,
        "style": report.style.name,
        "style_reasons": report.style.reasons,
        **{name: quality.get(name) for name in _QUALITY},
        "camera_cuts": len(quality.get("camera_cuts_s", ())),
        "people": len(quality.get("people", ())),
        "track_rate_hz": quality.get("rate_hz"),
        "warnings": quality.get("warnings", ()),
        "pose_model": model.get("name"),
        "pose_model_sha256": model.get("sha256"),
        "knowledge_sha256": report.provenance.get("knowledge_sha256"),
        "movement_lab": report.provenance.get("versions", {}).get("movement_lab"),
    }
    return {name: _cell(value) for name, value in row.items()}


#: What the description of quality calls the same.
_QUALITY: Final = (
    *("frames", "frames_with_person", "frames_repaired", "damaged_frames", "points_refused_share"),
    *("cropped", "luminance", "person_height_px", "scale_mm_per_px"),
)


def _view(report: Report) -> dict[str, Any]:
    view, standing = report.view, report.standing
    return {
        "view": view.name,
        "facing": view.facing,
        "gate": view.gate,
        "yaw_deg": view.yaw_deg,
        "turn_deg": view.turn_deg,
        "standing_found": standing.found,
        "standing_start_s": standing.start_s,
        "standing_end_s": standing.end_s,
    }


def _rep(rep: Rep, report: Report) -> dict[str, Any]:
    start_s, turn_s, end_s = rep_seconds(rep, report)
    return {
        "rep": rep.index,
        "start_s": start_s,
        "turn_s": turn_s,
        "end_s": end_s,
        "down_s": turn_s - start_s,
        "up_s": end_s - turn_s,
        "side": rep.side,
        "graded": rep.graded,
        "reasons": rep.reasons,
    }


def _finding(row: Finding) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Finding.__dataclass_fields__} | {
        **{f"limit_{step}": row.limits.get(step) for step in ("mild", "moderate", "marked")},
        "frames_s": [f"{plain(start)}-{plain(end)}" for start, end in row.frames_s],
    }


def _coordination(report: Report) -> Iterable[dict[str, Any]]:
    for kind, found in sorted(report.coordination.items()):
        for rep, reading in readings_of(found):
            yield {"kind": kind, "rep": rep, **fields_of(reading)}


def with_clip(clip: str, rows: Sequence[Sequence[Any]]) -> Rows:
    """Return a clip's rows with the clip in front."""
    return [[clip, *row] for row in rows]
