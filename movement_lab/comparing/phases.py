"""Curves by phase: each way down and each way up stretched to 0-100 %, and the median of the repetitions."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.records import Array

#: Points of each way; the last of the way down is the first of the way up.
STEPS: Final = 51
_LONGEST_GAP_S: Final = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Angles:
    """The frames of ``angles.csv``: times, repetition (NaN between) and signals, (T,) each."""

    time_s: Array
    rep: Array
    signals: Mapping[str, Array]


def read_angles(path: Path, wanted: Iterable[str]) -> Angles:
    """Read the wanted signals of an ``angles.csv``; those it doesn't hold are left out."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        names = [name for name in wanted if name in header]
        places = [header.index(name) for name in ("time_s", "rep", *names)]
        table = [[float(row[place] or "nan") for place in places] for row in rows]
    columns = np.array(table, float).reshape(-1, len(places)).T
    return Angles(columns[0], columns[1], dict(zip(names, columns[2:], strict=True)))


def phase_curve(
    angles: Angles, signal: str, reps: Sequence[Mapping[str, Any]], *, zero: float = 0.0
) -> Array:
    """Return the median of the repetitions, (2 * STEPS - 1,): down to the middle, up from it.

    Parameters
    ----------
    angles : Angles
        Frames of the recording.
    signal : str
        Name of a column.
    reps : sequence of mapping
        Repetitions as in ``report.json``: ``start_s``, ``turn_s``, ``end_s``.
    zero : float
        What is taken off: the value of own standing.

    Returns
    -------
    Array
        NaN where fewer than half of the repetitions were seen, or where the signal isn't there.
    """
    values = angles.signals.get(signal)
    if values is None or not reps:
        return np.full(2 * STEPS - 1, math.nan)
    curves = np.stack([_stretched(angles.time_s, values, rep) for rep in reps]) - zero
    seen = np.isfinite(curves)
    enough = seen.sum(axis=0) * 2 >= len(curves)
    middle = np.full(curves.shape[1], math.nan)
    middle[enough] = np.nanmedian(curves[:, enough], axis=0)
    return middle


def _stretched(time_s: Array, values: Array, rep: Mapping[str, Any]) -> Array:
    down = np.linspace(rep["start_s"], rep["turn_s"], STEPS)
    up = np.linspace(rep["turn_s"], rep["end_s"], STEPS)
    return _at(time_s, values, np.concatenate([down, up[1:]]))


def _at(time_s: Array, values: Array, when_s: Array) -> Array:
    """Interpolate, but never across more than 0.2 s of nothing."""
    seen = np.isfinite(values)
    if seen.sum() < 2:
        return np.full(len(when_s), math.nan)
    known_s = time_s[seen]
    after = np.clip(np.searchsorted(known_s, when_s), 1, len(known_s) - 1)
    gap_s = known_s[after] - known_s[after - 1]
    inside = (when_s >= known_s[0] - _LONGEST_GAP_S) & (when_s <= known_s[-1] + _LONGEST_GAP_S)
    found: Array = np.interp(when_s, known_s, values[seen])
    found[~inside | (gap_s > _LONGEST_GAP_S)] = math.nan
    return found
