"""Tables of the accuracy page, each from results by one function; no figure is typed anywhere."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from movement_lab.records import MOVEMENTS
from movement_lab.validation.run import Results
from movement_lab.validation.stats import Agreement, wilson
from movement_lab.validation.values import MAIN, Value, agree, grouped, values

Cell = str | int | float
_SEEN_AS: Final = (*MOVEMENTS, "unknown", "none", "failed")
_AGREEMENT: Final = ("n", "bias", "MAE", "limits of agreement", "MDC95", "80 % covered")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: column names and rows of text or numbers (NaN shows as a dash)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def markdown(self) -> str:
        """Return the table in Markdown; text to the left, numbers to the right."""
        if not self.rows:
            return "_No case in this run._"
        marks = ["---:" if isinstance(cell, int | float) else "---" for cell in self.rows[0]]
        lines = [self.columns, marks, *([show(cell) for cell in row] for row in self.rows)]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    def csv(self) -> str:
        """Return the table as comma-separated values."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([show(cell) for cell in row] for row in self.rows)
        return text.getvalue()


def show(cell: Cell, digits: int = 1) -> str:
    """Return a cell's text: a dash for NaN; small numbers keep two more digits."""
    if isinstance(cell, str | int):
        return str(cell)
    if not math.isfinite(cell):
        return "–"
    return f"{cell:.{digits if abs(cell) >= 1 or cell == 0 else digits + 1}f}"


def percent(share: float) -> str:
    """Return a share as text."""
    return f"{100 * share:.0f} %" if math.isfinite(share) else "–"


def share_with_interval(hits: int, n: int) -> str:
    """Return a share with its Wilson interval and its counts."""
    if n == 0:
        return "–"
    low, high = wilson(hits, n)
    return f"{hits}/{n} = {hits / n:.2f} ({low:.2f} to {high:.2f})"


# ---------------------------------------------------------------- agreement


def agreement_table(results: Results, *, model: str, zero: str, split: str = "held_out") -> Table:
    """Return the main measures at the turn, near side: by measure, movement and view."""
    chosen = [v for v in main_values(results, model=model, zero=zero) if v.row["split"] == split]
    groups = grouped(chosen, lambda v: (v.name, f"{v.row['movement']} {v.leg}".strip(), v.view))
    order = sorted(groups, key=lambda key: (MAIN.index(key[0]), key[1:]))
    rows = tuple((*key, *agreement_cells(agree(groups[key]))) for key in order)
    return Table(("measure", "movement", "view", *_AGREEMENT), rows)


def models_table(results: Results, *, zero: str = "rel") -> Table:
    """Return the four sagittal measures in side view for each model, on clips that all of them followed."""
    wanted = {*MAIN[:2], "trunk_inclination_deg", "shank_inclination_deg"}
    models = {row["model"] for row in results.rows}
    runs = Counter(row["case"] for row in results.rows)
    chosen = [
        v
        for v in values(results)
        if v.name in wanted and v.zero == zero and not v.far and v.view == "side full"
        if runs[v.row["case"]] == len(models)
    ]
    groups = grouped(chosen, lambda v: (v.name, v.row["model"]))
    return Table(
        ("measure", "model", *_AGREEMENT),
        tuple((*key, *agreement_cells(agree(mine))) for key, mine in groups.items()),
    )


def everything_table(results: Results) -> Table:
    """Return agreement of every measure, moment, movement, view, side, model and part (for the CSV)."""

    def key(v: Value) -> tuple[str, ...]:
        side = "far" if v.far else v.leg or "near"
        place = v.row["movement"], v.view, side, v.row["model"], v.row["split"]
        return v.name, v.unit, v.at, v.zero, *place

    columns = ("measure", "unit", "at", "zero", "movement", "view", "side", "model", "bodies")
    numbers = ("n", "bias", "mae", "rms", "loa_low", "loa_high", "p80", "mdc95", "coverage80")
    rows: list[tuple[Cell, ...]] = []
    for group, mine in grouped(values(results, at=None), key).items():
        a = agree(mine)
        figures = (a.bias, a.mae, a.rms, a.low, a.high, a.p80, a.mdc95, a.coverage80)
        rows.append((*group, a.n, *(f"{x:.3f}" if math.isfinite(x) else "" for x in figures)))
    return Table((*columns, *numbers), tuple(rows))


def main_values(results: Results, *, model: str, zero: str) -> list[Value]:
    """Return the values the main tables are about: at the turn, near side, one model."""
    return [
        v
        for v in values(results)
        if v.row["model"] == model and v.zero == zero and v.name in MAIN and not v.far
    ]


def agreement_cells(a: Agreement) -> tuple[Cell, ...]:
    """Return the cells of an agreement; see `_AGREEMENT`."""
    limits = f"{show(a.low)} to {show(a.high)}"
    return a.n, a.bias, a.mae, limits, a.mdc95, percent(a.coverage80)


# ---------------------------------------------------------------- what happened


def movement_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return the confusion matrix of movements; failed clips have their own column."""
    counts = Counter((row["movement"], row.get("recognised", "failed")) for row in rows)
    body = tuple((m, *(counts[m, seen] for seen in _SEEN_AS)) for m in MOVEMENTS)
    return Table(("filmed", *(f"seen as {seen}" for seen in _SEEN_AS)), body)


def reps_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return how repetitions were counted and how far off their turns are, by movement and plane."""
    groups = sorted({(row["movement"], row["plane"]) for row in rows})
    columns = ("movement", "view", "clips", "count right", "true", "found", "graded")
    mine = ((key, [r for r in rows if (r["movement"], r["plane"]) == key]) for key in groups)
    body = tuple((*key, *_reps_of(some)) for key, some in mine)
    return Table((*columns, "median turn error s", "90 % within s"), body)


def _reps_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Cell, ...]:
    reps = [row["reps"] for row in rows]
    errors = np.abs([error for rep in reps for error in rep["turn_errors_s"]])
    right = sum(rep["found"] == rep["true"] == rep["matched"] for rep in reps)
    sums = (sum(rep[key] for rep in reps) for key in ("true", "found", "graded"))
    times = (
        (float(np.median(errors)), float(np.quantile(errors, 0.9))) if len(errors) else (math.nan, math.nan)
    )
    return len(rows), right, *sums, *(f"{t:.2f}" if math.isfinite(t) else "–" for t in times)


def view_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return how the camera was judged: plane, gate and the error of the turn, by recipe yaw and plane."""
    groups = sorted({(row["plane"], row["yaw"]) for row in rows}, key=lambda k: (k[0], -len(k[1]), k[1]))
    columns = ("filmed", "yaw", "clips", "view right", "full", "widened", "refused")
    mine = ((key, [r for r in rows if (r["plane"], r["yaw"]) == key]) for key in groups)
    body = tuple((*key, *_view_of(some)) for key, some in mine)
    return Table((*columns, "median turn error", "worst"), body)


def _view_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Cell, ...]:
    gates = Counter(row["view"]["gate"] for row in rows)
    errors = [abs(row["view"]["turn_error_deg"]) for row in rows]
    right = sum(seen_plane(row) == true_plane(row) for row in rows)
    counts = (gates[gate] for gate in ("full", "widened", "refused"))
    return len(rows), right, *counts, float(np.median(errors)), max(errors)


def true_plane(row: Mapping[str, Any]) -> str:
    """Return what a clip's view should be called: its plane, or ``oblique`` beyond the gate."""
    return "oblique" if row["view"]["true_gate"] == "refused" else str(row["plane"])


def seen_plane(row: Mapping[str, Any]) -> str:
    """Return what the report calls the view: side, front or oblique (a back view is neither here)."""
    view = row["view"]
    if view["gate"] == "refused" or view["name"] == "oblique":
        return "oblique"
    if view["name"] in ("left", "right"):
        return (
            "side"
            if view["true_name"] in ("front", "back") or view["name"] == view["true_name"]
            else "far side"
        )
    return str(view["name"])
