"""What a read spine gives: which measures, by which method, how far off, and why the others are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from movement_lab.knowledge import MeasureRow
from movement_lab.measures import signal_key
from movement_lab.moments import Clip
from movement_lab.records import Array, Side
from movement_lab.spine.combine import SpineMethod, load_methods
from movement_lab.spine.estimate import widened_sd

_NOT_READ: Final = "needs_spine_signal"


def read_by(clip: Clip, row: MeasureRow, side: Side) -> SpineMethod | None:
    """Return the method a spine measure was read with, None where it wasn't."""
    if row.plane != "spine" or clip.spine is None or not clip.spine.method:
        return None
    seen = np.isfinite(clip.signals[signal_key(row.id, side)]).any()
    return load_methods()[clip.spine.method] if seen else None


def why_unread(clip: Clip, row: MeasureRow) -> tuple[str, ...]:
    """Return why a spine measure has no value: what the row itself asks for, else what kept the method."""
    if clip.spine is None:
        return (_NOT_READ,)
    if clip.spine.method and row.reason_if_absent != _NOT_READ:
        return (row.reason_if_absent,)
    return clip.spine.reasons or ("not_seen" if clip.spine.method else _NOT_READ,)


def why_gap(clip: Clip) -> tuple[str, ...]:
    """Return why a repetition has no value in a clip whose spine was read elsewhere."""
    return (clip.spine.reasons if clip.spine else ()) or ("not_seen",)


def spine_spreads(clip: Clip, *, thigh_sd_deg: Mapping[Side, float]) -> dict[str, Array]:
    """Return one standard deviation of every spine signal, (T,) by key, widened towards real people.

    ``thigh_sd_deg``: that of the thigh's elevation, left and right, which hip flexion stands on too.
    """
    if clip.spine is None:
        return {}
    found = widened_sd(clip.spine)
    found.setdefault("lumbar_curvature_deg", found["lumbar_flexion_deg"])
    for side, sd_deg in thigh_sd_deg.items():
        both = np.hypot(found["pelvic_tilt_deg"], sd_deg)
        found[signal_key("hip_pelvis_flexion_deg", side)] = np.asarray(both)
    return found | {"lumbar_percent_max_pct": _percent_sd(clip, found["lumbar_flexion_deg"])}


def _percent_sd(clip: Clip, lumbar_sd_deg: Array) -> Array:
    """Spread of the per cent of the own full bend, which is not exactly known either."""
    percent, lumbar = clip.signals["lumbar_percent_max_pct"], clip.signals["lumbar_flexion_deg"]
    bent = np.isfinite(percent) & (np.abs(lumbar) > 0)
    if not bent.any():
        return np.full_like(percent, np.nan)
    percent_a_degree = float(np.median(percent[bent] / lumbar[bent]))
    own = clip.full_bend_sd_deg
    bend_sd_deg = own if np.isfinite(own) else lumbar_sd_deg  # not told: off by as much as here
    return np.asarray(percent_a_degree * np.hypot(lumbar_sd_deg, percent / 100 * bend_sd_deg))
