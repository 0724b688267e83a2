"""One scene all the way: film it, follow it, assess it, compare; each stage is kept and found again.

In the folder: ``clips/KEY/`` (clip, truth), ``tracks/KEY.npz``, ``rows/KEY.json``; keys come from `keys`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from movement_lab.atomic import atomic_path
from movement_lab.report import Report
from movement_lab.synthetic.scene import Scene
from movement_lab.validation.keys import assessment_key, clip_key, track_key
from movement_lab.validation.matrix import Case


def _nothing(scene: Scene) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Studio:
    """How a scene is filmed and followed; tests put stick figures in its place.

    ``render(scene, folder)`` writes ``clip.mp4`` and ``truth.json``; ``follow(clip, model, out, stickers)``
    writes a ``track.npz``, looking for dots of a colour if one is named; ``digest(model)`` names the model's
    bytes; ``pictured(scene)`` gives the truth of signals that are defined in the picture.
    """

    render: Callable[[Scene, Path], object]
    follow: Callable[[Path, str, Path, str], object]
    digest: Callable[[str], str]
    pictured: Callable[[Scene], Mapping[str, Any]] = _nothing


def run_case(case: Case, digests: Mapping[str, str], folder: Path, studio: Studio) -> list[dict[str, Any]]:
    """Take one scene all the way with its models; what fails becomes a row that says where and why."""
    row, digests = describe(case), models_of(case, digests)
    clip = clip_folder(folder, case)
    try:
        _once(clip, lambda part: studio.render(case.scene, part))
    except Exception as error:
        return [{**row, "model": model, **failure("render", error)} for model in digests]
    return [
        {**row, "model": model, **_assessed(case, clip, model, digest, folder, studio)}
        for model, digest in digests.items()
    ]


def _assessed(
    case: Case, clip: Path, model: str, digest: str, folder: Path, studio: Studio
) -> dict[str, Any]:
    track = track_path(folder, clip, digest, stickers=case.scene.stickers)
    key = track.stem
    row = folder / "rows" / f"{assessment_key(key, case.recipe.declared)}.json"
    if row.is_file():
        stored: dict[str, Any] = json.loads(row.read_text(encoding="utf-8"))
        return stored
    stage = "follow"
    try:
        if not track.is_file():
            with atomic_path(track) as part:
                studio.follow(clip / "clip.mp4", model, part, sticker_colour(case.scene))
        stage = "assess"
        done = {"status": "ok", "clip": clip.name, "track": key, **_judged(case, clip, track, studio)}
    except Exception as error:
        return {"clip": clip.name, "track": key, **failure(stage, error)}
    with atomic_path(row) as part:
        part.write_text(json.dumps(done), encoding="utf-8")
    return done


def _judged(case: Case, clip: Path, track: Path, studio: Studio) -> dict[str, Any]:
    from movement_lab.validation.compare import compare

    truth, report = truth_and_report(case, clip, track)
    truth["measures"] |= studio.pictured(case.scene)
    return compare(truth, report, case.recipe.declared)


def truth_and_report(case: Case, clip: Path, track: Path) -> tuple[dict[str, Any], Report]:
    """Return what is known about a clip and what the program says of its track."""
    from movement_lab.declared import Declared
    from movement_lab.exporters.npz import load_track
    from movement_lab.pipeline import assess

    truth = json.loads((clip / "truth.json").read_text(encoding="utf-8"))
    return truth, assess(load_track(track), Declared(**case.recipe.declared))


def failure(stage: str, error: Exception) -> dict[str, Any]:
    """Return what a row says when a stage failed."""
    return {"status": "failed", "stage": stage, "error": type(error).__name__, "message": str(error)}


def describe(case: Case) -> dict[str, Any]:
    """Return what a row says about its scene."""
    scene, camera = case.scene, case.scene.camera
    from movement_lab.synthetic.bodies import load_body

    body = load_body(scene.body)
    return {
        "case": case.name,
        "split": case.split,
        "movement": scene.movement,
        "plane": case.recipe.plane,
        "fault": case.recipe.fault,
        "yaw": case.recipe.yaw,
        "yaw_deg": camera.yaw_deg,
        "lead": scene.lead if scene.movement == "lunge" else "",
        "body": scene.body,
        "bmi": round(body.bmi, 1),
        "person_px": round(body.stature_m * camera.px_per_m),
        "looseness": round(scene.look.looseness, 2),
        "lower": scene.look.lower,
        "light": scene.film.light,
        "background": scene.film.background,
        "arms": scene.arms,
        "skin": scene.look.skin,
        "way": case.recipe.spine,
        "cover": case.recipe.cover,
        "stickers": scene.stickers,
        "instructed": bool(case.recipe.declared.get("instructed")),
    }


def sticker_colour(scene: Scene) -> str:
    """Return what the user would call the colour of the scene's stickers, "" where there are none."""
    from movement_lab.spine.sticker_table import load_stickers

    if not scene.stickers:
        return ""
    prints = {tuple(bytes.fromhex(row.print[1:])): name for name, row in load_stickers().colour.items()}
    return prints[tuple(scene.sticker_colour)]


def models_of(case: Case, digests: Mapping[str, str]) -> Mapping[str, str]:
    """Return the models a case is followed with: all, or the first one only."""
    return digests if case.every_model else dict(list(digests.items())[:1])


def clip_folder(folder: Path, case: Case) -> Path:
    """Return where a case's clip lies, or will."""
    return folder / "clips" / clip_key(case.scene)


def track_path(folder: Path, clip: Path, digest: str, *, stickers: bool = False) -> Path:
    """Return where the raw track of a clip and a model lies, or will."""
    return folder / "tracks" / f"{track_key(clip.name, digest, stickers=stickers)}.npz"


def frame_count(scene: Scene) -> int:
    """Return how many frames a scene has (a split lunge a few more)."""
    seconds = scene.standing_s + scene.reps * sum(scene.tempo) + scene.end_s
    return round(seconds * scene.film.rate_hz)


def _once(target: Path, make: Callable[[Path], object]) -> None:
    """Fill a folder whole or not at all."""
    if target.is_dir():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=target.parent))
    try:
        make(part)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


# ---------------------------------------------------------------- the real thing


def real_studio() -> Studio:
    """Return the studio that renders with VTK and follows with the pose model."""
    from movement_lab.validation.pictured import pictured_truth

    return Studio(_render, _follow, _digest, pictured_truth)


def _render(scene: Scene, folder: Path) -> None:
    from movement_lab.synthetic.synthesize import synthesize

    started = time.perf_counter()
    synthesize(scene, folder)
    seconds = {"render_s": round(time.perf_counter() - started, 2)}
    (folder / "seconds.json").write_text(json.dumps(seconds), encoding="utf-8")


def _follow(clip: Path, model: str, out: Path, stickers: str) -> None:
    from movement_lab.exporters.npz import save_track
    from movement_lab.recording import Options, assess_video

    save_track(assess_video(clip, Options(model=model, stickers=stickers, workers=1)), out)


def _digest(model: str) -> str:
    from movement_lab.weights import inspect_model

    return str(inspect_model(model).digest)
