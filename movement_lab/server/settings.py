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
_KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server is reached.

    ``host``: the address it binds to; ``names``: further names by which browsers may call it;
    ``password_hash``: argon2, demanded of everybody where set; ``https``: it stands behind a proxy at the
    address ``proxy`` that speaks HTTPS to the world.
    """

    host: str = LOOPBACK
    port: int = PORT
    names: tuple[str, ...] = ()
    password_hash: str = ""
    https: bool = False
    proxy: str = LOOPBACK

    @property
    def beyond_loopback(self) -> bool:
        """Say whether other machines can reach the server."""
        return not is_loopback(self.host)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names that a request may be addressed to; every other one is refused (DNS rebinding)."""
        own = () if self.host in ("0.0.0.0", "::") else (self.host,)
        return ("127.0.0.1", "localhost", "::1", *own, *self.names)


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
