"""Hips of deep bends, turned to where legs of constant length would put them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from movement_lab.cleaning.settings import CleaningSettings
from movement_lab.geometry import bend
from movement_lab.records import Array, Track
from movement_lab.skeleton import SIDES

Mask = NDArray[np.bool_]

#: Legs this straight show how long thigh and shank are; from fewer frames nothing is concluded.
_STRAIGHT_DEG = 25.0
_LEAST_STRAIGHT = 10
_FIT_STEPS = 4


def fit_hips(track: Track, *, settings: CleaningSettings) -> Track:
    """Turn the thighs of a side view towards where legs of constant length would put them.

    In deep bends the pose model places the hip too high, and the leg comes out too straight, while
    thigh and shank come out up to 15 % shorter than in standing. The knee angle that balances the
    points as seen against the bones' standing lengths is nearer to the truth; the hip is turned
    about the knee to meet it. The lengths' weight grows from nothing (straight leg, where they say
    nothing about the angle) to ``bone_weight`` at a right angle, and only as far as the thigh is off
    the vertical: the hip of a hanging thigh, as behind in a lunge, is seen where it is.
    """
    xy = track.xy.copy()
    for side in SIDES:
        hip, knee, ankle = (track[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        seen_deg = bend(hip, knee, ankle)
        missing_deg = (
            bend(hip, _balanced_knee(hip, knee, ankle, weight=settings.bone_weight), ankle) - seen_deg
        )
        turned = knee + _turned(hip - knee, -missing_deg)
        xy[:, track.names.index(f"{side}_hip")] = np.where(np.isnan(turned), hip, turned)
    return replace(track, xy=xy)


def _turned(vectors: Array, angle_deg: Array) -> Array:
    """Turn vectors (T, 2) clockwise on the screen."""
    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    x, y = vectors.T
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1)


def _balanced_knee(hip: Array, knee: Array, ankle: Array, *, weight: float) -> Array:
    """Return the knee (T, 2) that balances its seen place against both bones' standing lengths."""
    flexion_deg = np.abs(bend(hip, knee, ankle))
    straight = flexion_deg < _STRAIGHT_DEG
    if straight.sum() < _LEAST_STRAIGHT:
        return knee
    ends = ((hip, _length(hip, knee, straight)), (ankle, _length(ankle, knee, straight)))
    thigh = hip - knee
    off_vertical = np.abs(thigh[:, 0]) / np.maximum(np.linalg.norm(thigh, axis=1), 1e-6)
    w = weight * np.minimum(np.sin(np.radians(np.clip(flexion_deg, 0, 90))), off_vertical) ** 2
    point = knee.copy()
    for _ in range(_FIT_STEPS):  # Gauss-Newton on the two coordinates of each frame's knee
        normal = np.broadcast_to(np.eye(2), (len(knee), 2, 2)).copy()
        gradient = point - knee
        for end, length in ends:
            along = point - end
            distance = np.linalg.norm(along, axis=1)
            unit = along / np.maximum(distance, 1e-6)[:, None]
            normal += w[:, None, None] * unit[:, :, None] * unit[:, None, :]
            gradient = gradient + (w * (distance - length))[:, None] * unit
        seen = np.isfinite(gradient).all(axis=1) & np.isfinite(normal).all(axis=(1, 2))
        point[seen] -= np.linalg.solve(normal[seen], gradient[seen][:, :, None])[:, :, 0]
    return np.where(np.isfinite(point), point, knee)


def _length(end: Array, knee: Array, frames: Mask) -> float:
    return float(np.nanmedian(np.linalg.norm(end - knee, axis=1)[frames]))
