"""Why a row of the bar is hard to meet, and what the program does about it: sentences for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_YAW: Final = (
    "A camera a few degrees off the front view shows what goes to and fro as going sideways. Most of it is "
    "taken out with the yaw and the coarse depth, but the yaw itself is an estimate (its error is a row "
    "above). Intervals hold this error; where they dwarf the limit, nothing is judged."
)
_HEEL: Final = (
    "Heel and toe of a planted foot slide in the picture as the leg bends, about as much as the mild limit. "
    "Feet that are too small in the picture are not judged at all, which counts as missed here. "
    "The interval is wide, so the word is *possible*, and the tier is T2."
)
_SWAP: Final = (
    "Where the mean is far above the median, a lunge is among them whose legs were taken for each other: the "
    "near leg then has the far one's angles. Such clips warn that sides were put back."
)
_HIP: Final = (
    "The pose model's hip lies in front of the joint, by a distance that changes with the person, "
    "the clothes and the depth. The legs' constant length takes out most of it; the rest is in the interval. "
    + _SWAP
)
_GATE: Final = (
    "The yaw is an estimate (its error is a row of this table), so clips filmed close to the edge of the "
    "gate fall on either side of it."
)

#: What a row is about (the beginning of its name, or the end of it) -> why it is missed when it is.
_WHY: Final[Mapping[str, str]] = {
    "knee_flexion_deg": _HIP,
    "hip_trunk_flexion_deg": _HIP,
    "trunk_inclination_deg": (
        "Shoulders are seen above the joint and move with the arms; deep leans are under-read a little. "
        "The error is in the interval."
    ),
    "shank_inclination_deg": (
        "The ankle is seen above the joint, so the shank is short and its direction noisy. " + _SWAP
    ),
    "movement recognised": "Where points jump, or nothing fits, the answer is `unknown` with its reason.",
    "repetitions counted": (
        "Clips that are not recognised are not counted either: what looks like a repetition is listed, "
        "marked as not judged."
    ),
    "view": _GATE,
    "oblique": _GATE,
    "heel_rise": _HEEL,
    "lead_heel_rise": _HEEL,
    "pelvis_shift": _YAW,
    "trunk_lean_sideways": _YAW,
    "lead_knee_inward": (
        "From the front a bent thigh is foreshortened, so a small error at hip or knee turns this angle a "
        "lot, and so does a camera a little off. " + _YAW
    ),
    "knees_inward": (
        "Knees nearer to the camera than ankles look further apart, which hides a part of the drop. "
        "The interval holds it."
    ),
    "limited_shank_travel": (
        "It is judged only beyond a certain depth of the knee, and a clip that reads a little "
        "shallower is left out."
    ),
    "trunk_lean_beyond_shank": "It needs trunk and shank, and has the error of both.",
}


def why_missed(quantity: str) -> str:
    """Return why a row of the bar is missed, or nothing where no reason is known."""
    found = (why for about, why in _WHY.items() if quantity.startswith(about) or f": {about}" in quantity)
    return next(found, "")
