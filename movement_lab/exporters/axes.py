"""Where the axis of a drawing begins and ends."""

import math

import numpy as np

from movement_lab.records import Array

_NICE = (1, 1.2, 1.5, 2, 3, 4.5, 6, 9)


def round_up(value: float) -> float:
    """Return the next round number for the end of an axis: 104 to 120, 27 to 30.

    >>> [round_up(value) for value in (104, 27, 0.07)]
    [120.0, 30.0, 0.09]
    """
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    step = next((nice for nice in _NICE if nice * power >= value * (1 - 1e-9)), 10)
    return float(f"{step * power:.6g}")


def axis_ends(values: Array, *, half: float, at_least: float) -> tuple[float, float]:
    """Return bottom and top of an axis that holds zero, the values and their interval.

    ``half`` is half the interval's width (NaN: none). ``at_least`` keeps a still signal looking
    still: one end is at least so far away. An end that only noise reaches (a tenth of the axis)
    stays at zero.
    """
    known = values[np.isfinite(values)]
    margin = half if math.isfinite(half) else 0.0
    low, high = (float(known.min()) - margin, float(known.max()) + margin) if known.size else (0.0, 0.0)
    if max(high, -low) < at_least:
        low, high = (-at_least, high) if -low > max(high, at_least / 4) else (low, at_least)
    least = max(high, -low) / 10
    return (-round_up(-low) if -low > least else 0.0), (round_up(high) if high > least else 0.0)
