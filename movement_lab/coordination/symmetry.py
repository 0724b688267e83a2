"""Left against right: said only where the difference is more than chance and noise (specification 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from movement_lab.coordination.readings import NAN, Reading, Stretch, reading, unknown
from movement_lab.coordination.table import rule
from movement_lab.knowledge import load_grading
from movement_lab.records import Array


@dataclass(frozen=True, slots=True)
class Symmetry:
    """Both sides' medians (degrees), and their difference where there is one to tell.

    ``difference`` is right minus left, ``index`` that in per cent of their mean; both are unknown, with the
    reason, where the difference lies within the spread between repetitions (``within_rep_spread``)
    or within the measure's own noise (``within_noise``).
    """

    right_deg: float
    left_deg: float
    difference: Reading
    index: Reading


def symmetry(right: Sequence[float], left: Sequence[float], *, mdc95: float) -> Symmetry:
    """Compare the repetitions of both sides: peaks or ranges of one measure, in degrees.

    ``right``, ``left`` (n,), NaN = not seen; ``mdc95`` the measure's smallest claimable change. The index
    has no meaning where values cross zero, and none on a mean below ``min_range_deg``.
    """
    names, of = ("side_difference_deg", "symmetry_index_pct"), Stretch(way="both")
    sides = [np.array(values, dtype=float) for values in (right, left)]
    sides = [values[np.isfinite(values)] for values in sides]
    right_deg, left_deg = (float(np.median(values)) if len(values) else NAN for values in sides)
    why = _why_not(sides, right_deg - left_deg, mdc95)
    if why:
        return Symmetry(right_deg, left_deg, unknown(names[0], of, why), unknown(names[1], of, why))
    sd, n = _sd(sides, mdc95), min(len(values) for values in sides)
    difference = reading(names[0], of, right_deg - left_deg, sd, n_reps=n)
    return Symmetry(right_deg, left_deg, difference, _index(names[1], difference, sides))


def _why_not(sides: Sequence[Array], difference: float, mdc95: float) -> str:
    """Return why no difference is told (a wording key), "" if one is."""
    if not all(len(values) for values in sides):
        return "needs_both_sides"
    if min(len(values) for values in sides) < 2:
        return "not_enough_repetitions"
    spread = max(float(np.std(values, ddof=1)) for values in sides)
    if abs(difference) <= spread:
        return "within_rep_spread"
    return "" if abs(difference) > mdc95 else "within_noise"


def _sd(sides: Sequence[Array], mdc95: float) -> float:
    """Spread of a difference of two medians: the method's on both sides, and that between repetitions."""
    method = np.sqrt(2) * mdc95 / load_grading().mdc_factor
    return float(np.linalg.norm([method, *(np.std(x, ddof=1) / np.sqrt(len(x)) for x in sides)]))


def _index(name: str, difference: Reading, sides: Sequence[Array]) -> Reading:
    every, mean = np.concatenate(sides), float(np.mean([np.median(values) for values in sides]))
    if every.min() < 0 < every.max():
        return unknown(name, difference.of, "crosses_zero")
    if abs(mean) < rule("min_range_deg"):
        return unknown(name, difference.of, "range_too_small")
    value, sd = 100 / mean * difference.value, 100 / abs(mean) * difference.sd
    return reading(name, difference.of, value, sd, n_reps=difference.n_reps)
