"""Points in a room, looked at from one side: a picture without perspective."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from movement_lab.records import Array
from movement_lab.skeleton import LANDMARKS

#: How tall the person is made in the picture, and what is left around them (pixels).
_TALL_PX: Final = 600.0
_ROOM_PX: Final = 100.0

#: Where a room of ours was seen from, by which way the person faced.
_FACED: Final = {"image_right": "right", "image_left": "left", "camera": "front", "away": "back"}


def seen_from(room: Array, facing: str, view: str | None) -> tuple[Array, Array, tuple[int, int]]:
    """Return pixels (T, K, 2), coarse metres (T, K, 3) and the size of the picture.

    Parameters
    ----------
    room
        (T, K, 3), y up, any unit of length; NaN where not seen.
    facing
        Of a room that we wrote (X forward, Z to the person's right); "" for anybody else's.
    view
        The side to look from; the right one, or that of our own file, if it isn't said.
    """
    view = view or _FACED.get(facing, "right")
    forward, up, right = np.eye(3) if facing else _body_axes(room)
    across, towards = {
        "right": (forward, right),
        "left": (-forward, -right),
        "front": (-right, forward),
        "back": (right, -forward),
    }[view]
    camera = room @ np.stack([across, up, towards]).T
    scale = _TALL_PX / _height(camera)
    flat = camera[..., :2] * np.array([scale, -scale])
    low, high = np.nanmin(flat, axis=(0, 1)), np.nanmax(flat, axis=(0, 1))
    width, height = (math.ceil(length) for length in high - low + 2 * _ROOM_PX)
    metres = (camera - _hips(camera)) * 1.7 / _height(camera)
    return flat - low + _ROOM_PX, metres, (width, height)


def _height(points: Array) -> float:
    """Return how far the points reach from top to bottom, as they usually do at most."""
    tall = np.nanmax(points[..., 1], axis=1) - np.nanmin(points[..., 1], axis=1)
    return max(float(np.nanquantile(tall, 0.95)), 1e-9)


def _hips(points: Array) -> Array:
    pair = [points[:, LANDMARKS.index(f"{side}_hip")] for side in ("left", "right")]
    return np.asarray((pair[0] + pair[1])[:, None] / 2)


def _body_axes(room: Array) -> tuple[Array, Array, Array]:
    """Return forward, up and the person's right, as they usually are, unit vectors in the room."""
    at = {name: room[:, k] for k, name in enumerate(LANDMARKS)}
    pairs = [at["right_shoulder"] - at["left_shoulder"], at["right_hip"] - at["left_hip"]]
    right = np.nanmedian(np.nansum(pairs, axis=0), axis=0) * np.array([1.0, 0.0, 1.0])
    length = float(np.linalg.norm(right))
    right = right / length if length > 0 else np.array([0.0, 0.0, 1.0])
    up = np.array([0.0, 1.0, 0.0])
    return np.cross(up, right), up, right
