"""The back contour as a spine method: from edges and landmarks of a clip to angles with intervals."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array, SpineEstimate, Standing, Track, View
from movement_lab.spine.contour import Outlines
from movement_lab.spine.contour_checks import contour_checks, load_contour_table
from movement_lab.spine.contour_model import ContourModel
from movement_lab.spine.estimate import SPINE_ANGLES, nothing_read, why_not
from movement_lab.spine.features import FEATURE_NAMES, features, running_median

_METHOD: Final = "contour"
_MOVED: Final = FEATURE_NAMES.index("landmarks.moved.ahead")


def contour_estimate(
    outlines: Outlines, track: Track, view: View, standing: Standing, *, model: ContourModel
) -> SpineEstimate:
    """Return the spine's angles from the back's edge, all minus own standing.

    Parameters
    ----------
    outlines
        The edges in the frames of ``track`` (`at_times` brings them there).
    track, view, standing
        The clip's body points, camera and standing.
    model
        The estimator, from `load_model`.

    Returns
    -------
    Angles in the signs of the specification with the standard deviation of each. NaN, with the
    reasons, in frames whose edge is no back or that are unlike everything trained on; throughout
    where the view is no side view within 25 degrees, or where there is no standing. Deviations are
    wider where the back is seen aslant: by a camera off the side, or after a step.
    """
    if len(outlines.sides) != len(track):
        raise ValueError(f"outlines: expected {len(track)} frames, got {len(outlines.sides)}.")
    if reasons := why_not(view, standing):
        return nothing_read(_METHOD, len(track), reasons)
    facing = 1 if view.facing == "image_right" else -1
    checks = contour_checks(outlines, track.xy, facing=facing)
    usable = np.logical_and.reduce(list(checks.values()))
    zero = usable & (track.time_s >= standing.start_s) & (track.time_s <= standing.end_s)
    table = load_contour_table().answer
    if zero.sum() < table.min_standing_frames:
        return nothing_read(_METHOD, len(track), ("spine_not_seen_standing", *_failed(checks)))
    seen = features(track.xy, track.xyz, outlines, zero, facing=facing, near=view.near)
    steady = running_median(np.where(usable[:, None], seen, np.nan), track.time_s, table.window_s)
    answer = model.answer(np.where(usable[:, None], steady, np.nan))
    checks["arm_over_back"] &= ~usable | answer.free
    checks |= {"back_unlike_training": ~usable | answer.known, "back_model_unsure": ~usable | answer.agreed}
    valid = np.logical_and.reduce(list(checks.values()))
    aslant = (np.abs(steady[:, _MOVED]) > table.max_moved) | (view.gate == "widened")
    widened = np.where(aslant, table.widened_factor, 1.0)[:, None]
    return _estimate(answer.value, table.clip_factor * widened * answer.sd, valid, _failed(checks))


def at_times(outlines: Outlines, from_s: Array, to_s: Array) -> Outlines:
    """Return edges measured at ``from_s`` (N,) at other times (T,): between neighbours, NaN beyond gaps."""
    after = np.clip(np.searchsorted(from_s, to_s), 1, len(from_s) - 1)
    share = np.clip((to_s - from_s[after - 1]) / (from_s[after] - from_s[after - 1]), 0, 1)
    nearest = np.where(share < 0.5, after - 1, after)
    ways = share[:, None, None]
    sides = _between(outlines.sides[after - 1], outlines.sides[after], ways)
    trunk = _between(outlines.trunk_px[after - 1], outlines.trunk_px[after], share)
    return Outlines(sides, outlines.broken[nearest], trunk)


def _between(before: Array, after: Array, share: Array) -> Array:
    """Return the mean weighed by ``share``; at either end exactly that end, whatever the other is."""
    mixed = before * (1 - share) + after * share
    return np.where(share == 0, before, np.where(share == 1, after, mixed))


def _failed(checks: dict[str, NDArray[np.bool_]]) -> tuple[str, ...]:
    return tuple(reason for reason, passed in checks.items() if not passed.all())


def _estimate(value: Array, sd: Array, valid: NDArray[np.bool_], reasons: tuple[str, ...]) -> SpineEstimate:
    value, sd = (np.where(valid[:, None], numbers, np.nan) for numbers in (value, sd))
    return SpineEstimate(
        method=_METHOD,
        value=dict(zip(SPINE_ANGLES, value.T, strict=True)),
        sd=dict(zip(SPINE_ANGLES, sd.T, strict=True)),
        valid=np.asarray(valid),
        reasons=reasons,
    )
