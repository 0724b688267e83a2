"""Who starts first (specification 5.1)."""

from __future__ import annotations

import numpy as np

from movement_lab.coordination.curves import Bend, first_passing, value_at
from movement_lab.coordination.readings import NAN, Reading, reading, unknown
from movement_lab.coordination.table import Curve, Way, rule


def onset_lag(bend: Bend, way: Way = "down") -> tuple[Reading, Reading]:
    """Return by how much the lower part starts before the upper one: in ms, and in % of the way's duration.

    Plus: hips (or knees) first. A part has started once it last passed ``onset_share_pct`` of its own
    range. Constant errors cancel in that; what is left (``onset_noise_deg``) moves the two starts in
    opposite directions, the more the slower they start.
    """
    names, of = ("onset_lag_ms", "onset_lag_pct"), bend.of(way)
    lower_s, lower_speed, why_lower = _start(bend, "lower", way)
    upper_s, upper_speed, why_upper = _start(bend, "upper", way)
    why = tuple(dict.fromkeys(reason for reason in (why_lower, why_upper) if reason))
    if why:
        return unknown(names[0], of, *why), unknown(names[1], of, *why)
    lag_s = upper_s - lower_s
    sd_s = rule("onset_noise_deg") * (1 / lower_speed + 1 / upper_speed)
    percent = 100 / bend.duration_s(way)
    return (
        reading(names[0], of, 1000 * lag_s, 1000 * sd_s),
        reading(names[1], of, percent * lag_s, percent * sd_s),
    )


def _start(bend: Bend, curve: Curve, way: Way) -> tuple[float, float, str]:
    """Return when a part starts (s), how fast it is then (deg/s), and why that can't be told."""
    first, last = bend.span(way)
    x, time_s = bend.curve(curve)[first : last + 1], bend.curves.time_s[first : last + 1]
    if not np.isfinite(x[0]):
        return NAN, NAN, "not_seen"
    gone = x - x[0]
    furthest = int(np.nanargmax(np.abs(gone)))
    if abs(gone[furthest]) < rule("min_range_deg"):
        return NAN, NAN, "range_too_small"
    level, travelled = rule("onset_share_pct") / 100, gone[: furthest + 1] / gone[furthest]
    before = int(np.flatnonzero(travelled < level)[-1])
    frame = before + first_passing(travelled[before:], level)
    if not np.isfinite(frame):
        return NAN, NAN, "not_seen"
    speed = abs(gone[before + 1] - gone[before]) / (time_s[before + 1] - time_s[before])
    return value_at(time_s, frame), float(speed), ""
