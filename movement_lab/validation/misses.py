"""Why a row of the bar is hard to meet, and what the program does about it: sentences for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from movement_lab.validation.bar import Goal

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

_EDGE: Final = (
    "The edge of a back shows skin and cloth, not bone, and what it says is read against hips that the pose "
    "model infers: with the true ones the same networks would be off by about two thirds as much "
    "([why](decisions/back-from-its-outline.md)). What the edge leaves open is in the interval, and the "
    "value stays experimental: for the therapist only, never beyond *possible*."
)
_PULLED: Final = (
    "Where the edge says little, the estimate leans to what backs usually do, so the smallest and largest "
    "bends are read too near the middle. The interval is to hold that; the rows on coverage say whether it "
    "does. Nothing is said in the patient's words."
)
_SPINE_FINDING: Final = (
    "A clear case lies a half beyond the limit, about as far as the reading may be off. A finding read from "
    "the edge is at most *possible*. Where the person is small in the picture, an arm lies over the back, "
    "the camera is taken for more than 15 degrees off or the interval dwarfs the limit, it is withheld, "
    "which counts as missed here."
)
_SPREAD: Final = (
    "The spread was learnt from other rendered bodies, clothes and ways of moving than these. The report "
    "multiplies it by the factor for real people, which makes an interval that is too narrow here wider "
    "there; one that is too wide is left so, on the safe side."
)

#: What a row of the spine's bar is about; told apart from the others by what else its name says.
_WHY_SPINE: Final[Mapping[str, str]] = {
    "truly": _PULLED,
    "stickers: lumbar": (
        "Dots show the skin or cloth they are on, which a deep bend stretches and turns against the bones. "
        "The interval holds it, and findings go no higher than *moderate*."
    ),
    "stickers: turn": (
        "Against what the strips themselves did there is no skin or cloth between: this is dots and lens. "
        "The interval holds it."
    ),
    "stickers: all dots": (
        "A dot that an arm hides, or that is turned edge-on in a deep bend, is not found. Gaps up to "
        "a fifth of a second are bridged and marked; beyond them there is no value."
    ),
    "beyond 25": (
        "The yaw is an estimate: a camera a little beyond the gate may be taken for one within it. "
        "What is shown then has the wider interval of a doubtful view."
    ),
    "back covered": (
        "What covers the back in the colours of the back leaves an edge that looks like one. The reading is "
        "checked against what backs look like and against other readings of it; what passes both is shown "
        "with its interval, as experimental."
    ),
    "half an 80 % interval": (
        "The spread there did not come out wider, although it is multiplied: other clips were read there "
        "than near the plane. The report says that the view is doubtful."
    ),
    "80 % intervals of all angles": _SPREAD,
    "camera 15 to 25": _EDGE,
    "MAE": _EDGE,
    "late_pelvic_tuck": _SPINE_FINDING,
    "low_back_bend_range": _SPINE_FINDING,
    "upper_back_rounding": _SPINE_FINDING,
    "back_before_hips": _SPINE_FINDING,
}

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


def why_spine_missed(quantity: str) -> str:
    """Return why a row of the spine's bar is missed, or nothing where no reason is known."""
    return next((why for about, why in _WHY_SPINE.items() if about in quantity), "")


def missed_lines(missed: Sequence[Goal], why: Callable[[str], str] = why_missed) -> Sequence[str]:
    """Return one list, in Markdown, of the rows that were missed: by how much, why, what the program does."""
    lines = [
        f"- **{goal.quantity}**: wanted {goal.wanted}, reached {goal.reached} (n = {goal.n}). "
        f"{why(goal.quantity)}".rstrip()
        for goal in missed
    ]
    return ["\n".join(lines)] if lines else []
