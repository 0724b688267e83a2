"""Give dots their names while the person stands, and follow them through the clip.

Names come from the order of the dots along the line from hip to shoulder: from below, the two dots
of the lower strip (S1), the two of the upper one (T12/L1), then T8 and C7 if they are there. From
standing, dots are followed forwards and backwards in time; short gaps are filled and marked. A dot
that would change places with another is not taken at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from movement_lab.geometry import wrap
from movement_lab.knowledge import load_grading
from movement_lab.records import Array, Standing, Track, View
from movement_lab.spine.dots import Dots
from movement_lab.spine.sticker_table import load_stickers
from movement_lab.spine.strip_names import (
    DOTS,
    PAIRS,
    BodyAxis,
    distance,
    named_dots,
    strip_lengths,
    usual_places,
    why_none,
)


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """Named dots along a track of n frames.

    ``names`` as in `DOTS`; ``xy`` (n, names, 2) pixels, NaN where not seen; ``filled`` (n, names)
    where a short gap was bridged; ``reasons`` wording keys: why there is nothing, or little.
    """

    names: tuple[str, ...]
    xy: Array
    filled: NDArray[np.bool_]
    reasons: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Array:
        """Return one dot's path, (n, 2) pixels: ``strips["s1_upper"]``."""
        return self.xy[:, self.names.index(name)]


def follow_dots(
    dots: Sequence[Dots], track: Track, *, view: View, standing: Standing, colour_taken: bool = False
) -> Strips:
    """Name the dots of every frame of a track.

    Parameters
    ----------
    dots
        What `find_dots` found, one entry a frame of ``track``.
    track
        The person, in the same frames (cleaned or not).
    view
        A side view; where the person looks tells which way the back is.
    standing
        Own relaxed standing: there the dots get their names.
    colour_taken
        Whether clothes or surroundings hold the dots' colour (`colour_in_scene`): then a piece of
        them may pass for a dot or pull at one, so nothing is read.

    Returns
    -------
    Dots without readings, and a reason, where both strips aren't seen in enough of standing, or
    where more dots than there can be are seen behind the back.
    """
    if colour_taken:
        return _nothing(len(track), "sticker_colour_in_scene")
    if not standing.found:
        return _nothing(len(track), "no_standing")
    still = (track.time_s >= standing.start_s) & (track.time_s <= standing.end_s)
    axis = BodyAxis.of(track, view, still)
    frames = [int(i) for i in np.flatnonzero(still)]
    named = {i: named_dots(axis.shares(i, dots[i].xy), dots[i].xy) for i in frames}
    firsts = {i: found for i, found in named.items() if found is not None}
    numbers = load_stickers().following
    needed = max(numbers.min_standing_frames, numbers.min_standing_share * len(named))
    if len(firsts) < needed:
        return _nothing(len(track), why_none(axis, dots, still))
    names, usual = usual_places(axis, firsts)
    start = min(firsts, key=lambda i: distance(axis.shares(i, firsts[i][names]), usual))
    xy = np.full((len(track), len(names), 2), np.nan)
    xy[start] = firsts[start][names]
    for step in (1, -1):
        _walk(xy, dots, track.time_s, axis, usual, start, step)
    xy, filled = _bridged(xy, track.time_s, load_grading().max_gap_s)
    return Strips(tuple(DOTS[name] for name in names), xy, filled)


def _nothing(frames: int, reason: str) -> Strips:
    blank = np.full((frames, 4, 2), np.nan)
    return Strips(DOTS[:4], blank, np.zeros((frames, 4), bool), (reason,))


# ---------------------------------------------------------------- following


@dataclass(slots=True, eq=False)
class _Memory:
    """What is known of each name on the way: where it was ``last`` (names, 2) and its ``heading``
    in pixels, its ``place`` on the body in trunk lengths, and for how long it wasn't seen (names,).
    """

    last: Array
    heading: Array
    place: Array
    unseen_s: Array

    def expected(self, axis: BodyAxis, i: int) -> Array:
        """Return where each name should be in frame ``i``: on its way, or where it was on the body."""
        trusted_s = np.minimum(self.unseen_s, load_stickers().following.heading_s)
        on_its_way = self.last + self.heading * trusted_s[:, None]
        lost = self.unseen_s > load_grading().max_gap_s
        return np.where(lost[:, None], axis.pixels(i, self.place), on_its_way)

    def learn(self, found: Array, places: Array) -> None:
        """Take in what was found in the next frame, (names, 2) pixels and trunk lengths."""
        seen = np.isfinite(found[:, 0])
        moved = (found - self.last) / self.unseen_s[:, None]
        lost = self.unseen_s > load_grading().max_gap_s
        self.heading[seen] = np.where(lost[:, None], 0.0, moved)[seen]
        self.last[seen], self.place[seen], self.unseen_s[seen] = found[seen], places[seen], 0.0


def _walk(
    xy: Array, dots: Sequence[Dots], time_s: Array, axis: BodyAxis, usual: Array, start: int, step: int
) -> None:
    """Fill ``xy`` from the named frame ``start`` to one end of the clip, in place."""
    first = xy[start]
    place = np.where(np.isfinite(first), axis.shares(start, first), usual)
    memory = _Memory(first.copy(), np.zeros_like(first), place, np.zeros(len(first)))
    lengths = strip_lengths(first)
    for i in range(start + step, len(xy) if step > 0 else -1, step):
        memory.unseen_s += abs(time_s[i] - time_s[i - step])
        expected = memory.expected(axis, i)
        found = _found(expected, memory, dots[i].xy, axis, i, lengths)
        xy[i] = found
        memory.learn(found, axis.shares(i, found))


def _found(expected: Array, memory: _Memory, xy: Array, axis: BodyAxis, i: int, lengths: Array) -> Array:
    """Return which dots (k, 2) are which names, (names, 2), NaN for those not seen.

    First where they are expected; if that explains too little, all together a step aside, as when
    the whole body jerks: three dots of the strips have to agree on the step.
    """
    rules = load_stickers().following
    reach = np.minimum(rules.step_share + rules.step_share_per_s * memory.unseen_s, rules.longest_step_share)
    best = np.full_like(expected, np.nan)
    for shift in _shifts(expected, xy, axis.trunk_px * rules.jerk_share):
        near = _nearest(expected + shift, reach * axis.trunk_px, xy)
        near = _believable(near, memory.last, axis.up[i], lengths, memory.unseen_s)
        if _count(near) > _count(best) and (not shift.any() or _count(near) >= 3):
            best = near
        if _count(best) == 4:
            break
    return best


def _shifts(expected: Array, xy: Array, furthest_px: float) -> Array:
    """Return none, then every step that would take one expected strip dot to a dot seen, nearest first."""
    steps = (xy[None] - expected[:4, None]).reshape(-1, 2)
    far = np.linalg.norm(steps, axis=1)
    order = np.argsort(far)
    return np.vstack([np.zeros((1, 2)), steps[order[far[order] <= furthest_px]]])


def _count(found: Array) -> int:
    """Return how many of the strips' four dots there are."""
    return int(np.isfinite(found[:4, 0]).sum())


def _nearest(expected: Array, reach_px: Array, xy: Array) -> Array:
    """Return for each name the dot that is its, (names, 2): together as near as can be, each within reach."""
    from scipy.optimize import linear_sum_assignment

    found = np.full_like(expected, np.nan)
    if not len(xy):
        return found
    cost = np.linalg.norm(expected[:, None] - xy[None], axis=2) / reach_px[:, None]
    cost = np.where(cost <= 1, cost, 1e3)  # NaN too: a place that isn't known takes no dot
    rows, columns = linear_sum_assignment(cost)
    near = cost[rows, columns] <= 1
    found[rows[near]] = xy[columns[near]]
    return found


def _believable(found: Array, last: Array, up: Array, lengths: Array, unseen_s: Array) -> Array:
    """Return the dots without strips whose length, turn or order can't be, and without lone dots.

    ``last`` (names, 2) is where each was seen last, ``unseen_s`` (names,) how long ago; ``up`` (2,)
    points from hip to shoulder; ``lengths`` (2,) are the strips' own, in pixels.
    """
    rules, kept = load_stickers().following, found.copy()
    for pair, length in zip(PAIRS, lengths, strict=True):
        lower, upper = pair
        strip, before = found[upper] - found[lower], last[upper] - last[lower]
        longer = abs(float(np.linalg.norm(strip)) / length - 1)
        turn = float(wrap(_degrees(strip) - _degrees(before)))
        slack = rules.turn_deg + rules.turn_deg_per_s * float(unseen_s[list(pair)].max())
        if longer > rules.length_reach or abs(turn) > slack or strip @ up <= 0:
            kept[[lower, upper]] = np.nan
    along = kept[:4] @ up
    seen = np.isfinite(along)
    whole = seen.sum() >= 3 or any(seen[list(pair)].all() for pair in PAIRS)
    if not whole or np.any(np.diff(along[seen]) <= 0):
        kept[:4] = np.nan
    return kept


def _degrees(vector: Array) -> Array:
    return np.asarray(np.degrees(np.arctan2(vector[1], vector[0])))


def _bridged(xy: Array, time_s: Array, longest_s: float) -> tuple[Array, NDArray[np.bool_]]:
    """Return paths with gaps up to ``longest_s`` filled in straight lines, and where that was done."""
    whole, filled = xy.copy(), np.zeros(xy.shape[:2], bool)
    for name in range(xy.shape[1]):
        for before, after in pairwise(np.flatnonzero(np.isfinite(xy[:, name, 0]))):
            if after - before > 1 and time_s[after] - time_s[before] <= longest_s:
                gap = slice(before + 1, after)
                share = ((time_s[gap] - time_s[before]) / (time_s[after] - time_s[before]))[:, None]
                whole[gap, name] = (1 - share) * xy[before, name] + share * xy[after, name]
                filled[gap, name] = True
    return whole, filled
