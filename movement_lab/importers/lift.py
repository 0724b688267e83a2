"""Coarse depth for points that have none: enough to tell a side view from a front view and to count.

Never measured with, as the pose model's own depth never is. How far the shoulders lie apart in the picture
says how far the body is turned; bones that look shorter than they are lean to or fro.
"""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np

from movement_lab.records import Array, Track
from movement_lab.skeleton import LANDMARKS, LEG, SIDES
from movement_lab.view import leg_length

#: A leg's length in metres, and how far left and right points lie apart, in leg lengths.
_LEG_M: Final = 0.86
_APART: Final = {"shoulder": 0.42, "elbow": 0.5, "wrist": 0.5, "ear": 0.17, "eye": 0.08}
_HIPS_APART: Final = 0.23
#: Wider than this share of their true distance, shoulders are seen from front or back.
_FRONTAL: Final = 0.7
_CLEAR: Final = 0.1


def lift(track: Track, depth_px: Array | None = None) -> Array:
    """Return coarse points (T, K, 3), metres about the middle of the hips: y up, z towards the camera.

    ``depth_px`` (T, K): depth in pixels as the tracker gave it, away from the camera positive.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # points never seen: NaN is the answer
        leg_px = leg_length(track, track.xy)
        scale = _LEG_M / leg_px if leg_px > 0 else 1.0
        hips = np.nanmean(np.stack([track["left_hip"], track["right_hip"]]), axis=0)
        flat = (track.xy - hips[:, None]) * np.array([scale, -scale])
        depth = _guessed(track, flat) if depth_px is None else -scale * depth_px
    return np.concatenate([flat, (depth + 0 * flat[..., 0])[..., None]], axis=2)


def _guessed(track: Track, flat: Array) -> Array:
    """Return depth (T, K), metres towards the camera."""
    facing = facing_right(track)
    apart = (track["left_shoulder"] - track["right_shoulder"])[:, 0] * _LEG_M / leg_length(track, track.xy)
    cosine = float(np.clip(np.nan_to_num(np.nanmedian(apart)) / (_APART["shoulder"] * _LEG_M), -1, 1))
    sideways = abs(cosine) < _FRONTAL and facing != 0
    sine = -facing * float(np.sqrt(1 - cosine**2)) if sideways else 0.0
    depth = np.zeros(flat.shape[:2])
    for k, name in enumerate(LANDMARKS):
        side = 1 if "left" in name else -1 if "right" in name else 0
        point = (
            name.removeprefix("left_").removeprefix("right_").removesuffix("_inner").removesuffix("_outer")
        )
        depth[:, k] = side * sine * _APART.get(point, _HIPS_APART) * _LEG_M / 2
    return depth if sideways else depth + np.sign(cosine or 1.0) * _leaning(flat)


def facing_right(track: Track) -> int:
    """Return which way somebody seen from a side looks: 1 image right, -1 image left, 0 can't be told."""
    leg_px = leg_length(track, track.xy)
    votes = [track[f"{s}_foot_index"][:, 0] - track[f"{s}_heel"][:, 0] for s in SIDES]
    votes += [_knee_ahead(track, side) for side in SIDES]
    votes += [track["nose"][:, 0] - track[f"{side}_ear"][:, 0] for side in SIDES]
    for pair in (votes[0:2], votes[2:4], votes[4:6]):  # feet say it best, then knees, then the head
        seen = np.concatenate(pair)[np.isfinite(np.concatenate(pair))]
        if len(seen) and abs(usual := float(np.quantile(seen, 0.5)) / leg_px) > _CLEAR / 2:
            return 1 if usual > 0 else -1
    return 0


def _knee_ahead(track: Track, side: str) -> Array:
    """Return how far the knee is right of the line hip to ankle, where it clearly bends, pixels."""
    middle = (track[f"{side}_hip"] + track[f"{side}_ankle"])[:, 0] / 2
    ahead = track[f"{side}_knee"][:, 0] - middle
    return np.where(np.abs(ahead) > np.nanquantile(np.abs(ahead), 0.7), ahead, np.nan)


def _leaning(flat: Array) -> Array:
    """Return how far each point (T, K) is in front of the hips, metres, from how short its bones look."""
    at = {name: flat[:, k] for k, name in enumerate(LANDMARKS)}
    ahead = np.zeros(flat.shape[:2])
    trunks = [_missing(at[f"{side}_hip"], at[f"{side}_shoulder"]) for side in SIDES]
    trunk = np.nanmean(trunks, axis=0)
    for side in SIDES:
        knee = _missing(at[f"{side}_hip"], at[f"{side}_knee"])
        foot = knee - _missing(at[f"{side}_knee"], at[f"{side}_ankle"])
        for k, name in enumerate(LANDMARKS):
            if side in name:
                point = name.removeprefix(f"{side}_")
                leg = {"hip": 0.0 * knee, "knee": knee, "foot_index": foot + 0.15}
                ahead[:, k] = leg.get(point, foot if point in LEG else trunk)
    ahead[:, LANDMARKS.index("nose")] = trunk + 0.1
    return np.nan_to_num(ahead)


def _missing(upper: Array, lower: Array) -> Array:
    """Return what a bone's picture lacks of its full length, metres: how far it leans out of the picture."""
    length = np.linalg.norm(upper - lower, axis=1)
    full = np.nanquantile(length, 0.9) if np.isfinite(length).any() else np.nan
    return np.asarray(np.sqrt(np.maximum(full**2 - length**2, 0)))
