"""The person's own relaxed standing: the zero of every ``rel`` value (specification 1.1)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from movement_lab.cleaning import runs
from movement_lab.coarse import Coarse
from movement_lab.errors import UsageError
from movement_lab.knowledge import load_grading
from movement_lab.marked import nearest
from movement_lab.records import Array, Signals, Standing
from movement_lab.spine.features import running_median

# Upright and still, in the coarse signals: shares of body length, degrees, shares a second.
_MAX_DROP = 0.04
_MAX_TRUNK_DEG = 25.0
_MAX_KNEE_DEG = 40.0
_MAX_STEP = 0.35
_MAX_DROP_SPEED = 0.04
_MAX_FOOT_SPEED = 0.25
#: Speeds are taken over so long before and after; stillness shorter than a moment is none. The pose model may
#: see somebody lower or higher for a few frames: how high they are is the median over so long.
_SPEED_OVER_S = 0.15
_MOMENT_S = 0.2
_STEADY_S = 0.4


def find_standing(
    coarse: Coarse, signals: Signals, time_s: Array, *, declared: tuple[float, float] | None = None
) -> Standing:
    """Find the longest still, upright stretch anywhere in the clip and read every signal there.

    A ``declared`` start and end, seconds, are taken as they are (reason ``standing_declared``).
    Where none lasts ``min_standing_s``, shorter ones that add up to it are pooled (reason
    ``standing_short``). Without one the most upright tenth of the clip serves as zero, ``found``
    is False, and whoever uses it widens.
    """
    if declared is not None:
        return _as_declared(declared, coarse, signals, time_s)
    grading = load_grading()
    still = _still_and_upright(coarse, time_s)
    stretches = sorted(runs(still), key=lambda run: run[0] - run[1])
    if not stretches:
        return _without(coarse, signals)
    start, stop = stretches[0]
    length_s = float(time_s[stop - 1] - time_s[start])
    chosen = np.zeros(len(time_s), bool)
    chosen[start:stop] = True
    reasons: tuple[str, ...] = ()
    if length_s < grading.min_standing_s:
        step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
        chosen = _lasting(still, stretches, step_s=step_s)
        if chosen.sum() * step_s < grading.min_standing_s:
            return _without(coarse, signals)
        reasons = ("standing_short",)
    return Standing(True, float(time_s[start]), float(time_s[stop - 1]), _medians(signals, chosen), reasons)


def _as_declared(declared: tuple[float, float], coarse: Coarse, signals: Signals, time_s: Array) -> Standing:
    start, end = (nearest(time_s, at_s) for at_s in declared)
    chosen = np.zeros(len(time_s), bool)
    chosen[start : end + 1] = True
    if not np.isfinite(coarse.drop[chosen]).any():
        raise UsageError(
            f"Standing was marked from {declared[0]:.2f} to {declared[1]:.2f} s, where the person can't be "
            "seen. Mark a stretch in which they stand still, whole in the picture."
        )
    start_s, end_s = float(time_s[start]), float(time_s[end])
    short = ("standing_short",) if end_s - start_s < load_grading().min_standing_s else ()
    return Standing(True, start_s, end_s, _medians(signals, chosen), ("standing_declared", *short))


def _without(coarse: Coarse, signals: Signals) -> Standing:
    return Standing(False, zero=_medians(signals, _most_upright(coarse)), reasons=("no_standing",))


def _still_and_upright(coarse: Coarse, time_s: Array) -> NDArray[np.bool_]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        knee = np.nanmax(coarse.knee_deg, axis=1)
        foot_speed = np.nanmin(np.abs(_speed(coarse.foot_x, time_s)), axis=1)
    drop = running_median(coarse.drop[:, None], time_s, _STEADY_S)[:, 0]
    checks = (
        drop <= _MAX_DROP,
        coarse.trunk_deg <= _MAX_TRUNK_DEG,
        knee <= _MAX_KNEE_DEG,
        np.abs(coarse.step) <= _MAX_STEP,
        np.abs(_speed(drop, time_s)) <= _MAX_DROP_SPEED,
        ~(foot_speed > _MAX_FOOT_SPEED),  # feet out of the picture don't forbid standing
    )
    return np.logical_and.reduce(checks)


def _speed(values: Array, time_s: Array) -> Array:
    """Speed over a short while, (T, ...) a second: noise of single frames is no movement."""
    if len(time_s) < 3:
        return np.zeros_like(values)
    reach = max(1, round(_SPEED_OVER_S / float(np.median(np.diff(time_s)))))
    frames = np.arange(len(time_s))
    after, before = np.minimum(frames + reach, frames[-1]), np.maximum(frames - reach, 0)
    span = (time_s[after] - time_s[before]).reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray((values[after] - values[before]) / span)


def _most_upright(coarse: Coarse) -> NDArray[np.bool_]:
    if not np.isfinite(coarse.drop).any():
        return np.zeros(len(coarse.drop), bool)
    return np.asarray(coarse.drop <= np.nanquantile(coarse.drop, 0.1))


def _medians(signals: Signals, chosen: NDArray[np.bool_]) -> Mapping[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a signal never seen there: NaN
        return {
            key: float(np.nanmedian(values[chosen])) if chosen.any() else float("nan")
            for key, values in signals.items()
        }


def _lasting(
    still: NDArray[np.bool_], stretches: list[tuple[int, int]], *, step_s: float
) -> NDArray[np.bool_]:
    """Return the still frames without mere moments: the top between two repetitions is no standing."""
    lasting = np.zeros_like(still)
    for start, stop in stretches:
        if (stop - start) * step_s >= _MOMENT_S:
            lasting[start:stop] = True
    return lasting
