"""Open the database: made or brought up to date by itself, safe for several processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from movement_lab.errors import UsageError
from movement_lab.storage.files import DataFolder, NoRoomError

_MIGRATIONS = Path(__file__).with_name("migrations")
_PATIENCE_S = 15


@dataclass(frozen=True, slots=True)
class Store:
    """The database and the folder of files that belongs to it."""

    folder: DataFolder
    engine: Engine
    _sessions: sessionmaker[Session]

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Lend a session: what was changed is committed at the end of the block, all or nothing.

        Raises
        ------
        NoRoomError
            The disk is full. Nothing was changed.
        """
        try:
            with self._sessions.begin() as session:
                yield session
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
                raise NoRoomError() from None
            raise

    def is_whole(self) -> bool:
        """Say whether the database passes its own integrity check, foreign keys included."""
        with self.engine.connect() as connection:
            told = connection.execute(text("PRAGMA integrity_check")).scalar()
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        return told == "ok" and not broken

    def forget(self) -> None:
        """See to it that deleted rows are in no file any more: not in the log, not in unused pages."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for line in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.execute(text(line))

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_store(root: Path) -> Store:
    """Open the data folder, making it or bringing its tables up to date where needed.

    Raises
    ------
    UsageError
        The folder can't be used, or the database is damaged or newer than this program.
    """
    folder = DataFolder(root)
    folder.prepare()
    engine = create_engine(f"sqlite:///{folder.database}", connect_args={"timeout": _PATIENCE_S})
    event.listen(engine, "connect", _configure)
    try:
        _bring_up_to_date(engine)
    except DatabaseError as error:
        engine.dispose()
        raise UsageError(
            f"{folder.database} can't be opened as a database ({error.orig}). Restore it from a copy, or "
            "choose another data folder with --data."
        ) from None
    return Store(folder, engine, sessionmaker(engine, expire_on_commit=False))


def _configure(connection: Any, _record: Any) -> None:
    """Write-ahead log (readers never wait), every commit on the disk, foreign keys enforced."""
    for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {line}")


def _bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that are missing; a database of today is only asked for its version."""
    with engine.connect() as connection:
        known = inspect(connection).has_table("alembic_version")
        version = (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if known else None
        )
    if version != newest_version():
        _migrate(engine, version)


def newest_version() -> str:
    """Return the version of the newest migration: files are named by number."""
    return max(path.stem.split("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _migrate(engine: Engine, version: str | None) -> None:
    from alembic import command
    from alembic.config import Config

    if version is not None and version > newest_version():
        raise UsageError(
            "The data folder was written by a newer version of this program. Install that version, or choose "
            "another data folder with --data."
        )
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
