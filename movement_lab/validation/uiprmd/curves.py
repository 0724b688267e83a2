"""Angles over a repetition: ours, exact ones, the data set's own, all brought to the same steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.coarse import coarse_signals
from movement_lab.measures import signal_key
from movement_lab.records import Array, Side
from movement_lab.report import Report
from movement_lab.validation.uiprmd.film import Staged

#: Ours, and what of theirs it is held against (hip + trunk against two of theirs), and whether it has a side.
CURVES: Final[tuple[tuple[str, str, bool], ...]] = (
    ("knee_flexion_deg", "knee_flexion_deg", True),
    ("hip_trunk_flexion_deg", "hip_trunk_flexion_deg", True),
    ("hip_trunk_flexion_deg", "hip_pelvis_flexion_deg", True),
    ("trunk_inclination_deg", "trunk_inclination_deg", False),
)
#: Way down and way up have 50 steps each; the turn is in the middle.
STEPS: Final = 101
TURN: Final = 50
_SEEN_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """One angle over the repetitions of a set, (reps, `STEPS`) degrees each, change from standing.

    ``theirs`` is the data set's angle named ``reference``; NaN where a repetition was not seen.
    """

    measure: str
    reference: str
    ours: Array
    exact: Array
    theirs: Array

    def pairs(self, against: str) -> Iterable[tuple[Array, Array]]:
        """Yield ours and ``exact`` or ``theirs``, (STEPS,) each, of repetitions in which both were seen."""
        for ours, reference in zip(self.ours, getattr(self, against), strict=True):
            if np.isfinite(ours).all() and np.isfinite(reference).all():
                yield ours, reference


def curves_of(staged: Staged, report: Report, view: str) -> Iterator[Curves]:
    """Yield `CURVES` of the side of the body that was filmed, all zeroed over the same frames."""
    rest = at_rest(staged, report)
    for measure, reference, sided in CURVES:
        side: Side = view if sided else "mid"  # type: ignore[assignment]
        key, their_key = signal_key(measure, side), signal_key(reference, side)
        ours = _at_times(staged.time_s, report.track.time_s, report.signals[key])
        exact, theirs = staged.exact[key], staged.theirs[their_key]
        yield Curves(
            measure,
            reference,
            ours=_normalised(ours - report.standing.zero[key], staged),
            exact=_normalised(exact - _median(exact[rest]), staged),
            theirs=_normalised(theirs - _median(theirs[rest]), staged),
        )


def at_rest(staged: Staged, report: Report) -> Array:
    """Return the frames (T,) that our zero was read from: standing, or the tenth `standing` calls upright.

    Another choice of frames would shift our curves against the references by what a person does between
    repetitions, several degrees in lunges.
    """
    standing = report.standing
    if standing.found:
        return np.asarray((staged.time_s >= standing.start_s) & (staged.time_s <= standing.end_s))
    drop = coarse_signals(report.track).drop
    upright = (drop <= np.nanquantile(drop, 0.1)).astype(float)
    return np.asarray(np.interp(staged.time_s, report.track.time_s, upright) > 0.5)


def _median(values: Array) -> float:
    return float(np.median(values[np.isfinite(values)])) if np.isfinite(values).any() else float("nan")


def _at_times(wanted_s: Array, time_s: Array, values: Array) -> Array:
    """Return values at other times, NaN next to frames not seen."""
    seen = np.isfinite(values)
    if not seen.any():
        return np.full(len(wanted_s), np.nan)
    found = np.interp(wanted_s, time_s[seen], values[seen])
    return np.where(np.interp(wanted_s, time_s, seen.astype(float)) > 0.5, found, np.nan)


def _normalised(values: Array, staged: Staged) -> Array:
    """Return (reps, STEPS): each repetition's way down in the first half, its way up in the second."""
    turns = zip(staged.reps, staged.turns, strict=True)
    return np.array([_one(values, start, turn, end) for (start, end), turn in turns])


def _one(values: Array, start: int, turn: int, end: int) -> Array:
    seen = np.isfinite(values)
    if seen[start:end].mean() < _SEEN_SHARE:
        return np.full(STEPS, np.nan)
    shares = np.linspace(0, 1, TURN + 1)
    places = np.concatenate([start + shares * (turn - start), turn + shares[1:] * (end - 1 - turn)])
    return np.asarray(np.interp(places, np.flatnonzero(seen), values[seen]))
