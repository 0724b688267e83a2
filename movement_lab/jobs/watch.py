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

from movement_lab.jobs.processes import end_tree, memory_of

_LOOK_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """What one assessment may take: memory of all its processes, time without progress, time in all."""

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
    """Run ``python -m module arguments`` until it ends or must; it reads ``given`` as a line of JSON.

    Returns its exit code, or why it was ended. ``on_line`` gets each JSON object it prints; ``wanted`` is
    asked now and then whether its work still is. Its standard input stays open as long as this process
    lives, so that it can tell (`isolation.die_with_giver`).
    """
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        errors="replace",  # a library's chatter may be anything
    )
    assert child.stdin is not None
    assert child.stdout is not None
    lines: Queue[dict[str, Any] | None] = Queue()
    reader = Thread(target=_read_lines, args=(child.stdout, lines), daemon=True)
    reader.start()
    try:
        with suppress(BrokenPipeError):
            child.stdin.write(json.dumps(given) + "\n")
            child.stdin.flush()
        why = _follow(child, lines, limits, on_line, wanted)
        return Overrun(why) if why else child.wait()
    finally:
        end_tree(child.pid)
        child.wait()
        reader.join(timeout=_LOOK_S)
        with suppress(OSError):
            child.stdin.close()


def _follow(
    child: subprocess.Popen[str],
    lines: Queue[dict[str, Any] | None],
    limits: Limits,
    on_line: Callable[[dict[str, Any]], None],
    wanted: Callable[[], bool],
) -> str:
    """Read lines until the child is done; returns why it must be ended, or "".

    Only a line that differs from the one before is a sign of life: a bar that stands still is none.
    """
    begun = heard = looked = time.monotonic()
    before: dict[str, Any] = {}
    for line in _until_done(child, lines):
        now = time.monotonic()
        if line and line != before:
            heard, before = now, line
            on_line(line)
        if now - looked < _LOOK_S:
            continue
        looked = now
        if now - heard > limits.silence_s:
            return "silence"
        if now - begun > limits.total_s:
            return "total"
        if memory_of(child.pid) > limits.memory_bytes:
            return "memory"
        if not wanted():
            return "unwanted"
    return ""


def _until_done(
    child: subprocess.Popen[str], lines: Queue[dict[str, Any] | None]
) -> Iterator[dict[str, Any]]:
    """Yield lines as they come, an empty one whenever none came for a while, until output or process end."""
    while True:
        try:
            line = lines.get(timeout=_LOOK_S)
        except Empty:
            if child.poll() is not None:  # a grandchild may still hold the output open
                return
            yield {}
            continue
        if line is None:
            return
        yield line


def _read_lines(stream: IO[str], lines: Queue[dict[str, Any] | None]) -> None:
    with stream:
        for text in stream:
            with suppress(json.JSONDecodeError, RecursionError):
                line = json.loads(text)
                if isinstance(line, dict):
                    lines.put(line)
    lines.put(None)
