"""What is known about how good the recording is, as plain values and warning ids."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from movement_lab.cleaning import Cleaned
from movement_lab.declared import Declared
from movement_lab.knowledge import load_grading
from movement_lab.records import Array, Rep, Standing, Track, View
from movement_lab.view import LYING_DEG, legs_lean_deg, turning_deg

# Below these the program says so; nothing is judged by them.
_LOW_RATE_HZ = 20.0
_SMALL_PERSON_PX = 150.0
_DARK_LUMINANCE = 35.0
_OFTEN = 0.3
#: Between two frames body and feet travel less than this share of body height, or the camera was cut.
_CUT_JUMP = 0.25
_CUT_GAP_S = 0.25


def find_cuts(raw: Track) -> list[float]:
    """Return the times (s) of camera cuts: from one frame to the next body and feet are somewhere else.

    A person may drop into a squat within a frame or two of a shortened film; feet don't fly. The
    model may mistake one foot for the other; the body stays.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        height_px = float(np.nanquantile(_heights(raw), 0.95))
    given = raw.xy[:, np.isfinite(raw.xy).any(axis=(0, 2))]  # other trackers have fewer points
    seen = np.flatnonzero(np.isfinite(given).all(axis=(1, 2)))
    if len(seen) < 2 or not given.size:
        return []
    feet = np.stack([raw["left_ankle"], raw["right_ankle"]], axis=1)[seen]
    lasting = np.minimum(_whole_jump(given[seen], feet, lag=1), _whole_jump(given[seen], feet, lag=4))
    close = np.diff(raw.time_s[seen]) < _CUT_GAP_S
    return [float(t) for t in raw.time_s[seen[1:][close & (lasting / max(height_px, 1.0) > _CUT_JUMP)]]]


def _whole_jump(body: Array, feet: Array, *, lag: int) -> Array:
    """How far (pixels) body (T, K, 2) and both feet (T, 2, 2), in either order, get within ``lag`` frames.

    The answer for the step from frame t to t + 1 is element t of (T - 1,); near the end the lag shrinks.
    """
    before = np.arange(len(body) - 1)
    after = np.minimum(before + lag, len(body) - 1)

    def way(points: Array, later: Array) -> Array:
        return np.asarray(np.linalg.norm(later[after] - points[before], axis=2))

    both_feet = np.minimum(way(feet, feet).min(axis=1), way(feet, feet[:, ::-1]).min(axis=1))
    return np.minimum(np.median(way(body, body), axis=1), both_feet)


def describe_quality(
    raw: Track,
    cleaned: Cleaned,
    *,
    turn_deg: Array,
    view: View,
    standing: Standing,
    reps: Sequence[Rep],
    cuts_s: Sequence[float],
    height_cm: float | None = None,
    declared: Declared | None = None,
) -> dict[str, Any]:
    """Return counts of what was seen, repaired and refused, with ``warnings`` as wording ids.

    With the person's height, ``scale_mm_per_px`` at their distance from the camera.
    """
    recording: Mapping[str, Any] = raw.origin.get("recording", {})
    values = {**cleaned.quality, **recording, "camera_cuts_s": [round(t, 3) for t in cuts_s]}
    track = cleaned.track
    height_px = float(np.nanquantile(_heights(raw), 0.95)) if values["frames_with_person"] else 0.0
    graded = sum(rep.graded for rep in reps)
    luminance = recording.get("luminance")
    gate_deg = load_grading().gate_widened_deg
    checks = {
        "low_frame_rate": values["rate_hz"] < _LOW_RATE_HZ or not np.isfinite(values["rate_hz"]),
        "person_small": height_px < _SMALL_PERSON_PX,
        "too_dark": luminance is not None and luminance < _DARK_LUMINANCE,
        "damaged": recording.get("damaged_frames", 0) > 0,
        "several_people": len(recording.get("people", ())) > 1,
        "frames_repaired": values["frames_repaired"] > 0,
        "feet_out_of_picture": _missing(track, "ankle") > _OFTEN,
        "head_out_of_picture": _missing(track, "ear") > _OFTEN
        and float(np.mean(np.isnan(track["nose"]))) > _OFTEN,
        "picture_sideways": legs_lean_deg(track) > LYING_DEG,
        "person_turns": turning_deg(turn_deg) > gate_deg
        or (view.gate == "refused" and view.yaw_deg <= gate_deg),
        "view_refused": view.gate == "refused",
        "view_widened": view.gate == "widened",
        "few_reps": 0 < graded < load_grading().repetition["rep_wanted_reps"],
        "uneven_times": values["uneven_times"],
        "reps_declared": declared is not None and declared.reps is not None,
    }
    found = [warning for warning, holds in checks.items() if holds]
    return {
        **values,
        "person_height_px": round(height_px, 1),
        "scale_mm_per_px": scale_mm_per_px(track, standing, height_cm),
        "warnings": list(dict.fromkeys([*recording.get("video_warnings", ()), *found, *standing.reasons])),
    }


def scale_mm_per_px(track: Track, standing: Standing, height_cm: float | None) -> float | None:
    """Return the length of a pixel at the person, from eye to heel in standing; None where unknown.

    Eyes are at 0.936 of stature (Drillis and Contini 1966, as tabulated by Winter).
    """
    if height_cm is None or not standing.found:
        return None
    still = (track.time_s >= standing.start_s) & (track.time_s <= standing.end_s)
    heels = np.stack([track["left_heel"], track["right_heel"]])[:, still, 1]
    eyes = np.stack([track["left_eye"], track["right_eye"]])[:, still, 1]
    if not (np.isfinite(heels).any() and np.isfinite(eyes).any()):
        return None
    span_px = float(np.nanmedian(heels) - np.nanmedian(eyes))
    return round(0.936 * 10 * height_cm / span_px, 4) if span_px > 0 else None


def _heights(raw: Track) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmax(raw.xy[:, :, 1], axis=1) - np.nanmin(raw.xy[:, :, 1], axis=1))


def _missing(track: Track, point: str) -> float:
    """Share of frames in which neither the left nor the right point was seen."""
    return float(np.mean(np.isnan(track[f"left_{point}"][:, 0]) & np.isnan(track[f"right_{point}"][:, 0])))
