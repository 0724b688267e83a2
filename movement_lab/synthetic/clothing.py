"""Dress a body: shirt, trousers or shorts, and shoes over the skin.

A garment is the part of the body where a smooth field is positive, cut exactly along the field's
zero line (so hems are lines, not saw teeth), smoothed so that cloth spans hollows, pushed outwards, and
skinned with the body's own weights. When the wearer bends over, cloth that faces the floor hangs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from movement_lab.records import Array
from movement_lab.skeleton import SIDES
from movement_lab.synthetic import mesh
from movement_lab.synthetic.bodies import Body
from movement_lab.synthetic.head import hair_field, hair_layers, skin_layer
from movement_lab.synthetic.layers import Layer, Where, garment
from movement_lab.synthetic.looks import Look
from movement_lab.synthetic.mesh import Faces

#: How far hanging cloth falls from the body at full looseness, metres.
HANG_M: Final = 0.10
_TUCK_M: Final = 0.03


def dress(body: Body, look: Look) -> tuple[Layer, ...]:
    """Return the layers of a dressed body, skin first."""
    where = Where.on(body)
    shirt = _shirt_field(body, where, look)
    lower = _lower_field(body, where, look)
    shoes = _shoe_field(body, where)
    hair = hair_field(body, where, look)
    covered = np.max([shirt, lower, shoes], axis=0)
    return (
        skin_layer(body, where, look, covered, hair),
        _shirt(body, where, look, shirt),
        _lower(body, where, look, lower, under=np.clip(shirt / _TUCK_M, 0, 1)),
        _shoes(body, where, look),
        *hair_layers(body, look, hair),
    )


def _shirt_field(body: Body, where: Where, look: Look) -> Array:
    """Return metres inside the shirt's rims: hem, neckline and sleeves."""
    neck = body.head("neck01")
    neckline = neck[1] + 0.025 + 0.55 * (neck[0] - body.vertices[:, 0]).clip(-0.2, 0.03)
    height = body.vertices[:, 1]
    torso = np.minimum(height - _hem_height_m(body, look), neckline - height)
    sleeve = (0.04 if look.sleeve == 0 else look.sleeve * where.arm_m) - where.along_arm
    field: Array = np.where(where.arm > 0.5, sleeve, np.where(where.head > 0.5, -0.01, torso))
    return field


def _hem_height_m(body: Body, look: Look) -> float:
    return float(body.head("upperleg01.L")[1]) - look.shirt_length_m


def _shirt(body: Body, where: Where, look: Look, field: Array) -> Layer:
    """Return the shirt: it hangs from the torso, the more the lower and the looser it is."""
    chest, hem = body.head("spine01")[1], _hem_height_m(body, look)
    down = np.clip((chest - body.vertices[:, 1]) / (chest - hem), 0, 1) * (where.arm < 0.5)
    sleeve = 1.0 * (where.arm > 0.5)
    # Cloth hangs from the belly; nearer the crotch the thighs are in its way.
    free = 0.25 + 0.75 * np.clip((body.vertices[:, 1] - hem - look.shirt_length_m) / 0.09, 0, 1)
    layer = garment(
        body,
        "shirt",
        field,
        ease_m=0.004 + 0.005 * down + look.looseness * (0.006 + 0.016 * down + 0.012 * sleeve),
        rounds=25 + int(50 * look.looseness),
        colour=np.array(look.shirt),
        slack_m=HANG_M * look.looseness * (free * down**1.2 + 0.15 * sleeve),
        pattern=look.pattern,
    )
    return replace(layer, weights=_off_the_legs(body, layer.weights))


def _off_the_legs(body: Body, weights: Any) -> Any:
    """Return skin weights with half the legs' share moved to the pelvis: a shirt half follows the thighs."""
    from scipy.sparse import csr_array

    legs = np.isin(np.arange(len(body.rig.bones)), body.rig.matching("upperleg", "lowerleg"))
    keep = np.diag(np.where(legs, 0.5, 1.0))
    keep[legs, body.rig.bone("root")] = 0.5
    return weights @ csr_array(keep)


def _lower_field(body: Body, where: Where, look: Look) -> Array:
    """Return metres inside shorts, trousers or leggings: waistband and leg ends."""
    waist = body.head("upperleg01.L")[1] + 0.13 * body.stature_m / 1.75 - body.vertices[:, 1]
    leg = np.where(where.leg > 0.5, _lower_reach_m(where, look) - where.along_leg, waist)
    field: Array = np.where((where.arm > 0.3) | (where.foot > 0.7), -0.01, np.minimum(leg, waist))
    return field


def _lower_reach_m(where: Where, look: Look) -> float:
    return {"shorts": 0.42, "trousers": 0.97, "leggings": 0.95}[look.lower] * where.leg_m


def _lower(body: Body, where: Where, look: Look, field: Array, *, under: Array) -> Layer:
    loose = 0.1 if look.lower == "leggings" else 0.25 + 0.5 * look.looseness
    down = np.clip(where.along_leg / _lower_reach_m(where, look), 0, 1)
    return garment(
        body,
        "lower",
        field,
        ease_m=0.003 + 0.02 * loose * down,
        rounds=8 + int(30 * loose),
        colour=np.array(look.lower_colour),
        slack_m=0.03 * loose * down,
        pattern="plain",
        clinging=under,
    )


def _shoe_field(body: Body, where: Where) -> Array:
    """Return metres below the rim of the shoe."""
    field: Array = np.where(where.leg > 0.5, _shoe_rim_m(body) - body.vertices[:, 1], -0.01)
    return field


def _shoe_rim_m(body: Body) -> float:
    return 0.98 * float(body.head("foot.L")[1])


def _shoes(body: Body, where: Where, look: Look) -> Layer:
    """Return shoes: hulls of the heel and of the forefoot, so that no toes show."""
    from scipy.spatial import ConvexHull

    faces = []
    height = body.vertices[:, 1]
    for side in SIDES:
        heel, toe = body.point(f"{side}_heel"), body.point(f"{side}_big_toe")
        along = (body.vertices - heel) @ (toe - heel) / np.sum((toe - heel) ** 2)
        foot = (where.leg > 0.5) & (body.vertices[:, 2] * heel[2] > 0) & (height < _shoe_rim_m(body))
        slope = _shoe_rim_m(body) * (1.15 - 0.55 * along)
        for part in (along < 0.55, (along > 0.15) & (height < slope)):
            chosen = np.flatnonzero(foot & part)
            corners = chosen[ConvexHull(body.vertices[chosen]).simplices]
            faces.append(_facing_out(corners, body.vertices))
    used, renumbered = np.unique(np.concatenate(faces), return_inverse=True)
    triangles = renumbered.reshape(-1, 3)
    gather = mesh.face_to_vertex(triangles, len(used))
    skin = body.vertices[used]
    rest = skin + 0.008 * mesh.normals(skin, triangles, gather)
    rest[:, 1] = np.maximum(rest[:, 1], 0.0)
    colours = np.tile(np.array(look.shoes, np.uint8), (len(rest), 1))
    colours[rest[:, 1] < 0.016] = (0.5 * (205 + np.array(look.shoes))).astype(np.uint8)
    return Layer("shoes", rest, body.rig.skin[used], triangles, colours, np.zeros(len(rest)), gather)


def _facing_out(faces: Faces, vertices: Array) -> Faces:
    """Return triangles of a convex shape, each wound so that it faces outwards."""
    corners = vertices[faces]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = np.sum(outward * (corners[:, 0] - vertices[faces].mean(axis=(0, 1))), axis=1) < 0
    return np.where(inward[:, None], faces[:, ::-1], faces)
