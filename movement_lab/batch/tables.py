"""The tables of a study, as Parquet and CSV: rows in the order of the input, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.batch.arrow import arrow, parquet
from movement_lab.batch.columns import CLIP_FIRST, CLIP_REST, TABLES, Column, carried_columns
from movement_lab.batch.inputs import Clip, How
from movement_lab.batch.rows import Rows, with_clip
from movement_lab.batch.settle import Outcome
from movement_lab.batch.store import Store, read_json
from movement_lab.batch.work import FILE_NAME
from movement_lab.exporters.csv import harmless

#: Clips whose rows are held in memory at a time.
_CHUNK: Final = 64
#: Exit code of ``assess`` where no repetition was found.
_NO_REPETITION: Final = 6


def write_tables(folder: Path, clips: Sequence[Clip], outcomes: Sequence[Outcome], store: Store) -> None:
    """Write ``clips``, ``reps``, ``measurements``, ``findings``, ``coordination``: all, or none of them."""
    names = dict(carried_columns(clip.carried for clip in clips))
    columns = {**TABLES, "clips": (*CLIP_FIRST, *names.values(), *CLIP_REST)}
    with ExitStack() as stack:
        parts = {
            name: (
                stack.enter_context(atomic_path(folder / f"{name}.csv")),
                stack.enter_context(atomic_path(folder / f"{name}.parquet")),
            )
            for name in columns
        }
        with ExitStack() as writing:
            writers = {name: _Writer(columns[name], *paths, writing) for name, paths in parts.items()}
            for rows in _rows(clips, outcomes, store, names):
                for name, writer in writers.items():
                    writer.write(rows[name])


def clip_row(clip: Clip, outcome: Outcome, judged: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a clip's row by column, carried columns by their own names; what isn't known is left out."""
    failure = outcome.failure or {}
    reps = judged["reps"] if judged else 0
    status = "failed" if outcome.failure else "assessed" if reps else "no_repetition"
    return {
        "clip": clip.clip,
        "file": clip.file,
        "status": status,
        "reason": failure.get("reason"),
        "exit_code": failure.get("exit_code", 0 if reps else _NO_REPETITION),
        "message": str(failure["message"]).replace(FILE_NAME, clip.path.name) if failure else None,
        **_declared(clip.how),
        "video_sha256": outcome.sha256 or None,
        **(judged or {}),
    }


def _declared(how: How) -> dict[str, Any]:
    declared = how.declared
    tasks = {"instructed": declared.instructed, "upright": declared.upright, declared.variant or "": True}
    return {
        "movement_declared": declared.movement,
        "view_declared": declared.view,
        "task_declared": next((name for name, holds in tasks.items() if name and holds), None),
        "stickers": how.stickers or None,
        "person": how.person,
        "height_cm": how.height_cm,
    }


def _rows(
    clips: Sequence[Clip], outcomes: Sequence[Outcome], store: Store, names: Mapping[str, Column]
) -> Iterator[dict[str, Rows]]:
    """Yield the rows of all tables, some clips at a time."""
    columns = [column.name for column in (*CLIP_FIRST, *names.values(), *CLIP_REST)]
    for start in range(0, len(clips), _CHUNK):
        stretch = slice(start, start + _CHUNK)
        rows: dict[str, Rows] = {name: [] for name in ("clips", *TABLES)}
        for clip, outcome in zip(clips[stretch], outcomes[stretch], strict=True):
            judged = None if outcome.failure else read_json(store.judged(outcome.judged))
            row = clip_row(clip, outcome, judged["clips"] if judged else None)
            row |= {names[name].name: value for name, value in clip.carried.items()}
            rows["clips"].append([row.get(name) for name in columns])
            for name in TABLES if judged else ():
                rows[name] += with_clip(clip.clip, judged[name] if judged else [])
        yield rows


class _Writer:
    """Writes rows to a CSV and a Parquet file at once; closed with the stack."""

    def __init__(self, columns: Sequence[Column], csv: Path, table: Path, stack: ExitStack) -> None:
        from pyarrow import csv as pa_csv

        self._schema = schema_of(columns)
        self._texts = [number for number, column in enumerate(columns) if column.kind == "text"]
        self._csv = stack.enter_context(pa_csv.CSVWriter(csv, self._schema))
        self._table = stack.enter_context(parquet().ParquetWriter(table, self._schema, compression="zstd"))

    def write(self, rows: Rows) -> None:
        """Add rows, each in the order of the columns."""
        pa = arrow()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self._schema)
        arrays = [_array(cells, field) for cells, field in zip(columns, self._schema, strict=True)]
        self._table.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        for number in self._texts:
            arrays[number] = _harmless(arrays[number])
        self._csv.write_table(pa.Table.from_arrays(arrays, schema=self._schema))


def _harmless(texts: Any) -> Any:
    """Return an array of texts as a spreadsheet may read it; each different text is looked at once."""
    pa = arrow()
    once = texts.dictionary_encode()
    safe = [harmless(text) for text in once.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(once.indices, pa.array(safe, pa.string())).dictionary_decode()


def schema_of(columns: Sequence[Column]) -> Any:
    """Return the Arrow schema of a table."""
    pa = arrow()
    types = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "flag": pa.bool_()}
    return pa.schema([(column.name, types[column.kind]) for column in columns])


def _array(cells: Sequence[Any], field: Any) -> Any:
    pa = arrow()
    if field.type == pa.string():
        cells = [cell if cell is None or type(cell) is str else str(cell) for cell in cells]
    return pa.array(cells, field.type, from_pandas=True)
