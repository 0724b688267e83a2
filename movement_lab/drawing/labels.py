"""Where labels go: beside the body, never over face or joints, and calm.

Each label gets one place for the whole clip (a side and a height relative to its angle), chosen by
what it would cover; from there it follows slowly. Where it would cover a joint or the face all
the same, it fades out: no number is worth that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.drawing.faces import head_discs, trunk_px
from movement_lab.records import Array, Track
from movement_lab.skeleton import BONES, SIDES

Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]

_CALM_S = 0.7  # half width of the window over which a label is steadied
_FADE_S = 0.15
_SAMPLES_PER_BONE = 6
#: Half widths of the body around its bones, in trunk lengths: labels keep clear of the flesh.
_FLESH: Final = {"shoulder": 0.12, "elbow": 0.09, "wrist": 0.09, "hip": 0.26, "knee": 0.18, "heel": 0.1}
_HANDS: Final = (("wrist", "index"), ("wrist", "thumb"))
_STEPS: Final = (0, 1, -1, 2, -2, 3, -3)  # heights tried, in label heights
_COSTS: Final = {"step": 0.08, "other_side": 0.25, "flesh": 0.5, "hidden": 2.0}


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The body as discs over time: ``outline`` (T, N, 3) x, y, radius; ``keep_free`` (T, M, 3)."""

    outline: Array
    keep_free: Array

    def thinned(self, every: slice) -> Body:
        """Return the body at fewer moments."""
        return Body(self.outline[every], self.keep_free[every])


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A label: ``anchor`` (T, 2) pixels (NaN: none then), ``size`` (w, h), ``side`` +1 right, -1 left."""

    anchor: Array
    size: tuple[int, int]
    side: int


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A label's middle (T, 2) in pixels and its opacity (T,), 0 to 1."""

    centre: Array
    opacity: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What all labels share: the body, the picture's size and parts of it that are taken."""

    body: Body
    size: tuple[int, int]
    gap: float
    window: int
    taken: list[tuple[Array, tuple[int, int]]] = field(default_factory=list)


def body_of(track: Track, *, marks: Array, mark_px: float, scale: float) -> Body:
    """Return the body's discs, both sides of it: the far arm covers the room just as well.

    ``marks`` (T, M, 2) pixels are drawn points, kept free by ``mark_px`` together with the head.
    """
    trunk = trunk_px(track)
    discs = []
    for upper, lower in (*BONES, *_HANDS):
        radius = np.full((len(track), 1), _FLESH[upper] * trunk)
        for side in SIDES:
            a, b = track[f"{side}_{upper}"], track[f"{side}_{lower}"]
            for share in np.linspace(0, 1, _SAMPLES_PER_BONE):
                discs.append(np.hstack([a + share * (b - a), radius]))
    head, head_radius = head_discs(track)
    head_disc = np.column_stack([head, head_radius])[:, None] * scale
    outline = np.concatenate([np.stack(discs, axis=1) * scale, head_disc], axis=1)
    free = np.concatenate([marks, np.full((*marks.shape[:2], 1), mark_px)], axis=2)
    return Body(outline, np.concatenate([free, head_disc], axis=1))


def place_labels(
    wanted: Sequence[Wanted],
    body: Body,
    *,
    size: tuple[int, int],
    rate_hz: float,
    gap: float,
    reserved: Sequence[Box] = (),
) -> list[Placed]:
    """Place labels, the most important first.

    Parameters
    ----------
    wanted : sequence of Wanted
        Arrays of T evenly spaced samples.
    body : Body
        What to keep clear of.
    size : (int, int)
        Width and height of the picture in pixels.
    rate_hz : float
        Samples per second.
    gap : float
        Pixels between body and label.
    reserved : sequence of (left, top, right, bottom)
        Parts of the picture that are taken at all times.

    Returns
    -------
    list of Placed
        One for each label wanted.
    """
    window = max(1, round(_CALM_S * rate_hz))
    scene = _Scene(body, size, gap, window)
    length = len(body.outline)
    for left, top, right, bottom in reserved:
        middle = np.tile([(left + right) / 2, (top + bottom) / 2], (length, 1))
        scene.taken.append((middle, (round(right - left), round(bottom - top))))
    placed = []
    for label in wanted:
        centre, clear = _best_place(label, scene)
        scene.taken.append((centre, label.size))
        shown = clear & np.isfinite(label.anchor[:, 0])
        placed.append(Placed(centre, _fade(shown, max(1, round(_FADE_S * rate_hz)))))
    return placed


def free_side(body: Body, block: tuple[float, float], size: tuple[int, int]) -> int:
    """Return where a block (w, h) at the lower edge covers least of the body: -1 left, 0 middle, 1 right."""
    covered = {}
    for side in (0, -1, 1):
        x = (size[0] + side * (size[0] - block[0])) / 2
        centre = np.tile([x, size[1] - block[1] / 2], (len(body.outline), 1))
        covered[side] = _touches(centre, block, body.outline).sum(axis=1).mean()
    return min(covered, key=lambda side: covered[side])


def _best_place(label: Wanted, scene: _Scene) -> tuple[Array, Mask]:
    """Try both sides and several heights; return the cheapest place and where it covers nothing."""
    anchor = _bridged(label.anchor)
    if not np.isfinite(anchor).any():
        return np.full_like(anchor, np.nan), np.zeros(len(anchor), bool)
    tried: list[tuple[float, int, Array, Mask]] = []
    for side, step in product((label.side, -label.side), _STEPS):
        centre = _follow(anchor, label.size, side, step, scene)
        clear = _clear(centre, label.size, scene)
        tried.append((_cost(label, side, step, centre, clear, scene), len(tried), centre, clear))
    _, _, centre, clear = min(tried, key=lambda entry: entry[:2])
    return centre, clear


def _follow(anchor: Array, size: tuple[int, int], side: int, step: int, scene: _Scene) -> Array:
    """Return the label's path: beside the body at that height, steadied, inside the picture."""
    from scipy.ndimage import maximum_filter1d

    width, height = size
    y = _steady(anchor[:, 1], scene.window) + step * 1.2 * height
    y = np.clip(y, height / 2 + scene.gap / 2, scene.size[1] - height / 2 - scene.gap / 2)
    edge = _edge(anchor[:, 0], y, height, side, scene)
    reach = maximum_filter1d(side * edge, 2 * scene.window + 1, mode="nearest")
    x = side * (_steady(reach, scene.window) + scene.gap + width / 2)
    x = np.clip(x, width / 2 + scene.gap / 2, scene.size[0] - width / 2 - scene.gap / 2)
    return np.column_stack([x, y])


def _edge(anchor_x: Array, y: Array, height: float, side: int, scene: _Scene) -> Array:
    """Return the body's outer edge (T,) on one side, at the height of the label."""
    x, middle, radius = np.moveaxis(scene.body.outline, 2, 0)
    beside = np.abs(middle - y[:, None]) < radius + height / 2
    reach = np.where(beside & np.isfinite(x), side * x + radius, -np.inf).max(axis=1)
    edge: Array = side * np.maximum(reach, side * anchor_x)
    return edge


def _clear(centre: Array, size: tuple[int, int], scene: _Scene) -> Mask:
    """Return (T,) True where the label covers no joint, no face and no other label."""
    clear: Mask = np.asarray(~_touches(centre, size, scene.body.keep_free).any(axis=1))
    for other, other_size in scene.taken:
        apart = np.abs(centre - other) >= (np.array(size) + np.array(other_size)) / 2 + scene.gap / 4
        clear &= apart.any(axis=1) | ~np.isfinite(other[:, 0])
    return clear


def _touches(centre: Array, size: tuple[float, float], discs: Array) -> Mask:
    """Return (T, N) True where a disc reaches into the label."""
    beyond = np.maximum(np.abs(discs[..., :2] - centre[:, None]) - np.array(size) / 2, 0)
    touching: Mask = np.hypot(beyond[..., 0], beyond[..., 1]) < discs[..., 2]
    return touching


def _cost(label: Wanted, side: int, step: int, centre: Array, clear: Mask, scene: _Scene) -> float:
    shown = np.isfinite(label.anchor[:, 0])
    flesh = np.asarray(_touches(centre, label.size, scene.body.outline).any(axis=1))
    return float(
        _COSTS["step"] * abs(step)
        + _COSTS["other_side"] * (side != label.side)
        + _COSTS["flesh"] * flesh[shown].mean()
        + _COSTS["hidden"] * (1 - clear[shown].mean())
    )


def _bridged(values: Array) -> Array:
    """Fill NaN by straight lines, for placing only: what is not seen is not shown."""
    filled = values.copy()
    frames = np.arange(len(values))
    for column in filled.T:
        known = np.isfinite(column)
        if known.any():
            column[~known] = np.interp(frames[~known], frames[known], column[known])
    return filled


def _steady(values: Array, window: int) -> Array:
    """Smooth over at most ``window`` samples either side, so that a running maximum stays one."""
    from scipy.ndimage import uniform_filter1d

    once = uniform_filter1d(values, 2 * (window // 2) + 1, mode="nearest")
    twice: Array = uniform_filter1d(once, 2 * (window // 2) + 1, mode="nearest")
    return twice


def _fade(shown: Mask, frames: int) -> Array:
    """Return opacity (T,): hidden moments widened, so that a label neither flickers nor blinks."""
    from scipy.ndimage import binary_closing, binary_dilation, uniform_filter1d

    around = 4 * frames
    brief = binary_closing(np.pad(~shown, around), np.ones(around + 1, bool))[around:-around]
    hidden = binary_dilation(brief | ~shown, np.ones(2 * frames + 1, bool))
    opacity: Array = uniform_filter1d((~hidden).astype(float), 2 * frames + 1, mode="nearest")
    return np.where(shown, opacity, 0.0)
