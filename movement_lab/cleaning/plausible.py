"""Points that are guesses: outside the picture, unsure, or on a bone longer than it can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from movement_lab.cleaning.settings import CleaningSettings
from movement_lab.records import Track
from movement_lab.skeleton import BONES, SIDES

Mask = NDArray[np.bool_]


def implausible(track: Track, *, settings: CleaningSettings) -> Mask:
    """Return (T, K) True for points that are guesses: outside the picture, unsure, or on a stretched bone."""
    xy, size = track.xy, np.array(track.size, float)
    outside = ((xy < -settings.outside_share * size) | (xy > (1 + settings.outside_share) * size)).any(axis=2)
    unsure = track.score < settings.min_score
    return outside | unsure | _on_stretched_bone(track, settings=settings) | np.isnan(xy).any(axis=2)


def _on_stretched_bone(track: Track, *, settings: CleaningSettings) -> Mask:
    """A bone may look shorter than it is (foreshortened), but hardly ever longer."""
    stretched = np.zeros(track.score.shape, bool)
    for upper, lower in BONES:
        for side in SIDES:
            a, b = track.names.index(f"{side}_{upper}"), track.names.index(f"{side}_{lower}")
            length = np.linalg.norm(track.xy[:, a] - track.xy[:, b], axis=1)
            if np.isfinite(length).any():
                usual = np.nanquantile(length, settings.bone_frames)
                too_long = length > settings.bone_stretch * usual
                stretched[too_long, b] = True
    return stretched
