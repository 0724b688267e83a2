"""The port: waitress, told how much of what may be sent here, and answering in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from movement_lab.errors import UsageError
from movement_lab.server.settings import ServerSettings
from movement_lab.workspace.uploads import MOST_BYTES

_THREADS: Final = 16
_OVERHEAD_BYTES: Final = 1024**2
_CONNECTIONS: Final = 200
_SILENT_S: Final = 120


@contextmanager
def listening(app: Any, settings: ServerSettings) -> Iterator[Any]:
    """Bind to the port and lend the server, not yet running.

    Raises
    ------
    UsageError
        The address can't be had.
    """
    from waitress.server import create_server

    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=_THREADS,
            connection_limit=_CONNECTIONS,
            max_request_body_size=MOST_BYTES + _OVERHEAD_BYTES,
            channel_timeout=_SILENT_S,
            ident=None,
            **_proxy(settings),
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"Port {settings.port} of {settings.host} can't be used ({error}). Another program may hold it: "
            "choose another with --port."
        ) from None
    try:
        yield server
    finally:
        server.close()


def _proxy(settings: ServerSettings) -> dict[str, Any]:
    """Behind HTTPS, take the caller's address from the proxy on this machine, and from nobody else."""
    if not settings.https:
        return {}
    return {
        "trusted_proxy": settings.proxy,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }
