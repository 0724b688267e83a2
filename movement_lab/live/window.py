"""The last seconds of poses: all that live judging remembers, so that hours need no more memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from movement_lab.live.table import load_live
from movement_lab.records import Pose, Track
from movement_lab.skeleton import LANDMARKS
from movement_lab.tracking import stack_poses


class Window:
    """Poses of the last ``live_s`` seconds, oldest first; ``size`` (width, height) of their pictures."""

    def __init__(self) -> None:
        numbers = load_live().window
        self._poses: deque[Pose] = deque(maxlen=int(numbers.most_poses))
        self._longest_s = numbers.live_s
        self.size = (0, 0)
        self.slid = False

    def __len__(self) -> int:
        """Return the number of poses kept."""
        return len(self._poses)

    def add(self, pose: Pose, size: tuple[int, int]) -> None:
        """Keep a pose; one that isn't later than the last is left out, another picture size starts anew."""
        if size != self.size:
            self.clear()
            self.size = size
        if self._poses and pose.time_s <= self._poses[-1].time_s:
            return
        self.slid |= len(self._poses) == self._poses.maxlen
        self._poses.append(pose)
        while self._poses[0].time_s < pose.time_s - self._longest_s:
            self._poses.popleft()
            self.slid = True

    def clear(self) -> None:
        """Forget everything."""
        self._poses.clear()
        self.slid = False

    def track(self, last_s: float | None = None) -> Track | None:
        """Return the poses, or those of the last ``last_s`` seconds, as a Track; None without any."""
        kept: Iterable[Pose] = self._poses
        if last_s is not None and self._poses:
            since = self._poses[-1].time_s - last_s
            kept = [pose for pose in self._poses if pose.time_s >= since]
        poses = list(kept)
        return stack_poses(poses, names=LANDMARKS, size=self.size) if poses else None
