"""``data_dictionary.csv``: every column of every table with type, unit, meaning, source; from `columns`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from movement_lab.atomic import atomic_path
from movement_lab.batch.columns import (
    CLIP_FIRST,
    CLIP_REST,
    TABLES,
    Column,
    carried_columns,
    frame_columns,
    signal_units,
)
from movement_lab.batch.inputs import Clip
from movement_lab.wording import keys, say

NAME: Final = "data_dictionary.csv"
HEADER: Final = ("table", "column", "type", "unit", "meaning", "source")
#: Where the key of the words differs: ``zero`` would be read as a form of a counted text.
_WORD: Final = {"zero": "zero_of"}


def write_dictionary(folder: Path, clips: Sequence[Clip], *, language: str = "en") -> Path:
    """Write the dictionary of a study's tables and frames."""
    path = folder / NAME
    with atomic_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(dictionary_rows(clips, language=language))
    return path


def dictionary_rows(clips: Sequence[Clip], *, language: str = "en") -> Iterator[tuple[str, ...]]:
    """Yield a row for each column, in the order of tables and columns."""
    carried = tuple(column for _, column in carried_columns(clip.carried for clip in clips))
    tables = {"clips": (*CLIP_FIRST, *carried, *CLIP_REST), **TABLES}
    for table, columns in tables.items():
        for column in columns:
            yield _row(table, column, meaning(table, column, language), language)
    signals = dict(_signals(language))
    for column in frame_columns():
        told = (
            signals.get(column.name) or _point(column.name, language) or meaning("frames", column, language)
        )
        yield _row("frames", column, told, language)


def meaning(table: str, column: Column, language: str = "en") -> str:
    """Return what a column of a table means."""
    if column.source == "manifest":
        return say("batch.column.manifest", language=language)
    own = f"batch.column.{table}.{column.name}"
    general = f"batch.column.{_WORD.get(column.name, column.name)}"
    return say(own if f"clinician.{own}" in keys() else general, language=language)


def _row(table: str, column: Column, told: str, language: str) -> tuple[str, ...]:
    kind = say(f"batch.kind.{column.kind}", language=language)
    source = say(f"batch.source.{column.source}", language=language)
    return table, column.name, kind, column.unit, told, source


def _signals(language: str) -> Iterator[tuple[str, str]]:
    from movement_lab.knowledge import load_measures
    from movement_lab.measures import signal_key

    known = dict(signal_units())
    for row in load_measures().values():
        for side in ("left", "right", "mid"):
            key = signal_key(row.id, side)
            if key in known:
                yield (
                    key,
                    say(
                        "batch.column.signal",
                        language=language,
                        measure=say(f"measure.{row.id}", language=language),
                        side=say(f"side.{side}", language=language),
                        definition=row.definition,
                        sign=row.sign,
                    ),
                )


def _point(name: str, language: str) -> str:
    for ending in ("x_px", "y_px", "score"):
        if name.endswith(f"_{ending}"):
            point = name.removesuffix(f"_{ending}").replace("_", " ")
            return say(f"batch.column.point_{ending}", language=language, point=point)
    return ""
