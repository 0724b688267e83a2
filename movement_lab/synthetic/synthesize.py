"""Turn a scene into a clip and its truth: ``clip.mp4``, ``truth.json`` and, if asked, ``masks.npz``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.atomic import atomic_path
from movement_lab.records import Array, Image
from movement_lab.skeleton import LANDMARKS
from movement_lab.synthetic.bodies import Body, load_body, stick_of
from movement_lab.synthetic.camera import track_of
from movement_lab.synthetic.clothing import dress
from movement_lab.synthetic.kinematics import Posed, pose_body
from movement_lab.synthetic.layers import Layer, Strip
from movement_lab.synthetic.motion import Motion, standing_still
from movement_lab.synthetic.scene import Scene, centred, move, scene_to_toml
from movement_lab.synthetic.spine import Spine

#: Which dot of each sticker strip sits how far above the head of a bone, on the midline. The upper strip
#: begins a centimetre above the joint of T12 and L1, where skin turns with the rib cage; the lower one hardly
#: passes the last joint of the low back, 55 mm above the dimples: a strip across it would turn with both of
#: its bones, one further down would vanish behind the buttocks.
STRIPS: Final = (("lower", "spine02", 0.010), ("upper", "spine04", 0.010))
_BLUR_SAMPLES: Final = 3
_MAIN: Final = ("nose", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index")


def synthesize(
    scene: Scene,
    out: Path,
    *,
    masks: bool = False,
    compact: bool = False,
    on_frame: Callable[[int, int], None] | None = None,
) -> Path:
    """Render a scene into the folder ``out`` and return the clip's path.

    Parameters
    ----------
    scene
        What to film. Needs ``pip install .[synthetic]`` (VTK, which renders without a screen).
    masks
        Also write ``masks.npz``: the exact mask of the person per frame, bits packed along rows.
    compact
        Truth in tenths of degrees and whole pixels, main joints only (for shipped samples).
    on_frame
        Called with (frames done, frames in all).
    """
    from movement_lab.video import VideoWriter

    motion, posed = move(scene)
    scene = centred(scene, posed.joints)
    seen: list[NDArray[np.uint8]] = []
    clip = out / "clip.mp4"
    film = scene.film
    out.mkdir(parents=True, exist_ok=True)
    with VideoWriter(
        clip, size=scene.camera.size, rate_hz=film.rate_hz, quality=film.quality, preset="medium"
    ) as video:
        for i, (picture, mask) in enumerate(pictures(scene, posed, masks=masks)):
            video.write(picture, float(motion.time_s[i]))
            if mask is not None:
                seen.append(np.packbits(mask, axis=1))
            if on_frame:
                on_frame(i + 1, len(posed))
    if masks:
        with atomic_path(out / "masks.npz") as part:
            np.savez_compressed(part, masks=np.array(seen), size=np.array(scene.camera.size))
    with atomic_path(out / "truth.json") as part:
        part.write_text(json.dumps(truth_of(scene, motion, posed, compact=compact), separators=(",", ":")))
    with atomic_path(out / "scene.toml") as part:
        part.write_text(scene_to_toml(scene), encoding="utf-8")
    return clip


def pictures(
    scene: Scene, posed: Posed, *, masks: bool = False
) -> Iterator[tuple[Image, NDArray[np.bool_] | None]]:
    """Yield each frame's picture (H, W, 3) uint8 RGB and, if asked, the exact mask (H, W) of the person."""
    from movement_lab.synthetic.render import Stage

    layers = dress(posed.body, scene.look)
    people, others = [layers], []
    if scene.bystander.body:
        body = load_body(scene.bystander.body)
        people.append(dress(body, scene.bystander.look))
        others.append(_bystander_transforms(scene, body))
    film = scene.film
    strips = strips_on(layers, posed.body, scene) if scene.stickers else []
    stage = Stage(
        people,
        scene.camera,
        light=film.light,
        background=film.background,
        strips=strips,
        plate_m=scene.plate.width_m,
        antialias=film.antialias,
        seed=scene.seed,
    )
    flip = slice(None, None, -1 if film.mirror else 1)
    for i in range(len(posed)):
        shots = [
            stage.shoot([moment, *others], _plate_at(scene, posed.body, moment))
            for moment in _during(posed.transforms, i, film.blur)
        ]
        picture = shots[0] if len(shots) == 1 else np.mean(shots, axis=0).round().astype(np.uint8)
        yield np.ascontiguousarray(picture[:, flip]), stage.mask()[:, flip] if masks else None


def truth_of(scene: Scene, motion: Motion, posed: Posed, *, compact: bool = False) -> dict[str, Any]:
    """Return everything known about a clip as plain JSON values.

    ``measures`` by signal name and ``joints`` by landmark name run over time; joints are (x, y)
    pixels of the picture as filmed, named after the person's own sides.
    """
    near = scene.camera.view if scene.camera.view in ("left", "right") else "left"
    track = track_of(posed.joints, motion.time_s, scene.camera)
    digits = 1 if compact else 2
    names = [n for n in LANDMARKS if not compact or n.removeprefix("left_").removeprefix("right_") in _MAIN]
    pixels = track.xy.copy()
    if scene.film.mirror:
        pixels[..., 0] = scene.camera.size[0] - pixels[..., 0]
    joints = {name: _rounded(pixels[:, LANDMARKS.index(name)], 0 if compact else 1) for name in names}
    camera = scene.camera
    return {
        "schema": 1,
        "movement": scene.movement,
        "faults": list(scene.faults),
        "view": camera.view,
        "yaw_deg": camera.yaw_deg,
        "body": _facts(posed.body),
        "rate_hz": scene.film.rate_hz,
        "size": list(camera.size),
        "mirror": scene.film.mirror,
        "reps": [_seconds(rep._asdict()) for rep in motion.reps],
        "near": near,
        "time_s": _rounded(motion.time_s, 3),
        "measures": {key: _rounded(values, digits) for key, values in sorted(posed.truth(near=near).items())},
        "joints_px": joints,
    }


def _facts(body: Body) -> dict[str, Any]:
    return {
        "name": body.name,
        "stature_m": round(body.stature_m, 3),
        "bmi": round(body.bmi, 1),
        "female": round(body.female, 2),
        "age": round(body.age, 2),
    }


def _seconds(rep: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in rep.items()}


def _rounded(values: Array, digits: int) -> list[Any]:
    """Return JSON numbers; without decimals as integers, which are shorter; NaN as null."""
    rounded = np.round(values, digits) + 0.0
    if digits == 0:
        return list(rounded.astype(int).tolist())
    return [None if isinstance(v, float) and math.isnan(v) else v for v in rounded.tolist()]


def _during(transforms: Array, i: int, blur: float) -> list[Array]:
    """Return the bone transforms of frame ``i``, or several while the shutter is open."""
    following = transforms[min(i + 1, len(transforms) - 1)]
    if blur == 0 or np.abs(following - transforms[i]).max() < 1e-3:
        return [transforms[i]]
    shares = np.linspace(0, blur, _BLUR_SAMPLES)
    return [(1 - share) * transforms[i] + share * following for share in shares]


def _bystander_transforms(scene: Scene, body: Body) -> Array:
    """Return the bone transforms of somebody who just stands there, in the room."""
    where = scene.bystander
    pose = replace(standing_still(stick_of(body), seconds=0.1).pose, elbow_deg=20.0)
    frames = len(next(iter(pose.stretched().values())))
    still = pose_body(body, pose, Spine(np.zeros(frames), np.zeros(frames)))
    angle = math.radians(where.turn_deg)
    turn = np.array(
        [[math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]]
    )
    placed = turn @ still.transforms[0]
    placed[..., 3] += np.array([where.ahead_m, 0.0, where.right_m])
    moved: Array = placed
    return moved


def _plate_at(scene: Scene, body: Body, transforms: Array) -> Array:
    """Return where the plate's middle is: on the camera's line to the skin of the low back."""
    i = body.rig.bone("spine04")
    skin = body.head("spine04") - np.array([0.07, 0.0, 0.0])
    back = transforms[i, :, :3] @ skin + transforms[i, :, 3] - np.array([0.0, scene.plate.lower_m, 0.0])
    camera = scene.camera
    far = 100.0 if math.isinf(camera.distance_m) else camera.distance_m
    to_camera = camera.aim + far * camera.axes[2] - back
    at: Array = back + scene.plate.nearer_m * to_camera / np.linalg.norm(to_camera)
    return at


def strips_on(layers: tuple[Layer, ...], body: Body, scene: Scene) -> list[Strip]:
    """Return the two sticker strips, each taped on at both its ends."""
    length_m = scene.sticker_mm / 1000
    found = []
    for dot, bone, above_m in STRIPS:
        level = body.head(bone)[1] + above_m - (length_m if dot == "upper" else 0.0)
        lower, upper = (_on_the_back(layers, each) for each in (level, level + length_m))
        found.append(Strip(lower, upper, length_m, scene.sticker_colour))
    return found


def _on_the_back(layers: tuple[Layer, ...], level_m: float) -> tuple[Layer, NDArray[np.int64]]:
    """Return the layer furthest back on the midline at a level, and its vertices there."""
    candidates = []
    for layer in layers:
        ahead, height, right = layer.rest.T
        close = (np.abs(right) < 0.02) & (np.abs(height - level_m) < 0.012)
        close &= ahead < ahead[close].min(initial=np.inf) + 0.02  # the back, not the belly
        if close.any():
            candidates.append((float(ahead[close].min()), layer, np.flatnonzero(close)))
    _, layer, vertices = min(candidates, key=lambda found: found[0])
    return layer, vertices
