"""Speed, duration and smoothness of a way down or up (specification 5.1).

Smoother is not better: people with back pain lifted with less jerk than others, and with more after
rehabilitation. It is shown beside the speed, never alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from movement_lab.coordination.curves import Bend, velocity_of
from movement_lab.coordination.readings import NAN, Reading, Stretch, reading, unknown
from movement_lab.coordination.table import Curve, Way, rule
from movement_lab.knowledge import load_grading
from movement_lab.records import Array

#: Zeros after the speed profile, as powers of two: a finer spectrum, the same arc length.
_PADDING: Final = 4
_LEAST_FRAMES: Final = 5


def sparc(speed: Array, rate_hz: float, *, max_hz: float, amplitude: float) -> float:
    """Return the spectral arc length of a speed profile: always negative, nearer 0 = smoother.

    Minus the length of the normalised magnitude spectrum's curve from 0 Hz to the last frequency, at most
    ``max_hz``, at which it reaches ``amplitude`` (0-1) of its peak; that stretch counts as 1 wide, so
    neither size nor duration of a movement matters. A minimum-jerk movement gives about -1.4.
    Definition: Balasubramanian et al. 2015. ``speed`` (T,) is evenly sampled, in any unit, without NaN.
    """
    size = 2 ** (int(np.ceil(np.log2(len(speed)))) + _PADDING)
    spectrum = np.abs(np.fft.rfft(speed, size))
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    strong = np.flatnonzero((spectrum >= amplitude * spectrum.max()) & (frequency_hz <= max_hz))
    if len(strong) < 2:
        return NAN
    counted = spectrum[strong[0] : strong[-1] + 1] / spectrum.max()
    return -float(np.sum(np.hypot(1 / (len(counted) - 1), np.diff(counted))))


def log_dimensionless_jerk(speed: Array, rate_hz: float) -> float:
    """Return minus the logarithm of dimensionless jerk: nearer 0 = smoother.

    ``-ln(T^3 / v_peak^2 * integral of (d2v/dt2)^2 dt)`` of an evenly sampled speed (T,); a minimum-jerk
    movement gives -ln(204.8) = -5.32. A third derivative of what was measured: prefer `sparc`.
    """
    step_s = 1 / rate_hz
    duration_s = (len(speed) - 1) * step_s
    jerk = np.diff(speed, 2) / step_s**2
    size = duration_s**3 / np.max(np.abs(speed)) ** 2 * np.sum(jerk**2) * step_s
    return -float(np.log(size)) if size > 0 else NAN


def smoothness(bend: Bend, curve: Curve = "trunk", way: Way = "down") -> tuple[Reading, Reading]:
    """Return spectral arc length and log dimensionless jerk of one way of one repetition.

    Way down and way up are separate movements: together they would count as two. Speeds come from the
    cleaned curve, so nothing above its low-pass filter counts.
    """
    names, of = ("sparc_ratio", "ldlj_ratio"), Stretch(way=way, curve=curve)
    x, why = _way(bend, curve, way)
    if why:
        return unknown(names[0], of, why), unknown(names[1], of, why)
    step_s = bend.curves.step_s
    speed, rate_hz = _under_way(np.abs(np.gradient(x, step_s))), 1 / step_s
    arc = sparc(
        speed, rate_hz, max_hz=rule("smoothness_max_hz"), amplitude=rule("smoothness_amplitude_ratio")
    )
    jerk = log_dimensionless_jerk(speed, rate_hz)
    return reading(names[0], of, arc, rule("smoothness_sd_ratio")), reading(names[1], of, jerk)


def peak_speed(bend: Bend, curve: Curve = "trunk", way: Way = "down") -> Reading:
    """Return the largest angular speed of one way, degrees a second."""
    name, of = "peak_speed_deg_s", Stretch(way=way, curve=curve)
    x, why = _way(bend, curve, way)
    if why:
        return unknown(name, of, why)
    peak = float(np.max(np.abs(velocity_of(x, bend.curves.step_s))))
    return reading(name, of, peak, rule("speed_sd_pct") / 100 * peak)


def duration(bend: Bend, way: Way = "down") -> Reading:
    """Return how long one way takes, in seconds."""
    seconds = bend.duration_s(way)
    return reading("duration_s", Stretch(way=way), seconds, rule("time_sd_pct") / 100 * seconds)


def _way(bend: Bend, curve: Curve, way: Way) -> tuple[Array, str]:
    """Return a curve on a way, tops included and small gaps bridged, and why it has no speed."""
    first, last = bend.span(way)
    x = bend.curve(curve)[first : last + 1]
    seen = np.isfinite(x)
    if 100 * seen.mean() < load_grading().coverage_pct:
        return x, "rep_gap"
    if len(x) < _LEAST_FRAMES:
        return x, "rep_too_fast"
    if np.nanmax(x) - np.nanmin(x) < rule("min_range_deg"):
        return x, "range_too_small"
    frames = np.arange(len(x))
    return np.interp(frames, frames[seen], x[seen]), ""


def _under_way(speed: Array) -> Array:
    """Leave out the standstill before and after: what is slower than a few per cent of the peak."""
    share = load_grading().repetition["rep_start_speed_pct"] / 100
    moving = np.flatnonzero(speed > share * speed.max())
    return speed[max(moving[0] - 1, 0) : moving[-1] + 2]
