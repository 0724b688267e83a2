"""Intervals that are earned: how far off each measure is on tuning bodies, as a table the product reads.

A row holds the root mean square error, bias included, of one measure (``abs`` or ``rel``) at one
moment, in one movement and view. Rendered people are easier than real ones, so the product
multiplies by the ``sim_to_real_factor`` of ``grading.toml``. Whether such intervals cover what they
promise is checked on bodies that had no part in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.knowledge import load_measures, load_movement
from movement_lab.knowledge.spreads import ANY, Spread
from movement_lab.records import MOVEMENTS
from movement_lab.validation.run import Results
from movement_lab.validation.spine_compare import is_of_spine
from movement_lab.validation.tables import Table, percent
from movement_lab.validation.values import Value, grouped, values

#: Fewer values, or bodies, than this are no evidence: such rows are left out.
LEAST_VALUES: Final = 8
LEAST_BODIES: Final = 5
#: The part of an error that intervals carry separately (``sd_within``) is never more than this of its square.
_MOST_WITHIN: Final = 0.75

_HEADER: Final = """\
# How far off each measure is: root mean square error, bias included, on rendered people whose
# angles are known (tuning bodies only). Written by `movement-lab validate --intervals`: don't edit.
#
# zero, at  as in a measurement: abs geometric, rel change from own standing; the moment it is taken.
# movement  `any` where one movement alone had too few clips.   leg  of a lunge: lead or rear.
# view      plane and gate: full is a camera up to 15 degrees off its view, widened up to 25.
# sd        in the unit of the measure, without the spread between repetitions, which the interval
#           adds; the product multiplies it by sim_to_real_factor (grading.toml).
# n, bodies how many values from how many bodies.
"""


def spreads(results: Results, *, model: str) -> list[Spread]:
    """Return the rows the tuning bodies earn, near side only, at every moment a finding asks for."""
    asked = _asked()
    chosen = [
        v for v in _usable(results, model) if v.row["split"] == "tuning" and (v.name, v.zero, v.at) in asked
    ]
    rows = []
    for place_of in (lambda v: (v.row["movement"], v.leg), lambda v: (ANY, "")):

        def key(v: Value, place: Any = place_of) -> tuple[str, ...]:
            return v.name, v.zero, v.at, *place(v), v.view

        rows += [_spread(found, mine) for found, mine in grouped(chosen, key).items() if _is_enough(mine)]
    rows = _never_surer_off_the_plane(rows)
    return sorted(rows, key=lambda row: (row.measure, row.view, row.movement, row.leg, row.zero, row.at))


def _never_surer_off_the_plane(rows: Sequence[Spread]) -> list[Spread]:
    """Return the rows, those of a camera off its view at least as wide as those of a true one."""
    by_key = {row.key: row for row in rows}

    def straight(row: Spread) -> Spread:
        view = row.view.replace("widened", "full")
        return by_key.get(replace(row, view=view).key, row)  # type: ignore[arg-type]

    return [replace(row, sd=max(row.sd, straight(row).sd)) for row in rows]


def _asked() -> set[tuple[str, str, str]]:
    """Return measure, zero and moment of whatever is shown or judged, the spine's left out.

    How far off a reading of the spine may be, its method says itself, frame by frame.
    """
    always = {(name, zero, "turn") for name in load_measures() for zero in ("abs", "rel")}
    rows = (row for movement in MOVEMENTS for row in load_movement(movement).findings)
    asked = always | {(row.measure, row.zero, row.at) for row in rows}
    return {each for each in asked if not is_of_spine(each[0])}


def _usable(results: Results, model: str) -> Iterable[Value]:
    """Yield the values intervals are made of and checked with; refused views give none."""
    units = {name: row.unit for name, row in load_measures().items()}
    for v in values(results, at=None):
        near = not v.far and v.unit == units[v.name]
        if near and v.row["model"] == model and v.row["view"]["gate"] != "refused":
            yield v


def _spread(place: tuple[Any, ...], mine: Sequence[Value]) -> Spread:
    measure, zero, at, movement, leg, view = place
    squares = float(np.mean([v.error**2 for v in mine]))
    within = min(float(np.mean([v.sd_within**2 for v in mine])), _MOST_WITHIN * squares)
    sd = float(np.sqrt(squares - within))
    return Spread(measure, zero, at, movement, leg, view, "landmarks", sd, len(mine), _bodies(mine))


def _is_enough(mine: Sequence[Value]) -> bool:
    return len(mine) >= LEAST_VALUES and _bodies(mine) >= LEAST_BODIES


def _bodies(mine: Sequence[Value]) -> int:
    return len({v.row["body"] for v in mine})


def to_toml(rows: Sequence[Spread], *, made: Mapping[str, Any], model: str) -> str:
    """Return the text of ``uncertainty.toml``."""
    lines = [_HEADER, 'evidence = "E2"', 'source = "project validation"', f"made_on = {_day(made)}"]
    lines += [f'subset = "{made["subset"]}"', f'model = "{model}"', f'generator = "{made["generator"]}"']
    lines += [f"bodies = {len(made['bodies']['tuning'])}"]
    lines += ["", "spread = [", *(f"  {_line(row)}," for row in rows), "]"]
    return "\n".join(lines) + "\n"


def _line(row: Spread) -> str:
    names = ("measure", "zero", "at", "movement", "leg", "view", "method")
    texts = [f'{name} = "{getattr(row, name)}"' for name in names]
    return f"{{ {', '.join(texts)}, sd = {row.sd:.3g}, n = {row.n:.0f}, bodies = {row.bodies:.0f} }}"


def write_intervals(results: Results, path: Path, *, model: str) -> bool:
    """Write ``uncertainty.toml`` from a run's tuning bodies; say whether a row changed."""
    rows = spreads(results, model=model)
    text = to_toml(rows, made=results.made, model=model)
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")
    return text.partition("spread = ")[2] != before.partition("spread = ")[2]


def coverage_table(results: Results, *, model: str) -> Table:
    """Return how often 80 % intervals hold the truth on held-out bodies, as earned and as reported.

    Only values whose interval comes from the tuning bodies; at the turn.
    """
    held_out = [
        v for v in _usable(results, model) if v.row["split"] == "held_out" and v.at == "turn" and v.is_earned
    ]
    lines = []
    for (measure, zero), mine in grouped(held_out, lambda v: (v.name, v.zero)).items():
        earned = float(np.mean([v.covered_as_earned for v in mine]))
        given = float(np.mean([v.covered for v in mine]))
        lines.append((measure, zero, len(mine), percent(earned), percent(given)))
    return Table(("measure", "zero", "n", "as earned", "as reported"), tuple(lines))


def _day(made: Mapping[str, Any]) -> str:
    return date.fromisoformat(str(made["made_at"])[:10]).isoformat()
