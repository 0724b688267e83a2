"""Which movement is it? Squat, hinge, lunge, unknown or none (specification 3.5).

Candidates are the ways down and up of the shoulders, which all three movements share; each is
classified at its turn by the movements' own rules; the clip is what most of them are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from movement_lab.coarse import Coarse
from movement_lab.cycles import Cycle
from movement_lab.knowledge import load_movement
from movement_lab.measures import Body, hand_shank_distance, knee_flexion
from movement_lab.records import MOVEMENTS, Array, Recognised, Rep, Side, Signals, Track, View
from movement_lab.skeleton import SIDES

Rules = Mapping[str, float]

#: Both feet moved further than this share of leg length: walking, not a repetition.
_MAX_FOOT_TRAVEL = 0.25
#: This share of the candidates must agree.
_MAJORITY = 0.7
#: Fewer candidates of no known kind than this are not a set of anything.
_MIN_UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Features:
    """What a candidate looks like at its turn; degrees, and shares in per cent of leg length."""

    knee_deg: float
    knee_difference_deg: float
    fold_deg: float
    trunk_deg: float
    step_pct: float
    hip_drop_pct: float
    rear_heel_higher_pct: float
    lead: Side

    @property
    def knee_to_fold_ratio(self) -> float:
        """Knee bend over hip + back fold: high in squats, low in hinges."""
        return self.knee_deg / max(self.fold_deg, 1.0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cycle with its features and what it was taken for (``unknown`` with the reason)."""

    cycle: Cycle
    features: Features
    name: str
    reason: str | None = None


def classify(cycles: Sequence[Cycle], coarse: Coarse, signals: Signals, view: View) -> list[Candidate]:
    """Classify every cycle during which at least one foot stayed where it was."""
    return [candidate_of(cycle, coarse, signals, view) for cycle in cycles if _feet_stayed(cycle, coarse)]


def candidate_of(cycle: Cycle, coarse: Coarse, signals: Signals, view: View) -> Candidate:
    """Classify one cycle, whatever the feet did."""
    features = features_at(cycle, coarse, signals, view)
    return Candidate(cycle, features, *name_of(features))


def recognise(
    candidates: Sequence[Candidate], *, declared: str | None = None, marked: bool = False
) -> Recognised:
    """Return the movement most candidates are; a declared one wins, a mismatch is noted.

    ``marked``: a person marked them, so that they are a movement, if one without a name.
    """
    seen = _majority(candidates, least_unknown=1 if marked else _MIN_UNKNOWN)
    if declared is None:
        return seen
    mismatch = seen.name in MOVEMENTS and seen.name != declared
    reasons = ("movement_mismatch", f"looks_like_{seen.name}") if mismatch else ()
    return Recognised(declared, declared, reasons)  # type: ignore[arg-type]


def _majority(candidates: Sequence[Candidate], *, least_unknown: int) -> Recognised:
    counts = Counter(candidate.name for candidate in candidates)
    name, count = counts.most_common(1)[0] if counts else ("none", 0)
    if name in MOVEMENTS and count >= _MAJORITY * len(candidates):
        return Recognised(name)  # type: ignore[arg-type]
    if len(candidates) < least_unknown:
        known = [c for c in candidates if c.name in MOVEMENTS]
        if not known:
            return Recognised("none", reasons=("no_movement_seen",))
    kinds = sorted(kind for kind in counts if kind in MOVEMENTS)
    if len(kinds) > 1:
        return Recognised("unknown", reasons=("mixed_movements", *(f"looks_like_{kind}" for kind in kinds)))
    reasons = Counter(c.reason for c in candidates if c.reason)
    return Recognised("unknown", reasons=tuple(reason for reason, _ in reasons.most_common(2)))


def name_of(f: Features) -> tuple[str, str | None]:
    """Return the movement of one candidate, or ``unknown`` and why."""
    squat, hinge, lunge = (load_movement(name).rules for name in ("squat", "hinge", "lunge"))
    if f.step_pct >= lunge["min_step_pct"] and f.hip_drop_pct >= lunge["min_hip_drop_pct"]:
        return _lunge_or_not(f, lunge)
    if f.knee_difference_deg > squat["recognise_max_knee_difference_deg"]:
        return "unknown", "one_leg_bends"
    if (
        f.step_pct <= squat["recognise_max_step_pct"]
        and f.knee_deg >= squat["recognise_min_knee_deg"]
        and f.knee_to_fold_ratio >= squat["recognise_min_knee_to_fold_ratio"]
    ):
        return ("squat", None) if f.hip_drop_pct >= squat["min_hip_drop_pct"] else ("unknown", "too_shallow")
    return _hinge_or_not(f, hinge)


def _lunge_or_not(f: Features, rules: Rules) -> tuple[str, str | None]:
    if f.trunk_deg > rules["recognise_max_trunk_deg"]:
        return "unknown", "bends_over_split_stance"
    legs_differ = (
        f.knee_difference_deg >= rules["recognise_min_knee_difference_deg"]
        or f.rear_heel_higher_pct >= rules["recognise_min_rear_heel_higher_pct"]
        or f.knee_deg >= rules["recognise_knees_alone_deg"]
    )
    if legs_differ and f.knee_deg >= rules["min_knee_flexion_deg"]:
        return "lunge", None
    return "unknown", "split_stance_knees_straight"


def _hinge_or_not(f: Features, rules: Rules) -> tuple[str, str | None]:
    if f.trunk_deg < rules["recognise_min_trunk_deg"]:
        return "unknown", "too_shallow"
    if f.knee_deg > rules["ask_above_knee_deg"] and f.trunk_deg > rules["ask_above_trunk_deg"]:
        return "unknown", "squat_or_hinge"
    if (
        f.knee_deg < rules["recognise_deadlift_max_knee_deg"]
        and f.knee_to_fold_ratio < rules["recognise_deadlift_max_knee_to_fold_ratio"]
    ):
        return "hinge", None
    return "unknown", "squat_or_hinge"


def features_at(cycle: Cycle, coarse: Coarse, signals: Signals, view: View) -> Features:
    """Return a cycle's features: medians over a few frames around its turn.

    Bends of knee, hip + back and trunk are measured ones in a side view, coarse ones elsewhere.
    """
    around = slice(max(cycle.turn - 3, 0), cycle.turn + 4)
    knees, folds, heels = (_median(v[around]) for v in (coarse.knee_deg, coarse.fold_deg, coarse.heel_height))
    step = float(_median(coarse.step[around]))
    left_leads = step > 0
    rear_over_lead = (heels[1] - heels[0]) if left_leads else (heels[0] - heels[1])

    def measured(key: str, otherwise: float) -> float:
        value = float(_median(signals[key][around]))
        return value if np.isfinite(value) else otherwise

    return Features(
        knee_deg=measured(f"knee_flexion_{view.near}_deg", float(knees.mean())),
        knee_difference_deg=_knee_difference_deg(knees, around, signals),
        fold_deg=measured(f"hip_trunk_flexion_{view.near}_deg", float(folds.mean())),
        trunk_deg=measured("trunk_inclination_deg", float(_median(coarse.trunk_deg[around]))),
        step_pct=100 * abs(step),
        hip_drop_pct=100 * float(_median(coarse.hip_drop[around])),
        rear_heel_higher_pct=100 * float(np.nan_to_num(rear_over_lead)),
        lead="left" if left_leads else "right",
    )


def _knee_difference_deg(knees: Array, around: slice, signals: Signals) -> float:
    """Return how differently the knees bend: in coarse depth or as measured from the side, whichever is less.

    Each of them loses sight of the far leg now and then, hardly ever both at once.
    """
    left, right = (_median(signals[f"knee_flexion_{side}_deg"][around]) for side in SIDES)
    return float(np.fmin(abs(knees[0] - knees[1]), abs(left - right)))


def _median(values: Array) -> Array:
    """Median over the frames in which everything was seen; NaN if there is none."""
    seen = values[~np.isnan(values.reshape(len(values), -1)).any(axis=1)]
    return np.median(seen, axis=0) if len(seen) else np.full(values.shape[1:], np.nan)


def _feet_stayed(cycle: Cycle, coarse: Coarse) -> bool:
    travel = np.abs(coarse.foot_x[cycle.end - 1] - coarse.foot_x[cycle.start])
    seen = travel[np.isfinite(travel)]
    return not len(seen) or bool(seen.min() <= _MAX_FOOT_TRAVEL)


def variant_of(movement: Recognised, reps: Sequence[Rep], track: Track, view: View) -> Recognised:
    """Name the kind of a hinge: ``deadlift`` where the hands reach the knees, else ``waiters_bow``."""
    if movement.name != "hinge" or view.plane != "side" or not reps:
        return movement
    rules = load_movement("hinge").rules
    body = Body(track, view)
    turns = [rep.turn for rep in reps]
    above_pct = 100 * (body("knee", view.near) - body("wrist", view.near))[turns, 1] / body.leg_px
    reached = above_pct <= rules["deadlift_max_hands_above_knee_pct"]
    close = np.abs(hand_shank_distance(body)[turns]) <= rules["deadlift_max_hands_distance_pct"]
    bent = knee_flexion(body, view.near)[turns] >= rules["deadlift_min_knee_flexion_deg"]
    return replace(movement, variant="deadlift" if np.mean(reached & close & bent) > 0.5 else "waiters_bow")
