"""All live cameras of a server: a few at once, and none that nobody looks at any more."""

from __future__ import annotations

import queue
import secrets
import threading
from concurrent.futures import Future
from typing import Final

from movement_lab.errors import UsageError
from movement_lab.live.analysis_process import LiveSettings
from movement_lab.live.session import LiveSession

#: Cameras at once, and how long one may be silent before its processes end.
MOST_SESSIONS: Final = 4
IDLE_S: Final = 20.0
_SWEEP_S: Final = 2.0


class TooManyCamerasError(UsageError):
    """As many cameras as may be are live already."""


class SessionEndedError(UsageError):
    """There is no such live session, or no more."""


class LiveSessions:
    """Starts, finds and ends live sessions, from any thread.

    A single keeper thread starts the processes: Linux ends a child together with the thread that
    started it, and threads of a web server come and go.
    """

    def __init__(self, *, most: int = MOST_SESSIONS, idle_s: float = IDLE_S) -> None:
        self._most = most
        self._idle_s = idle_s
        self._sessions: dict[str, LiveSession] = {}
        self._lock = threading.Lock()
        self._wanted: queue.Queue[tuple[LiveSettings, Future[str]]] = queue.Queue()
        self._keeper: threading.Thread | None = None
        self._open = True

    def start(self, settings: LiveSettings) -> str:
        """Start a session; return its id.

        Raises
        ------
        TooManyCamerasError
            As many cameras as may be are live already.
        """
        with self._lock:
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="live-keeper", daemon=True)
                self._keeper.start()
        started: Future[str] = Future()
        self._wanted.put((settings, started))
        return started.result()

    def find(self, id: str) -> LiveSession:
        """Return a session; SessionEndedError if it has ended."""
        with self._lock:
            session = self._sessions.get(id)
        if session is None:
            raise SessionEndedError(
                "This live session has ended: no picture came for a while. Load the page again to go on."
            )
        return session

    def end(self, id: str) -> None:
        """End a session; nothing happens to one that has ended."""
        with self._lock:
            session = self._sessions.pop(id, None)
        if session is not None:
            session.close()

    def close(self) -> None:
        """End all of them."""
        self._open = False
        if self._keeper is not None:
            self._keeper.join(2 * _SWEEP_S)
        for id in list(self._sessions):
            self.end(id)

    def __len__(self) -> int:
        """Return how many sessions there are."""
        return len(self._sessions)

    def _keep(self) -> None:
        while self._open:
            try:
                settings, started = self._wanted.get(timeout=min(_SWEEP_S, self._idle_s / 2))
            except queue.Empty:
                self._sweep()
                continue
            try:
                started.set_result(self._start(settings))
            except Exception as error:
                started.set_exception(error)

    def _start(self, settings: LiveSettings) -> str:
        self._sweep()
        if len(self._sessions) >= self._most:
            raise TooManyCamerasError(
                f"{self._most} cameras are live already, as many as this computer is asked to follow. "
                "Close one of them and try again; recording without the live picture works at any time."
            )
        id, session = secrets.token_urlsafe(16), LiveSession(settings)
        with self._lock:
            self._sessions[id] = session
        return id

    def _sweep(self) -> None:
        """End what has been silent for too long, or whose process is gone."""
        with self._lock:
            idle = [
                id
                for id, session in self._sessions.items()
                if session.silent_s > self._idle_s or not session.alive
            ]
        for id in idle:
            self.end(id)
