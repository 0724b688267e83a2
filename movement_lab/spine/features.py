"""What the estimator looks at in a frame, always against the person's own standing.

Nothing here depends on the person's size, on which way they look, or on a camera that was tipped:
angles to the vertical enter as changes from standing only, distances in lengths of the standing
trunk.
"""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.geometry import inclination, wrap
from movement_lab.records import Array
from movement_lab.spine.contour import STATIONS, Outlines
from movement_lab.spine.contour_checks import at, line_shares, middle, trunk_shares

Mask = NDArray[np.bool_]

_SEGMENTS: Final = ("trunk", "near_thigh", "near_shank", "far_thigh", "far_shank", "neck", "head", "foot")
_JOINTS: Final = ("hip", "knee", "neck")
_LIMB_POINTS: Final = (
    *("near_elbow", "near_wrist", "far_elbow", "far_wrist", "near_ear", "nose"),
    *("near_knee", "far_knee", "near_hip", "near_shoulder"),
)
_ARM_POINTS: Final = _LIMB_POINTS[:4]
_LENGTHS: Final = ("trunk", "thigh", "shank", "trunk_to_leg")
_MAX_FRONT: Final = 0.5  # what lies further in front is an arm or a thigh
_FRONT: Final = (STATIONS > -0.1) & (STATIONS < 0.95)
_FRONT_WIDTH: Final = 5  # stations; where a thigh in front ends is seen to a station, so single ones jump
_BACK: Final = STATIONS < 0.95  # above the shoulders the edge is neck and hair


def _names() -> tuple[str, ...]:
    count, front = int(_BACK.sum()), int(_FRONT.sum())
    groups = {
        "contour.back": range(count),
        "contour.back_change": range(count),
        "contour.slope_change": range(count - 1),
        "contour.front_mean": range(front),
        "contour.front_mean_change": range(front),
        "landmarks.change": _SEGMENTS,
        "landmarks.joint": _JOINTS,
        "landmarks.along": _LIMB_POINTS,
        "landmarks.behind": _LIMB_POINTS,
        "landmarks.length": _LENGTHS,
        "landmarks.yaw": ("away",),
        "landmarks.along_standing": _ARM_POINTS,
        "landmarks.behind_standing": _ARM_POINTS,
        "landmarks.moved": ("ahead",),
    }
    return tuple(f"{group}.{item}" for group, items in groups.items() for item in items)


#: Names of the features, in the order of their columns; those of the contour come first.
FEATURE_NAMES: Final = _names()


def features(xy: Array, xyz: Array, outlines: Outlines, zero: Mask, *, facing: int, near: str) -> Array:
    """Return the features of every frame, (T, F) in order of `FEATURE_NAMES`.

    Parameters
    ----------
    xy, xyz
        The 33 landmarks, (T, 33, 2) pixels and (T, 33, 3) metres.
    outlines
        The edges of the same frames.
    zero
        (T,) the frames in which the person stands; their medians are the reference.
    facing
        +1 where the person looks to the right of the picture, else -1.
    near
        The person's side nearer to the camera, ``left`` or ``right``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a point never seen in standing: NaN
        shape = _contour(xy, outlines, zero, facing)
        pose = _pose(xy, zero, facing, near)
        yaw = np.full((len(xy), 1), yaw_away_deg(xyz[zero]))
        arms = np.tile(_arms_standing(xy[zero], facing, near), (len(xy), 1))
        moved = _moved(xy, zero, facing)
    return np.hstack([shape, pose, yaw, arms, moved[:, None]])


def _contour(xy: Array, outlines: Outlines, zero: Mask, facing: int) -> Array:
    """Both edges now and against standing; a change is in lengths of the standing trunk."""
    trunk = _trunk_px(xy)
    scale = (trunk / np.nanmedian(trunk[zero]))[:, None]
    back = _filled(outlines.back(facing))[:, _BACK]
    front = np.minimum(_filled(outlines.front(facing))[:, _BACK], _MAX_FRONT)
    front = _means(front, _FRONT_WIDTH)[:, _FRONT[_BACK]]
    slope = np.degrees(np.arctan(np.diff(back, axis=1) / np.diff(STATIONS[_BACK])))
    return np.hstack(
        [
            back,
            back * scale - np.nanmedian((back * scale)[zero], axis=0),
            slope - np.nanmedian(slope[zero], axis=0),
            front,
            front * scale - np.nanmedian((front * scale)[zero], axis=0),
        ]
    )


def _means(edges: Array, width: int) -> Array:
    """Return edges (T, S), each the mean of ``width`` stations around it; beyond the ends as at the ends."""
    padded = np.pad(edges, ((0, 0), (width // 2, width // 2)), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, width, axis=1).mean(axis=-1))


def _filled(edges: Array) -> Array:
    """Return edges (T, S) with gaps filled from their neighbours; NaN only where nothing was seen."""
    out, known = edges.copy(), np.isfinite(edges)
    for row, seen in zip(out, known, strict=True):
        if not seen.all() and seen.any():
            row[~seen] = np.interp(STATIONS[~seen], STATIONS[seen], row[seen])
    return out


def _pose(xy: Array, zero: Mask, facing: int, near: str) -> Array:
    """Angles, places of limbs beside the trunk, and lengths."""
    angles = segment_angles_deg(xy, facing=facing, near=near)
    joints = np.column_stack(
        [angles[:, 0] + angles[:, 1], angles[:, 1] + angles[:, 2], angles[:, 5] - angles[:, 0]]
    )
    rest = np.nanmedian(angles[zero], axis=0)
    trunk = _trunk_px(xy)
    usual = np.nanmedian(trunk[zero])
    places = [_share(xy, name, facing, near) * (trunk / usual)[:, None] for name in _LIMB_POINTS]
    along, behind = (np.column_stack([place[:, i] for place in places]) for i in (0, 1))
    thigh, shank = (
        np.linalg.norm(at(xy, f"{near}_{a}") - at(xy, f"{near}_{b}"), axis=1)
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    )
    leg = np.nanmedian((thigh + shank)[zero])
    lengths = np.column_stack([trunk / usual, thigh / usual, shank / usual, np.full(len(xy), usual / leg)])
    return np.hstack([_unwound(angles - rest), _unwound(joints), along, behind, lengths])


def _arms_standing(xy: Array, facing: int, near: str) -> Array:
    """Return where elbows and wrists are in standing, (8,): crossed arms bring the shoulders forward."""
    places = np.array([np.nanmedian(_share(xy, name, facing, near), axis=0) for name in _ARM_POINTS])
    return places.T.ravel()


def _moved(xy: Array, zero: Mask, facing: int) -> Array:
    """Return how far ahead of where they stood the hips are, (T,) trunk lengths square to the standing trunk.

    Who steps ahead is seen from further behind than in standing, by a dozen degrees at a lunge's length.
    """
    hip, shoulder = (np.nanmedian(middle(xy, name)[zero], axis=0) for name in ("hip", "shoulder"))
    _, behind = line_shares(hip, shoulder, middle(xy, "hip"), facing=facing)
    return -behind


def segment_angles_deg(xy: Array, *, facing: int, near: str) -> Array:
    """Return how far each segment leans forward, (T, 8): trunk, thighs and shanks, neck, head, foot."""
    far = "right" if near == "left" else "left"
    shoulder, ear = middle(xy, "shoulder"), at(xy, f"{near}_ear")
    lines = [(middle(xy, "hip"), shoulder)]
    for side in (near, far):
        hip, knee, ankle = (at(xy, f"{side}_{name}") for name in ("hip", "knee", "ankle"))
        lines += [(hip, knee), (ankle, knee)]
    lines += [(shoulder, ear), (ear, at(xy, "nose")), (at(xy, f"{near}_heel"), at(xy, f"{near}_foot_index"))]
    angles = np.column_stack([inclination(lower, upper, facing=facing) for lower, upper in lines])
    # A thigh hangs: 0 straight down, the knee in front of the hip positive.
    angles[:, [1, 3]] = wrap(180 - angles[:, [1, 3]])
    return _unwound(angles)


def _unwound(angles: Array) -> Array:
    """Return angles from -130 to 230: a fold past the floor is beyond 180, nothing leans back so far."""
    return wrap(angles - 50) + 50


def _share(xy: Array, name: str, facing: int, near: str) -> Array:
    """Return where a point is, (T, 2) trunk lengths: up the trunk, and behind its line."""
    far = "right" if near == "left" else "left"
    point = at(xy, name.replace("near", near).replace("far", far))
    return np.column_stack(trunk_shares(xy, point, facing=facing))


def _trunk_px(xy: Array) -> Array:
    return np.asarray(np.linalg.norm(middle(xy, "shoulder") - middle(xy, "hip"), axis=1))


def yaw_away_deg(xyz: Array) -> float:
    """Return how far somebody seen from a side is turned away from the camera, degrees (towards it: -)."""
    across = sum(at(xyz, f"left_{name}") - at(xyz, f"right_{name}") for name in ("hip", "shoulder"))
    turn = np.degrees(np.arctan2(np.asarray(across)[:, 2], np.asarray(across)[:, 0]))
    return float(np.nanmedian(np.abs(turn))) - 90


def running_median(values: Array, time_s: Array, window_s: float) -> Array:
    """Return (T, F) medians over ``window_s`` around each frame; NaN where nothing was seen in it."""
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 1.0
    reach = round(window_s / 2 / step_s)
    padded = np.pad(values, ((reach, reach), (0, 0)), constant_values=np.nan)
    return medians(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0))


def medians(values: Array) -> Array:
    """Return the medians over the last axis of what was seen, NaN where nothing was."""
    ordered = np.sort(values, axis=-1)  # NaN comes last
    seen = values.shape[-1] - np.isnan(ordered).sum(axis=-1)
    low, high = (
        np.take_along_axis(ordered, np.maximum(place, 0)[..., None], axis=-1)[..., 0]
        for place in ((seen - 1) // 2, np.minimum(seen // 2, values.shape[-1] - 1))
    )
    return np.asarray(np.where(seen > 0, (low + high) / 2, np.nan))
