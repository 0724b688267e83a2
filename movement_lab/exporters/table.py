"""The repetitions as a table: values at the turn, by repetition, with a median row."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from movement_lab.exporters.curves import zero_of
from movement_lab.exporters.json import rep_seconds
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_measures
from movement_lab.records import Measurement, Rep, Side, Tier
from movement_lab.report import Report
from movement_lab.summary import shown_measures, spine_measures, spine_tier
from movement_lab.wording.numbers import format_number

#: Shown beside the curves' own measures.
_ALSO: Final = {"side": ("hip_drop_pct",), "front": ("hip_drop_pct",), "none": ()}
_TIERS: Final = ("T1", "T2", "T3")


@dataclass(frozen=True, slots=True)
class Column:
    """One measure; ``side`` is None where it is the lead side of each repetition."""

    name: str
    side: Side | None
    label: str
    unit: str
    tier: Tier


def show_table(report: Report, words: Words) -> dict[str, Any] | None:
    """Return head, rows and median rows of the repetition table; None without repetitions."""
    if not report.reps:
        return None
    values = _Values(report)
    columns = [column for column in _columns(report, words) if values.any(column)]
    columns.sort(key=lambda column: _TIERS.index(column.tier))
    heading = words("report.section.at_bottom" if report.standing.found else "zero.abs")
    return {
        "lead": _by_lead(report),
        "groups": _groups(columns),
        "columns": [column.label for column in columns],
        "measures": [(column.name, column.side, column.unit) for column in columns],
        "rows": [_row(rep, report, columns, values, words) for rep in report.reps],
        "medians": list(_median_rows(report, columns, values, words)),
        "heading": heading[:1].upper() + heading[1:],
    }


class _Values:
    """Measurements at the turn, by what they are."""

    def __init__(self, report: Report) -> None:
        zero = zero_of(report)
        self._rows = {
            (row.name, row.side, row.rep): row
            for row in report.measurements
            if row.at == "turn" and row.zero == zero and row.name.endswith(f"_{row.unit}")
        }
        self._reps, self._near = report.reps, report.view.near

    def find(self, column: Column, rep: Rep | None, side: Side | None = None) -> Measurement | None:
        """Return a column's measurement for a repetition, or for the set (None)."""
        wanted = column.side or side or (rep.side if rep and rep.side != "mid" else self._near)
        return self._rows.get((column.name, wanted, rep.index if rep else None))

    def any(self, column: Column) -> bool:
        """Say whether the column holds at least one value."""
        rows = (self.find(column, rep) for rep in self._reps)
        return any(row is not None and math.isfinite(row.value) for row in rows)


def _by_lead(report: Report) -> bool:
    return any(rep.side != "mid" for rep in report.reps)


def _columns(report: Report, words: Words) -> Iterator[Column]:
    plane, measures = report.view.plane, load_measures()
    spine = () if words.wellness else spine_measures(report)
    for name in dict.fromkeys((*shown_measures(report), *_ALSO[plane], *spine)):
        row, label = measures[name], words(f"measure.{name}")
        if name in spine:
            row = replace(row, tier=spine_tier(report))
        if not row.per_side:
            yield Column(name, "mid", label, row.unit, row.tier)
        elif plane == "front" and not _by_lead(report):
            for side in ("left", "right"):
                yield Column(name, side, f"{label}, {words(f'side.{side}')}", row.unit, row.tier)
        elif _by_lead(report):
            yield Column(name, None, f"{label}, {words('side.lead')}", row.unit, row.tier)
        else:
            yield Column(name, report.view.near, label, row.unit, row.tier)


def _groups(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return the trust marks above the columns, each with how many it spans."""
    tiers = [column.tier for column in columns]
    return [{"tier": tier, "span": tiers.count(tier)} for tier in dict.fromkeys(tiers)]


def _row(
    rep: Rep, report: Report, columns: Sequence[Column], values: _Values, words: Words
) -> dict[str, Any]:
    cells = (values.find(column, rep) for column in columns)
    return {
        "index": rep.index,
        "lead": "" if rep.side == "mid" else words(f"side.{rep.side}"),
        "times": _times([rep], report, words),
        "cells": [
            words.value(cell.value if cell else math.nan, column.unit)
            for cell, column in _pairs(cells, columns)
        ],
        "note": " ".join(words.reasons(rep.reasons)),
        "graded": rep.graded,
    }


def _median_rows(
    report: Report, columns: Sequence[Column], values: _Values, words: Words
) -> Iterator[dict[str, Any]]:
    """Yield one row, or one per lead leg; only repetitions that were judged count."""
    reps = [rep for rep in report.reps if rep.graded]
    for side in dict.fromkeys(rep.side for rep in reps):
        led = [rep for rep in reps if rep.side == side]
        name = words("report.label.median")
        yield {
            "name": name if side == "mid" else f"{name}, {words(f'side.{side}')}",
            "side": side,
            "times": _times(led, report, words),
            "cells": [_median_cell(column, led, len(led) == len(reps), values, words) for column in columns],
        }


def _median_cell(
    column: Column, reps: Sequence[Rep], whole: bool, values: _Values, words: Words
) -> dict[str, str]:
    """Return median and interval; over part of the set a single repetition's, which is wider."""
    rows = [row for rep in reps if (row := values.find(column, rep)) and math.isfinite(row.value)]
    side = reps[0].side if reps[0].side != "mid" else None
    over_set = values.find(column, None, side) if whole else None
    if not rows:
        return {"value": words.value(math.nan, column.unit), "range": ""}
    middle = float(np.median([row.value for row in rows]))
    like = over_set if over_set and math.isfinite(over_set.value) else rows[0]
    low, high = (like.low, like.high) if words.wellness else (like.low95, like.high95)
    shift = middle - like.value
    return {
        "value": words.value(middle, column.unit),
        "range": words.span(low + shift, high + shift, column.unit),
    }


def _times(reps: Sequence[Rep], report: Report, words: Words) -> str:
    """Return "2.1 / 1.8": seconds down and up, their medians for several repetitions."""
    seconds = np.array([rep_seconds(rep, report) for rep in reps])
    down, up = np.median(np.diff(seconds, axis=1), axis=0)
    return " / ".join(
        format_number(float(time), "s", decimal=words("language.decimal")) for time in (down, up)
    )


def _pairs(
    cells: Iterator[Measurement | None], columns: Sequence[Column]
) -> Iterator[tuple[Measurement | None, Column]]:
    return zip(cells, columns, strict=True)
