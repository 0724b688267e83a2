"""Numbers as people read them: whole, with a true minus sign."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

MINUS: Final = "−"

#: Decimals shown, by unit; everything else is whole.
_DECIMALS: Final[Mapping[str, int]] = {"ratio": 2, "s": 1, "times": 1, "mdc": 1}
#: Units whose whole numbers are written without ".0": "2×", but "2.0 s".
_MULTIPLES: Final = ("times", "mdc")


def format_number(value: float, unit: str, *, decimal: str = ".", signed: bool = False) -> str:
    """Return a number rounded as its unit asks, without the unit; "" for NaN.

    Halves are rounded away from zero, so that 2.5 and -2.5 read alike; nothing reads "−0".
    """
    if not math.isfinite(value):
        return ""
    places = _DECIMALS.get(unit, 0)
    size = math.floor(abs(value) * 10**places + 0.5 + 1e-9) / 10**places
    sign = MINUS if value < 0 and size else "+" if signed and size else ""
    digits = f"{size:.{places}f}"
    if unit in _MULTIPLES:
        digits = digits.removesuffix(".0")
    return sign + digits.replace(".", decimal)
