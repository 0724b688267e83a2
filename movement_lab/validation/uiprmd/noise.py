"""How far a pose model's landmarks lie from the true joints, lent from rendered people to others.

A landmark's error runs along two axes of the picture and three of the model's own coarse metres: a
constant, a share that grows as the hips go down, and a slow wander. Errors of one person belong
together (a hip seen too high comes with its knee and shoulder), so constants and shares are lent as one
piece, from one rendered person, the *donor*. ``noise.toml`` holds what `donors` measured.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.records import Array, Track

NOISE_FILE: Final = Path(__file__).with_name("noise.toml")
#: ``along`` is forward in side views and away from the midline in front views (image right for the head).
AXES: Final = ("along", "up", "world_along", "world_up", "world_towards")
PLANES: Final = ("side", "front")
GROUPS: Final = ("squat side", "squat front", "lunge side lead", "lunge side rear", "lunge front")
_KINDS: Final = ("shoulder", "hip", "knee", "ankle", "heel", "foot_index", "arm")
_ARM: Final = ("elbow", "wrist", "pinky", "index", "thumb")
#: The ``first`` side of the body is the near one; in front views the lead leg's, or the left.
ROWS: Final = (*(f"{place} {kind}" for place in ("first", "second") for kind in _KINDS), "head")


@dataclass(frozen=True, slots=True)
class Noise:
    """Errors to lend; all lengths in metres.

    ``donors[group]`` (donors, rows, axes, 2): constant, and growth per leg length that the hips come
    down; ``deepest[group]`` (donors,) how far each donor's came down, leg lengths; ``wander[plane]``
    (rows, axes) and ``score[plane]`` (rows,); ``tau_s`` how long the wander remembers itself.
    """

    donors: Mapping[str, Array]
    deepest: Mapping[str, Array]
    wander: Mapping[str, Array]
    score: Mapping[str, Array]
    tau_s: float
    made: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sight:
    """What errors depend on: the movement, the side of the body filmed (or ``front``), the leg in front."""

    movement: str
    view: str
    lead: str

    @property
    def plane(self) -> str:
        """Return ``side`` or ``front``."""
        return "side" if self.view in ("left", "right") else "front"

    @property
    def group(self) -> str:
        """Return which donors fit; squats for what is neither squat nor lunge."""
        if self.movement == "lunge" and self.plane == "side":
            return f"lunge side {'lead' if self.view == self.lead else 'rear'}"
        return f"{'lunge' if self.movement == 'lunge' else 'squat'} {self.plane}"

    def row(self, landmark: str) -> int:
        """Return the row of `ROWS` a landmark belongs to: ``left_wrist`` to an arm, ``nose`` to the head."""
        name = landmark.removeprefix("left_").removeprefix("right_")
        kind = "arm" if name in _ARM else name
        if kind not in _KINDS:
            return len(ROWS) - 1
        first = self.view if self.plane == "side" else self.lead if self.movement == "lunge" else "left"
        return _KINDS.index(kind) + (0 if landmark.startswith(first) else len(_KINDS))

    def signs(self, landmark: str) -> Array:
        """Return which way the `AXES` run for a landmark: +1 image right, image down, or as in ``xyz``."""
        if self.plane == "side":
            along = 1 if self.view == "right" else -1
        else:
            along = -1 if landmark.startswith("right_") else 1
        return np.array([along, -1, along, 1, 1], float)


def load_noise(path: Path = NOISE_FILE) -> Noise:
    """Read the measured table."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    shape = -1, len(ROWS), len(AXES), 2
    return Noise(
        donors={group: np.array(table["donors"][group], float).reshape(shape) / 1000 for group in GROUPS},
        deepest={group: np.array(table["deepest"][group], float) for group in GROUPS},
        wander={plane: np.array(table["wander"][plane], float) / 1000 for plane in PLANES},
        score={plane: np.array(table["score"][plane], float) for plane in PLANES},
        tau_s=float(table["tau_s"]),
        made=table["made"],
    )


def spoil(track: Track, lowered: Array, noise: Noise, sight: Sight, *, px_per_m: float, seed: int) -> Track:
    """Return an exact track with errors as a pose model makes them.

    ``lowered`` (T,): how far the hips are below standing, leg lengths; errors stop growing where the
    donor's hips turned. A ``seed`` stands for a person and a camera: the donor is the same however long
    the track is.
    """
    rng = np.random.default_rng(seed)
    chosen = int(rng.integers(len(noise.donors[sight.group])))
    donor = noise.donors[sight.group][chosen]
    grown = np.minimum(lowered, noise.deepest[sight.group][chosen])[:, None]
    xy, xyz, score = track.xy.copy(), track.xyz.copy(), track.score.copy()
    keep = math.exp(-float(np.median(np.diff(track.time_s))) / noise.tau_s)
    for i, landmark in enumerate(track.names):
        row = sight.row(landmark)
        wander = noise.wander[sight.plane][row] * _wander(len(lowered), keep, rng)
        error = sight.signs(landmark) * (donor[row, :, 0] + grown * donor[row, :, 1] + wander)
        xy[:, i] += px_per_m * error[:, :2]
        xyz[:, i] += error[:, 2:]
        score[:, i] = np.where(np.isnan(xy[:, i, 0]), 0.0, noise.score[sight.plane][row])
    return replace(track, xy=xy, xyz=xyz - _hips(track, xyz), score=score)


def _wander(frames: int, keep: float, rng: np.random.Generator) -> Array:
    """Return (T, axes) of unit spread that keeps ``keep`` of itself from frame to frame."""
    from scipy.signal import lfilter

    pushes = rng.standard_normal((frames, len(AXES)))
    pushes[1:] *= math.sqrt(1 - keep**2)
    return np.asarray(lfilter([1.0], [1.0, -keep], pushes, axis=0))


def _hips(track: Track, xyz: Array) -> Array:
    """Return the middle of the hips (T, 1, 3): the model's metres start there."""
    left, right = (xyz[:, track.names.index(f"{side}_hip")] for side in ("left", "right"))
    return np.asarray((left + right)[:, None] / 2)
