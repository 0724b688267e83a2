"""The figure at the lowest point: body points in leg lengths, feet on the floor, facing right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.errors import VideoError
from movement_lab.records import Array

#: Lines of the figure, without the side: what is measured, heavy; arms, thin.
_LEG: Final = ("foot_index", "heel", "ankle", "knee", "hip")
_ARM: Final = ("shoulder", "elbow", "wrist")
_BASE: Final = ("ankle", "hip", "knee")
_BACK_STEPS: Final = 25
_REACH: Final = (0.3, 0.6)  # how much of the trunk keeps the direction of its lower and upper end


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A body at the lowest point.

    ``legs``, ``trunk``, ``arms``: lines of points, (N, 2) each, in leg lengths, x forward (from the side) and
    y up, the ankle at 0; ``joints`` (N, 2); ``head`` its middle; ``back`` the course of the back between
    hip and shoulder, (N, 2), None where the spine wasn't read. NaN where a point wasn't seen.
    """

    legs: tuple[Array, ...]
    trunk: Array
    arms: tuple[Array, ...]
    joints: Array
    head: Array
    back: Array | None = None


def lowest_figure(path: Path, report: Mapping[str, Any]) -> Figure | None:
    """Return the figure of a ``track.npz``: medians over the lowest points; None where there is none.

    Parameters
    ----------
    path : Path
        The stored track; its cleaned points are used.
    report : mapping
        The ``report.json`` that belongs to it.
    """
    view = report["view"]
    graded = [rep for rep in report["reps"] if rep["graded"]]
    if not graded or view["gate"] == "refused" or view["name"] == "oblique":
        return None
    points = _points(path)
    sides = (view["name"],) if view["name"] in ("left", "right") else ("left", "right")
    placed = _placed(points, graded, sides, mirror=view["facing"] == "image_left")
    return _figure(placed, sides, report) if placed else None


def _points(path: Path) -> dict[str, Array]:
    """Return times and the path of each cleaned point, pixels."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            names = [str(name) for name in arrays["names"]]
            xy = np.asarray(arrays["xy"], float)
            return {"time_s": np.asarray(arrays["time_s"], float)} | {
                name: xy[:, place] for place, name in enumerate(names)
            }
    except (OSError, ValueError, KeyError) as error:
        raise VideoError(
            f"{path.name} can't be read ({error}). The body points of an assessment were needed. "
            "Assess the recording again."
        ) from None


def _placed(
    points: Mapping[str, Array], reps: Sequence[Mapping[str, Any]], sides: Sequence[str], *, mirror: bool
) -> dict[str, Array]:
    """Return each point at the lowest point, in leg lengths from the ankles; nothing if legs are unseen."""
    time_s = points["time_s"]
    turns = [int(np.argmin(np.abs(time_s - rep["turn_s"]))) for rep in reps]
    ankle = np.mean([points[f"{side}_ankle"] for side in sides], axis=0)
    with np.errstate(all="ignore"):
        length = np.nanmedian([_leg_px(points, side) for side in sides]) if _any(points, sides) else math.nan
    if not length > 0:
        return {}
    turned = np.array([-1.0 if mirror else 1.0, -1.0]) / length
    return {
        name: _middle(((path - ankle) * turned)[turns]) for name, path in points.items() if name != "time_s"
    }


def _any(points: Mapping[str, Array], sides: Sequence[str]) -> bool:
    return all(np.isfinite(points[f"{side}_{name}"]).any() for side in sides for name in _BASE)


def _leg_px(points: Mapping[str, Array], side: str) -> Array:
    """Return the length of a leg, thigh and shank, over time."""
    ankle, hip, knee = (points[f"{side}_{name}"] for name in _BASE)
    lengths: Array = np.hypot(*(hip - knee).T) + np.hypot(*(knee - ankle).T)
    return lengths[np.isfinite(lengths)]


def _middle(rows: Array) -> Array:
    """Return the median of points, NaN where none was seen."""
    seen = rows[np.isfinite(rows).all(axis=1)]
    return np.median(seen, axis=0) if len(seen) else np.full(2, math.nan)


def _figure(placed: Mapping[str, Array], sides: Sequence[str], report: Mapping[str, Any]) -> Figure:
    def line(side: str, names: Sequence[str]) -> Array:
        return np.stack([placed[f"{side}_{name}"] for name in names])

    hip, shoulder = (np.mean([placed[f"{side}_{name}"] for side in sides], axis=0) for name in _ENDS)
    legs = tuple(line(side, _LEG) for side in sides)
    trunk = np.stack([hip, shoulder])
    if len(sides) == 2:  # from the front: hips and shoulders are seen as lines
        trunk = np.stack([placed[name] for name in _OUTLINE])
    arms = tuple(line(side, _ARM) for side in sides)
    joints = np.stack([placed[f"{side}_{name}"] for side in sides for name in _JOINTS])
    head = np.mean([placed["left_ear"], placed["right_ear"]], axis=0)
    head = placed[f"{sides[0]}_ear"] if not np.isfinite(head).all() else head
    return Figure(legs, trunk, arms, joints, head, _back(hip, shoulder, report))


_ENDS: Final = ("hip", "shoulder")
_OUTLINE: Final = ("left_hip", "left_shoulder", "right_shoulder", "right_hip", "left_hip")
_JOINTS: Final = ("ankle", "knee", "hip", "shoulder", "elbow", "wrist")


def _back(hip: Array, shoulder: Array, report: Mapping[str, Any]) -> Array | None:
    """Return the course of the back: it leaves as the pelvis has turned, arrives as the rib cage has.

    Between its ends it is a smooth sketch, as on the picture; in own standing it would lie along the trunk.
    """
    pelvis, ribs, trunk = (_set_value(report, f"{name}_deg") for name in _TURNED)
    lean = math.degrees(math.atan2(*(shoulder - hip)))
    if not math.isfinite(pelvis + ribs + trunk + lean):
        return None
    length, standing = float(np.hypot(*(shoulder - hip))), lean - trunk
    leaves = hip + _REACH[0] * length * _direction(standing + pelvis)
    arrives = shoulder - _REACH[1] * length * _direction(standing + ribs)
    s = np.linspace(0, 1, _BACK_STEPS)
    shares = np.stack([(1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3], axis=1)
    course: Array = shares @ np.stack([hip, leaves, arrives, shoulder])
    return course


_TURNED: Final = ("pelvic_tilt", "thorax_inclination", "trunk_inclination")


def _direction(lean_deg: float) -> Array:
    """Return the direction that leans forward from upright by an angle."""
    return np.array([math.sin(math.radians(lean_deg)), math.cos(math.radians(lean_deg))])


def _set_value(report: Mapping[str, Any], name: str) -> float:
    """Return a change from own standing over the set, NaN where it isn't known."""
    for row in report["measurements"]:
        if (row["name"], row["rep"], row["at"], row["zero"]) == (name, None, "turn", "rel"):
            return math.nan if row["value"] is None else float(row["value"])
    return math.nan
