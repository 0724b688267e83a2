"""What this project set out to show, row by row, and whether it holds on held-out bodies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from movement_lab.validation.judged import NOTICED, clear_counts, finding_rows
from movement_lab.validation.run import Results
from movement_lab.validation.tables import Table, seen_plane, share_with_interval, show, true_plane
from movement_lab.validation.values import agree, values

#: Mean absolute error wanted at the turn, side view, change from standing (degrees).
WANTED_MAE_DEG: Final[Mapping[str, float]] = {
    "knee_flexion_deg": 3.0,
    "hip_trunk_flexion_deg": 3.0,
    "trunk_inclination_deg": 2.0,
    "shank_inclination_deg": 2.0,
}
WANTED_SENSITIVITY: Final = 0.90
WANTED_SPECIFICITY: Final = 0.95
WANTED_COVERAGE: Final = (0.75, 0.85)
WANTED_RECOGNISED: Final = 0.98
WANTED_VIEW: Final = 0.98
WANTED_TURN_S: Final = 0.1
WANTED_YAW_DEG: Final = 6.0

#: Findings the bar names, by movement.
WANTED_FINDINGS: Final = (
    ("squat", "heel_rise"),
    ("lunge", "lead_heel_rise"),
    ("squat", "trunk_lean_beyond_shank"),
    ("squat", "limited_shank_travel"),
    ("hinge", "squatting_the_hinge"),
    ("squat", "knees_inward"),
    ("squat", "pelvis_shift"),
    ("lunge", "lead_knee_inward"),
    ("squat", "trunk_lean_sideways"),
    ("lunge", "trunk_lean_sideways"),
)


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of the bar; ``held`` is None where the run has no case."""

    quantity: str
    wanted: str
    reached: str
    n: int
    held: bool | None

    @property
    def verdict(self) -> str:
        """Return yes, no or a dash."""
        return "–" if self.held is None else "yes" if self.held else "**no**"


def goals(results: Results, *, model: str, split: str = "held_out") -> list[Goal]:
    """Return every row of the bar, for one model and one part of the bodies.

    Scenes about the low back are left out: they have a bar of their own (`spine_bar`).
    """
    results = results.usual
    rows = [row for row in results.rows if row["model"] == model and row["split"] == split]
    whole = [row for row in rows if row["status"] == "ok"]
    found = [*_angles(results, model, split)]
    if rows:
        found += [_recognised(rows), *_reps(rows, whole), *_views(whole)]
    return [*found, *_findings(results, model, split)]


def bar_table(results: Results, *, model: str) -> Table:
    """Return the bar as a table."""
    rows = tuple((g.quantity, g.wanted, g.reached, g.n, g.verdict) for g in goals(results, model=model))
    return Table(("quantity", "wanted", "reached", "n", "holds"), rows)


def _angles(results: Results, model: str, split: str) -> Iterator[Goal]:
    """Yield errors of the four angles, then how often their intervals hold the truth."""
    chosen = [
        v
        for v in values(results)
        if v.name in WANTED_MAE_DEG and v.zero == "rel" and v.view == "side full" and not v.far
        if (v.row["model"], v.row["split"]) == (model, split)
    ]
    for name, wanted in WANTED_MAE_DEG.items():
        found = [v for v in chosen if v.name == name]
        mine = agree(found)
        held = mine.mae <= wanted if mine.n else None
        middle = float(np.median([abs(v.error) for v in found])) if found else math.nan
        reached = f"{show(mine.mae)} (bias {show(mine.bias)}, median {show(middle)})"
        yield Goal(f"{name} at the turn, MAE", f"≤ {wanted}", reached, mine.n, held)
    covered = [v.covered_as_earned for v in chosen]
    low, high = WANTED_COVERAGE
    share = float(np.mean(covered)) if covered else math.nan
    yield Goal(
        "80 % intervals of these, before the factor for real people, hold the truth",
        f"{low:.2f} to {high:.2f}",
        share_with_interval(sum(covered), len(covered)),
        len(covered),
        low <= share <= high if covered else None,
    )


def _recognised(rows: Sequence[Mapping[str, Any]]) -> Goal:
    """A clip that failed on the way was not recognised either."""
    right = sum(row.get("recognised") == row["movement"] for row in rows)
    wrong = sum(row.get("recognised", "unknown") not in (row["movement"], "unknown", "none") for row in rows)
    reached = f"{share_with_interval(right, len(rows))}, wrong {wrong}"
    held = right >= WANTED_RECOGNISED * len(rows) and wrong == 0
    return Goal(
        "movement recognised, never wrongly", f"≥ {WANTED_RECOGNISED}, wrong 0", reached, len(rows), held
    )


def _reps(rows: Sequence[Mapping[str, Any]], whole: Sequence[Mapping[str, Any]]) -> Iterator[Goal]:
    right = sum(row["reps"]["found"] == row["reps"]["true"] == row["reps"]["matched"] for row in whole)
    yield Goal(
        "repetitions counted", "all", share_with_interval(right, len(rows)), len(rows), right == len(rows)
    )
    errors = [abs(error) for row in whole for error in row["reps"]["turn_errors_s"]]
    middle = float(np.median(errors)) if errors else math.nan
    yield Goal(
        "turn of a repetition, median error", f"≤ {WANTED_TURN_S} s", f"{middle:.2f} s", len(errors),
        middle <= WANTED_TURN_S if errors else None,
    )  # fmt: skip


def _views(whole: Sequence[Mapping[str, Any]]) -> Iterator[Goal]:
    right, n = sum(seen_plane(row) == true_plane(row) for row in whole), len(whole)
    held = right >= WANTED_VIEW * n if n else None
    yield Goal("view: side, front or oblique", f"≥ {WANTED_VIEW}", share_with_interval(right, n), n, held)
    errors = [abs(row["view"]["turn_error_deg"]) for row in whole]
    middle = float(np.median(errors)) if errors else math.nan
    yield Goal(
        "yaw, median error", f"≤ {WANTED_YAW_DEG:.0f}°", f"{show(middle)}°", len(errors),
        middle <= WANTED_YAW_DEG if errors else None,
    )  # fmt: skip
    oblique = [row for row in whole if row["view"]["true_gate"] == "refused"]
    graded = sum(
        any(f["grade"] != "not_graded" for f in row["findings"] + row["extra_findings"]) for row in oblique
    )
    yield Goal(
        "oblique clips with anything graded", "0", str(graded), len(oblique), graded == 0 if oblique else None
    )


def _findings(results: Results, model: str, split: str) -> Iterator[Goal]:
    pairs = finding_rows(results, model=model, split=split)
    for movement, finding in WANTED_FINDINGS:
        mine = [f for row, f in pairs if (row["movement"], f["id"]) == (movement, finding)]
        hit, present, left, absent = clear_counts(mine, NOTICED[0])
        for what, count, n, wanted in (
            ("sensitivity", hit, present, WANTED_SENSITIVITY),
            ("specificity", left, absent, WANTED_SPECIFICITY),
        ):
            held = count >= wanted * n if n else None
            yield Goal(
                f"{movement}: {finding}, {what}", f"≥ {wanted}", share_with_interval(count, n), n, held
            )
