"""Where the workspace's files lie, and how a folder goes for good.

::

    data folder/
      workspace.sqlite   rows            queue.sqlite   waiting jobs
      secret.key         signs sessions  *.lock         one server, worker and job at a time
      password.hash      argon2, once set
      incoming/<id>/     recordings still arriving: meta.json, data
      assessments/<id>/  upload, playback.mp4, track.npz, report.json, ...
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from movement_lab.errors import UsageError

_PRIVATE = 0o700
_GOING = ".going-"


class NoRoomError(UsageError):
    """The disk is (nearly) full."""

    def __init__(self) -> None:
        super().__init__(
            "The disk is almost full, so nothing was stored just now. What is stored already is safe. "
            "Delete videos you no longer need, or make room, and try again."
        )


class BusyError(UsageError):
    """Another process uses the data folder."""


@dataclass(frozen=True, slots=True)
class AssessmentFolder:
    """The files of one assessment."""

    path: Path

    @property
    def upload(self) -> Path:
        """The recording as it was given, byte for byte; may have been deleted."""
        return self.path / "upload"

    @property
    def playback(self) -> Path:
        """The recording as the review page plays it: H.264, upright."""
        return self.path / "playback.mp4"

    @property
    def track(self) -> Path:
        """The body points: what an assessment is made of."""
        return self.path / "track.npz"

    @property
    def report(self) -> Path:
        """The result in force, as JSON."""
        return self.path / "report.json"

    @property
    def machine(self) -> Path:
        """Folder of the machine's own result, once somebody corrected it."""
        return self.path / "machine"

    def picture(self, rep: int) -> Path:
        """Return the picture of a repetition's lowest point."""
        return self.path / "pictures" / f"rep-{rep}.jpg"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder that holds everything the workspace knows."""

    root: Path

    @property
    def database(self) -> Path:
        """The rows."""
        return self.root / "workspace.sqlite"

    @property
    def queue(self) -> Path:
        """The waiting jobs."""
        return self.root / "queue.sqlite"

    @property
    def password(self) -> Path:
        """The argon2 hash of the password, once one is set."""
        return self.root / "password.hash"

    @property
    def server_lock(self) -> Path:
        """Held by the one server."""
        return self.root / "serve.lock"

    @property
    def worker_lock(self) -> Path:
        """Held by the one worker process."""
        return self.root / "worker.lock"

    @property
    def job_lock(self) -> Path:
        """Held by the one process that writes an assessment's files."""
        return self.root / "job.lock"

    @property
    def incoming(self) -> Path:
        """Recordings that are still arriving."""
        return self.root / "incoming"

    @property
    def assessments(self) -> Path:
        """One folder for each assessment."""
        return self.root / "assessments"

    def assessment(self, id_: str) -> AssessmentFolder:
        """Return the folder of an assessment."""
        return AssessmentFolder(self.assessments / id_)

    def prepare(self) -> None:
        """Make the folders, readable by their owner only, or say plainly why that isn't possible."""
        try:
            for folder in (self.root, self.incoming, self.assessments):
                folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        except OSError as error:
            raise UsageError(
                f"The data folder {self.root} can't be made: {error.strerror}. Choose another with --data."
            ) from None
        if not os.access(self.root, os.W_OK):
            raise UsageError(
                f"The data folder {self.root} can't be written to. Choose another with --data, or change its "
                "permissions."
            )

    def free_bytes(self) -> int:
        """Return how much room is left on the disk."""
        return shutil.disk_usage(self.root).free


@contextmanager
def held(lock: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold a lock file while the block runs; the system lets go of it when the process ends, however it does.

    Raises
    ------
    BusyError
        Another process still holds it after ``wait_s`` seconds.
    """
    from filelock import FileLock, Timeout

    file = FileLock(lock)
    try:
        file.acquire(timeout=wait_s, poll_interval=0.05)
    except Timeout:
        raise BusyError(
            f"Another process uses {lock.parent}. End it, or choose another folder with --data."
        ) from None
    try:
        yield
    finally:
        file.release()


def remove_folder(folder: Path) -> None:
    """Delete a folder for good: renamed first, so that nobody finds it half deleted."""
    if not folder.exists():
        return
    going = folder if folder.name.startswith(_GOING) else folder.with_name(f"{_GOING}{folder.name}")
    if going != folder:
        shutil.rmtree(going, ignore_errors=True)
        folder.rename(going)
    shutil.rmtree(going)


def remove_parts(folder: Path) -> None:
    """Delete files that were being written when their process was killed; run while nobody writes there."""
    for part in folder.rglob(".*.part*"):
        part.unlink(missing_ok=True)


def flush_folder(folder: Path) -> None:
    """Make sure that new names in a folder are on the disk (where the system offers it)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def half_deleted(parent: Path) -> Iterator[Path]:
    """Yield folders whose deletion was interrupted."""
    yield from list(parent.glob(f"{_GOING}*"))
