"""Pose a baked body like a stick figure, and say exactly where its joints then are.

The stick figure solves hips, knees and feet; here every bone gets a world rotation relative to rest,
heads follow their parents, and pelvis pitch and side bend are solved so that the chord from hips to
shoulders leans as asked, whatever the spine does in between. All arrays run over time, (T, ...).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.records import Array
from movement_lab.skeleton import LANDMARKS, SIDES
from movement_lab.synthetic.bodies import LETTER, Body, middle, stick_of
from movement_lab.synthetic.spine import Spine, protraction_deg, spine_truth, spine_turns
from movement_lab.synthetic.stick import StickPose, pose_points
from movement_lab.synthetic.truth import OUTWARD, true_measures
from movement_lab.synthetic.vectors import frame, onto, pitch_of, pitched, turned, unit

#: Arm positions that do not depend on the movement: upper arm and forearm as (ahead, up, outward)
#: in the frame of the thorax. ``free`` follows the pose's arm angles instead.
ARMS: Final = {
    "crossed": ((0.75, -0.75, 0.35), (0.25, 0.55, -1.0)),
    "hips": ((-0.35, -0.80, 0.75), (0.45, -0.75, -0.80)),
    "goblet": ((0.55, -1.0, 0.25), (0.60, 0.90, -0.45)),
    "behind_back": ((-0.62, -0.75, 0.42), (-0.02, -0.50, -1.0)),
}

_HEAD: Final = {
    "shoulder": "upperarm01",
    "elbow": "lowerarm01",
    "wrist": "wrist",
    "hip": "upperleg01",
    "knee": "lowerleg01",
    "ankle": "foot",
    "pinky": "finger5-1",
    "index": "finger2-1",
    "thumb": "finger1-2",
}
_SURFACE: Final = {"heel": "heel", "foot_index": "big_toe", "ear": "ear", "eye": "eye"} | {
    name: name for name in ("eye_inner", "eye_outer")
}


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A body over time: bone transforms (T, B, 3, 4) in the body frame, and joints (T, 3) each."""

    body: Body
    transforms: Array
    joints: dict[str, Array]
    spine_truth: dict[str, Array]

    def truth(self, *, near: str = "right") -> dict[str, Array]:
        """Return every measure of the specification over time, the spine's included."""
        values = true_measures(self.joints, near="left" if near == "left" else "right")
        values |= self.spine_truth
        for side in SIDES:
            thigh = values[f"thigh_elevation_{side}_deg"]
            values[f"hip_pelvis_flexion_{side}_deg"] = thigh + values["pelvic_tilt_deg"]
        return values

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.transforms)


def pose_body(body: Body, pose: StickPose, spine: Spine, *, arms: str = "free") -> Posed:
    """Return ``body`` in the pose of its stick figure (see `stick_of`), with a spine and arms."""
    stick, fields = stick_of(body), pose.stretched()
    points = pose_points(stick, pose)
    turns = spine_turns(body, fields, spine, protraction_deg(fields, arms))
    turns |= _head_turns(body, turns["spine01"], fields["gaze_deg"])
    for side in SIDES:
        turns |= _arm_turns(body, side, turns["spine01"], points, arms)
        turns |= _leg_turns(body, side, points, fields)
    rotations = _every_bone(body, turns)
    hips = (points["left_hip"] + points["right_hip"]) / 2
    transforms = _chain(body, rotations, hips)
    joints = _joints(body, transforms)
    return Posed(body, transforms, joints, spine_truth(turns, spine))


def skinned(weights: Array, rest: Array, transforms: Array) -> Array:
    """Return vertices (V, 3) of one frame: ``weights`` (V, B) sparse, ``transforms`` (B, 3, 4)."""
    blend = (weights @ transforms.reshape(len(transforms), 12)).reshape(-1, 3, 4)
    moved: Array = np.einsum("vij,vj->vi", blend[..., :3], rest) + blend[..., 3]
    return moved


def _head_turns(body: Body, thorax: Array, gaze_deg: Array) -> dict[str, Array]:
    """Return neck and head rotations that bring the head to ``gaze_deg`` below the horizon."""
    still_to_go = gaze_deg - pitch_of(thorax)
    names = ("neck01", "neck02", "neck03", "head")
    turns = {name: thorax @ pitched(still_to_go * (k + 1) / 4) for k, name in enumerate(names)}
    return turns | {"eye.L": turns["head"], "eye.R": turns["head"]}


def _arm_turns(
    body: Body, side: str, thorax: Array, points: Mapping[str, Array], arms: str
) -> dict[str, Array]:
    """Return rotations of one arm; a free arm follows the stick figure's, held a little off the body."""
    letter = LETTER[side]
    shoulder, elbow, wrist = (body.head(f"{name}.{letter}") for name in ("upperarm01", "lowerarm01", "wrist"))
    if arms == "free":
        out = OUTWARD[side] * np.array([0.0, 0.0, 1.0])
        upper = unit(points[f"{side}_elbow"] - points[f"{side}_shoulder"]) + 0.17 * out
        lower = unit(points[f"{side}_wrist"] - points[f"{side}_elbow"]) + 0.03 * out
    else:
        flip = np.array([1.0, 1.0, OUTWARD[side]])
        upper, lower = (thorax @ (flip * np.array(direction)) for direction in ARMS[arms])
    upper_turn = onto(thorax @ (elbow - shoulder), upper) @ thorax
    lower_turn = onto(upper_turn @ (wrist - elbow), lower) @ upper_turn
    return {f"upperarm01.{letter}": upper_turn, f"lowerarm01.{letter}": lower_turn}


def _leg_turns(
    body: Body, side: str, points: Mapping[str, Array], fields: Mapping[str, Array]
) -> dict[str, Array]:
    """Return rotations of thigh, shank, foot and toes along the stick figure's leg."""
    letter = LETTER[side]
    hip, knee, ankle = (body.head(f"{name}.{letter}") for name in ("upperleg01", "lowerleg01", "foot"))
    thigh, shank = (
        points[f"{side}_{a}"] - points[f"{side}_{b}"] for a, b in (("hip", "knee"), ("knee", "ankle"))
    )
    # The knee's axis is square to the leg's plane, and simply sideways while the leg is straight.
    plane = np.cross(shank, thigh)
    axis = 0.1 * np.array([0.0, 0.0, 1.0]) + plane / body.stature_m**2 * 8
    rest_axis = np.array([[0.0, 0.0, 1.0]])
    rest = {"upperleg": hip - knee, "lowerleg": knee - ankle}
    turns = {}
    for name, line in (("upperleg", thigh), ("lowerleg", shank)):
        before = frame(up=rest[name][None], right=rest_axis)
        turns[f"{name}01.{letter}"] = frame(up=line, right=axis) @ np.swapaxes(before, 1, 2)
    ball = body.head(f"toe2-1.{letter}") - ankle
    rest_turn = np.degrees(np.arctan2(-ball[2], ball[0]))
    turn = -OUTWARD[side] * fields[f"turnout_{side}_deg"]
    back = turned(np.atleast_1d(-rest_turn))
    turns[f"foot.{letter}"] = turned(turn) @ pitched(fields[f"heel_rise_{side}_deg"]) @ back
    turns[f"toe.{letter}"] = turned(turn) @ back
    return turns


def _every_bone(body: Body, turns: Mapping[str, Array]) -> Array:
    """Return rotations of all bones, (T, B, 3, 3): those not named move with the nearest named one."""
    frames = max(len(turn) for turn in turns.values())
    rotations = np.empty((frames, len(body.rig.bones), 3, 3))
    for i, bone in enumerate(body.rig.bones):
        alias = bone.replace("leg02", "leg01").replace("arm02", "arm01")
        toe = f"toe.{bone[-1]}" if bone.startswith("toe") else alias
        parent = body.rig.parents[i]
        rotations[:, i] = turns[toe] if toe in turns else rotations[:, parent]
    return rotations


def _chain(body: Body, rotations: Array, hips: Array) -> Array:
    """Return transforms (T, B, 3, 4): heads follow their parents, hip middle at ``hips`` (T, 3)."""
    transforms = np.empty((*rotations.shape[:2], 3, 4))
    transforms[..., :3] = rotations
    root = hips + rotations[:, 0] @ (body.heads[0] - middle(body, "upperleg01"))
    for i, parent in enumerate(body.rig.parents):
        head = body.heads[i]
        place = root if parent < 0 else transforms[:, parent, :, :3] @ head + transforms[:, parent, :, 3]
        transforms[:, i, :, 3] = place - rotations[:, i] @ head
    return transforms


def _joints(body: Body, transforms: Array) -> dict[str, Array]:
    """Return the 33 landmarks of a posed body, (T, 3) each: joint centres, or points on the surface."""
    joints = {"nose": _surface(body, "nose", transforms)}
    for side in SIDES:
        for name, bone in _HEAD.items():
            i = body.rig.bone(f"{bone}.{LETTER[side]}")
            joints[f"{side}_{name}"] = transforms[:, i, :, :3] @ body.heads[i] + transforms[:, i, :, 3]
        for name, point in _SURFACE.items():
            joints[f"{side}_{name}"] = _surface(body, f"{side}_{point}", transforms)
        joints[f"mouth_{side}"] = _surface(body, f"mouth_{side}", transforms)
    return {name: joints[name] for name in LANDMARKS}


def _surface(body: Body, name: str, transforms: Array) -> Array:
    """Return a point on the skin over time, (T, 3)."""
    vertices, weights = body.rig.surface[name]
    share = body.rig.skin[vertices].toarray()
    blend = np.einsum("vb,tbij->tvij", share, transforms)
    moved = np.einsum("tvij,vj->tvi", blend[..., :3], body.vertices[vertices]) + blend[..., 3]
    point: Array = np.einsum("v,tvi->ti", weights, moved)
    return point
