"""Every angle and ratio of the specification (1.4) that body points can give, one function each.

A measure is a named function ``Body -> (T,) array``; its unit is in its name, its sign and tier
are in ``knowledge/measures.toml``. Values are geometric (``abs``); zeroing at the person's own
standing happens later. What a view can't show is NaN from the start.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from movement_lab.cleaning import runs
from movement_lab.geometry import angle_between, bend, distance_from_line, inclination, tilt, wrap, yaw
from movement_lab.knowledge import load_grading
from movement_lab.records import Array, Side, Track, View
from movement_lab.squaring import square_up

Plane = Literal["side", "front", "any", "world", "spine"]
OneSided = Callable[["Body", str], Array]
Central = Callable[["Body"], Array]


@dataclass(frozen=True, slots=True)
class Measure:
    """A registered measure: its function and the plane it lives in."""

    name: str
    plane: Plane
    per_side: bool
    function: Callable[..., Array]


MEASURES: dict[str, Measure] = {}


def measure(name: str, *, plane: Plane) -> Callable[[Central], Central]:
    """Register a measure of the whole body (side ``mid``)."""

    def register(function: Central) -> Central:
        MEASURES[name] = Measure(name, plane, False, function)
        return function

    return register


def sided_measure(name: str, *, plane: Plane) -> Callable[[OneSided], OneSided]:
    """Register a measure taken once per side of the body."""

    def register(function: OneSided) -> OneSided:
        MEASURES[name] = Measure(name, plane, True, function)
        return function

    return register


def signal_key(name: str, side: Side) -> str:
    """Return the key of a signal: ``knee_flexion_deg`` and left give ``knee_flexion_left_deg``."""
    if side == "mid":
        return name
    stem, _, unit = name.rpartition("_")
    return f"{stem}_{side}_{unit}"


def compute_signals(track: Track, view: View) -> dict[str, Array]:
    """Return every measure as a signal over the track, NaN where this view can't show it."""
    body = Body(square_up(track, view), view)
    signals: dict[str, Array] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # points never seen: NaN is the answer
        for row in MEASURES.values():
            visible = row.plane in ("any", "world", view.plane)
            for side in _sides(row):
                arguments = (body, side) if row.per_side else (body,)
                signal = row.function(*arguments) if visible else np.full(len(track), np.nan)
                signals[signal_key(row.name, side)] = signal
    return signals


def _sides(row: Measure) -> tuple[Side, ...]:
    return ("left", "right") if row.per_side else ("mid",)


@dataclass(frozen=True)
class Body:
    """A track with what measures need to read it: facing, near side, own lengths."""

    track: Track
    view: View

    def __call__(self, point: str, side: str = "mid") -> Array:
        """Return a point's path (T, 2) in pixels; ``mid`` is halfway between left and right."""
        if side == "mid":
            return (self(point, "left") + self(point, "right")) / 2
        return self.track[f"{side}_{point}"]

    def world(self, point: str, side: str) -> Array:
        """Return a point's path (T, 3) in the model's coarse metres."""
        return self.track.xyz[:, self.track.names.index(f"{side}_{point}")]

    @property
    def facing(self) -> int:
        """+1 where the person faces image right, else -1 (side views)."""
        return 1 if self.view.facing == "image_right" else -1

    @property
    def rightwards(self) -> int:
        """+1 where the person's right is image right, else -1 (front and back views)."""
        return 1 if self.view.facing == "away" else -1

    @property
    def near(self) -> str:
        """The side of the body nearer to the camera."""
        return self.view.near

    @cached_property
    def hip(self) -> Array:
        """Hip end of the trunk line, (T, 2)."""
        return self._trunk_end("hip")

    @cached_property
    def shoulder(self) -> Array:
        """Shoulder end of the trunk line, (T, 2)."""
        return self._trunk_end("shoulder")

    def _trunk_end(self, point: str) -> Array:
        """Halfway between left and right where both are well seen, else the near side; one choice a clip."""
        scores = [
            self.track.score[:, self.track.names.index(f"{side}_{point}")] for side in ("left", "right")
        ]
        both_seen = min(float(np.median(score)) for score in scores) >= load_grading().min_point_score
        return self(point, "mid" if both_seen or self.view.plane != "side" else self.near)

    @cached_property
    def leg_px(self) -> float:
        """Hip to ankle, straightened: thigh and shank as long as they ever look."""
        legs = [self._longest("hip", "knee", s) + self._longest("knee", "ankle", s) for s in self._sides]
        return _mean_seen(legs)

    @cached_property
    def trunk_px(self) -> float:
        """Hip to shoulder, as long as it ever looks."""
        return _usual_greatest(np.linalg.norm(self.shoulder - self.hip, axis=1))

    @cached_property
    def foot_px(self) -> float:
        """Heel to toe, as long as it ever looks."""
        return _mean_seen([self._longest("heel", "foot_index", side) for side in self._sides])

    def toe(self, side: str) -> Array:
        """Return the toe's path (T, 2), its height held while the foot is planted.

        The pose model lets the toe of a planted foot slide up and down as the leg bends, by as much as
        a heel that begins to lift.
        """
        toe = self("foot_index", side)
        held = toe.copy()
        for start, stop in _planted(toe / self.foot_px, self.track.time_s):
            seen = toe[start:stop, 1][np.isfinite(toe[start:stop, 1])]
            held[start:stop, 1] = np.where(np.isnan(toe[start:stop, 1]), np.nan, np.median(seen))
        return held

    @property
    def _sides(self) -> tuple[str, ...]:
        return (self.near,) if self.view.plane == "side" else ("left", "right")

    def _longest(self, upper: str, lower: str, side: str) -> float:
        return _usual_greatest(np.linalg.norm(self(upper, side) - self(lower, side), axis=1))


#: A toe slower than this (foot lengths a second) for this long is planted.
_PLANTED_SPEED = 0.6
_PLANTED_S = 0.6


def _planted(toe: Array, time_s: Array) -> list[tuple[int, int]]:
    """Return stretches, half open, in which a toe (T, 2) in foot lengths stays where it is."""
    if len(time_s) < 2:
        return []
    speed = np.linalg.norm(np.gradient(toe, time_s, axis=0), axis=1)
    stretches = runs(speed < _PLANTED_SPEED)
    return [(a, b) for a, b in stretches if time_s[b - 1] - time_s[a] >= _PLANTED_S]


def _usual_greatest(values: Array) -> float:
    seen = values[np.isfinite(values)]
    return float(np.quantile(seen, 0.95)) if len(seen) else float("nan")


def _mean_seen(values: list[float]) -> float:
    seen = [value for value in values if np.isfinite(value)]
    return float(np.mean(seen)) if seen else float("nan")


# ---------------------------------------------------------------- sagittal plane, side view


@measure("trunk_inclination_deg", plane="side")
def trunk_inclination(body: Body) -> Array:
    """Lean of the chord hip to shoulder. A fold past the floor reads beyond 180, not below -90."""
    lean = inclination(body.hip, body.shoulder, facing=body.facing)
    return np.where(lean < -90, lean + 360, lean)


@sided_measure("thigh_elevation_deg", plane="side")
def thigh_elevation(body: Body, side: str) -> Array:
    """Knee in front of the hip positive; 90 = thigh level."""
    return -inclination(body("knee", side), body("hip", side), facing=body.facing)


@sided_measure("shank_inclination_deg", plane="side")
def shank_inclination(body: Body, side: str) -> Array:
    """Lean of the line ankle to knee."""
    return inclination(body("ankle", side), body("knee", side), facing=body.facing)


@sided_measure("knee_flexion_deg", plane="side")
def knee_flexion(body: Body, side: str) -> Array:
    """Thigh elevation plus shank lean."""
    return thigh_elevation(body, side) + shank_inclination(body, side)


@sided_measure("hip_trunk_flexion_deg", plane="side")
def hip_trunk_flexion(body: Body, side: str) -> Array:
    """Thigh against the trunk chord: hip, lumbar and thoracic flexion in one sum, never the hip alone."""
    return thigh_elevation(body, side) + trunk_inclination(body)


@measure("trunk_beyond_shank_deg", plane="side")
def trunk_beyond_shank(body: Body) -> Array:
    """Trunk lean minus near shank lean."""
    return trunk_inclination(body) - shank_inclination(body, body.near)


@sided_measure("heel_rise_deg", plane="side")
def heel_rise(body: Body, side: str) -> Array:
    """Pitch of the line heel to toe, heel up positive; against standing it is the heel's rise."""
    along, down = (body.toe(side) - body("heel", side)).T
    return np.degrees(np.arctan2(down, body.facing * along))


@sided_measure("heel_travel_pct", plane="side")
def heel_travel(body: Body, side: str) -> Array:
    """Height of the heel over the toe, per cent of foot length."""
    return 100 * (body.toe(side) - body("heel", side))[:, 1] / body.foot_px


@sided_measure("ankle_dorsiflexion_deg", plane="side")
def ankle_dorsiflexion(body: Body, side: str) -> Array:
    """Shank lean minus foot pitch."""
    return shank_inclination(body, side) - heel_rise(body, side)


@sided_measure("knee_over_toe_pct", plane="side")
def knee_over_toe(body: Body, side: str) -> Array:
    """How far the knee is in front of the toe, per cent of foot length."""
    return 100 * body.facing * (body("knee", side) - body("foot_index", side))[:, 0] / body.foot_px


@measure("hand_shank_distance_pct", plane="side")
def hand_shank_distance(body: Body) -> Array:
    """Wrist to the line through the shank, in front positive, per cent of leg length."""
    near = body.near
    gap = distance_from_line(body("wrist", near), body("ankle", near), body("knee", near))
    return 100 * body.facing * gap / body.leg_px


@measure("ankle_separation_pct", plane="side")
def ankle_separation(body: Body) -> Array:
    """Distance of the ankles front to back, per cent of leg length: the length of the step."""
    return 100 * np.abs(body("ankle", "left") - body("ankle", "right"))[:, 0] / body.leg_px


@measure("neck_flexion_deg", plane="side")
def neck_flexion(body: Body) -> Array:
    """Lean of the line shoulder to ear, minus trunk lean."""
    return wrap(
        inclination(body.shoulder, body("ear", body.near), facing=body.facing) - trunk_inclination(body)
    )


@measure("head_gaze_deg", plane="side")
def head_gaze(body: Body) -> Array:
    """Pitch of the line ear to nose, looking down positive."""
    along, down = (body.track["nose"] - body("ear", body.near)).T
    return np.degrees(np.arctan2(down, body.facing * along))


@sided_measure("shoulder_flexion_deg", plane="side")
def shoulder_flexion(body: Body, side: str) -> Array:
    """Upper arm against the trunk: 0 at the side, 180 overhead."""
    return angle_between(body.hip - body.shoulder, body("elbow", side) - body("shoulder", side))


# ---------------------------------------------------------------- any view


@measure("hip_drop_pct", plane="any")
def hip_drop(body: Body) -> Array:
    """How far the hips are below a straight leg's height over the lower ankle, per cent of leg length."""
    ankles = np.fmax(body("ankle", "left")[:, 1], body("ankle", "right")[:, 1])
    if body.view.plane == "side":
        ankles = np.where(np.isnan(ankles), body("ankle", body.near)[:, 1], ankles)
    return 100 * (1 - (ankles - body.hip[:, 1]) / body.leg_px)


# ---------------------------------------------------------------- frontal plane, front and back views


@measure("lateral_trunk_lean_deg", plane="front")
def lateral_trunk_lean(body: Body) -> Array:
    """Lean of the chord hip to shoulder towards the person's right."""
    return inclination(body("hip"), body("shoulder"), facing=body.rightwards)


@measure("pelvic_obliquity_deg", plane="front")
def pelvic_obliquity(body: Body) -> Array:
    """Slope of the hip line, right side up positive."""
    return tilt(body("hip", "left"), body("hip", "right"))


@measure("thorax_obliquity_deg", plane="front")
def thorax_obliquity(body: Body) -> Array:
    """Slope of the shoulder line, right side up positive."""
    return tilt(body("shoulder", "left"), body("shoulder", "right"))


@measure("thorax_side_bend_deg", plane="front")
def thorax_side_bend(body: Body) -> Array:
    """Shoulder line against hip line, right side up positive."""
    return thorax_obliquity(body) - pelvic_obliquity(body)


@measure("thorax_lateral_shift_pct", plane="front")
def thorax_lateral_shift(body: Body) -> Array:
    """Shoulders beside the hips, per cent of trunk length, towards the person's right."""
    chord = body("shoulder") - body("hip")
    return 100 * body.rightwards * chord[:, 0] / np.linalg.norm(chord, axis=1)


@measure("pelvis_lateral_shift_pct", plane="front")
def pelvis_lateral_shift(body: Body) -> Array:
    """Hips beside the middle of the ankles, per cent of ankle separation, towards the person's right."""
    apart = np.abs(body("ankle", "left") - body("ankle", "right"))[:, 0]
    return 100 * body.rightwards * (body("hip") - body("ankle"))[:, 0] / apart


@sided_measure("fppa_deg", plane="front")
def fppa(body: Body, side: str) -> Array:
    """Frontal plane projection angle (hip, knee, ankle); knee towards the other leg positive."""
    return _medial(body, side) * bend(body("hip", side), body("knee", side), body("ankle", side))


@sided_measure("knee_medial_disp_pct", plane="front")
def knee_medial_displacement(body: Body, side: str) -> Array:
    """Knee off the line hip to ankle, medial positive, per cent of leg length."""
    off = distance_from_line(body("knee", side), body("hip", side), body("ankle", side))
    return -100 * _medial(body, side) * off / body.leg_px


def _medial(body: Body, side: str) -> int:
    """Return +1 where a turn clockwise at the knee means the knee lies medially."""
    return -body.rightwards if side == "right" else body.rightwards


@measure("kasr_ratio", plane="front")
def knee_ankle_separation_ratio(body: Body) -> Array:
    """Distance of the knees over distance of the ankles, sideways; below 1 = knees inside."""
    knees = (body("knee", "left") - body("knee", "right"))[:, 0]
    ankles = (body("ankle", "left") - body("ankle", "right"))[:, 0]
    return knees / ankles


@measure("stance_width_ratio", plane="front")
def stance_width(body: Body) -> Array:
    """Distance of the ankles over distance of the hips, sideways."""
    ankles = np.abs(body("ankle", "left") - body("ankle", "right"))[:, 0]
    return ankles / np.abs(body("hip", "left") - body("hip", "right"))[:, 0]


# ---------------------------------------------------------------- coarse 3D: trend at most


@sided_measure("foot_turnout_deg", plane="world")
def foot_turnout(body: Body, side: str) -> Array:
    """Foot direction on the floor against the pelvis's forward direction, turned out positive."""
    forward = yaw(body.world("hip", "right") - body.world("hip", "left")) + 90
    foot = yaw(body.world("foot_index", side) - body.world("heel", side))
    return wrap(foot - forward) * (1 if side == "left" else -1)


@measure("thorax_rotation_deg", plane="world")
def thorax_rotation(body: Body) -> Array:
    """Turn of the shoulder line on the hip line, to the left positive."""
    return wrap(_turn(body, "shoulder") - _turn(body, "hip"))


@measure("pelvis_yaw_deg", plane="world")
def pelvis_yaw(body: Body) -> Array:
    """Turn of the hip line, to the left positive."""
    return _turn(body, "hip")


def _turn(body: Body, point: str) -> Array:
    return yaw(body.world(point, "right") - body.world(point, "left"))


# ---------------------------------------------------------------- not in body points (specification 0)


def _not_observable(body: Body) -> Array:
    """Hip, lumbar and rib-cage angles can't be told apart from landmarks: another signal is needed."""
    return np.full(len(body.track), np.nan)


for _name in (
    "pelvic_tilt_deg",
    "lumbar_flexion_deg",
    "lumbar_curvature_deg",
    "lumbar_percent_max_pct",
    "thorax_inclination_deg",
    "upper_back_rounding_deg",
    "rib_flare_deg",
):
    MEASURES[_name] = Measure(_name, "spine", False, _not_observable)
MEASURES["hip_pelvis_flexion_deg"] = Measure(
    "hip_pelvis_flexion_deg", "spine", True, lambda body, side: _not_observable(body)
)
