"""Where the camera stood: view, facing, yaw and the gate (specification 1.1, 1.2)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from movement_lab.geometry import wrap
from movement_lab.knowledge import load_grading
from movement_lab.records import Array, Facing, Gate, Track, View, ViewName
from movement_lab.skeleton import LEG, SIDES

_TRUE_YAW_DEG: dict[ViewName, float] = {"front": 0.0, "left": 90.0, "back": 180.0, "right": -90.0}


def find_view(track: Track, *, declared: str | None = None) -> View:
    """Estimate where the camera stood, from a raw or cleaned track.

    The body's turn is the circular median over the clip of the shoulder and hip lines in the
    model's coarse 3D points: 0 = facing the camera, 90 = left side to the camera. Near a side view
    how far the shoulders lie apart in the picture says it better, and counts more. A ``declared``
    view names the plane; the yaw, and with it the gate, is still measured against it.
    """
    turns_deg = body_turn_deg(track)
    turn_deg = circular_median(turns_deg)
    unseen = not np.isfinite(turn_deg)
    if unseen:
        turn_deg = 0.0
    if _toes_contradict(turn_deg, track):  # left and right are exchanged throughout
        turn_deg = float(wrap(np.array(turn_deg + 180)))
    nearest = min(_TRUE_YAW_DEG, key=lambda name: abs(float(wrap(np.array(turn_deg - _TRUE_YAW_DEG[name])))))
    name: ViewName = declared if declared is not None else nearest  # type: ignore[assignment]
    turn_deg = _with_shoulders(turn_deg, name, track)
    yaw_deg = abs(float(wrap(np.array(turn_deg - _TRUE_YAW_DEG[name]))))
    turning = turning_deg(turns_deg) > load_grading().gate_widened_deg  # one view can't describe the clip
    gate: Gate = "refused" if turning or unseen else gate_of(yaw_deg)
    facing: Facing = _facing(name, track)
    view = View(name, facing, yaw_deg, gate, turn_deg, declared=declared is not None)
    return view if declared or gate != "refused" else replace(view, name="oblique")


def _with_shoulders(turn_deg: float, name: ViewName, track: Track) -> float:
    """Return the turn of somebody seen about from a side, made surer by their shoulders in the picture.

    From the true side one shoulder covers the other; ``yaw`` off it they lie apart by its sine.
    """
    base_deg = _TRUE_YAW_DEG[name]
    yaw_deg = float(wrap(np.array(turn_deg - base_deg)))
    leg_px = leg_length(track, track.xy)
    apart_px = track["right_shoulder"][:, 0] - track["left_shoulder"][:, 0]
    seen = apart_px[np.isfinite(apart_px)]
    if name not in ("left", "right") or abs(yaw_deg) > _SIDEWAYS_DEG or not len(seen) or not leg_px > 0:
        return turn_deg
    sine = np.sin(np.radians(base_deg)) * float(np.median(seen)) / (leg_px * _SHOULDERS_PER_LEG)
    shoulders_deg = float(np.degrees(np.arcsin(np.clip(sine, -1, 1))))
    mean_deg = _SHOULDERS_COUNT * shoulders_deg + (1 - _SHOULDERS_COUNT) * yaw_deg
    return float(wrap(np.array(base_deg + mean_deg)))


def leg_length(track: Track, points: Array) -> float:
    """Return thigh plus shank of ``points`` (T, K, 2 or 3), as long as they usually look at most."""
    at = {(side, joint): points[:, track.names.index(f"{side}_{joint}")] for side in SIDES for joint in LEG}
    bones = [at[side, a] - at[side, b] for side in SIDES for a, b in pairwise(LEG[:3])]
    return float(np.sum([_usual_greatest(bone) for bone in bones])) / len(SIDES)


def _usual_greatest(bones: Array) -> float:
    lengths = np.linalg.norm(bones, axis=1)
    seen = lengths[np.isfinite(lengths)]
    return float(np.quantile(seen, 0.95)) if len(seen) else float("nan")


def refuse_if_turned(view: View, track: Track) -> View:
    """Return the view, refused if the person shows their other side for part of a cleaned track.

    Or if the picture itself was turned, so that its vertical is not the person's.
    """
    if legs_lean_deg(track) > LYING_DEG:
        return replace(view, name="oblique", gate="refused")
    away = np.abs(wrap(body_turn_deg(track) - view.turn_deg)) > _OTHER_SIDE_DEG
    if view.name in ("left", "right"):
        facing = 1 if view.facing == "image_right" else -1
        away |= facing * _toes_per_frame(track) < -_CLEAR_TOES
    if float(np.mean(away)) <= _OTHER_SIDE_SHARE:
        return view
    return replace(view, name="oblique", gate="refused")


def legs_lean_deg(track: Track) -> float:
    """Median angle of the line hip to ankle against straight down in the picture; 0 where not seen."""
    line = track["left_ankle"] + track["right_ankle"] - track["left_hip"] - track["right_hip"]
    lean = np.degrees(np.arctan2(np.abs(line[:, 0]), line[:, 1]))
    return float(np.median(lean[np.isfinite(lean)])) if np.isfinite(lean).any() else 0.0


def gate_of(yaw_deg: float) -> Gate:
    """Return what a yaw off the plane allows: ``full``, ``widened`` or ``refused``."""
    grading = load_grading()
    if yaw_deg <= grading.gate_full_deg:
        return "full"
    return "widened" if yaw_deg <= grading.gate_widened_deg else "refused"


def body_turn_deg(track: Track) -> Array:
    """Return (T,) how far the body is turned from facing the camera: left side showing positive.

    Shoulder and hip lines are added as vectors, which weighs each by its length.
    """
    point = {name: track.xyz[:, track.names.index(name)] for name in _TRUNK}
    across = point["left_shoulder"] - point["right_shoulder"] + point["left_hip"] - point["right_hip"]
    return np.degrees(np.arctan2(across[:, 2], across[:, 0]))


#: How far the pose model's shoulders are apart, in leg lengths (rendered people: 0.42), and how much what
#: they say counts against the coarse 3D points (errors there: 5 against 6 degrees, hardly related).
_SHOULDERS_PER_LEG = 0.42
_SHOULDERS_COUNT = 0.65
_SIDEWAYS_DEG = 45.0
#: Legs that usually lean more than this lie in the picture, or hang in it.
LYING_DEG = 55.0
_CLEARLY_SIDEWAYS = 0.8
_OTHER_SIDE_DEG = 90.0
_OTHER_SIDE_SHARE = 0.1
_CLEAR_TOES = 0.15
_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


def _toes_contradict(turn_deg: float, track: Track) -> bool:
    """Say whether, seen from a side, the toes point the other way than the body's turn says."""
    sideways = float(np.sin(np.radians(turn_deg)))
    toes = _toes(track)  # a left side shows when facing image left
    return abs(sideways) > _CLEARLY_SIDEWAYS and abs(toes) > _CLEAR_TOES and toes * sideways > 0


def _facing(name: ViewName, track: Track) -> Facing:
    """Where the person looks: toes against heels for side views (one vote over the clip)."""
    if name == "front":
        return "camera"
    if name == "back":
        return "away"
    toes = _toes(track)
    if abs(toes) < _CLEAR_TOES:
        return "image_left" if name == "left" else "image_right"
    return "image_right" if toes > 0 else "image_left"


def _toes(track: Track) -> float:
    """How far the toes usually are right of the heels in the picture, in shank lengths; 0 if never seen."""
    ways = _toes_per_frame(track)
    seen = ways[np.isfinite(ways)]
    return float(np.median(seen)) if len(seen) else 0.0


def _toes_per_frame(track: Track) -> Array:
    """How far the toes are right of the heels, mean of both feet, in shank lengths, (T,)."""
    feet = [track[f"{side}_foot_index"][:, 0] - track[f"{side}_heel"][:, 0] for side in ("left", "right")]
    shanks = [np.linalg.norm(track[f"{s}_knee"] - track[f"{s}_ankle"], axis=1) for s in ("left", "right")]
    shares = np.stack([foot / shank for foot, shank in zip(feet, shanks, strict=True)])
    count = np.isfinite(shares).sum(axis=0)
    return np.where(count > 0, np.nansum(shares, axis=0) / np.maximum(count, 1), np.nan)


def turning_deg(turns_deg: Array) -> float:
    """Return how much a person turns during a clip: half the spread of the middle 80 % of frames.

    Half turns don't count: to the pose model left and right look alike now and then, and
    cleaning puts them back. 0 if nothing was seen.
    """
    finite = 2 * np.radians(turns_deg[np.isfinite(turns_deg)])
    if not len(finite):
        return 0.0
    centred = np.angle(np.exp(1j * finite) / np.exp(1j * finite).mean()) / 2
    return float(np.degrees(np.quantile(centred, 0.9) - np.quantile(centred, 0.1)) / 2)


def circular_median(angles_deg: Array) -> float:
    """Return the median of angles about their circular mean; NaN if none is finite."""
    finite = angles_deg[np.isfinite(angles_deg)]
    if not len(finite):
        return float("nan")
    mean = np.degrees(np.angle(np.exp(1j * np.radians(finite)).mean()))
    return float(wrap(np.array(mean + np.median(wrap(finite - mean)))))
