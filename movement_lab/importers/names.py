"""What other trackers call the body's points, in house names."""

from __future__ import annotations

import re
from typing import Final

from movement_lab.skeleton import LANDMARKS

_SIDES: Final = {"l": "left", "r": "right", "left": "left", "right": "right"}
_POINTS: Final = {
    "bigtoe": "foot_index", "toe": "foot_index", "toes": "foot_index", "footindex": "foot_index",
    "hallux": "foot_index", "hip": "hip", "hjc": "hip", "knee": "knee", "ankle": "ankle", "heel": "heel",
    "calc": "heel", "shoulder": "shoulder", "elbow": "elbow", "wrist": "wrist", "eye": "eye",
    "eyeinner": "eye_inner", "eyeouter": "eye_outer", "ear": "ear", "pinky": "pinky", "index": "index",
    "thumb": "thumb", "mouth": "mouth",
}  # fmt: skip
_SIDE_FIRST: Final = re.compile(r"(left|right|l|r)(\w+)")
_SIDE_LAST: Final = re.compile(r"(\w+)(left|right)")

#: OpenPose's orders of points, by how many there are; "" for points we have no name for.
ORDERS: Final[dict[int, tuple[str, ...]]] = {
    25: (
        *("Nose", "", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist", ""),
        *("RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar", "LEar"),
        *("LBigToe", "", "LHeel", "RBigToe", "", "RHeel"),
    ),
    18: (
        *("Nose", "", "RShoulder", "RElbow", "RWrist", "LShoulder", "LElbow", "LWrist"),
        *("RHip", "RKnee", "RAnkle", "LHip", "LKnee", "LAnkle", "REye", "LEye", "REar", "LEar"),
    ),
    17: (
        *("Nose", "LEye", "REye", "LEar", "REar", "LShoulder", "RShoulder", "LElbow", "RElbow"),
        *("LWrist", "RWrist", "LHip", "RHip", "LKnee", "RKnee", "LAnkle", "RAnkle"),
    ),
    26: (
        *("Nose", "LEye", "REye", "LEar", "REar", "LShoulder", "RShoulder", "LElbow", "RElbow"),
        *("LWrist", "RWrist", "LHip", "RHip", "LKnee", "RKnee", "LAnkle", "RAnkle", "", "", ""),
        *("LBigToe", "RBigToe", "", "", "LHeel", "RHeel"),
    ),
}


def house_name(name: str) -> str | None:
    """Return the house name of a point: ``RKnee``, ``right knee``, ``Lknee``; None if we have none.

    >>> [house_name(name) for name in ("LBigToe", "RIGHT_EYE_INNER", "Neck")]
    ['left_foot_index', 'right_eye_inner', None]
    """
    plain = re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("study")
    if plain == "nose":
        return "nose"
    if match := _SIDE_FIRST.fullmatch(plain):
        found = _sided(match[1], match[2])
        if found:
            return found
    match = _SIDE_LAST.fullmatch(plain)
    return _sided(match[2], match[1]) if match else None


def _sided(side: str, point: str) -> str | None:
    if point not in _POINTS:
        return None
    side, point = _SIDES[side], _POINTS[point]
    name = f"mouth_{side}" if point == "mouth" else f"{side}_{point}"
    return name if name in LANDMARKS else None
