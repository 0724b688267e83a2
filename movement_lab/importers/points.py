"""Points as another tracker left them, and the Track they become."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.importers.lift import lift
from movement_lab.importers.space import seen_from
from movement_lab.records import Array, Track
from movement_lab.skeleton import LANDMARKS

#: Points wholly within these are shares of the picture; beyond, pixels.
_SHARES: Final = (-2.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points by house name, as the file has them.

    ``time_s`` (T,); ``at`` name to (T, 2 or 3), NaN where not seen; ``score`` name to (T,), 0-1.
    ``unit``: ``px`` pixels, ``share`` of width and height of the picture, ``m`` a room with y up, in any
    unit of length. ``world``: name to (T, 3), metres about the middle of the hips, y up, z towards the
    camera, where the file has them. ``cleaned``: filtered already, so that it isn't done twice;
    ``facing``: which way a room of our own was seen.
    """

    format: str
    time_s: Array
    at: Mapping[str, Array]
    unit: Literal["px", "share", "m"]
    score: Mapping[str, Array] = field(default_factory=dict)
    world: Mapping[str, Array] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    cleaned: bool = False
    facing: str = ""
    origin: Mapping[str, Any] = field(default_factory=dict)


def unit_of(values: Array) -> Literal["px", "share"]:
    """Return whether picture points (..., 2) are pixels or shares of the picture."""
    seen = values[np.isfinite(values)]
    inside = seen.size and _SHARES[0] <= seen.min() and seen.max() <= _SHARES[1]
    return "share" if inside else "px"


def to_track(points: Points, *, size: tuple[int, int] | None = None, view: str | None = None) -> Track:
    """Return the track: pixels of an upright picture, and coarse depth where the file has none.

    ``size``: of the picture, where the file doesn't say; ``view``: from where points in a room are looked
    at (default: the person's right).

    Raises
    ------
    UsageError
        The points are shares of a picture whose size isn't known.
    """
    origin: dict[str, Any] = dict(points.origin)
    if points.cleaned:
        origin["cleaned"] = True
    if points.unit == "m":
        xy, xyz, size = seen_from(stacked(points.at, len(points.time_s), 3), points.facing, view)
        return Track(points.time_s, xy, xyz, _scores(points, xy), LANDMARKS, size, origin)
    size = size or points.size
    at = stacked(points.at, len(points.time_s), 3)
    if points.unit == "share":
        if size is None:
            raise UsageError(
                "These points are shares of the picture, and the file doesn't say how large that was. Its "
                "width and height in pixels are needed, upright. Add --size, e.g. --size 1280x720."
            )
        at = at * np.array([size[0], size[1], size[0]])
    xy = upright(at[..., :2])
    if size is None:
        xy, size = _placed(xy)
    track = Track(
        points.time_s, xy, np.full((*xy.shape[:2], 3), np.nan), _scores(points, xy), LANDMARKS, size
    )
    xyz = _depth(points, at, track)
    return Track(track.time_s, xy, xyz, track.score, LANDMARKS, size, origin)


def stacked(at: Mapping[str, Array], frames: int, width: int) -> Array:
    """Return points (T, 33, width) in the order of the skeleton, NaN where the file has none."""
    found = np.full((frames, len(LANDMARKS), width), np.nan)
    for k, name in enumerate(LANDMARKS):
        if name in at:
            found[:, k, : at[name].shape[1]] = at[name][:, :width]
    return found


def upright(xy: Array) -> Array:
    """Return picture points with y down: heads are above feet, whichever way the file counts."""
    y = {name: xy[:, k, 1] for k, name in enumerate(LANDMARKS)}
    shoulders, ankles = (
        np.stack([y[f"left_{point}"], y[f"right_{point}"]]) for point in ("shoulder", "ankle")
    )
    if not (np.isfinite(shoulders).any() and np.isfinite(ankles).any()):
        return xy
    if np.nanmedian(shoulders) <= np.nanmedian(ankles):
        return xy
    return xy * np.array([1.0, -1.0])


def _placed(xy: Array) -> tuple[Array, tuple[int, int]]:
    """Return the points within a picture that just holds them, and its size, where that isn't known."""
    if not np.isfinite(xy).any():
        return xy, (1, 1)
    flat = xy.reshape(-1, 2)
    placed = xy - np.minimum(np.nanmin(flat, axis=0), 0)
    width, height = (max(1, math.ceil(1.05 * length)) for length in np.nanmax(placed.reshape(-1, 2), axis=0))
    return placed, (width, height)


def _scores(points: Points, xy: Array) -> Array:
    """Return how sure each point is, (T, 33): as the file says, else 1 where seen."""
    score = np.where(np.isfinite(xy[..., 0]), 1.0, 0.0)
    for k, name in enumerate(LANDMARKS):
        if name in points.score:
            score[:, k] = np.where(np.isfinite(xy[:, k, 0]), np.nan_to_num(points.score[name]), 0.0)
    return score


def _depth(points: Points, at: Array, track: Track) -> Array:
    """Return coarse metres (T, 33, 3): the file's own, made of its depth, or guessed from the picture."""
    if points.world:
        return stacked(points.world, len(points.time_s), 3)
    depth = at[..., 2]
    return lift(track, depth if np.isfinite(depth).any() and np.nanstd(depth) > 0 else None)
