"""The columns of every table: name, kind, unit and where the value comes from (words: ``wording/batch``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

Kind = Literal["text", "integer", "number", "flag"]
Source = Literal["input", "manifest", "file", "pose_model", "assessment", "knowledge", "program"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``unit`` is "" for none and ``see unit`` where the column ``unit`` of the row says it."""

    name: str
    kind: Kind = "text"
    unit: str = ""
    source: Source = "assessment"


_ROW: Final = "see unit"
_VALUES: Final = tuple(Column(name, "number", _ROW) for name in ("value", "low", "high", "low95", "high95"))
_CLIP: Final = Column("clip", source="input")
_REASONS: Final = Column("reasons")


def _many(names: str, kind: Kind, unit: str = "", source: Source = "assessment") -> tuple[Column, ...]:
    return tuple(Column(name, kind, unit, source) for name in names.split())


#: Before and after the columns carried over from a manifest.
CLIP_FIRST: Final = (_CLIP, Column("file", source="input"))
CLIP_REST: Final = (
    *_many("status reason", "text", source="program"),
    Column("exit_code", "integer", source="program"),
    Column("message", source="program"),
    *_many("movement_declared view_declared task_declared stickers", "text", source="input"),
    Column("person", "integer", source="input"),
    Column("height_cm", "number", "cm", "input"),
    Column("video_sha256", source="file"),
    Column("size_bytes", "integer", "bytes", "file"),
    *_many("width_px height_px", "integer", "px", "file"),
    Column("duration_s", "number", "s", "file"),
    Column("nominal_rate_hz", "number", "Hz", "file"),
    Column("codec", source="file"),
    Column("rotation_deg", "number", "deg", "file"),
    *_many("movement variant movement_reasons view facing gate", "text"),
    *_many("yaw_deg turn_deg", "number", "deg"),
    Column("standing_found", "flag"),
    *_many("standing_start_s standing_end_s", "number", "s"),
    *_many("reps reps_graded findings_judged findings_not_judged", "integer"),
    *_many("spine_method spine_reasons", "text"),
    Column("spine_frames", "integer"),
    *_many("style style_reasons", "text"),
    *_many("frames frames_with_person frames_repaired damaged_frames camera_cuts people", "integer"),
    Column("points_refused_share", "number", "share"),
    Column("track_rate_hz", "number", "Hz"),
    Column("cropped", "flag"),
    Column("luminance", "number", "0-255"),
    Column("person_height_px", "number", "px"),
    Column("scale_mm_per_px", "number", "mm/px"),
    Column("warnings"),
    *_many("pose_model pose_model_sha256 knowledge_sha256 movement_lab", "text", source="program"),
)
TABLES: Final[Mapping[str, tuple[Column, ...]]] = {
    "reps": (
        _CLIP,
        Column("rep", "integer"),
        *_many("start_s turn_s end_s down_s up_s", "number", "s"),
        Column("side"),
        Column("graded", "flag"),
        _REASONS,
    ),
    "measurements": (
        _CLIP,
        Column("name", source="knowledge"),
        Column("rep", "integer"),
        *_many("side at zero", "text"),
        *_VALUES,
        Column("unit"),
        *_many("sd_method sd_within", "number", _ROW),
        Column("mdc95", "number", _ROW, "knowledge"),
        Column("tier", source="knowledge"),
        Column("method"),
        _REASONS,
    ),
    "findings": (
        _CLIP,
        Column("id", source="knowledge"),
        *_many("side grade", "text"),
        Column("graded_kind", source="knowledge"),
        *_VALUES,
        Column("unit"),
        *_many("measure at zero", "text", source="knowledge"),
        *_many("limit_mild limit_moderate limit_marked", "number", _ROW, "knowledge"),
        Column("direction", source="knowledge"),
        Column("persistence", "number", "share"),
        *_many("tier evidence sources", "text", source="knowledge"),
        _REASONS,
        Column("frames_s", unit="s"),
    ),
    "coordination": (
        _CLIP,
        Column("kind"),
        Column("rep", "integer"),
        *_many("name way part curve", "text"),
        Column("value", "number", _ROW),
        Column("sd", "number", _ROW),
        *(Column(name, "number", _ROW) for name in ("low", "high", "low95", "high95")),
        Column("unit"),
        Column("n_reps", "integer"),
        Column("mdc95", "number", _ROW, "knowledge"),
        Column("method"),
        _REASONS,
    ),
}


def carried_columns(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, Column]]:
    """Return the columns that manifests brought, in their order: name there, and column here.

    One that is called like one of ours is renamed: ``status`` becomes ``manifest_status``.
    """
    ours = {column.name for column in (*CLIP_FIRST, *CLIP_REST)}
    values: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            values.setdefault(name, []).append(value)
    return [
        (name, Column(f"manifest_{name}" if name in ours else name, _kind_of(cells), "", "manifest"))
        for name, cells in values.items()
    ]


def _kind_of(cells: Iterable[Any]) -> Kind:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return "flag"
    if kinds == {int}:
        return "integer"
    return "number" if kinds and kinds <= {int, float} else "text"


@cache
def frame_columns() -> tuple[Column, ...]:
    """Return the columns of a clip's frames: time, repetition, every signal, every body point."""
    points = (column for name in _landmarks() for column in _of_point(name))
    return (
        Column("time_s", "number", "s"),
        Column("rep", "integer"),
        Column("phase"),
        *(Column(key, "number", unit) for key, unit in signal_units()),
        *points,
    )


def signal_units() -> Iterator[tuple[str, str]]:
    """Yield the key of every signal there can be, with its unit, in the order of the table of measures."""
    from movement_lab.knowledge import load_measures
    from movement_lab.measures import signal_key

    for row in load_measures().values():
        for side in ("left", "right") if row.per_side else ("mid",):
            yield signal_key(row.id, side), row.unit


def _landmarks() -> tuple[str, ...]:
    from movement_lab.skeleton import LANDMARKS

    return LANDMARKS


def _of_point(name: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}_x_px", "number", "px", "pose_model"),
        Column(f"{name}_y_px", "number", "px", "pose_model"),
        Column(f"{name}_score", "number", "0-1", "pose_model"),
    )
