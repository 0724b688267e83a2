"""A worker process that is handed one clip at a time, and may be lost without harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from threading import Timer
from typing import Any, Final

#: Clips a process does before a fresh one takes over: what libraries gather in memory goes with it.
CLIPS_PER_PROCESS: Final = 250
#: A clip that takes longer (s) is given up.
LIMIT_S: Final = 1800.0

#: One core a clip: libraries that would start threads of their own on every core are told so.
#: And, where there is glibc, one pool of memory for all threads, so that none of what they free piles up.
_ONE_CORE: Final = {
    name: "1"
    for name in (
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"),
        "MALLOC_ARENA_MAX",
    )
}
_CHILD: Final = (sys.executable, "-m", "movement_lab.batch.child")

_CRASHED: Final = {
    "reason": "crashed",
    "exit_code": 5,
    "message": "The process that read {file} was ended by a crash, most likely of the pose or picture "
    "library, or by the system for want of memory. Nothing else was harmed. Export the video again, or try "
    "another pose model.",
}


class Stopped(Exception):
    """The run is being stopped; no answer will come."""


class Hand:
    """One process, started when first needed; a context that ends it.

    ``limit_s``: a clip that takes longer is given up, and the process with it; ``clips``: after so many a
    fresh process takes over. ``command`` is for tests.
    """

    def __init__(
        self,
        *,
        limit_s: float = LIMIT_S,
        clips: int = CLIPS_PER_PROCESS,
        command: Sequence[str] = _CHILD,
    ) -> None:
        self._limit_s = limit_s
        self._clips = clips
        self._command = list(command)
        self._process: subprocess.Popen[str] | None = None
        self._done = 0
        self._stopped = False

    def __enter__(self) -> Hand:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def do(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a job (`work.do_clip`), or the failure that ended the process.

        A crash counts only in a process that did nothing before: else it is tried again in a fresh one, so
        that a clip's result never hangs on its neighbours.
        """
        used = self._process is not None
        answer = self._ask(job)
        if answer["failure"] == _CRASHED and used:
            answer = self._ask(job)
        return answer

    def stop(self) -> None:
        """End the process at once, from another thread; a job that waits raises `Stopped`."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def _ask(self, job: Mapping[str, Any]) -> dict[str, Any]:
        process = self._started()
        expired: list[bool] = []

        def give_up() -> None:
            expired.append(True)
            process.kill()

        timer = Timer(self._limit_s, give_up)
        timer.daemon = True
        timer.start()
        try:
            line = _exchange(process, job)
        finally:
            timer.cancel()
        if self._stopped:
            raise Stopped
        if line:
            self._done += 1
            if self._done >= self._clips:
                self.end()
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.end()
        failure = _too_long(self._limit_s) if expired else dict(_CRASHED)
        return {"followed": False, "judged": False, "failure": failure, "lost": True}

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                env={**os.environ, **_ONE_CORE},
            )
            self._done = 0
            if self._stopped:
                self._process.kill()
        return self._process

    def end(self) -> None:
        """End the process; a later job starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _exchange(process: subprocess.Popen[str], job: Mapping[str, Any]) -> str:
    """Send a job and wait for its line; "" where the process ended instead."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
    except OSError:
        return ""
    line = process.stdout.readline()
    return line if line.endswith("\n") else ""


def _too_long(limit_s: float) -> dict[str, Any]:
    return {
        "reason": "too_long",
        "exit_code": 3,
        "message": f"{{file}} took longer than {limit_s:g} s and was given up. Cut it shorter, export it "
        "again, or allow more with --limit-s.",
    }
