"""What of a person is drawn, by view: which points, bones and angles.

From the side only the near half of the body is drawn, because only that half was measured.
From the front or back it is both. An angle is drawn as the wedge that its number names, so that
it closes to nothing where the number is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from movement_lab.drawing.style import CONTEXT, HIP, Colour
from movement_lab.records import Array, Track, View
from movement_lab.report import Report

#: Direction of a wedge that opens from the vertical.
UP: Final = "up"

Place = Literal["front", "back", "left", "right"]


@dataclass(frozen=True, slots=True)
class Angle:
    """One drawn angle.

    ``signal`` is its key in ``Report.signals``. The wedge lies at point ``at``; one of its sides
    runs to point ``to`` (or straight up), the other is ``turn`` times the value away, turned the
    way the person faces. ``place`` says where its label is tried first.
    """

    signal: str
    at: str
    to: str
    turn: int
    colour: Colour
    place: Place
    radius: float = 58.0
    signed: bool = True
    lead: str = ""

    @property
    def words(self) -> str:
        """Return the wording key of its short name (near and far side share one)."""
        name = self.signal
        if not name.startswith("fppa"):
            name = name.replace("_left", "").replace("_right", "")
        return f"overlay.{name}"

    def side(self, sense: int) -> int:
        """Return the side of the picture its label is tried on first: +1 right, -1 left."""
        return {"front": sense, "back": -sense, "left": -1, "right": 1}[self.place]


@dataclass(frozen=True, slots=True)
class Bone:
    """A line between two points; ``strong`` where it is a leg, thin where it is context."""

    a: str
    b: str
    strong: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """Everything that can be drawn of a person in one view; ``sense`` +1 or -1 turns wedges."""

    bones: tuple[Bone, ...]
    joints: tuple[str, ...]
    angles: tuple[Angle, ...]
    sense: int

    @property
    def points(self) -> tuple[str, ...]:
        """Return the names of all points needed, each once."""
        ends = [end for bone in self.bones for end in (bone.a, bone.b)]
        return tuple(dict.fromkeys([*ends, *self.joints, *(angle.at for angle in self.angles)]))


def figure_of(report: Report) -> Figure:
    """Return what to draw for a report: half or whole body, and the angles its view can show."""
    view = report.view
    whole = view.name in ("front", "back")
    sides = ("left", "right") if whole else (view.near,)
    trunk = _WHOLE_TRUNK if whole else [Bone(*chord_of(view.near), strong=False)]
    bones = [bone for side in sides for bone in _limbs(side)] + trunk
    joints = tuple(f"{side}_{joint}" for side in sides for joint in _JOINTS)
    return Figure(tuple(bones), joints, _angles(report), _sense(view))


def chord_of(side: str) -> tuple[str, str]:
    """Return the names of the lower and upper end of the trunk as it is drawn from a side."""
    return f"{side}_hip", f"{side}_shoulder"


def values_of(report: Report, angles: tuple[Angle, ...]) -> Array:
    """Return the angles' values over the track, (T, A) degrees, NaN where one is not to be drawn.

    They are changes from own standing, like every number of the report; geometric without one.
    """
    columns = [_drawn_values(report, angle) for angle in angles]
    return np.stack(columns, axis=1) if columns else np.empty((len(report.track), 0))


def _drawn_values(report: Report, angle: Angle) -> Array:
    values = report.signals.get(angle.signal, np.full(len(report.track), np.nan))
    zero = report.standing.zero.get(angle.signal, 0.0)
    if report.standing.found and np.isfinite(zero):
        values = values - zero
    if not angle.lead:
        return values
    leads = np.zeros(len(values), bool)
    for rep in report.reps:
        leads[rep.start : rep.end] |= rep.side == angle.lead
    return np.where(leads, values, np.nan)


def points_of(track: Track, names: tuple[str, ...]) -> tuple[Array, Array]:
    """Return paths (T, P, 2) and scores (T, P) of points, ``mid_hip`` and ``mid_shoulder`` among them."""
    paths, scores = [], []
    for name in names:
        ends = [f"left_{name[4:]}", f"right_{name[4:]}"] if name.startswith("mid_") else [name]
        paths.append(np.mean([track[end] for end in ends], axis=0))
        scores.append(np.min([track.score[:, track.names.index(end)] for end in ends], axis=0))
    return np.stack(paths, axis=1), np.stack(scores, axis=1)


_JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot_index")
_LIMBS = (
    ("shoulder", "elbow", False),
    ("elbow", "wrist", False),
    ("hip", "knee", True),
    ("knee", "ankle", True),
    ("ankle", "foot_index", True),
)
_WHOLE_TRUNK = [
    Bone("mid_hip", "mid_shoulder", strong=False),
    Bone("left_shoulder", "right_shoulder", strong=False),
    Bone("left_hip", "right_hip", strong=True),
]


def _limbs(side: str) -> list[Bone]:
    return [Bone(f"{side}_{a}", f"{side}_{b}", strong) for a, b, strong in _LIMBS]


def _sense(view: View) -> int:
    """Which way image angles grow: forwards in side view, to the person's right in front and back view."""
    return 1 if view.facing in ("image_right", "away") else -1


def _angles(report: Report) -> tuple[Angle, ...]:
    if report.view.plane == "side":
        return _side_angles(report.view.near)
    if report.view.plane == "front":
        return _front_angles(report)
    return ()


def _side_angles(near: str) -> tuple[Angle, ...]:
    """Whole folds only: landmarks can't tell hip from back, so nothing here is called hip alone."""
    hip, knee, ankle = f"{near}_hip", f"{near}_knee", f"{near}_ankle"
    return (
        Angle(f"knee_flexion_{near}_deg", knee, ankle, -1, CONTEXT, "front"),
        Angle(f"hip_trunk_flexion_{near}_deg", hip, knee, 1, HIP, "back"),
        Angle("trunk_inclination_deg", hip, UP, 1, CONTEXT, "back", radius=76),
    )


def _front_angles(report: Report) -> tuple[Angle, ...]:
    """Sideways lean; knee lines of lunges: in a squat on both legs depth and turnout confound them."""
    lean = Angle("lateral_trunk_lean_deg", "mid_hip", UP, 1, CONTEXT, "left", radius=110, signed=False)
    if report.movement.name != "lunge" or report.view.gate != "full":
        return (lean,)
    return (lean, _knee_line("left", -1), _knee_line("right", 1))


def _knee_line(side: str, turn: int) -> Angle:
    place: Place = "front" if side == "right" else "back"
    return Angle(f"fppa_{side}_deg", f"{side}_knee", f"{side}_ankle", turn, CONTEXT, place, lead=side)
