"""A shorter way for live pictures: one WebSocket a camera, on a port of its own, from this machine only.

A request takes a browser several milliseconds; on an open WebSocket the way there and back takes half of one.
Where other machines can reach the workspace there is no such door, and pictures come as ordinary requests.
"""

from __future__ import annotations

import struct
import threading
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from flask import current_app

from movement_lab.errors import MovementLabError, UsageError, VideoError
from movement_lab.live import LiveSessions
from movement_lab.live.session import Stage
from movement_lab.live.sessions import SessionEndedError
from movement_lab.server.live_answer import as_json

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from movement_lab.server.settings import ServerSettings

#: Largest picture that is taken, bytes.
MOST_PICTURE_BYTES: Final = 1024**2
#: A message: seconds on the session's clock, 1 while recording, the picture (`video.PictureStream`).
_HEAD: Final = struct.Struct("<d?")


class LiveDoor:
    """Listens from the first time it is asked for; lives as long as the server's process."""

    def __init__(self, sessions: LiveSessions, settings: ServerSettings) -> None:
        self._sessions = sessions
        self._settings = settings
        self._server: Any = None
        self._lock = threading.Lock()

    @property
    def address(self) -> str | None:
        """Return where it listens, ``ws://127.0.0.1:40123``; None where other machines may come in."""
        if self._settings.beyond_loopback:
            return None
        with self._lock:
            self._server = self._server or self._open()
        host, port = self._server.socket.getsockname()[:2]
        return f"ws://[{host}]:{port}" if ":" in host else f"ws://{host}:{port}"

    def close(self) -> None:
        """Stop listening."""
        with self._lock:
            if self._server is not None:
                self._server.shutdown()
                self._server = None

    def _open(self) -> Any:
        from websockets.sync.server import serve

        server = serve(
            self._answer,
            self._settings.host,
            0,
            process_request=self._admit,
            compression=None,
            max_size=MOST_PICTURE_BYTES + _HEAD.size,
        )
        threading.Thread(target=server.serve_forever, name="live-door", daemon=True).start()
        return server

    def _admit(self, connection: ServerConnection, request: Any) -> Any:
        """Let in pages of this server only, and only to a session that there is."""
        hosts, origins = (request.headers.get_all(name) for name in ("Host", "Origin"))
        names = [urlsplit(f"//{host}").hostname for host in hosts] + [
            urlsplit(each).hostname for each in origins
        ]
        if len(names) != 2 or not all(self._settings.answers_to(name or "") for name in names):
            return connection.respond(HTTPStatus.FORBIDDEN, "Only pages of this server may come in.\n")
        try:
            self._sessions.find(request.path.lstrip("/"))
        except SessionEndedError as error:
            return connection.respond(HTTPStatus.NOT_FOUND, f"{error}\n")
        return None

    def _answer(self, connection: ServerConnection) -> None:
        """Answer picture after picture until the page hangs up."""
        from websockets.exceptions import ConnectionClosed

        assert connection.request is not None
        id_, known_note = connection.request.path.lstrip("/"), -1
        with suppress(ConnectionClosed):
            for message in connection:
                answer, known_note = self._judge(id_, message, known_note)
                connection.send(answer)

    def _judge(self, id_: str, message: str | bytes, known_note: int) -> tuple[str, int]:
        """Return what to say of one message, and the number of the note that the page then has."""
        if isinstance(message, str) or len(message) <= _HEAD.size:
            return problem(415), known_note
        time_s, live = _HEAD.unpack_from(message)
        stage: Stage = "live" if live else "setup"
        try:
            answer = self._sessions.find(id_).judge(message[_HEAD.size :], time_s, stage)
        except MovementLabError as error:
            return problem(_status(error)), known_note
        if answer is None:
            return problem(204), known_note
        return as_json(answer, known_note=known_note), answer.note_number if answer.note else known_note


def sessions() -> LiveSessions:
    """Return the live sessions of this application."""
    found: LiveSessions = current_app.extensions.setdefault("live", LiveSessions())
    return found


def live_door() -> LiveDoor:
    """Return the shorter way for live pictures of this application."""
    settings = current_app.extensions["server_settings"]
    found: LiveDoor = current_app.extensions.setdefault("live_door", LiveDoor(sessions(), settings))
    return found


def problem(status: int) -> str:
    """Return what is said instead of an answer: a status as of a request."""
    return f'{{"status":{status}}}'


def _status(error: MovementLabError) -> int:
    if isinstance(error, SessionEndedError):
        return 404
    if isinstance(error, VideoError):
        return 415
    return 400 if isinstance(error, UsageError) else 500
