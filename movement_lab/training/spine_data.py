"""Render people in random poses, look at them with the pose model, store what it saw and the truth.

A *session* is one person in one outfit before one camera: a few pictures of standing, then bent
ones. Each becomes one file, named after everything it depends on, so a stopped run goes on where it
stopped. Masks are stored, so edges and features can be made anew without rendering again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from movement_lab.atomic import atomic_path
from movement_lab.backends import PoseBackend, open_backend
from movement_lab.fingerprints import code_fingerprint, short_hash
from movement_lab.records import Array, Frame, Image, Pose
from movement_lab.skeleton import LANDMARKS
from movement_lab.spine.contour import STATIONS, trace
from movement_lab.synthetic.bodies import Body, body_names, load_body
from movement_lab.synthetic.camera import Camera
from movement_lab.training.kin import between, partner
from movement_lab.training.poses import Moment, angles_of, bent, kept_arms, standing
from movement_lab.training.wardrobe import Outfit, random_outfit, worn
from movement_lab.training.worker import start_worker
from movement_lab.validation.keys import generator_fingerprint

Part = Literal["tuning", "held_out"]

SIZE: Final = (480, 640)
STANDING_FRAMES: Final = 2
BENT_FRAMES: Final = 10
#: Sessions take turns: in some the arms are held alike from standing on, in one movements only begin, and one
#: is of lunges after a step, which the camera sees from further behind than the standing. Arms are held alike
#: in every other of those too.
_TURNS: Final = 6
_ARMS_KEPT: Final = (2, 5, 8, 9, 11)
_STARTS: Final = 1
_STEPS: Final = 3
_STEP_M: Final = (-0.1, 0.95)
_PER_PROCESS: Final = 12
_SALT: Final = {"tuning": 1, "held_out": 2}


@dataclass(frozen=True, slots=True)
class Session:
    """One person, outfit and camera; everything else follows from the numbers by chance."""

    body: str
    number: int
    part: Part
    bent: int = BENT_FRAMES
    seed: int = 0
    other: str = ""  # with whom the body is mixed, if it is

    @property
    def rng(self) -> np.random.Generator:
        """Return the session's own source of chance."""
        return np.random.default_rng([self.seed, _SALT[self.part], int(self.body[1:]), self.number])

    @property
    def keeps_arms(self) -> bool:
        """Return whether the arms are held alike all the time."""
        return self.number % (2 * _TURNS) in _ARMS_KEPT

    @property
    def starts(self) -> bool:
        """Return whether all bent pictures show how movements begin."""
        return self.number % _TURNS == _STARTS

    @property
    def steps(self) -> bool:
        """Return whether all bent pictures show lunges after a step."""
        return self.number % _TURNS == _STEPS


@dataclass(frozen=True, slots=True)
class Set:
    """How a session is filmed: everything that stays while the person moves."""

    camera: Camera
    light: str
    background: str
    antialias: bool
    soft_px: float
    lordosis_deg: float
    levels: tuple[float, float]
    outfit: Outfit


def sessions(part: Part, *, bodies: int | None, frames: int, seed: int = 0) -> list[Session]:
    """Return the sessions of a run: about ``frames`` bent pictures of each body, bodies in turn.

    Every other session of a training body is of that body mixed with one of its kin.
    """
    names = body_names(part)[:bodies]
    each = -(-frames // BENT_FRAMES)
    count = -(-frames // each)

    def session(name: str, number: int) -> Session:
        mixed = part == "tuning" and number % 2 == 1
        return Session(name, number, part, count, seed, partner(name, names, number // 2) if mixed else "")

    return [session(name, number) for number in range(each) for name in names]


def shard_path(folder: Path, session: Session, model_sha256: str) -> Path:
    """Return where a session's file lies, or will."""
    key = short_hash({"session": asdict(session), "code": fingerprint(), "model": model_sha256})
    return folder / session.part / f"{session.body}-{session.number:02d}-{key}.npz"


@cache
def fingerprint() -> str:
    """Return the fingerprint of everything that makes a picture here."""
    here = Path(__file__)
    own = [here.with_name(name) for name in ("kin.py", "poses.py", "wardrobe.py", "spine_data.py")]
    return short_hash([generator_fingerprint(), code_fingerprint(own)])


# ---------------------------------------------------------------- one session


def draw_set(body: Body, rng: np.random.Generator) -> Set:
    """Return clothes, camera and light drawn by chance."""
    stature = body.stature_m
    camera = Camera(
        view="left" if rng.random() < 0.5 else "right",
        yaw_deg=float(rng.uniform(-27, 27)),
        pitch_deg=float(rng.uniform(-4, 12)),
        roll_deg=float(rng.normal(0, 1.5)),
        height_m=float(rng.uniform(0.42, 0.52)) * stature,
        distance_m=float(rng.uniform(2.2, 5)),
        aim_ahead_m=float(rng.uniform(0.0, 0.3)),
        px_per_m=float(min(rng.uniform(310, 530) / stature, 290)),
        size=SIZE,
    )
    low = rng.uniform(0.28, 0.52)
    return Set(
        camera,
        light=str(rng.choice(["even", "window", "overhead", "dim"])),
        background=str(rng.choice(["plain", "room", "gym", "clutter"])),
        antialias=bool(rng.random() < 0.3),
        soft_px=float(rng.choice([0.0, 0.6, 1.1], p=[0.6, 0.25, 0.15])),
        lordosis_deg=float(rng.uniform(-14, 10)),
        levels=(low, low + rng.uniform(0.2, 0.85) * (1 - low)),
        outfit=random_outfit(body, rng),
    )


def make_session(session: Session, model_path: str, path: Path) -> float:
    """Render a session, look at it, and store it; return the core's seconds it took."""
    started = time.process_time()
    rng = session.rng
    body = between(session.body, session.other, rng) if session.other else load_body(session.body)
    stage = draw_set(body, rng)
    if session.steps:
        ahead = stage.camera.aim_ahead_m + sum(_STEP_M) / 2
        stage = replace(stage, camera=replace(stage.camera, aim_ahead_m=ahead))
    kept = kept_arms(rng) if session.keeps_arms else ""
    ways: dict[str, Any] = {"lordosis_deg": stage.lordosis_deg, "levels": stage.levels, "kept": kept}
    moments = [standing(body, rng, **ways) for _ in range(STANDING_FRAMES)]
    family = "start" if session.starts else "lunge" if session.steps else ""
    for _ in range(session.bent):
        moment = bent(body, rng, **ways, family=family)
        moments.append(moment.stepped(rng.uniform(*_STEP_M)) if session.steps else moment)
    rows = []
    look = _looker(model_path)
    for moment, picture in _pictures(body, stage, moments, rng):
        rows.append(_row(look, moment, picture, stage.camera))
    arrays = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    seconds = time.process_time() - started
    facts = {"session": asdict(session), "set": asdict(stage), "seconds": round(seconds, 2)}
    with atomic_path(path) as part:
        np.savez_compressed(part, facts=np.array(json.dumps(facts)), **arrays)  # type: ignore[arg-type]
    return seconds


@cache
def _looker(model_path: str) -> PoseBackend:
    """Open the pose model once a process."""
    return _kept.enter_context(open_backend("mediapipe", model_path, follow=False, masks=True))


_kept = ExitStack()


def _pictures(
    body: Body, stage: Set, moments: Sequence[Moment], rng: np.random.Generator
) -> Iterator[tuple[Moment, Image]]:
    from scipy.ndimage import gaussian_filter

    from movement_lab.synthetic.render import Stage

    show = Stage(
        [worn(body, stage.outfit, rng)],
        stage.camera,
        light=stage.light,
        background=stage.background,
        antialias=stage.antialias,
        seed=int(rng.integers(2**31)),
    )
    for moment in moments:
        picture = show.shoot([moment.posed.transforms[0]])
        if stage.soft_px:
            picture = gaussian_filter(picture, (stage.soft_px, stage.soft_px, 0))
        yield moment, picture


def _row(look: PoseBackend, moment: Moment, picture: Image, camera: Camera) -> dict[str, Any]:
    """Return what is stored of one picture."""
    seen = next(iter(look(Frame(0, 0.0, picture))), None) or _nobody(picture)
    joints = np.stack([moment.posed.joints[name][0] for name in LANDMARKS])
    assert seen.mask is not None  # it was asked for
    fine = trace(seen.mask, seen.xy, picture=picture)[0]
    return {
        "family": moment.family,
        "arms": moment.arms,
        "truth": angles_of(moment.posed),
        "xy": seen.xy.astype(np.float32),
        "xyz": seen.xyz.astype(np.float32),
        "score": seen.score.astype(np.float32),
        "mask": np.round(255 * seen.mask).astype(np.uint8),
        "fine": fine.astype(np.float32).reshape(2, len(STATIONS)),
        "true_xy": camera.project(joints).astype(np.float32),
    }


def _nobody(picture: Image) -> Pose:
    points = len(LANDMARKS)
    blank: NDArray[np.float32] = np.zeros(picture.shape[:2], np.float32)
    nowhere: Array = np.full((points, 3), np.nan)
    return Pose(0.0, nowhere[:, :2], nowhere, np.zeros(points), blank)


# ---------------------------------------------------------------- all of them


def make_data(
    folder: Path,
    todo: Sequence[Session],
    *,
    model_path: str,
    model_sha256: str,
    workers: int,
    tell: Callable[[str], object] = print,
) -> list[str]:
    """Make every session that isn't there yet, in parallel; return what failed, a line each.

    Another run tries the failed ones again.
    """
    missing = [(s, path) for s in todo if not (path := shard_path(folder, s, model_sha256)).is_file()]
    tell(f"{len(todo)} sessions, {len(missing)} to make, about {_estimate(missing, folder, workers)}.")
    failed: list[str] = []
    batch = _PER_PROCESS * workers
    for start in range(0, len(missing), batch):
        failed += _run_batch(missing[start : start + batch], model_path, workers)
        tell(f"{min(start + batch, len(missing))}/{len(missing)} made, {len(failed)} failed")
    return failed


def _run_batch(todo: Sequence[tuple[Session, Path]], model_path: str, workers: int) -> list[str]:
    """Run some sessions in fresh processes: renderers gather memory, and a dead one spoils a batch only.

    (The pool's own ``max_tasks_per_child`` can stop for good once every process has had its share.)
    """
    context = get_context("spawn")
    failed = []
    with ProcessPoolExecutor(workers, mp_context=context, initializer=start_worker) as pool:
        waiting = {pool.submit(make_session, session, model_path, path): session for session, path in todo}
        for future in as_completed(waiting):
            if error := future.exception():
                session = waiting[future]
                failed.append(f"{session.body}-{session.number:02d}: {type(error).__name__}: {error}")
    return failed


def _estimate(missing: Sequence[tuple[Session, Path]], folder: Path, workers: int) -> str:
    """Say how long the rest will take, from what is there already."""
    known = []
    for path in [path for part in _SALT for path in sorted((folder / part).glob("*.npz"))[:25]]:
        with np.load(path) as file:
            known.append(json.loads(str(file["facts"]))["seconds"] / len(file["truth"]))
    if not known:
        return "an unknown time (nothing made yet)"
    pictures = sum(session.bent + STANDING_FRAMES for session, _ in missing)
    return f"{pictures * float(np.median(known)) / workers / 60:.0f} minutes on {workers} cores"
