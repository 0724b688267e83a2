"""What happens in a scene: movement, plane, fault, range of the camera's yaw, what hides the back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

#: Nothing to note: well inside every limit, so that a finding there is a false alarm.
PLAIN: Final[Mapping[str, Mapping[str, float]]] = {
    "squat": {"thigh_deg": 82.0, "shank_deg": 34.0, "trunk_deg": 36.0},
    "hinge": {"thigh_deg": 15.0, "shank_deg": -4.0, "trunk_deg": 68.0},
    "lunge": {"thigh_deg": 76.0, "shank_deg": 15.0, "trunk_deg": 7.0},
}

#: What is changed at the bottom so that the true value is about 1.6 times the mild limit.
FAULTS: Final[Mapping[str, Mapping[str, float]]] = {
    "none": {},
    "heel_rise": {"heel_rise_left_deg": 6.0, "heel_rise_right_deg": 6.0},
    "trunk_lean_beyond_shank": {"shank_deg": 33.0, "trunk_deg": 50.0},
    "limited_shank_travel": {"shank_deg": 16.0, "trunk_deg": 50.0},
    "hips_rise_first": {"hips_rise_first_deg": 8.5},
    "knees_inward": {"knee_in_left_m": 0.028, "knee_in_right_m": 0.028},
    "pelvis_shift": {"pelvis_shift_m": 0.028},
    "trunk_lean_sideways": {"lean_right_deg": 8.0},
    "squatting_the_hinge": {"thigh_deg": 38.0, "shank_deg": 6.0, "trunk_deg": 62.0},
    "lead_heel_rise": {"heel_rise_lead_deg": 6.0},
    "lead_knee_inward": {"knee_in_lead_m": 0.045},
    "trunk_lean_forward": {"trunk_deg": 25.0},
}

#: How far the camera is off its view, degrees: what is graded, what is widened, what is refused.
YAW_DEG: Final[Mapping[str, tuple[float, float]]] = {
    "true": (0.0, 10.0),
    "off": (10.0, 22.0),
    "oblique": (29.0, 44.0),
    "near": (0.0, 14.5),
    "widened": (15.5, 24.5),
    "beyond": (26.0, 40.0),
}

#: Person's height in the picture, share of the picture's height, and how often.
PERSON_SHARE: Final = ((0.80, 0.35), (0.66, 0.30), (0.50, 0.20), (0.36, 0.15))

ARMS: Final[Mapping[str, tuple[str, ...]]] = {
    "squat": ("free", "free", "crossed", "hips", "goblet"),
    "hinge": ("free", "free", "free", "crossed", "hips"),
    "lunge": ("free", "hips", "hips", "crossed"),
}

#: Hands that reach the knees would make it a deadlift, in which bent knees are no finding.
ARMS_OF_FAULT: Final = {"squatting_the_hinge": ("crossed", "hips")}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What happens in a scene; ``declared`` is what the user would say about it (fields of `Declared`).

    A scene about the low back also has a ``spine`` (a name in `WAYS`), ``clothes`` that are ``fitted`` or
    ``loose``, perhaps something that covers the back (a name in `COVERS`), and perhaps ``stickers``.
    """

    movement: str
    plane: Literal["side", "front"]
    fault: str = "none"
    yaw: str = "true"
    declared: Mapping[str, Any] = field(default_factory=dict)
    spine: str = ""
    clothes: str = ""
    cover: str = ""
    stickers: bool = False

    @property
    def name(self) -> str:
        """Return a readable name, such as ``squat-side-heel_rise-true``."""
        if not self.spine:
            return f"{self.movement}-{self.plane}-{self.fault}-{self.yaw}"
        more = (self.clothes, self.cover, "stickers" if self.stickers else "")
        return "-".join(part for part in ("spine", self.movement, self.spine, self.yaw, *more) if part)


UPRIGHT: Final = {"upright": True}

#: Half of them without a fault. The quick subset films each of them once.
RECIPES: Final[tuple[Recipe, ...]] = (
    Recipe("squat", "side"),
    Recipe("squat", "side", "heel_rise"),
    Recipe("squat", "front"),
    Recipe("squat", "front", "knees_inward"),
    Recipe("hinge", "side"),
    Recipe("hinge", "side", "squatting_the_hinge"),
    Recipe("lunge", "side", declared=UPRIGHT),
    Recipe("lunge", "front", "lead_knee_inward"),
    Recipe("squat", "side", yaw="off"),
    Recipe("squat", "side", "trunk_lean_beyond_shank"),
    Recipe("squat", "front", yaw="off"),
    Recipe("squat", "front", "pelvis_shift"),
    Recipe("hinge", "side", yaw="off"),
    Recipe("hinge", "side", "squatting_the_hinge", "off"),
    Recipe("lunge", "front"),
    Recipe("lunge", "side", "lead_heel_rise"),
    Recipe("squat", "side", yaw="oblique"),
    Recipe("squat", "side", "limited_shank_travel"),
    Recipe("lunge", "side", yaw="off"),
    Recipe("squat", "front", "trunk_lean_sideways"),
    Recipe("hinge", "front"),
    Recipe("squat", "side", "hips_rise_first"),
    Recipe("lunge", "side", yaw="oblique"),
    Recipe("lunge", "side", "trunk_lean_forward", declared=UPRIGHT),
    Recipe("hinge", "side", yaw="oblique"),
    Recipe("lunge", "front", "trunk_lean_sideways"),
    Recipe("lunge", "front", yaw="off"),
)
