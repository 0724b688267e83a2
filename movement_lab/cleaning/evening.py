"""Even times, small gaps filled, and the low-pass filter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from movement_lab.cleaning.settings import CleaningSettings
from movement_lab.records import Array, Track

Mask = NDArray[np.bool_]


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
