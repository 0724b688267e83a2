"""What the low back was to be told apart with, row by row, and whether it holds on held-out bodies."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from movement_lab.records import MOVEMENTS
from movement_lab.validation.bar import WANTED_COVERAGE, WANTED_SENSITIVITY, WANTED_SPECIFICITY, Goal
from movement_lab.validation.judged import clear_counts, finding_rows
from movement_lab.validation.run import Results
from movement_lab.validation.spine_compare import LUMBAR
from movement_lab.validation.spine_values import (
    CLOTHES,
    FULL_DEG,
    WIDENED_DEG,
    Errors,
    Reading,
    by_contour,
    errors,
    is_hidden,
    readings,
    with_stickers,
)
from movement_lab.validation.tables import Table, share_with_interval, show

WANTED_LUMBAR_DEG: Final = {"fitted": 3.5, "loose": 5.0}
WANTED_OTHERS_DEG: Final = {
    "pelvic_tilt_deg": 4.0,
    "thorax_inclination_deg": 2.5,
    "upper_back_rounding_deg": 3.5,
}
#: Where the low back arches or bends furthest, and the bias allowed there.
ENDS_DEG: Final = (-5.0, 35.0)
WANTED_BIAS_DEG: Final = 4.0
WANTED_OFF_DEG: Final = 6.0
WANTED_STICKERS_DEG: Final = 2.5
WANTED_DOTS: Final = 0.98
WANTED_WITHHELD: Final = 0.95

#: Findings the bar names, by movement; ``True`` where only instructed bends count.
WANTED_FINDINGS: Final = (
    ("squat", "late_pelvic_tuck", False),
    ("squat", "low_back_bend_range", False),
    ("hinge", "upper_back_rounding", True),
    ("hinge", "back_before_hips", True),
)


@dataclass(frozen=True, slots=True)
class SpineGoal(Goal):
    """One row of the bar, with the same figure of body points alone (``guess``) and of always the mean."""

    guess: str = "–"
    mean: str = "–"


def spine_goals(results: Results, *, model: str, split: str = "held_out") -> list[SpineGoal]:
    """Return every row of the bar about the spine, for one model and one part of the bodies."""
    every = readings(results, model=model, split=split)
    if not every:
        return []
    near = by_contour(every)
    return [
        *_angles(near),
        *_ends(near),
        *_off_the_plane(every, near),
        *_coverage(near),
        *_findings(results, model, split),
        *_stickers(every),
        _covered(every),
    ]


def spine_bar_table(results: Results, *, model: str) -> Table:
    """Return the bar as a table."""
    rows = tuple(
        (g.quantity, g.wanted, g.reached, g.guess, g.mean, g.n, g.verdict)
        for g in spine_goals(results, model=model)
    )
    others = "body points alone", "always the mean"
    return Table(("quantity", "wanted", "reached", *others, "n", "holds"), rows)


def lumbar(found: Iterable[Reading]) -> list[Reading]:
    """Return the readings of lumbar flexion."""
    return [r for r in found if r.angle == LUMBAR]


# ---------------------------------------------------------------- rows


def _angles(near: Sequence[Reading]) -> Iterator[SpineGoal]:
    for clothes, wanted in WANTED_LUMBAR_DEG.items():
        mine = errors(r for r in lumbar(near) if r.clothes == clothes)
        yield _mae(f"{LUMBAR}, {clothes} clothes, MAE", wanted, mine)
    for angle, wanted in WANTED_OTHERS_DEG.items():
        yield _mae(f"{angle}, MAE", wanted, errors(r for r in near if r.angle == angle))


def _mae(quantity: str, wanted: float, mine: Errors) -> SpineGoal:
    held = mine.mae <= wanted if mine.n else None
    reached = f"{_degrees(mine.mae)} (bias {show(mine.bias)}, {mine.withheld} withheld)"
    guesses = _degrees(mine.guess_mae), _degrees(mine.mean_mae)
    return SpineGoal(quantity, f"≤ {wanted}°", reached, mine.n, held, *guesses)


def _ends(near: Sequence[Reading]) -> Iterator[SpineGoal]:
    arched, bent = ENDS_DEG
    ends = (
        (f"below {arched:.0f}°", [r for r in lumbar(near) if r.true < arched]),
        (f"above {bent:.0f}°", [r for r in lumbar(near) if r.true > bent]),
    )
    for where, found in ends:
        known = [r for r in found if r.known]
        biases = [_bias(known, name) for name in ("value", "guess", "mean")]
        yield SpineGoal(
            f"{LUMBAR}, truly {where}, bias",
            f"within ±{WANTED_BIAS_DEG}°",
            f"{_degrees(biases[0])} ({len(found) - len(known)} withheld)",
            len(known),
            abs(biases[0]) <= WANTED_BIAS_DEG if known else None,
            *(_degrees(bias) for bias in biases[1:]),
        )


def _bias(known: Sequence[Reading], what: str) -> float:
    differences = [getattr(r, what) - r.true for r in known]
    finite = [each for each in differences if math.isfinite(each)]
    return float(np.mean(finite)) if finite else math.nan


def _off_the_plane(every: Sequence[Reading], near: Sequence[Reading]) -> Iterator[SpineGoal]:
    off = [r for r in lumbar(by_contour(every, most_yaw_deg=WIDENED_DEG)) if r.yaw_deg > FULL_DEG]
    yield _mae(f"{LUMBAR}, camera 15 to 25° off, MAE", WANTED_OFF_DEG, errors(off))
    here, there = _usual_half(off), _usual_half(lumbar(near))
    yield SpineGoal(
        "half an 80 % interval there, against that of a true side view",
        "wider",
        f"{_degrees(here)} against {_degrees(there)}",
        sum(r.known for r in off),
        here > there if math.isfinite(here) and math.isfinite(there) else None,
    )
    beyond = [r for r in every if r.yaw_deg > WIDENED_DEG]
    yield _withheld("camera beyond 25° off: repetitions withheld", "all", 1.0, beyond)


def _usual_half(found: Iterable[Reading]) -> float:
    halves = [r.half_as_earned for r in found if r.known]
    return float(np.median(halves)) if halves else math.nan


def _withheld(quantity: str, wanted: str, share: float, found: Sequence[Reading]) -> SpineGoal:
    """A repetition is withheld if none of its angles was given."""
    reps: dict[tuple[str, int], bool] = {}
    for r in found:
        key = r.row["case"], r.rep
        reps[key] = reps.get(key, True) and not math.isfinite(r.value)
    count, n = sum(reps.values()), len(reps)
    return SpineGoal(quantity, wanted, share_with_interval(count, n), n, count >= share * n if n else None)


def _coverage(near: Sequence[Reading]) -> Iterator[SpineGoal]:
    known = [r for r in near if r.known]
    groups = {f"{clothes} clothes": [r for r in known if r.clothes == clothes] for clothes in CLOTHES}
    groups |= {movement: [r for r in known if r.row["movement"] == movement] for movement in MOVEMENTS}
    low, high = WANTED_COVERAGE
    for group, mine in groups.items():
        hits = sum(r.covered_as_earned for r in mine)
        yield SpineGoal(
            f"80 % intervals of all angles, as earned, {group}",
            f"{low:.2f} to {high:.2f}",
            share_with_interval(hits, len(mine)),
            len(mine),
            low <= hits / len(mine) <= high if mine else None,
        )


def _findings(results: Results, model: str, split: str) -> Iterator[SpineGoal]:
    pairs = [
        (row, f)
        for row, f in finding_rows(results, model=model, split=split, of_spine=True)
        if not row["stickers"] and not is_hidden(row)
    ]
    for movement, finding, instructed in WANTED_FINDINGS:
        mine = [
            f
            for row, f in pairs
            if (row["movement"], f["id"]) == (movement, finding) and (row["instructed"] or not instructed)
        ]
        hit, present, left, absent = clear_counts(mine)
        name = f"{movement}: {finding}{', instructed' if instructed else ''}"
        for what, count, n, wanted in (
            ("sensitivity", hit, present, WANTED_SENSITIVITY),
            ("specificity", left, absent, WANTED_SPECIFICITY),
        ):
            held = count >= wanted * n if n else None
            yield SpineGoal(f"{name}, {what}", f"≥ {wanted}", share_with_interval(count, n), n, held)


def _stickers(every: Sequence[Reading]) -> Iterator[SpineGoal]:
    mine = with_stickers(lumbar(every))
    own = [replace(r, true=r.strips, guess=math.nan, mean=math.nan) for r in mine]
    yield _mae(f"stickers: {LUMBAR}, MAE", WANTED_STICKERS_DEG, errors(mine))
    yield _mae("stickers: turn of the strips themselves, MAE", WANTED_STICKERS_DEG, errors(own))
    clips = {r.row["case"]: r.row["spine"]["dots"] or (0, 1) for r in mine}
    found, frames = (sum(each) for each in zip(*clips.values(), strict=True)) if clips else (0, 0)
    yield SpineGoal(
        "stickers: all dots found, share of frames",
        f"≥ {WANTED_DOTS}",
        f"{found / frames:.3f} of {len(clips)} clips" if frames else "–",
        frames,
        found >= WANTED_DOTS * frames if frames else None,
    )


def _covered(every: Sequence[Reading]) -> SpineGoal:
    hidden = [r for r in every if is_hidden(r.row)]
    quantity = "back covered or its edge torn: repetitions withheld"
    return _withheld(quantity, f"≥ {WANTED_WITHHELD}", WANTED_WITHHELD, hidden)


def _degrees(value: float) -> str:
    return f"{show(value)}°" if math.isfinite(value) else "–"
