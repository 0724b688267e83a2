"""Where the edge of a person's mask lies beside the line from hips to shoulders: the back's contour.

Distances are counted along rays square to that line, at `STATIONS` along it, in lengths of it, so
neither the person's size nor where they stand matters. Both edges are measured; which of them is the
back follows later from where the person looks. NumPy only, about a millisecond a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array
from movement_lab.skeleton import LANDMARKS

#: Shares of the way from the hips (0) to the shoulders (1) at which the edges are measured.
STATIONS: Final[Array] = np.linspace(-0.4, 1.1, 28)
#: Edges further away than this, in trunk lengths, are cut off: nobody's back is there.
REACH: Final = 0.8
_NEAREST: Final = 0.3  # where the line itself leaves the person, the person is looked for so far beside it
_REFINE: Final = 0.02  # the picture's own edge is looked for so far beside the mask's
_MIN_CONTRAST: Final = 12.0  # grey levels, over three colours, that make an edge in the picture
_POINTS: Final = tuple(LANDMARKS.index(f"{s}_{j}") for j in ("hip", "shoulder") for s in ("left", "right"))


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """Both edges of a person over ``T`` frames; see `trace` for one of them.

    ``sides`` (T, 2, S) trunk lengths, NaN where not seen; ``broken`` (T, 2, S) bool, more of the
    person beyond a gap; ``trunk_px`` (T,).
    """

    sides: Array
    broken: NDArray[np.bool_]
    trunk_px: Array

    def back(self, facing: int) -> Array:
        """Return the back's distances, (T, S); ``facing`` is +1 where the person looks image right."""
        return self.sides[:, 0 if facing > 0 else 1]

    def front(self, facing: int) -> Array:
        """Return the distances of belly and chest, (T, S)."""
        return self.sides[:, 1 if facing > 0 else 0]

    def broken_back(self, facing: int) -> NDArray[np.bool_]:
        """Return where more of the person lies behind the back's edge, (T, S)."""
        return self.broken[:, 0 if facing > 0 else 1]


def stack_outlines(frames: Sequence[tuple[Array, NDArray[np.bool_], float]]) -> Outlines:
    """Stack what `trace` gave, frame by frame."""
    sides, broken, trunk = zip(*frames, strict=True)
    return Outlines(np.array(sides), np.array(broken), np.array(trunk, float))


def back_edge(
    mask: NDArray[Any], points: Array, *, facing: int, picture: NDArray[Any] | None = None
) -> tuple[Array, Array]:
    """Return the back's and the front's distances of one picture, (S,) each; see `trace`."""
    outline = stack_outlines([trace(mask, points, picture=picture)])
    return outline.back(facing)[0], outline.front(facing)[0]


def trace(
    mask: NDArray[Any], points: Array, *, picture: NDArray[Any] | None = None
) -> tuple[Array, NDArray[np.bool_], float]:
    """Measure both edges of a person in one picture.

    Parameters
    ----------
    mask
        (H, W), 0 to 1, how surely each pixel is the person; the edge is where it crosses 0.5.
    points
        The 33 landmarks, (33, 2) pixels (a pixel's middle is at a half).
    picture
        (H, W, 3); with it each edge moves to the picture's own edge, if there is a clear one close by.

    Returns
    -------
    Distances (2, S) in trunk lengths: first the side that is the back of somebody who looks to the
    right of the picture; NaN where the person isn't seen or the picture ends. ``broken`` (2, S):
    more of the person lies beyond a gap. The trunk's length in pixels.
    """
    rays = _Rays.of(points)
    if rays is None:
        return np.full((2, len(STATIONS)), np.nan), np.zeros((2, len(STATIONS)), bool), float("nan")
    steps = np.arange(-np.ceil(REACH * rays.trunk_px), np.ceil(REACH * rays.trunk_px) + 1)
    values = rays.sampled(mask, np.broadcast_to(steps, (len(STATIONS), len(steps))))
    edges, broken = _edges(values, steps, _NEAREST * rays.trunk_px)
    if picture is not None:
        edges = np.array([_refined(picture, rays, edge) for edge in edges])
    signs = np.array([[1.0], [-1.0]])
    return np.minimum(signs * edges / rays.trunk_px, REACH), broken, rays.trunk_px


@dataclass(frozen=True, slots=True, eq=False)
class _Rays:
    """Rays square to the trunk: ``starts`` (S, 2) on it, ``out`` (2,) towards the first side."""

    starts: Array
    along: Array
    out: Array
    trunk_px: float

    @classmethod
    def of(cls, points: Array) -> _Rays | None:
        hip, shoulder = (points[list(pair)].mean(axis=0) for pair in (_POINTS[:2], _POINTS[2:]))
        trunk_px = float(np.linalg.norm(shoulder - hip))
        if not np.isfinite(trunk_px) or trunk_px < 2:
            return None
        along = (shoulder - hip) / trunk_px
        starts = hip + STATIONS[:, None] * (shoulder - hip)
        return cls(starts, along, np.array([along[1], -along[0]]), trunk_px)

    def sampled(self, image: NDArray[Any], steps_px: Array, aside_px: float = 0.0) -> Array:
        """Return the image along the rays, (S, R, ...), at ``steps_px`` (S, R) from the trunk's line."""
        at = self.starts[:, None] + steps_px[..., None] * self.out + aside_px * self.along
        return sampled(image, at[..., 0], at[..., 1])


def sampled(image: NDArray[Any], x: Array, y: Array) -> Array:
    """Return the image between its pixels' middles (at a half), bilinear; NaN outside."""
    height, width = image.shape[:2]
    inside = (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
    column, row = np.where(inside, x - 0.5, 0.0), np.where(inside, y - 0.5, 0.0)
    column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
    left = np.minimum(column.astype(np.intp), width - 2)
    top = np.minimum(row.astype(np.intp), height - 2)
    shape = x.shape + (1,) * (image.ndim - 2)
    right_share, low_share = (column - left).reshape(shape), (row - top).reshape(shape)
    pixels = image.reshape(height * width, *image.shape[2:])
    at = top * width + left
    corners = (pixels.take(at + step, axis=0) for step in (0, 1, width, width + 1))
    upper_left, upper_right, lower_left, lower_right = corners
    upper = upper_left * (1 - right_share) + upper_right * right_share
    lower = lower_left * (1 - right_share) + lower_right * right_share
    return np.where(inside.reshape(shape), upper * (1 - low_share) + lower * low_share, np.nan)


def _edges(values: Array, steps: Array, nearest_px: float) -> tuple[Array, NDArray[np.bool_]]:
    """Return where each ray (S, R) leaves the person, (2, S) pixels: outwards and, negative, inwards.

    With it the gaps, (2, S): whether more of the person lies beyond. A ray starts at the place nearest to the
    trunk's line that is the person; where there is none close by, nothing is seen.
    """
    person = values >= 0.5
    distance = np.where(person & (np.abs(steps) <= nearest_px), np.abs(steps), np.inf)
    start = distance.argmin(axis=1)
    found = np.isfinite(distance[np.arange(len(start)), start])
    ways = [_leaving(values, person, steps, start, step, int(nearest_px)) for step in (1, -1)]
    edges = np.array([np.where(found, edge, np.nan) for edge, _ in ways])
    return edges, np.array([found & gap for _, gap in ways])


def _leaving(
    values: Array, person: NDArray[np.bool_], steps: Array, start: NDArray[np.intp], step: int, near: int
) -> tuple[Array, NDArray[np.bool_]]:
    """Return where each ray falls through 0.5 after ``start``, the end if it never does; and gaps."""
    rays, places = np.arange(len(start)), np.arange(values.shape[1])
    ahead = (places - start[:, None]) * step >= 0
    outside = ahead & ~person
    leaves = outside.any(axis=1)
    first = outside.argmax(axis=1) if step > 0 else values.shape[1] - 1 - outside[:, ::-1].argmax(axis=1)
    last = np.clip(first - step, 0, values.shape[1] - 1)  # the last place that is the person
    inner, outer = values[rays, last], values[rays, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        crossing = steps[last] + step * (inner - 0.5) / (inner - outer)  # NaN where the picture ends
    beyond = (places - first[:, None]) * step
    gaps = leaves & (person & (beyond >= 0) & (beyond < near)).any(axis=1)
    return np.where(leaves, crossing, steps[-1] if step > 0 else steps[0]), gaps


def _refined(picture: NDArray[Any], rays: _Rays, edge_px: Array) -> Array:
    """Return edges (S,) moved to where the picture changes most near the mask's edge.

    The middle of the change, weighed by how close it is; stations take the usual shift of
    themselves and their neighbours, as a lone one has found a seam.
    """
    reach = max(2.0, _REFINE * rays.trunk_px)
    offsets = np.arange(-reach, reach + 0.25, 0.5)
    steps = edge_px[:, None] + offsets
    colours = np.mean([rays.sampled(picture, steps, aside) for aside in (-1.0, 0.0, 1.0)], axis=0)
    change = np.abs(np.diff(colours, axis=1)).reshape(len(steps), len(offsets) - 1, -1).sum(axis=2)
    middle = (offsets[1:] + offsets[:-1]) / 2
    weight = change**2 * np.exp(-((middle / (0.6 * reach)) ** 2))
    clear = np.nan_to_num(change.sum(axis=1)) >= _MIN_CONTRAST
    shift = np.where(clear, (weight @ middle) / np.where(clear, weight.sum(axis=1), 1), 0.0)
    neighbours = np.lib.stride_tricks.sliding_window_view(np.pad(shift, 1, mode="edge"), 3)
    return np.where(np.isfinite(edge_px), edge_px + np.median(neighbours, axis=1), np.nan)
