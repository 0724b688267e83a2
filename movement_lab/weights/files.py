"""Find, list, verify and pull pose models."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from movement_lab.errors import ModelError, UsageError
from movement_lab.weights.fetch import Progress
from movement_lab.weights.manifest import Model, manifest_path, read_manifest

#: Environment variable that names the folder where models lie.
FOLDER_VARIABLE = "MOVEMENT_LAB_MODELS"

Status = Literal["present", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model of the manifest and the state of its file on this machine.

    ``bytes`` is the published size; ``sha256`` the accepted hashes (``official`` and, where it
    differs, ``assembled``); ``sources`` where it can come from, in order, in words; ``digest``
    the hash of the file that is there, ``origin`` which accepted one that is (else empty).
    """

    name: str
    file: str
    bytes: int
    sha256: Mapping[str, str]
    licence: str
    sources: tuple[str, ...]
    path: Path
    status: Status
    digest: str = ""
    origin: str = ""


def model_folder() -> Path:
    """Return the folder where models lie, whether or not it exists yet.

    ``MOVEMENT_LAB_MODELS`` if set; else ``models/`` of the repository the program runs from, if
    that may be written; else the user's data folder.
    """
    if named := os.environ.get(FOLDER_VARIABLE):
        return Path(named).expanduser()
    beside = manifest_path().parent
    if "_assets" not in beside.parts and os.access(beside, os.W_OK):
        return beside
    import platformdirs

    return Path(platformdirs.user_data_dir("movement_lab", appauthor=False)) / "models"


def list_models() -> tuple[ModelFile, ...]:
    """Return every model of the manifest with the state of its file."""
    return tuple(_inspect(model) for model in read_manifest().values())


def verify_models() -> tuple[ModelFile, ...]:
    """Hash every model file anew and return the states; ``damaged`` is for the caller to report."""
    _digest.cache_clear()
    return list_models()


def inspect_model(name: str) -> ModelFile:
    """Return one model with the state of its file (hashed once per process)."""
    return _inspect(_model(name))


def find_model(name: str) -> Path:
    """Return the path of a model file that is there and whole. No network is touched.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    UsageError
        If there is no such model.
    """
    found = inspect_model(name)
    if found.status == "present":
        return found.path
    what = "is missing" if found.status == "missing" else "is damaged: its SHA-256 is not the expected one"
    raise ModelError(
        f"The pose model file {found.path} {what}. It is needed to see a person in a video. "
        f"Run: movement-lab models pull {name}"
    )


def pull_model(
    name: str, *, progress: Progress | None = None, tell: Callable[[str], None] | None = None
) -> Path:
    """Make sure a model file is there and whole, fetching it if need be; return its path.

    Parameters
    ----------
    name
        ``lite``, ``full`` or ``heavy``.
    progress
        Called with (bytes so far, bytes in all) of the source at hand.
    tell
        Called with plain sentences worth showing; the log by default.

    Raises
    ------
    ModelError
        If no source has it, or its folder can't be written. The old file, if any, stays.
    """
    model, tell = _model(name), tell or logging.getLogger(__name__).info
    before = _inspect(model)
    if before.status == "present":
        return before.path
    if before.status == "damaged":
        tell(f"{before.path} is damaged and is fetched anew.")
    try:
        before.path.parent.mkdir(parents=True, exist_ok=True)
        # Same folder, so that the last step is a rename; same ending, so that git ignores it.
        with TemporaryDirectory(prefix=".pull-", suffix=".task", dir=before.path.parent) as work:
            good = _fetch(model, Path(work), before.path.parent, progress or _no_progress, tell)
            good.replace(before.path)
    except OSError as error:
        raise ModelError(
            f"The pose model {name} could not be written to {before.path.parent}: "
            f"{error.strerror or error}. A folder with room that may be written is needed. "
            f"Set {FOLDER_VARIABLE} to one."
        ) from error
    return before.path


def _fetch(model: Model, work: Path, beside: Path, progress: Progress, tell: Callable[[str], None]) -> Path:
    """Return a good bundle in ``work``, from the first source that has one."""
    failures: list[str] = []
    for source in model.sources:
        if failures:
            tell(f"Not from {failures[-1]}; trying {source}.")
        try:
            bundle = source.fetch(work, beside=beside, progress=progress)
            if model.origin(_hash(bundle)):
                return bundle
            failures.append(f"{source} (what came is not the expected file)")
        except ModelError as reason:
            failures.append(f"{source} ({reason})")
    raise ModelError(
        f"The pose model {model.name} could not be fetched from {', '.join(failures)}. "
        f"One of these sources is needed. Connect and try again, or put {model.file} "
        f"(SHA-256 {model.sha256['official']}) into {beside}."
    )


def _model(name: str) -> Model:
    models = read_manifest()
    if name not in models:
        raise UsageError(
            f"There is no pose model {name!r}. Known are: {', '.join(models)}. Name one of them."
        )
    return models[name]


def _inspect(model: Model) -> ModelFile:
    path = model_folder() / model.file
    digest = ""
    status: Status = "missing"
    if path.is_file():
        digest = _hash(path)
        status = "present" if model.origin(digest) else "damaged"
    return ModelFile(
        name=model.name,
        file=model.file,
        bytes=model.bytes,
        sha256=model.sha256,
        licence=model.licence,
        sources=tuple(str(source) for source in model.sources),
        path=path,
        status=status,
        digest=digest,
        origin=model.origin(digest),
    )


def _hash(path: Path) -> str:
    """Return a file's SHA-256, computed once per process unless the file changes."""
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns, state.st_ino)


@functools.cache
def _digest(path: Path, size: int, changed: int, inode: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _no_progress(done: int, total: int) -> None:
    """Show nothing."""
