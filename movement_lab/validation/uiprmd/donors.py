"""Measure a pose model's errors on rendered people: writes ``noise.toml``."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.errors import UsageError
from movement_lab.records import Array
from movement_lab.skeleton import LANDMARKS
from movement_lab.synthetic.scene import Scene, load_scene
from movement_lab.validation.uiprmd.noise import AXES, GROUPS, NOISE_FILE, ROWS, Noise, Sight

#: Donors kept of each group, one clip each.
_DONORS: Final = 8
_FURTHEST_DEG: Final = 15.0
#: Hips that come down less than this (leg lengths) show no growth.
_STIRRED: Final = 0.12
#: A standing foot that seems to move further (metres a leg length): the model took one leg for the other.
_FEET_STAY: Final = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class RenderedClip:
    """Errors (T, landmarks, axes) in metres, scores (T, landmarks), lowering of the hips (T,)."""

    body: str
    sight: Sight
    lowered: Array
    error: Array
    score: Array
    step_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What a clip lends: see `Noise`."""

    donor: Array
    deepest: float
    wander: Array
    score: Array
    tau_s: float


def write_noise(store: Path, path: Path = NOISE_FILE, *, model: str = "heavy") -> Path:
    """Measure the table anew on a validation run's folder and write it."""
    with atomic_path(path) as part:
        part.write_text(noise_toml(measure_noise(store, model=model)), encoding="utf-8")
    return path


def measure_noise(store: Path, *, model: str = "heavy") -> Noise:
    """Measure the table on the rendered squats and lunges of a validation run's folder.

    Only views within the full gate; one clip a body and group; no clip in which the model took one leg
    for the other.

    Raises
    ------
    UsageError
        A kind of movement and view has no clip yet.
    """
    fits: defaultdict[str, dict[str, Fit]] = defaultdict(dict)
    for clip in rendered_clips(store, model):
        fit, mine = fit_errors(clip), fits[clip.sight.group]
        if clip.body not in mine and _feet_stay(fit.donor):
            mine[clip.body] = fit
    if missing := [group for group in GROUPS if not fits[group]]:
        names = ", ".join(missing)
        raise UsageError(
            f"{store} has no usable clip of: {names}. At least one of each is needed. Film more."
        )
    return _gathered(fits, model)


def _gathered(fits: dict[str, dict[str, Fit]], model: str) -> Noise:
    lent = {group: _some(list(fits[group].values())) for group in GROUPS}
    everyone = [(group.split()[1], fit) for group in GROUPS for fit in fits[group].values()]
    planes = {plane: [fit for where, fit in everyone if where == plane] for plane in ("side", "front")}
    bodies = {body for group in GROUPS for body in fits[group]}
    return Noise(
        donors={group: np.array([fit.donor for fit in some]) for group, some in lent.items()},
        deepest={group: np.array([fit.deepest for fit in some]) for group, some in lent.items()},
        wander={plane: np.median([fit.wander for fit in mine], axis=0) for plane, mine in planes.items()},
        score={plane: np.median([fit.score for fit in mine], axis=0) for plane, mine in planes.items()},
        tau_s=float(np.median([fit.tau_s for _, fit in everyone])),
        made={"model": model, "clips": len(everyone), "bodies": len(bodies)},
    )


def _some(fits: list[Fit]) -> list[Fit]:
    """Return at most so many, spread over all there are."""
    return [fits[i] for i in np.unique(np.linspace(0, len(fits) - 1, _DONORS).round().astype(int))]


def fit_errors(clip: RenderedClip) -> Fit:
    """Return constant and growth of every landmark's error, and how the rest wanders."""
    sight = clip.sight
    rows = np.array([sight.row(name) for name in LANDMARKS])
    signs = np.array([sight.signs(name) for name in LANDMARKS])
    design = np.stack([np.ones_like(clip.lowered), clip.lowered], axis=1)
    signed = (clip.error * signs).reshape(len(design), -1)
    shares, *_ = np.linalg.lstsq(design, signed, rcond=None)
    rest = (signed - design @ shares).reshape(clip.error.shape)
    donor = shares.T.reshape(len(LANDMARKS), len(AXES), 2)
    keep = float(np.sum(rest[1:] * rest[:-1]) / max(np.sum(rest[1:] ** 2), 1e-12))

    def by_row(values: Array) -> Array:
        return np.array([values[rows == row].mean(axis=0) for row in range(len(ROWS))])

    return Fit(
        donor=by_row(donor),
        deepest=float(clip.lowered.max()),
        wander=by_row(rest.std(axis=0)),
        score=by_row(np.median(clip.score, axis=0)),
        tau_s=-clip.step_s / math.log(min(max(keep, 1e-3), 0.999)),
    )


def _feet_stay(donor: Array) -> bool:
    feet = [ROWS.index(f"{place} {kind}") for place in ("first", "second") for kind in ("ankle", "heel")]
    return bool(np.abs(donor[feet, 0, 1]).max() < _FEET_STAY)


def rendered_clips(store: Path, model: str) -> Iterator[RenderedClip]:
    """Yield the clips of a validation run that can be used, with errors against the exact joints."""
    from movement_lab.validation.stages import track_path

    digest = json.loads((store / "results.json").read_text(encoding="utf-8"))["made"]["models"][model]
    for folder in sorted((store / "clips").iterdir()):
        path = track_path(store, folder, digest)
        scene = load_scene(folder / "scene.toml") if path.is_file() else None
        if scene and _usable(scene) and (clip := _clip(scene, path)):
            yield clip


def _usable(scene: Scene) -> bool:
    known = scene.movement in ("squat", "lunge") and not scene.film.mirror
    return known and abs(scene.camera.yaw_deg) <= _FURTHEST_DEG


def _clip(scene: Scene, path: Path) -> RenderedClip | None:
    from movement_lab.exporters.npz import load_track
    from movement_lab.synthetic.camera import track_of
    from movement_lab.synthetic.scene import move

    motion, posed = move(scene)
    camera = scene.camera
    true, seen = track_of(posed.joints, motion.time_s, camera), load_track(path)
    drop = posed.truth(near="left")["hip_drop_pct"] / 100
    if len(true) != len(seen) or np.ptp(drop) < _STIRRED or np.isnan(seen.xy).any():
        return None
    error = np.concatenate([(seen.xy - true.xy) / camera.px_per_m, seen.xyz - true.xyz], axis=2)
    sight = Sight(scene.movement, camera.view, scene.lead)
    return RenderedClip(scene.body, sight, drop - drop[0], error, seen.score, 1 / scene.film.rate_hz)


def noise_toml(noise: Noise) -> str:
    """Return the table as TOML text, lengths in millimetres."""
    lines = [_HEAD, f"tau_s = {noise.tau_s:.2f}", "\n[made]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in noise.made.items()]
    lines += ["\n[score]", *(f"{plane} = {np.round(s, 2).tolist()}" for plane, s in noise.score.items())]
    lines += ["\n[wander]", *(f"{plane} = {_mm(w, 1)}" for plane, w in noise.wander.items())]
    lines += [
        "\n[deepest]",
        *(f'"{group}" = {np.round(d, 2).tolist()}' for group, d in noise.deepest.items()),
    ]
    lines += ["\n[donors]"]
    for group, donors in noise.donors.items():
        lines += [f'"{group}" = [', *(f"  {_mm(donor)}," for donor in donors), "]"]
    return "\n".join(lines) + "\n"


def _mm(metres: Array, digits: int = 0) -> str:
    rounded = np.round(1000 * metres, digits) + 0.0
    return json.dumps((rounded if digits else rounded.astype(int)).tolist(), separators=(",", ":"))


_HEAD: Final = f"""\
# Errors of pose landmarks against the true joints (the rig's) of rendered people, millimetres.
# Written by `movement_lab.validation.uiprmd.donors.write_noise`; don't edit.
# One line a donor: rows {", ".join(ROWS[:8])}
# ... {", ".join(ROWS[8:])};
# in each the axes {", ".join(AXES)};
# in each the constant and what is added per leg length that the hips come down, as far as in `deepest`."""
