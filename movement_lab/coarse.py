"""Coarse signals for recognising and counting, from any view; never reported as measurements.

The pose model's 3D points under-read deep bends by 10 to 30 degrees, which is far too much to
measure with and plenty to tell a squat from a hinge. Heights come from the picture.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from movement_lab.geometry import angle_between
from movement_lab.records import Array, Track

#: An ankle this share of leg length above the other one is not on the ground, or not seen.
_LIFTED = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Coarse:
    """Any-view signals, each (T,).

    ``drop``: how far the shoulders are below the person's upright height, share of leg + trunk
    length; ``hip_drop``: the same for the hips, share of leg length; ``trunk_deg`` lean of the
    trunk; ``knee_deg`` (T, 2) left, right; ``fold_deg`` (T, 2) thigh to trunk; ``step``: ankles
    apart front to back, share of leg length, left foot in front positive; ``foot_x`` (T, 2)
    where the feet are, share of leg length; ``foot_pitch`` (T, 2) heel above toe, share of leg.
    """

    drop: Array
    hip_drop: Array
    trunk_deg: Array
    knee_deg: Array
    fold_deg: Array
    step: Array
    foot_x: Array
    heel_height: Array


def coarse_signals(track: Track) -> Coarse:
    """Compute the coarse signals of a cleaned track."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # points never seen: NaN is the answer
        leg_px, trunk_px = _lengths_px(track)
        ankle_y = _ground_y(track, leg_px)
        # Feet out of the picture: heights against the lowest ground ever seen, or the picture's edge.
        ground = np.where(
            np.isnan(ankle_y), np.nanmedian(ankle_y) if np.isfinite(ankle_y).any() else track.size[1], ankle_y
        )
        shoulder_y = np.nanmean([track["left_shoulder"][:, 1], track["right_shoulder"][:, 1]], axis=0)
        hip_y = np.nanmean([track["left_hip"][:, 1], track["right_hip"][:, 1]], axis=0)
        upright = (ground - shoulder_y) / (leg_px + trunk_px)
        lowest_y = np.nanmax([track["left_ankle"][:, 1], track["right_ankle"][:, 1]], axis=0)
        hip_height = (np.where(np.isnan(lowest_y), ground, lowest_y) - hip_y) / leg_px
        return Coarse(
            drop=np.nanquantile(upright, 0.95) - upright,
            hip_drop=np.nanquantile(hip_height, 0.95) - hip_height,
            trunk_deg=_trunk_lean_deg(track),
            knee_deg=np.stack(
                [_joint_deg(track, side, "hip", "knee", "ankle") for side in ("left", "right")], axis=1
            ),
            fold_deg=np.stack(
                [_joint_deg(track, side, "shoulder", "hip", "knee") for side in ("left", "right")], axis=1
            ),
            step=_step(track),
            foot_x=np.stack([track[f"{side}_ankle"][:, 0] for side in ("left", "right")], axis=1) / leg_px,
            heel_height=np.stack([_heel_height(track, side) for side in ("left", "right")], axis=1) / leg_px,
        )


def _ground_y(track: Track, leg_px: float) -> Array:
    """Return how low the feet are for the shoulders, (T,) pixels: halfway between them, or the lower one.

    Halfway, because a foot put forward towards the camera comes lower in the picture without any
    sinking; the lower one, where the other is so high that it is lifted or lost.
    """
    ankles_y = np.stack([track["left_ankle"][:, 1], track["right_ankle"][:, 1]])
    apart = np.abs(ankles_y[0] - ankles_y[1]) > _LIFTED * leg_px
    return np.asarray(np.where(apart, np.nanmax(ankles_y, axis=0), np.nanmean(ankles_y, axis=0)))


def _lengths_px(track: Track) -> tuple[float, float]:
    """Leg and trunk as long as they ever look, in pixels."""

    def longest(upper: str, lower: str) -> float:
        sides = [
            np.linalg.norm(track[f"{s}_{upper}"] - track[f"{s}_{lower}"], axis=1) for s in ("left", "right")
        ]
        return float(np.nanquantile(np.nanmax(sides, axis=0), 0.95))

    return longest("hip", "knee") + longest("knee", "ankle"), longest("shoulder", "hip")


def _world(track: Track, point: str, side: str) -> Array:
    return track.xyz[:, track.names.index(f"{side}_{point}")]


def _mid(track: Track, point: str) -> Array:
    return (_world(track, point, "left") + _world(track, point, "right")) / 2


def _trunk_lean_deg(track: Track) -> Array:
    chord = _mid(track, "shoulder") - _mid(track, "hip")
    return angle_between(chord, np.broadcast_to([0.0, 1.0, 0.0], chord.shape))


def _joint_deg(track: Track, side: str, a: str, vertex: str, b: str) -> Array:
    """Return 180 minus the angle at a joint: 0 = straight."""
    joint = _world(track, vertex, side)
    return angle_between(joint - _world(track, a, side), _world(track, b, side) - joint)


def _step(track: Track) -> Array:
    """Left ankle in front of the right one, across the hip line seen from above, share of leg length."""
    across = _world(track, "hip", "left") - _world(track, "hip", "right")
    forward = np.stack([-across[:, 2], np.zeros(len(track)), across[:, 0]], axis=1)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    gap = _world(track, "ankle", "left") - _world(track, "ankle", "right")
    leg = sum(
        np.linalg.norm(_world(track, a, side) - _world(track, b, side), axis=1)
        for a, b in (("hip", "knee"), ("knee", "ankle"))
        for side in ("left", "right")
    )
    return np.asarray(np.sum(gap * forward, axis=1) / (leg / 2))


def _heel_height(track: Track, side: str) -> Array:
    return track[f"{side}_foot_index"][:, 1] - track[f"{side}_heel"][:, 1]
