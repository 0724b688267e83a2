"""The worker process: takes one row after the other and runs each in a watched child.

::

    python -m movement_lab.jobs DATA_FOLDER

A worker that finds its server gone ends by itself; so does its child.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

from movement_lab.isolation import die_with_parent
from movement_lab.jobs.queue import open_queue
from movement_lab.jobs.rows import claim, fail_row, finish_row, is_wanted, take_up, tell_progress
from movement_lab.jobs.watch import Limits, Overrun, run_watched
from movement_lab.storage import Assessment, Setting, Store, open_store

_CHILD = "movement_lab.jobs.child"
_NOTE_S = 0.5
_REASONS = {
    "memory": "The assessment needed more memory than one recording may take ({gib:.0f} GB) and was stopped.",
    "silence": "The assessment made no progress for {silence:.0f} minutes and was stopped.",
    "total": "The assessment took longer than {total:.0f} minutes and was stopped.",
}
_TRY = " The recording is kept. Try a shorter or smaller one, or export it again."
_CRASHED = (
    "The pose library or the video library crashed on this recording. The recording is kept, and nothing "
    "else was harmed. Export it again in another format, or try another pose model."
)


def run_worker(root: Path) -> None:
    """Work until the process is ended."""
    die_with_parent()
    Thread(target=_end_without_server, args=(os.getppid(),), daemon=True).start()
    queue, store = open_queue(root), _store(root)
    queue.flush()  # old tickets: the rows are the truth
    for id_ in take_up(store):
        queue.assess(id_)
    consumer = queue.create_consumer(
        workers=1, periodic=False, initial_delay=0.05, max_delay=0.5, backoff=1.2
    )
    consumer.run()


def work_on(root: Path, id_: str, limits: Limits | None = None) -> None:
    """Assess a queued row to its end, whatever that is; a row that is not queued is left alone."""
    store, limits = _store(root), limits or limits_from_environment()
    row = claim(store, id_)
    if row is None:
        return
    last: dict[str, Any] = {}
    given = {"asked": row.asked, "file_name": row.file_name, "look": _look(store)}
    ended = run_watched(
        _CHILD,
        [str(root), id_],
        given,
        limits=limits,
        on_line=lambda line: _hear(store, id_, line, last),
        wanted=lambda: is_wanted(store, id_),
    )
    _end(store, row, ended, last, limits)


def _look(store: Store) -> dict[str, Any] | None:
    """Return the language and profile in which the result will be looked at."""
    with store.session() as session:
        row = session.get(Setting, "look")
        return dict(row.value) if row else None


def limits_from_environment() -> Limits:
    """Return the limits of one assessment, in MOVEMENT_LAB_MEMORY_GB, _SILENCE_S and _TOTAL_S where set."""
    usual = Limits()
    gib = os.environ.get("MOVEMENT_LAB_MEMORY_GB")
    return Limits(
        int(float(gib) * 1024**3) if gib else usual.memory_bytes,
        float(os.environ.get("MOVEMENT_LAB_SILENCE_S", usual.silence_s)),
        float(os.environ.get("MOVEMENT_LAB_TOTAL_S", usual.total_s)),
    )


def _hear(store: Store, id_: str, line: dict[str, Any], last: dict[str, Any]) -> None:
    """Note how far the child is, not oftener than people look; keep what it ends with."""
    if "stage" not in line:
        last.update(line)
    elif line["stage"] != last.get("stage") or monotonic() - last["noted"] > _NOTE_S:
        last.update(stage=line["stage"], noted=monotonic())
        tell_progress(store, id_, line["stage"], line["share"])


def _end(store: Store, row: Assessment, ended: int | Overrun, last: dict[str, Any], limits: Limits) -> None:
    """Write the outcome into the row."""
    if isinstance(ended, Overrun):
        if ended.why != "unwanted":
            words = _REASONS[ended.why].format(
                gib=limits.memory_bytes / 1024**3, silence=limits.silence_s / 60, total=limits.total_s / 60
            )
            fail_row(store, row.id, words + _TRY, None)
    elif "done" in last:
        finish_row(store, row.id, last["done"], last["exit_code"])
    elif "failed" in last:
        fail_row(store, row.id, last["failed"], last["exit_code"])
    else:
        fail_row(store, row.id, _CRASHED, ended)


@cache
def _store(root: Path) -> Store:
    return open_store(root)


def _end_without_server(server: int) -> None:
    """End this process once its server is gone (where the kernel doesn't see to it)."""
    while os.getppid() == server:
        sleep(1)
    os._exit(1)
