"""True values of every measure, from joints whose place in space is known.

One set of formulas serves the stick figure and the rendered people. They read joints in the
body frame (ISB: X anterior, Y up, Z to the person's right; metres), so no camera is involved:
sagittal angles live in the X-Y plane, frontal ones in the Z-Y plane, as clinical specification
1.1 and 1.4 define them. Names, units and signs are those of the measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from movement_lab.records import Array
from movement_lab.skeleton import SIDES

Joints = Mapping[str, Array]
"""Joint name to (T, 3) metres in the body frame; ``left_hip``, ``right_heel``, ... as in the skeleton."""

OUTWARD = {"left": -1.0, "right": 1.0}
"""Sign of Z that points away from the body's midline."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """What percentages are counted in: ``leg_m`` thigh and shank in a row, ``foot_m`` heel to toe."""

    leg_m: float
    foot_m: float

    @classmethod
    def of(cls, joints: Joints) -> Lengths:
        """Measure the left side in the first frame of ``joints``."""
        chain = ("hip", "knee", "ankle"), ("heel", "foot_index")
        legs, feet = (np.array([joints[f"left_{name}"][0] for name in names]) for names in chain)
        leg, foot = (np.linalg.norm(np.diff(points, axis=0), axis=1).sum() for points in (legs, feet))
        return cls(float(leg), float(foot))


def true_measures(joints: Joints, *, near: Literal["left", "right"] = "left") -> dict[str, Array]:
    """Return every measure that joints can define, (T,) each, in its own sign and name.

    Parameters
    ----------
    joints
        The 33 landmarks in the body frame, (T, 3) metres each.
    near
        The side towards the camera, which ``trunk_beyond_shank_deg`` and
        ``hand_shank_distance_pct`` use.

    Returns
    -------
    Geometric values (``abs``); per-side measures carry the side, as in ``knee_flexion_left_deg``.
    """
    lengths = Lengths.of(joints)
    values = trunk_measures(joints)
    for side in SIDES:
        values |= leg_measures(joints, lengths, side, values["trunk_inclination_deg"])
    values |= frontal_measures(joints, lengths) | turning_measures(joints)
    values["trunk_beyond_shank_deg"] = (
        values["trunk_inclination_deg"] - values[f"shank_inclination_{near}_deg"]
    )
    hand = joints[f"{near}_wrist"] - joints[f"{near}_ankle"]
    shank = joints[f"{near}_knee"] - joints[f"{near}_ankle"]
    in_front = _cross(hand, shank) / np.hypot(shank[:, 0], shank[:, 1])
    values["hand_shank_distance_pct"] = 100 * in_front / lengths.leg_m
    ankles = np.stack([joints[f"{side}_ankle"] for side in SIDES])
    values["ankle_separation_pct"] = 100 * np.abs(ankles[0] - ankles[1])[:, 0] / lengths.leg_m
    height = _middle(joints, "hip")[:, 1] - ankles[..., 1].min(axis=0)
    values["hip_drop_pct"] = 100 * (1 - height / lengths.leg_m)
    return values


def trunk_measures(joints: Joints) -> dict[str, Array]:
    """Return lean of the trunk, neck and gaze (forward +, head down +)."""
    shoulders, ears = _middle(joints, "shoulder"), _middle(joints, "ear")
    trunk = inclination_deg(_middle(joints, "hip"), shoulders)
    gaze = joints["nose"] - ears
    return {
        "trunk_inclination_deg": trunk,
        "neck_flexion_deg": inclination_deg(shoulders, ears) - trunk,
        "head_gaze_deg": -_degrees(gaze[:, 1], gaze[:, 0]),
    }


def leg_measures(joints: Joints, lengths: Lengths, side: str, trunk_deg: Array) -> dict[str, Array]:
    """Return the sagittal measures of one side; ``trunk_deg`` (T,) is the trunk's inclination."""
    point = {name: joints[f"{side}_{name}"] for name in _SIDE_POINTS}
    thigh = -inclination_deg(point["knee"], point["hip"])
    shank = inclination_deg(point["ankle"], point["knee"])
    foot = point["foot_index"] - point["heel"]
    heel_rise = -_degrees(foot[:, 1], foot[:, 0])
    arm = inclination_deg(point["elbow"], point["shoulder"])
    percent_of_foot = 100 / lengths.foot_m
    return {
        f"thigh_elevation_{side}_deg": thigh,
        f"shank_inclination_{side}_deg": shank,
        f"knee_flexion_{side}_deg": thigh + shank,
        f"hip_trunk_flexion_{side}_deg": thigh + trunk_deg,
        f"ankle_dorsiflexion_{side}_deg": shank - heel_rise,
        f"shoulder_flexion_{side}_deg": np.abs((trunk_deg - arm + 180) % 360 - 180),
        f"heel_rise_{side}_deg": heel_rise,
        f"heel_travel_{side}_pct": -percent_of_foot * foot[:, 1],
        f"knee_over_toe_{side}_pct": percent_of_foot * (point["knee"] - point["foot_index"])[:, 0],
    }


def frontal_measures(joints: Joints, lengths: Lengths) -> dict[str, Array]:
    """Return what a front or back view shows: leans and shifts to the person's right +."""
    hips, shoulders, ankles = (_middle(joints, name) for name in ("hip", "shoulder", "ankle"))
    pelvis, thorax = (joints[f"right_{name}"] - joints[f"left_{name}"] for name in ("hip", "shoulder"))
    apart = {name: joints[f"right_{name}"][:, 2] - joints[f"left_{name}"][:, 2] for name in _PAIRS}
    trunk = shoulders - hips
    pelvis_deg, thorax_deg = (_degrees(line[:, 1], line[:, 2]) for line in (pelvis, thorax))
    values = {
        "lateral_trunk_lean_deg": _degrees(trunk[:, 2], trunk[:, 1]),
        "pelvic_obliquity_deg": pelvis_deg,
        "thorax_obliquity_deg": thorax_deg,
        "thorax_side_bend_deg": thorax_deg - pelvis_deg,
        "thorax_lateral_shift_pct": 100 * trunk[:, 2] / np.hypot(trunk[:, 1], trunk[:, 2]),
        "pelvis_lateral_shift_pct": 100 * (hips - ankles)[:, 2] / apart["ankle"],
        "kasr_ratio": apart["knee"] / apart["ankle"],
        "stance_width_ratio": apart["ankle"] / apart["hip"],
    }
    for side in SIDES:
        values |= _knee_alignment(joints, lengths, side)
    return values


def turning_measures(joints: Joints) -> dict[str, Array]:
    """Return turns about the vertical, to the left +, and how far each foot points outwards."""
    yaw = {}
    for name in ("hip", "shoulder"):
        line = joints[f"right_{name}"] - joints[f"left_{name}"]
        yaw[name] = _degrees(line[:, 0], line[:, 2])
    values = {"pelvis_yaw_deg": yaw["hip"], "thorax_rotation_deg": yaw["shoulder"] - yaw["hip"]}
    for side in SIDES:
        foot = joints[f"{side}_foot_index"] - joints[f"{side}_heel"]
        values[f"foot_turnout_{side}_deg"] = _degrees(OUTWARD[side] * foot[:, 2], foot[:, 0])
    return values


def inclination_deg(below: Array, above: Array) -> Array:
    """Return the sagittal inclination from ``below`` to ``above`` (..., 3); vertical 0, forward +."""
    line = above - below
    return _degrees(line[..., 0], line[..., 1])


def _knee_alignment(joints: Joints, lengths: Lengths, side: str) -> dict[str, Array]:
    """Return frontal angle at the knee and its distance from the hip-ankle line, medial +."""
    hip, knee, ankle = (joints[f"{side}_{name}"][:, [2, 1]] for name in ("hip", "knee", "ankle"))
    line, thigh, shank = ankle - hip, knee - hip, ankle - knee
    medial = -OUTWARD[side]
    bend = np.degrees(np.arctan2(_cross(thigh, shank), np.sum(thigh * shank, axis=1)))
    distance = _cross(line, thigh) / np.linalg.norm(line, axis=1)
    return {
        f"fppa_{side}_deg": -medial * bend,
        f"knee_medial_disp_{side}_pct": 100 * medial * distance / lengths.leg_m,
    }


_SIDE_POINTS = ("shoulder", "elbow", "hip", "knee", "ankle", "heel", "foot_index")
_PAIRS = ("hip", "knee", "ankle")


def _middle(joints: Joints, name: str) -> Array:
    """Return the point halfway between left and right."""
    middle: Array = (joints[f"left_{name}"] + joints[f"right_{name}"]) / 2
    return middle


def _degrees(opposite: Array, adjacent: Array) -> Array:
    angle: Array = np.degrees(np.arctan2(opposite, adjacent))
    return angle


def _cross(a: Array, b: Array) -> Array:
    """Return the plane's cross product of the first two coordinates."""
    product: Array = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product
