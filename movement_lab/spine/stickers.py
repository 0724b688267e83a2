"""Sticker mode: the pitch of two printed strips, told apart from one another, as a `SpineEstimate`.

The lower strip (S1) lies on the sacrum and turns with the pelvis, the upper one (T12/L1) with the
lower rib cage; each angle is a change from own standing (clinical specification, 1.4 and 2).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from movement_lab.geometry import inclination, wrap
from movement_lab.records import Array, SpineEstimate, Standing, Track, View
from movement_lab.spine.estimate import nothing_read, why_not
from movement_lab.spine.sticker_table import load_stickers
from movement_lab.spine.strips import Strips, follow_dots

__all__ = ["centre_noise_px", "follow_dots", "line_sd_deg", "sticker_estimate", "yaw_shift_deg"]

#: The two ends of each line, lower one first: pelvis, lower rib cage, upper rib cage.
LINES: Mapping[str, tuple[str, str]] = {
    "pelvis": ("s1_lower", "s1_upper"),
    "thorax": ("t12_lower", "t12_upper"),
    "upper": ("t8", "c7"),
}


def sticker_estimate(strips: Strips, track: Track, view: View, standing: Standing) -> SpineEstimate:
    """Return pelvis, low back and rib cage along a track, from followed dots.

    Parameters
    ----------
    strips
        From `follow_dots`, over the same frames as ``track``.
    track, view, standing
        The person, where the camera stood and their own standing (the zero).

    Returns
    -------
    SpineEstimate
        Changes from standing in degrees: pelvis anterior +, flexion +, forward +. All NaN with a
        reason if the view isn't within 25 degrees of a true side, no standing was found, or a strip
        is too short in the picture; single frames are NaN where a strip wasn't seen.
        ``thoracic_flexion_deg`` needs the dots on C7 and T8. ``lumbar_curvature_deg`` is the one
        geometric angle: T12/L1 against S1 as they are, lordosis minus. The standard
        deviation holds dot noise, the zero's, the yaw's and what skin does over the bone.
    """
    reason = _refusal(strips, track, view, standing)
    if reason:
        return nothing_read("stickers", len(track), (reason,))
    facing = 1 if view.facing == "image_right" else -1
    still = (track.time_s >= standing.start_s) & (track.time_s <= standing.end_s)
    absolute = {name: _pitch(strips, name, facing) for name in LINES}
    zero = {name: _median(values[still]) for name, values in absolute.items()}
    pitch = {name: wrap(values - zero[name]) for name, values in absolute.items()}
    value = {
        "pelvic_tilt_deg": pitch["pelvis"],
        "lumbar_flexion_deg": pitch["thorax"] - pitch["pelvis"],
        "thoracic_flexion_deg": pitch["upper"] - pitch["thorax"],
        "thorax_inclination_deg": pitch["thorax"],
        "lumbar_curvature_deg": wrap(absolute["thorax"] - absolute["pelvis"]),
    }
    sd = _spread(strips, absolute, zero, view.yaw_deg)
    sd["lumbar_curvature_deg"] = sd["lumbar_flexion_deg"]
    valid = np.isfinite(value["lumbar_flexion_deg"])
    return SpineEstimate("stickers", value, sd, valid, () if valid.all() else ("stickers_hidden",))


def line_sd_deg(length_px: Array, noise_px: Array | float) -> Array:
    """Return the standard deviation of a line's pitch, degrees, from noise of its two ends.

    Only noise across the line turns it: root two times the noise, seen from ``length_px`` away.
    """
    return np.asarray(np.degrees(np.sqrt(2) * noise_px / length_px))


def yaw_shift_deg(pitch_deg: Array, yaw_deg: float) -> Array:
    """Return how much less a pitch looks, seen ``yaw_deg`` off the true side: forward parts shrink."""
    pitch = np.radians(pitch_deg)
    seen = np.arctan2(np.sin(pitch) * np.cos(np.radians(yaw_deg)), np.cos(pitch))
    return wrap(np.degrees(pitch - seen))


def centre_noise_px(strips: Strips) -> float:
    """Return how far dots jump about their path, one standard deviation of a coordinate, pixels.

    From second differences over neighbouring frames (slow movement drops out of them), never less
    than the table's.
    """
    seen = np.where(strips.filled[..., None], np.nan, strips.xy)
    bends = np.diff(seen, n=2, axis=0)
    bends = bends[np.isfinite(bends)]
    measured = 1.4826 * float(np.median(np.abs(bends))) / np.sqrt(6) if len(bends) else 0.0
    return max(load_stickers().reading.centre_noise_px, measured)


def _refusal(strips: Strips, track: Track, view: View, standing: Standing) -> str:
    """Return why nothing can be read at all; "" if something can."""
    if reasons := why_not(view, standing):
        return reasons[0]
    if not np.isfinite(strips.xy).any():
        return strips.reasons[0] if strips.reasons else "stickers_not_found"
    lengths = [_median(_length(strips, name)) for name in ("pelvis", "thorax")]
    if not np.isfinite(lengths).all():
        return "stickers_not_found"
    return "strip_too_short" if min(lengths) < load_stickers().reading.min_strip_px else ""


def _pitch(strips: Strips, line: str, facing: int) -> Array:
    """Return how far a line leans forward of vertical, (n,); NaN if its dots aren't there."""
    lower, upper = _ends(strips, line)
    return inclination(lower, upper, facing=facing)


def _length(strips: Strips, line: str) -> Array:
    lower, upper = _ends(strips, line)
    length: Array = np.linalg.norm(upper - lower, axis=1)
    return length


def _ends(strips: Strips, line: str) -> tuple[Array, Array]:
    blank = np.full((len(strips.xy), 2), np.nan)
    lower, upper = (strips[name] if name in strips.names else blank for name in LINES[line])
    return lower, upper


def _filled(strips: Strips, line: str) -> NDArray[np.bool_]:
    """Return where an end of a line was bridged over a gap, (n,)."""
    columns = [strips.names.index(name) for name in LINES[line] if name in strips.names]
    return np.asarray(strips.filled[:, columns].any(axis=1))


def _median(values: Array) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else float("nan")


def _spread(
    strips: Strips, absolute: Mapping[str, Array], zero: Mapping[str, float], yaw_deg: float
) -> dict[str, Array]:
    """Return one standard deviation of every angle, (n,)."""
    numbers = load_stickers().reading
    noise = centre_noise_px(strips)
    variance, shift = {}, {}
    for name, pitch in absolute.items():
        times = np.where(_filled(strips, name), numbers.filled_noise_times, 1.0)
        variance[name] = line_sd_deg(_length(strips, name), noise * times) ** 2 + numbers.skin_sd_deg**2
        shift[name] = yaw_shift_deg(pitch, yaw_deg) - yaw_shift_deg(np.array(zero[name]), yaw_deg)
    differences = {
        "pelvic_tilt_deg": ("pelvis", None),
        "lumbar_flexion_deg": ("thorax", "pelvis"),
        "thoracic_flexion_deg": ("upper", "thorax"),
        "thorax_inclination_deg": ("thorax", None),
    }
    return {
        angle: np.sqrt(variance[a] + shift[a] ** 2)
        if b is None
        else np.sqrt(variance[a] + variance[b] + (shift[a] - shift[b]) ** 2)
        for angle, (a, b) in differences.items()
    }
