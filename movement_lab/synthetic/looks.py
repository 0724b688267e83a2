"""How a rendered person looks: skin, hair and clothes, chosen or drawn by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.errors import UsageError

Colour = tuple[int, int, int]

#: Ten skin tones from light to dark, after the Monk Skin Tone scale (sRGB).
SKIN_TONES: Final[tuple[Colour, ...]] = (
    (242, 206, 184),
    (234, 192, 164),
    (226, 180, 146),
    (214, 164, 124),
    (196, 144, 102),
    (168, 116, 78),
    (138, 92, 62),
    (108, 70, 48),
    (80, 52, 38),
    (56, 38, 30),
)
HAIR_COLOURS: Final[tuple[Colour, ...]] = (
    (26, 22, 22),
    (48, 34, 26),
    (84, 56, 36),
    (132, 92, 56),
    (186, 150, 100),
    (120, 52, 30),
    (150, 148, 146),
    (214, 212, 208),
)
HAIR: Final = ("bald", "buzz", "short", "afro", "bob", "long", "bun", "ponytail")
LOWER: Final = ("shorts", "trousers", "leggings")
PATTERNS: Final = ("plain", "stripes", "block")


@dataclass(frozen=True, slots=True)
class Look:
    """Skin tone (index), hair, and clothes: colours are sRGB, ``looseness`` 0 tight to 1 very loose.

    ``sleeve`` and ``lower_length`` are shares of arm and leg; ``shirt_length_m`` how far the shirt
    reaches below the hip joints.
    """

    skin: int = 3
    hair: str = "short"
    hair_colour: Colour = (48, 34, 26)
    shirt: Colour = (60, 110, 150)
    pattern: str = "plain"
    sleeve: float = 0.3
    shirt_length_m: float = 0.02
    looseness: float = 0.3
    lower: str = "shorts"
    lower_colour: Colour = (45, 48, 60)
    shoes: Colour = (225, 225, 228)
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse names that do not exist."""
        for value, known in ((self.hair, HAIR), (self.lower, LOWER), (self.pattern, PATTERNS)):
            if value not in known:
                raise UsageError(f"There is no look {value!r}. Needed: one of {', '.join(known)}.")
        if not 0 <= self.skin < len(SKIN_TONES):
            raise UsageError(f"Skin tone {self.skin} does not exist. Needed: 0 to {len(SKIN_TONES) - 1}.")


def random_look(seed: int, *, female: float = 0.5, age: float = 0.7, looseness: float | None = None) -> Look:
    """Return a look drawn by chance; ``female`` and ``age`` as in `Body` only shift what is likely."""
    rng = np.random.default_rng(seed)
    styles = (
        ("bob", "long", "bun", "ponytail", "short")
        if female > 0.5
        else ("short", "buzz", "bald", "afro", "short")
    )
    grey = age > 0.88 and rng.random() < 0.7
    colour = HAIR_COLOURS[rng.integers(6, 8) if grey else rng.integers(0, 6)]
    return Look(
        skin=int(rng.integers(len(SKIN_TONES))),
        hair=str(rng.choice(styles)),
        hair_colour=colour,
        shirt=_cloth_colour(rng, 20, 240),
        pattern=str(rng.choice(PATTERNS, p=(0.7, 0.15, 0.15))),
        sleeve=float(rng.choice([0.0, 0.28, 0.32, 0.9], p=(0.15, 0.4, 0.3, 0.15))),
        shirt_length_m=float(rng.uniform(-0.03, 0.08)),
        looseness=float(rng.uniform(0.05, 0.9)) if looseness is None else looseness,
        lower=str(rng.choice(LOWER)),
        lower_colour=_cloth_colour(rng, 15, 140),
        shoes=_cloth_colour(rng, 20, 245),
        seed=seed,
    )


def _cloth_colour(rng: np.random.Generator, low: int, high: int) -> Colour:
    """Return a muted colour: one brightness, small differences between the channels."""
    channels = np.clip(rng.integers(low, high) + rng.integers(-55, 56, 3), 8, 245)
    return (int(channels[0]), int(channels[1]), int(channels[2]))
