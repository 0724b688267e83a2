"""Where the workspace is served, and who may come in."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 8000
_KEY_FILE: Final = "secret.key"
_LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "::1")
_EVERYWHERE: Final = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server is reached.

    ``host``: the address it binds to; ``names``: further names by which browsers may call it;
    ``https``: it stands behind a proxy at the address ``proxy`` that speaks HTTPS to the world. Whether a
    password is demanded says the data folder: where one is set, of everybody.
    """

    host: str = LOOPBACK
    port: int = PORT
    names: tuple[str, ...] = ()
    https: bool = False
    proxy: str = LOOPBACK

    @property
    def beyond_loopback(self) -> bool:
        """Say whether other machines can reach the server, by itself or through a proxy."""
        return not is_loopback(self.host) or bool(self.names) or self.https

    @property
    def scheme(self) -> str:
        """``https`` behind a proxy that speaks it."""
        return "https" if self.https else "http"

    def answers_to(self, name: str) -> bool:
        """Say whether a request may be addressed to this name; any other is refused (DNS rebinding).

        Bound to every address of the machine, it answers to bare addresses too: what is rebound is a name.
        """
        known = (*_LOOPBACK_NAMES, self.host, *self.names)
        return name.lower() in known or (self.host in _EVERYWHERE and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Say whether an address stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def secret_key(root: Path) -> bytes:
    """Return the key that signs sessions, made at first and readable by its owner only."""
    path = root / _KEY_FILE
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    key = path.read_bytes()
    if len(key) == 32:
        return key
    path.unlink()  # a crash left it empty: nobody holds a session signed with it
    return secret_key(root)
