"""Paint on pixels: smooth lines, discs, wedges and see-through shapes.

Everything here changes the (H, W, 3) RGB image it is given, within the smallest box that holds
the shape, so its cost doesn't depend on the size of the picture. Points are (x, y) in pixels and
need not be whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from movement_lab.drawing.style import Colour
from movement_lab.records import Array, Image

_SHIFT = 4  # OpenCV takes whole numbers; with 4 bits behind the point they mean 1/16 px
_FAR_PX = 16000.0  # beyond that OpenCV's lines overflow

Points = Array | Sequence[Array]
#: What a shape is drawn with: a colour on the image, an opacity (0 to 255) on a mask.
Ink = Colour | int
#: Draws a shape on a picture whose first pixel lies at ``corner`` (x, y).
Draw = Callable[[Image, Array, Ink], None]


def line(image: Image, a: Array, b: Array, ink: Ink, width: int) -> None:
    """Draw a straight line with round ends."""
    import cv2

    cv2.line(image, _fixed(a), _fixed(b), _scalar(ink), width, cv2.LINE_AA, _SHIFT)


def path(image: Image, points: Array, ink: Ink, width: int) -> None:
    """Draw a line through many points (N, 2)."""
    import cv2

    cv2.polylines(image, [_fixed_all(points)], False, _scalar(ink), width, cv2.LINE_AA, _SHIFT)


def dashes(image: Image, a: Array, b: Array, ink: Ink, width: int, *, on: float, off: float) -> None:
    """Draw a dashed line: ``on`` pixels drawn, ``off`` pixels left out."""
    import cv2

    length = float(np.hypot(*(b - a)))
    if not length > 0:
        return
    starts = np.arange(0.0, length, on + off) / length
    shares = np.stack([starts, np.minimum(starts + on / length, 1)], axis=1)[..., None]
    parts = list(_fixed_all(a + shares * (b - a)))
    cv2.polylines(image, parts, False, _scalar(ink), width, cv2.LINE_AA, _SHIFT)


def dashed_path(image: Image, points: Array, ink: Ink, width: int, *, on: float, off: float) -> None:
    """Draw a dashed line through many points (N, 2)."""
    import cv2

    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    starts = np.arange(0.0, way[-1], on + off)[:, None]
    along = np.minimum(starts + np.linspace(0, on, 4), way[-1])
    parts = np.stack([np.interp(along, way, points[:, axis]) for axis in (0, 1)], axis=-1)
    cv2.polylines(image, list(_fixed_all(parts)), False, _scalar(ink), width, cv2.LINE_AA, _SHIFT)


def disc(image: Image, centre: Array, radius: float, ink: Ink) -> None:
    """Draw a filled circle."""
    import cv2

    cv2.circle(image, _fixed(centre), round(radius * 2**_SHIFT), _scalar(ink), -1, cv2.LINE_AA, _SHIFT)


def polygon(image: Image, points: Array, ink: Ink) -> None:
    """Fill a polygon (N, 2)."""
    import cv2

    cv2.fillPoly(image, [_fixed_all(points)], _scalar(ink), cv2.LINE_AA, _SHIFT)


def arc_points(centre: Array, radius: float, start_deg: float, sweep_deg: float) -> Array:
    """Return points along an arc, (N, 2); image degrees: 0 to the right, 90 down."""
    count = max(2, int(abs(sweep_deg) / 4) + 2)
    return centre + radius * direction(np.linspace(start_deg, start_deg + sweep_deg, count))


def direction(angle_deg: float | Array) -> Array:
    """Return unit vectors (..., 2) of image angles (...): 0 to the right, 90 down."""
    angle = np.radians(angle_deg)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def lay(image: Image, points: Points, colour: Colour, opacity: float, draw: Draw, *, margin: float) -> None:
    """Lay a shape on the image, in place.

    Parameters
    ----------
    image : (H, W, 3) uint8
        Changed in place.
    points : (N, 2)
        Hold the shape, up to ``margin`` pixels around.
    colour : (r, g, b)
        Of the shape.
    opacity : float
        1 covers what is below; strokes that overlap within one shape don't add up.
    draw : callable (picture, corner, ink)
        Draws the shape, its points shifted by ``-corner``.
    margin : float
        Pixels by which the shape may stand out beyond ``points``.
    """
    if opacity >= 1:
        draw(image, np.zeros(2), colour)
        return
    box = _box(points, margin, image)
    if box is not None:
        left, top, right, bottom = box
        mask: Image = np.zeros((bottom - top, right - left), np.uint8)
        draw(mask, np.array([left, top], float), round(255 * opacity))
        blend(image[top:bottom, left:right], mask, colour)


def blend(region: Image, mask: Image, colour: Colour) -> None:
    """Mix a colour into a region (h, w, 3) by a mask of opacities (h, w), in place."""
    import cv2

    mixed = cv2.multiply(region, cv2.merge([255 - mask] * 3), scale=1 / 255)
    if any(colour):
        mixed = cv2.add(mixed, cv2.LUT(cv2.merge([mask] * 3), _shares(colour)))
    np.copyto(region, mixed)


def paste(image: Image, picture: Image, kept: Image, left: int, top: int) -> None:
    """Lay a ready picture (already multiplied by its opacity) on the image, in place.

    ``kept`` (h, w, 3): what stays of the image below, 0 to 255. Parts beyond the edge are cut off.
    """
    import cv2

    height, width = image.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + picture.shape[1], width), min(top + picture.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    inside = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    region = image[y0:y1, x0:x1]
    np.copyto(region, cv2.add(cv2.multiply(region, kept[inside], scale=1 / 255), picture[inside]))


@lru_cache(maxsize=16)
def _shares(colour: Colour) -> Image:
    """Return the colour at every opacity, (1, 256, 3)."""
    table: Image = np.rint(np.arange(256)[None, :, None] * np.array(colour) / 255).astype(np.uint8)
    return table


def _box(points: Points, margin: float, image: Image) -> tuple[int, int, int, int] | None:
    xy = np.asarray(points)
    height, width = image.shape[:2]
    (left, top), (right, bottom) = xy.min(axis=0) - margin, xy.max(axis=0) + margin + 1
    box = max(int(left), 0), max(int(top), 0), min(int(right) + 1, width), min(int(bottom) + 1, height)
    return box if box[0] < box[2] and box[1] < box[3] else None


def _fixed(point: Array) -> tuple[int, int]:
    x, y = (round(min(max(v, -_FAR_PX), _FAR_PX) * 2**_SHIFT) for v in point.tolist())
    return x, y


def _fixed_all(points: Array) -> NDArray[np.int32]:
    whole: NDArray[np.int32] = np.rint(np.clip(points, -_FAR_PX, _FAR_PX) * 2**_SHIFT).astype(np.int32)
    return whole


def _scalar(ink: Ink) -> Colour | tuple[int]:
    return (ink,) if isinstance(ink, int) else ink
