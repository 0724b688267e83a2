"""A real server process over a data folder, and a program that talks to it and doesn't give up."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from movement_lab.jobs.processes import end_tree

PATIENCE_S = 240
API = "/api/v1"


class Served:
    """``movement-lab serve`` as a process; what it can't be asked while it is down is asked again."""

    def __init__(self, root: Path, *options: str) -> None:
        self.root, self.options = root, options
        self.process: subprocess.Popen[str] | None = None
        self.address = ("127.0.0.1", 0)

    def start(self) -> None:
        """Start it, and wait until it has printed its address."""
        code = [sys.executable, "-m", "movement_lab", "serve", "--data", str(self.root), "--no-browser"]
        self.process = subprocess.Popen(
            [*code, "--port", "0", *self.options], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        line = self.process.stdout.readline()
        assert line, f"the server did not start: {self.process.wait()}"
        url = urlsplit(next(word for word in line.split() if word.startswith("http")))
        self.address = (url.hostname, url.port)

    def worker(self) -> psutil.Process | None:
        """Return the worker process, if it is running just now."""
        for each in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # one that was killed and isn't buried yet
                if "movement_lab.jobs" in each.cmdline():
                    return each
        return None

    def kill(self, victim: str) -> None:
        """``kill -9`` of ``server``, ``worker`` or ``both``; a killed server is waited for."""
        worker = self.worker()
        if victim != "worker":
            self.process.kill()
        if victim != "server" and worker is not None:
            worker.kill()
        if victim != "worker":
            self._gone()

    def end(self) -> int:
        """End it politely; returns its exit code."""
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self._gone()
        return code

    def _gone(self) -> None:
        self.process.wait()
        self.process.stdout.close()

    def close(self) -> None:
        """End it and all its processes at once, whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            end_tree(self.process.pid)
            self._gone()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Ask once; bytes go as they are, anything else as JSON. Raises OSError where nobody answers."""
        if body is not None and not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from None
        finally:
            connection.close()
        is_json = told and "json" in answer.headers.get("Content-Type", "")
        return answer.status, json.loads(told) if is_json else told

    def ended(self, id_: str) -> Any:
        """Wait until an assessment has come to its end, whichever; return it."""
        until = time.monotonic() + PATIENCE_S
        while (row := self.insist("GET", f"{API}/assessments/{id_}")[1])["state"] in ("queued", "working"):
            assert time.monotonic() < until, row
            time.sleep(0.5)
        return row

    def insist(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask until somebody answers."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.ask(method, path, body)
            except OSError:
                assert time.monotonic() < until, f"nobody answers {method} {path}"
                time.sleep(0.05)


@contextmanager
def serving(root: Path, model: str) -> Iterator[Served]:
    """Lend a running server over a fresh data folder whose assessments take a model."""
    running = Served(root)
    running.start()
    try:
        assert running.ask("PATCH", f"{API}/settings", {"model": model})[0] == 200
        yield running
    finally:
        running.close()


@dataclass
class Sender(threading.Thread):
    """Sends a recording in small pieces, through every interruption, until it is accepted."""

    served: Served
    recording: bytes
    asked: dict[str, Any] = field(default_factory=lambda: {"model": "lite"})
    pieces: int = 8
    id: str = ""
    accepted: bool = False
    refused: str = ""

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Begin, send, hand over; what was lost on the way is sent again."""
        begin = {"source": "upload", "file_name": "squat.mp4", "asked": self.asked}
        status, told = self.served.insist("POST", f"{API}/uploads", begin)
        if status != 201:
            self.refused = told["message"]
            return
        self.id = told["id"]
        self._send()
        status, told = self.served.insist("POST", f"{API}/uploads/{self.id}/finish", {})
        self.accepted = status == 201
        self.refused = "" if self.accepted else told["message"]

    def _send(self) -> None:
        size = -(-len(self.recording) // self.pieces)
        _status, told = self.served.insist("GET", f"{API}/uploads/{self.id}")
        while (have := told["bytes_here"]) < len(self.recording):
            piece = self.recording[have : have + size]
            path = f"{API}/uploads/{self.id}/data?offset={have}"
            status, told = self.served.insist("PUT", path, piece)
            if status == 409:
                told = {"bytes_here": told["have"]}
            assert "bytes_here" in told, told
