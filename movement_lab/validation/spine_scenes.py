"""Scenes about the low back: how it moves is a recipe's `WAYS`, what hides it one of its `COVERS`.

Low back and upper back may lead or lag the trunk, so that the low back's share of the bend differs from
clip to clip and within each. Held-out bodies only, in turn.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from movement_lab.synthetic.backdrop import wall_colour
from movement_lab.synthetic.bodies import body_names, load_body
from movement_lab.synthetic.looks import Colour, Look, random_look
from movement_lab.synthetic.scene import Bystander, Course, Plate, Scene
from movement_lab.validation.recipes import Recipe
from movement_lab.validation.scenes import Case, Split, make_case

Range = tuple[float, float]
Between = tuple[float, float, float]

#: A phase, and the share of the flexion there, from, to: before or behind the trunk, which is at a half.
_DOWN: Final[Between] = (0.5, 0.25, 0.75)
_UP: Final[Between] = (1.5, 0.25, 0.75)


@dataclass(frozen=True, slots=True)
class Way:
    """How a back moves, ranges to draw from: ``lumbar`` and ``thoracic`` flexion at the turn, degrees.

    ``down`` and ``up`` are a phase (0 standing, 1 bottom, 2 standing again) and the share of the low
    back's flexion there, from, to. ``bottom`` changes other angles at the turn.
    """

    lumbar: Range
    down: Between = _DOWN
    up: Between = _UP
    thoracic: Range = (0.0, 4.5)
    bottom: Mapping[str, Range] = field(default_factory=dict)


#: Those with a finding are about 1.6 times beyond its mild limit, the others within half of it.
WAYS: Final[Mapping[str, Mapping[str, Way]]] = {
    "squat": {
        "still": Way((-2.0, 5.0)),
        "usual": Way((6.0, 12.0)),
        "arch": Way((-14.0, -9.0)),
        "range": Way((38.0, 48.0), down=(0.5, 0.55, 0.8)),
        "late_tuck": Way(
            (38.5, 46.0),
            down=(0.6, -0.12, -0.05),
            up=(1.4, 0.0, 0.4),
            bottom={"thigh_deg": (88.0, 98.0), "trunk_deg": (34.0, 40.0)},
        ),
    },
    "hinge": {
        "still": Way((-4.0, 4.0)),
        "back_first": Way((18.0, 25.0), down=(0.35, 0.8, 0.95), up=(1.35, 0.1, 0.3)),
        "rounded": Way((-3.0, 4.0), thoracic=(16.0, 24.0)),
        "back_first_rounded": Way((18.0, 23.0), down=(0.35, 0.8, 0.95), thoracic=(16.0, 23.0)),
        "fold": Way(
            (30.0, 60.0),
            thoracic=(5.0, 18.0),
            bottom={
                "thigh_deg": (-2.0, 6.0),
                "shank_deg": (-5.0, 0.0),
                "trunk_deg": (88.0, 112.0),
                "arm_left_deg": (80.0, 100.0),
                "arm_right_deg": (80.0, 100.0),
                "gaze_deg": (75.0, 110.0),
            },
        ),
    },
    "lunge": {
        "still": Way((-2.0, 2.0)),
        "bent": Way((14.0, 28.0), bottom={"trunk_deg": (14.0, 24.0)}),
        "arch": Way((-14.0, -9.0), down=(0.5, 0.1, 0.4)),
    },
}

#: What hides the back or tears its edge.
COVERS: Final = ("hands_behind", "plate", "camouflage", "bystander")

#: Prints of stickers that skin never has (sRGB).
STICKER_COLOURS: Final[tuple[Colour, ...]] = ((0, 168, 80), (230, 0, 126), (0, 165, 225))

#: Person's height in the picture, share of the picture's height, and how often.
_SHARES: Final = ((0.80, 0.66, 0.52, 0.36), (0.45, 0.32, 0.18, 0.05))
_ARMS: Final = {"squat": ("free", "crossed", "goblet"), "hinge": ("free", "crossed"), "lunge": ("crossed",)}
_CLOTHES: Final[Mapping[str, Range]] = {"fitted": (0.0, 0.15), "loose": (0.5, 1.0)}
_INSTRUCTED: Final = ("still", "back_first", "rounded", "back_first_rounded")

#: How many scenes of which movement and way, by yaw (names in `YAW_DEG`); fitted and loose in turn.
_PLAN: Final[Mapping[str, Mapping[str, Mapping[str, int]]]] = {
    "near": {
        "squat": {"late_tuck": 11, "range": 3, "still": 8, "usual": 8, "arch": 4},
        "hinge": {"back_first": 7, "rounded": 7, "back_first_rounded": 4, "still": 13, "fold": 6},
        "lunge": {"arch": 3, "still": 2, "bent": 1},
    },
    "widened": {
        "squat": {"late_tuck": 2, "usual": 2, "range": 1},
        "hinge": {"back_first": 2, "still": 2, "fold": 2},
        "lunge": {"bent": 1},
    },
    "beyond": {
        "squat": {"late_tuck": 1, "usual": 1},
        "hinge": {"still": 1, "fold": 1},
        "lunge": {"still": 1},
    },
}
#: More of what the plan has too little of to say how often an interval holds or how far off arched backs
#: are; last, each after the one before, so that all others keep their bodies.
_MORE: Final[Sequence[Mapping[str, Mapping[str, int]]]] = (
    {"lunge": {"arch": 3, "still": 3, "bent": 4}},
    {"squat": {"arch": 4}, "lunge": {"bent": 4, "arch": 4, "still": 4}},
)
#: How often each scene with stickers is filmed again, after all those: the mean error of one round of them is
#: known to four tenths of a degree only.
_STICKERS_AGAIN: Final = 2
#: After those: more clear cases of a back that moves before the hips, as twelve can't tell 0.83 from 0.90.
_MORE_CLEAR: Final[Mapping[str, Mapping[str, int]]] = {"hinge": {"back_first": 8}}
#: From dot to dot; the sheet's usual one.
_STRIP_MM: Final = 80.0
#: Hues further apart than this share of the circle are not alike.
_ALIKE: Final = 0.25
#: Every plain recipe is filmed with a tuning body too, some of them (these of so many, fitted and loose ones
#: in turn) with two; and how bodies take turns.
_TUNING_OF: Final = 4
_TUNING: Final = (0, 3)
_BODY_STEP: Final = {"held_out": 1, "tuning": 5}
_COVERED: Final = (("squat", "usual"), ("hinge", "back_first"), ("squat", "late_tuck"))
_STICKERS: Final[Mapping[str, Mapping[str, int]]] = {
    "squat": {"late_tuck": 5, "still": 4, "range": 2},
    "hinge": {"back_first": 3, "rounded": 2, "still": 4, "fold": 2},
    "lunge": {"arch": 1, "bent": 1},
}


def spine_recipes() -> Iterator[Recipe]:
    """Yield the recipe of each scene about the low back, as often as it is filmed with held-out bodies.

    Plain ones come once more at the end: how often intervals hold was known to four hundredths only.
    """
    for yaw, movements in _PLAN.items():
        yield from _plain(movements, yaw)
    for cover in COVERS:
        for i, (movement, spine) in enumerate(_COVERED):
            yield replace(_recipe(movement, spine, "near", tuple(_CLOTHES)[i % 2]), cover=cover)
    yield from _with_stickers(times=1)
    for more in _MORE:
        yield from _plain(more)
    yield from _with_stickers(times=_STICKERS_AGAIN)
    yield from _plain(_MORE_CLEAR)
    yield from plain_recipes()


def plain_recipes() -> Iterator[Recipe]:
    """Yield the recipe of each scene that nothing hides, from within 15 degrees of the side, no stickers."""
    for counts in (_PLAN["near"], *_MORE, _MORE_CLEAR):
        yield from _plain(counts)


def spine_cases() -> tuple[Case, ...]:
    """Return the scenes about the low back: held-out bodies in turn, then plain ones with tuning bodies."""
    plain = list(plain_recipes())
    some = [each for i, each in enumerate(plain) if i % _TUNING_OF in _TUNING]
    return (*_in_turn(list(spine_recipes()), "held_out"), *_in_turn([*some, *plain], "tuning"))


def _in_turn(recipes: Sequence[Recipe], split: Split) -> Iterator[Case]:
    """Yield each recipe with the next body, or the next one that it wasn't filmed with."""
    bodies = body_names(split)
    filmed = []
    for i, recipe in enumerate(recipes):
        turn = _BODY_STEP[split] * i
        while (recipe, bodies[turn % len(bodies)]) in filmed:
            turn += 1
        filmed.append((recipe, bodies[turn % len(bodies)]))
        yield make_spine_case(*filmed[-1], split)


def make_spine_case(recipe: Recipe, body_name: str, split: Split = "held_out") -> Case:
    """Return the scene of one recipe with one body."""
    case = make_case(recipe, body_name, split)
    rng = np.random.default_rng([case.scene.seed, 4])
    scene = _covered(_filmed(_moving(case.scene, recipe, rng), recipe, rng), recipe)
    return replace(case, scene=scene, every_model=False)


def _plain(counts: Mapping[str, Mapping[str, int]], yaw: str = "near") -> Iterator[Recipe]:
    """Yield scenes that nothing hides, in fitted and loose clothes in turn."""
    for movement, spine, i in _each(counts):
        yield _recipe(movement, spine, yaw, tuple(_CLOTHES)[i % 2])


def _with_stickers(*, times: int) -> Iterator[Recipe]:
    for movement, spine, _ in _each(_STICKERS):
        yield from [replace(_recipe(movement, spine, "true", "fitted"), stickers=True)] * times


def _each(counts: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, str, int]]:
    for movement, ways in counts.items():
        for spine, count in ways.items():
            for i in range(count):
                yield movement, spine, i


def _recipe(movement: str, spine: str, yaw: str, clothes: str) -> Recipe:
    declared = {"instructed": True} if movement == "hinge" and spine in _INSTRUCTED else {}
    return Recipe(movement, "side", yaw=yaw, declared=declared, spine=spine, clothes=clothes)


def _moving(scene: Scene, recipe: Recipe, rng: np.random.Generator) -> Scene:
    """Return the scene with the back's way of moving, two repetitions, a little slower than others."""
    way = WAYS[recipe.movement][recipe.spine]
    peaks = {name: float(rng.uniform(*getattr(way, name))) for name in ("lumbar", "thoracic")}
    low = float(rng.uniform(0.28, 0.52))
    changes = {name: round(float(rng.uniform(*span)), 1) for name, span in way.bottom.items()}
    down, hold, up, rest = scene.tempo
    return replace(
        scene,
        reps=2,
        bottom={**scene.bottom, **changes},
        tempo=(round(down + 0.25, 2), hold, round(up + 0.15, 2), rest),
        lumbar_path=_course(peaks["lumbar"], way.down, way.up, rng),
        thoracic_path=_course(peaks["thoracic"], _DOWN, _UP, rng),
        level_shares=(round(low, 2), round(low + float(rng.uniform(0.3, 0.75)) * (1 - low), 2)),
        arms=str(rng.choice(_ARMS[recipe.movement])) if recipe.spine != "fold" else "free",
    )


def _course(peak: float, down: Between, up: Between, rng: np.random.Generator) -> Course:
    """Return where a part of the back is on the way down, at the turn and on the way up."""
    ways = [(phase, round(peak * float(rng.uniform(low, high)), 1)) for phase, low, high in (down, up)]
    return ((0.0, 0.0), ways[0], (1.0, round(peak, 1)), ways[1], (2.0, 0.0))


def _filmed(scene: Scene, recipe: Recipe, rng: np.random.Generator) -> Scene:
    """Return the scene with clothes that fit as the recipe says, near enough, stickers if it has them."""
    body = load_body(scene.body)
    loose = float(rng.uniform(*_CLOTHES[recipe.clothes]))
    look = random_look(scene.seed, female=body.female, age=body.age, looseness=round(loose, 3))
    share = float(rng.choice(_SHARES[0], p=_SHARES[1]))
    camera, film, more = scene.camera, scene.film, dict[str, Any]()
    if recipe.stickers:
        share, film = (
            float(rng.uniform(0.80, 0.88)),
            replace(film, background=str(rng.choice(["plain", "room"]))),
        )
        camera = replace(camera, size=(1280, 720), distance_m=round(float(rng.uniform(2.8, 3.2)), 2))
        colour = _unlike(look, wall_colour(scene.seed))
        more = {"stickers": True, "sticker_colour": colour, "sticker_mm": _STRIP_MM}
    camera = replace(camera, px_per_m=round(share * camera.size[1] / body.stature_m, 1))
    return replace(scene, look=look, film=film, camera=camera, **more)


def _unlike(look: Look, wall: Colour) -> Colour:
    """Return the stickers' colour that the scene holds least of, as somebody would choose it who is told so.

    A pale wall holds little of its hue, a bright shirt much.
    """
    there = (look.shirt, look.lower_colour, look.shoes, wall)

    def held(own: Colour) -> float:
        return max(_saturation(other) * max(0.0, 1 - _hues_apart(own, other) / _ALIKE) for other in there)

    return min(STICKER_COLOURS, key=held)


def _saturation(colour: Colour) -> float:
    return colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))[1]


def _hues_apart(one: Colour, other: Colour) -> float:
    first, second = (colorsys.rgb_to_hsv(*(channel / 255 for channel in c))[0] for c in (one, other))
    return abs((first - second + 0.5) % 1 - 0.5)


def _covered(scene: Scene, recipe: Recipe) -> Scene:
    """Return the scene with what covers the back."""
    if recipe.cover == "hands_behind":
        return replace(scene, arms="behind_back")
    if recipe.cover == "plate":
        return replace(scene, plate=Plate(width_m=0.45))
    if recipe.cover == "camouflage":
        red, green, blue = (min(255, round(1.2 * part)) for part in wall_colour(scene.seed))  # it is shaded
        wall = (red, green, blue)
        look = replace(scene.look, shirt=wall, lower_colour=wall, pattern="plain")
        return replace(scene, look=look, film=replace(scene.film, background="plain", light="even"))
    if recipe.cover == "bystander":
        away = -0.45 if scene.camera.view == "right" else 0.45
        return replace(scene, bystander=Bystander("b20", ahead_m=-0.32, right_m=away, turn_deg=0.0))
    return scene
