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
#: Leans are tried in steps of so many degrees.
_STEP_DEG: Final = 0.5
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

    The points of clear upright edges are summed up along lines of each lean: along the lean they have,
    they fall together. ``counts`` (h, w) leaves out the person, whose limbs are no plumb lines.
    """
    numbers = load_live().level
    across = np.abs(grey[1:-1, 2:] - grey[1:-1, :-2])
    down = np.abs(grey[2:, 1:-1] - grey[:-2, 1:-1])
    y, x = np.nonzero((across > numbers.min_step) & (across > 2 * down) & counts[1:-1, 1:-1])
    if len(y) < numbers.min_edges:
        return _NAN
    leans_deg = np.arange(-numbers.reach_deg, numbers.reach_deg + _STEP_DEG / 2, _STEP_DEG)
    fall = np.array([_togetherness(x, y - grey.shape[0] / 2, lean) for lean in np.radians(leans_deg)])
    peak = int(np.argmax(fall))
    if fall[peak] < numbers.min_sharpness * np.median(fall) or peak in (0, len(fall) - 1):
        return _NAN
    before, at, after = fall[peak - 1 : peak + 2]
    return float(leans_deg[peak] + _STEP_DEG / 2 * (before - after) / (before - 2 * at + after))


def _togetherness(x: NDArray[np.intp], y: Array, lean: float) -> float:
    """Say how much points fall together when they are summed up along lines that lean by ``lean``."""
    place = x + np.tan(lean) * y
    return float(np.sum(np.bincount(np.round(place - place.min()).astype(np.intp)).astype(float) ** 2))


def _inside(grey: Array, shape: tuple[int, ...], box: Box | None) -> Mask:
    inside = np.zeros(grey.shape, bool)
    if box is None or not np.isfinite(box).all():
        return inside
    step = shape[0] / grey.shape[0]
    left, top, right, bottom = (max(0, round(v / step)) for v in box)
    inside[top : bottom + 1, left : right + 1] = True
    return inside
