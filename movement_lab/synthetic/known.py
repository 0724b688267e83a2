"""The spine as if it had been read without error: what perfect eyes would see of a known clip."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from movement_lab.records import SpineEstimate
from movement_lab.spine.estimate import SIGNAL_OF
from movement_lab.spine.reading import spine_signals, zeroed
from movement_lab.summaries import Clip


def with_true_spine(clip: Clip, method: str = "stickers") -> Clip:
    """Return the true clip with its spine read by ``method`` without error, where a side view could."""
    signals, zero = clip.signals, clip.standing.zero
    value = {angle: signals[name] - zero[name] for angle, name in SIGNAL_OF.items()}
    seen = np.isfinite(value["lumbar_flexion_deg"])
    if clip.view.plane != "side" or not seen.any():
        return clip
    spine = SpineEstimate(method, value, {angle: np.zeros(len(seen)) for angle in value}, seen)
    read = spine_signals(spine, signals, clip.standing)
    unknown = np.full(len(seen), np.nan)
    known = defaultdict(lambda: unknown, {**signals, **read})  # what the truth leaves out isn't known
    return replace(clip, signals=known, standing=zeroed(clip.standing, read, clip.time_s), spine=spine)
