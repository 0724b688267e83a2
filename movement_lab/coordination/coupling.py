"""Vector coding: at each moment, which way and how fast both parts turn, as one angle (specification 5.1).

The coupling angle is the direction of the hip-low back diagram, ``atan2(upper change, lower change)``, in 0
to 360 degrees: 45 both bend equally fast, 90 only the upper part bends, 0 only the lower one, 225 both
straighten. Eight bins of 45 degrees make four classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from movement_lab.coordination.curves import Bend, Curves, over_percent, velocity_of
from movement_lab.coordination.readings import NAN, Reading, over_reps, reading, unknown
from movement_lab.coordination.table import Way, rule
from movement_lab.records import Array

_BIN_DEG: Final = 45.0
#: The classes in the order of their bins, from the one around 0 (and 180) degrees on.
CLASSES: Final = ("lower_dominant_pct", "in_phase_pct", "upper_dominant_pct", "anti_phase_pct")


@dataclass(frozen=True, slots=True, eq=False)
class Coupling:
    """How two parts go together on a way, over the set.

    ``mean_deg`` and ``spread_deg`` (101,) are circular mean and circular standard deviation of the coupling
    angle between repetitions at 0 to 100 % of the way; NaN where still or not seen, ``spread_deg`` also
    where fewer than ``min_reps`` moved. ``time_pct`` is the share of moving time in each class,
    ``spread`` the mean of ``spread_deg``.
    """

    way: Way
    mean_deg: Array
    spread_deg: Array
    time_pct: Mapping[str, Reading]
    spread: Reading


def coupling(bends: Sequence[Bend], way: Way = "down") -> Coupling:
    """Return how both parts go together on one way, over all repetitions (at least one)."""
    angles = np.array([coupling_angles(bend, way) for bend in bends])
    mean_deg, spread_deg = circular(angles, low=0, high=360)
    each = [_time_pct(row, bend, way) for row, bend in zip(angles, bends, strict=True)]
    time_pct = {name: over_reps([one[name] for one in each]) for name in CLASSES}
    spread = mean_spread("coupling_spread_deg", spread_deg, angles, bends[0], way)
    return Coupling(way, mean_deg, spread_deg, time_pct, spread)


def coupling_angles(bend: Bend, way: Way = "down") -> Array:
    """Return the coupling angle at 0 to 100 % of a way, (101,) degrees in 0-360; NaN while still."""
    piece = bend.moving(way)
    lower, upper = (over_percent(velocity[piece]) for velocity in _velocities(bend.curves))
    angle = np.degrees(np.arctan2(upper, lower)) % 360
    return np.where(np.hypot(lower, upper) >= rule("min_coupling_speed_deg_s"), angle, np.nan)


@lru_cache(maxsize=32)
def _velocities(curves: Curves) -> tuple[Array, Array]:
    """Return the velocities of both parts, (T,) each: both ways need them."""
    return velocity_of(curves.lower_deg, curves.step_s), velocity_of(curves.upper_deg, curves.step_s)


def classes_of(angle_deg: Array) -> Array:
    """Return the index of each angle's class in ``CLASSES``; NaN stays NaN."""
    return ((angle_deg + _BIN_DEG / 2) // _BIN_DEG) % len(CLASSES)


def circular(angles: Array, *, low: float, high: float) -> tuple[Array, Array]:
    """Return circular mean and spread between repetitions of (n, P) degrees, each (P,).

    The mean wherever a repetition has an angle, the spread where at least ``min_reps`` have one.
    """
    from scipy.stats import circmean, circstd

    seen = np.isfinite(angles).sum(axis=0)
    mean_deg, spread_deg = np.full(len(seen), NAN), np.full(len(seen), NAN)
    for count in np.unique(seen[seen > 0]):  # together what has as many: SciPy would go point by point
        alike = seen == count
        known = angles.T[alike][np.isfinite(angles.T[alike])].reshape(-1, count)
        mean_deg[alike] = circmean(known, high, low, axis=1)
        if count >= rule("min_reps"):
            spread_deg[alike] = circstd(known, high, low, axis=1)
    return mean_deg, spread_deg


def mean_spread(name: str, spread_deg: Array, angles: Array, bend: Bend, way: Way) -> Reading:
    """Return the mean of a spread between repetitions of ``angles`` (n, P) as a reading."""
    n, of = int(np.isfinite(angles).any(axis=1).sum()), bend.of(way)
    if np.isfinite(spread_deg).any():
        return reading(name, of, float(np.nanmean(spread_deg)), n_reps=n)
    return unknown(name, of, "not_enough_repetitions" if n < rule("min_reps") else "not_seen")


def _time_pct(angles: Array, bend: Bend, way: Way) -> dict[str, Reading]:
    """Shares of moving time by class, of one repetition."""
    of, moving = bend.of(way), np.isfinite(angles)
    if 100 * moving.mean() < rule("min_moving_pct"):
        piece = bend.moving(way)
        hidden = np.isnan(bend.curves.lower_deg[piece] + bend.curves.upper_deg[piece]).any()
        return {name: unknown(name, of, "rep_gap" if hidden else "mostly_still") for name in CLASSES}
    found = classes_of(angles[moving])
    return {
        name: reading(name, of, 100 * float(np.mean(found == number))) for number, name in enumerate(CLASSES)
    }
