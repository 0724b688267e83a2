"""The pack of baked bodies: shapes at rest, joints and skin weights. Needs neither torch nor anny.

Body frame as everywhere here: X anterior, Y up, Z to the person's right, metres, soles at Y = 0.
Bodies derive from Anny (Apache-2.0, NAVER) and MakeHuman/MPFB2 (CC0); ``bake`` makes the pack.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from movement_lab.errors import UsageError
from movement_lab.records import Array
from movement_lab.skeleton import SIDES
from movement_lab.synthetic.stick import StickBody

DATA: Final = Path(__file__).parent / "data"
LETTER: Final = {"left": "L", "right": "R"}
_STEP_M: Final = 5e-5

#: Where skin lies on the sacrum: how far above the joint of L5 with it, and to either side of the midline.
_SACRUM_M: Final = (-0.12, 0.0)
_SACRUM_HALF_M: Final = 0.05
_FADE_M: Final = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """What all bodies share: ``faces`` (F, 3), bones and their parents, skin weights (V, B) sparse.

    ``surface`` maps points such as ``left_heel`` to vertices and weights.
    """

    faces: NDArray[np.int64]
    bones: tuple[str, ...]
    parents: tuple[int, ...]
    skin: Any
    surface: dict[str, tuple[NDArray[np.int64], Array]]

    def bone(self, name: str) -> int:
        """Return the index of a bone."""
        return self.bones.index(name)

    def matching(self, *starts: str, side: str = "") -> list[int]:
        """Return the indices of bones whose names begin so, of one side if given."""
        letter = "." + LETTER[side] if side else ""
        return [i for i, bone in enumerate(self.bones) if bone.startswith(starts) and bone.endswith(letter)]


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One person at rest: ``vertices`` (V, 3), joint ``heads`` (B, 3), and facts about them.

    ``age`` is Anny's parameter (0.67 a young adult, 1 old), ``female`` its gender (0 to 1).
    """

    name: str
    rig: Rig
    vertices: Array
    heads: Array
    female: float
    age: float
    stature_m: float
    mass_kg: float

    @property
    def bmi(self) -> float:
        """Body mass index, kg/m2, from the volume of the shape."""
        return self.mass_kg / self.stature_m**2

    def head(self, bone: str) -> Array:
        """Return where a bone begins, (3,)."""
        position: Array = self.heads[self.rig.bone(bone)]
        return position

    def point(self, name: str) -> Array:
        """Return a surface point at rest, (3,)."""
        vertices, weights = self.rig.surface[name]
        position: Array = weights @ self.vertices[vertices]
        return position


@cache
def load_body(name: str) -> Body:
    """Return one body of the pack, such as ``b07``."""
    pack = _pack()
    names = list(pack["names"])
    if name not in names:
        raise UsageError(
            f"There is no body {name!r}. Needed: one of {names[0]} to {names[-1]}. See body_names()."
        )
    i = names.index(name)
    vertices = pack["mean"].astype(float) + _STEP_M * pack["offsets"][i]
    female, age, stature, mass = (float(fact) for fact in pack["facts"][i])
    return Body(name, _rig(), vertices, pack["heads"][i].astype(float), female, age, stature, mass)


def body_names(part: Literal["all", "tuning", "held_out"] = "all") -> tuple[str, ...]:
    """Return the names of the bodies, or of the part that ``data/split.toml`` fixes."""
    if part == "all":
        return tuple(str(name) for name in _pack()["names"])
    split = tomllib.loads((DATA / "split.toml").read_text(encoding="utf-8"))
    return tuple(split[part])


def stick_of(body: Body) -> StickBody:
    """Return the stick figure with this body's segment lengths; its legs are the body's legs."""
    hip, knee, ankle = (body.head(f"{bone}.L") for bone in ("upperleg01", "lowerleg01", "foot"))
    shoulder, elbow, wrist = (body.head(f"{bone}.L") for bone in ("upperarm01", "lowerarm01", "wrist"))
    heel, toe, ball = body.point("left_heel"), body.point("left_big_toe"), body.head("toe2-1.L")
    along = np.array([1.0, 0.0, 1.0]) * (ball - ankle)
    along /= np.linalg.norm(along)
    middle_hip, middle_shoulder = (middle(body, bone) for bone in ("upperleg01", "upperarm01"))
    return StickBody(
        height_m=body.stature_m,
        thigh_m=float(np.linalg.norm(knee - hip)),
        shank_m=float(np.linalg.norm(ankle - knee)),
        trunk_m=float(np.linalg.norm(middle_shoulder - middle_hip)),
        upper_arm_m=float(np.linalg.norm(elbow - shoulder)),
        forearm_m=float(np.linalg.norm(wrist - elbow)),
        foot_m=float((toe - heel) @ along),
        ankle_m=float(ankle[1]),
        ankle_ahead_m=float((ankle - heel) @ along),
        ball_m=float((toe - ball) @ along),
        ball_up_m=float(ball[1]),
        hips_m=float(body.head("upperleg01.R")[2] - hip[2]),
        shoulders_m=float(body.head("upperarm01.R")[2] - shoulder[2]),
    )


def middle(body: Body, bone: str) -> Array:
    """Return the point halfway between a bone's left and right head, (3,)."""
    halfway: Array = (body.head(f"{bone}.L") + body.head(f"{bone}.R")) / 2
    return halfway


@cache
def _pack() -> dict[str, NDArray[Any]]:
    with np.load(DATA / "bodies.npz") as pack:
        return dict(pack)


@cache
def _rig() -> Rig:
    from scipy.sparse import csr_array

    pack = _pack()
    bones, weights = pack["skin_bones"].astype(np.int64), pack["skin_weights"].astype(float)
    rows = np.repeat(np.arange(len(bones)), bones.shape[1])
    shares = (weights / weights.sum(axis=1, keepdims=True)).ravel()
    skin = csr_array((shares, (rows, bones.ravel())), shape=(len(bones), len(pack["bones"])))
    skin = _bound_to_sacrum(skin, pack)
    surface = {}
    for name, row in zip(pack["point_names"], pack["point_weights"].astype(float), strict=True):
        used = np.flatnonzero(row)
        surface[str(name)] = (used, row[used] / row[used].sum())
    rig = Rig(
        pack["faces"].astype(np.int64),
        tuple(str(bone) for bone in pack["bones"]),
        tuple(int(parent) for parent in pack["parents"]),
        skin,
        surface,
    )
    rig.surface.update(_face_points(pack["mean"].astype(float), rig))
    return rig


def _bound_to_sacrum(skin: Any, pack: dict[str, NDArray[Any]]) -> Any:
    """Return skin weights where the skin over the sacrum follows the sacrum alone.

    It lies on bone there. As baked, thighs and lumbar bones pull at it: in a deep squat with a bent low back
    it turned 8 to 11 degrees less than the pelvis.
    """
    from scipy.sparse import csr_array, diags_array

    bones = list(pack["bones"])
    top = pack["heads"].mean(axis=0)[bones.index("spine04")]
    ahead, height, right = (pack["mean"] - top).astype(float).T
    bound = (ahead < 0) * _within(height, *_SACRUM_M) * _within(right, -_SACRUM_HALF_M, _SACRUM_HALF_M)
    follows = np.array([bone.startswith(("spine03", "spine04", "upperleg")) for bone in bones], float)
    taken = diags_array(bound) @ skin @ diags_array(follows)
    onto = np.zeros((1, len(bones)))
    onto[0, bones.index("spine05")] = 1.0
    return csr_array(skin - taken + csr_array(taken.sum(axis=1)[:, None] * onto))


def _within(place_m: Array, low_m: float, high_m: float) -> Array:
    """Return 1 between two places, falling to 0 over the next two centimetres beyond each."""
    outside = np.maximum(low_m - place_m, place_m - high_m)
    inside: Array = np.clip(1 - outside / _FADE_M, 0, 1)
    return inside


def _face_points(mean: Array, rig: Rig) -> dict[str, tuple[NDArray[np.int64], Array]]:
    """Return mouth corners and eye corners: the vertices nearest to where they sit beside known points."""
    found = {}
    one = np.ones(1)

    def at(name: str, *offset_m: float) -> tuple[NDArray[np.int64], Array]:
        vertices, weights = rig.surface[name]
        place = weights @ mean[vertices] + np.array(offset_m)
        return np.array([int(np.argmin(np.linalg.norm(mean - place, axis=1)))]), one

    for side in SIDES:
        outward = -1.0 if side == "left" else 1.0
        found[f"mouth_{side}"] = at("nose", -0.015, -0.045, 0.024 * outward)
        found[f"{side}_eye_inner"] = at(f"{side}_eye", 0.0, 0.0, -0.014 * outward)
        found[f"{side}_eye_outer"] = at(f"{side}_eye", -0.005, 0.0, 0.014 * outward)
    return found
