"""Spine angles at the turn, one reading a line: what was read, what is true, and what cheaper guesses say.

Two guesses stand beside each reading, both made without the person's own body: a ridge regression from
body points, and the mean of everybody else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from movement_lab.knowledge import load_grading
from movement_lab.records import MOVEMENTS, Array
from movement_lab.validation.run import Results
from movement_lab.validation.spine_compare import ANGLES, FROM_LANDMARKS, LUMBAR
from movement_lab.validation.stats import Z80

Row = Mapping[str, Any]

#: A camera this far off its side view is read in full; up to the second, with wider intervals.
FULL_DEG: Final = 15.0
WIDENED_DEG: Final = 25.0
#: Looseness of clothes (0 tight to 1 very loose): up to the first fitted, from the second on loose.
_FITTED: Final = 0.15
_LOOSE: Final = 0.5
CLOTHES: Final = ("fitted", "in between", "loose")
#: Weight of the regression's penalty, against features of spread 1.
_RIDGE: Final = 1.0
_NAN: Final = math.nan


@dataclass(frozen=True, slots=True)
class Reading:
    """One spine angle at the turn of one repetition, degrees, change from own standing.

    ``value`` NaN where it was withheld, for ``reasons``; ``sd`` as reported, widened for real people.
    ``landmarks`` are the angles that body points give at the same moment; ``guess`` is what a regression
    makes of them and ``mean`` what others did on average, both from other bodies only. ``strips``: how far
    sticker strips turned themselves, of the low back only.
    """

    row: Row
    rep: int
    angle: str
    graded: bool
    true: float
    value: float
    sd: float
    reasons: tuple[str, ...]
    landmarks: tuple[float, ...]
    strips: float = _NAN
    guess: float = _NAN
    mean: float = _NAN

    @property
    def known(self) -> bool:
        """Say whether there is a value and a truth to hold it against."""
        return math.isfinite(self.value) and math.isfinite(self.true)

    @property
    def error(self) -> float:
        """Return read minus true."""
        return self.value - self.true

    @property
    def half_as_earned(self) -> float:
        """Return half the 80 % interval without the ``sim_to_real_factor``: these people are rendered."""
        return Z80 * self.sd / load_grading().sim_to_real_factor

    @property
    def covered_as_earned(self) -> bool:
        """Say whether that interval holds the truth."""
        return abs(self.error) <= self.half_as_earned

    @property
    def covered(self) -> bool:
        """Say whether the interval of the report does."""
        return abs(self.error) <= Z80 * self.sd

    @property
    def yaw_deg(self) -> float:
        """Return how far the camera truly was off the side view."""
        return float(self.row["view"]["true_yaw_deg"])

    @property
    def clothes(self) -> str:
        """Return how the clothes sit."""
        return clothes_of(self.row)


def clothes_of(row: Row) -> str:
    """Return how the clothes of a clip sit: one of `CLOTHES`."""
    return CLOTHES[(row["looseness"] > _FITTED) + (row["looseness"] >= _LOOSE)]


def readings(results: Results, *, model: str, split: str = "held_out") -> list[Reading]:
    """Return every angle of every true repetition that was filmed from the side, guesses beside it."""
    rows = [
        row
        for row in results.whole
        if (row["model"], row["split"], row["plane"]) == (model, split, "side")
        and row.get("spine")
        and (row["way"] or abs(row["yaw_deg"]) > WIDENED_DEG)
    ]
    found = [each for row in rows for each in _readings_of(row)]
    return [guessed for angle in ANGLES for guessed in _guessed([r for r in found if r.angle == angle])]


def by_contour(found: Iterable[Reading], *, most_yaw_deg: float = FULL_DEG) -> list[Reading]:
    """Return what was or should have been read without stickers, nothing in front of the back."""
    return [
        r
        for r in found
        if r.graded and not r.row["stickers"] and not is_hidden(r.row) and r.yaw_deg <= most_yaw_deg
    ]


def is_hidden(row: Row) -> bool:
    """Say whether the back can't be seen. A shirt the colour of the wall leaves the mask whole: no cover."""
    return row["cover"] not in ("", "camouflage")


def with_stickers(found: Iterable[Reading]) -> list[Reading]:
    """Return what was read with stickers, those readings withheld that another method gave instead."""
    return [
        r if r.row["spine"]["method"] == "stickers" else replace(r, value=_NAN, sd=_NAN)
        for r in found
        if r.graded and r.row["stickers"] and r.yaw_deg <= FULL_DEG
    ]


def _readings_of(row: Row) -> Iterator[Reading]:
    for rep in row["spine"]["reps"]:
        points = tuple(_number(rep["landmarks"][name]) for name in FROM_LANDMARKS)
        for angle, m in rep["angles"].items():
            values = _number(m["true"]), _number(m["value"]), _number(m["sd"])
            strips = _number(rep.get("strips")) if angle == LUMBAR else _NAN
            yield Reading(row, rep["rep"], angle, rep["graded"], *values, tuple(m["reasons"]), points, strips)


def _number(value: float | None) -> float:
    return _NAN if value is None else float(value)


# ---------------------------------------------------------------- cheaper guesses


def _guessed(found: Sequence[Reading]) -> list[Reading]:
    """Return readings of one angle with what other bodies' repetitions make of each."""
    if not found:
        return []
    x, true = np.array([_features(r) for r in found]), np.array([r.true for r in found])
    bodies = np.array([r.row["body"] for r in found])
    usable = np.array([r.graded for r in found]) & np.isfinite(true) & np.isfinite(x).all(axis=1)
    guess, mean = np.full(len(found), _NAN), np.full(len(found), _NAN)
    for body in sorted(set(bodies)):
        mine, others = bodies == body, usable & (bodies != body)
        if others.any():
            guess[mine] = ridge(x[others], true[others], x[mine])
            mean[mine] = true[others].mean()
    return [replace(r, guess=float(g), mean=float(m)) for r, g, m in zip(found, guess, mean, strict=True)]


def _features(reading: Reading) -> tuple[float, ...]:
    """Return what body points know: four angles at the turn, and which movement it is."""
    return (*reading.landmarks, *(float(reading.row["recognised"] == name) for name in MOVEMENTS))


def ridge(x: Array, y: Array, at: Array) -> Array:
    """Return a ridge regression's values at features ``at`` (M, F), fitted to ``x`` (N, F) and ``y`` (N,)."""
    middle, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    scaled = (x - middle) / spread
    weights = np.linalg.solve(scaled.T @ scaled + _RIDGE * np.eye(x.shape[1]), scaled.T @ (y - y.mean()))
    return np.asarray(y.mean() + ((at - middle) / spread) @ weights)


# ---------------------------------------------------------------- figures


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors in a few numbers, degrees: of the reading and, in the same repetitions, of both guesses."""

    n: int
    clips: int
    withheld: int
    bias: float
    mae: float
    guess_mae: float
    mean_mae: float
    covered_as_earned: float
    covered: float


def errors(found: Iterable[Reading]) -> Errors:
    """Return the errors of readings that have a value, and how many have none."""
    found = list(found)
    known = [r for r in found if r.known]
    clips = len({r.row["case"] for r in known})
    return Errors(
        n=len(known),
        clips=clips,
        withheld=sum(not math.isfinite(r.value) for r in found),
        bias=_mean(known, lambda r: r.error),
        mae=_mean(known, lambda r: abs(r.error)),
        guess_mae=_mean(known, lambda r: abs(r.guess - r.true)),
        mean_mae=_mean(known, lambda r: abs(r.mean - r.true)),
        covered_as_earned=_mean(known, lambda r: float(r.covered_as_earned)),
        covered=_mean(known, lambda r: float(r.covered)),
    )


def _mean(found: Sequence[Reading], of: Callable[[Reading], float]) -> float:
    """Return the mean of what is known; NaN of nothing."""
    values = [value for r in found if math.isfinite(value := of(r))]
    return float(np.mean(values)) if values else _NAN
