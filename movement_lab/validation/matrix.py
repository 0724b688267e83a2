"""Which scenes are filmed: recipes (what happens) x bodies (who), with everything else drawn by chance.

A recipe fixes movement, plane, fault and the range of the camera's yaw. Bodies take recipes in
turn, held-out bodies more of them, since only they count for the published figures. Clothes,
light, distance, tempo, depth and the exact yaw are drawn from a generator seeded by recipe and
body, so the matrix is the same on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.synthetic.backdrop import BACKGROUNDS
from movement_lab.synthetic.bodies import Body, body_names, load_body
from movement_lab.synthetic.camera import Camera
from movement_lab.synthetic.looks import random_look
from movement_lab.synthetic.scene import Film, Scene

Subset = Literal["quick", "full"]
Split = Literal["tuning", "held_out"]

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
    """What happens in a scene; ``declared`` is what the user would say about it (fields of `Declared`)."""

    movement: str
    plane: Literal["side", "front"]
    fault: str = "none"
    yaw: str = "true"
    declared: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return a readable name, such as ``squat-side-heel_rise-true``."""
        return f"{self.movement}-{self.plane}-{self.fault}-{self.yaw}"


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

#: Scenes per body in the full matrix.
SCENES_PER_BODY: Final[Mapping[str, int]] = {"tuning": 3, "held_out": 9}
#: One in so many held-out scenes is followed with every model: enough to compare them, each recipe twice.
_EVERY_MODEL: Final = 4
_QUICK: Final = 24
_STATURE_AIM: Final = 0.53
#: Nearest and farthest camera (metres) and the largest person; a step towards it needs more room.
_ROOM: Final = (2.6, 4.5, 0.80)


@dataclass(frozen=True, slots=True)
class Case:
    """One scene of the matrix: its name, its recipe, which part its body belongs to, and the scene.

    ``every_model``: also followed with pose models other than the first one asked for.
    """

    name: str
    recipe: Recipe
    split: str
    scene: Scene
    every_model: bool = True


def cases(subset: Subset) -> tuple[Case, ...]:
    """Return the scenes of a subset, ``quick`` (24 scenes, 24 bodies) or ``full`` (all 72 bodies)."""
    if subset == "quick":
        return _quick()
    if subset == "full":
        return _full()
    raise UsageError(f"There is no subset {subset!r}. Needed: quick or full.")


def _quick() -> tuple[Case, ...]:
    """Return one scene per recipe, each with another body: tuning and held-out ones in turn."""
    tuning, held_out = body_names("tuning")[::4], body_names("held_out")[::2]
    pairs = zip(tuning, held_out, strict=True)
    who = [(name, split) for pair in pairs for name, split in zip(pair, ("tuning", "held_out"), strict=True)]
    return tuple(
        make_case(recipe, *each) for recipe, each in zip(RECIPES[:_QUICK], who[:_QUICK], strict=True)
    )


def _full() -> tuple[Case, ...]:
    made = []
    for split, count in SCENES_PER_BODY.items():
        turn = 0
        for name in body_names(split):  # type: ignore[arg-type]
            for _ in range(count):
                case = make_case(RECIPES[turn % len(RECIPES)], name, split)
                made.append(replace(case, every_model=split == "held_out" and turn % _EVERY_MODEL == 0))
                turn += 1
    return tuple(made)


def make_case(recipe: Recipe, body_name: str, split: str) -> Case:
    """Return the scene of one recipe with one body, all chances drawn from their names."""
    name = f"{recipe.name}-{body_name}"
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    rng, body = np.random.default_rng(seed), load_body(body_name)
    scene = Scene(
        movement=recipe.movement,
        body=body_name,
        reps=int(rng.choice([2, 3])),
        bottom=_bottom(recipe, rng),
        standing={"stance_m": 0.34} if recipe.movement == "squat" else {},
        tempo=_tempo(recipe.movement, rng),
        standing_s=round(float(rng.uniform(1.0, 1.6)), 2),
        end_s=0.4,
        lead=str(rng.choice(["left", "right"])),
        lunge_style=str(rng.choice(["step", "reverse", "split"], p=(0.4, 0.35, 0.25))),
        arms=str(rng.choice(ARMS_OF_FAULT.get(recipe.fault, ARMS[recipe.movement]))),
        lordosis_deg=round(float(rng.uniform(-6, 6)), 1),
        seed=seed % 10_000,
        camera=_camera(recipe, body, rng),
        look=random_look(seed, female=body.female, age=body.age),
        film=_film(rng),
    )
    return Case(name, recipe, split, scene)


def _bottom(recipe: Recipe, rng: np.random.Generator) -> dict[str, float]:
    """Return the angles at the bottom: plain, a little different for everybody, and then the fault."""
    plain = dict(PLAIN[recipe.movement])
    together = float(rng.uniform(-3, 4)) if recipe.movement == "squat" else 0.0
    plain["thigh_deg"] += float(rng.uniform(-14, 12) if recipe.movement != "hinge" else rng.uniform(-4, 1))
    plain["trunk_deg"] += together + float(rng.uniform(-9, 7) if recipe.movement == "hinge" else 0.0)
    plain["shank_deg"] += together
    return {key: round(value, 3) for key, value in {**plain, **FAULTS[recipe.fault]}.items()}


def _tempo(movement: str, rng: np.random.Generator) -> tuple[float, float, float, float]:
    slower = 0.3 if movement == "lunge" else 0.0
    down, up = rng.uniform(0.75, 1.2, 2) + slower
    return round(float(down), 2), 0.2, round(float(up), 2), round(float(rng.uniform(0.25, 0.45)), 2)


def _camera(recipe: Recipe, body: Body, rng: np.random.Generator) -> Camera:
    """Return a camera that sees the whole person, at the recipe's yaw."""
    low, high = YAW_DEG[recipe.yaw]
    yaw = float(rng.uniform(low, high) * rng.choice([-1, 1]))
    views = ("left", "right") if recipe.plane == "side" else ("front",)
    shares, odds = zip(*PERSON_SHARE, strict=True)
    near, far, largest = (3.6, 5.0, 0.60) if recipe.movement == "lunge" and recipe.plane == "front" else _ROOM
    share = min(float(rng.choice(shares, p=odds)), largest)
    camera = Camera(
        view=str(rng.choice(views)),  # type: ignore[arg-type]
        yaw_deg=round(yaw, 1),
        pitch_deg=round(float(rng.uniform(-3, 8)), 1),
        roll_deg=round(float(rng.normal(0, 1)), 1),
        height_m=round(_STATURE_AIM * body.stature_m, 2),
        distance_m=round(float(rng.uniform(near, far)), 2),
    )
    return replace(camera, px_per_m=round(share * camera.size[1] / body.stature_m, 1))


def _film(rng: np.random.Generator) -> Film:
    return Film(
        antialias=False,  # twice as fast, and the codec blurs edges anyway
        light=str(rng.choice(["even", "window", "overhead", "dim"], p=(0.4, 0.25, 0.2, 0.15))),
        background=str(rng.choice(BACKGROUNDS)),
        quality=int(rng.integers(22, 31)),
    )
