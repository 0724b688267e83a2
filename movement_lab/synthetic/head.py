"""What of the body itself shows: skin with its face, and hair."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from movement_lab.records import Array
from movement_lab.skeleton import SIDES
from movement_lab.synthetic import mesh
from movement_lab.synthetic.bodies import LETTER, Body, middle
from movement_lab.synthetic.layers import Colours, Layer, Where, garment, share_of
from movement_lab.synthetic.looks import SKIN_TONES, Look

_HIDDEN_M = 0.02


def skin_layer(body: Body, where: Where, look: Look, covered: Array, hair: Array) -> Layer:
    """Return the bare body without what lies well under cloth (it would only poke through)."""
    hidden = (covered > _HIDDEN_M)[body.rig.faces].all(axis=1)
    faces = body.rig.faces[~hidden]
    colours = _skin_colours(body, where, look)
    colours[hair > 0.004] = look.hair_colour
    gather = mesh.face_to_vertex(faces, len(body.vertices))
    none = np.zeros(len(body.vertices))
    return Layer("skin", body.vertices, body.rig.skin, faces, colours, none, gather)


def _skin_colours(body: Body, where: Where, look: Look) -> Colours:
    """Return vertex colours: tone with faint blotches, lips, brows and eyes."""
    tone = np.array(SKIN_TONES[look.skin], float)
    rng = np.random.default_rng(look.seed)
    waves = np.sin(body.vertices @ rng.normal(0, 25, (3, 6)) + rng.uniform(0, 6, 6)).mean(axis=1)
    colours = tone * (1 + 0.05 * waves[:, None])
    scale = body.stature_m / 1.75
    mouth = (body.point("mouth_left") + body.point("mouth_right")) / 2
    lips = (np.abs(body.vertices - mouth) < scale * np.array([0.02, 0.009, 0.026])).all(axis=1)
    colours[lips] = 0.82 * tone + np.array([22.0, -4.0, 0.0])
    for side in SIDES:
        eye = body.head(f"eye.{LETTER[side]}")
        away = np.abs(body.vertices - eye - scale * np.array([0.02, 0.023, 0.0]))
        brow = (away < scale * np.array([0.03, 0.0045, 0.02])).all(axis=1) & (where.head > 0.5)
        colours[brow] = 0.7 * np.array(look.hair_colour) + 0.3 * tone
        ball = share_of(body, f"eye.{LETTER[side]}") > 0.5
        iris = np.linalg.norm((body.vertices - eye)[:, 1:], axis=1) < 0.006 * scale
        colours[ball] = 236.0
        colours[ball & iris] = (50.0, 36.0, 28.0)
    shades: Colours = np.clip(colours, 0, 255).astype(np.uint8)
    return shades


def hair_field(body: Body, where: Where, look: Look) -> Array:
    """Return metres (at 1.75 m stature) inside the hairline; negative everywhere for a bald head."""
    if look.hair == "bald":
        return np.full(len(body.vertices), -1.0)
    scale = body.stature_m / 1.75
    ahead, up, _ = ((body.vertices - _eyes(body)) / scale).T
    fall = {"bob": -0.17, "long": -0.34}.get(look.hair, -0.085)
    line = np.interp(ahead, [-0.16, -0.115, -0.085, -0.05, 0.0, 0.03], [fall, fall, 0.0, 0.045, 0.06, 0.07])
    field = up - line
    if look.hair not in ("bob", "long"):
        to_ears = [np.linalg.norm(body.vertices - body.point(f"{side}_ear"), axis=1) for side in SIDES]
        field = np.minimum(field, np.min(to_ears, axis=0) / scale - 0.035)
    on_head = (where.head > 0.3) | ((look.hair == "long") & (where.arm < 0.1))
    inside: Array = np.where(on_head, field, -0.01)
    return inside


def hair_layers(body: Body, look: Look, field: Array) -> Iterator[Layer]:
    """Yield the hair: a cap cut along the hairline, and a bun or tail where there is one."""
    if look.hair == "bald":
        return
    scale = body.stature_m / 1.75
    thick = {"buzz": 0.006, "afro": 0.055, "bob": 0.022, "long": 0.02}.get(look.hair, 0.014) * scale
    yield garment(
        body,
        "hair",
        field,
        ease_m=thick * np.clip(field / 0.05, 0.15, 1),
        rounds=8 if look.hair == "buzz" else 30,
        colour=np.array(look.hair_colour),
        pattern="hair",
    )
    if look.hair in ("bun", "ponytail"):
        yield _knot(body, _eyes(body), scale, look)


def _eyes(body: Body) -> Array:
    return middle(body, "eye")


def _knot(body: Body, eyes: Array, scale: float, look: Look) -> Layer:
    """Return a bun or a ponytail, stuck to the head."""
    from scipy.sparse import csr_array

    bun = look.hair == "bun"
    behind = body.vertices[np.abs(body.vertices - eyes)[:, 1] < 0.03 * scale][:, 0].min()
    place = np.array([behind - 0.02 * scale, eyes[1] + scale * (0.05 if bun else -0.06), 0.0])
    radii = scale * (np.array([0.045, 0.045, 0.05]) if bun else np.array([0.032, 0.12, 0.04]))
    rest, faces = mesh.ball(place, radii)
    head = np.zeros((len(rest), len(body.rig.bones)))
    head[:, body.rig.bone("head")] = 1
    colours = np.broadcast_to(np.array(look.hair_colour), rest.shape).astype(np.uint8)
    gather = mesh.face_to_vertex(faces, len(rest))
    return Layer("knot", rest, csr_array(head), faces, colours, np.zeros(len(rest)), gather, "hair")
