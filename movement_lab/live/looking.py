"""What a single picture says of the set-up, besides where the body is: light, level, how many people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.live.table import load_live
from movement_lab.records import Array, Image

Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]

_NAN: Final = float("nan")
#: Bins of the histogram of edge directions, degrees; a line is as wide as three of them.
_BIN_DEG: Final = 1.0
#: Rows and columns are thinned to about so many: enough for lines, quick to go through.
_ROWS: Final = 360


@dataclass(frozen=True, slots=True)
class PictureLook:
    """What was seen in one picture; NaN and None = not known.

    ``luminance``: mean grey (0-255) of all of it, ``body_luminance`` of the person's box and
    ``around_luminance`` of the rest; ``roll_deg``: how far upright lines of the room lean clockwise;
    ``people``: how many were found.
    """

    luminance: float = _NAN
    body_luminance: float = _NAN
    around_luminance: float = _NAN
    roll_deg: float = _NAN
    people: int | None = None


#: Before the first look.
UNSEEN: Final = PictureLook()


def look_at(image: Image, box: Box | None, people: int | None) -> PictureLook:
    """Look at a picture (H, W, 3); ``box`` is the person's left, top, right, bottom in pixels."""
    grey = grey_of(image)
    inside = _inside(grey, image.shape[:2], box)
    body = float(grey[inside].mean()) if inside.any() else _NAN
    around = float(grey[~inside].mean()) if not inside.all() else _NAN
    return PictureLook(float(grey.mean()), body, around, roll_of(grey, ~inside), people)


def grey_of(image: Image) -> Array:
    """Return a thinned grey picture, (h, w), 0-255."""
    step = max(1, image.shape[0] // _ROWS)
    return np.asarray(image[::step, ::step].astype(np.float64) @ [0.299, 0.587, 0.114])


def roll_of(grey: Array, counts: Mask) -> float:
    """Return how far the upright lines lean clockwise, degrees; NaN where no clear lines are.

    Edges are weighed by their step and sorted by direction; ``counts`` (h, w) leaves out the person,
    whose limbs are no plumb lines. One direction must stand out.
    """
    numbers = load_live().level
    across = grey[1:-1, 2:] - grey[1:-1, :-2]
    down = grey[2:, 1:-1] - grey[:-2, 1:-1]
    step = np.hypot(across, down)
    # The gradient of an upright edge lies flat: its angle against the horizontal is the edge's lean.
    lean = np.degrees(np.arctan2(down, np.where(across == 0, 1e-9, across)))
    lean = (lean + 90) % 180 - 90
    edge = (step > numbers.min_step) & (np.abs(lean) < numbers.reach_deg) & counts[1:-1, 1:-1]
    clear = float(step[(step > numbers.min_step) & counts[1:-1, 1:-1]].sum())
    if edge.sum() < numbers.min_edges:
        return _NAN
    bins = np.arange(-numbers.reach_deg, numbers.reach_deg + _BIN_DEG / 2, _BIN_DEG)
    weight, _ = np.histogram(lean[edge], bins, weights=step[edge])
    lines = np.convolve(weight, np.ones(3), "same")
    peak = int(np.argmax(lines))
    if lines[peak] < numbers.min_line_share * clear or peak in (0, len(lines) - 1):
        return _NAN
    near = edge & (np.abs(lean - (bins[peak] + _BIN_DEG / 2)) <= 1.5 * _BIN_DEG)
    return float(np.average(lean[near], weights=step[near]))


def _inside(grey: Array, shape: tuple[int, ...], box: Box | None) -> Mask:
    inside = np.zeros(grey.shape, bool)
    if box is None or not np.isfinite(box).all():
        return inside
    step = shape[0] / grey.shape[0]
    left, top, right, bottom = (max(0, round(v / step)) for v in box)
    inside[top : bottom + 1, left : right + 1] = True
    return inside
