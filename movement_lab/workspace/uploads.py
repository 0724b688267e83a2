"""Recordings on their way in: received piece by piece, resumable, accepted all at once.

A piece says at which byte it begins. What is already here is not written twice, so whoever sends may
repeat after a lost connection. *Accepted* means: the bytes are on the disk under their final name and the
row is committed. A crash before that leaves a recording in ``incoming/`` that can still be handed over.
One request at a time works on a recording: others wait.
"""

from __future__ import annotations

import errno
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.errors import UsageError
from movement_lab.storage import Assessment, NoRoomError, Person, Store
from movement_lab.storage.files import flush_folder, remove_folder
from movement_lab.storage.models import new_id, now
from movement_lab.workspace.asked import Asked, read_asked, to_plain
from movement_lab.workspace.preferences import asked_over_defaults
from movement_lab.workspace.visits import visit_today

#: Longest recording that is taken, and room that must stay free on the disk.
MOST_BYTES: Final = 2 * 1024**3
RESERVE_BYTES: Final = 500 * 1024**2

_ID = re.compile(r"[A-Za-z0-9_-]{8,32}")
_NAME_LENGTH = 120
_turns = [Lock() for _ in range(64)]
_visits = Lock()


class TooLargeError(UsageError):
    """The recording is larger than what is taken."""


class OutOfStepError(UsageError):
    """A piece begins beyond what is here; ``have`` bytes are."""

    def __init__(self, have: int) -> None:
        super().__init__(f"The piece begins beyond what has arrived. {have} bytes are here: go on there.")
        self.have = have


class UnknownUploadError(UsageError):
    """There is no such recording on its way."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A recording on its way: how many bytes are here, what it was called, where it comes from."""

    id: str
    source: str
    file_name: str
    bytes_here: int
    begun_at: str
    asked: Mapping[str, Any]
    person_id: str | None = None


def begin(
    store: Store,
    *,
    source: str,
    file_name: str = "",
    bytes_expected: int | None = None,
    asked: Asked | None = None,
    person_id: str | None = None,
) -> Incoming:
    """Make room for a recording; refuses at once what would not fit."""
    if source not in ("camera", "upload"):
        raise UsageError(f"There is no source “{source}”. Choose camera or upload.")
    check_room(store, bytes_expected or 0)
    id_, begun_at = new_id(), now().isoformat()
    folder = store.folder.incoming / id_
    folder.mkdir(mode=0o700)
    meta = {
        "source": source,
        "file_name": clean_name(file_name),
        "begun_at": begun_at,
        "asked": to_plain(asked or asked_over_defaults(store, None)),
        "person_id": person_id,
    }
    with atomic_path(folder / "meta.json") as part:
        part.write_text(json.dumps(meta), encoding="utf-8")
    return find_incoming(store, id_)


def append(store: Store, id_: str, offset: int, pieces: Iterable[bytes]) -> Incoming:
    """Write what begins at byte ``offset``; bytes that are already here are passed over.

    Whatever arrived before the connection broke stays.
    """
    with _turn(id_):
        have = find_incoming(store, id_).bytes_here
        if offset < 0 or offset > have:
            raise OutOfStepError(have)
        try:
            with _data(store, id_).open("ab") as file:
                for piece in _fresh(pieces, skip=have - offset):
                    have += len(piece)
                    check_room(store, len(piece), in_all=have)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _of_disk(error) from None
        return find_incoming(store, id_)


def _fresh(pieces: Iterable[bytes], *, skip: int) -> Iterator[bytes]:
    """Yield what comes after ``skip`` bytes."""
    for piece in pieces:
        fresh, skip = piece[skip:], max(0, skip - len(piece))
        if fresh:
            yield fresh


def finish(store: Store, id_: str, asked: Asked | None = None) -> str:
    """Accept a recording that has arrived; returns the identifier of its assessment, now ``queued``.

    May be said twice: a recording that was accepted is not accepted again.
    """
    with _turn(id_):
        with store.session() as session:
            if session.get(Assessment, id_):
                return id_
        incoming = find_incoming(store, id_)
        if not incoming.bytes_here:
            raise UsageError("The recording is empty. Record or choose a file again.")
        data, folder = _data(store, id_), store.folder.assessment(id_)
        folder.path.mkdir(mode=0o700, exist_ok=True)
        os.replace(data, folder.upload)
        try:
            flush_folder(folder.path)
            _accept(store, incoming, asked or read_asked(incoming.asked))
        except BaseException:
            os.replace(folder.upload, data)
            remove_folder(folder.path)
            raise
        remove_folder(store.folder.incoming / id_)
        return id_


def _accept(store: Store, incoming: Incoming, asked: Asked) -> None:
    """Commit the row: from here on the recording is an assessment that waits for its turn."""
    with _visits, store.session() as session:
        person = session.get(Person, incoming.person_id) if incoming.person_id else None
        session.add(
            Assessment(
                id=incoming.id,
                person_id=person.id if person else None,
                visit=visit_today(session, person) if person else None,
                source=incoming.source,
                file_name=incoming.file_name,
                file_bytes=incoming.bytes_here,
                asked=to_plain(asked),
                created_at=now(),
            )
        )


def discard(store: Store, id_: str) -> None:
    """Delete a recording that was never handed over."""
    with _turn(id_):
        find_incoming(store, id_)
        remove_folder(store.folder.incoming / id_)


def find_incoming(store: Store, id_: str) -> Incoming:
    """Return a recording on its way."""
    meta_path = store.folder.incoming / id_ / "meta.json"
    if not _ID.fullmatch(id_) or not meta_path.is_file():
        raise UnknownUploadError("There is no such recording on its way. Begin again.")
    meta = json.loads(meta_path.read_text(encoding="utf-8"))
    data = _data(store, id_)
    return Incoming(id_, bytes_here=data.stat().st_size if data.exists() else 0, **meta)


def list_incoming(store: Store) -> list[Incoming]:
    """Return the recordings on their way, oldest first: a lost one can still be handed over."""
    found = []
    for path in store.folder.incoming.glob("*/meta.json"):
        with suppress(UnknownUploadError, FileNotFoundError):  # handed over meanwhile
            found.append(find_incoming(store, path.parent.name))
    return sorted(found, key=lambda each: each.begun_at)


def check_room(store: Store, more_bytes: int, *, in_all: int = 0) -> None:
    """Refuse what is too large, or wouldn't fit on the disk."""
    if max(more_bytes, in_all) > MOST_BYTES:
        raise TooLargeError(
            f"The recording is larger than {MOST_BYTES / 1024**3:.0f} GB, the most that is taken. "
            "Cut it to the exercise, or export it at a lower resolution."
        )
    if store.folder.free_bytes() - more_bytes < RESERVE_BYTES:
        raise NoRoomError()


def clean_name(name: str) -> str:
    """Return a file's name as a label: no path, no control characters, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    if len(shown) <= _NAME_LENGTH:
        return shown
    stem, dot, end = shown.rpartition(".")
    return f"{stem[: _NAME_LENGTH - 12]}….{end[:10]}" if dot else shown[:_NAME_LENGTH]


def _data(store: Store, id_: str) -> Path:
    return store.folder.incoming / id_ / "data"


def _turn(id_: str) -> Lock:
    """Return the lock of a recording: a piece sent anew may arrive while the first is still being written.

    Locks are few and shared, so that asking for recordings that don't exist fills no memory.
    """
    return _turns[hash(id_) % len(_turns)]


def _of_disk(error: OSError) -> Exception:
    return NoRoomError() if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else error
