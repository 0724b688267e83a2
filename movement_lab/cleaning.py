"""From the raw Track to one that can be measured: plausible points, even times, low-passed.

Raw data is never lost: each function returns a new Track, and what can't be trusted becomes NaN
and stays NaN after filtering.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from movement_lab.geometry import bend, wrap
from movement_lab.records import Array, Track, View
from movement_lab.skeleton import BONES, LEG, SIDES, twin
from movement_lab.view import body_turn_deg

Mask = NDArray[np.bool_]

#: Legs this straight show how long thigh and shank are; from fewer frames nothing is concluded.
_STRAIGHT_DEG = 25.0
_LEAST_STRAIGHT = 10
_FIT_STEPS = 4
#: A body turns by more than this between two frames only when left and right were exchanged.
_FLIP_DEG = 90.0
_FORBIDDEN = 1e9


@dataclass(frozen=True, slots=True)
class CleaningSettings:
    """How a track is cleaned (specification 3.1); units in the names."""

    cutoff_hz: float = 6.0  # zero-lag Butterworth, 4th order in all
    max_gap_s: float = 0.2  # longer gaps stay NaN
    max_rate_hz: float = 120.0  # faster films are thinned out: nobody squats at 60 Hz
    min_score: float = 0.05  # the model's own confidence; says little, so the bar is very low
    outside_share: float = 0.03  # points further outside the picture than this are guesses
    bone_stretch: float = 1.35  # times the bone's own usual greatest length
    bone_frames: float = 0.98  # quantile taken as that length
    bone_weight: float = 3.0  # constant bones against the seen knee, at a right angle; 0 = off
    swap_margin: float = 0.35  # limb lengths the points must jump further before a swap is believed
    swap_doubt: float = 0.05  # limb lengths a frame whose sides contradict the clip's vote is worth
    swap_depth_m: float = 0.03  # sides contradict the vote from here on, in the model's coarse metres
    swap_throughout: float = 1.0  # limb lengths it costs to begin a clip swapped


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A cleaned Track and what was done to it."""

    track: Track
    quality: Mapping[str, Any] = field(default_factory=dict)


def clean_track(raw: Track, *, view: View, settings: CleaningSettings | None = None) -> Cleaned:
    """Return the track ready for measuring, with counts of what was repaired or refused.

    Left and right are put back where the model exchanged them.
    """
    settings = settings or settings_for(raw)
    track, repaired = repair_swaps(raw, view=view, settings=settings)
    refused = implausible(track, settings=settings)
    track = replace(track, xy=np.where(refused[..., None], np.nan, track.xy))
    if view.sideways:
        track = fit_hips(track, settings=settings)
    even = low_pass(fill_gaps(resample(track, settings=settings), settings=settings), settings=settings)
    seen = ~np.isnan(raw.xy[:, :, 0]).all(axis=1)
    return Cleaned(
        even,
        {
            "frames": len(raw),
            "frames_with_person": int(seen.sum()),
            "frames_repaired": repaired,
            "points_refused_share": float(refused[seen].mean()) if seen.any() else 0.0,
            "rate_hz": round(raw.rate_hz, 3),
            "cleaned_rate_hz": round(even.rate_hz, 3),
            "uneven_times": _uneven(raw.time_s),
        },
    )


def settings_for(raw: Track) -> CleaningSettings:
    """Return how a track is cleaned: points that whoever sent them has cleaned are not smoothed again."""
    if raw.origin.get("cleaned"):
        return CleaningSettings(cutoff_hz=math.inf, bone_weight=0.0)
    return CleaningSettings()


def _uneven(time_s: Array) -> bool:
    steps = np.diff(time_s)
    return len(steps) > 1 and bool(np.ptp(steps) > 0.5 * np.median(steps))


# ---------------------------------------------------------------- plausible points


def implausible(track: Track, *, settings: CleaningSettings) -> Mask:
    """Return (T, K) True for points that are guesses: outside the picture, unsure, or on a stretched bone."""
    xy, size = track.xy, np.array(track.size, float)
    outside = ((xy < -settings.outside_share * size) | (xy > (1 + settings.outside_share) * size)).any(axis=2)
    unsure = track.score < settings.min_score
    return outside | unsure | _on_stretched_bone(track, settings=settings) | np.isnan(xy).any(axis=2)


def _on_stretched_bone(track: Track, *, settings: CleaningSettings) -> Mask:
    """A bone may look shorter than it is (foreshortened), but hardly ever longer."""
    stretched = np.zeros(track.score.shape, bool)
    for upper, lower in BONES:
        for side in SIDES:
            a, b = track.names.index(f"{side}_{upper}"), track.names.index(f"{side}_{lower}")
            length = np.linalg.norm(track.xy[:, a] - track.xy[:, b], axis=1)
            if np.isfinite(length).any():
                usual = np.nanquantile(length, settings.bone_frames)
                too_long = length > settings.bone_stretch * usual
                stretched[too_long, b] = True
    return stretched


# ---------------------------------------------------------------- left/right swaps


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


# ---------------------------------------------------------------- legs of constant length


def fit_hips(track: Track, *, settings: CleaningSettings) -> Track:
    """Turn the thighs of a side view towards where legs of constant length would put them.

    In deep bends the pose model places the hip too high, and the leg comes out too straight, while
    thigh and shank come out up to 15 % shorter than in standing. The knee angle that balances the
    points as seen against the bones' standing lengths is nearer to the truth; the hip is turned
    about the knee to meet it. The lengths' weight grows from nothing (straight leg, where they say
    nothing about the angle) to ``bone_weight`` at a right angle, and only as far as the thigh is off
    the vertical: the hip of a hanging thigh, as behind in a lunge, is seen where it is.
    """
    xy = track.xy.copy()
    for side in SIDES:
        hip, knee, ankle = (track[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        seen_deg = bend(hip, knee, ankle)
        missing_deg = (
            bend(hip, _balanced_knee(hip, knee, ankle, weight=settings.bone_weight), ankle) - seen_deg
        )
        turned = knee + _turned(hip - knee, -missing_deg)
        xy[:, track.names.index(f"{side}_hip")] = np.where(np.isnan(turned), hip, turned)
    return replace(track, xy=xy)


def _turned(vectors: Array, angle_deg: Array) -> Array:
    """Turn vectors (T, 2) clockwise on the screen."""
    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    x, y = vectors.T
    return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1)


def _balanced_knee(hip: Array, knee: Array, ankle: Array, *, weight: float) -> Array:
    """Return the knee (T, 2) that balances its seen place against both bones' standing lengths."""
    flexion_deg = np.abs(bend(hip, knee, ankle))
    straight = flexion_deg < _STRAIGHT_DEG
    if straight.sum() < _LEAST_STRAIGHT:
        return knee
    ends = ((hip, _length(hip, knee, straight)), (ankle, _length(ankle, knee, straight)))
    thigh = hip - knee
    off_vertical = np.abs(thigh[:, 0]) / np.maximum(np.linalg.norm(thigh, axis=1), 1e-6)
    w = weight * np.minimum(np.sin(np.radians(np.clip(flexion_deg, 0, 90))), off_vertical) ** 2
    point = knee.copy()
    for _ in range(_FIT_STEPS):  # Gauss-Newton on the two coordinates of each frame's knee
        normal = np.broadcast_to(np.eye(2), (len(knee), 2, 2)).copy()
        gradient = point - knee
        for end, length in ends:
            along = point - end
            distance = np.linalg.norm(along, axis=1)
            unit = along / np.maximum(distance, 1e-6)[:, None]
            normal += w[:, None, None] * unit[:, :, None] * unit[:, None, :]
            gradient = gradient + (w * (distance - length))[:, None] * unit
        seen = np.isfinite(gradient).all(axis=1) & np.isfinite(normal).all(axis=(1, 2))
        point[seen] -= np.linalg.solve(normal[seen], gradient[seen][:, :, None])[:, :, 0]
    return np.where(np.isfinite(point), point, knee)


def _length(end: Array, knee: Array, frames: Mask) -> float:
    return float(np.nanmedian(np.linalg.norm(end - knee, axis=1)[frames]))


# ---------------------------------------------------------------- even times, gaps, filter


def resample(track: Track, *, settings: CleaningSettings) -> Track:
    """Return the track at even times (median spacing), by straight lines between neighbours.

    A new frame is NaN where one of its two neighbours is: nothing is invented here.
    """
    if len(track) < 3:
        return track
    step_s = max(float(np.median(np.diff(track.time_s))), 1 / settings.max_rate_hz)
    time_s = np.arange(track.time_s[0], track.time_s[-1] + step_s / 2, step_s)

    def blend(values: Array) -> Array:
        return _blended(values, track.time_s, time_s, settings=settings)

    return replace(
        track,
        time_s=time_s,
        xy=blend(track.xy),
        xyz=blend(track.xyz),
        score=np.nan_to_num(blend(track.score)),
        extras={},
    )


def _blended(values: Array, from_s: Array, to_s: Array, *, settings: CleaningSettings) -> Array:
    """Return values (T, ...) at other times, by straight lines; NaN where a neighbour is, or was lost."""
    step_s = max(float(np.median(np.diff(from_s))), 1 / settings.max_rate_hz)
    right = np.clip(np.searchsorted(from_s, to_s), 1, len(from_s) - 1)
    left = right - 1
    span = from_s[right] - from_s[left]
    weight = np.clip((to_s - from_s[left]) / span, 0, 1)
    # Neighbours too far apart (dropped frames, a cut) leave a gap, to be judged by fill_gaps.
    lost = span > settings.max_gap_s + step_s
    w = weight.reshape(-1, *[1] * (values.ndim - 1))
    before, after = values[left], values[right]
    mixed = np.where(w == 0, before, np.where(w == 1, after, before * (1 - w) + after * w))
    mixed[lost & (weight > 0) & (weight < 1)] = np.nan
    return np.asarray(mixed)


def on_times(
    values: Array, from_s: Array, to_s: Array, *, max_gap_s: float = 0.2, smooth: bool = True
) -> Array:
    """Return a signal (T,) measured at ``from_s`` at even times ``to_s``, cleaned as body points are.

    Gaps up to ``max_gap_s`` are filled, longer ones stay NaN; ``smooth`` runs the same low-pass.
    """
    settings = CleaningSettings()
    if len(from_s) < 3:
        return np.interp(to_s, from_s, values) if len(from_s) > 1 else np.broadcast_to(values, to_s.shape)
    even = _blended(values, from_s, to_s, settings=settings)
    rate_hz = 1 / float(np.median(np.diff(to_s)))
    even = _fill(even, round(max_gap_s * rate_hz))
    return _smoothed(even, rate_hz, settings=settings) if smooth else even


def fill_gaps(track: Track, *, settings: CleaningSettings) -> Track:
    """Fill gaps of at most ``max_gap_s`` by straight lines; longer ones, and the ends, stay NaN."""
    longest = round(settings.max_gap_s * track.rate_hz) if len(track) > 1 else 0
    return replace(track, xy=_fill(track.xy, longest), xyz=_fill(track.xyz, longest))


def _fill(values: Array, longest: int) -> Array:
    columns = values.reshape(len(values), -1).copy()
    missing = np.isnan(columns)
    for number in np.flatnonzero(missing.any(axis=0)):
        column = columns[:, number]
        for start, stop in runs(missing[:, number]):
            if start > 0 and stop < len(column) and stop - start <= longest:
                column[start:stop] = np.interp(
                    np.arange(start, stop), [start - 1, stop], [column[start - 1], column[stop]]
                )
    return columns.reshape(values.shape)


def low_pass(track: Track, *, settings: CleaningSettings) -> Track:
    """Zero-lag Butterworth (2nd order, forwards and backwards) over each unbroken stretch."""
    xy, xyz = (_smoothed(values, track.rate_hz, settings=settings) for values in (track.xy, track.xyz))
    return replace(track, xy=xy, xyz=xyz)


def _smoothed(values: Array, rate_hz: float, *, settings: CleaningSettings) -> Array:
    from scipy.signal import butter, filtfilt

    if not rate_hz > 2.5 * settings.cutoff_hz:
        return values  # too few frames a second to filter: the raw points are all there is
    b, a = butter(2, settings.cutoff_hz, fs=rate_hz)
    pad = 3 * max(len(a), len(b))
    columns = values.reshape(len(values), -1).copy()
    for alike, stretches in _seen_alike(columns):
        for start, stop in stretches:
            if stop - start > pad:
                columns[start:stop, alike] = filtfilt(b, a, columns[start:stop, alike], axis=0, padlen=pad)
    return columns.reshape(values.shape)


def _seen_alike(columns: Array) -> list[tuple[NDArray[np.intp], list[tuple[int, int]]]]:
    """Return groups of columns (T, N) that were seen in the same frames, and these stretches of frames."""
    groups: dict[bytes, list[int]] = {}
    seen = np.isfinite(columns)
    for number, column in enumerate(seen.T):
        groups.setdefault(column.tobytes(), []).append(number)
    return [(np.array(alike), runs(seen[:, alike[0]])) for alike in groups.values()]


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Return the stretches where ``mask`` (T,) is True, as half-open ``(start, stop)``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
