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
    """A stretch of text in one colour and weight.

    ``room`` is a text whose width it may need; it stands at the right of it, or at its ``left``.
    """

    text: str
    colour: Colour
    weight: int = REGULAR
    room: str = ""
    left: bool = False


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
def pill(
    spans: tuple[Span, ...],
    text_px: float,
    *,
    mark: Mark = "none",
    below: tuple[Span, ...] = (),
    below_px: float = 0.0,
) -> Pill:
    """Return a rounded dark pill with text.

    Parameters
    ----------
    spans : tuple of Span
        Follow each other on one line, apart where one asks for more room.
    text_px : float
        Height of the text.
    mark : {"none", "filled", "hollow"}
        A small diamond in front.
    below : tuple of Span
        A second line, with text ``below_px`` high.
    """
    pad, height = text_px * 0.75, round(text_px * 1.75)
    first, right = _row(spans, text_px, pad + (text_px * 0.9 if mark != "none" else 0))
    second, below_right = _row(below, below_px, pad)
    size = (round(max(right, below_right) + pad), height + round(below_px * 1.25))
    layers = [(_text(span, size, (x, height / 2), text_px), span.colour) for span, x in first]
    layers += [
        (_text(span, size, (x, height + below_px * 0.35), below_px), span.colour) for span, x in second
    ]
    if mark != "none":
        layers.append((_diamond(size, text_px, filled=mark == "filled"), spans[0].colour))
    return _compose(_rounded(size, corner=height / 2), layers)


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


def _row(spans: tuple[Span, ...], text_px: float, left: float) -> tuple[list[tuple[Span, float]], float]:
    """Return where each span of a line begins, and where the line ends."""
    places, x, gap = [], left, text_px * 0.32
    for span in spans:
        width = text_width(span.text, text_px, span.weight)
        room = max(width, text_width(span.room, text_px, span.weight))
        places.append((span, x if span.left else x + room - width))
        x += room + gap
    return places, x - gap


def _text(span: Span, size: tuple[int, int], place: tuple[float, float], text_px: float) -> Image:
    """Return a mask with a span, its left end and half its height at ``place``."""
    import cv2

    mask: Image = np.zeros((size[1], size[0]), np.uint8)
    baseline = round(place[1] + text_px * 0.35)
    cv2.putText(mask, span.text, (round(place[0]), baseline), (255,), _font(), round(text_px), span.weight)
    return mask


def _rounded(size: tuple[int, int], *, corner: float) -> Image:
    """Return the pill's own shape, drawn four times as large for smooth edges."""
    import cv2

    width, height = size[0] * 4, size[1] * 4
    mask: Image = np.zeros((height, width), np.uint8)
    radius = round(4 * corner)
    cv2.rectangle(mask, (radius, 0), (width - radius, height), (255,), -1)
    cv2.rectangle(mask, (0, radius), (width, height - radius), (255,), -1)
    for x in (radius, width - radius - 1):
        for y in (radius, height - radius - 1):
            cv2.circle(mask, (x, y), radius, (255,), -1)
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
