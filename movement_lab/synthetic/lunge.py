"""The way from standing into a lunge and back: one foot steps, the hips travel between the feet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array
from movement_lab.synthetic.stick import StickBody, StickPose, on_leg
from movement_lab.synthetic.tempo import Clock, eased
from movement_lab.synthetic.vectors import direction

Angles = Mapping[str, float]

#: How long a split lunge takes to step back, before its first repetition.
SPLIT_STEP_S: Final = 0.8

_FIELDS: Final = tuple(field.name for field in fields(StickPose))


def between(high: Angles, low: Angles, depth: Array) -> dict[str, Any]:
    """Return every named angle ``depth`` (T,) of the way from standing to the bottom."""
    ways = {name: high.get(name, 0.0) + (low[name] - high.get(name, 0.0)) * depth for name in low}
    return {name: way for name, way in ways.items() if not name.startswith("hip_")}


def lunge_pose(
    body: StickBody, clock: Clock, high: Angles, low: Angles, sides: Sequence[str], style: str
) -> StickPose:
    """Return the pose of a lunge over time: one foot steps, the hips travel between the feet."""
    way, bottom_hip, step = clock.way_down, *_lunge_bottom(body, low)
    if style == "split":
        taken = eased(clock.time_s, clock.first_s - SPLIT_STEP_S, clock.first_s)
        depth = eased(way) * clock.share
        travel = np.maximum(taken / 2, depth + (1 - depth) * taken / 2)
    else:
        taken, travel, depth = eased(way, 0, 0.55), eased(way, 0, 0.8), eased(way, 0.25, 1) * clock.share
    lead_foot, rear_foot = (step * taken, 0 * taken) if style == "step" else (0 * taken, -step * taken)
    forward = bottom_hip[0] + (step if style == "step" else 0)
    stand_height = _standing_height_m(body, high)
    fields_ = between(high, low, depth)
    heel = low["heel_rise_rear_deg"] * eased(np.maximum(way, taken if style == "split" else 0), 0.15, 1)
    roles = {
        "foot_lead_m": lead_foot,
        "foot_rear_m": rear_foot,
        "heel_rise_rear_deg": heel,
        f"lift_{'lead' if style == 'step' else 'rear'}_m": 0.06 * np.sin(np.pi * taken),
    }
    fields_ = _with_sides(fields_ | roles, np.array(sides)[clock.rep] == "left")
    hips = {
        "hip_ahead_m": forward * travel,
        "hip_height_m": stand_height + (bottom_hip[1] - stand_height) * depth,
    }
    return StickPose(**{name: fields_[name] for name in _FIELDS if name in fields_} | hips)


def _lunge_bottom(body: StickBody, low: Angles) -> tuple[Array, float]:
    """Return hips (2,) relative to the lead foot, and the step that puts the rear leg where asked."""
    shank, thigh, rear = direction(np.array([low["shank_deg"], -low["thigh_deg"], -low["rear_thigh_deg"]]))
    hip = body.shank_m * shank + body.thigh_m * thigh + np.array([0, body.ankle_m])
    knee = hip - body.thigh_m * rear
    pitch, reach = np.radians(low["heel_rise_rear_deg"]), body.foot_m - body.ankle_ahead_m
    arm, height = reach - body.ball_m, body.ankle_m - body.ball_up_m
    ankle_height = body.ball_up_m + arm * np.sin(pitch) + height * np.cos(pitch)
    ankle = knee[0] - np.sqrt(body.shank_m**2 - (ankle_height - knee[1]) ** 2)
    flat_ankle = ankle + arm * (np.cos(pitch) - 1) - height * np.sin(pitch)
    return hip, float(-flat_ankle)


def _standing_height_m(body: StickBody, high: Angles) -> float:
    """Return the height of the hips above straight-standing legs."""
    pose = on_leg(body, thigh_deg=high["thigh_deg"], shank_deg=high["shank_deg"])
    return float(pose.stretched()["hip_height_m"][0])


def _with_sides(named: Mapping[str, Array], left_leads: NDArray[np.bool_]) -> dict[str, Array]:
    """Return the fields with ``lead`` and ``rear`` in their names added to the sides they mean."""
    out = {name: values for name, values in named.items() if not {"lead", "rear"} & set(name.split("_"))}
    for role, is_left in (("lead", left_leads), ("rear", ~left_leads)):
        for name in (name for name in named if f"_{role}_" in name):
            for side, mine in (("left", is_left), ("right", ~is_left)):
                field = name.replace(role, side)
                out[field] = np.where(mine, named[name], out.get(field, np.zeros(len(mine))))
    return out
