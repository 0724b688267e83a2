"""How a track is cleaned: every number of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from movement_lab.records import Track


@dataclass(frozen=True, slots=True)
class CleaningSettings:
    """How a track is cleaned (specification 3.1); units in the names."""

    cutoff_hz: float = 6.0  # zero-lag Butterworth, 4th order in all
    max_gap_s: float = 0.2  # longer gaps stay NaN
    max_rate_hz: float = 120.0  # faster films are thinned out: nobody squats at 60 Hz
    min_score: float = 0.05  # the model's own confidence; says little, so the bar is very low
    outside_share: float = 0.03  # points further outside the picture than this are guesses
    bone_stretch: float = 1.35  # times the bone's own usual greatest length
    bone_frames: float = 0.98  # quantile taken as that length
    bone_weight: float = 3.0  # constant bones against the seen knee, at a right angle; 0 = off
    swap_margin: float = 0.35  # limb lengths the points must jump further before a swap is believed
    swap_doubt: float = 0.05  # limb lengths a frame whose sides contradict the clip's vote is worth
    swap_depth_m: float = 0.03  # sides contradict the vote from here on, in the model's coarse metres
    swap_throughout: float = 1.0  # limb lengths it costs to begin a clip swapped


def settings_for(raw: Track) -> CleaningSettings:
    """Return how a track is cleaned: points that whoever sent them has cleaned are not smoothed again."""
    if raw.origin.get("cleaned"):
        return CleaningSettings(cutoff_hz=math.inf, bone_weight=0.0)
    return CleaningSettings()
