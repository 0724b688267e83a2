"""A study's folder: what it was made of (``study.json``), and putting it together from the store."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.batch.inputs import Clip, How
from movement_lab.batch.keys import Setting, program, tables_sha256
from movement_lab.batch.settle import Outcome
from movement_lab.batch.store import Store, read_json, write_json
from movement_lab.declared import Declared
from movement_lab.errors import UsageError

#: Version of a study's folder; a reader of another one asks for the program that wrote it.
LAYOUT: Final = 1
STUDY: Final = "study.json"


def publish(
    folder: Path,
    clips: Sequence[Clip],
    outcomes: Sequence[Outcome],
    setting: Setting,
    *,
    language: str = "en",
) -> None:
    """Write everything a study's folder shows from what its store holds; ``study.json`` comes last."""
    from movement_lab.batch.dictionary import write_dictionary
    from movement_lab.batch.page import write_page
    from movement_lab.batch.tables import write_tables

    store = Store(folder / "store")
    _link_frames(folder / "frames", clips, outcomes, store)
    write_tables(folder, clips, outcomes, store)
    write_dictionary(folder, clips, language=language)
    write_page(folder, language=language)
    write_json(folder / STUDY, told_of(clips, outcomes, setting))


def load_study(folder: Path) -> tuple[list[Clip], list[Outcome], dict[str, Any]]:
    """Return clips, outcomes and everything else ``study.json`` tells.

    Raises
    ------
    UsageError
        There is none, or another version of the program wrote it.
    """
    path = folder / STUDY
    if not path.is_file():
        raise UsageError(
            f"{folder} is no study: it has no {STUDY}. Needed: a folder that `movement-lab batch` finished."
        )
    told = read_json(path)
    if told.get("layout") != LAYOUT:
        raise UsageError(
            f"{path} has layout {told.get('layout')}, this version reads {LAYOUT}. Run batch again."
        )
    return [_clip(row) for row in told["clips"]], [_outcome(row) for row in told["clips"]], told


def told_of(clips: Sequence[Clip], outcomes: Sequence[Outcome], setting: Setting) -> dict[str, Any]:
    """Return what ``study.json`` tells, in plain values."""
    setting_told = asdict(setting) | {"spine_model": Path(setting.spine_model).name}
    return {
        "layout": LAYOUT,
        "setting": setting_told,
        "program": program(),
        "knowledge": dict(tables_sha256()),
        "clips": [
            {
                "clip": clip.clip,
                "file": clip.file,
                "how": asdict(clip.how),
                "carried": dict(clip.carried),
                **{name: getattr(outcome, name) for name in ("sha256", "track", "judged", "failure")},
            }
            for clip, outcome in zip(clips, outcomes, strict=True)
        ],
    }


def _clip(row: Mapping[str, Any]) -> Clip:
    how = row["how"]
    return Clip(
        row["clip"],
        row["file"],
        Path(row["file"]),
        How(Declared(**how["declared"]), how["person"], how["height_cm"], how["stickers"]),
        row["carried"],
    )


def _outcome(row: Mapping[str, Any]) -> Outcome:
    return Outcome(row["sha256"], row["track"], row["judged"], row["failure"])


def _link_frames(folder: Path, clips: Sequence[Clip], outcomes: Sequence[Outcome], store: Store) -> None:
    """Put every clip's frames under its id; files of clips that are gone or failed are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        f"{clip.clip}.parquet": store.frames(outcome.judged)
        for clip, outcome in zip(clips, outcomes, strict=True)
        if not outcome.failure
    }
    for path in folder.glob("*.parquet"):
        if path.name not in wanted:
            path.unlink()
    for name, source in wanted.items():
        link(source, folder / name)


def link(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source`` (a copy where the disk has no links), whole or not."""
    if target.exists() and os.path.samefile(source, target):
        return
    with atomic_path(target) as part:
        try:
            os.link(source, part)
        except OSError:
            shutil.copyfile(source, part)
