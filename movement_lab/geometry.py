"""Plane geometry on arrays of points: no names of joints, no opinions.

Points are (T, 2) pixels, x right and y down; angles are degrees, (T,); NaN in, NaN out.
"""

from __future__ import annotations

import numpy as np

from movement_lab.records import Array


def inclination(lower: Array, upper: Array, *, facing: int) -> Array:
    """Return how far the line from ``lower`` to ``upper`` leans forward of vertical.

    0 = upright, forward positive, ±180; ``facing`` is +1 where forward is image right, else -1
    (specification 1.1, ``inc``).
    """
    across, down = (upper - lower).T
    return np.degrees(np.arctan2(facing * across, -down))


def tilt(left: Array, right: Array) -> Array:
    """Return the slope of a left-right body line: level 0, right end up positive, ±90."""
    across, down = (right - left).T
    return np.degrees(np.arctan2(-down, np.abs(across)))


def bend(a: Array, vertex: Array, b: Array) -> Array:
    """Return 180 minus the angle at ``vertex``, signed: 0 straight, positive where the turn
    from ``a`` over ``vertex`` to ``b`` is clockwise on the screen.
    """
    first, second = vertex - a, b - vertex
    cross = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return np.degrees(np.arctan2(cross, np.sum(first * second, axis=1)))


def angle_between(a: Array, b: Array) -> Array:
    """Return the unsigned angle between vectors (T, D), 0 to 180."""
    cosine = np.sum(a * b, axis=1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def distance_from_line(point: Array, start: Array, end: Array) -> Array:
    """Return the distance of ``point`` from the line ``start`` to ``end``, in pixels.

    Positive where the point lies clockwise (on the screen) of the direction start to end.
    """
    along = (end - start) / np.linalg.norm(end - start, axis=1, keepdims=True)
    offset = point - start
    return along[:, 0] * offset[:, 1] - along[:, 1] * offset[:, 0]


def yaw(vector: Array) -> Array:
    """Return the direction of body vectors (T, 3) seen from above, turning left positive, ±180.

    Axes: x image right, y up, z towards the camera; 0 = image right.
    """
    return np.degrees(np.arctan2(-vector[:, 2], vector[:, 0]))


def wrap(angle_deg: Array) -> Array:
    """Return angles brought into -180 (inclusive) to 180."""
    return (angle_deg + 180) % 360 - 180
