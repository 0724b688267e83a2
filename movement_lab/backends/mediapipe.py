"""MediaPipe's PoseLandmarker as a backend: the only file that imports MediaPipe to find poses.

Its traps are dealt with here, once: coordinates are normalised by width and height separately,
world axes point down and away, timestamps must be strictly rising whole milliseconds, and a
landmarker remembers the frames before, so each clip or segment gets a fresh one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from movement_lab.records import Frame, Pose
from movement_lab.skeleton import LANDMARKS

_WORLD_AXES = np.array([1.0, -1.0, -1.0])  # MediaPipe: y down, z away from the camera


@contextmanager
def open_backend(
    model_path: str, *, people: int = 1, follow: bool = True, masks: bool = False
) -> Iterator[MediaPipeBackend]:
    """Open a landmarker and close it properly, whatever happens in between."""
    from mediapipe.tasks.python import BaseOptions, vision

    mode = vision.RunningMode.VIDEO if follow else vision.RunningMode.IMAGE
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=model_path),
        running_mode=mode,
        num_poses=people,
        output_segmentation_masks=masks,
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        yield MediaPipeBackend(landmarker, follow=follow)


class MediaPipeBackend:
    """A landmarker in its VIDEO (``follow``) or IMAGE mode."""

    names = LANDMARKS

    def __init__(self, landmarker: Any, *, follow: bool) -> None:
        self._landmarker = landmarker
        self._follow = follow
        self._last_ms = -1

    def __call__(self, frame: Frame) -> Sequence[Pose]:
        """Return the people in ``frame``; times must rise from call to call when following."""
        import mediapipe as mp

        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(frame.image))
        if self._follow:
            self._last_ms = max(round(frame.time_s * 1000), self._last_ms + 1)
            result = self._landmarker.detect_for_video(image, self._last_ms)
        else:
            result = self._landmarker.detect(image)
        height, width = frame.image.shape[:2]
        masks = result.segmentation_masks or [None] * len(result.pose_landmarks)
        return [
            _pose(frame.time_s, points, world, mask, width=width, height=height)
            for points, world, mask in zip(
                result.pose_landmarks, result.pose_world_landmarks, masks, strict=True
            )
        ]


def _pose(time_s: float, points: Any, world: Any, mask: Any, *, width: int, height: int) -> Pose:
    return Pose(
        time_s=time_s,
        xy=np.array([(p.x * width, p.y * height) for p in points]),
        xyz=np.array([(p.x, p.y, p.z) for p in world]) * _WORLD_AXES,
        score=np.array([p.visibility for p in points]),
        mask=None if mask is None else mask.numpy_view().reshape(height, width),
    )
