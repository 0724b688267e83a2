"""Text as little dark pills, drawn once and kept.

OpenCV 5 brings a scalable sans-serif font of its own with Latin, Greek and Cyrillic letters, the
degree sign and dashes, so no font file is shipped and nothing depends on the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import numpy as np

from movement_lab.drawing.paint import paste
from movement_lab.drawing.style import INK, PILL_OPACITY, Colour
from movement_lab.records import Image

REGULAR, BOLD = 400, 600

Mark = Literal["none", "filled", "hollow"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one colour and weight; ``room`` is a text whose width it may need."""

    text: str
    colour: Colour
    weight: int = REGULAR
    room: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Pill:
    """A picture (h, w, 3) already multiplied by its opacity, and what it leaves of the ground."""

    picture: Image
    kept: Image

    @property
    def size(self) -> tuple[int, int]:
        """Return (width, height) in pixels."""
        return self.picture.shape[1], self.picture.shape[0]

    def draw(self, image: Image, centre: Sequence[float], *, opacity: float = 1.0) -> None:
        """Lay the pill on the image, in place, with its middle at ``centre`` (x, y)."""
        width, height = self.size
        left, top = round(centre[0] - width / 2), round(centre[1] - height / 2)
        if opacity >= 1:
            paste(image, self.picture, self.kept, left, top)
        elif opacity > 0:
            picture = np.rint(self.picture * opacity).astype(np.uint8)
            paste(image, picture, 255 - np.rint((255 - self.kept) * opacity).astype(np.uint8), left, top)


@lru_cache(maxsize=512)
def pill(spans: tuple[Span, ...], text_px: float, *, mark: Mark = "none") -> Pill:
    """Return a rounded dark pill with text.

    Parameters
    ----------
    spans : tuple of Span
        Follow each other on one line, right-aligned where they ask for more room.
    text_px : float
        Height of the text.
    mark : {"none", "filled", "hollow"}
        A small diamond in front.
    """
    height = round(text_px * 1.75)
    x = text_px * 0.75 + (text_px * 0.9 if mark != "none" else 0)
    places, gap = [], text_px * 0.32
    for span in spans:
        room = max(text_width(span.text, text_px, span.weight), text_width(span.room, text_px, span.weight))
        places.append(x + room - text_width(span.text, text_px, span.weight))
        x += room + gap
    size = (round(x - gap + text_px * 0.75), height)
    layers = [(_text(span, size, at, text_px), span.colour) for span, at in zip(spans, places, strict=True)]
    if mark != "none":
        layers.append((_diamond(size, text_px, filled=mark == "filled"), spans[0].colour))
    return _compose(_rounded(size), layers)


@cache
def text_width(text: str, text_px: float, weight: int = REGULAR) -> int:
    """Return the width of a text in pixels."""
    import cv2

    if not text:
        return 0
    left, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _font(), round(text_px), weight)
    return int(left + width)


def wrap(text: str, text_px: float, room_px: float) -> tuple[str, ...]:
    """Break a text into lines no wider than ``room_px`` pixels, at spaces."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, text_px) > room_px:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)


@cache
def _font() -> Any:
    import cv2

    return cv2.FontFace("sans")


def _text(span: Span, size: tuple[int, int], x: float, text_px: float) -> Image:
    import cv2

    mask: Image = np.zeros((size[1], size[0]), np.uint8)
    baseline = round(size[1] / 2 + text_px * 0.35)
    cv2.putText(mask, span.text, (round(x), baseline), (255,), _font(), round(text_px), span.weight)
    return mask


def _rounded(size: tuple[int, int]) -> Image:
    """Return the pill's own shape, drawn four times as large for smooth edges."""
    import cv2

    width, height = size[0] * 4, size[1] * 4
    mask: Image = np.zeros((height, width), np.uint8)
    radius = height // 2
    cv2.rectangle(mask, (radius, 0), (width - radius, height), (255,), -1)
    for x in (radius, width - radius - 1):
        cv2.circle(mask, (x, radius), radius, (255,), -1)
    smooth: Image = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    return smooth


def _diamond(size: tuple[int, int], text_px: float, *, filled: bool) -> Image:
    import cv2

    mask: Image = np.zeros((size[1], size[0]), np.uint8)
    x, y, r = text_px * 0.95, size[1] / 2, text_px * 0.3
    corners = np.rint(np.array([[x, y - r], [x + r, y], [x, y + r], [x - r, y]]) * 16).astype(np.int32)
    if filled:
        cv2.fillPoly(mask, [corners], (255,), cv2.LINE_AA, 4)
    else:
        cv2.polylines(mask, [corners], True, (255,), max(1, round(text_px / 12)), cv2.LINE_AA, 4)
    return mask


def _compose(ground: Image, layers: Sequence[tuple[Image, Colour]]) -> Pill:
    alpha = ground[..., None] / 255 * PILL_OPACITY
    colour = alpha * np.array(INK, float)
    for mask, own in layers:
        share = mask[..., None] / 255
        colour = colour * (1 - share) + share * np.array(own, float)
        alpha = alpha * (1 - share) + share
    kept = np.broadcast_to(np.rint(255 * (1 - alpha)), colour.shape)
    return Pill(np.rint(colour).astype(np.uint8), np.ascontiguousarray(kept.astype(np.uint8)))
