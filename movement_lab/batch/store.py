"""Where a study keeps what was worked out, by key: tracks, judgements, failures. Files are whole or not."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from movement_lab.atomic import atomic_path
from movement_lab.fingerprints import short_hash
from movement_lab.recording import file_sha256


@dataclass(frozen=True, slots=True)
class Store:
    """The folder ``store`` of a study."""

    folder: Path

    def track(self, key: str) -> Path:
        """Return where a raw track lies, or will."""
        return self.folder / "tracks" / f"{key}.npz"

    def failure(self, key: str) -> Path:
        """Return where it says why there is no track."""
        return self.folder / "failures" / f"{key}.json"

    def judged(self, key: str) -> Path:
        """Return where the rows of a judged track lie, or will."""
        return self.folder / "judged" / f"{key}.json"

    def frames(self, key: str) -> Path:
        """Return where the frames of a judged track lie, or will."""
        return self.folder / "frames" / f"{key}.parquet"

    def done(self, track: str, judged: str) -> bool:
        """Say whether a clip's result is here, be it that it failed."""
        return self.failure(track).is_file() or (
            self.judged(judged).is_file() and self.frames(judged).is_file() and self.track(track).is_file()
        )

    @contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Keep other processes from working on the same track: two runs, or a run and what one left behind.

        The system gives the lock back when its holder ends, however that ends. Where a disk knows no locks
        the worst that happens is that something is done twice, with the same result.
        """
        try:
            import fcntl
        except ImportError:
            yield
            return
        path = self.folder / "locks" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def sha256(self, path: Path) -> str:
        """Return the SHA-256 of a file; one of the same name, size and time was read before."""
        stat = path.stat()
        note = self.folder / "seen" / short_hash([str(path), stat.st_size, stat.st_mtime_ns])
        if note.is_file():
            return note.read_text(encoding="ascii")
        digest = file_sha256(path)
        with atomic_path(note) as part:
            part.write_text(digest, encoding="ascii")
        return digest


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write plain values, whole or not at all."""
    with atomic_path(path) as part:
        part.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read plain values."""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value
