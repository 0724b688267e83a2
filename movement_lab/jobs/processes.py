"""Processes with all their children: how much memory they take, ending them, letting others go first."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

#: Work in the background takes what pages and live cameras leave over.
_NICE: Final = 5


def memory_of(pid: int) -> int:
    """Return the memory (bytes, resident) of a process and all its children."""
    import psutil

    total = 0
    for process in _tree(pid):
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def memory_here() -> int:
    """Return how much memory (bytes) this computer has."""
    import psutil

    return int(psutil.virtual_memory().total)


def end_tree(pid: int) -> None:
    """End a process and all its children at once."""
    import psutil

    for process in _tree(pid):
        with suppress(psutil.Error):
            process.kill()


def step_back() -> None:
    """Let this process, and those it starts, run only when nothing more urgent does."""
    import psutil

    lower = _NICE if psutil.POSIX else psutil.BELOW_NORMAL_PRIORITY_CLASS
    with suppress(psutil.Error, OSError):
        psutil.Process().nice(lower)


def _tree(pid: int) -> list[Any]:
    import psutil

    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
