"""Intervals that are earned: how far off each measure is on tuning bodies, as a table the product reads.

A row holds the root mean square error, bias included, of one measure (``abs`` or ``rel``), movement
and view gate. Rendered people are easier than real ones, so the product multiplies by the
``sim_to_real_factor`` of ``grading.toml``. Whether such intervals cover what they promise is checked
on bodies that had no part in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.knowledge import load_measures
from movement_lab.validation.run import Results
from movement_lab.validation.stats import Z80, rms
from movement_lab.validation.tables import Table, percent
from movement_lab.validation.values import Value, grouped, values

#: Fewer values, or bodies, than this are no evidence: such rows are left out.
LEAST_VALUES: Final = 8
LEAST_BODIES: Final = 5
#: Stands for all movements together, where one alone has too few values.
ANY: Final = "any"

_HEADER: Final = """\
# How far off each measure is: root mean square error, bias included, on rendered people whose
# angles are known (tuning bodies only). Written by `movement-lab validate`: don't edit.
#
# zero      abs: geometric value; rel: change from own standing.
# movement  `any` where one movement alone had too few clips.
# view      full: camera up to 15 degrees off its view; widened: up to 25.
# sd        in the unit of the measure; the product multiplies it by sim_to_real_factor (grading.toml).
# n, bodies how many values from how many bodies.
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """One row: the error of one measure under given circumstances, in the unit of the measure."""

    measure: str
    zero: str
    movement: str
    view: str
    method: str
    sd: float
    n: int
    bodies: int


def spreads(results: Results, *, model: str) -> list[Spread]:
    """Return the rows the tuning bodies earn, near side only, at the turn."""
    chosen = [v for v in _usable(results, model) if v.row["split"] == "tuning"]
    rows = []
    for movement_of in (lambda v: v.row["movement"], lambda v: ANY):

        def key(v: Value, name: Any = movement_of) -> tuple[str, ...]:
            return v.name, v.zero, name(v), v.row["view"]["gate"]

        rows += [_spread(place, mine) for place, mine in grouped(chosen, key).items() if _is_enough(mine)]
    return sorted(rows, key=lambda row: (row.measure, row.zero, row.view, row.movement))


def _usable(results: Results, model: str) -> Iterable[Value]:
    """Yield the values intervals are made of and checked with; refused views give none."""
    units = {name: row.unit for name, row in load_measures().items()}
    for v in values(results):
        near = not v.far and v.unit == units[v.name]
        if near and v.row["model"] == model and v.row["view"]["gate"] != "refused":
            yield v


def _spread(place: tuple[str, ...], mine: Sequence[Value]) -> Spread:
    measure, zero, movement, view = place
    sd = rms(np.array([v.error for v in mine]))
    return Spread(measure, zero, movement, view, "landmarks", sd, len(mine), _bodies(mine))


def _is_enough(mine: Sequence[Value]) -> bool:
    return len(mine) >= LEAST_VALUES and _bodies(mine) >= LEAST_BODIES


def _bodies(mine: Sequence[Value]) -> int:
    return len({v.row["body"] for v in mine})


def find_spread(
    rows: Sequence[Spread], measure: str, *, zero: str, movement: str, view: str
) -> Spread | None:
    """Return the row for these circumstances, else the one for any movement, else None."""
    by_key = {(row.measure, row.zero, row.view, row.movement): row for row in rows}
    return by_key.get((measure, zero, view, movement)) or by_key.get((measure, zero, view, ANY))


def to_toml(rows: Sequence[Spread], *, made: Mapping[str, Any], model: str) -> str:
    """Return the text of ``uncertainty.toml``."""
    lines = [_HEADER, 'evidence = "E2"', 'source = "project validation"', f"made_on = {_day(made)}"]
    lines += [f'subset = "{made["subset"]}"', f'model = "{model}"', f'generator = "{made["generator"]}"']
    lines += [f"bodies = {len(made['bodies']['tuning'])}"]
    for row in rows:
        names = [
            f'{key} = "{getattr(row, key)}"' for key in ("measure", "zero", "movement", "view", "method")
        ]
        lines += ["", "[[spread]]", *names, f"sd = {row.sd:.3g}", f"n = {row.n}", f"bodies = {row.bodies}"]
    return "\n".join(lines) + "\n"


def write_intervals(results: Results, path: Path, *, model: str) -> list[Spread]:
    """Write ``uncertainty.toml`` from a run's tuning bodies and return its rows."""
    rows = spreads(results, model=model)
    with atomic_path(path) as part:
        part.write_text(to_toml(rows, made=results.made, model=model), encoding="utf-8")
    return rows


def coverage_table(results: Results, *, model: str, factor: float = 1.0) -> Table:
    """Return how often 80 % intervals hold the truth on held-out bodies.

    Those the report gave, and those the spreads of the tuning bodies would give.
    """
    rows = spreads(results, model=model)
    held_out = [v for v in _usable(results, model) if v.row["split"] == "held_out"]
    lines = []
    for (measure, zero), mine in grouped(held_out, lambda v: (v.name, v.zero)).items():
        earned = [hit for v in mine if (hit := _would_cover(v, rows, factor)) is not None]
        given = float(np.mean([v.covered for v in mine]))
        share = percent(float(np.mean(earned))) if earned else "–"
        lines.append((measure, zero, len(mine), percent(given), len(earned), share))
    return Table(("measure", "zero", "n", "given by the report", "n", "from tuning bodies"), tuple(lines))


def _would_cover(v: Value, rows: Sequence[Spread], factor: float) -> bool | None:
    place = {"zero": v.zero, "movement": v.row["movement"], "view": v.row["view"]["gate"]}
    row = find_spread(rows, v.name, **place)
    return None if row is None else abs(v.error) <= Z80 * factor * row.sd


def _day(made: Mapping[str, Any]) -> str:
    return date.fromisoformat(str(made["made_at"])[:10]).isoformat()
