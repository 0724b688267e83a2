"""Write files whole or not at all: first beside the target, then renamed onto it."""

import contextlib
import glob
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

_STALE_S = 600.0
"""A part file untouched for so long belongs to a run that was killed."""


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Lend a path to write to; it becomes ``target`` only if the block ends well.

    Parameters
    ----------
    target : Path
        The file to make or replace. Its folder is made if needed.

    Yields
    ------
    Path
        A hidden name in the same folder (so that the rename is atomic) with the same suffix
        (writers of video and npz look at it). Nothing exists there yet.

    Raises
    ------
    FileNotFoundError
        The block ended without writing anything.

    Examples
    --------
    >>> with atomic_path(Path("report.json")) as part:      # doctest: +SKIP
    ...     part.write_text("{}")
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(target)
    part = target.with_name(f".{target.stem}.{secrets.token_hex(4)}.part{target.suffix}")
    try:
        yield part
        _flush(part)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Make sure the bytes are on the disk before the name is: else a power cut leaves an empty file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sweep(target: Path) -> None:
    """Delete parts that killed runs left behind: they may hold pictures of a person."""
    for part in target.parent.glob(f".{glob.escape(target.stem)}.*.part{glob.escape(target.suffix)}"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > _STALE_S:
                part.unlink()
