"""From a recipe and a body to a scene: all that the recipe leaves open is drawn from their names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from movement_lab.synthetic.backdrop import BACKGROUNDS
from movement_lab.synthetic.bodies import Body, load_body
from movement_lab.synthetic.camera import Camera
from movement_lab.synthetic.looks import random_look
from movement_lab.synthetic.scene import Film, Scene
from movement_lab.validation.recipes import (
    ARMS,
    ARMS_OF_FAULT,
    FAULTS,
    PERSON_SHARE,
    PLAIN,
    YAW_DEG,
    Recipe,
)

Split = Literal["tuning", "held_out"]

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
