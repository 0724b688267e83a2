"""Give dots their names while the person stands: by their order from the hips up, behind the trunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array, Track, View
from movement_lab.spine.dots import Dots
from movement_lab.spine.sticker_table import FollowingNumbers, load_stickers

#: Every dot there may be; the first four belong to the two strips and have to be there.
DOTS: Final = ("s1_lower", "s1_upper", "t12_lower", "t12_upper", "t8", "c7", "rib", "asis")
MIDLINE: Final = DOTS[:6]
#: The two dots of each strip, lower one first, as indices into `DOTS`.
PAIRS: Final = ((0, 1), (2, 3))


@dataclass(frozen=True, slots=True, eq=False)
class BodyAxis:
    """The line from hip to shoulder in each frame: ``hip`` (n, 2), unit vectors ``up`` and ``back``
    (n, 2), and ``trunk_px``, its length in standing.
    """

    hip: Array
    up: Array
    back: Array
    trunk_px: float

    @classmethod
    def of(cls, track: Track, view: View, standing: NDArray[np.bool_]) -> BodyAxis:
        """Read hips and shoulders; ``back`` points where the person doesn't look."""
        hip, shoulder = ((track[f"left_{name}"] + track[f"right_{name}"]) / 2 for name in ("hip", "shoulder"))
        length = np.linalg.norm(shoulder - hip, axis=1)
        up = (shoulder - hip) / np.where(length > 0, length, np.nan)[:, None]
        away = 1.0 if view.facing == "image_left" else -1.0
        back = away * np.stack([-up[:, 1], up[:, 0]], axis=1)
        seen = length[standing & np.isfinite(length)]
        return cls(hip, up, back, float(np.median(seen)) if len(seen) else float("nan"))

    def shares(self, i: int, xy: Array) -> Array:
        """Return (along, behind) of pixels (k, 2) in frame ``i``, in trunk lengths."""
        offset = xy - self.hip[i]
        return np.stack([offset @ self.up[i], offset @ self.back[i]], axis=1) / self.trunk_px

    def pixels(self, i: int, shares: Array) -> Array:
        """Return the pixels of (along, behind) in frame ``i``."""
        both = np.stack([self.up[i], self.back[i]])
        return np.asarray(self.hip[i] + self.trunk_px * shares @ both)


def named_dots(shares: Array, xy: Array) -> Array | None:
    """Return the pixels of every dot of `DOTS`, (8, 2), NaN for optional ones that aren't there.

    ``shares`` (k, 2) and ``xy`` (k, 2) are the same dots, in trunk lengths and in pixels. None
    unless there is exactly one way to call every dot behind the back by a name.
    """
    rules = load_stickers().following
    rows = on_midline(shares, rules)
    if not 4 <= len(rows) <= len(MIDLINE):
        return None
    extra = len(rows) - 4
    ways = [(0, 1, 2, 3, *more) for more in combinations((4, 5), extra)]
    fitting = [
        (order, way) for order in _orders(len(rows)) for way in ways if _fits(shares[rows[order]], way, rules)
    ]
    if len(fitting) != 1:
        return None
    order, way = fitting[0]
    found = np.full((len(DOTS), 2), np.nan)
    found[list(way)] = xy[rows[order]]
    for name in range(len(MIDLINE), len(DOTS)):
        off = np.linalg.norm(shares - _place(DOTS[name], rules), axis=1)
        off[rows] = np.inf
        if off.min(initial=np.inf) <= rules.side_reach_share:
            found[name] = xy[int(np.argmin(off))]
    return found


def _orders(count: int) -> list[list[int]]:
    """Return every choice of four dots, lowest first, for the strips, each followed by the dots left over."""
    dots = range(count)
    return [[*four, *(dot for dot in dots if dot not in four)] for four in combinations(dots, 4)]


def _fits(shares: Array, way: tuple[int, ...], rules: FollowingNumbers) -> bool:
    """Say whether dots (k, 2) can be those of `MIDLINE` in ``way``: places, and two strips of one length."""
    usual = np.array([_place(DOTS[name], rules)[0] for name in way])
    off = np.abs(shares[:, 0] - usual)
    placed = bool(off[:4].max() <= rules.strip_reach_share)
    placed &= bool(off[4:].max(initial=0) <= rules.single_reach_share)
    return placed and _like_strips(strip_lengths(shares), rules)


def _place(name: str, rules: FollowingNumbers) -> Array:
    """Return the usual (along, behind) of a dot."""
    place = next(each for each in rules.place if each.name == name)
    return np.array([place.along, place.behind])


def on_midline(shares: Array, rules: FollowingNumbers) -> NDArray[np.int64]:
    """Return which dots are behind the trunk, from the lowest to the highest."""
    along, behind = shares.T
    there = (behind > rules.midline_behind_share) & (behind < rules.midline_furthest_share)
    there &= (along > rules.lowest_share) & (along < rules.highest_share)
    rows = np.flatnonzero(there)
    return rows[np.argsort(along[rows])]


def strip_lengths(found: Array) -> Array:
    """Return the lengths of the two strips, (2,), of dots (names, 2) in the order of `DOTS`."""
    return np.array([np.linalg.norm(found[upper] - found[lower]) for lower, upper in PAIRS])


def _like_strips(lengths: Array, rules: FollowingNumbers) -> bool:
    """Say whether two lengths, in trunk lengths, are those of two printed strips of one kind."""
    sized = rules.shortest_strip_share <= lengths.min() and lengths.max() <= rules.longest_strip_share
    return bool(sized and lengths.max() <= rules.strips_differ * lengths.min())


def usual_places(axis: BodyAxis, firsts: Mapping[int, Array]) -> tuple[list[int], Array]:
    """Return which dots are there in at least half of standing, and where: (names,) and shares (names, 2)."""
    shares = np.array([axis.shares(i, found) for i, found in firsts.items()])
    there = np.isfinite(shares[..., 0]).mean(axis=0) >= 0.5
    names = [int(name) for name in np.flatnonzero(there)]
    return names, np.nanmedian(shares[:, names], axis=0)


def distance(shares: Array, usual: Array) -> float:
    """Return how far dots are from their usual places; infinite if one is missing."""
    return float(np.where(np.isfinite(shares), np.abs(shares - usual), np.inf).max())


def why_none(axis: BodyAxis, dots: Sequence[Dots], still: NDArray[np.bool_]) -> str:
    """Say why standing shows no strips: too many dots behind the back, too few, or others."""
    rules = load_stickers().following
    counts = [len(on_midline(axis.shares(i, dots[i].xy), rules)) for i in np.flatnonzero(still).tolist()]
    many = bool(counts) and float(np.median(counts)) > 4
    return "sticker_colour_in_scene" if many else "stickers_not_found"
