"""From candidates to Reps: cut with the movement's own driver, and say which can be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from movement_lab.coarse import Coarse
from movement_lab.cycles import Cycle, bottom_of, find_cycles, refine
from movement_lab.declared import Declared, MarkedRep
from movement_lab.knowledge import load_grading, load_measures, load_movement
from movement_lab.marked import Frames, by_hand, cycle_of, frames_of, marked_candidates, still_in_doubt
from movement_lab.measures import signal_key
from movement_lab.recognition import Candidate, classify
from movement_lab.records import MOVEMENTS, Array, Recognised, Rep, Side, Signals, View

#: Least drop of the shoulders, share of leg + trunk length, to be a candidate at all; a declared
#: movement may be shallower.
_MIN_DROP = 0.09
_MIN_DROP_DECLARED = 0.06
#: Of the shortest repetition that is judged: what is shorter never was one.
_POSSIBLE_SHARE = 0.5
#: A signal seen in this share of the clip can drive.
_MOSTLY = 0.8
#: So many other repetitions, spread at least so much of their depth, show whether a first one differs.
_ENOUGH_OTHERS = 3
_LEAST_SPREAD = 0.05


def find_candidates(
    coarse: Coarse,
    signals: Signals,
    view: View,
    *,
    cuts_s: Sequence[float],
    time_s: Array,
    declared: Declared,
) -> list[Candidate]:
    """Return every way down and up of the shoulders, classified; none across a camera cut.

    What is over in less time than anybody needs is a jump of the followed points, not a movement.
    Where a person marked the repetitions, there is one candidate for each of those instead.
    """
    rules = load_grading().repetition
    min_depth = _MIN_DROP_DECLARED if declared.movement else _MIN_DROP
    least_s = _POSSIBLE_SHARE * rules["rep_min_duration_s"]
    cycles = [
        (cycle, time_s[cycle.start], time_s[cycle.end - 1])
        for cycle in find_cycles(coarse.drop, min_depth=min_depth, rules=rules)
    ]
    whole = [
        cycle
        for cycle, start_s, end_s in cycles
        if (end_s - start_s >= least_s or cycle.cut_at_start or cycle.cut_at_end)
        and not any(start_s < cut < end_s for cut in cuts_s)
    ]
    candidates = classify(whole, coarse, signals, view)
    if not declared.reps:
        return candidates
    return marked_candidates(candidates, frames_of(declared.reps, time_s), coarse, signals, view)


def driver_signal(movement: str, coarse: Coarse, signals: Signals, *, lead: Side = "mid") -> Array:
    """Return the signal a movement's repetitions turn in, larger = deeper.

    It is the driver its table names (of the lead leg in a lunge) where that was measured, else a
    coarse signal that turns with it.
    """
    stand_in = {"squat": coarse.hip_drop, "hinge": coarse.trunk_deg, "lunge": coarse.hip_drop}
    if movement not in MOVEMENTS:
        return coarse.drop
    name = load_movement(movement).driver
    measured = signals.get(signal_key(name, lead if load_measures()[name].per_side else "mid"))
    if measured is None or np.isfinite(measured).mean() < _MOSTLY:
        return stand_in[movement]
    return measured


def find_reps(
    candidates: Sequence[Candidate],
    movement: Recognised,
    coarse: Coarse,
    signals: Signals,
    time_s: Array,
    *,
    marked: Sequence[MarkedRep] | None = None,
    cuts_s: Sequence[float] = (),
) -> tuple[Rep, ...]:
    """Return the repetitions of a movement, numbered from 1.

    Undeclared, only candidates of the recognised kind count; of an unknown movement all count and
    none is judged; of no movement there are none. Those that a person ``marked`` all count, at the
    borders that were marked; where these are the program's own, it stays its own repetition.
    """
    if movement.name == "none" or marked == ():
        return ()
    known = movement.name in MOVEMENTS
    every = not known or movement.declared or marked
    counted = [c for c in candidates if every or c.name == movement.name]
    cutter = _Cutter(movement.name, coarse, signals, time_s)
    reps = [cutter.cut(each, candidates, index) for index, each in enumerate(counted, start=1)]
    reps = _leave_out_a_first_that_differs(reps, [c.cycle.depth for c in counted], rules=cutter.rules)
    if not marked:
        return tuple(reps)
    pairs = zip(reps, frames_of(marked, time_s), strict=True)
    return tuple(cutter.at_marks(rep, frames, cuts_s) for rep, frames in pairs)


@dataclass(frozen=True, slots=True, eq=False)
class _Cutter:
    """Cuts repetitions of one movement out of one clip."""

    movement: str
    coarse: Coarse
    signals: Signals
    time_s: Array

    @property
    def rules(self) -> Mapping[str, float]:
        known = self.movement in MOVEMENTS
        return load_movement(self.movement).rules if known else load_grading().repetition

    def cut(self, candidate: Candidate, candidates: Sequence[Candidate], index: int) -> Rep:
        """Return a candidate as a repetition, cut with the movement's own driver."""
        known = self.movement in MOVEMENTS
        doubts = _too_small(candidate, self.movement, self.rules) if known else ("movement_unknown",)
        side: Side = candidate.features.lead if self.movement == "lunge" else "mid"
        driver = driver_signal(self.movement, self.coarse, self.signals, lead=side)
        after, before = _neighbours(candidates, candidate, len(self.time_s))
        cycle = refine(candidate.cycle, driver, after=after, before=before, rules=self.rules)
        return _to_rep(cycle, index, driver, self.time_s, rules=self.rules, side=side, doubts=doubts)

    def at_marks(self, rep: Rep, frames: Frames, cuts_s: Sequence[float]) -> Rep:
        """Return the repetition a person marked; the program's own where the borders are the same."""
        if frames.are_of(rep, len(self.time_s) - 1):
            return rep
        driver = driver_signal(self.movement, self.coarse, self.signals, lead=rep.side)
        doubts = still_in_doubt(rep, frames, cuts_s, self.time_s)
        cycle = cycle_of(frames, driver)
        side, rules = rep.side, self.rules
        return by_hand(_to_rep(cycle, rep.index, driver, self.time_s, rules=rules, side=side, doubts=doubts))


def _neighbours(candidates: Sequence[Candidate], own: Candidate, frames: int) -> tuple[int, int]:
    """Return the turns before and after a candidate's own, or the ends of the clip."""
    turns = [candidate.cycle.turn for candidate in candidates]
    place = turns.index(own.cycle.turn)
    return (turns[place - 1] if place else 0), (turns[place + 1] if place + 1 < len(turns) else frames - 1)


def _leave_out_a_first_that_differs(
    reps: list[Rep], depths: list[float], *, rules: Mapping[str, float]
) -> list[Rep]:
    """Don't judge a first repetition whose depth is far from that of at least three others."""
    others = [depth for rep, depth in zip(reps[1:], depths[1:], strict=True) if rep.graded]
    if len(others) < _ENOUGH_OTHERS or not reps[0].graded:
        return reps
    usual, spread = (
        float(np.mean(others)),
        max(float(np.std(others, ddof=1)), _LEAST_SPREAD * float(np.mean(others))),
    )
    if abs(depths[0] - usual) <= rules["rep_first_differs_sd"] * spread:
        return reps
    return [replace(reps[0], graded=False, reasons=("first_rep_differs",)), *reps[1:]]


def _too_small(candidate: Candidate, movement: str, rules: Mapping[str, float]) -> tuple[str, ...]:
    """A repetition below the movement's minimum is kept but not judged."""
    f = candidate.features
    reached = {
        "squat": f.hip_drop_pct >= rules.get("min_hip_drop_pct", 0),
        "hinge": f.trunk_deg >= rules.get("min_trunk_change_deg", 0),
        "lunge": f.knee_deg >= rules.get("min_knee_flexion_deg", 0)
        and f.step_pct >= rules.get("min_step_pct", 0),
    }[movement]
    return () if reached else ("rep_too_small",)


def _to_rep(
    cycle: Cycle,
    index: int,
    driver: Array,
    time_s: Array,
    *,
    rules: Mapping[str, float],
    side: Side = "mid",
    doubts: tuple[str, ...] = (),
) -> Rep:
    """Make a cycle a repetition; ``doubts`` are reasons found elsewhere not to judge it."""
    bottom_start, bottom_end = bottom_of(cycle, driver, time_s, speed_pct=rules["rep_bottom_speed_pct"])
    reasons = doubts + _doubts(cycle, driver, time_s, rules=rules)
    return Rep(
        index=index,
        start=cycle.start,
        turn=cycle.turn,
        end=cycle.end,
        side=side,
        graded=not reasons,
        reasons=reasons,
        bottom_start=bottom_start,
        bottom_end=bottom_end,
    )


def _doubts(cycle: Cycle, driver: Array, time_s: Array, *, rules: Mapping[str, float]) -> tuple[str, ...]:
    duration_s = float(time_s[cycle.end - 1] - time_s[cycle.start])
    seen = np.isfinite(driver[cycle.start : cycle.end]).mean()
    cut = cycle.cut_at_start or cycle.cut_at_end
    doubts = {
        "rep_cut_at_start": cycle.cut_at_start,
        "rep_cut_at_end": cycle.cut_at_end,
        "rep_no_return": not cycle.returned and not cut,
        "rep_too_fast": duration_s < rules["rep_min_duration_s"] and not cut,
        "rep_too_slow": duration_s > rules["rep_max_duration_s"],
        "rep_gap": 100 * seen < rules["rep_min_seen_pct"],
    }
    return tuple(reason for reason, holds in doubts.items() if holds)
