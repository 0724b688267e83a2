"""Directions and rotations in the body frame: X anterior, Y up, Z to the person's right; degrees."""

from __future__ import annotations

from typing import Final

import numpy as np

from movement_lab.records import Array

Over = float | Array
"""One number, or (T,) numbers over time."""

UP: Final = np.array([0.0, 1.0, 0.0])


def across(turn_deg: Array, right_up_deg: Array) -> Array:
    """Return unit vectors from left to right, (T, 3), turned left and tipped right side up."""
    tip, turn = np.tan(np.radians(right_up_deg)), np.tan(np.radians(turn_deg))
    return unit(np.stack([turn, tip, np.ones_like(turn)], axis=-1))


def direction(inclination_deg: Over) -> Array:
    """Return sagittal unit vectors (T, 2) with this inclination: vertical 0, forward +."""
    angle = np.radians(np.atleast_1d(np.asarray(inclination_deg, float)))
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1)


def direction3(inclination_deg: Over) -> Array:
    """Return the same unit vectors in space, (T, 3)."""
    flat = direction(inclination_deg)
    return np.column_stack([flat, np.zeros(len(flat))])


def unit(vectors: Array) -> Array:
    """Return vectors (..., 3) scaled to length 1."""
    scaled: Array = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled


def pitched(forward_deg: Array) -> Array:
    """Return rotations (T, 3, 3) that tip upright things forward."""
    return rotation(forward_deg, 1, 0)


def turned(left_deg: Array) -> Array:
    """Return rotations (T, 3, 3) to the left about the vertical."""
    return rotation(left_deg, 2, 0)


def leant_right(right_deg: Array) -> Array:
    """Return rotations (T, 3, 3) that tip upright things to the right."""
    return rotation(right_deg, 1, 2)


def pitch_of(rotation: Array) -> Array:
    """Return how far forward a rotation (T, 3, 3) tips what was upright, degrees."""
    angle: Array = np.degrees(np.arctan2(rotation[:, 0, 1], rotation[:, 1, 1]))
    return angle


def rotation(angle_deg: Array, start: int, end: int) -> Array:
    """Return rotations (T, 3, 3) that carry axis ``start`` towards axis ``end``."""
    angle = np.radians(angle_deg)
    out = np.zeros((len(angle), 3, 3)) + np.eye(3)
    out[:, start, start] = out[:, end, end] = np.cos(angle)
    out[:, end, start], out[:, start, end] = np.sin(angle), -np.sin(angle)
    return out


def frame(*, up: Array, right: Array, keep: str = "up") -> Array:
    """Return frames (T, 3, 3) with columns ahead, up, right; ``keep`` says which one stays exact."""
    if keep == "right":
        z = unit(right)
        y = unit(up - z * np.sum(up * z, axis=-1, keepdims=True))
    else:
        y = unit(up)
        z = unit(right - y * np.sum(right * y, axis=-1, keepdims=True))
    return np.stack([np.cross(y, z), y, z], axis=-1)


def onto(start: Array, end: Array) -> Array:
    """Return the smallest rotations (T, 3, 3) that carry directions ``start`` onto ``end``."""
    a, b = unit(start), unit(end)
    axis, cosine = np.cross(a, b), np.sum(a * b, axis=-1)
    cross = np.zeros((len(axis), 3, 3))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        cross[:, i, j], cross[:, j, i] = -axis[:, k], axis[:, k]
    turn: Array = np.eye(3) + cross + cross @ cross / (1 + cosine + 1e-9)[:, None, None]
    return turn
