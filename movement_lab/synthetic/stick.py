"""A stick figure whose angles are chosen, not measured: truth for tests and documentation.

Body frame (ISB): X anterior, Y up, Z to the person's right; metres; floor at Y = 0. Any field of
a pose may be one number or an array over time, so one `StickPose` can hold a whole movement.
NumPy only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from movement_lab.records import Array
from movement_lab.skeleton import LANDMARKS, SIDES
from movement_lab.synthetic.truth import OUTWARD
from movement_lab.synthetic.vectors import UP, Over, across, direction, direction3, unit


@dataclass(frozen=True, slots=True)
class StickBody:
    """Segment lengths in metres, as shares of stature (Drillis and Contini's, rounded).

    ``ankle_m`` is the ankle's height above the sole, ``ankle_ahead_m`` its distance from the heel;
    a rising heel tips about the ball of the foot, ``ball_m`` behind the toe and ``ball_up_m`` above
    the sole (by default the toe itself, so that heel to toe is one stiff line).
    """

    height_m: float = 1.75
    thigh_m: float = 0.43
    shank_m: float = 0.43
    trunk_m: float = 0.50
    neck_m: float = 0.19
    head_m: float = 0.10
    upper_arm_m: float = 0.31
    forearm_m: float = 0.26
    hand_m: float = 0.09
    foot_m: float = 0.25
    ankle_m: float = 0.07
    ankle_ahead_m: float = 0.06
    ball_m: float = 0.0
    ball_up_m: float = 0.0
    hips_m: float = 0.20
    shoulders_m: float = 0.36

    @classmethod
    def of_height(cls, height_m: float) -> StickBody:
        """Return the standard figure scaled to ``height_m``."""
        scale = height_m / cls().height_m
        return cls(*(scale * getattr(cls(), field.name) for field in fields(cls)))


@dataclass(frozen=True, slots=True, eq=False)
class StickPose:
    """Where the hips and feet are, and how everything above them is turned.

    Lengths in metres, angles in degrees with the signs of the measures: forward lean, heel up, head
    down, right side up, lean and shift to the person's right, turn to the left are positive.
    Knees follow from hips and feet. ``on_leg`` finds the hips for chosen thigh and shank angles.
    """

    hip_ahead_m: Over = 0.0
    hip_height_m: Over = 0.93
    pelvis_shift_m: Over = 0.0
    pelvis_right_up_deg: Over = 0.0
    pelvis_turn_deg: Over = 0.0
    trunk_deg: Over = 0.0
    lean_right_deg: Over = 0.0
    thorax_right_up_deg: Over = 0.0
    thorax_turn_deg: Over = 0.0
    neck_deg: Over = 0.0
    gaze_deg: Over = 0.0
    arm_left_deg: Over = 0.0
    arm_right_deg: Over = 0.0
    elbow_deg: Over = 0.0
    stance_m: Over = 0.20
    foot_left_m: Over = 0.0
    foot_right_m: Over = 0.0
    lift_left_m: Over = 0.0
    lift_right_m: Over = 0.0
    heel_rise_left_deg: Over = 0.0
    heel_rise_right_deg: Over = 0.0
    turnout_left_deg: Over = 0.0
    turnout_right_deg: Over = 0.0
    knee_in_left_m: Over = 0.0
    knee_in_right_m: Over = 0.0
    place_ahead_m: Over = 0.0
    place_right_m: Over = 0.0
    body_turn_deg: Over = 0.0

    def stretched(self) -> Mapping[str, Array]:
        """Return all fields as arrays of one common length (T,)."""
        values = [np.atleast_1d(np.asarray(getattr(self, f.name), float)) for f in fields(self)]
        return dict(zip((f.name for f in fields(self)), np.broadcast_arrays(*values), strict=True))


def on_leg(
    body: StickBody,
    *,
    thigh_deg: Over = 0.0,
    shank_deg: Over = 0.0,
    leg: Literal["left", "right"] = "left",
    **pose: Any,
) -> StickPose:
    """Return the pose whose ``leg`` has these sagittal inclinations, its foot staying put.

    ``thigh_deg``: knee in front of the hip +; ``shank_deg``: leaning forward +; other fields as in
    `StickPose`, feet below the hips unless ``stance_m`` says otherwise. The other leg bends to fit.
    Where one leg is too short, the hips come down until it reaches (by a millimetre or two in
    near-straight, uneven poses); `true_measures` tells.
    """
    pose = {"stance_m": body.hips_m} | pose
    start = StickPose(**pose).stretched()
    side = OUTWARD[leg]
    ankle = _foot(body, start, leg)["ankle"]
    hip_offset = across(start["pelvis_turn_deg"], start["pelvis_right_up_deg"]) * side * body.hips_m / 2
    hip_right = start["pelvis_shift_m"] + hip_offset[:, 2]
    _, thigh, shank = _sagittal_lengths(body, start, leg, hip_right, ankle[:, 2])
    hip = (
        ankle[:, :2]
        + shank[:, None] * direction(shank_deg)
        + thigh[:, None] * direction(-np.asarray(thigh_deg))
    )
    middle = hip - hip_offset[:, :2]
    return StickPose(**pose | {"hip_ahead_m": middle[:, 0], "hip_height_m": middle[:, 1]})


def pose_points(body: StickBody, pose: StickPose, *, placed: bool = False) -> dict[str, Array]:
    """Return the 33 landmarks, (T, 3) metres each.

    In the body frame, or in the room when ``placed`` (moved by ``place_*``, turned by
    ``body_turn_deg`` about the room's vertical).
    """
    fields_ = pose.stretched()
    feet = {side: _foot(body, fields_, side) for side in SIDES}
    hips = _hips(body, fields_, feet)
    points = _upper_body(body, fields_, (hips["left"] + hips["right"]) / 2)
    for side in SIDES:
        knee = _knee(body, fields_, side, hips[side], feet[side]["ankle"])
        points |= {f"{side}_hip": hips[side], f"{side}_knee": knee}
        points |= {f"{side}_{name}": point for name, point in feet[side].items()}
    points = {name: points[name] for name in LANDMARKS}
    return _placed(fields_, points) if placed else points


def _foot(body: StickBody, pose: Mapping[str, Array], side: str) -> dict[str, Array]:
    """Return ankle, heel and toe of a foot that tips about its ball and points outwards."""
    pitch, turn = np.radians(pose[f"heel_rise_{side}_deg"]), np.radians(pose[f"turnout_{side}_deg"])
    ahead, outward = np.cos(turn), OUTWARD[side] * np.sin(turn)
    toe_reach = body.foot_m - body.ankle_ahead_m
    # The flat ankle stands at foot_*_m, half the stance from the midline; the toe fixes the rest.
    toe = np.stack(
        [
            pose[f"foot_{side}_m"] + toe_reach * ahead,
            pose[f"lift_{side}_m"],
            OUTWARD[side] * pose["stance_m"] / 2 + toe_reach * outward,
        ],
        axis=-1,
    )
    flat = np.stack([ahead, np.zeros_like(turn), outward], axis=-1)
    ball = toe - body.ball_m * flat + body.ball_up_m * UP
    along = np.cos(pitch)[:, None] * flat - np.sin(pitch)[:, None] * UP
    upright = np.sin(pitch)[:, None] * flat + np.cos(pitch)[:, None] * UP
    ankle = ball - (toe_reach - body.ball_m) * along + (body.ankle_m - body.ball_up_m) * upright
    heel = ball - (body.foot_m - body.ball_m) * along - body.ball_up_m * upright
    return {"ankle": ankle, "heel": heel, "foot_index": toe}


def _hips(
    body: StickBody, pose: Mapping[str, Array], feet: Mapping[str, Mapping[str, Array]]
) -> dict[str, Array]:
    """Return both hip joints, lowered as far as both legs need to reach their ankles."""
    middle = np.stack([pose["hip_ahead_m"], pose["hip_height_m"], pose["pelvis_shift_m"]], axis=-1)
    sideways = across(pose["pelvis_turn_deg"], pose["pelvis_right_up_deg"]) * body.hips_m / 2
    hips = {side: middle + OUTWARD[side] * sideways for side in SIDES}
    excess = np.zeros(len(middle))
    for side in SIDES:
        hip, ankle = hips[side], feet[side]["ankle"]
        _, thigh, shank = _sagittal_lengths(body, pose, side, hip[:, 2], ankle[:, 2])
        rise = np.sqrt(np.maximum((thigh + shank) ** 2 - (hip - ankle)[:, 0] ** 2, 0))
        excess = np.maximum(excess, hip[:, 1] - ankle[:, 1] - rise)
    down = excess[:, None] * UP
    return {side: hip - down for side, hip in hips.items()}


def _sagittal_lengths(
    body: StickBody, pose: Mapping[str, Array], side: str, hip_right: Array, ankle_right: Array
) -> tuple[Array, Array, Array]:
    """Return the knee's Z and the sagittal lengths of thigh and shank that leave their true length."""
    share = body.shank_m / (body.shank_m + body.thigh_m)
    on_line = ankle_right + share * (hip_right - ankle_right)
    knee_right = on_line - OUTWARD[side] * pose[f"knee_in_{side}_m"]
    thigh = np.sqrt(body.thigh_m**2 - (hip_right - knee_right) ** 2)
    shank = np.sqrt(body.shank_m**2 - (ankle_right - knee_right) ** 2)
    return knee_right, thigh, shank


def _knee(body: StickBody, pose: Mapping[str, Array], side: str, hip: Array, ankle: Array) -> Array:
    """Return the knee that bends forward between hip and ankle (two circles in the sagittal plane)."""
    knee_right, thigh, shank = _sagittal_lengths(body, pose, side, hip[:, 2], ankle[:, 2])
    line = (hip - ankle)[:, :2]
    distance = np.linalg.norm(line, axis=1)
    up = line / distance[:, None]
    along = (shank**2 - thigh**2 + distance**2) / (2 * distance)
    forward = np.sqrt(np.maximum(shank**2 - along**2, 0))
    plane = ankle[:, :2] + along[:, None] * up + forward[:, None] * np.stack([up[:, 1], -up[:, 0]], axis=-1)
    return np.column_stack([plane, knee_right])


def _upper_body(body: StickBody, pose: Mapping[str, Array], hip_middle: Array) -> dict[str, Array]:
    """Return shoulders, arms and head above the middle of the hips."""
    trunk_deg = pose["trunk_deg"]
    upright = direction(trunk_deg)
    lean = upright[:, 1] * np.tan(np.radians(pose["lean_right_deg"]))
    trunk = unit(np.column_stack([upright, lean]))
    shoulder_middle = hip_middle + body.trunk_m * trunk
    sideways = across(pose["thorax_turn_deg"], pose["thorax_right_up_deg"]) * body.shoulders_m / 2
    points = _head(body, pose, shoulder_middle)
    for side in SIDES:
        shoulder = shoulder_middle + OUTWARD[side] * sideways
        arm_deg = trunk_deg - pose[f"arm_{side}_deg"]
        points |= _arm(body, side, shoulder, arm_deg, arm_deg - pose["elbow_deg"])
    return points


def _arm(body: StickBody, side: str, shoulder: Array, upper_deg: Array, lower_deg: Array) -> dict[str, Array]:
    """Return the arm below ``shoulder``; inclinations as of a segment seen from its lower end."""
    elbow = shoulder - body.upper_arm_m * direction3(upper_deg)
    wrist = elbow - body.forearm_m * direction3(lower_deg)
    tip = wrist - body.hand_m * direction3(lower_deg)
    thumb = (wrist + tip) / 2 - OUTWARD[side] * np.array([0.0, 0.0, 0.03])
    spread = np.array([0.02, 0.0, 0.0])
    hand = {"pinky": tip - spread, "index": tip + spread, "thumb": thumb}
    return {
        f"{side}_{name}": point
        for name, point in ({"shoulder": shoulder, "elbow": elbow, "wrist": wrist} | hand).items()
    }


def _head(body: StickBody, pose: Mapping[str, Array], shoulder_middle: Array) -> dict[str, Array]:
    """Return ears, eyes, nose and mouth; the ear-nose line points where the person looks."""
    ears = shoulder_middle + body.neck_m * direction3(pose["trunk_deg"] + pose["neck_deg"])
    look, up = direction3(90 + pose["gaze_deg"]), direction3(pose["gaze_deg"])
    points = {"nose": ears + body.head_m * look}
    for side in SIDES:
        right = OUTWARD[side] * np.array([0.0, 0.0, 1.0])
        points[f"{side}_ear"] = ears + 0.075 * right
        points[f"mouth_{side}"] = ears + 0.085 * look - 0.05 * up + 0.025 * right
        for name, wide in (("eye_inner", 0.018), ("eye", 0.032), ("eye_outer", 0.045)):
            points[f"{side}_{name}"] = ears + 0.085 * look + 0.035 * up + wide * right
    return points


def _placed(pose: Mapping[str, Array], points: Mapping[str, Array]) -> dict[str, Array]:
    """Return the points turned to the left by ``body_turn_deg`` and moved across the floor."""
    angle = np.radians(pose["body_turn_deg"])
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    move = np.stack([pose["place_ahead_m"], np.zeros(len(angle)), pose["place_right_m"]], axis=-1)
    ahead, up, right = np.eye(3)
    placed = {}
    for name, point in points.items():
        x, y, z = point[:, :1], point[:, 1:2], point[:, 2:]
        placed[name] = (x * cos + z * sin) * ahead + y * up + (z * cos - x * sin) * right + move
    return placed
