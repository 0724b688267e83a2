"""When each repetition happens, and how far down it is at every moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array


class Tempo(NamedTuple):
    """Seconds going down, staying there, coming up, and standing before the next one."""

    down_s: float = 1.2
    hold_s: float = 0.2
    up_s: float = 1.0
    rest_s: float = 0.5


class TrueRep(NamedTuple):
    """True times of one repetition in seconds, and its lead side (``mid`` in squat and hinge)."""

    start_s: float
    turn_s: float
    end_s: float
    side: str = "mid"

    def later(self, by_s: float) -> TrueRep:
        """Return the same repetition ``by_s`` seconds later."""
        return TrueRep(self.start_s + by_s, self.turn_s + by_s, self.end_s + by_s, self.side)


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """A set over time: ``time_s`` (T,), ``phase`` (T,) and ``rep`` (T,), the index of the repetition.

    ``phase`` runs 0 standing, to 1 at the bottom, to 2 standing again. ``depths`` is the share of
    full depth per repetition; ``first_s`` when the first one starts.
    """

    time_s: Array
    phase: Array
    rep: NDArray[np.int_]
    depths: tuple[float, ...]
    tempo: Tempo
    first_s: float

    @classmethod
    def of(
        cls, depths: Sequence[float], tempo: Tempo, *, first_s: float, end_s: float, rate_hz: float
    ) -> Clock:
        """Lay out one repetition per depth, the first at ``first_s``, ``end_s`` standing after the last."""
        each_s = sum(tempo)
        time_s = np.arange(round((first_s + len(depths) * each_s + end_s) * rate_hz)) / rate_hz
        since = np.maximum(time_s - first_s, 0)
        rep = np.minimum(since // each_s, len(depths) - 1).astype(int)
        phase = np.interp(since - rep * each_s, np.cumsum([0, *tempo[:3]]), [0, 1, 1, 2])
        return cls(time_s, phase, rep, tuple(depths), tempo, first_s)

    @property
    def way_down(self) -> Array:
        """Return 0 standing to 1 at the bottom, linear in time, down and up alike, (T,)."""
        way: Array = np.minimum(self.phase, 2 - self.phase)
        return way

    @property
    def way_up(self) -> Array:
        """Return 0 until the ascent begins, to 1 when standing again, (T,)."""
        way: Array = np.clip(self.phase - 1, 0, 1)
        return way

    @property
    def share(self) -> Array:
        """Return the share of full depth that the present repetition reaches, (T,)."""
        depths: Array = np.array(self.depths, float)[self.rep]
        return depths

    def reps(self, sides: Sequence[str]) -> tuple[TrueRep, ...]:
        """Return the true times; the turn is the middle of the stay at the bottom."""
        down, hold, up, _ = self.tempo
        rep = TrueRep(self.first_s, self.first_s + down + hold / 2, self.first_s + down + hold + up)
        starts = sum(self.tempo) * np.arange(len(self.depths))
        return tuple(
            rep.later(float(start))._replace(side=side) for start, side in zip(starts, sides, strict=True)
        )


def eased(way: Array, start: float = 0.0, end: float = 1.0) -> Array:
    """Return a raised cosine that leaves 0 at ``start`` and arrives at 1 at ``end`` without speed."""
    curve: Array = (1 - np.cos(np.pi * np.clip((way - start) / (end - start), 0, 1))) / 2
    return curve


def along(phase: Array, course: Sequence[tuple[float, float]]) -> Array:
    """Return a value (T,) that goes through ``course``, pairs of phase and value, at rest in each of them."""
    value: Array = np.full(len(phase), float(course[0][1]))
    for (start, before), (end, after) in pairwise(course):
        value = value + (after - before) * eased(phase, start, end)
    return value
