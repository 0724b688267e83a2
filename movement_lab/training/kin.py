"""Bodies between two of the pack, and beyond them: more people to learn from than were baked.

All bodies share one mesh, so a mixture of two is a body again. Only kin are mixed, every sixth body
of the training ones: whoever leaves out a kin leaves out everything that was made from its bodies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from movement_lab.synthetic.bodies import Body, body_names, load_body

#: How many groups of bodies there are that are never mixed with each other.
KINS: Final = 6
#: Share of the second body, drawn evenly; below 0 and above 1 somebody further from the other than either.
_SHARES: Final = (-0.25, 1.25)


def kin_of(name: str) -> str:
    """Return the kin of a training body; any other body is a kin of its own."""
    tuning = body_names("tuning")
    return f"kin {tuning.index(name) % KINS}" if name in tuning else name


def partner(name: str, names: Sequence[str], turn: int) -> str:
    """Return the ``turn``-th other body of the same kin out of ``names``; '' where there is none."""
    kin = [each for each in names if kin_of(each) == kin_of(name)]
    if len(kin) < 2:
        return ""
    return kin[(kin.index(name) + 1 + turn % (len(kin) - 1)) % len(kin)]


def between(one: str, other: str, rng: np.random.Generator) -> Body:
    """Return a body mixed of two by chance."""
    first, second, share = load_body(one), load_body(other), float(rng.uniform(*_SHARES))

    def mixed(a: float, b: float) -> float:
        return a + share * (b - a)

    return Body(
        name=f"{one}x{other}",
        rig=first.rig,
        vertices=first.vertices + share * (second.vertices - first.vertices),
        heads=first.heads + share * (second.heads - first.heads),
        female=float(np.clip(mixed(first.female, second.female), 0, 1)),
        age=float(np.clip(mixed(first.age, second.age), 0, 1)),
        stature_m=mixed(first.stature_m, second.stature_m),
        mass_kg=mixed(first.mass_kg, second.mass_kg),
    )
