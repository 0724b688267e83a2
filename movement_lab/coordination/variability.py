"""How alike the repetitions are (specification 5.1). Both little and much is described; neither is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from movement_lab.coordination.curves import Bend, over_percent
from movement_lab.coordination.readings import Reading, Stretch, reading, unknown
from movement_lab.coordination.table import Curve, Way, rule
from movement_lab.knowledge import load_grading
from movement_lab.records import Array

_WAYS: Final[tuple[Way, Way]] = ("down", "up")


@dataclass(frozen=True, slots=True)
class Variability:
    """Spread of one curve between repetitions: of its range (in degrees and per cent), and of its shape.

    The error of the camera is part of each, so small values are upper limits.
    """

    range_sd: Reading
    range_cv: Reading
    curve_sd: Reading


def bend_range(bend: Bend, curve: Curve = "trunk", *, sd_deg: float = float("nan")) -> Reading:
    """Return largest minus smallest value of one repetition; ``sd_deg`` is the method's, of a change."""
    x, of = bend.curve(curve), Stretch(way="both", curve=curve)
    if 100 * np.isfinite(x).mean() < load_grading().coverage_pct:
        return unknown("range_deg", of, "rep_gap")
    return reading("range_deg", of, float(np.nanmax(x) - np.nanmin(x)), sd_deg)


def variability(bends: Sequence[Bend], curve: Curve) -> Variability:
    """Return the spread between repetitions; unknown with fewer than ``min_reps`` that were seen."""
    found = [bend_range(bend, curve) for bend in bends]
    ranges = np.array([each.value for each in found if each.known])
    names, of = ("range_sd_deg", "range_cv_pct", "curve_sd_deg"), Stretch(way="both", curve=curve)
    if len(ranges) < rule("min_reps"):
        return Variability(*(unknown(name, of, "not_enough_repetitions") for name in names))
    sd, mean = float(np.std(ranges, ddof=1)), float(np.mean(ranges))
    small = mean < rule("min_range_deg")
    return Variability(
        _spread(names[0], of, sd, len(ranges)),
        unknown(names[1], of, "range_too_small")
        if small
        else _spread(names[1], of, 100 * sd / mean, len(ranges)),
        _curve_sd(names[2], curve, bends),
    )


def _curve_sd(name: str, curve: Curve, bends: Sequence[Bend]) -> Reading:
    """Return the mean over both ways of the spread at each per cent, where enough repetitions were seen."""
    of, points = Stretch(way="both", curve=curve), np.array([_down_then_up(bend, curve) for bend in bends])
    seen = np.isfinite(points).sum(axis=0)
    enough = seen >= rule("min_reps")
    if not enough.any():
        return unknown(name, of, "not_enough_repetitions")
    spread = float(np.mean(np.nanstd(points[:, enough], axis=0, ddof=1)))
    return _spread(name, of, spread, int(seen[enough].min()))


def _down_then_up(bend: Bend, curve: Curve) -> Array:
    return np.concatenate([over_percent(bend.curve(curve)[bend.moving(way)]) for way in _WAYS])


def _spread(name: str, of: Stretch, sd: float, n: int) -> Reading:
    """Return a standard deviation of ``n`` values as a reading, with its own lopsided interval."""
    grading = load_grading()
    low, high = _edges(sd, n, pct=grading.interval_pct)
    low95, high95 = _edges(sd, n, pct=grading.interval_therapist_pct)
    plain = reading(name, of, sd, sd / float(np.sqrt(2 * (n - 1))), n_reps=n)
    return replace(plain, low=low, high=high, low95=low95, high95=high95)


def _edges(sd: float, n: int, *, pct: float) -> tuple[float, float]:
    from scipy.stats import chi2

    low, high = sd * np.sqrt((n - 1) / chi2.ppf([0.5 + pct / 200, 0.5 - pct / 200], n - 1))
    return float(low), float(high)
