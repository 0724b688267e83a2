"""One clip of a study: what its result depends on, whether it is there, and who works it out if not."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from movement_lab.batch.hand import Hand
from movement_lab.batch.inputs import Clip
from movement_lab.batch.keys import Setting, judged_key, track_key
from movement_lab.batch.store import Store, read_json, write_json
from movement_lab.batch.work import failure_of
from movement_lab.errors import VideoError
from movement_lab.knowledge import knowledge_hash


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a clip.

    ``sha256``, ``track``, ``judged``: the video and the keys, "" where the file can't be read; ``failure``:
    reason, exit code and message, None where it was judged; ``pending``: nothing is known yet; ``fresh``: it
    was worked out just now.
    """

    sha256: str = ""
    track: str = ""
    judged: str = ""
    failure: Mapping[str, Any] | None = None
    pending: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a study's clips are settled: where, with which setting, failures anew or not."""

    store: Store
    setting: Setting
    retry: bool = False


def settle(clip: Clip, plan: Plan, hand: Hand | None) -> Outcome:
    """Return what came of a clip; what isn't there yet ``hand`` works out, or is pending without one."""
    try:
        sha256 = plan.store.sha256(clip.path)
    except OSError as error:
        return Outcome(failure=_unreadable(clip, error))
    track = track_key(sha256, clip.how, plan.setting)
    judged = judged_key(track, clip.how, plan.setting.judging)
    outcome = Outcome(sha256, track, judged)
    if hand is None:
        done = plan.store.done(track, judged)
        return found(outcome, plan.store) if done else replace(outcome, pending=True)
    with _one_at_a_time(track), plan.store.locked(track):
        if plan.retry:
            plan.store.failure(track).unlink(missing_ok=True)
        if not plan.store.done(track, judged):
            return _worked_out(outcome, clip, plan, hand)
    return found(outcome, plan.store)


def found(outcome: Outcome, store: Store) -> Outcome:
    """Return the outcome of what is in the store."""
    failure = store.failure(outcome.track)
    if not failure.is_file():
        return outcome
    return Outcome(outcome.sha256, outcome.track, outcome.judged, read_json(failure))


def job_of(clip: Clip, outcome: Outcome, plan: Plan) -> dict[str, Any]:
    """Return what a worker process needs to know."""
    return {
        "store": str(plan.store.folder.absolute()),
        "path": str(clip.path),
        "how": asdict(clip.how),
        "model": plan.setting.model,
        "spine_model": plan.setting.spine_model,
        "track": outcome.track,
        "judged": outcome.judged,
        "knowledge": knowledge_hash(),
    }


def _worked_out(outcome: Outcome, clip: Clip, plan: Plan, hand: Hand) -> Outcome:
    answer = hand.do(job_of(clip, outcome, plan))
    failure = answer["failure"]
    if failure and answer.get("lost"):  # nobody was left to write it down
        write_json(plan.store.failure(outcome.track), failure)
    _log(plan.store, {"clip": clip.clip, "track": outcome.track, **answer})
    return Outcome(outcome.sha256, outcome.track, outcome.judged, failure, fresh=True)


def _unreadable(clip: Clip, error: OSError) -> dict[str, Any]:
    if isinstance(error, FileNotFoundError):
        message = (
            "There is no {file}. Needed: a video where the manifest says. Check the name and the folder."
        )
        return failure_of(VideoError(message)) | {"reason": "file_missing"}
    return failure_of(VideoError(f"{{file}} can't be read: {error.strerror}. Check its permissions."))


# ---------------------------------------------------------------- one after the other

_locks: dict[str, Lock] = {}
_locks_lock = Lock()


@contextmanager
def _one_at_a_time(track: str) -> Iterator[None]:
    """Keep two threads from following the same video at once (a study may name it twice)."""
    with _locks_lock:
        lock = _locks.setdefault(track, Lock())
    with lock:
        yield


def _log(store: Store, entry: Mapping[str, Any]) -> None:
    """Add a line to ``log.jsonl``: who did what, in how many seconds, how much memory; no table uses it."""
    line = json.dumps({"host": socket.gethostname(), **entry}) + "\n"
    path: Path = store.folder / "log.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line)  # one write, at the end of the file: lines of several processes don't mix
