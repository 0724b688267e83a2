"""What the rendered people wear and hold: tight or loose clothes, some in motion, belts, dumbbells."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from movement_lab.records import Array
from movement_lab.synthetic import mesh
from movement_lab.synthetic.bodies import LETTER, Body
from movement_lab.synthetic.clothing import dress
from movement_lab.synthetic.layers import Layer, Where, garment
from movement_lab.synthetic.looks import Look, random_look

#: How clothes fit: range of looseness, and how often. ``changing`` ones look different in each picture.
CLOTHES: Final = {
    "tight": ((0.0, 0.15), 0.35),
    "loose": ((0.3, 1.0), 0.35),
    "changing": ((0.2, 0.9), 0.30),
}
_WAVES: Final = 6


@dataclass(frozen=True, slots=True)
class Outfit:
    """Clothes of one person: ``clothes`` is a name in `CLOTHES`."""

    clothes: str
    look: Look
    belt: bool
    dumbbells: bool


@dataclass(frozen=True, slots=True, eq=False)
class Changing(Layer):
    """Cloth that takes another shape each time it is posed: folds up to ``height_m`` high."""

    height_m: float = 0.0
    rng: np.random.Generator | None = None

    def posed(self, transforms: Array) -> tuple[Array, Array]:
        """Return vertices and normals, (V, 3) each, with new folds."""
        vertices, normals = Layer.posed(self, transforms)
        assert self.rng is not None
        length_m = self.rng.uniform(0.15, 0.6, _WAVES)
        waves = self.rng.normal(0, 1, (3, _WAVES))
        waves *= 2 * np.pi / length_m / np.linalg.norm(waves, axis=0)
        folds = np.sin(self.rest @ waves + self.rng.uniform(0, 2 * np.pi, _WAVES)).mean(axis=1)
        height = self.height_m * self.rng.uniform(0.3, 1) * np.clip(0.4 + folds, 0, 1)
        vertices = vertices + height[:, None] * normals
        return vertices, mesh.normals(vertices, self.faces, self.gather)


def random_outfit(body: Body, rng: np.random.Generator) -> Outfit:
    """Return an outfit drawn by chance."""
    clothes = str(rng.choice(list(CLOTHES), p=[share for _, share in CLOTHES.values()]))
    looseness = float(rng.uniform(*CLOTHES[clothes][0]))
    look = random_look(int(rng.integers(2**31)), female=body.female, age=body.age, looseness=looseness)
    return Outfit(clothes, look, bool(rng.random() < 0.12), bool(rng.random() < 0.2))


def worn(body: Body, outfit: Outfit, rng: np.random.Generator) -> tuple[Layer, ...]:
    """Return the layers of a body in its outfit."""
    layers = list(dress(body, outfit.look))
    if outfit.clothes == "changing":
        layers = [_changing(layer, outfit.look, rng) if layer.name == "shirt" else layer for layer in layers]
    if outfit.belt:
        layers.append(_belt(body, rng))
    if outfit.dumbbells:
        layers += [_dumbbell(body, letter) for letter in LETTER.values()]
    return tuple(layers)


def _changing(layer: Layer, look: Look, rng: np.random.Generator) -> Changing:
    values = {field.name: getattr(layer, field.name) for field in fields(Layer)}
    return Changing(**values, height_m=0.012 + 0.035 * look.looseness, rng=rng)


def _belt(body: Body, rng: np.random.Generator) -> Layer:
    """Return a lifting belt around the waist, over the shirt."""
    waist = body.head("upperleg01.L")[1] + rng.uniform(0.09, 0.14) * body.stature_m / 1.75
    half = float(rng.choice([0.025, 0.05]))
    field = np.minimum(body.vertices[:, 1] - waist + half, waist + half - body.vertices[:, 1])
    on_torso = np.where(Where.on(body).arm > 0.2, -0.01, field)
    ease = np.full(len(body.vertices), rng.uniform(0.012, 0.022))
    colour = np.array(rng.choice([25, 70, 120])) * np.array([1.0, 0.8, 0.6])
    return garment(body, "belt", on_torso, ease_m=ease, rounds=30, colour=colour)


def _dumbbell(body: Body, letter: str) -> Layer:
    """Return a dumbbell that goes with the hand."""
    from scipy.sparse import csr_array

    rest, faces = mesh.ball(body.head(f"finger2-1.{letter}"), np.array([0.12, 0.035, 0.035]))
    hand = np.zeros((len(rest), len(body.rig.bones)))
    hand[:, body.rig.bone(f"wrist.{letter}")] = 1
    colours = np.full(rest.shape, 60, np.uint8)
    gather = mesh.face_to_vertex(faces, len(rest))
    return Layer("dumbbell", rest, csr_array(hand), faces, colours, np.zeros(len(rest)), gather)
