"""Turn a coded picture into an upright RGB one with square pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

from movement_lab.records import Image

#: From this many lines on, pictures that name no colour matrix are taken for BT.709, as players do.
HD_LINES: Final = 720

#: Sample aspect ratios beyond this are taken for damage and ignored.
WIDEST_PIXEL: Final = 4.0

_UNNAMED_COLORSPACE: Final = 2  # FFmpeg's numbers
_BT709: Final = 1


@dataclass(frozen=True, slots=True)
class Look:
    """How a coded picture becomes the one a person should see.

    ``width``, ``height``: upright, square pixels; ``quarter_turns``: clockwise, 0 to 3, after an
    optional left-right ``mirrored`` flip (both from the display matrix); ``pixel_aspect``: width
    by height of one coded pixel; ``hd``: unnamed colours are BT.709; ``alpha``: has transparency.
    """

    width: int
    height: int
    quarter_turns: int
    mirrored: bool
    pixel_aspect: float
    hd: bool
    alpha: bool


def look_of(frame: Any, stream: Any) -> Look:
    """Read from the first decoded frame and its stream how pictures are to be shown."""
    turns, mirrored = orientation(frame)
    aspect = _pixel_aspect(stream)
    coded = (round(frame.width * max(aspect, 1.0)), round(frame.height / min(aspect, 1.0)))
    width, height = coded[::-1] if turns % 2 else coded
    hd = min(frame.width, frame.height) >= HD_LINES
    alpha = any(component.is_alpha for component in frame.format.components)
    return Look(width, height, turns, mirrored, aspect, hd, alpha)


def orientation(frame: Any) -> tuple[int, bool]:
    """Return (quarter turns clockwise, mirrored) from the frame's display matrix.

    The matrix maps coded to shown coordinates, y down: ``x = a u + c v``, ``y = b u + d v``
    (ISO/IEC 14496-12, 6.2.2). It is a flip (if the determinant is negative), then a turn.
    PyAV's ``frame.rotation`` counts the other way round and knows no flip.
    """
    matrix = next((bytes(data) for data in frame.side_data if data.type.name == "DISPLAYMATRIX"), None)
    if matrix is None:
        return 0, False
    a, b, _, c, d = (int(value) for value in np.frombuffer(matrix, np.int32)[:5])
    mirrored = a * d - b * c < 0
    right = (-a, -b) if mirrored else (a, b)  # where the coded picture's right goes, flip undone
    return round(np.degrees(np.arctan2(right[1], right[0])) / 90) % 4, mirrored


def _pixel_aspect(stream: Any) -> float:
    aspect = float(stream.sample_aspect_ratio or 1)
    return aspect if 1 / WIDEST_PIXEL <= aspect <= WIDEST_PIXEL else 1.0


def to_rgb(frame: Any, look: Look, size: tuple[int, int], reformatter: Any) -> Image:
    """Return the frame as (height, width, 3) uint8 RGB of ``size`` (width, height), contiguous.

    Colour conversion, square pixels and scaling are one step of swscale; ``reformatter`` is one
    PyAV VideoReformatter kept for the whole clip.
    """
    width, height = size[::-1] if look.quarter_turns % 2 else size
    picture = reformatter.reformat(
        frame,
        width=width,
        height=height,
        format="rgba" if look.alpha else "rgb24",
        src_colorspace=_BT709 if look.hd and frame.colorspace == _UNNAMED_COLORSPACE else None,
        dst_color_range="JPEG",
        interpolation="AREA",
        threads=1,
    )
    image: Image = picture.to_ndarray()
    return _turned(_on_white(image) if look.alpha else image, look)


def _on_white(rgba: Image) -> Image:
    """Lay a picture with transparency on white paper."""
    colour, alpha = rgba[..., :3], rgba[..., 3:]
    if alpha.min() == 255:
        return np.ascontiguousarray(colour)
    return ((colour.astype(np.uint16) * alpha + 255 * (255 - alpha.astype(np.uint16))) // 255).astype(
        np.uint8
    )


def _turned(image: Image, look: Look) -> Image:
    """Flip and turn; OpenCV does it an order of magnitude faster than NumPy."""
    if not (look.mirrored or look.quarter_turns):
        return np.ascontiguousarray(image)
    import cv2

    turn = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
    upright: Any = cv2.flip(image, 1) if look.mirrored else image
    if look.quarter_turns:
        upright = cv2.rotate(upright, turn[look.quarter_turns])
    return cast(Image, upright)
