"""Read ``models/manifest.toml``: the table of pose models."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from movement_lab.assets import asset
from movement_lab.errors import KnowledgeError
from movement_lab.weights.sources import Address, Assembly, Package, Part, Source, Whole


@dataclass(frozen=True, slots=True)
class Model:
    """One row of the manifest.

    ``sha256`` maps ``official`` (the published file) and, where it differs, ``assembled`` (put
    together from its networks) to the accepted hashes; ``bytes`` is the published size.
    """

    name: str
    file: str
    bytes: int
    sha256: Mapping[str, str]
    licence: str
    sources: tuple[Source, ...]

    def origin(self, digest: str) -> str:
        """Return which accepted file has this SHA-256 (``official``, ``assembled``), or nothing."""
        return next((kind for kind, accepted in self.sha256.items() if accepted == digest), "")


def manifest_path() -> Path:
    """Return where the manifest lies: in the repository or inside the wheel."""
    return asset("models", "manifest.toml")


def read_manifest(path: Path | None = None) -> dict[str, Model]:
    """Return the models by name, in the manifest's order; KnowledgeError if a row makes no sense."""
    path = path or manifest_path()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        packages = {key: Package(**row) for key, row in table.get("package", {}).items()}
        parts = {key: _part(row, packages) for key, row in table.get("part", {}).items()}
        return {row["name"]: _model(row, parts) for row in table["model"]}
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(
            f"The table of pose models {path} can't be used: {error!r}. "
            "Every row needs the keys that the head of the file names. Restore the file or correct the row."
        ) from error


def _part(row: Mapping[str, Any], packages: Mapping[str, Package]) -> Part:
    return Part(**{**row, "package": packages[row["package"]]})


def _model(row: Mapping[str, Any], parts: Mapping[str, Part]) -> Model:
    hashes = {"official": row["sha256"]}
    if "assembled_sha256" in row:
        hashes["assembled"] = row["assembled_sha256"]
    sources = tuple(_source(source, row, parts) for source in row["sources"])
    return Model(row["name"], row["file"], row["bytes"], hashes, row["licence"], sources)


def _source(source: Mapping[str, str], row: Mapping[str, Any], parts: Mapping[str, Part]) -> Source:
    if "url" in source:
        return Address(source["url"], row["bytes"])
    if "part" in source:
        return Whole(parts[source["part"]])
    return Assembly(detector=parts[source["detector"]], landmarks=parts[source["landmarks"]])
