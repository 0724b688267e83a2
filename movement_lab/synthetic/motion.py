"""A stick figure that moves: sets of squats, hinges and lunges, and what happens around them.

Angles at the bottom are inputs, and so are faults, which are nothing but other angles at the
bottom. In between the figure follows raised cosines, so every speed is zero at both ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, cast

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.records import Array
from movement_lab.synthetic.lunge import SPLIT_STEP_S, between, lunge_pose
from movement_lab.synthetic.stick import StickBody, StickPose, on_leg, pose_points
from movement_lab.synthetic.tempo import Clock, Tempo, TrueRep, eased
from movement_lab.synthetic.truth import true_measures

Side = Literal["left", "right"]
Angles = Mapping[str, float]

#: A figure at ease, knees not locked.
STANDING: Final[Mapping[str, Any]] = {"thigh_deg": 1.0, "shank_deg": 1.0}

#: Angles at the bottom of an unremarkable repetition; fields of `StickPose` and `on_leg`.
BOTTOM: Final[Mapping[str, Angles]] = {
    "squat": {
        "thigh_deg": 85.0,
        "shank_deg": 28.0,
        "trunk_deg": 34.0,
        "arm_left_deg": 90.0,
        "arm_right_deg": 90.0,
        "neck_deg": -15.0,
        "gaze_deg": 10.0,
    },
    "hinge": {
        "thigh_deg": 25.0,
        "shank_deg": -4.0,
        "trunk_deg": 72.0,
        "arm_left_deg": 48.0,
        "arm_right_deg": 48.0,
        "neck_deg": -12.0,
        "gaze_deg": 45.0,
    },
    "lunge": {
        "thigh_deg": 78.0,
        "shank_deg": 14.0,
        "trunk_deg": 8.0,
        "gaze_deg": 5.0,
        "rear_thigh_deg": -5.0,
        "heel_rise_rear_deg": 55.0,
    },
}

_AT_REST: Final[Angles] = {field.name: float(cast("float", field.default)) for field in fields(StickPose)}
_FEET = ("stance_m", "turnout_left_deg", "turnout_right_deg")


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A ``body`` in a ``pose`` whose fields run over ``time_s`` (T,), with its true ``reps``.

    ``clock`` is what `repetitions` ran on; parts and joined motions have none.
    """

    body: StickBody
    time_s: Array
    pose: StickPose
    reps: tuple[TrueRep, ...] = ()
    clock: Clock | None = None

    @property
    def depth(self) -> Array:
        """Return 0 standing to 1 at full depth over time, (T,); zero where no set is known."""
        if self.clock is None:
            return np.zeros(len(self.time_s))
        return eased(self.clock.way_down) * self.clock.share

    def points(self, *, placed: bool = False) -> dict[str, Array]:
        """Return the 33 landmarks, (T, 3) metres each; see `pose_points`."""
        return pose_points(self.body, replace(self.pose, **self.pose.stretched()), placed=placed)

    def truth(self, *, near: Side = "right") -> dict[str, Array]:
        """Return every measure over time, (T,) each, by its signal name."""
        return true_measures(self.points(), near=near)

    def between(self, start_s: float, end_s: float) -> Motion:
        """Return a part of the motion, its times from 0; repetitions cut into are no longer listed."""
        kept = (self.time_s >= start_s) & (self.time_s < end_s)
        pose = StickPose(**{name: values[kept] for name, values in self.pose.stretched().items()})
        offset = float(self.time_s[kept][0])
        whole = (rep for rep in self.reps if rep.start_s >= start_s and rep.end_s <= end_s)
        reps = tuple(rep.later(-offset) for rep in whole)
        return Motion(self.body, self.time_s[kept] - offset, pose, reps)

    def then(self, other: Motion) -> Motion:
        """Return this motion followed by another one of the same body and frame rate."""
        offset = float(self.time_s[-1] + self.time_s[1] - self.time_s[0])
        mine, theirs = self.pose.stretched(), other.pose.stretched()
        pose = StickPose(**{name: np.concatenate([mine[name], theirs[name]]) for name in mine})
        time_s = np.concatenate([self.time_s, other.time_s + offset])
        return Motion(self.body, time_s, pose, self.reps + tuple(rep.later(offset) for rep in other.reps))


def standing_still(body: StickBody | None = None, *, seconds: float = 2.0, rate_hz: float = 30.0) -> Motion:
    """Return a figure standing at ease."""
    body = body or StickBody()
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    pose = on_leg(body, **STANDING)
    return Motion(body, time_s, replace(pose, trunk_deg=np.zeros(len(time_s))))


def walk_in(
    body: StickBody | None = None, *, seconds: float = 2.0, rate_hz: float = 30.0, from_ahead_m: float = -1.5
) -> Motion:
    """Return a figure walking forwards into the picture until it stands at the origin."""
    body = body or StickBody()
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    swing = np.sin(2 * np.pi * 0.9 * time_s) * np.clip((seconds - time_s) / 0.4, 0, 1)
    limbs: dict[str, Any] = {
        "foot_left_m": 0.28 * swing,
        "foot_right_m": -0.28 * swing,
        "arm_left_deg": -20 * swing,
        "arm_right_deg": 20 * swing,
    }
    hips = on_leg(body, **STANDING)
    place = from_ahead_m * (1 - time_s / seconds)
    return Motion(body, time_s, replace(hips, **limbs, place_ahead_m=place))


def repetitions(
    movement: str,
    *,
    body: StickBody | None = None,
    reps: int = 4,
    bottom: Angles | None = None,
    standing: Angles | None = None,
    depths: Sequence[float] | None = None,
    tempo: Tempo | None = None,
    standing_s: float = 2.0,
    end_s: float = 1.0,
    rate_hz: float = 30.0,
    lead: Side | Literal["alternate"] = "left",
    lunge_style: Literal["step", "reverse", "split"] = "step",
    hips_rise_first_deg: float = 0.0,
) -> Motion:
    """Return a set: standing, then repetitions, then standing again.

    Parameters
    ----------
    movement
        ``squat``, ``hinge`` or ``lunge``.
    bottom, standing
        What differs from `BOTTOM` and `STANDING`. Faults belong here, such as
        ``{"heel_rise_left_deg": 8}`` or ``{"knee_in_left_m": 0.05}``. In a lunge ``thigh_deg`` and
        ``shank_deg`` are the lead leg's, names may say ``lead`` or ``rear`` in place of a side, and
        ``rear_thigh_deg`` with ``heel_rise_rear_deg`` sets the step. Stance and turn-out given for
        standing hold at the bottom too.
    depths
        Share of full depth per repetition, for half repetitions; wins over ``reps``.
    lead, lunge_style
        Lead leg, or each in turn. ``step`` steps forwards in each repetition, ``reverse``
        backwards, ``split`` steps back once after standing and stays there.
    hips_rise_first_deg
        How far the trunk tips on, beyond the bottom, in the first third of the way up.
    """
    body = body or StickBody()
    is_split = movement == "lunge" and lunge_style == "split"
    first_s = standing_s + (SPLIT_STEP_S if is_split else 0)
    tempo = tempo or Tempo()
    clock = Clock.of(depths or (1.0,) * reps, tempo, first_s=first_s, end_s=end_s, rate_hz=rate_hz)
    high = {**_AT_REST, "stance_m": body.hips_m, **STANDING, **(standing or {})}
    low = {**_AT_REST, **{name: high[name] for name in _FEET}, **BOTTOM[movement], **(bottom or {})}
    sides = _sides(movement, lead, lunge_style, len(clock.depths))
    if movement == "lunge":
        pose = lunge_pose(body, clock, high, low, sides, lunge_style)
    else:
        pose = on_leg(body, **between(high, low, eased(clock.way_down) * clock.share))
    if hips_rise_first_deg:
        pose = _hips_first(pose, clock, high["trunk_deg"], low["trunk_deg"], hips_rise_first_deg)
    return Motion(body, clock.time_s, pose, clock.reps(sides), clock)


def _sides(movement: str, lead: str, style: str, count: int) -> tuple[str, ...]:
    if movement != "lunge":
        return ("mid",) * count
    if lead != "alternate":
        return (lead,) * count
    if style == "split":
        raise UsageError("A split lunge keeps one lead leg. Needed: lead 'left' or 'right'. Or try 'step'.")
    return tuple(("left", "right")[i % 2] for i in range(count))


def _hips_first(pose: StickPose, clock: Clock, upright: float, leant: float, extra: float) -> StickPose:
    """Return the pose with a trunk that tips on until a third of the way up, then rises (degrees)."""
    up = clock.way_up
    tipping = leant + extra * eased(up, 0, 1 / 3)
    rising = (upright - leant - extra) * eased(up, 1 / 3, 1)
    return replace(pose, trunk_deg=np.where(clock.phase > 1, tipping + rising, pose.trunk_deg))
