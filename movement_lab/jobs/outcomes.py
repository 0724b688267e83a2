"""What a child's end means for its row: done, failed in words, tried again, or gone."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from time import sleep
from typing import Any, Final

from movement_lab.jobs import rows
from movement_lab.jobs.watch import Limits, Overrun
from movement_lab.storage import Assessment, Store
from movement_lab.storage.files import remove_folder

#: So often is a recording tried whose process was ended from outside (the system short of memory, say).
MOST_TRIES: Final = 3
_AGAIN_S: Final = 5.0
_SIGNALS: Final = ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP")
_FROM_OUTSIDE: Final = {-getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)}
_REASONS: Final = {
    "memory": "The assessment needed more memory than one recording may take ({gib:.1f} GB) and was stopped.",
    "silence": "The assessment made no progress for {silence} and was stopped.",
    "total": "The assessment took longer than {total} and was stopped.",
}
_TRY: Final = " The recording is kept. Try a shorter or smaller one, or export it again."
_CRASHED: Final = (
    "The pose library or the video library crashed on this recording. The recording is kept, and nothing "
    "else was harmed. Export it again in another format, or try another pose model."
)
_log = logging.getLogger(__name__)


def end(store: Store, row: Assessment, ended: int | Overrun, last: dict[str, Any], limits: Limits) -> None:
    """Write the outcome into the row; of a row that is gone, delete what the child still wrote."""
    if isinstance(ended, Overrun):
        if ended.why != "unwanted":
            rows.fail_row(store, row.id, overrun_in_words(ended, limits), None)
    elif "done" in last:
        _done(store, row, last)
    elif "failed" in last:
        rows.fail_row(store, row.id, last["failed"], last["exit_code"])
    elif ended in _FROM_OUTSIDE and row.attempts < MOST_TRIES:
        rows.put_back(store, row.id)
    else:
        rows.fail_row(store, row.id, _CRASHED, ended)
    if not rows.exists(store, row.id):
        remove_folder(store.folder.assessment(row.id).path)


def _done(store: Store, row: Assessment, last: dict[str, Any]) -> None:
    """End the row first, then delete a recording that wasn't to be kept: a crash between loses nothing."""
    from movement_lab.workspace.retention import drop_unwanted

    if rows.finish_row(store, row.id, last["done"], last["exit_code"]):
        drop_unwanted(store.folder.assessment(row.id), row.asked)


def in_force(write: Callable[[], None]) -> None:
    """Write until it works: on a full disk an outcome waits, it is not lost."""
    while True:
        try:
            return write()
        except Exception:
            _log.warning("an outcome could not be written, trying again", exc_info=True)
            sleep(_AGAIN_S)


def overrun_in_words(overrun: Overrun, limits: Limits) -> str:
    """Return why an assessment was stopped, and what to try."""
    words = _REASONS[overrun.why].format(
        gib=limits.memory_bytes / 1024**3, silence=_span(limits.silence_s), total=_span(limits.total_s)
    )
    return words + _TRY


def _span(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
