"""From a track to one reading of the spine: every method that can answer is asked, then they are combined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from movement_lab.assets import asset
from movement_lab.cleaning import on_times
from movement_lab.records import Array, Measurement, Rep, Signals, SpineEstimate, Standing, Track, View
from movement_lab.skeleton import SIDES
from movement_lab.spine.combine import Disagreement, combine
from movement_lab.spine.contour_model import MODEL_FILE, ContourModel, load_model
from movement_lab.spine.estimate import SIGNAL_OF, nothing_read, why_not
from movement_lab.spine.estimator import contour_estimate
from movement_lab.spine.keypoints import keypoint_estimate
from movement_lab.spine.pictures import dots_of, outlines_of, points_of
from movement_lab.spine.stickers import sticker_estimate
from movement_lab.spine.strips import follow_dots

#: Frames that a method did not answer stay unread: it had a reason, and a value between its neighbours' might
#: be one that the back never had.
_MAX_GAP_S: Final = 0.0
_STRIP_DOTS: Final = 2
_CURVATURE: Final = "lumbar_curvature_deg"


@dataclass(frozen=True, slots=True)
class FullBend:
    """The person's own full forward bend: greatest lumbar flexion, degrees, by which method, how sure."""

    lumbar_deg: float
    sd_deg: float
    method: str


def read_spine(
    raw: Track,
    view: View,
    standing: Standing,
    reps: Sequence[Rep],
    time_s: Array,
    *,
    model: ContourModel | None = None,
) -> SpineEstimate:
    """Return the reading of the most trusted method, at ``time_s`` (N,), minus own standing.

    Parameters
    ----------
    raw
        The track as it was followed, with what was read from each picture.
    view, standing, reps
        Of the clip; ``reps`` in frames of ``time_s``.
    model
        What reads the back's outline, the shipped one if left out.

    Returns
    -------
    A reading without a method, NaN throughout, with the reasons, where there is none.
    """
    if reasons := why_not(view, standing):
        return nothing_read("", len(time_s), reasons)
    estimates = [_at_times(each, raw.time_s, time_s) for each in _estimates(raw, view, standing, model)]
    answered = [each for each in estimates if each.valid.any()]
    if not answered:
        reasons = tuple(dict.fromkeys(reason for each in estimates for reason in each.reasons))
        return nothing_read("", len(time_s), reasons or ("needs_spine_signal",))
    combined = combine(answered, time_s=time_s, reps=reps)
    if isinstance(combined, Disagreement):
        return nothing_read("", len(time_s), combined.reasons)
    return combined


def spine_signals(
    spine: SpineEstimate, signals: Signals, standing: Standing, full_bend: FullBend | None = None
) -> dict[str, Array]:
    """Return the estimate as signals, minus own standing; nothing where there is none.

    Hip flexion is thigh against pelvis, per side. The low back in per cent of the own full bend needs that
    bend read by the same method: another method's errors would not cancel.
    """
    if not spine.method:
        return {}
    found = {SIGNAL_OF[angle]: values for angle, values in spine.value.items() if angle in SIGNAL_OF}
    for side in SIDES:
        key = f"thigh_elevation_{side}_deg"
        thigh = signals[key] - standing.zero.get(key, np.nan)
        found[f"hip_pelvis_flexion_{side}_deg"] = thigh + found["pelvic_tilt_deg"]
    if _CURVATURE in spine.value:
        found[_CURVATURE] = spine.value[_CURVATURE]
    if full_bend is not None and full_bend.method == spine.method:
        found["lumbar_percent_max_pct"] = 100 * found["lumbar_flexion_deg"] / full_bend.lumbar_deg
    return found


def zeroed(standing: Standing, read: Signals, time_s: Array) -> Standing:
    """Return the standing with the zeros of the spine's signals, which are minus own standing already.

    But for the curvature, which is geometric: its zero is what it was in standing.
    """
    zero = dict.fromkeys(read, 0.0)
    if _CURVATURE in read:
        still = (time_s >= standing.start_s) & (time_s <= standing.end_s)
        seen = read[_CURVATURE][still & np.isfinite(read[_CURVATURE])]
        zero[_CURVATURE] = float(np.median(seen)) if len(seen) else float("nan")
    return replace(standing, zero={**standing.zero, **zero})


def full_bend_of(measurements: Sequence[Measurement]) -> FullBend | None:
    """Return the greatest lumbar flexion of a set, or None if it wasn't read or the back did not bend."""
    for m in measurements:
        if (m.name, m.at, m.zero, m.rep) == ("lumbar_flexion_deg", "max", "rel", None) and m.low > 0:
            return FullBend(m.value, float(np.hypot(m.sd_method, m.sd_within)), m.method)
    return None


def _estimates(
    raw: Track, view: View, standing: Standing, model: ContourModel | None
) -> Iterator[SpineEstimate]:
    """Ask each method whose signal the track holds.

    Strips stand up from the back, so where somebody wears them its edge is not a back's.
    """
    wearing = False
    if (found := dots_of(raw)) is not None:
        dots, taken = found
        still = (raw.time_s >= standing.start_s) & (raw.time_s <= standing.end_s)
        wearing = bool(np.median(np.array([len(each) for each in dots])[still]) >= _STRIP_DOTS)
        strips = follow_dots(dots, raw, view=view, standing=standing, colour_taken=taken)
        yield sticker_estimate(strips, raw, view, standing)
    if (outlines := outlines_of(raw)) is not None and not wearing:
        if (model := model or _contour_model()) is None:
            yield nothing_read("contour", len(raw), ("no_spine_model",))
        else:
            yield contour_estimate(outlines, raw, view, standing, model=model)
    if (points := points_of(raw)) is not None:
        yield keypoint_estimate(points, raw, view, standing)


@cache
def _contour_model() -> ContourModel | None:
    path = asset("models") / MODEL_FILE
    return load_model(path) if path.exists() else None


def _at_times(estimate: SpineEstimate, from_s: Array, to_s: Array) -> SpineEstimate:
    """Return an estimate at other times, smoothed as body points are; gaps stay gaps."""
    value = {
        name: on_times(values, from_s, to_s, max_gap_s=_MAX_GAP_S) for name, values in estimate.value.items()
    }
    sd = {
        name: on_times(values, from_s, to_s, max_gap_s=_MAX_GAP_S, smooth=False)
        for name, values in estimate.sd.items()
    }
    valid = np.isfinite(value["lumbar_flexion_deg"])
    return replace(estimate, value=value, sd=sd, valid=valid)
