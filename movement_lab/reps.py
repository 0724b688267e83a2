"""From candidates to Reps: cut with the movement's own driver, and say which can be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from movement_lab.coarse import Coarse
from movement_lab.cycles import Cycle, bottom_of, find_cycles, refine
from movement_lab.knowledge import load_grading, load_measures, load_movement
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
    declared: str | None = None,
) -> list[Candidate]:
    """Return every way down and up of the shoulders, classified; none across a camera cut.

    What is over in less time than anybody needs is a jump of the followed points, not a movement.
    """
    rules = load_grading().repetition
    min_depth = _MIN_DROP_DECLARED if declared else _MIN_DROP
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
    return classify(whole, coarse, signals, view)


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
    candidates: Sequence[Candidate], movement: Recognised, coarse: Coarse, signals: Signals, time_s: Array
) -> tuple[Rep, ...]:
    """Return the repetitions of a movement, numbered from 1.

    Undeclared, only candidates of the recognised kind count; of an unknown movement all count and
    none is judged; of no movement there are none.
    """
    if movement.name == "none":
        return ()
    known = movement.name in MOVEMENTS
    rules = load_movement(movement.name).rules if known else load_grading().repetition
    counted = [c for c in candidates if not known or movement.declared or c.name == movement.name]
    reps = []
    for index, candidate in enumerate(counted, start=1):
        doubts = _too_small(candidate, movement.name, rules) if known else ("movement_unknown",)
        side: Side = candidate.features.lead if movement.name == "lunge" else "mid"
        driver = driver_signal(movement.name, coarse, signals, lead=side)
        after, before = _neighbours(candidates, candidate, len(time_s))
        cycle = refine(candidate.cycle, driver, after=after, before=before, rules=rules)
        reps.append(_to_rep(cycle, index, driver, time_s, rules=rules, side=side, doubts=doubts))
    return _leave_out_a_first_that_differs(reps, [c.cycle.depth for c in counted], rules=rules)


def _neighbours(candidates: Sequence[Candidate], own: Candidate, frames: int) -> tuple[int, int]:
    """Return the turns before and after a candidate's own, or the ends of the clip."""
    turns = [candidate.cycle.turn for candidate in candidates]
    place = turns.index(own.cycle.turn)
    return (turns[place - 1] if place else 0), (turns[place + 1] if place + 1 < len(turns) else frames - 1)


def _leave_out_a_first_that_differs(
    reps: list[Rep], depths: list[float], *, rules: Mapping[str, float]
) -> tuple[Rep, ...]:
    """Don't judge a first repetition whose depth is far from that of at least three others."""
    others = [depth for rep, depth in zip(reps[1:], depths[1:], strict=True) if rep.graded]
    if len(others) < _ENOUGH_OTHERS or not reps[0].graded:
        return tuple(reps)
    usual, spread = (
        float(np.mean(others)),
        max(float(np.std(others, ddof=1)), _LEAST_SPREAD * float(np.mean(others))),
    )
    if abs(depths[0] - usual) <= rules["rep_first_differs_sd"] * spread:
        return tuple(reps)
    return (replace(reps[0], graded=False, reasons=("first_rep_differs",)), *reps[1:])


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
