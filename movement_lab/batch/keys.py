"""What each stage of a clip depends on: a changed limit changes the second key only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from movement_lab.assets import asset
from movement_lab.batch.inputs import How
from movement_lab.fingerprints import (
    code_fingerprint,
    following_code,
    judging_code,
    modules_behind,
    short_hash,
)
from movement_lab.knowledge import FOLDER, knowledge_hash
from movement_lab.recording import file_sha256, own_version
from movement_lab.spine.contour_model import MODEL_FILE


@dataclass(frozen=True, slots=True)
class Setting:
    """What all clips of a run have in common: the pose model, the user's own spine model, the code."""

    model: str
    model_sha256: str
    spine_model: str = ""
    spine_model_sha256: str = ""
    following: str = ""
    judging: str = ""


def setting_of(model: str, spine_model: str = "") -> Setting:
    """Return the setting of a run; ModelError where the pose model isn't here ("" where none is needed)."""
    from movement_lab.weights import find_model, inspect_model

    if model:
        find_model(model)
    return Setting(
        model=model,
        model_sha256=inspect_model(model).digest or "" if model else "",
        spine_model=str(Path(spine_model).absolute()) if spine_model else "",
        spine_model_sha256=file_sha256(Path(spine_model)) if spine_model else "",
        following=following_code(),
        judging=judging(),
    )


def track_key(video_sha256: str, how: How, setting: Setting) -> str:
    """Return the key of a raw track: video, pose model, whom to follow, what to read besides, code."""
    return short_hash(
        {
            "video": video_sha256,
            "model": setting.model_sha256,
            "spine_model": setting.spine_model_sha256,
            "person": how.person,
            "stickers": _stickers_table() if how.stickers else "",
            "colour": how.stickers,
            "code": setting.following,
        }
    )


def judged_key(track: str, how: How, judging: str) -> str:
    """Return the key of what a track was judged as: track, what was declared, tables and code."""
    return short_hash(
        {"track": track, "declared": asdict(how.declared), "height_cm": how.height_cm, "judging": judging}
    )


def judging() -> str:
    """Return the key of everything that judges: tables, the outline's model, code, this package's version."""
    return short_hash([knowledge_hash(), program()])


def program() -> str:
    """Return the key of what judges besides the tables: code, the outline's model, this package's version."""
    return short_hash([_contour_sha256(), judging_code(), _rows_code(), own_version()])


def tables_sha256() -> Mapping[str, str]:
    """Return the SHA-256 of every table of knowledge, by its name: says which one changed."""
    return {path.relative_to(FOLDER).as_posix(): file_sha256(path) for path in sorted(FOLDER.rglob("*.toml"))}


@cache
def _stickers_table() -> str:
    return file_sha256(FOLDER / "stickers.toml")


def _contour_sha256() -> str:
    model = asset("models") / MODEL_FILE
    return file_sha256(model) if model.exists() else ""


@cache
def _rows_code() -> str:
    return code_fingerprint(modules_behind("batch.rows", "batch.frames"))
