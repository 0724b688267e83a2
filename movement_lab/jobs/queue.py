"""The queue: huey on SQLite, in the data folder. Chosen because it needs no service beside it, is small,
well kept, and its consumer runs as a process of its own; the same tasks would move to Redis unchanged.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any

from movement_lab.storage import DataFolder, Store

#: Every hour at this minute recordings whose time is over are deleted.
_RETENTION_MINUTE = "7"
_PATIENCE_S = 15
_log = logging.getLogger(__name__)


@cache
def open_queue(root: Path) -> Any:
    """Return the queue of a data folder: its task ``assess``, and what is deleted every hour as promised."""
    from huey import SqliteHuey, crontab

    queue = SqliteHuey(
        "assessments",
        filename=str(DataFolder(root).queue),
        results=False,
        fsync=True,
        strict_fifo=True,
        timeout=_PATIENCE_S,
    )

    def assess(id_: str) -> None:
        from movement_lab.jobs.worker import work_on

        work_on(root, id_)

    def keep_promises() -> None:
        from movement_lab.jobs.worker import keep_promises_of

        keep_promises_of(root)

    queue.assess = queue.task(name="assess")(assess)
    queue.periodic_task(crontab(minute=_RETENTION_MINUTE), name="keep_promises")(keep_promises)
    return queue


def submit(store: Store, id_: str) -> None:
    """Wake the worker for a row that is queued; failing that, it finds the row by itself."""
    try:
        open_queue(store.folder.root).assess(id_)
    except DatabaseError:
        _log.warning("no ticket for assessment %s", id_, exc_info=True)


def forget_tickets(folder: DataFolder) -> None:
    """Delete the queue's file, damaged or not: the rows are the truth. Run before anybody opens it."""
    for path in folder.root.glob(f"{folder.queue.name}*"):
        path.unlink()
