"""``reliability`` and ``curves`` as Parquet and CSV, and what their columns mean."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.batch.arrow import arrow, parquet
from movement_lab.batch.columns import Column
from movement_lab.batch.tables import schema_of
from movement_lab.exporters.csv import harmless
from movement_lab.exporters.json import plain
from movement_lab.reliability.agreement import Agreement
from movement_lab.reliability.curves import PERCENT, GroupCurve
from movement_lab.reliability.design import Cell

_UNIT: Final = "see unit"


def _numbers(names: str, unit: str) -> tuple[Column, ...]:
    return tuple(Column(name, "number", unit) for name in names.split())


COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "reliability": (
        *(Column(name) for name in ("movement", "view", "name", "side", "at", "zero", "unit")),
        Column("subjects", "integer"),
        Column("sessions", "integer"),
        *_numbers("icc21 icc21_low icc21_high icc31 icc31_low icc31_high", "ratio"),
        *_numbers("mean sem mdc95 bias bias_low bias_high loa_low loa_high", _UNIT),
        Column("reason"),
    ),
    "curves": (
        *(Column(name) for name in ("movement", "view", "group", "signal", "phase")),
        Column("percent", "integer", "%"),
        Column("people", "integer"),
        *_numbers("mean low95 high95 sd", "see signal"),
    ),
}


def agreement_row(cell: Cell, found: Agreement) -> dict[str, Any]:
    """Return one row of ``reliability``."""
    limits = found.limits
    names = ("movement", "view", "name", "side", "at", "zero", "unit")
    return {
        **{name: getattr(cell, name) for name in names},
        "subjects": found.subjects,
        "sessions": found.sessions,
        **{
            f"{name}{end}": getattr(getattr(found, name), part)
            for name in ("icc21", "icc31")
            for end, part in (("", "value"), ("_low", "low"), ("_high", "high"))
        },
        **{name: getattr(found, name) for name in ("mean", "sem", "mdc95")},
        **{name: getattr(limits, name) for name in ("bias", "bias_low", "bias_high")},
        "loa_low": limits.low,
        "loa_high": limits.high,
        "reason": found.reason or None,
    }


def curve_rows(curve: GroupCurve) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``curves``: a point each."""
    for way, phase in enumerate(("down", "up")):
        for percent in PERCENT:
            place = way, percent
            yield {
                "movement": curve.movement,
                "view": curve.view,
                "group": curve.group or None,
                "signal": curve.signal,
                "phase": phase,
                "percent": int(percent),
                "people": int(curve.people[place]),
                "mean": float(curve.mean[place]),
                "low95": float(curve.low[place]),
                "high95": float(curve.high[place]),
                "sd": float(curve.sd[place]),
            }


def write_table(folder: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a table as Parquet and CSV, both or neither."""
    columns = [column.name for column in COLUMNS[name]]
    table = [[_cell(row[column]) for column in columns] for row in rows]
    with ExitStack() as stack:
        parts = [stack.enter_context(atomic_path(folder / f"{name}{end}")) for end in (".csv", ".parquet")]
        _write_csv(parts[0], columns, table)
        by_column = list(zip(*table, strict=True)) if table else [()] * len(columns)
        schema = schema_of(COLUMNS[name])
        arrays = [
            arrow().array(list(cells), field.type) for cells, field in zip(by_column, schema, strict=True)
        ]
        parquet().write_table(arrow().Table.from_arrays(arrays, schema=schema), parts[1], compression="zstd")


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])


def _cell(value: Any) -> Any:
    """Return a cell: numbers as in ``report.json``, None where not known."""
    return None if isinstance(value, float) and math.isnan(value) else plain(value)
