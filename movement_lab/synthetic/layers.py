"""Surfaces over a body, each skinned on its own: what garments, hair and skin are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array
from movement_lab.skeleton import SIDES
from movement_lab.synthetic import mesh
from movement_lab.synthetic.bodies import LETTER, Body
from movement_lab.synthetic.kinematics import skinned
from movement_lab.synthetic.mesh import Faces
from movement_lab.synthetic.vectors import UP

Colours = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One surface: ``rest`` (V, 3) with its skin ``weights`` (V, B), ``colours`` (V, 3) uint8.

    ``slack_m`` (V,) is how far a point can hang; ``pattern`` names the cloth's texture, if any.
    """

    name: str
    rest: Array
    weights: Any
    faces: Faces
    colours: Colours
    slack_m: Array
    gather: Any
    pattern: str = ""

    def posed(self, transforms: Array) -> tuple[Array, Array]:
        """Return vertices and unit normals, (V, 3) each, of one frame's bone ``transforms`` (B, 3, 4)."""
        vertices = skinned(self.weights, self.rest, transforms)
        normals = mesh.normals(vertices, self.faces, self.gather)
        if self.slack_m.any():
            vertices = vertices - (self.slack_m * np.maximum(-normals[:, 1], 0))[:, None] * UP
            normals = mesh.normals(vertices, self.faces, self.gather)
        return vertices, normals


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A stiff sticker strip that stands up from the back, taped on at a ``lower`` and an ``upper`` end.

    Each end is a layer and the vertices under the tape. ``length_m`` from dot to dot; the dots are
    on both faces, in ``colour`` (sRGB).
    """

    lower: tuple[Layer, NDArray[np.int64]]
    upper: tuple[Layer, NDArray[np.int64]]
    length_m: float
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Where:
    """Where each vertex is on the body: shares of skin weights, and metres along arms and legs."""

    arm: Array
    leg: Array
    head: Array
    foot: Array
    along_arm: Array
    along_leg: Array
    arm_m: float
    leg_m: float

    @classmethod
    def on(cls, body: Body) -> Where:
        """Find where the vertices of ``body`` are, at rest."""
        arms = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
        share = {
            name: share_of(body, *starts)
            for name, starts in (
                ("arm", arms),
                ("leg", ("upperleg", "lowerleg", "foot", "toe")),
                ("head", ("neck02", "neck03", "head", "eye")),
                ("foot", ("foot", "toe")),
            )
        }
        along_arm, arm_m = _along(body, ("upperarm01", "lowerarm01", "wrist"))
        along_leg, leg_m = _along(body, ("upperleg01", "lowerleg01", "foot"))
        return cls(**share, along_arm=along_arm, along_leg=along_leg, arm_m=arm_m, leg_m=leg_m)


def share_of(body: Body, *starts: str) -> Array:
    """Return the share of skin weights (V,) that bones whose names begin so have."""
    share: Array = body.rig.skin[:, body.rig.matching(*starts)].sum(axis=1)
    return share


def _along(body: Body, bones: tuple[str, str, str]) -> tuple[Array, float]:
    """Return metres from the limb's root to each vertex, along its two segments, and their sum."""
    along = np.zeros(len(body.vertices))
    length = 0.0
    for side in SIDES:
        root, bend, tip = (body.head(f"{bone}.{LETTER[side]}") for bone in bones)
        upper, lower = (float(np.linalg.norm(b - a)) for a, b in ((root, bend), (bend, tip)))
        first = (body.vertices - root) @ (bend - root) / upper
        second = upper + (body.vertices - bend) @ (tip - bend) / lower
        mine = body.vertices[:, 2] * (-1 if side == "left" else 1) > 0
        along[mine] = np.where(first > upper, np.maximum(second, upper), first)[mine]
        length = upper + lower
    return along, length


def garment(
    body: Body,
    name: str,
    field: Array,
    *,
    ease_m: Array,
    rounds: int,
    colour: Array,
    slack_m: Array | None = None,
    pattern: str = "",
    clinging: Array | None = None,
) -> Layer:
    """Return a layer over the body where ``field`` > 0, ``ease_m`` off the skin, hollows spanned.

    Where ``clinging`` (V,) is 1 it lies on the skin instead, as cloth does under other cloth.
    """
    faces, maker = mesh.cut(body.rig.faces, field)
    skin = maker @ body.vertices
    gather = mesh.face_to_vertex(faces, len(skin))
    ease = mesh.smoothed((maker @ ease_m)[:, None], faces, rounds=rounds)
    spanned = mesh.smoothed(skin, faces, rounds=rounds)
    outward = mesh.normals(skin, faces, gather)
    off = np.maximum(np.sum((spanned - skin) * outward, axis=1, keepdims=True), 0) + ease
    if clinging is not None:
        off = off * (1 - 0.9 * (maker @ clinging)[:, None])
    rest = mesh.smoothed(skin + off * outward, faces, rounds=3)
    colours = np.tile(colour.astype(np.uint8), (len(rest), 1))
    slack = np.zeros(len(rest)) if slack_m is None else maker @ slack_m
    return Layer(name, rest, maker @ body.rig.skin, faces, colours, slack, gather, pattern)
