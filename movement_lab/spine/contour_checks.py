"""When the edge of a mask is a back: not torn, not cut off, not an arm, not too few pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.knowledge import load_sources, read_table
from movement_lab.knowledge.checks import check_sources
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence
from movement_lab.records import Array
from movement_lab.skeleton import LANDMARKS, SIDES
from movement_lab.spine.contour import STATIONS, Outlines

Mask = NDArray[np.bool_]

_FILE: Final = "contour.toml"


@dataclass(frozen=True, slots=True)
class EdgeNumbers:
    """When an edge is a back; lengths are shares of the trunk."""

    min_trunk_px: float
    core_low: float
    core_high: float
    max_step: float
    max_broken_share: float
    arm_reach: float
    arm_high: float


@dataclass(frozen=True, slots=True)
class AnswerNumbers:
    """When the estimator may answer, and how its answers are read."""

    max_beyond: float
    max_outside_share: float
    max_covered_pct: float
    max_spread_factor: float
    clip_factor: float
    widened_factor: float
    max_moved: float
    window_s: float
    min_standing_frames: float


@dataclass(frozen=True, slots=True)
class ContourTable:
    """The numbers of ``knowledge/contour.toml``."""

    evidence: Evidence
    sources: tuple[str, ...]
    edge: EdgeNumbers
    answer: AnswerNumbers


@cache
def load_contour_table() -> ContourTable:
    """Return the numbers of the back contour; KnowledgeError if they don't hold together."""
    where = Where(_FILE)
    table = build(ContourTable, read_table(_FILE), where)
    check_sources(table.sources, load_sources(), where)
    return table


def contour_checks(outlines: Outlines, xy: Array, *, facing: int) -> dict[str, Mask]:
    """Say which frames pass, (T,) each, by the reason for those that don't.

    Parameters
    ----------
    outlines
        The edges, of the same frames.
    xy
        The 33 landmarks, (T, 33, 2) pixels.
    facing
        +1 where the person looks to the right of the picture, else -1.
    """
    numbers = load_contour_table().edge
    core = (numbers.core_low <= STATIONS) & (numbers.core_high >= STATIONS)
    back, broken = outlines.back(facing)[:, core], outlines.broken_back(facing)[:, core]
    seen = np.isfinite(back).all(axis=1)
    steps = np.abs(np.diff(np.where(np.isfinite(back), back, 0.0), axis=1)).max(axis=1)
    whole = (steps <= numbers.max_step) & (broken.mean(axis=1) <= numbers.max_broken_share)
    return {
        "back_too_small": ~(outlines.trunk_px < numbers.min_trunk_px),
        "back_not_seen": seen,
        "back_edge_torn": ~seen | whole,
        "arm_over_back": ~seen | ~arm_over_back(outlines.back(facing), xy, facing=facing),
    }


def arm_over_back(back: Array, xy: Array, *, facing: int) -> Mask:
    """Say where an arm lies on the back's edge or behind it, (T,); ``back`` (T, S) trunk lengths."""
    numbers = load_contour_table().edge
    over = np.zeros(len(xy), bool)
    for point in _arm_points(xy):
        along, behind = trunk_shares(xy, point, facing=facing)
        beside = np.flatnonzero((along > STATIONS[0]) & (along < numbers.arm_high))
        edge = _at(back[beside], along[beside])
        over[beside] |= behind[beside] + numbers.arm_reach >= edge
    return over


def _at(edges: Array, shares: Array) -> Array:
    """Return the edges (N, S) beside points (N,) above the lowest station; NaN (nothing to cover) in gaps."""
    after = np.clip(np.searchsorted(STATIONS, shares, side="right"), 1, len(STATIONS) - 1)
    rows, before = np.arange(len(edges)), after - 1
    low, high = edges[rows, before], edges[rows, after]
    slope = (high - low) / (STATIONS[after] - STATIONS[before])
    between = slope * (shares - STATIONS[before]) + low
    on_station = np.where(shares == STATIONS[before], low, between)
    return np.asarray(np.where(shares >= STATIONS[-1], edges[:, -1], on_station))


def trunk_shares(xy: Array, point: Array, *, facing: int) -> tuple[Array, Array]:
    """Return how far up the trunk and how far behind its line a point (T, 2) is, (T,) trunk lengths each."""
    return line_shares(middle(xy, "hip"), middle(xy, "shoulder"), point, facing=facing)


def line_shares(hip: Array, shoulder: Array, point: Array, *, facing: int) -> tuple[Array, Array]:
    """Return the same for a trunk from ``hip`` to ``shoulder``, (T, 2) or (2,) each."""
    trunk, offset = shoulder - hip, point - hip
    square = np.sum(trunk**2, axis=-1)
    behind = facing * (offset[..., 0] * trunk[..., 1] - offset[..., 1] * trunk[..., 0]) / square
    return np.sum(offset * trunk, axis=-1) / square, behind


def middle(xy: Array, name: str) -> Array:
    """Return the point halfway between left and right, (T, 2)."""
    return (at(xy, f"left_{name}") + at(xy, f"right_{name}")) / 2


def at(xy: Array, name: str) -> Array:
    """Return one landmark over time, (T, 2 or 3)."""
    return xy[:, LANDMARKS.index(name)]


def _arm_points(xy: Array) -> list[Array]:
    points = []
    for side in SIDES:
        shoulder, elbow, wrist = (at(xy, f"{side}_{name}") for name in ("shoulder", "elbow", "wrist"))
        points += [(shoulder + elbow) / 2, elbow, (elbow + wrist) / 2, wrist]
    return points
