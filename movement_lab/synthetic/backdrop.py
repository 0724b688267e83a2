"""Walls, floor and shadow behind a rendered person, in NumPy: only the person goes through VTK."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.records import Array
from movement_lab.synthetic.camera import Camera

BACKGROUNDS: Final = ("plain", "room", "gym", "clutter")
_WALL_M: Final = 1.7
_FAR_M: Final = 20.0


def backdrop(camera: Camera, kind: str, seed: int) -> tuple[Array, Array]:
    """Return the picture without the person, (H, W, 3) float32, and where it shows floor, (H, W)."""
    if kind not in BACKGROUNDS:
        raise UsageError(f"There is no background {kind!r}. Needed: one of {', '.join(BACKGROUNDS)}.")
    rng = np.random.default_rng(seed + 99)
    origin, ray = _rays(camera)
    depth = -origin[..., 1] / np.minimum(ray[..., 1], -1e-6)
    floor_at = origin + depth[..., None] * ray
    behind = camera.axes[2] * np.array([1.0, 0.0, 1.0])
    beyond = -(floor_at @ (behind / np.linalg.norm(behind)))
    on_floor = (ray[..., 1] < -1e-6) & (beyond < _WALL_M)
    floor, wall = _paints(rng)
    picture = np.where(on_floor[..., None], _floor(floor_at, kind, floor), _wall(camera, kind, wall, rng))
    if kind == "clutter":
        picture = _cluttered(picture, rng)
    return picture.astype(np.float32), on_floor.astype(np.float32)


def wall_colour(seed: int) -> tuple[int, int, int]:
    """Return the colour (sRGB) of the wall that `backdrop` paints with this seed."""
    red, green, blue = _paints(np.random.default_rng(seed + 99))[1].round().astype(int).tolist()
    return red, green, blue


def shadow(camera: Camera, vertices: Array, on_floor: Array) -> Array:
    """Return how dark the floor is under a person, (H, W) 0 to 1: a soft shadow from above."""
    import cv2

    drop = vertices[::3] * np.array([1.0, 0.0, 1.0])
    drop = drop + vertices[::3, 1:2] * np.array([0.1, 0.0, 0.12])
    pixel = camera.project(drop).astype(np.int32)
    width, height = camera.size
    inside = (pixel >= 0).all(axis=1) & (pixel[:, 0] < width) & (pixel[:, 1] < height)
    spots = np.zeros((height, width), np.float32)
    spots[pixel[inside, 1], pixel[inside, 0]] = 1
    spots = cv2.dilate(spots, np.ones((5, 5), np.uint8))
    soft: Array = cv2.GaussianBlur(spots, (0, 0), height / 110)
    return np.clip(soft, 0, 1) * on_floor


def _rays(camera: Camera) -> tuple[Array, Array]:
    """Return where each pixel's line of sight begins and its direction, (H, W, 3) each."""
    width, height = camera.size
    across, down = np.meshgrid(np.arange(width) - width / 2, np.arange(height) - height / 2)
    right, up, towards = camera.axes
    seen = camera.aim + (across[..., None] * right - down[..., None] * up) / camera.px_per_m
    if math.isinf(camera.distance_m):
        return seen + _FAR_M * towards, np.broadcast_to(-towards, seen.shape)
    origin = camera.aim + camera.distance_m * towards
    return np.broadcast_to(origin, seen.shape), seen - origin


def _paints(rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw the colours of floor and wall, (3,) each."""
    floor = rng.uniform(80, 165) * (1 + rng.uniform(-0.15, 0.15, 3))
    return floor, rng.uniform(120, 215) + rng.uniform(-18, 18, 3)


def _wall(camera: Camera, kind: str, colour: Array, rng: np.random.Generator) -> Array:
    width, height = camera.size
    fall = 1.05 - 0.2 * np.linspace(0, 1, height)[:, None, None]
    across = 1 + 0.08 * np.linspace(-1, 1, width)[None, :, None] * rng.choice([-1, 1])
    wall = colour * fall * across
    if kind == "gym":
        wall = wall * np.where(np.arange(width) % (width // 5) < 3, 0.75, 1.0)[None, :, None]
        wall[int(0.30 * height) : int(0.34 * height)] = rng.uniform(30, 200, 3)
    grey: Array = wall
    return grey


def _floor(at: Array, kind: str, colour: Array) -> Array:
    if kind == "plain":
        return np.broadcast_to(colour, at.shape)
    plank = np.floor(at[..., 0] / 0.14)
    board = (plank + 3 * np.floor(at[..., 2] / 0.9 + 0.37 * plank)) % 5
    boards: Array = colour * (0.9 + 0.04 * board)[..., None]
    return boards


def _cluttered(picture: Array, rng: np.random.Generator) -> Array:
    """Return the picture with furniture-like blocks behind the person, a little out of focus."""
    import cv2

    height, width = picture.shape[:2]
    busy = np.ascontiguousarray(picture, np.float32)
    for _ in range(9):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, int(0.65 * height)))
        size = rng.integers(width // 14, width // 4), rng.integers(height // 14, height // 4)
        colour = tuple(float(c) for c in rng.integers(25, 235, 3))
        cv2.rectangle(busy, (x, y), (x + int(size[0]), y + int(size[1])), colour, -1)
    blurred: Array = cv2.GaussianBlur(busy, (0, 0), 1.6)
    return blurred
