"""One clip, in a process that may crash or be ended: follow if need be, judge, keep. Says what came of it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from movement_lab.batch.store import Store, write_json
from movement_lab.declared import Declared
from movement_lab.errors import (
    KnowledgeError,
    ModelError,
    MovementLabError,
    NobodyError,
    UsageError,
    VideoError,
)
from movement_lab.recording import Options
from movement_lab.records import Track

#: Error -> reason in the table of clips; what is none of these is ``unexpected``.
REASONS: Final = {
    VideoError: "video_unreadable",
    NobodyError: "nobody",
    UsageError: "usage",
    ModelError: "pose_model",
}
#: Stands for the file's name in a kept message: the same bytes may lie under another name.
FILE_NAME: Final = "{file}"


def do_clip(job: Mapping[str, Any]) -> dict[str, Any]:
    """Follow and judge one clip as far as that isn't done; never raises.

    ``job`` and the answer are plain values: they go through a pipe. The answer has ``failure`` (reason, exit
    code, message; None where all went well), and what was done in how many seconds.
    """
    started = time.perf_counter()
    answer: dict[str, Any] = {"followed": False, "judged": False, "failure": None}
    store, track = Store(Path(job["store"])), str(job["track"])
    try:
        _refuse_other_tables(str(job["knowledge"]))
        if not store.track(track).is_file():
            _follow(job, store)
            answer["followed"] = True
        answer["frames"] = _judge(job, store)
        answer["judged"] = True
    except Exception as error:
        answer["failure"] = failure_of(error, Path(job["path"]).name)
        if isinstance(error, (VideoError, NobodyError, UsageError)):  # the file's own: the same every time
            write_json(store.failure(track), answer["failure"])
    return answer | {
        "seconds": round(time.perf_counter() - started, 3),
        "peak_mb": peak_mb(),
        "process": os.getpid(),
    }


def _refuse_other_tables(expected: str) -> None:
    """Keep what was judged with other tables from being kept under the key of these."""
    from movement_lab.knowledge import knowledge_hash

    if knowledge_hash() != expected:
        raise KnowledgeError(
            "The tables of measures and limits changed while clips were being assessed. Needed: the same for "
            "all of them. Run the same command again."
        )


def failure_of(error: Exception, file: str = "") -> dict[str, Any]:
    """Return what the table says of an error."""
    reason = next((id for kind, id in REASONS.items() if isinstance(error, kind)), "unexpected")
    text = str(error) if isinstance(error, MovementLabError) else f"{type(error).__name__}: {error}"
    return {
        "reason": reason,
        "exit_code": getattr(error, "exit_code", 1),
        "message": text.replace(file, FILE_NAME) if file else text,
    }


def _follow(job: Mapping[str, Any], store: Store) -> None:
    from movement_lab.exporters.npz import load_track, save_raw
    from movement_lab.recording import follow, refuse_nobody

    path = Path(job["path"])
    if path.suffix.lower() == ".npz":
        raw = load_track(path)
    else:
        raw = follow(path, _options(job), lambda stage, share: None)
    refuse_nobody(raw)
    save_raw(_nameless(raw), store.track(job["track"]))


def _nameless(raw: Track) -> Track:
    """Leave out the file's name: the same bytes may lie under another name, and names say who it is."""
    video = {**raw.origin.get("video", {}), "name": ""}
    return replace(raw, origin={**raw.origin, "video": video})


def _judge(job: Mapping[str, Any], store: Store) -> int:
    from movement_lab.batch.frames import save_frames
    from movement_lab.batch.rows import rows_of
    from movement_lab.exporters.npz import load_track
    from movement_lab.recording import assess_track

    report = assess_track(load_track(store.track(job["track"])), _options(job))
    save_frames(report, store.frames(job["judged"]))
    write_json(store.judged(job["judged"]), rows_of(report))
    return len(report.raw)


def _options(job: Mapping[str, Any]) -> Options:
    how = job["how"]
    return Options(
        declared=Declared(**how["declared"]),
        model=job["model"],
        person=how["person"],
        height_cm=how["height_cm"],
        stickers=how["stickers"],
        spine_model=job["spine_model"],
        workers=0,  # this process
    )


def peak_mb() -> float:
    """Return the most memory this process ever had, in MB; NaN where the system doesn't say."""
    try:
        import resource
        import sys
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
