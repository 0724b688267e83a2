"""Where in a repetition somebody is right now: a few numbers a pose, quick enough for every picture.

The analysis of the window says how high the shoulders are in standing and how deep the set goes; from
that, every new pose is put into a phase at once.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from movement_lab.live.table import load_live
from movement_lab.records import Pose
from movement_lab.skeleton import LANDMARKS

Phase = Literal["set", "down", "bottom", "up"]

_SHOULDERS: Final = [LANDMARKS.index("left_shoulder"), LANDMARKS.index("right_shoulder")]
_ANKLES: Final = [LANDMARKS.index("left_ankle"), LANDMARKS.index("right_ankle")]


@dataclass(frozen=True, slots=True)
class Reach:
    """Pixels: how high the shoulders are over the ankles in standing, and how far they sink."""

    standing_px: float
    depth_px: float


def shoulders_over_ankles_px(pose: Pose) -> float:
    """Return how high the shoulders are over the ankles in the picture; NaN where not seen."""
    return float(pose.xy[_ANKLES, 1].mean() - pose.xy[_SHOULDERS, 1].mean())


def phase_of(share: float, speed_per_s: float, before: Phase) -> Phase:
    """Return the phase at a ``share`` of the depth, sinking by ``speed_per_s`` of it a second."""
    numbers = load_live().phase
    if not math.isfinite(share):
        return before
    if abs(speed_per_s) > numbers.slow_per_s:
        return "down" if speed_per_s > 0 else "up"
    if share < numbers.set:
        return "set"
    return "bottom" if share >= numbers.deep else before


class PhaseFollower:
    """Puts pose after pose into phases."""

    def __init__(self) -> None:
        self.phase: Phase = "set"
        self._recent: deque[tuple[float, float]] = deque(maxlen=120)
        self._usual_depth = load_live().phase.usual_depth
        self._over_s = load_live().phase.over_s

    def follow(self, pose: Pose, reach: Reach | None) -> Phase:
        """Return the phase at ``pose``; ``reach`` is what the analysis last said, None before it did."""
        height_px = shoulders_over_ankles_px(pose)
        if not math.isfinite(height_px):
            return self.phase
        self._recent.append((pose.time_s, height_px))
        while self._recent[0][0] < pose.time_s - self._over_s:
            self._recent.popleft()
        reach = reach or Reach(height_px, self._usual_depth * height_px)
        share = (reach.standing_px - float(np.median([px for _, px in self._recent][-3:]))) / reach.depth_px
        self.phase = phase_of(share, self._speed_px() / reach.depth_px, self.phase)
        return self.phase

    def _speed_px(self) -> float:
        """Return how fast the shoulders sink, pixels a second: a straight line through the last moments."""
        if len(self._recent) < 3:
            return 0.0
        time_s, height_px = np.array(self._recent).T
        time_s = time_s - time_s.mean()
        spread = float(time_s @ time_s)
        return -float(time_s @ height_px) / spread if spread > 0 else 0.0
