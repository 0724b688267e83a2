"""The pose model with its mask, one picture at a time, in a process that can't reach the network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from movement_lab.isolation import cut_network, die_with_parent
from movement_lab.records import Array, Image

_WORLD_AXES = np.array([1.0, -1.0, -1.0])  # the library's: y down, z away from the camera


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The person in a picture: 33 landmarks as in a `Pose`, and ``mask`` (H, W) float 0 to 1."""

    xy: Array
    xyz: Array
    score: Array
    mask: NDArray[np.float32]


def start_worker() -> None:
    """Close the process off before the pose library is there; one thread to render is enough."""
    die_with_parent()
    cut_network()
    os.environ["LP_NUM_THREADS"] = "1"
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # its chatter goes past Python's logging


@contextmanager
def open_looker(model_path: str) -> Iterator[Looker]:
    """Open a landmarker that gives masks, and close it properly."""
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=model_path),
        running_mode=vision.RunningMode.IMAGE,
        output_segmentation_masks=True,
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        yield Looker(landmarker)


class Looker:
    """Looks at pictures that have nothing to do with each other."""

    def __init__(self, landmarker: Any) -> None:
        self._landmarker = landmarker

    def __call__(self, picture: Image) -> Seen | None:
        """Return the person in a picture (H, W, 3) uint8 RGB, or None."""
        import mediapipe as mp

        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(picture))
        result = self._landmarker.detect(image)
        if not result.pose_landmarks:
            return None
        height, width = picture.shape[:2]
        points, world = result.pose_landmarks[0], result.pose_world_landmarks[0]
        return Seen(
            xy=np.array([(p.x * width, p.y * height) for p in points]),
            xyz=np.array([(p.x, p.y, p.z) for p in world]) * _WORLD_AXES,
            score=np.array([p.visibility for p in points]),
            mask=result.segmentation_masks[0].numpy_view().reshape(height, width).copy(),
        )
