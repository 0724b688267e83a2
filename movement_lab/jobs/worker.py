"""The worker process: takes one row after the other and runs each in a watched child.

::

    python -m movement_lab.jobs DATA_FOLDER

A worker whose server is gone ends by itself, and so does its child: each holds the other end of the next
one's standard input.
"""

from __future__ import annotations

import logging
import os
import sys
from functools import cache
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any, Final

from movement_lab.errors import MovementLabError
from movement_lab.isolation import die_with_giver, die_with_parent
from movement_lab.jobs import rows
from movement_lab.jobs.outcomes import end, in_force
from movement_lab.jobs.queue import open_queue
from movement_lab.jobs.watch import Limits, run_watched
from movement_lab.storage import Setting, Store, open_store
from movement_lab.storage.files import held
from movement_lab.workspace.retention import apply_retention

_CHILD: Final = "movement_lab.jobs.child"
_NOTE_S: Final = 0.5
_PATIENCE_S: Final = 30.0
_LOOK_AGAIN_S: Final = 5.0
_log = logging.getLogger(__name__)


def run_worker(root: Path) -> None:
    """Work until the process is ended, or whoever started it is."""
    os.umask(0o077)
    die_with_parent()
    die_with_giver(sys.stdin.fileno())
    store = _store(root)
    with held(store.folder.worker_lock, wait_s=_PATIENCE_S):
        queue = open_queue(root)
        queue.flush()  # old tickets: the rows are the truth
        keep_promises_of(root)
        for id_ in rows.take_up(store):
            queue.assess(id_)
        Thread(target=_find_forgotten, args=(store, queue), daemon=True).start()
        consumer = queue.create_consumer(workers=1, initial_delay=0.05, max_delay=0.5, backoff=1.2)
        consumer.run()


def keep_promises_of(root: Path) -> None:
    """Delete the recordings whose time is over, as chosen under Settings; again every hour (jobs.queue)."""
    try:
        apply_retention(_store(root))
    except (OSError, MovementLabError):  # a full disk, say: recordings that wait must not wait for this
        _log.warning("recordings whose time is over were not all deleted", exc_info=True)


def work_on(root: Path, id_: str, limits: Limits | None = None) -> None:
    """Assess a queued row to its end, whatever that is; a row that is not queued is left alone."""
    store, limits = _store(root), limits or limits_from_environment()
    row = rows.claim(store, id_)
    if row is None:
        return
    last: dict[str, Any] = {}
    ended = run_watched(
        _CHILD,
        [str(root), id_],
        {"asked": row.asked, "file_name": row.file_name, "look": _look(store)},
        limits=limits,
        on_line=lambda line: _hear(store, id_, line, last),
        wanted=lambda: rows.is_wanted(store, id_),
    )
    if "trace" in last:
        _log.error("assessment %s:\n%s", id_, last["trace"])
    in_force(lambda: end(store, row, ended, last, limits))


def _look(store: Store) -> dict[str, Any] | None:
    """Return the language and profile in which the result will be looked at."""
    with store.session() as session:
        row = session.get(Setting, "look")
        return dict(row.value) if row else None


def limits_from_environment() -> Limits:
    """Return the limits of one assessment, in MOVEMENT_LAB_MEMORY_GB, _SILENCE_S and _TOTAL_S where set.

    Without a limit of memory, four fifths of what this computer has, and 6 GB at most.
    """
    from movement_lab.jobs.processes import memory_here

    usual = Limits()
    gib = os.environ.get("MOVEMENT_LAB_MEMORY_GB")
    return Limits(
        int(float(gib) * 1024**3) if gib else min(usual.memory_bytes, 4 * memory_here() // 5),
        float(os.environ.get("MOVEMENT_LAB_SILENCE_S", usual.silence_s)),
        float(os.environ.get("MOVEMENT_LAB_TOTAL_S", usual.total_s)),
    )


def _hear(store: Store, id_: str, line: dict[str, Any], last: dict[str, Any]) -> None:
    """Note how far the child is, not oftener than people look; keep what it ends with."""
    if "stage" not in line:
        last.update(line)
    elif line["stage"] != last.get("stage") or monotonic() - last["noted"] > _NOTE_S:
        last.update(stage=line["stage"], noted=monotonic())
        rows.tell_progress(store, id_, line["stage"], line["share"])


def _find_forgotten(store: Store, queue: Any) -> None:
    """Give rows a ticket that wait without one: it could not be written (a full disk), or was lost."""
    while True:
        sleep(_LOOK_AGAIN_S)
        try:
            if not queue.pending_count():
                for id_ in rows.waiting(store):
                    queue.assess(id_)
        except Exception:  # the disk is still full, say: look again later
            _log.warning("waiting assessments could not be looked up", exc_info=True)


@cache
def _store(root: Path) -> Store:
    return open_store(root)
