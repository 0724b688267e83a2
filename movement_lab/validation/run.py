"""Film, follow, assess, compare: resumable, in parallel, and nothing that fails is dropped.

The folder holds ``clips/KEY/`` (clip, truth), ``tracks/KEY.npz``, ``rows/KEY.json`` and
``results.json``. Keys come from `keys`: a changed threshold only assesses anew, in seconds; a
changed pose model only follows anew; an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.errors import UsageError
from movement_lab.isolation import keep_to_one_core
from movement_lab.validation.keys import generator_fingerprint, pipeline_fingerprint, spine_fingerprint
from movement_lab.validation.matrix import Case, Subset, cases
from movement_lab.validation.stages import (
    Studio,
    clip_folder,
    describe,
    failure,
    frame_count,
    models_of,
    real_studio,
    run_case,
    track_path,
)

#: Seconds a frame on one core, until this machine's own are known from earlier runs.
COST_S: Final[Mapping[str, float]] = {"render": 0.055, "heavy": 0.062, "full": 0.031, "lite": 0.024}
#: Seconds to start a tracker, once per clip and model.
START_S: Final = 4.0
_SCENES_PER_PROCESS: Final = 12


@dataclass(frozen=True, slots=True)
class Results:
    """All rows of a run, failures among them, and how it was made (``made``)."""

    rows: Sequence[Mapping[str, Any]]
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def whole(self) -> list[Mapping[str, Any]]:
        """Return the rows that got through."""
        return [row for row in self.rows if row["status"] == "ok"]

    @property
    def usual(self) -> Results:
        """Return the same without the scenes about the low back, whose figures are published apart."""
        return Results([row for row in self.rows if not row.get("way")], self.made)

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        """Return the rows that failed on the way."""
        return [row for row in self.rows if row["status"] != "ok"]


def run_validation(
    folder: Path,
    *,
    subset: Subset = "quick",
    models: Sequence[str] = ("heavy",),
    workers: int | None = None,
    tell: Callable[[str], object] = print,
    studio: Studio | None = None,
    matrix: Sequence[Case] | None = None,
) -> Results:
    """Run a subset of the matrix through the real pipeline and write ``results.json``.

    Parameters
    ----------
    folder
        Everything made on the way stays here, for the next run. About 0.5 MB a scene.
    models
        Pose models; the first follows every clip, the others those that are for every model.
    workers
        Processes; one per core if left out, 1 works in this process.
    tell
        Told the estimate before the start and a line per scene.
    studio, matrix
        Stand-ins for tests.

    Returns
    -------
    Results
        One row per scene and model, in the order of the matrix.
    """
    studio, matrix = studio or real_studio(), matrix or cases(subset)
    if not models:
        raise UsageError("No pose model was named. Needed: at least one of lite, full, heavy.")
    workers = workers or len(os.sched_getaffinity(0))
    digests = {model: studio.digest(model) for model in models}
    made = _made(subset, digests, matrix)
    tell(estimate(matrix, digests, workers, folder))
    found: dict[str, list[dict[str, Any]]] = {}
    for case, rows in _run_all(matrix, digests, workers, folder, studio):
        found[case.name] = rows
        state = "; ".join(f"{row['model']} {_outcome(row)}" for row in rows)
        tell(f"{len(found):3}/{len(matrix)} {case.name}: {state}")
    rows = [row for case in matrix for row in found[case.name]]
    results = Results(rows, made)
    with atomic_path(folder / "results.json") as part:
        part.write_text(json.dumps({"made": results.made, "rows": rows}, indent=0), encoding="utf-8")
    return results


def load_results(folder: Path) -> Results:
    """Read ``results.json`` of an earlier run."""
    path = folder / "results.json"
    if not path.is_file():
        raise UsageError(f"There is no {path}. Needed: a finished run. Try `movement-lab validate` first.")
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Results(stored["rows"], stored["made"])


def estimate(matrix: Sequence[Case], digests: Mapping[str, str], workers: int, folder: Path) -> str:
    """Say how long what isn't filmed or followed yet will take on so many cores."""
    clips = [(case, clip_folder(folder, case)) for case in matrix]
    to_film = [case for case, clip in clips if not clip.is_dir()]
    per_frame = _measured_render_s(clips) or COST_S["render"]
    seconds = per_frame * sum(frame_count(case.scene) for case in to_film)
    for case, clip in clips:
        for model, digest in models_of(case, digests).items():
            if not track_path(folder, clip, digest, stickers=case.scene.stickers).is_file():
                seconds += START_S + frame_count(case.scene) * COST_S.get(model, COST_S["heavy"])
    return (
        f"{len(matrix)} scenes, {sum(frame_count(case.scene) for case in matrix)} frames, "
        f"models {', '.join(digests)}; {len(to_film)} scenes to film: "
        f"about {seconds / workers / 60:.0f} minutes on {workers} free cores."
    )


def _measured_render_s(clips: Sequence[tuple[Case, Path]]) -> float | None:
    """Return seconds a frame took to render here, from clips that are there already."""
    known = [(case, notes) for case, clip in clips if (notes := clip / "seconds.json").is_file()]
    spent = sum(float(json.loads(notes.read_text(encoding="utf-8"))["render_s"]) for _, notes in known)
    return spent / sum(frame_count(case.scene) for case, _ in known) if known else None


# ---------------------------------------------------------------- all of them


def _run_all(
    matrix: Sequence[Case], digests: Mapping[str, str], workers: int, folder: Path, studio: Studio
) -> Iterator[tuple[Case, list[dict[str, Any]]]]:
    if workers == 1:
        for case in matrix:
            yield case, run_case(case, digests, folder, studio)
        return
    batch = _SCENES_PER_PROCESS * workers
    for start in range(0, len(matrix), batch):
        yield from _run_batch(matrix[start : start + batch], digests, workers, folder, studio)


def _run_batch(
    matrix: Sequence[Case], digests: Mapping[str, str], workers: int, folder: Path, studio: Studio
) -> Iterator[tuple[Case, list[dict[str, Any]]]]:
    """Run some scenes in fresh processes: renderers gather memory, and a dead worker spoils one batch only.

    (The pool's own ``max_tasks_per_child`` can stop for good once every process has had its share.)
    """
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker) as pool:
        waiting = {pool.submit(run_case, case, digests, folder, studio): case for case in matrix}
        for future in as_completed(waiting):
            yield waiting[future], _rows_of(future, waiting[future], digests)


def _rows_of(future: Any, case: Case, digests: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a worker's rows; a worker that died leaves failures (another run tries again)."""
    try:
        rows: list[dict[str, Any]] = future.result()
    except Exception as error:
        mine = models_of(case, digests)
        return [{**describe(case), "model": model, **failure("worker", error)} for model in mine]
    return rows


def _start_worker() -> None:
    """Keep the worker to one core, and fix the fingerprints to the code that was loaded."""
    import movement_lab.pipeline
    import movement_lab.synthetic.synthesize
    import movement_lab.validation.compare  # noqa: F401

    keep_to_one_core()
    os.environ["LP_NUM_THREADS"] = "1"
    pipeline_fingerprint()
    generator_fingerprint()
    spine_fingerprint()


def _outcome(row: Mapping[str, Any]) -> str:
    if row["status"] != "ok":
        return f"failed at {row['stage']} ({row['error']})"
    return f"{row['recognised']}, {row['reps']['matched']} of {row['reps']['true']} repetitions"


def _made(subset: str, digests: Mapping[str, str], matrix: Sequence[Case]) -> dict[str, Any]:
    from movement_lab.knowledge import knowledge_hash
    from movement_lab.recording import own_version

    return {
        "subset": subset,
        "made_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "scenes": len(matrix),
        "bodies": {
            split: sorted({case.scene.body for case in matrix if case.split == split})
            for split in ("tuning", "held_out")
        },
        "models": dict(digests),
        "movement_lab": own_version(),
        "generator": generator_fingerprint(),
        "pipeline": pipeline_fingerprint(),
        "spine": spine_fingerprint(),
        "knowledge": knowledge_hash()[:16],
    }
