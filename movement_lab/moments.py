"""Moments: how a signal becomes one number of a repetition, and in which frames it was read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.coordination import Curves, cut_bends, share, spine_curves
from movement_lab.knowledge import Guard, load_grading, load_measures
from movement_lab.knowledge.spreads import Leg
from movement_lab.measures import signal_key
from movement_lab.records import Array, At, Rep, Side, Signals, SpineEstimate, Standing, View
from movement_lab.spine.features import running_median

Frames = NDArray[np.intp]
_Which = Callable[[Array], np.intp]

_TURN_WINDOW_S: Final = 0.06
_TOP_WITHIN_S: Final = 1.0
#: A spine method's single frames jump: its greatest and least are made of the same medians as its turn.
_STEADY_S: Final = 2 * _TURN_WINDOW_S
_NAN: Final = float("nan")
_NO_FRAMES: Final[Frames] = np.zeros(0, np.intp)

#: Moments that are differences between two moments already: standing drops out of them.
DIFFERENCES: Final[tuple[At, ...]] = ("range", "start_of_ascent", "wobble", "fall_to_turn", "share_of_ascent")


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """What measurements are taken from.

    ``driver`` (T,) is the signal the repetitions turn in; ``foot_px`` how long a foot looks;
    ``movement`` what it was recognised as; ``repaired_share`` of the frames had legs exchanged;
    ``imported``: the points are another tracker's, who may have fewer of them. ``spine``
    is what was read of hips, low back and rib cage, None where nothing was tried; ``full_bend_sd_deg`` how
    sure the own full bend is. `summaries.summarise` fills
    in ``spreads`` and ``steady``: one standard deviation of each of the spine's signals, (T,) by key, and
    that signal without what single frames jump.
    """

    signals: Signals
    driver: Array
    time_s: Array
    reps: Sequence[Rep]
    standing: Standing
    view: View
    foot_px: float = float("inf")
    movement: str = ""
    repaired_share: float = 0.0
    spine: SpineEstimate | None = None
    full_bend_sd_deg: float = _NAN
    imported: bool = False
    spreads: Signals = field(default_factory=dict)
    steady: Signals = field(default_factory=dict)

    def leg(self, side: Side) -> Leg:
        """Say whether a side leads or trails in a lunge; "" for anything else."""
        if self.movement != "lunge" or side == "mid":
            return ""
        return "lead" if any(rep.side in (side, "mid") for rep in self.reps) else "rear"

    def key(self, name: str) -> str:
        """Return the key of a measure's signal, of the near side where it has sides."""
        return signal_key(name, self.view.near if load_measures()[name].per_side else "mid")

    def signal(self, key: str) -> Array:
        """Return a signal, (T,): of a read spine its usual value around each frame."""
        return self.steady[key] if key in self.steady else self.signals[key]

    def around(self, frame: int, window_s: float) -> Frames:
        """Return the frames within ``window_s`` of a frame."""
        reach = max(1, round(window_s / _step_s(self)))
        return np.arange(max(frame - reach, 0), min(frame + reach + 1, len(self.time_s)))


@dataclass(frozen=True, eq=False)
class Look:
    """A signal in one repetition of a clip; ``when`` picks frames, for moments that need it.

    ``spine``: the signal was read by a spine method. Turn, least and greatest are taken once, however many
    measurements are made of them.
    """

    clip: Clip
    rep: Rep
    signal: Array
    when: Guard | None = None
    spine: bool = False

    @cached_property
    def at_turn(self) -> Taken:
        """The value at the turn; of a read spine, whose single frames jump, over a bottom that was seen."""
        near, bottom = self.clip.around(self.rep.turn, _TURN_WINDOW_S), np.arange(*self.rep.bottom)
        held = self.spine and len(bottom) > len(near) and self.mostly_seen(bottom)
        return self.at(bottom if held else near)

    def mostly_seen(self, frames: Frames) -> bool:
        """Say whether (nearly) all of some frames were seen."""
        seen = np.isfinite(self.signal[frames])
        return bool(len(seen) and 100 * seen.mean() >= load_grading().coverage_pct)

    @cached_property
    def lowest(self) -> Taken:
        """The least value of the repetition."""
        return self.least(np.arange(self.rep.start, self.rep.end))

    @cached_property
    def highest(self) -> Taken:
        """The greatest value of the repetition."""
        return self.greatest(np.arange(self.rep.start, self.rep.end))

    def change(self, name: str) -> Array:
        """Return another measure minus own standing, (T,), of the near side where it has sides."""
        key = self.clip.key(name)
        return self.clip.signal(key) - self.clip.standing.zero.get(key, _NAN)

    def at(self, frames: Frames) -> Taken:
        """Take the median over some frames."""
        values = self.signal[frames]
        seen = values[np.isfinite(values)]
        return Taken(median(seen), frames) if len(seen) else UNSEEN

    def greatest(self, frames: Frames) -> Taken:
        """Take the greatest value, if (nearly) all frames were seen: else it means nothing."""
        return self._extreme(frames, np.argmax, np.nanargmax)

    def least(self, frames: Frames) -> Taken:
        """Take the least value, likewise."""
        return self._extreme(frames, np.argmin, np.nanargmin)

    def _extreme(self, frames: Frames, of_all: _Which, of_seen: _Which) -> Taken:
        values = self.signal[frames]
        seen = int(np.count_nonzero(np.isfinite(values)))
        if not seen or 100 * (seen / len(values)) < load_grading().coverage_pct:
            return UNSEEN
        frame = frames[of_all(values) if seen == len(values) else of_seen(values)]
        return Taken(float(self.signal[frame]), np.array([frame]))


@lru_cache(maxsize=4)
def _step_s(clip: Clip) -> float:
    """Return the seconds from one frame of a clip to the next: asked for with every value."""
    return float(np.median(np.diff(clip.time_s))) if len(clip.time_s) > 1 else 1.0


def median(values: Array) -> float:
    """Return the median of some values (N,), none of them NaN: a quick ``np.median`` for a handful."""
    ordered = np.sort(values)
    return float((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2 + 0.0)  # no -0.0


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """One number of one repetition: its value, the frames it was read in, and why it is NaN.

    ``sd``: one standard deviation, where the moment itself knows it.
    """

    value: float
    frames: Frames = field(default_factory=lambda: _NO_FRAMES)
    sd: float = _NAN
    reasons: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return math.isfinite(self.value)

    def minus(self, other: Taken) -> Taken:
        """Return the difference, read in the frames of both."""
        return Taken(self.value - other.value, np.concatenate([self.frames, other.frames]))


UNSEEN: Final = Taken(_NAN)


@lru_cache(maxsize=128)
def look_at(clip: Clip, rep: Rep, key: str, when: Guard | None = None) -> Look:
    """Return the look at a signal in a repetition: the same one for every measurement made of it."""
    return Look(clip, rep, clip.signal(key), when, key in clip.steady)


def _start_of_ascent(look: Look) -> Taken:
    """Largest increase over the first third of the way up (of travel, not of time)."""
    rep = look.rep
    way_up = look.clip.driver[rep.turn : rep.end]
    third = load_grading().start_of_ascent_pct / 100
    passed = np.flatnonzero(way_up <= way_up[0] - third * (way_up[0] - way_up[-1]))
    stop = rep.turn + (int(passed[0]) if len(passed) else len(way_up) - 1) + 1
    stretch = look.signal[rep.turn : stop]
    if not np.isfinite(stretch).any():
        return UNSEEN
    frame = rep.turn + int(np.nanargmax(stretch))
    return Taken(float(look.signal[frame]), np.array([frame])).minus(look.at_turn)


def _at_finish(look: Look) -> Taken:
    """At the top after the repetition: where the driver is lowest before the next one begins."""
    clip, last = look.clip, look.rep.end - 1
    within = int(clip.around(look.rep.end, _TOP_WITHIN_S)[-1])
    nexts = [other.start for other in clip.reps if other.start > last]
    stop = min(within, *nexts, len(clip.driver)) + 1
    top = clip.driver[last:stop]
    if not np.isfinite(top).any():
        return UNSEEN
    return look.at(clip.around(last + int(np.nanargmin(top)), _TURN_WINDOW_S))


def _wobble(look: Look) -> Taken:
    frames = look.clip.around(look.rep.turn, load_grading().wobble_window_s)
    stretch = look.signal[frames]
    return Taken(float(np.nanstd(stretch)), frames) if np.isfinite(stretch).any() else UNSEEN


def _fall_to_turn(look: Look) -> Taken:
    """Largest value on the way down minus the value at the turn."""
    return look.greatest(_way_down(look.rep)).minus(look.at_turn)


def _greatest_while(look: Look) -> Taken:
    """Largest value on the way down until the guard is first left."""
    assert look.when is not None
    frames = _way_down(look.rep)
    guard = look.change(look.when.measure)[frames]
    left = [i for i, value in enumerate(guard) if np.isfinite(value) and not look.when.met(value)]
    frames = frames[: max(left[0], 1) if left else len(frames)]
    known = 100 * np.isfinite(guard[: len(frames)]).mean() >= load_grading().coverage_pct
    return look.greatest(frames) if known else UNSEEN


def _low_back_share(look: Look) -> Taken:
    """Per cent of what hip and low back undo over the first third of the way up that the low back undoes."""
    curves = spine_curves_of(look.clip)
    if curves is None:
        return UNSEEN
    bends = cut_bends(curves, [replace(rep, graded=True) for rep in look.clip.reps])
    found = share(next(bend for bend in bends if bend.index == look.rep.index), "first", "up")
    return Taken(found.value, sd=found.sd, reasons=() if found.known else found.reasons)


def steadied(signal: Array, time_s: Array) -> Array:
    """Return the usual value of a signal around each frame, (T,); gaps stay gaps."""
    usual = running_median(signal[:, None], time_s, _STEADY_S)[:, 0]
    return np.where(np.isfinite(signal), usual, np.nan)


def spine_curves_of(clip: Clip) -> Curves | None:
    """Return hip (of the near side) against low back with their spreads; None where the spine wasn't read."""
    hip, spreads = clip.key("hip_pelvis_flexion_deg"), clip.spreads
    if clip.spine is None or hip not in spreads:
        return None
    # hip + low back = thigh + rib cage: the pelvis, the least certain of all, is not in the sum
    thigh_sd = np.sqrt(np.maximum(spreads[hip] ** 2 - spreads["pelvic_tilt_deg"] ** 2, 0))
    return spine_curves(
        clip.time_s,
        hip_deg=clip.signals[hip],
        lumbar_deg=clip.signals["lumbar_flexion_deg"],
        trunk_deg=clip.signals["trunk_inclination_deg"],
        hip_sd_deg=spreads[hip],
        lumbar_sd_deg=spreads["lumbar_flexion_deg"],
        sum_sd_deg=np.hypot(thigh_sd, spreads["thorax_inclination_deg"]),
        method=clip.spine.method,
    )


def _way_down(rep: Rep) -> Frames:
    return np.arange(rep.start, rep.turn + 1)


#: How a signal becomes one number of a repetition; a new moment is one row here.
REDUCE: Final[Mapping[At, Callable[[Look], Taken]]] = {
    "turn": lambda look: look.at_turn,
    "min": lambda look: look.lowest,
    "max": lambda look: look.highest,
    "range": lambda look: look.highest.minus(look.lowest),
    "start_of_ascent": _start_of_ascent,
    "finish": _at_finish,
    "wobble": _wobble,
    "fall_to_turn": _fall_to_turn,
    "max_while": _greatest_while,
    "share_of_ascent": _low_back_share,
}

__all__ = [
    "DIFFERENCES",
    "REDUCE",
    "UNSEEN",
    "Clip",
    "Look",
    "Taken",
    "look_at",
    "spine_curves_of",
    "steadied",
]
