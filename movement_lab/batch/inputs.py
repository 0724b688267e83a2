"""Which clips to assess: folders, globs and manifests become one list, in the order they were given."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from movement_lab.batch.manifest import MANIFESTS, read_manifest
from movement_lab.declared import Declared
from movement_lab.errors import UsageError

#: What counts as a video in a folder; a file that is named itself may be called anything.
VIDEOS: Final = (
    *(".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg"),
    *(".wmv", ".mts", ".m2ts", ".3gp", ".flv", ".ogv"),
)
_TASKS: Final = ("instructed", "upright", "deadlift")


@dataclass(frozen=True, slots=True)
class How:
    """How one clip is assessed: what is declared, whom to follow, height (cm), colour of stickers."""

    declared: Declared = field(default_factory=Declared)
    person: int | None = None
    height_cm: float | None = None
    stickers: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """One row of the study: ``clip`` is its id, ``file`` as it was given, ``carried`` the other columns."""

    clip: str
    file: str
    path: Path
    how: How = field(default_factory=How)
    carried: Mapping[str, Any] = field(default_factory=dict)


def declared(movement: str = "", view: str = "", task: str = "") -> Declared:
    """Return what is declared; "" and ``auto`` leave it to the program, ``free`` is no task."""
    if task not in ("", "free", *_TASKS):
        raise UsageError(f"There is no task {task!r}. Known: free, {', '.join(_TASKS)}. Use one of these.")
    return Declared(
        movement=movement if movement not in ("", "auto") else None,
        view=view if view not in ("", "auto") else None,
        instructed=task == "instructed",
        upright=task == "upright",
        variant=task if task == "deadlift" else None,
    )


def find_clips(inputs: Sequence[str], usual: How | None = None, *, without: Path | None = None) -> list[Clip]:
    """Return the clips behind folders (searched all the way down), globs, files and manifests.

    Parameters
    ----------
    inputs
        Each in turn; a folder's files and a glob's are sorted by name, a manifest keeps its order.
    usual
        How to assess what no manifest says otherwise.
    without
        A folder that is passed over: the one results go to.

    Raises
    ------
    UsageError
        Nothing is there, or a manifest makes no sense.
    """
    usual = usual or How()
    found = [clip for text in inputs for clip in _behind(text, usual, without)]
    if not found:
        raise UsageError(
            f"No video was found in {', '.join(inputs) or 'nothing'}. Needed: a folder of videos, a glob in "
            "quotes, or a manifest (CSV or Parquet) with a column `file`. Endings looked for: "
            f"{' '.join(VIDEOS)}."
        )
    return _with_own_ids(found)


def _behind(text: str, usual: How, without: Path | None) -> Iterator[Clip]:
    path = Path(text)
    if path.is_dir():
        yield from (_clip(each, each.relative_to(path), usual) for each in _videos(path, without))
    elif path.suffix.lower() in MANIFESTS and path.is_file():
        for row in read_manifest(path):
            yield _from_row(row, path, usual)
    elif path.exists():
        yield _clip(path, Path(path.name), usual)
    else:
        matches = sorted(each for name in glob.glob(text, recursive=True) if (each := Path(name)).is_file())
        if not matches:
            raise UsageError(f"There is no {text}. A file, a folder or a glob in quotes was needed.")
        yield from (_clip(each, each.relative_to(_fixed_part(path)), usual) for each in matches)


def _fixed_part(pattern: Path) -> Path:
    """Return the folder a glob starts from: what comes before its first wildcard."""
    wild = next(number for number, part in enumerate(pattern.parts) if glob.has_magic(part))
    return Path(*pattern.parts[:wild])


def _videos(folder: Path, without: Path | None) -> list[Path]:
    passed = without.resolve() if without else None
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in VIDEOS
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not (passed and path.resolve().is_relative_to(passed))
    )


def _clip(path: Path, name: Path, how: How) -> Clip:
    return Clip(_id(name), path.as_posix(), path.absolute(), how)


def _from_row(row: Mapping[str, Any], manifest: Path, usual: How) -> Clip:
    """Make a clip of a manifest's row; files are relative to the manifest."""
    file = str(row["file"])
    told = declared(row.get("movement", ""), row.get("view", ""), row.get("task", ""))
    how = How(
        declared=replace(
            usual.declared,
            **{name: value for name in Declared.__dataclass_fields__ if (value := getattr(told, name))},
        ),
        person=row.get("person") or usual.person,
        height_cm=row.get("height_cm") or usual.height_cm,
        stickers=row.get("stickers") or usual.stickers,
    )
    return Clip(_id(Path(file)), file, (manifest.parent / file).absolute(), how, row["carried"])


def _id(name: Path) -> str:
    """Return an id that may be a file's name anywhere: ``s01/squat 1.mp4`` gives ``s01__squat_1``."""
    parts = [part for part in name.with_suffix("").parts if part not in (name.anchor, "..", ".")]
    text = "__".join(parts)
    return (
        "".join(letter if letter.isalnum() or letter in "_-." else "_" for letter in text).lstrip(".")
        or "clip"
    )


def _with_own_ids(clips: Sequence[Clip]) -> list[Clip]:
    """Number ids that come more than once: ``squat``, ``squat_2``."""
    taken, seen = {clip.clip.casefold() for clip in clips}, Counter[str]()
    return [replace(clip, clip=_free_id(clip.clip, taken, seen)) for clip in clips]


def _free_id(name: str, taken: set[str], seen: Counter[str]) -> str:
    seen[name.casefold()] += 1
    if seen[name.casefold()] == 1:
        return name
    while (new := f"{name}_{seen[name.casefold()]}").casefold() in taken:
        seen[name.casefold()] += 1
    taken.add(new.casefold())
    return new
