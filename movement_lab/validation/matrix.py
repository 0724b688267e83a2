"""Which scenes are filmed: recipes (what happens) x bodies (who), with everything else drawn by chance.

A recipe fixes movement, plane, fault and the range of the camera's yaw. Bodies take recipes in
turn, held-out bodies more of them, since only they count for the published figures. Clothes,
light, distance, tempo, depth and the exact yaw are drawn from a generator seeded by recipe and
body, so the matrix is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from movement_lab.errors import UsageError
from movement_lab.synthetic.bodies import body_names
from movement_lab.validation.recipes import RECIPES, Recipe
from movement_lab.validation.scenes import Case, Split, make_case
from movement_lab.validation.spine_scenes import spine_cases

__all__ = ["RECIPES", "Case", "Recipe", "Split", "Subset", "cases", "make_case"]

Subset = Literal["quick", "spine", "full"]

#: Scenes per body in the full matrix.
SCENES_PER_BODY: Final[Mapping[str, int]] = {"tuning": 3, "held_out": 9}
#: One in so many held-out scenes is followed with every model: enough to compare them, each recipe twice.
_EVERY_MODEL: Final = 4
_QUICK: Final = 24


def cases(subset: Subset) -> tuple[Case, ...]:
    """Return the scenes of a subset, ``quick`` (24 scenes, 24 bodies), ``spine`` or ``full``.

    ``full`` is all 72 bodies, then ``spine``: the scenes about the low back, most with held-out bodies.
    """
    if subset == "quick":
        return _quick()
    if subset == "spine":
        return spine_cases()
    if subset == "full":
        return _full()
    raise UsageError(f"There is no subset {subset!r}. Needed: quick, spine or full.")


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
    return (*made, *spine_cases())
