"""The numbers of coach, phase and count, from ``knowledge/live.toml``, checked as they are loaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from movement_lab.knowledge import load_sources, read_table
from movement_lab.knowledge.checks import check_sources
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence

_FILE: Final = "live.toml"


@dataclass(frozen=True, slots=True)
class BodyNumbers:
    """When the whole body is in the picture."""

    margin_share: float
    min_score: float


@dataclass(frozen=True, slots=True)
class ViewNumbers:
    """How the way to turn is put; the gate itself is in ``grading.toml``."""

    far_off_deg: float


@dataclass(frozen=True, slots=True)
class LevelNumbers:
    """When the camera is level, and which lines prove it."""

    max_deg: float
    max_leaning_deg: float
    min_sharpness: float
    reach_deg: float
    min_step: float
    min_edges: float


@dataclass(frozen=True, slots=True)
class HeightNumbers:
    """When the lens is about as high as the hips; figures are rounded to ``step_m``."""

    max_off_m: float
    step_m: float


@dataclass(frozen=True, slots=True)
class DistanceNumbers:
    """When the person is neither too near nor too far."""

    least_m: float
    most_m: float
    adult_m: float
    nose_share: float
    focal_share: float
    step_m: float
    least_fill: float
    most_fill: float


@dataclass(frozen=True, slots=True)
class LightNumbers:
    """When there is enough light on the person (grey, 0-255)."""

    dark: float
    bright: float
    backlit_ratio: float
    backlit_dark: float


@dataclass(frozen=True, slots=True)
class StillNumbers:
    """When somebody stands still."""

    reach_share: float
    now_s: float
    settled_s: float
    max_knee_deg: float
    max_trunk_deg: float


@dataclass(frozen=True, slots=True)
class WindowNumbers:
    """How much of the past is looked at."""

    live_s: float
    setup_s: float
    most_poses: float
    edge_s: float


@dataclass(frozen=True, slots=True)
class PhaseNumbers:
    """Where standing, way down, bottom and way up part; shares of a set's depth."""

    set: float
    deep: float
    slow_per_s: float
    over_s: float
    usual_depth: float


@dataclass(frozen=True, slots=True)
class ValueNumbers:
    """How live values are rounded, and where they are read."""

    step_deg: float
    before_s: float


@dataclass(frozen=True, slots=True)
class LiveTable:
    """Every number of the live page."""

    evidence: Evidence
    sources: tuple[str, ...]
    body: BodyNumbers
    view: ViewNumbers
    level: LevelNumbers
    height: HeightNumbers
    distance: DistanceNumbers
    light: LightNumbers
    still: StillNumbers
    window: WindowNumbers
    phase: PhaseNumbers
    values: ValueNumbers


@cache
def load_live() -> LiveTable:
    """Return the numbers of the live page.

    Raises
    ------
    KnowledgeError
        If the table doesn't hold together.
    """
    where = Where(_FILE)
    table = build(LiveTable, read_table(_FILE), where)
    check_sources(table.sources, load_sources(), where)
    return table
