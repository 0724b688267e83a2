"""Run a child process under watch: its lines are read, and it is ended when it takes too much or too long."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any, Final

_LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """What one assessment may take: memory of all its processes, time without a sign of life, time in all."""

    memory_bytes: int = 6 * 1024**3
    silence_s: float = 180.0
    total_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Overrun:
    """Why a child was ended: ``memory``, ``silence``, ``total`` or ``unwanted``."""

    why: str


def run_watched(
    module: str,
    arguments: list[str],
    given: Any,
    *,
    limits: Limits,
    on_line: Callable[[dict[str, Any]], None],
    wanted: Callable[[], bool],
) -> int | Overrun:
    """Run ``python -m module arguments``, JSON ``given`` on its standard input, until it ends or must.

    Returns its exit code, or why it was ended. ``on_line`` gets each JSON line it prints; ``wanted`` is asked
    now and then whether its work still is.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    assert child.stdin is not None
    assert child.stdout is not None
    lines: Queue[dict[str, Any] | None] = Queue()
    Thread(target=_read_lines, args=(child.stdout, lines), daemon=True).start()
    try:
        with suppress(BrokenPipeError), child.stdin:
            json.dump(given, child.stdin)
        why = _follow(child, lines, limits, on_line, wanted)
        return Overrun(why) if why else child.wait()
    finally:
        end_tree(child.pid)
        child.wait()


def _follow(
    child: subprocess.Popen[str],
    lines: Queue[dict[str, Any] | None],
    limits: Limits,
    on_line: Callable[[dict[str, Any]], None],
    wanted: Callable[[], bool],
) -> str:
    """Read lines until the child has closed its output; returns why it must be ended, or ""."""
    begun = heard = time.monotonic()
    for line in _until_closed(lines):
        now = time.monotonic()
        if line:
            heard = now
            on_line(line)
        elif now - heard > limits.silence_s:
            return "silence"
        if now - begun > limits.total_s:
            return "total"
        if memory_of(child.pid) > limits.memory_bytes:
            return "memory"
        if not line and not wanted():
            return "unwanted"
    return ""


def _until_closed(lines: Queue[dict[str, Any] | None]) -> Iterator[dict[str, Any]]:
    """Yield lines as they come, and an empty one whenever none came for a while."""
    while True:
        try:
            line = lines.get(timeout=_LOOK_S)
        except Empty:
            yield {}
            continue
        if line is None:
            return
        yield line


def _read_lines(stream: IO[str], lines: Queue[dict[str, Any] | None]) -> None:
    for text in stream:
        with suppress(json.JSONDecodeError):  # a library's chatter is not for us
            lines.put(json.loads(text))
    lines.put(None)


def memory_of(pid: int) -> int:
    """Return the memory (bytes, resident) of a process and all its children."""
    import psutil

    total = 0
    for process in _tree(pid):
        with suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def end_tree(pid: int) -> None:
    """End a process and all its children at once."""
    import psutil

    for process in _tree(pid):
        with suppress(psutil.Error):
            process.kill()


def _tree(pid: int) -> list[Any]:
    import psutil

    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []
