"""Correct against incorrect sets of the same people: what tells them apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from movement_lab.knowledge import load_measures
from movement_lab.records import MOVEMENTS, Array
from movement_lab.skeleton import SIDES
from movement_lab.validation.stats import Z95
from movement_lab.validation.tables import Cell, Table, show
from movement_lab.validation.uiprmd.compare import OTHER_SHOTS, Seen, UiprmdResults
from movement_lab.validation.uiprmd.film import Shot

#: Measures whose sets are compared, by camera; what needs feet side by side is for squats.
MEASURES: Final = {
    Shot(): (
        *("knee_flexion_deg", "hip_trunk_flexion_deg", "trunk_inclination_deg", "shank_inclination_deg"),
        *("trunk_beyond_shank_deg", "heel_rise_deg", "hip_drop_pct"),
    ),
    Shot("front"): (
        *("kasr_ratio", "knee_medial_disp_pct", "lateral_trunk_lean_deg"),
        "pelvis_lateral_shift_pct",
    ),
}
_FEET_BESIDE: Final = ("kasr_ratio", "pelvis_lateral_shift_pct")
_NOTICED: Final = ("possible", "mild", "moderate", "marked")
_LEAST_PEOPLE: Final = 3
_NO_SPREAD: Final = 1e-6


def effects_table(results: UiprmdResults) -> Table:
    """Return how incorrect sets differ from correct ones of the same people, for us and exactly."""
    rows: list[tuple[Cell, ...]] = []
    for movement in MOVEMENTS:
        for shot, measures in MEASURES.items():
            for measure in measures:
                pairs = differences(results.of(movement, shot), measure)
                if len(pairs) and not (movement == "lunge" and measure in _FEET_BESIDE):
                    cells = *summary(pairs[:, 0]), *summary(pairs[:, 1])
                    rows.append((movement, shot.name, measure, len(pairs), *cells))
    columns = ("movement", "camera", "measure", "people", "ours", "ours, standardised")
    return Table((*columns, "exact", "exact, standardised"), tuple(rows))


def differences(found: Sequence[Seen], measure: str) -> Array:
    """Return incorrect minus correct, (people, 2): ours, exact; only people of whom both were seen."""
    by_set = {(s.subject, s.correct): s for s in found}
    rows = []
    for subject in sorted({s.subject for s in found}):
        if (subject, True) in by_set and (subject, False) in by_set:
            good, bad = by_set[subject, True], by_set[subject, False]
            rows.append(
                [_value(bad, name, measure) - _value(good, name, measure) for name in ("values", "exact")]
            )
    pairs = np.array(rows).reshape(-1, 2)
    return np.asarray(pairs[np.isfinite(pairs).all(axis=1)])


def _value(seen: Seen, what: str, measure: str) -> float:
    """Return a measure of the leg in front, or filmed; of both legs in a squat from the front."""
    both = seen.shot.side == "front" and seen.movement == "squat"
    sides = (SIDES if both else (seen.lead,)) if load_measures()[measure].per_side else ("mid",)
    return float(np.mean([getattr(seen, what).get((measure, side), math.nan) for side in sides]))


def summary(values: Array) -> tuple[str, str]:
    """Return a mean with its 95 % interval (t), and Hedges' g of it: the mean over its own spread."""
    from scipy.stats import t

    n, mean = len(values), float(values.mean())
    spread = float(values.std(ddof=1)) if n >= _LEAST_PEOPLE else 0.0
    if spread <= _NO_SPREAD * abs(mean):
        return show(mean), "–"
    g = (1 - 3 / (4 * (n - 1) - 1)) * mean / spread
    reach = float(t.ppf(0.975, n - 1)) * spread / math.sqrt(n)
    return _with_interval(mean, reach), _with_interval(g, Z95 * math.sqrt(1 / n + g * g / (2 * n)))


def _with_interval(value: float, reach: float) -> str:
    return f"{show(value)} ({show(value - reach)} to {show(value + reach)})"


def findings_table(results: UiprmdResults) -> Table:
    """Return in how many sets each finding was noticed, of those in which it was graded."""
    rows: list[tuple[Cell, ...]] = []
    for movement in MOVEMENTS:
        for shot in OTHER_SHOTS:
            shots = (shot, replace(shot, perfect=True))
            kinds = [results.of(movement, s, correct=correct) for s in shots for correct in (True, False)]
            for name in sorted({key.split()[0] for found in kinds for s in found for key in s.grades}):
                counts = [_noticed(found, name) for found in kinds]
                if any(hits for hits, _ in counts):
                    rows.append((movement, shot.name, name, *(f"{hits}/{n}" for hits, n in counts)))
    columns = ("movement", "camera", "finding", "correct", "incorrect")
    return Table((*columns, "correct, perfect landmarks", "incorrect, perfect landmarks"), tuple(rows))


def _noticed(found: Sequence[Seen], name: str) -> tuple[int, int]:
    """Return sets in which a finding was noticed on either side, and in which it was graded."""
    grades = [[grade for key, grade in s.grades.items() if key.split()[0] == name] for s in found]
    graded = [mine for mine in grades if any(grade != "not_graded" for grade in mine)]
    return sum(any(grade in _NOTICED for grade in mine) for mine in graded), len(graded)
