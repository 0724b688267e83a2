"""The port: waitress, which takes of each request what belongs there, and refuses the rest in our words."""

from __future__ import annotations

import copy
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from movement_lab.errors import UsageError
from movement_lab.server.bodies import LITTLE_BYTES, RECORDING_BYTES, most_bytes
from movement_lab.server.settings import ServerSettings

if TYPE_CHECKING:
    from flask import Flask

_THREADS: Final = 16
_CONNECTIONS: Final = 200
_SILENT_S: Final = 120


@contextmanager
def listening(app: Flask, settings: ServerSettings) -> Iterator[Any]:
    """Bind to the port and lend the server, not yet running.

    Raises
    ------
    UsageError
        The address can't be had.
    """
    from waitress.server import create_server

    try:
        _try_address(settings)
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=_THREADS,
            connection_limit=_CONNECTIONS,
            max_request_body_size=RECORDING_BYTES,
            channel_timeout=_SILENT_S,
            ident=None,
            **_proxy(settings),
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"Port {settings.port} of {settings.host} can't be used ({error}). Another program may hold it: "
            "choose another with --port."
        ) from None
    _limit_bodies(server, app)
    try:
        yield server
    finally:
        server.close()


def _try_address(settings: ServerSettings) -> None:
    """Bind once and let go: waitress would leave its socket lying about where that fails."""
    for family, kind, protocol, _name, address in socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM
    ):
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # elsewhere it would allow to take what another program holds
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)


def _proxy(settings: ServerSettings) -> dict[str, Any]:
    """Behind HTTPS, take the caller's address from the proxy, and from nobody else."""
    if not settings.https:
        return {}
    return {
        "trusted_proxy": settings.proxy,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }


def _limit_bodies(server: Any, app: Flask) -> None:
    """Refuse a body that is too large once its length is known: none of it is written to the disk."""
    from waitress.channel import HTTPChannel
    from waitress.parser import HTTPRequestParser
    from waitress.utilities import RequestEntityTooLarge

    little = copy.copy(server.adj)
    little.max_request_body_size = LITTLE_BYTES

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        error: Any

        def parse_header(self, header_plus: bytes) -> None:
            super().parse_header(header_plus)
            if most_bytes(self.command, self.path) <= LITTLE_BYTES:
                self.adj = little

        def received(self, data: bytes) -> int:
            taken: int = super().received(data)
            if isinstance(self.error, RequestEntityTooLarge):
                self.error = _Refusal(app, getattr(self, "path", ""))
            return taken

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser

    # A name may stand for several addresses, each with a server of its own.
    for each in [server] if hasattr(server, "channel_class") else server.map.values():
        if hasattr(each, "channel_class"):
            each.channel_class = Channel


class _Refusal:
    """What waitress sends for a request that never reaches the application."""

    def __init__(self, app: Flask, path: str) -> None:
        self._app, self._path = app, path

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body: JSON for programs, a sentence for people."""
        from movement_lab.server.look import load_look
        from movement_lab.wording import say

        look = load_look(self._app.extensions["store"])
        words = say("problem.413", language=look.language, profile=look.profile)
        if self._path.startswith("/api/"):
            return _answer("application/json", json.dumps({"code": 413, "message": words}))
        return _answer("text/plain; charset=utf-8", words)


def _answer(kind: str, body: str) -> tuple[str, list[tuple[str, str]], bytes]:
    safe = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
    return "413 Request Entity Too Large", [("Content-Type", kind), *safe], body.encode()
