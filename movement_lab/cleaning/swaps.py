"""Left and right put back in their places where the model exchanged them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from movement_lab.cleaning.settings import CleaningSettings
from movement_lab.geometry import wrap
from movement_lab.records import Array, Track, View
from movement_lab.skeleton import LEG, SIDES, twin
from movement_lab.view import body_turn_deg

Mask = NDArray[np.bool_]

#: A body turns by more than this between two frames only when left and right were exchanged.
_FLIP_DEG = 90.0
_FORBIDDEN = 1e9


def repair_swaps(track: Track, *, view: View, settings: CleaningSettings) -> tuple[Track, int]:
    """Put left and right back in their places where the model confused them; returns how many frames.

    Which way the body faces was voted once per clip. First whole bodies that flip from one frame
    to the next are turned back; then, in side views, legs alone (hands may cross for good reasons).
    The most likely sequence of
    *kept* and *swapped* frames is found (Viterbi): a change of state costs what the points would
    have to jump, and frames whose sides contradict the vote pull towards swapping.
    """
    turn = np.radians(view.turn_deg)
    leftwards = np.array([np.cos(turn), 0.0, np.sin(turn)])  # where the vote says the left side is
    whole = [number for number, name in enumerate(track.names) if "left" in name]
    pairs = [(whole, [track.names.index(twin(track.names[number])) for number in whole], _abrupt(track))]
    if view.sideways:
        left, right = ([track.names.index(f"{side}_{point}") for point in LEG] for side in SIDES)
        pairs.append((left, right, np.ones(max(len(track) - 1, 0), bool)))
    repaired = np.zeros(len(track), bool)
    for left, right, flips in pairs:
        swapped = _swapped_frames(track, left, right, leftwards, flips, settings=settings)
        track = _with_sides_exchanged(track, left, right, swapped)
        repaired |= swapped
    return track, int(repaired.sum())


def _with_sides_exchanged(track: Track, left: list[int], right: list[int], frames: Mask) -> Track:
    rows = np.flatnonzero(frames)[:, None]
    changed = {name: getattr(track, name).copy() for name in ("xy", "xyz", "score")}
    for values in changed.values():
        held = values[rows, left].copy()
        values[rows, left] = values[rows, right]
        values[rows, right] = held
    return replace(track, **changed)


def _abrupt(track: Track) -> Mask:
    """Return (T-1,) True where the body seems to turn right round from one frame to the next."""
    turn_deg = np.nan_to_num(body_turn_deg(track), nan=0.0)
    return np.asarray(np.abs(wrap(np.diff(turn_deg))) > _FLIP_DEG)


def _swapped_frames(
    track: Track,
    left: list[int],
    right: list[int],
    leftwards: Array,
    flips: Mask,
    *,
    settings: CleaningSettings,
) -> Mask:
    """Return (T,) True where left and right of some points changed places.

    ``leftwards`` (3,) points to where left should be; the state may change only at ``flips`` (T-1,).
    """
    l_xy, r_xy = track.xy[:, left], track.xy[:, right]
    stay = _jump(l_xy[:-1], l_xy[1:]) + _jump(r_xy[:-1], r_xy[1:])
    cross = _jump(l_xy[:-1], r_xy[1:]) + _jump(r_xy[:-1], l_xy[1:])
    scale = max(float(np.median(_spread(l_xy, r_xy))), 1.0)
    change = np.nan_to_num((cross - stay) / scale, nan=0.0) + settings.swap_margin
    change = np.where(flips, change, _FORBIDDEN)
    apart = _median_seen((track.xyz[:, left] - track.xyz[:, right]) @ leftwards)
    doubt = np.where(apart < -settings.swap_depth_m, settings.swap_doubt, 0.0)
    return _likeliest(change, doubt, settings=settings)


def _likeliest(change: Array, doubt: Array, *, settings: CleaningSettings) -> Mask:
    """Return (T,) True where *swapped* is likelier than *kept* (Viterbi over two states)."""
    against = doubt.tolist()  # plain numbers: quicker one by one than arrays of two
    kept, swapped = against[0], settings.swap_throughout + settings.swap_doubt - against[0]
    came_from = [(False, True)]  # whether each state came from *swapped*
    for jump, doubted in zip(change.tolist(), against[1:], strict=True):
        came_from.append((swapped + jump < kept, swapped < kept + jump))
        kept, swapped = (
            min(kept, swapped + jump) + doubted,
            min(kept + jump, swapped) + (settings.swap_doubt - doubted),
        )
    states = np.zeros(len(against), bool)
    state = swapped < kept
    for t in range(len(against) - 1, -1, -1):
        states[t] = state
        state = came_from[t][state]
    return states


def _median_seen(values: Array) -> Array:
    """Median over the points of each frame, 0 where none was seen, (T,)."""
    return np.asarray(np.median(np.nan_to_num(values, nan=0.0), axis=1))


def _jump(before: Array, after: Array) -> Array:
    return np.nansum(np.linalg.norm(after - before, axis=2), axis=1)


def _spread(left: Array, right: Array) -> Array:
    """Size of a limb in pixels, (T,): its longest extent on either side."""
    both = np.concatenate([left, right], axis=1)
    finite = np.where(np.isnan(both), np.nanmean(both) if np.isfinite(both).any() else 0.0, both)
    return np.ptp(finite, axis=1).max(axis=1)
