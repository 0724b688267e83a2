"""Colours and sizes of the overlay: dark stage tokens, so that the drawing never changes its look.

Sizes are for a picture 720 px high (or wide, if that is less) and grow with it. There is no red
and no amber here, on purpose: nothing drawn on a body may look like an alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Colour = tuple[int, int, int]

BLACK: Final[Colour] = (0, 0, 0)
WHITE: Final[Colour] = (255, 255, 255)
INK: Final[Colour] = (14, 18, 21)
HIP: Final[Colour] = (111, 157, 255)
BACK: Final[Colour] = (47, 192, 173)
CONTEXT: Final[Colour] = (211, 218, 222)

CASING_OPACITY: Final = 0.42
FINE_CASING_OPACITY: Final = 0.28
WEDGE_OPACITY: Final = 0.30
BAND_OPACITY: Final = 0.45
PILL_OPACITY: Final = 0.80
FADED_OPACITY: Final = 0.40
LEADER_OPACITY: Final = 0.85
#: Distance of chip and findings from the edge of the picture.
MARGIN_PX: Final = 24

_REFERENCE_PX = 720
_SMALLEST_TEXT_PX = 12.0
_SMALLEST_PRINT_PX = 11.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Widths and radii in pixels of one picture; ``unit`` is a pixel of the 720 px reference."""

    unit: float

    @classmethod
    def of(cls, size: tuple[int, int]) -> Sizes:
        """Return the sizes for a picture of (width, height) pixels."""
        return cls(min(size) / _REFERENCE_PX)

    def line(self, reference_px: float) -> int:
        """Return a line width in whole pixels, never thinner than 1."""
        return max(1, round(reference_px * self.unit))

    def length(self, reference_px: float) -> float:
        """Return a length or radius in pixels."""
        return reference_px * self.unit

    @property
    def text(self) -> float:
        """Return the height of text in pixels; small pictures keep it readable."""
        return max(_SMALLEST_TEXT_PX, 20 * self.unit)

    @property
    def small_text(self) -> float:
        """Return the height of what stands below a text in pixels."""
        return max(_SMALLEST_PRINT_PX, 0.72 * self.text)
