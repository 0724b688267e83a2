"""One password for everybody who comes from another machine: kept as argon2, tried slowly, sessions that end.

Whoever is signed in holds a random token; a row knows its digest alone. Wrong tries are counted for each
address in the database, so that a restart forgives none, and nobody's tries lock anybody else out. Roles come
later: they will hang on the row of a session (`SignIn`), and everything else stays.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from threading import Semaphore
from typing import Final

from sqlalchemy import delete, func, select

from movement_lab.atomic import atomic_path
from movement_lab.errors import UsageError
from movement_lab.storage import DataFolder, SignIn, SignInTry, Store
from movement_lab.storage.models import now

SHORTEST: Final = 12
_LONGEST: Final = 1024
MOST_TRIES: Final = 5
WINDOW: Final = timedelta(minutes=5)
#: A session ends when it was not used for so long, and after so long in any case.
IDLE: Final = timedelta(hours=8)
AT_MOST: Final = timedelta(days=7)
_NOTE: Final = timedelta(minutes=5)
_hashing = Semaphore(2)  # each takes memory and time on purpose: a flood of tries must not take it all


class WrongPasswordError(UsageError):
    """The password isn't the one."""


class TooManyTriesError(UsageError):
    """Too many wrong passwords from one address; ``wait_s`` seconds until the next may be tried."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Several passwords in a row were not right. Wait {wait_s} seconds and try again.")
        self.wait_s = wait_s


def set_password(folder: DataFolder, password: str) -> None:
    """Store a new password, as argon2, for this user's eyes alone; whoever was signed in no longer is."""
    from argon2 import PasswordHasher

    if len(password) < SHORTEST:
        raise UsageError(f"The password is too short: {SHORTEST} characters are needed. Four words will do.")
    if len(password) > _LONGEST:
        raise UsageError(f"The password is longer than {_LONGEST} characters. Choose a shorter one.")
    with atomic_path(folder.password) as part:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(PasswordHasher().hash(password))


def stored_password(folder: DataFolder) -> str:
    """Return the argon2 hash of the password; "" where none is set."""
    try:
        return folder.password.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def check_password(store: Store, password: str, address: str) -> None:
    """Check a password that came from an address; the try is noted before it is made.

    Raises
    ------
    WrongPasswordError
        It isn't the one.
    TooManyTriesError
        Too many wrong ones came from there lately; this one was not looked at.
    """
    number = _note_try(store, network_of(address))
    if not _is_right(stored_password(store.folder), password):
        raise WrongPasswordError("The password is not right. Try again.")
    with store.session() as session:
        session.execute(delete(SignInTry).where(SignInTry.id == number))


def sign_in(store: Store, password: str, address: str) -> str:
    """Begin a session with the right password; returns its token. Raises what `check_password` does."""
    check_password(store, password, address)
    token = secrets.token_urlsafe(32)
    with store.session() as session:
        session.execute(delete(SignIn).where(SignIn.made_at < now() - AT_MOST))
        session.add(SignIn(digest=_digest(token), password=_digest(stored_password(store.folder))))
    return token


def is_signed_in(store: Store, token: str) -> bool:
    """Say whether a token belongs to a session that has neither ended nor outlived its password."""
    with store.session() as session:
        row = session.get(SignIn, _digest(token))
        if row is None or row.password != _digest(stored_password(store.folder)):
            return False
        if now() - row.seen_at > IDLE or now() - row.made_at > AT_MOST:
            return False
        if now() - row.seen_at > _NOTE:
            row.seen_at = now()
        return True


def sign_out(store: Store, token: str) -> None:
    """End a session, wherever its token is still known."""
    with store.session() as session:
        session.execute(delete(SignIn).where(SignIn.digest == _digest(token)))


def network_of(address: str) -> str:
    """Return what tries are counted for: an address, of IPv6 the network of one household."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)


def _note_try(store: Store, network: str) -> int:
    """Note a try before it is made, so that many at once are counted too; refuse one too many."""
    with store.session() as session:
        session.execute(delete(SignInTry).where(SignInTry.at < now() - WINDOW))
        tried = SignInTry(network=network)
        session.add(tried)
        session.flush()
        of_network = select(func.count(), func.min(SignInTry.at)).where(SignInTry.network == network)
        count, first = session.execute(of_network).one()
        if count > MOST_TRIES:
            raise TooManyTriesError(max(1, ceil((first + WINDOW - now()).total_seconds())))
        return tried.id


def _is_right(stored: str, password: str) -> bool:
    """Compare in a time that tells nothing of the password."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    with _hashing:
        try:
            return PasswordHasher().verify(stored, password[: _LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
