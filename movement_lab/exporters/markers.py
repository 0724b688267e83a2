"""House names of body points, as those who work with markers call them (Pose2Sim's names)."""

from typing import Final

from movement_lab.skeleton import LANDMARKS

_OWN: Final = {"foot_index": "BigToe", "eye_inner": "EyeInner", "eye_outer": "EyeOuter"}


def _marker(name: str) -> str:
    """Return ``RKnee`` for ``right_knee``, ``LMouth`` for ``mouth_left``, ``Nose`` for ``nose``."""
    for side in ("left", "right"):
        if side in name:
            point = name.replace(f"{side}_", "").replace(f"_{side}", "")
            return side[0].upper() + _OWN.get(point, point.capitalize())
    return name.capitalize()


MARKERS: Final = {name: _marker(name) for name in LANDMARKS}
