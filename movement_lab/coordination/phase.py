"""Continuous relative phase: how far one part is ahead of the other in its own cycle (specification 5.1).

As Lamb and Stöckl propose: centre each curve's amplitude, take the phase of its analytic signal (Hilbert
transform), subtract.

Edges: the transform treats its input as one period of something endless. A repetition from top to top is
just that, so each is transformed by itself, unpadded (mirroring its ends bends a constant lag of 45 degrees
to anything from -4 to 60). A repetition whose ends lie too far apart has no phase here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.coordination.coupling import circular, mean_spread
from movement_lab.coordination.curves import Bend, over_percent
from movement_lab.coordination.readings import Reading, over_reps, reading, unknown
from movement_lab.coordination.table import Way, rule
from movement_lab.geometry import wrap
from movement_lab.knowledge import load_grading
from movement_lab.records import Array

_WAYS: Final[tuple[Way, Way]] = ("down", "up")


@dataclass(frozen=True, slots=True, eq=False)
class RelativePhase:
    """Relative phase over the set.

    ``mean_deg`` and ``spread_deg`` (202,): circular mean and standard deviation between repetitions at
    0 to 100 % of the way down and then of the way up; NaN where unknown. ``marp`` is the mean
    absolute relative phase (median over the repetitions), ``deviation`` the mean of ``spread_deg``.
    """

    mean_deg: Array
    spread_deg: Array
    marp: Reading
    deviation: Reading


def relative_phase(bends: Sequence[Bend]) -> RelativePhase:
    """Return the relative phase over all repetitions (at least one)."""
    each = [relative_phase_deg(bend) for bend in bends]
    points = np.array([_down_then_up(phase, bend) for phase, bend in zip(each, bends, strict=True)])
    mean_deg, spread_deg = circular(points, low=-180, high=180)
    marp = over_reps([_marp(phase, bend) for phase, bend in zip(each, bends, strict=True)])
    deviation = mean_spread("deviation_phase_deg", spread_deg, points, bends[0], "both")
    return RelativePhase(mean_deg, spread_deg, marp, deviation)


def relative_phase_deg(bend: Bend) -> Array:
    """Return the phase of the lower minus that of the upper part, (T,) degrees in ±180; NaN in gaps.

    Plus: hips (or knees) ahead. All NaN where there is no phase; `why_no_phase` says why.
    """
    curves = bend.curves
    if why_no_phase(bend):
        return np.full(len(curves), np.nan)
    seen = np.isfinite(curves.lower_deg + curves.upper_deg)
    return np.where(seen, wrap(phase_deg(curves.lower_deg) - phase_deg(curves.upper_deg)), np.nan)


def phase_deg(x: Array) -> Array:
    """Return the phase of one cycle of a curve, (T,) degrees in ±180: ±180 least bent, 0 most bent.

    Gaps are bridged by straight lines.
    """
    from scipy.signal import hilbert

    frames, seen = np.arange(len(x)), np.isfinite(x)
    whole = np.interp(frames, frames[seen], x[seen])
    centred = whole - (whole.max() + whole.min()) / 2
    turned: Array = np.degrees(np.angle(hilbert(centred)))
    return turned


def why_no_phase(bend: Bend) -> str:
    """Return why a repetition has no relative phase (a wording key); "" if it has one."""
    grading = load_grading()
    for curve in (bend.curves.lower_deg, bend.curves.upper_deg):
        seen = np.isfinite(curve)
        if 100 * seen.mean() < grading.coverage_pct:
            return "rep_gap"
        range_deg = np.nanmax(curve) - np.nanmin(curve)
        if range_deg < rule("min_range_deg"):
            return "range_too_small"
        apart = abs(curve[seen][-1] - curve[seen][0])
        if 100 * apart > grading.repetition["rep_return_within_pct"] * range_deg:
            return "rep_no_return"
    return ""


def _down_then_up(phase_deg: Array, bend: Bend) -> Array:
    """Return a phase at 0 to 100 % of both ways, (202,); between frames on the circle, not across it."""
    turning = np.exp(1j * np.radians(phase_deg))
    ways = [turning[bend.moving(way)] for way in _WAYS]
    return np.concatenate(
        [np.degrees(np.arctan2(over_percent(way.imag), over_percent(way.real))) for way in ways]
    )


def _marp(phase: Array, bend: Bend) -> Reading:
    moving, of = phase[bend.moving("both")], bend.of("both")
    if not np.isfinite(moving).any():
        return unknown("marp_deg", of, why_no_phase(bend) or "not_seen")
    return reading("marp_deg", of, float(np.nanmean(np.abs(moving))))
