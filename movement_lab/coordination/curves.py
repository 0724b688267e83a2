"""Two curves that share a bend, cut into repetitions.

*spine*: ``lower`` is hip flexion (thigh against pelvis), ``upper`` low-back flexion, from stickers,
back contour or spine points. *fold*: ``lower`` is knee flexion, ``upper`` the hip + back fold, all
that body points alone can tell. A population prior is neither: no curve can be made from one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from movement_lab.coordination.readings import Stretch
from movement_lab.coordination.table import Curve, Part, Way, rule
from movement_lab.records import Array, Rep

#: Methods whose values are the person's own, by the kind of curves they give.
METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "spine": ("stickers", "contour", "keypoints"),
    "fold": ("landmarks",),
}
#: Points of a way from 0 to 100 %.
POINTS: Final = 101
_LEAST_WINDOW: Final = 3
_THIRDS: Final[Mapping[str, tuple[int, int]]] = {
    "whole": (0, 3), "first": (0, 1), "middle": (1, 2), "last": (2, 3),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Two angles over time, relative to own standing; NaN = not seen.

    ``time_s`` (T,) evenly spaced seconds; ``lower_deg``, ``upper_deg`` (T,), bending plus;
    ``trunk_deg`` (T,) the travel that is cut into thirds; ``lower_sd_deg``, ``upper_sd_deg``,
    ``sum_sd_deg`` (T,) one standard deviation of the method, the last of lower plus upper: small where the
    sum is well measured, which is what makes the errors of the two go opposite ways.

    Raises
    ------
    ValueError
        If shapes differ, or the method can't give curves of this kind.
    """

    kind: Literal["spine", "fold"]
    method: str
    time_s: Array
    lower_deg: Array
    upper_deg: Array
    trunk_deg: Array
    lower_sd_deg: Array
    upper_sd_deg: Array
    sum_sd_deg: Array

    def __post_init__(self) -> None:
        """Check the method and the shapes once, at the door."""
        if self.method not in METHODS[self.kind]:
            allowed = ", ".join(METHODS[self.kind])
            raise ValueError(f"Curves.method is {self.method!r}; {self.kind} curves come from {allowed}.")
        for name in ("lower_deg", "upper_deg", "trunk_deg", "lower_sd_deg", "upper_sd_deg", "sum_sd_deg"):
            if getattr(self, name).shape != self.time_s.shape:
                raise ValueError(f"Curves.{name}: expected shape {self.time_s.shape}.")

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.time_s)

    @property
    def step_s(self) -> float:
        """Seconds from one frame to the next."""
        return float(np.median(np.diff(self.time_s)))

    def cut(self, first: int, stop: int) -> Curves:
        """Return the frames from ``first`` up to, not including, ``stop``."""
        names = (
            "time_s",
            "lower_deg",
            "upper_deg",
            "trunk_deg",
            "lower_sd_deg",
            "upper_sd_deg",
            "sum_sd_deg",
        )
        return Curves(self.kind, self.method, *(getattr(self, name)[first:stop] for name in names))


def spine_curves(
    time_s: Array,
    *,
    hip_deg: Array,
    lumbar_deg: Array,
    trunk_deg: Array,
    hip_sd_deg: Array | float,
    lumbar_sd_deg: Array | float,
    sum_sd_deg: Array | float,
    method: str,
) -> Curves:
    """Return curves of hip against low back; spreads may be one number for all frames."""
    spreads = (np.broadcast_to(sd, time_s.shape) for sd in (hip_sd_deg, lumbar_sd_deg, sum_sd_deg))
    return Curves("spine", method, time_s, hip_deg, lumbar_deg, trunk_deg, *spreads)


def fold_curves(
    time_s: Array,
    *,
    knee_deg: Array,
    hip_trunk_deg: Array,
    trunk_deg: Array,
    knee_sd_deg: float,
    hip_trunk_sd_deg: float,
) -> Curves:
    """Return curves of knee against the hip + back fold, from body points alone.

    Both hold the thigh's error, so their errors go the same way and the sum is the least certain.
    """
    together = rule("fold_error_correlation_ratio") * knee_sd_deg * hip_trunk_sd_deg
    sum_sd_deg = np.sqrt(knee_sd_deg**2 + hip_trunk_sd_deg**2 + 2 * together)
    spreads = (np.full(time_s.shape, sd) for sd in (knee_sd_deg, hip_trunk_sd_deg, sum_sd_deg))
    return Curves("fold", "landmarks", time_s, knee_deg, hip_trunk_deg, trunk_deg, *spreads)


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """One repetition: the curves from the top before it to the top after it.

    ``start`` to ``turn`` is the way down, ``turn`` to ``end`` (half open) the way up; what comes
    before and after is the top, where a part may already move.
    """

    curves: Curves
    start: int
    turn: int
    end: int
    index: int = 1

    def of(self, way: Way, part: Part = "whole") -> Stretch:
        """Return what a reading of both curves is about."""
        return Stretch(self.curves.kind, self.curves.method, way, part)

    def curve(self, name: Curve) -> Array:
        """Return ``lower``, ``upper`` or ``trunk``, (T,) degrees."""
        curve: Array = getattr(self.curves, f"{name}_deg")
        return curve

    def span(self, way: Way) -> tuple[int, int]:
        """Return first and last frame of a way, tops included."""
        last = len(self.curves) - 1
        return {"down": (0, self.turn), "up": (self.turn, last), "both": (0, last)}[way]

    def moving(self, way: Way) -> slice:
        """Return the frames of a way without the tops."""
        first = self.turn if way == "up" else self.start
        return slice(first, self.turn + 1 if way == "down" else self.end)

    def duration_s(self, way: Way) -> float:
        """Return how long a way takes, tops not counted."""
        time_s = self.curves.time_s[self.moving(way)]
        return float(time_s[-1] - time_s[0])


def cut_bends(curves: Curves, reps: Sequence[Rep]) -> tuple[Bend, ...]:
    """Return the judged repetitions as bends, each with the tops around it.

    A top is where the trunk is most upright within ``lead_in_s`` of the repetition, without reaching
    into the neighbour: a repetition starts when its driver is under way, and a part may move before.
    """
    return tuple(_bend(curves, rep, reps) for rep in reps if rep.graded)


def _bend(curves: Curves, rep: Rep, reps: Sequence[Rep]) -> Bend:
    reach = round(rule("lead_in_s") / curves.step_s)
    earliest = max([0, rep.start - reach, *(other.end - 1 for other in reps if other.end <= rep.start)])
    others = (other.start for other in reps if other.start >= rep.end)
    latest = min([len(curves) - 1, rep.end - 1 + reach, *others])
    first = _most_upright(curves.trunk_deg, earliest, rep.start)
    last = _most_upright(curves.trunk_deg, rep.end - 1, latest)
    piece = curves.cut(first, last + 1)
    return Bend(piece, rep.start - first, rep.turn - first, rep.end - first, rep.index)


def _most_upright(trunk_deg: Array, first: int, last: int) -> int:
    stretch = trunk_deg[first : last + 1]
    return first + int(np.nanargmin(stretch)) if np.isfinite(stretch).any() else last


# ---------------------------------------------------------------- moments and stretches


def moments(bend: Bend, part: Part, way: Way) -> tuple[float, float]:
    """Return where a part of a way begins and ends, in frames (between frames too); NaN if not seen.

    Thirds are of trunk travel, not of time.
    """
    first, last = bend.span(way)
    trunk = bend.curves.trunk_deg[first : last + 1]
    travelled = (trunk - trunk[0]) / (trunk[-1] - trunk[0]) if trunk[-1] != trunk[0] else trunk * np.nan
    begin, end = (
        0.0 if third == 0 else len(trunk) - 1.0 if third == 3 else first_passing(travelled, third / 3)
        for third in _THIRDS[part]
    )
    return first + begin, first + end


def first_passing(x: Array, level: float) -> float:
    """Return the frame (between frames too) at which ``x`` first reaches ``level``.

    NaN if it never does or if that happened in a gap.
    """
    reached = np.flatnonzero(x >= level)
    if not len(reached) or reached[0] == 0:
        return 0.0 if len(reached) else float("nan")
    after = int(reached[0])
    return float(after - 1 + (level - x[after - 1]) / (x[after] - x[after - 1]))


def value_at(x: Array, frame: float) -> float:
    """Return ``x`` at a frame or between two; NaN where either wasn't seen."""
    if not np.isfinite(frame):
        return float("nan")
    before, share = int(frame), frame % 1
    return float(x[before] if share == 0 else (1 - share) * x[before] + share * x[before + 1])


def velocity_of(x: Array, step_s: float) -> Array:
    """Return the slope of a curve, (T,) units a second; gaps are bridged for it and stay NaN.

    The slope of the parabola that fits ``speed_window_s`` around each frame best (Savitzky-Golay); at the
    ends, of the one that fits the first and the last window.
    """
    frames, seen = np.arange(len(x)), np.isfinite(x)
    most = len(x) - (len(x) + 1) % 2
    window = min(round(rule("speed_window_s") / step_s) // 2 * 2 + 1, most)
    if window < _LEAST_WINDOW or not seen.any():
        return np.full(len(x), np.nan)
    whole = np.interp(frames, frames[seen], x[seen])
    slopes, half = _slopes(window), window // 2
    first, last = slopes[:half] @ whole[:window], slopes[half + 1 :] @ whole[-window:]
    middle = np.correlate(whole, slopes[half], "valid")
    return np.where(seen, np.concatenate([first, middle, last]) / step_s, np.nan)


@lru_cache(maxsize=32)
def _slopes(window: int) -> Array:
    """Return the weights (window, window) that give, row by row, the slope at each frame of a window.

    SciPy's own filter fits the first and the last window anew for every curve, which takes most of its time.
    """
    from scipy.signal import savgol_coeffs

    return np.array([savgol_coeffs(window, 2, deriv=1, pos=place, use="dot") for place in range(window)])


def over_percent(x: Array) -> Array:
    """Return a stretch of a curve at 0 to 100 % of its time, (101,); gaps stay NaN."""
    return np.interp(np.linspace(0, len(x) - 1, POINTS), np.arange(len(x)), x)
