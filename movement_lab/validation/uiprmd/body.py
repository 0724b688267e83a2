"""From UI-PRMD's skin markers to the joints a pose model points at, and their thorax angle.

Hip centres by Harrington et al. (2007), J Biomech 40:595-602, from the pelvis markers; knee and ankle
centres by the chord construction of Plug-in Gait from the lateral and the segment's own marker, with one
joint width for everybody (the data set gives none). Shoulders stay the acromion markers. The head is
guessed from the four markers of its band; nothing here is compared there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from movement_lab.records import Array

#: The order of the columns; it holds anatomically in every recording looked at.
MARKERS: Final = (
    *("LFHD", "RFHD", "LBHD", "RBHD", "C7", "T10", "CLAV", "STRN", "RBAK"),
    *("LSHO", "LUPA", "LELB", "LFRM", "LWRA", "LWRB", "LFIN"),
    *("RSHO", "RUPA", "RELB", "RFRM", "RWRA", "RWRB", "RFIN"),
    *("LASI", "RASI", "LPSI", "RPSI"),
    *("LTHI", "LKNE", "LTIB", "LANK", "LHEE", "LTOE"),
    *("RTHI", "RKNE", "RTIB", "RANK", "RHEE", "RTOE"),
)

#: From the lateral marker to the joint's middle: half a usual joint and a marker's radius.
_KNEE_OFFSET_M: Final = 0.060
_ANKLE_OFFSET_M: Final = 0.043
#: The toe's end lies beyond the marker on the second metatarsal's head, as a share of heel to marker.
_TOE_BEYOND: Final = 0.3
_SIDES: Final = {"left": "L", "right": "R"}
_QUADRANTS_DEG: Final = (0.0, 90.0, 180.0, 270.0)

Markers = Mapping[str, Array]
"""Marker name to (T, 3) metres in the room: x ahead in the laboratory, y left, z up; NaN = not seen."""


def heading_of(markers: Markers) -> float:
    """Return where the pelvis usually points, radians counter-clockwise from the room's x."""
    ahead = markers["LASI"] + markers["RASI"] - markers["LPSI"] - markers["RPSI"]
    x, y = np.nanmedian(ahead[:, :2], axis=0)
    return float(np.arctan2(y, x))


def joints_of(markers: Markers, heading: float) -> dict[str, Array]:
    """Return the 33 landmarks in the body frame: X along ``heading``, Y up, Z to the right, metres."""
    joints = _head(markers)
    for (side, letter), hip in zip(_SIDES.items(), hip_centres(markers), strict=True):
        limbs = _leg(markers, letter, hip) | _arm(markers, letter)
        joints |= {f"{side}_{name}": path for name, path in limbs.items()}
    turn = np.array(
        [[np.cos(heading), np.sin(heading), 0], [0, 0, 1], [np.sin(heading), -np.cos(heading), 0]]
    )
    return {name: path @ turn.T for name, path in joints.items()}


def hip_centres(markers: Markers) -> tuple[Array, Array]:
    """Return the left and right hip centre, (T, 3), from width and depth of the pelvis."""
    front = (markers["LASI"] + markers["RASI"]) / 2
    back = (markers["LPSI"] + markers["RPSI"]) / 2
    across, ahead = markers["RASI"] - markers["LASI"], front - back
    width, depth = (np.nanmedian(np.linalg.norm(line, axis=1)) for line in (across, ahead))
    right = unit(across)
    forward = unit(ahead - np.sum(ahead * right, axis=1, keepdims=True) * right)
    up = np.cross(right, forward)
    middle = front - (0.24 * depth + 0.0099) * forward - (0.30 * width + 0.0109) * up
    outward = (0.33 * width + 0.0073) * right
    return middle - outward, middle + outward


def chord_centre(above: Array, lateral: Array, wand: Array, offset_m: float) -> Array:
    """Return the joint ``offset_m`` inwards of its ``lateral`` marker, at a right angle to the bone.

    It lies in the plane of the joint ``above``, the lateral marker and the segment's ``wand`` marker, on
    the other side of the line between the first two than the wand.
    """
    line = above - lateral
    length = np.linalg.norm(line, axis=1, keepdims=True)
    along, out = line / length, wand - lateral
    inwards = -unit(out - np.sum(out * along, axis=1, keepdims=True) * along)
    tip = np.arccos(np.clip(offset_m / length, -1, 1))
    centre: Array = lateral + offset_m * (np.cos(tip) * along + np.sin(tip) * inwards)
    return centre


def unit(vectors: Array) -> Array:
    """Return vectors (T, 3) of length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _leg(markers: Markers, s: str, hip: Array) -> dict[str, Array]:
    knee = chord_centre(hip, markers[f"{s}KNE"], markers[f"{s}THI"], _KNEE_OFFSET_M)
    ankle = chord_centre(knee, markers[f"{s}ANK"], markers[f"{s}TIB"], _ANKLE_OFFSET_M)
    heel, toe = markers[f"{s}HEE"], markers[f"{s}TOE"]
    return {
        "hip": hip,
        "knee": knee,
        "ankle": ankle,
        "heel": heel,
        "foot_index": toe + _TOE_BEYOND * (toe - heel),
    }


def _arm(markers: Markers, s: str) -> dict[str, Array]:
    wrist, finger = (markers[f"{s}WRA"] + markers[f"{s}WRB"]) / 2, markers[f"{s}FIN"]
    hand = dict.fromkeys(("pinky", "index", "thumb"), finger)
    return {"shoulder": markers[f"{s}SHO"], "elbow": markers[f"{s}ELB"], "wrist": wrist, **hand}


def _head(markers: Markers) -> dict[str, Array]:
    """Return face and ears from the band of the head, by rough proportions."""
    left = (markers["LFHD"] + markers["LBHD"]) / 2
    right = (markers["RFHD"] + markers["RBHD"]) / 2
    across = unit(right - left)
    ahead = unit(markers["LFHD"] + markers["RFHD"] - markers["LBHD"] - markers["RBHD"])
    down, middle = np.cross(ahead, across), (left + right) / 2
    face = middle + 0.09 * ahead + 0.07 * down
    points = {"nose": face + 0.03 * ahead + 0.03 * down}
    for side, sign in (("left", -1.0), ("right", 1.0)):
        points[f"{side}_ear"] = middle + 0.07 * down + sign * 0.075 * across
        points[f"mouth_{side}"] = face + 0.06 * down + sign * 0.025 * across
        for name, wide in (("eye_inner", 0.018), ("eye", 0.032), ("eye_outer", 0.045)):
            points[f"{side}_{name}"] = face + sign * wide * across
    return points


# ---------------------------------------------------------------- their thorax


def thorax_tilt(markers: Markers, angles: Array, heading: float) -> Array:
    """Return how far their thorax leans forward in the sagittal plane, (T,) degrees.

    ``angles`` (T, 3) are Plug-in Gait's: tilt, then obliquity, about the axes of the laboratory. For
    somebody who stands across them (the lunges do) the tilt alone mixes leaning forward and sideways,
    so the axis is put together again and read in the person's own plane.
    """
    axis = _thorax_axis(markers, angles)
    ahead = axis[:, 0] * np.cos(heading) + axis[:, 1] * np.sin(heading)
    return np.asarray(np.degrees(np.arctan2(ahead, axis[:, 2])))


def off_thorax_deg(markers: Markers, angles: Array) -> Array:
    """Return the angle between their thorax axis and the one its own markers show, (T,) degrees."""
    cosine = np.sum(_thorax_axis(markers, angles) * _marked_axis(markers), axis=1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _thorax_axis(markers: Markers, angles: Array) -> Array:
    """Return the axis (T, 3) in the room, in that quarter of directions which fits the markers."""
    marked = _marked_axis(markers)
    axes = [_from_angles(angles, quadrant_deg) for quadrant_deg in _QUADRANTS_DEG]
    return max(axes, key=lambda axis: float(np.nanmean(np.sum(axis * marked, axis=1))))


def _from_angles(angles: Array, walking_deg: float) -> Array:
    tilt, obliquity, walking = np.radians(angles[:, 0]), np.radians(-angles[:, 1]), np.radians(walking_deg)
    ahead, left, up = np.cos(obliquity) * np.sin(tilt), np.sin(obliquity), np.cos(obliquity) * np.cos(tilt)
    x = ahead * np.cos(walking) - left * np.sin(walking)
    y = ahead * np.sin(walking) + left * np.cos(walking)
    return np.stack([x, y, up], axis=1)


def _marked_axis(markers: Markers) -> Array:
    """Return the axis from the middle of sternum and T10 to the middle of clavicle and C7."""
    return unit(markers["C7"] + markers["CLAV"] - markers["STRN"] - markers["T10"])
