"""Find bright printed dots in one picture: sub-pixel centres, sizes, contrast.

A dot is a roundish patch of the chosen colour, about as wide as a printed one should look, whose
colour is gone right around it. So a shirt of that colour is no dot, and a dot on it is none either:
`colour_in_scene` says so, and `free_colour` names a colour that isn't there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array, Image, Pose
from movement_lab.skeleton import LANDMARKS
from movement_lab.spine.sticker_table import SeeingNumbers, load_stickers

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]
Window = tuple[slice, slice]

#: How a centre is settled. Pixels: the paper is seen from, to so far beyond the dot's edge, the dot itself at
#: least so far around its middle; its edge is soft, so a little beyond it counts. The paper is lighter than
#: most of what is around; grey levels that tell them apart; pixels no centre is off by.
_PAPER_PX: Final = (0.2, 1.8)
_INSIDE_PX: Final = 1.2
_EDGE_PX: Final = 0.7
_PAPER_PCT: Final = 70
_LEAST_CONTRAST: Final = 15.0
_FURTHEST_PX: Final = 2.0
_SETTLING_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True)
class Region:
    """Where to look, whole pixels (right and bottom excluded), and how wide a dot should look."""

    left: int
    top: int
    right: int
    bottom: int
    dot_px: float


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """Dots in one picture: ``xy`` (k, 2) centres in pixels, ``size_px`` (k,) widths, ``contrast``
    (k,) the share of the colour that is gone around each, 0 to 1.
    """

    xy: Array
    size_px: Array
    contrast: Array

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.xy)

    @classmethod
    def none(cls) -> Dots:
        """Return no dots."""
        return cls(np.empty((0, 2)), np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class ColourInScene:
    """How much of a colour a picture holds beside its dots, in dots' areas; ``taken`` if too much."""

    other_dots: float
    taken: bool


@dataclass(frozen=True, slots=True)
class _Patch:
    """A roundish patch: centre in the region's pixels, width, colour gone around it, colour in it."""

    x: float
    y: float
    size_px: float
    contrast: float
    strength: float


def torso_region(pose: Pose, size: tuple[int, int]) -> Region | None:
    """Return the generous surroundings of a person's trunk; None if hips or shoulders weren't seen.

    Parameters
    ----------
    pose
        The person's 33 landmarks.
    size
        (width, height) of the picture, pixels.
    """
    hip, shoulder = (_middle(pose, name) for name in ("hip", "shoulder"))
    trunk = shoulder - hip
    length_px = float(np.hypot(*trunk))
    if not math.isfinite(length_px) or length_px == 0:
        return None
    numbers = load_stickers()
    see = numbers.seeing
    side = np.array([-trunk[1], trunk[0]]) * see.beside_share
    ends = (hip - see.below_share * trunk, shoulder + see.above_share * trunk)
    corners = np.array([end + way * side for end in ends for way in (-1, 1)])
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, size).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, size).astype(int)
    if left >= right or top >= bottom:
        return None
    dot_px = numbers.sheet.dot_mm / see.trunk_mm * length_px
    return Region(int(left), int(top), int(right), int(bottom), dot_px)


def find_dots(picture: Image, region: Region | None, colour: str) -> Dots:
    """Return the dots of a colour in a region of a picture.

    Parameters
    ----------
    picture
        (H, W, 3) uint8 RGB, as `Frame.image`.
    region
        From `torso_region`; None finds nothing.
    colour
        A name in ``knowledge/stickers.toml``: green, magenta, cyan, yellow or orange.

    Raises
    ------
    UsageError
        If there is no such colour.
    """
    strength = colour_strength(picture, region, colour)
    if region is None or region.dot_px < load_stickers().seeing.min_dot_px:
        return Dots.none()
    found = [patch for patch, _ in _dots_in(strength, region, colour)]
    lightness = _lightness(picture, region)
    centres = [_settled(lightness, each) for each in found]
    return Dots(
        np.array([(x + region.left, y + region.top) for x, y in centres]).reshape(-1, 2),
        np.array([each.size_px for each in found]),
        np.array([each.contrast for each in found]),
    )


def colour_in_scene(picture: Image, region: Region | None, colour: str) -> ColourInScene:
    """Return how much of a colour clothes and surroundings already hold, dots left out."""
    strength = colour_strength(picture, region, colour)
    numbers = load_stickers()
    if region is None or not strength.size:
        return ColourInScene(0.0, False)
    coloured = strength >= numbers.colour_named(colour).min_strength
    for _, window in _dots_in(strength, region, colour):
        coloured[window] = False
    other = float(np.count_nonzero(coloured)) / (math.pi / 4 * region.dot_px**2)
    return ColourInScene(other, other > numbers.seeing.max_other_dots)


def free_colour(picture: Image, region: Region | None, *, besides: Iterable[str] = ()) -> str:
    """Return the name of the colour that a picture holds least of; "" if every one is taken.

    ``besides`` names colours not to suggest. Colours that it holds none of come in table order.
    """
    left = [name for name in load_stickers().colour if name not in set(besides)]
    held = {name: colour_in_scene(picture, region, name) for name in left}
    free = [name for name in left if not held[name].taken]
    return min(free, key=lambda name: round(held[name].other_dots), default="")


def colour_strength(picture: Image, region: Region | None, colour: str) -> Field:
    """Return how strongly a region shows a colour, (h, w): chroma of its hue over lightness, 0 for others.

    Chroma and lightness (CIE Lab) fall together when light does, so their quotient stays; it fades
    towards the limits of the hue.
    """
    import cv2

    tone = load_stickers().colour_named(colour)
    if region is None:
        return np.zeros((0, 0), np.float32)
    crop = picture[region.top : region.bottom, region.left : region.right].astype(np.float32) / 255
    lab = cv2.cvtColor(crop, cv2.COLOR_RGB2Lab)
    hue = math.radians(tone.hue_deg)
    along = lab[..., 1] * math.cos(hue) + lab[..., 2] * math.sin(hue)
    across = lab[..., 2] * math.cos(hue) - lab[..., 1] * math.sin(hue)
    chroma = along - np.abs(across) / math.tan(math.radians(tone.reach_deg))
    strength = np.maximum(chroma, 0) / (lab[..., 0] + load_stickers().seeing.lightness_floor)
    smooth: Field = cv2.GaussianBlur(strength, (0, 0), max(0.6, region.dot_px / 14))
    return smooth


def _middle(pose: Pose, name: str) -> Array:
    """Return the point halfway between left and right, (2,) pixels."""
    middle: Array = np.mean(
        [pose.xy[LANDMARKS.index(f"{side}_{name}")] for side in ("left", "right")], axis=0
    )
    return middle


def _dots_in(strength: Field, region: Region, colour: str) -> list[tuple[_Patch, Window]]:
    """Return every dot of a region and the window it lies in.

    Dots of one print look alike in one light: what is much paler than the four strongest is none.
    """
    found = list(_patches_in(strength, region, load_stickers().colour_named(colour).min_strength))
    strongest = sorted((patch.strength for patch, _ in found), reverse=True)[:4]
    least = load_stickers().seeing.alike * (strongest[-1] if strongest else 0.0)
    return [(patch, window) for patch, window in found if patch.strength >= least]


def _patches_in(strength: Field, region: Region, least: float) -> Iterator[tuple[_Patch, Window]]:
    """Yield every roundish patch of a dot's size whose colour is gone around it."""
    import cv2

    see = load_stickers().seeing
    around = 2 * math.ceil(see.largest * region.dot_px / 2) + 1
    # What is left when everything wider than a dot is taken away; a rectangle is quick and good enough.
    small = cv2.morphologyEx(strength, cv2.MORPH_TOPHAT, np.ones((around, around), np.uint8))
    cores = (small >= see.min_contrast * least) & (strength >= least)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(cores.astype(np.uint8), connectivity=8)
    pad = math.ceil(0.6 * region.dot_px)
    for label in range(1, count):
        left, top, width, height = (int(value) for value in boxes[label][:4])
        if max(width, height) > 1.5 * around:
            continue
        window = (
            slice(max(0, top - pad), top + height + pad),
            slice(max(0, left - pad), left + width + pad),
        )
        patch = _measured(strength[window], labels[window] == label, region.dot_px, see)
        if patch is not None:
            yield replace(patch, x=patch.x + window[1].start, y=patch.y + window[0].start), window


def _measured(strength: Field, core: Mask, dot_px: float, see: SeeingNumbers) -> _Patch | None:
    """Return the patch with this core in a small window, in its pixels; None if it is no dot."""
    full = float(np.percentile(strength[core], 80))
    near = _grown(core & (strength > full / 2), max(2, round(0.2 * dot_px)))
    if near.all():
        return None
    ground = float(np.median(strength[~near]))
    contrast = 1 - float(np.minimum(strength[~near], full).mean()) / full
    if contrast < see.min_contrast:
        return None
    # How much of each pixel the dot covers: what makes the centre finer than a pixel. Little is taken
    # for nothing and much for all, so that a paler neighbour doesn't pull.
    covered = (strength - ground) / (full - ground)
    share = np.where(near, np.clip((covered - 0.3) / 0.4, 0, 1), 0).astype(float)
    y, x = (axis.ravel() for axis in np.indices(share.shape))
    spread = np.cov(np.stack([x, y]), aweights=share.ravel(), ddof=0)
    shortest, longest = np.sqrt(np.maximum(np.linalg.eigvalsh(spread), 1e-9))
    size = math.sqrt(4 * np.count_nonzero(share > 0.5) / math.pi)
    sized = see.smallest * dot_px <= size <= see.largest * dot_px
    if not sized or longest > see.max_elongation * shortest:
        return None
    centre_x, centre_y = (float(np.average(axis, weights=share.ravel())) for axis in (x, y))
    return _Patch(centre_x, centre_y, size, contrast, full)


def _lightness(picture: Image, region: Region) -> Field:
    """Return the luma of a region, (h, w) grey levels: what video keeps of every pixel; colour is halved."""
    import cv2

    crop = np.ascontiguousarray(picture[region.top : region.bottom, region.left : region.right])
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.float32)


def _settled(lightness: Field, patch: _Patch) -> tuple[float, float]:
    """Return a dot's centre from how much darker than its paper it is; its colour's own where that can't be.

    The middle of what is dark within a disc of the dot's size, anew around each middle until it stays: what
    lies beyond the paper's edge doesn't pull.
    """
    x, y, radius = patch.x, patch.y, patch.size_px / 2
    reach = math.ceil(radius + _PAPER_PX[1])
    for _ in range(_SETTLING_ROUNDS):
        left, top = round(x) - reach, round(y) - reach
        window = lightness[max(top, 0) : top + 2 * reach + 1, max(left, 0) : left + 2 * reach + 1]
        if window.shape != (2 * reach + 1, 2 * reach + 1):
            return patch.x, patch.y
        down, right = np.ogrid[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        away = np.hypot(down - y, right - x)
        dot = float(np.median(window[away <= max(_INSIDE_PX, radius - _PAPER_PX[1])]))
        around = window[(away > radius + _PAPER_PX[0]) & (away < radius + _PAPER_PX[1])]
        paper = float(np.percentile(around, _PAPER_PCT))
        if abs(paper - dot) < _LEAST_CONTRAST:
            return patch.x, patch.y
        share = np.clip((paper - window) / (paper - dot), 0, 1) * np.clip(radius + _EDGE_PX - away, 0, 1)
        x, y = float((share * right).sum() / share.sum()), float((share * down).sum() / share.sum())
    strayed = math.hypot(x - patch.x, y - patch.y) > _FURTHEST_PX
    return (patch.x, patch.y) if strayed else (x, y)


def _grown(core: Mask, by_px: int) -> Mask:
    """Return a mask and everything within ``by_px`` of it."""
    import cv2

    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by_px + 1, 2 * by_px + 1))
    grown: Mask = cv2.dilate(core.astype(np.uint8), disc) > 0
    return grown
