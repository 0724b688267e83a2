"""What two studies conclude differently, and why: the value, the limit, the track, a table, the program."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.batch.arrow import parquet
from movement_lab.batch.study import load_study
from movement_lab.exporters.csv import harmless

#: What is concluded of a clip as a whole.
_OF_CLIP: Final = ("status", "movement", "variant", "view", "gate", "reps", "reps_graded", "style")
_LIMITS: Final = ("limit_mild", "limit_moderate", "limit_marked")
HEADER: Final = ("clip", "what", "side", "old", "new", "causes", "details")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One conclusion that differs: ``what`` is a column of ``clips`` or the id of a finding.

    ``old`` or ``new`` is None where there is no such conclusion; ``causes`` are ids (``batch.cause`` in the
    wording), those nearest to the conclusion first; ``details`` say each in numbers.
    """

    clip: str
    what: str
    side: str
    old: str | None
    new: str | None
    causes: tuple[str, ...]
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """All changes, how many conclusions both studies have, and which tables of knowledge differ."""

    changes: tuple[Change, ...]
    compared: int
    tables: tuple[str, ...]


def differences(old: Path, new: Path) -> Differences:
    """Compare the conclusions of two studies, clip by clip; UsageError where one is no finished study."""
    studies = [_Study.read(folder) for folder in (old, new)]
    then, now = studies
    tables = tuple(
        sorted(
            name
            for name in then.knowledge.keys() | now.knowledge.keys()
            if then.knowledge.get(name) != now.knowledge.get(name)
        )
    )
    order = list(dict.fromkeys([*then.clips, *now.clips]))
    changes = tuple(change for clip in order for change in _of_clip(clip, then, now, tables))
    both = then.findings.keys() & now.findings.keys()
    return Differences(changes, len(both) + len(_OF_CLIP) * len(then.clips.keys() & now.clips.keys()), tables)


def write_differences(found: Differences, path: Path) -> Path:
    """Write all changes as CSV."""
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for each in found.changes:
            cells = (each.clip, each.what, each.side, each.old or "", each.new or "")
            writer.writerow([*map(harmless, cells), "; ".join(each.causes), "; ".join(each.details)])
    return path


@dataclass(frozen=True, slots=True)
class _Study:
    """What of a study is compared, by clip."""

    clips: Mapping[str, Row]
    findings: Mapping[tuple[str, str, str], Row]
    told: Mapping[str, Row]
    knowledge: Mapping[str, str]
    program: str

    @classmethod
    def read(cls, folder: Path) -> _Study:
        _, _, told = load_study(folder)
        clips = parquet().read_table(folder / "clips.parquet", columns=["clip", *_OF_CLIP]).to_pylist()
        findings = parquet().read_table(folder / "findings.parquet").to_pylist()
        return cls(
            {row["clip"]: row for row in clips},
            {(row["clip"], row["id"], row["side"]): row for row in findings},
            {row["clip"]: row for row in told["clips"]},
            told["knowledge"],
            told["program"],
        )


def _of_clip(clip: str, then: _Study, now: _Study, tables: Sequence[str]) -> Iterator[Change]:
    before, after = then.clips.get(clip), now.clips.get(clip)
    if before is None or after is None:
        yield Change(clip, "clip", "", _text(before and clip), _text(after and clip), (), ())
        return
    causes, details = _roots(clip, then, now, tables, str(after["movement"] or before["movement"]))
    for name in _OF_CLIP:
        if before[name] != after[name]:
            yield Change(clip, name, "", _text(before[name]), _text(after[name]), causes, details)
    keys = dict.fromkeys(key for study in (then, now) for key in study.findings if key[0] == clip)
    for key in keys:
        old, new = then.findings.get(key), now.findings.get(key)
        if (old and old["grade"]) != (new and new["grade"]):
            near, told = _near(old, new)
            was, is_now = (each["grade"] if each else None for each in (old, new))
            yield Change(clip, key[1], key[2], was, is_now, (*near, *causes), (*told, *details))


def _near(old: Row | None, new: Row | None) -> tuple[list[str], list[str]]:
    """Return what differs in the rows themselves: limits, value, interval, reasons."""
    if not old or not new:
        return [], []
    causes, details = [], []
    for cause, names in (
        ("limit", _LIMITS),
        ("value", ("value",)),
        ("interval", ("low", "high")),
        ("reasons", ("reasons",)),
    ):
        moved = [name for name in names if old[name] != new[name]]
        if moved and not (cause == "interval" and "value" in causes):
            causes.append(cause)
            details += [f"{name} {_text(old[name]) or '-'} -> {_text(new[name]) or '-'}" for name in moved]
    return causes, details


def _roots(
    clip: str, then: _Study, now: _Study, tables: Sequence[str], movement: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return where a difference can come from: track, declaration, tables that concern the clip, program."""
    before, after = then.told[clip], now.told[clip]
    causes, details = [], []
    if before["track"] != after["track"]:
        causes.append("track")
        details.append(f"track {before['track'] or '-'} -> {after['track'] or '-'}")
    if before["how"] != after["how"]:
        causes.append("settings")
        details += _told_differences(before["how"], after["how"])
    mine = [
        name for name in tables if not name.startswith("movements/") or name == f"movements/{movement}.toml"
    ]
    if mine:
        causes.append("knowledge")
        details.append(f"tables {', '.join(mine)}")
    if then.program != now.program:
        causes.append("version")
        details.append(f"program {then.program} -> {now.program}")
    return tuple(causes), tuple(details)


def _told_differences(old: Row, new: Row) -> list[str]:
    flat = [{**how["declared"], **{k: v for k, v in how.items() if k != "declared"}} for how in (old, new)]
    return [
        f"{name} {_text(flat[0][name]) or '-'} -> {_text(flat[1][name]) or '-'}"
        for name in flat[0]
        if flat[0][name] != flat[1].get(name)
    ]


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)
