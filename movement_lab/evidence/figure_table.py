"""What the picture of each measure shows: which figure, seen from where, with which lines drawn strongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal

#: A mark: its kind, then the points or directions it is drawn between (see `figures`).
Mark = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure at the bottom of a ``movement``, seen from ``view``, with ``marks``; ``bottom`` changes it."""

    marks: tuple[Mark, ...]
    movement: Literal["squat", "hinge", "lunge"] = "squat"
    view: Literal["side", "front", "above"] = "side"
    bottom: Mapping[str, Any] = field(default_factory=dict)


def _line(*points: str) -> tuple[Mark, ...]:
    return tuple(("line", a, b) for a, b in pairwise(points))


def _front(*marks: Mark, **bottom: Any) -> Picture:
    return Picture(marks, view="front", bottom=bottom)


def _above(*marks: Mark, **bottom: Any) -> Picture:
    return Picture(marks, view="above", bottom=bottom)


_TIPPED: Final = {"heel_rise_left_deg": 22.0, "heel_rise_right_deg": 22.0}
_PELVIS: Final[Mark] = ("bar", "hip", "22")
_RIBS: Final[Mark] = ("bar", "trunk", "46")
_LOW_BACK: Final = (_PELVIS, _RIBS, ("lean", "trunk", "22"), ("arc", "trunk", "22", "46"))


def _leaning(lower: str, upper: str) -> tuple[Mark, ...]:
    """Return a line's lean from the vertical."""
    return (("line", lower, upper), ("up", lower), ("arc", lower, "up", upper))


def _bent(first: str, vertex: str, last: str) -> tuple[Mark, ...]:
    """Return how far two lines are from being one."""
    return (*_line(first, vertex, last), ("beyond", first, vertex), ("arc", vertex, f"-{first}", last))


PICTURES: Final[Mapping[str, Picture]] = {
    "hip_trunk_flexion_deg": Picture(
        (
            *_line("knee", "hip", "shoulder"),
            ("beyond", "shoulder", "hip"),
            ("arc", "hip", "-shoulder", "knee"),
        )
    ),
    "knee_flexion_deg": Picture(_bent("hip", "knee", "ankle")),
    "thigh_elevation_deg": Picture((*_line("hip", "knee"), ("down", "hip"), ("arc", "hip", "down", "knee"))),
    "shank_inclination_deg": Picture(
        (*_line("ankle", "knee"), ("up", "ankle"), ("arc", "ankle", "up", "knee"))
    ),
    "ankle_dorsiflexion_deg": Picture(
        (
            *_line("ankle", "knee"),
            *_line("heel", "foot_index"),
            ("up", "ankle"),
            ("arc", "ankle", "up", "knee"),
        )
    ),
    "trunk_inclination_deg": Picture(
        (*_line("hip", "shoulder"), ("up", "hip"), ("arc", "hip", "up", "shoulder"))
    ),
    "trunk_beyond_shank_deg": Picture(
        (
            *_line("hip", "shoulder"),
            *_line("ankle", "knee"),
            ("parallel", "hip", "ankle", "knee"),
            ("arc", "hip", "ankle>knee", "shoulder"),
        ),
        bottom={"trunk_deg": 52.0},
    ),
    "neck_flexion_deg": Picture(
        (*_line("shoulder", "ear"), ("beyond", "hip", "shoulder"), ("arc", "shoulder", "-hip", "ear"))
    ),
    "head_gaze_deg": Picture(
        (*_line("ear", "nose"), ("ahead", "ear"), ("arc", "ear", "ahead", "nose")), bottom={"gaze_deg": 35.0}
    ),
    "shoulder_flexion_deg": Picture(
        (*_line("hip", "shoulder", "elbow"), ("arc", "shoulder", "hip", "elbow"))
    ),
    "heel_rise_deg": Picture(
        (*_line("heel", "foot_index"), ("behind", "foot_index"), ("arc", "foot_index", "behind", "heel")),
        bottom=_TIPPED,
    ),
    "heel_travel_pct": Picture((("gap_up", "foot_index", "heel"),), bottom=_TIPPED),
    "knee_over_toe_pct": Picture((("gap_across", "foot_index", "knee"),), bottom={"shank_deg": 42.0}),
    "hand_shank_distance_pct": Picture(
        (*_line("ankle", "knee"), ("foot_of", "wrist", "ankle", "knee")), movement="hinge"
    ),
    "ankle_separation_pct": Picture((("gap_across", "left_ankle", "right_ankle"),), movement="lunge"),
    "hip_drop_pct": Picture((("drop", "hip"),)),
    "lateral_trunk_lean_deg": _front(
        ("line", "hips", "shoulders"),
        ("up", "hips"),
        ("arc", "hips", "up", "shoulders"),
        lean_right_deg=14.0,
    ),
    "pelvic_obliquity_deg": _front(
        ("line", "left_hip", "right_hip"),
        ("to_right", "left_hip"),
        ("arc", "left_hip", "to_right", "right_hip"),
        pelvis_right_up_deg=12.0,
    ),
    "thorax_obliquity_deg": _front(
        ("line", "left_shoulder", "right_shoulder"),
        ("to_right", "left_shoulder"),
        ("arc", "left_shoulder", "to_right", "right_shoulder"),
        thorax_right_up_deg=12.0,
    ),
    "thorax_side_bend_deg": _front(
        ("line", "left_shoulder", "right_shoulder"),
        ("line", "left_hip", "right_hip"),
        ("parallel", "left_shoulder", "left_hip", "right_hip"),
        ("arc", "left_shoulder", "left_hip>right_hip", "right_shoulder"),
        thorax_right_up_deg=14.0,
    ),
    "thorax_lateral_shift_pct": _front(
        ("line", "hips", "shoulders"), ("gap_across", "hips", "shoulders"), lean_right_deg=12.0
    ),
    "pelvis_lateral_shift_pct": _front(
        ("up", "feet"), ("gap_across", "feet", "hips"), pelvis_shift_m=0.07, stance_m=0.3
    ),
    "fppa_deg": _front(
        ("line", "right_hip", "right_knee"),
        ("line", "right_knee", "right_ankle"),
        ("beyond", "right_hip", "right_knee"),
        ("arc", "right_knee", "-right_hip", "right_ankle"),
        knee_in_right_m=0.08,
        knee_in_left_m=0.08,
        stance_m=0.34,
        thigh_deg=40.0,
    ),
    "kasr_ratio": _front(
        ("gap_across", "left_knee", "right_knee"),
        ("gap_across", "left_ankle", "right_ankle"),
        knee_in_right_m=0.06,
        knee_in_left_m=0.06,
        stance_m=0.36,
    ),
    "knee_medial_disp_pct": _front(
        ("dashed", "right_hip", "right_ankle"),
        ("foot_of", "right_knee", "right_ankle", "right_hip"),
        knee_in_right_m=0.08,
        knee_in_left_m=0.08,
        stance_m=0.34,
        thigh_deg=40.0,
    ),
    "stance_width_ratio": _front(
        ("gap_across", "left_ankle", "right_ankle"), ("gap_across", "left_hip", "right_hip"), stance_m=0.4
    ),
    "foot_turnout_deg": _above(
        ("line", "right_heel", "right_foot_index"),
        ("forward", "right_heel"),
        ("arc", "right_heel", "forward", "right_foot_index"),
        turnout_left_deg=25.0,
        turnout_right_deg=25.0,
        stance_m=0.3,
    ),
    "thorax_rotation_deg": _above(
        ("line", "left_shoulder", "right_shoulder"),
        ("parallel", "left_shoulder", "left_hip", "right_hip"),
        ("arc", "left_shoulder", "left_hip>right_hip", "right_shoulder"),
        thorax_turn_deg=25.0,
    ),
    "pelvis_yaw_deg": _above(
        ("line", "left_hip", "right_hip"),
        ("to_right", "left_hip"),
        ("arc", "left_hip", "to_right", "right_hip"),
        pelvis_turn_deg=25.0,
    ),
    "hip_pelvis_flexion_deg": Picture((_PELVIS, *_line("hip", "knee"), ("arc", "hip", "22", "knee"))),
    "pelvic_tilt_deg": Picture((_PELVIS, ("up", "hip"), ("arc", "hip", "up", "22"))),
    "lumbar_flexion_deg": Picture(_LOW_BACK),
    "lumbar_curvature_deg": Picture(_LOW_BACK),
    "lumbar_percent_max_pct": Picture(
        (_PELVIS, _RIBS, ("lean", "trunk", "22"), ("arc", "trunk", "22", "46"))
    ),
    "thorax_inclination_deg": Picture((_RIBS, ("up", "trunk"), ("arc", "trunk", "up", "46"))),
    "upper_back_rounding_deg": Picture(
        (_RIBS, ("bar", "shoulder", "62"), ("lean", "shoulder", "46"), ("arc", "shoulder", "46", "62"))
    ),
    "rib_flare_deg": Picture((*_line("hip", "shoulder"),)),
}
