"""The whole cleaning, one step after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from movement_lab.cleaning.evening import fill_gaps, low_pass, resample
from movement_lab.cleaning.legs import fit_hips
from movement_lab.cleaning.plausible import implausible
from movement_lab.cleaning.settings import CleaningSettings, settings_for
from movement_lab.cleaning.swaps import repair_swaps
from movement_lab.records import Array, Track, View


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A cleaned Track and what was done to it."""

    track: Track
    quality: Mapping[str, Any] = field(default_factory=dict)


def clean_track(raw: Track, *, view: View, settings: CleaningSettings | None = None) -> Cleaned:
    """Return the track ready for measuring, with counts of what was repaired or refused.

    Left and right are put back where the model exchanged them.
    """
    settings = settings or settings_for(raw)
    track, repaired = repair_swaps(raw, view=view, settings=settings)
    refused = implausible(track, settings=settings)
    track = replace(track, xy=np.where(refused[..., None], np.nan, track.xy))
    if view.sideways:
        track = fit_hips(track, settings=settings)
    even = low_pass(fill_gaps(resample(track, settings=settings), settings=settings), settings=settings)
    seen = ~np.isnan(raw.xy[:, :, 0]).all(axis=1)
    return Cleaned(
        even,
        {
            "frames": len(raw),
            "frames_with_person": int(seen.sum()),
            "frames_repaired": repaired,
            "points_refused_share": float(refused[seen].mean()) if seen.any() else 0.0,
            "rate_hz": round(raw.rate_hz, 3),
            "cleaned_rate_hz": round(even.rate_hz, 3),
            "uneven_times": _uneven(raw.time_s),
        },
    )


def _uneven(time_s: Array) -> bool:
    steps = np.diff(time_s)
    return len(steps) > 1 and bool(np.ptp(steps) > 0.5 * np.median(steps))
