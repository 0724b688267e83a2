"""Body points in a room, metres: what OpenSim, C3D and others who think in markers ask for.

Height and the way sideways in the picture come from the picture, true to scale, so that an angle in that
plane is the angle we report. The way to and from the camera is the pose model's guess: fit for looking at,
not for measuring.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from movement_lab.records import Array, Facing, Track
from movement_lab.report import Report
from movement_lab.view import leg_length

#: Leg of a person 1.70 m tall (0.49 of stature, Drillis and Contini), where nothing tells the scale.
_ASSUMED_LEG_M: Final = 0.83
_FEET: Final = ("heel", "foot_index", "ankle")

#: Forward and the person's right in camera axes (x picture right, y up, z towards the camera).
_AXES: Final[dict[Facing, tuple[tuple[int, int, int], tuple[int, int, int]]]] = {
    "image_right": ((1, 0, 0), (0, 0, 1)),
    "image_left": ((-1, 0, 0), (0, 0, -1)),
    "camera": ((0, 0, 1), (-1, 0, 0)),
    "away": ((0, 0, -1), (1, 0, 0)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """Points (T, K, 3) metres: X forward, Y up, Z to the person's right; between the feet, on the floor.

    ``m_per_px`` is the scale and ``scale_from`` where it comes from: the person's ``height``, the pose
    ``model``'s coarse metres, or ``assumed`` (a person 1.70 m tall).
    """

    points: Array
    m_per_px: float
    scale_from: Literal["height", "model", "assumed"]


def in_room(report: Report) -> Room:
    """Return the cleaned track's points in the room, NaN where not seen."""
    track = report.track
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # points never seen: NaN is the answer
        leg_px = leg_length(track, track.xy)
        model = leg_length(track, track.xyz) / leg_px if leg_px > 0 else float("nan")
        m_per_px, scale_from = _scale(report, model)
        flat = (track.xy - _origin(track)) * np.array([m_per_px, -m_per_px])
    stretch = m_per_px / model if np.isfinite(model) and model > 0 else 1.0
    depth = np.nan_to_num(track.xyz[:, :, 2]) * stretch + 0 * flat[:, :, 0]
    camera = np.concatenate([flat, depth[:, :, None]], axis=2)
    return Room(camera @ axes_of(report.view.facing).T, m_per_px, scale_from)


def axes_of(facing: Facing) -> Array:
    """Return forward, up and right in camera axes, (3, 3) rows."""
    forward, right = _AXES[facing]
    return np.array([forward, (0, 1, 0), right], float)


def _scale(report: Report, model: float) -> tuple[float, Literal["height", "model", "assumed"]]:
    if mm := report.quality.get("scale_mm_per_px"):
        return float(mm) / 1000, "height"
    if np.isfinite(model) and model > 0:
        return model, "model"
    leg_px = leg_length(report.track, report.track.xy)
    return (_ASSUMED_LEG_M / leg_px if leg_px > 0 else 1 / 400), "assumed"


def _origin(track: Track) -> Array:
    """Return the pixel (2,) between the feet on the floor, as the clip usually shows it."""
    feet = np.stack([track[f"{side}_{point}"] for side in ("left", "right") for point in _FEET])
    if not np.isfinite(feet).any():
        feet = np.moveaxis(track.xy, 1, 0)
    across = np.nanmedian(feet[..., 0])
    floor = np.nanmedian(np.nanmax(feet[..., 1], axis=0))
    return np.nan_to_num(np.array([across, floor]))
