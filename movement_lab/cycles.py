"""Find the ways down and up in one signal (specification 3.1): no bodies, no movements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from movement_lab.records import Array

#: A turn is the middle of the stretch within this share of the depth: a hold has no single frame.
_HOLD_SHARE = 0.03
#: So far above the turn, share of the depth, a slow stretch is still its bottom: the low-pass swings over by
#: a tenth where somebody drops at once, so the turn may lie below the hold.
_BOTTOM_SHARE = 0.15
#: This many tops between turns show where the person usually returns to.
_TOPS_ENOUGH = 2
#: Valleys shallower than this share of the set's depth are half-lifts inside one repetition.
_HALF_LIFT_SHARE = 0.5
#: A clip that begins at the bottom shows a turn only if it begins at least this deep.
_FULL_DEPTH_SHARE = 0.8
#: Shallower turns than this share of the set's depth are something else.
_SHALLOW_SHARE = 0.4
_LEAST_FRAMES = 5
#: A driver seen in less than this share of a cycle can't cut it.
_SEEN_TO_REFINE = 0.5
#: A clip that ends on the way up shows a turn only if this share of the way up is seen.
_SEEN_RETURN_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Cycle:
    """One way down and up in a driver signal; frame indices, half open.

    ``cut_at_start``, ``cut_at_end``: the clip begins or ends inside it.
    """

    start: int
    turn: int
    end: int
    depth: float
    cut_at_start: bool
    cut_at_end: bool
    returned: bool


def find_cycles(
    driver: Array, *, min_depth: float, rules: Mapping[str, float], rest: float | None = None
) -> list[Cycle]:
    """Return the cycles of a driver (T,), larger = deeper, that reach ``min_depth`` beyond rest.

    ``rest`` is the driver's value in standing (the clip's 5 % quantile without one). The start is
    where the driver last was within ``rep_start_above_pct`` of rest, the end where it first comes
    within ``rep_end_below_pct``; failing that, the highest point towards the next cycle.
    """
    seen = np.isfinite(driver)
    if seen.sum() < _LEAST_FRAMES:
        return []
    frames = np.arange(len(driver))
    x = np.interp(frames, frames[seen], driver[seen])
    lowest, low = np.quantile(x, (0.01, 0.05))
    rest = float(low) if rest is None or not np.isfinite(rest) else max(rest, float(lowest))
    rest = _split_stance_rest(x, rest, min_depth=min_depth, rules=rules)
    turns, heights, prominences = _peaks(x, rest, min_depth=min_depth)
    if not len(turns):
        return []
    typical = float(np.median(heights[heights >= _HALF_LIFT_SHARE * heights.max()]))
    full = (prominences >= _HALF_LIFT_SHARE * typical) & (heights >= max(min_depth, _SHALLOW_SHARE * typical))
    kept = [int(turn) for turn in turns[full]]
    found = (_cycle(x, number, kept, rest=rest, typical=typical, rules=rules) for number in range(len(kept)))
    return [cycle for cycle in found if cycle is not None]


def _peaks(x: Array, rest: float, *, min_depth: float) -> tuple[Array, Array, Array]:
    """Return frames, heights over rest and prominences of the peaks of ``x``, at least ``min_depth`` high."""
    from scipy.signal import find_peaks

    # Padding with rest lets a clip begin or end in a cycle; what was never seen to turn is dropped later.
    edge = [min(rest, float(x.min()))]
    padded = np.concatenate([edge, x, edge])
    peaks, found = find_peaks(padded, height=rest + min_depth, prominence=min_depth / 2, plateau_size=1)
    return peaks - 1, padded[peaks] - rest, found["prominences"]


def _split_stance_rest(x: Array, rest: float, *, min_depth: float, rules: Mapping[str, float]) -> float:
    """Return rest, raised where every top between the deepest turns is clearly and equally above it.

    Split squats begin and end in a stance that is lower than standing.
    """
    turns, heights, _ = _peaks(x, rest, min_depth=min_depth)
    if not len(turns):
        return rest
    deepest = [int(turn) for turn in turns[heights >= _FULL_DEPTH_SHARE * heights.max()]]
    tops = [float(x[a:b].min()) for a, b in pairwise(deepest)]
    if len(tops) < _TOPS_ENOUGH:
        tops.append(float(x[deepest[-1] :].min()))
    rise = float(np.median(tops)) - rest
    tolerance = rules["rep_return_within_pct"] / 100 * float(np.median(heights))
    return rest + rise if len(tops) >= _TOPS_ENOUGH and rise > tolerance > np.ptp(tops) else rest


def _cycle(
    x: Array, number: int, turns: list[int], *, rest: float, typical: float, rules: Mapping[str, float]
) -> Cycle | None:
    peak = turns[number]
    before = turns[number - 1] if number else 0
    after = turns[number + 1] if number + 1 < len(turns) else len(x) - 1
    start_level = rest + rules["rep_start_above_pct"] / 100 * typical
    end_level = rest + rules["rep_end_below_pct"] / 100 * typical
    low = np.flatnonzero(x[before : peak + 1] <= start_level)
    start = before + (int(low[-1]) if len(low) else int(np.argmin(x[before : peak + 1])))
    start = _moving_from(x, start, peak, share=rules["rep_start_speed_pct"] / 100)
    high = np.flatnonzero(x[peak : after + 1] <= end_level)
    end = peak + (int(high[0]) if len(high) else int(np.argmin(x[peak : after + 1])))
    depth = float(x[peak] - rest)
    tolerance = rules["rep_return_within_pct"] / 100 * typical
    cut_start = number == 0 and x[: peak + 1].min() > rest + tolerance
    cut_end = number == len(turns) - 1 and x[peak:].min() > rest + tolerance
    if cut_start and depth < _FULL_DEPTH_SHARE * min([x[t] - rest for t in turns[1:]], default=typical):
        return None
    if after == len(x) - 1 and x[peak : max(after - 1, peak + 1)].min() > rest + _HALF_LIFT_SHARE * typical:
        return None  # back at the top only in the very last pictures: the end of a looped film
    if cut_end and x[peak] - x[peak:].min() < _SEEN_RETURN_SHARE * typical:
        return None  # the clip ends before the movement has turned round
    return Cycle(
        start=start,
        turn=_turn(x, peak, start, end, depth=depth),
        end=min(end + 1, len(x)),
        depth=depth,
        cut_at_start=cut_start,
        cut_at_end=cut_end,
        returned=bool(x[end] <= rest + tolerance and x[start] <= rest + tolerance),
    )


def _moving_from(x: Array, start: int, peak: int, *, share: float) -> int:
    """Return the first frame from ``start`` on in which the way down is under way."""
    speed = np.diff(x[start : peak + 1])
    moving = np.flatnonzero(speed > share * speed.max(initial=0.0))
    return start + int(moving[0]) if len(moving) else start


def _turn(x: Array, peak: int, start: int, end: int, *, depth: float) -> int:
    """Middle of the hold around the deepest frame."""
    level = x[peak] - _HOLD_SHARE * depth
    first = last = peak
    while first > start and x[first - 1] >= level:
        first -= 1
    while last < end and x[last + 1] >= level:
        last += 1
    return (first + last) // 2


def refine(cycle: Cycle, driver: Array, *, after: int, before: int, rules: Mapping[str, float]) -> Cycle:
    """Cut a cycle with the movement's own driver; unchanged where that wasn't seen.

    ``after`` and ``before`` are the turns of its neighbours, or the ends of the clip: what was found
    in the fall of the shoulders starts late in a hinge, whose first 20 degrees hardly lower them.
    """
    stretch = driver[cycle.start : cycle.end]
    if np.isfinite(stretch).mean() < _SEEN_TO_REFINE:
        return cycle
    frames = np.arange(len(driver))
    seen = np.isfinite(driver)
    x = np.interp(frames, frames[seen], driver[seen])
    peak = cycle.start + int(np.argmax(x[cycle.start : cycle.end]))
    start, end = cycle.start, cycle.end
    if not cycle.cut_at_start:
        start = _rise(x[after : peak + 1], share=rules["rep_start_above_pct"] / 100) + after
    if not cycle.cut_at_end:
        end = before - _rise(x[peak : before + 1][::-1], share=rules["rep_end_below_pct"] / 100) + 1
    depth = float(x[peak] - min(x[start], x[end - 1]))
    turn = _turn(x, peak, start, end - 1, depth=max(depth, 0.0))
    return replace(cycle, start=start, turn=turn, end=end)


def _rise(x: Array, *, share: float) -> int:
    """Return the last place in ``x``, which ends at its peak, that is within ``share`` of its lowest."""
    lowest = float(x.min())
    return int(np.flatnonzero(x <= lowest + share * (x[-1] - lowest))[-1])


def bottom_of(cycle: Cycle, driver: Array, time_s: Array, *, speed_pct: float) -> tuple[int, int]:
    """Return the slow stretch around the turn, half open.

    Slow is below ``speed_pct`` of the peak speed of the same way, down or up (a slow way down is no bottom
    because the way up was fast), and not far from the turn's depth; it ends where the driver wasn't seen.
    """
    if cycle.end - cycle.start < 3:
        return cycle.turn, cycle.turn + 1
    x, turn = driver[cycle.start : cycle.end], cycle.turn - cycle.start
    speed = np.abs(np.gradient(x, time_s[cycle.start : cycle.end]))
    ways = [way <= speed_pct / 100 * np.nanmax(way, initial=0.0) for way in (speed[:turn], speed[turn:])]
    deep = x[turn] - x <= _BOTTOM_SHARE * (x[turn] - np.nanmin(x, initial=np.inf))
    slow = deep & np.concatenate(ways)
    first, last = turn, turn
    while first > 0 and slow[first - 1]:
        first -= 1
    while last + 1 < len(slow) and slow[last + 1]:
        last += 1
    return cycle.start + first, cycle.start + last + 1
