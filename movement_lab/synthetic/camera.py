"""A virtual camera: where it stands, what it sees, and the track a perfect pose model would give."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from movement_lab.records import Array, Track
from movement_lab.skeleton import LANDMARKS, MIRRORED

if TYPE_CHECKING:
    from movement_lab.synthetic.motion import Motion

AZIMUTH_DEG: Final = {"front": 0.0, "left": 90.0, "back": 180.0, "right": 270.0}
"""Where a camera stands round a person facing +X, counter-clockwise seen from above."""

SCORE: Final = 0.98


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera aimed at ``(aim_ahead_m, height_m)`` above the room's origin.

    ``view`` is the side of a person facing +X that it sees; ``yaw_deg`` how far it stands off that
    true view, counter-clockwise seen from above; ``pitch_deg`` how far it looks down; ``roll_deg``
    how far it is tipped clockwise, which tips the picture the other way. ``distance_m`` infinite
    means no perspective; ``px_per_m`` is the scale at that distance; ``size`` (width, height) px.
    """

    view: Literal["left", "right", "front", "back"] = "right"
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    height_m: float = 1.0
    distance_m: float = math.inf
    aim_ahead_m: float = 0.0
    px_per_m: float = 300.0
    size: tuple[int, int] = (480, 640)

    @property
    def azimuth_deg(self) -> float:
        """Return where the camera stands, counter-clockwise from straight in front."""
        return AZIMUTH_DEG[self.view] + self.yaw_deg

    @property
    def axes(self) -> Array:
        """Return the picture's right, up and towards-the-camera directions, (3, 3) rows."""
        azimuth, pitch, roll = np.radians([self.azimuth_deg, self.pitch_deg, self.roll_deg])
        out = np.array([math.cos(azimuth), 0.0, -math.sin(azimuth)])
        right = np.array([-math.sin(azimuth), 0.0, -math.cos(azimuth)])
        vertical = np.array([0.0, 1.0, 0.0])
        towards = math.cos(pitch) * out + math.sin(pitch) * vertical
        up = math.cos(pitch) * vertical - math.sin(pitch) * out
        tipped_right = math.cos(roll) * right - math.sin(roll) * up
        tipped_up = math.sin(roll) * right + math.cos(roll) * up
        return np.stack([tipped_right, tipped_up, towards])

    @property
    def aim(self) -> Array:
        """Return the point at the middle of the picture, (3,) metres in the room."""
        return np.array([self.aim_ahead_m, self.height_m, 0.0])

    def project(self, points: Array) -> Array:
        """Return pixels (..., 2), y down, of points (..., 3) in the room."""
        seen = (points - self.aim) @ self.axes.T
        nearness = 1 / (1 - seen[..., 2] / self.distance_m)
        flat = seen[..., :2] * (self.px_per_m * nearness)[..., None] * np.array([1.0, -1.0])
        middle: Array = flat + np.array(self.size) / 2
        return middle


def film(
    motion: Motion,
    camera: Camera | None = None,
    *,
    noise_px: float = 0.0,
    dropout: float = 0.0,
    mirror: bool = False,
    seed: int = 0,
) -> Track:
    """Return the track of a stick figure's motion as an ideal pose model would see it.

    Parameters
    ----------
    motion
        The moving figure.
    camera
        Default: true view of the right side, no perspective.
    noise_px
        Standard deviation of independent noise on every coordinate (``xyz`` gets the same in metres).
    dropout
        Share of points not seen: NaN with score 0.
    mirror
        As a mirrored video would be tracked: picture flipped, left and right names exchanged.
    """
    camera = camera or Camera()
    joints = motion.points(placed=True)
    track = track_of(joints, motion.time_s, camera, mirror=mirror)
    return _spoiled(track, camera.px_per_m, noise_px, dropout, np.random.default_rng(seed))


def track_of(joints: Mapping[str, Array], time_s: Array, camera: Camera, *, mirror: bool = False) -> Track:
    """Return landmarks in the room, (T, 3) metres each, as a track without any error."""
    points = np.stack([joints[name] for name in LANDMARKS], axis=1)
    middle = (joints["left_hip"] + joints["right_hip"])[:, None] / 2
    xy, xyz = camera.project(points), (points - middle) @ camera.axes.T
    if mirror:
        xy = (np.array([camera.size[0], 0.0]) + xy * np.array([-1.0, 1.0]))[:, MIRRORED]
        xyz = (xyz * np.array([-1.0, 1.0, 1.0]))[:, MIRRORED]
    score = np.full(xy.shape[:2], SCORE)
    origin = {"backend": "synthetic", "view": camera.view, "yaw_deg": camera.yaw_deg, "mirror": mirror}
    return Track(np.asarray(time_s, float), xy, xyz, score, LANDMARKS, camera.size, origin)


def _spoiled(
    track: Track, px_per_m: float, noise_px: float, dropout: float, rng: np.random.Generator
) -> Track:
    """Return the track with noise added and points dropped."""
    seen = rng.random(track.score.shape) >= dropout
    hidden = np.where(seen, 0.0, np.nan)[..., None]
    xy = track.xy + hidden + rng.normal(0, noise_px, track.xy.shape)
    xyz = track.xyz + hidden + rng.normal(0, noise_px / px_per_m, track.xyz.shape)
    score = np.where(seen, track.score, 0.0)
    return Track(track.time_s, xy, xyz, score, track.names, track.size, track.origin)
