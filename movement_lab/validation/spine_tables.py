"""Tables of the accuracy page about the spine, each from results by one function."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from movement_lab.knowledge import load_grading
from movement_lab.records import MOVEMENTS
from movement_lab.validation.judged import clear_counts, finding_rows
from movement_lab.validation.run import Results
from movement_lab.validation.spine_bar import lumbar
from movement_lab.validation.spine_compare import ANGLES
from movement_lab.validation.spine_values import (
    CLOTHES,
    WIDENED_DEG,
    Errors,
    Reading,
    by_contour,
    clothes_of,
    errors,
    readings,
    with_stickers,
)
from movement_lab.validation.stats import Z80
from movement_lab.validation.tables import Cell, Table, percent, share_with_interval
from movement_lab.validation.values import Value, values

_COLUMNS: Final = (
    "n",
    "clips",
    "withheld",
    "bias",
    "MAE",
    "body points alone",
    "always the mean",
    "80 % covered",
)
_YAW_STEPS_DEG: Final = (5.0, 10.0, 15.0, 20.0, 25.0)
#: How many of the readings that are furthest off are shown, and from what error on.
_WORST: Final = 12
_FAR_OFF_DEG: Final = 8.0


def by_clothes(results: Results, *, model: str) -> Table:
    """Return errors of every angle by how the clothes sit, camera within 15 degrees."""
    return _table("clothes", _near(results, model), lambda r: r.clothes, CLOTHES)


def by_movement(results: Results, *, model: str) -> Table:
    """Return errors of every angle by movement, camera within 15 degrees."""
    return _table("movement", _near(results, model), lambda r: str(r.row["movement"]), MOVEMENTS)


def by_yaw(results: Results, *, model: str) -> Table:
    """Return errors of every angle by how far the camera was off the side view."""
    every = by_contour(readings(results, model=model), most_yaw_deg=math.inf)
    steps = [_span(i) for i in range(len(_YAW_STEPS_DEG) + 1)]
    return _table("camera off by", every, lambda r: steps[_step(r.yaw_deg)], steps)


def by_bend(results: Results, *, model: str) -> Table:
    """Return errors of lumbar flexion by how far the low back is truly bent."""
    spans = ("arched beyond 5", "-5 to 10", "10 to 25", "25 to 35", "bent beyond 35")

    def span(r: Reading) -> str:
        return spans[sum(r.true > edge for edge in (-5.0, 10.0, 25.0, 35.0))]

    return _table("true lumbar flexion, degrees", lumbar(_near(results, model)), span, spans)


def stickers_table(results: Results, *, model: str) -> Table:
    """Return errors of every angle that stickers gave."""
    found = with_stickers(readings(results, model=model))
    return _table("movement", found, lambda r: str(r.row["movement"]), MOVEMENTS)


def _near(results: Results, model: str) -> list[Reading]:
    return by_contour(readings(results, model=model))


def _table(name: str, found: Sequence[Reading], of: Callable[[Reading], str], order: Sequence[str]) -> Table:
    groups: defaultdict[tuple[str, str], list[Reading]] = defaultdict(list)
    for r in found:
        groups[r.angle, of(r)].append(r)
    keys = [(angle, group) for angle in ANGLES for group in order if (angle, group) in groups]
    return Table(("angle", name, *_COLUMNS), tuple((*key, *_cells(errors(groups[key]))) for key in keys))


def _cells(e: Errors) -> tuple[Cell, ...]:
    figures = e.bias, e.mae, e.guess_mae, e.mean_mae
    return e.n, e.clips, e.withheld, *figures, percent(e.covered_as_earned)


def _step(yaw_deg: float) -> int:
    return sum(yaw_deg > edge for edge in _YAW_STEPS_DEG)


def _span(step: int) -> str:
    if step == len(_YAW_STEPS_DEG):
        return f"beyond {_YAW_STEPS_DEG[-1]:.0f}°"
    low = _YAW_STEPS_DEG[step - 1] if step else 0.0
    return f"{low:.0f} to {_YAW_STEPS_DEG[step]:.0f}°"


# ---------------------------------------------------------------- coverage


def coverage_table(results: Results, *, model: str) -> Table:
    """Return how often 80 % intervals hold the truth, as earned, by clothes and movement.

    A column for each angle, then all of them as reported; the last counts values over a whole set.
    """
    near, sets = _near(results, model), _sets(results, model)
    rows = []
    for clothes in (*CLOTHES, "any"):
        for movement in (*MOVEMENTS, "any"):
            mine = [r for r in near if r.known and _fits(r, clothes, movement)]
            if mine:
                cover = [errors(r for r in mine if r.angle == angle).covered_as_earned for angle in ANGLES]
                whole = [v for v in sets if _fits(v, clothes, movement)]
                ends = errors(mine).covered, _share(_held_over_set(v) for v in whole)
                rows.append((clothes, movement, len(mine), *map(percent, cover), *map(percent, ends)))
    return Table(
        ("clothes", "movement", "n", *ANGLES, "all, as reported", "over the set, as earned"), tuple(rows)
    )


def _fits(found: Reading | Value, clothes: str, movement: str) -> bool:
    return clothes in ("any", clothes_of(found.row)) and movement in ("any", found.row["movement"])


def _sets(results: Results, model: str) -> list[Value]:
    """Return values over a set of the clips whose repetitions count."""
    clips = {r.row["case"] for r in _near(results, model)}
    return [
        v
        for v in values(results)
        if v.name in ANGLES and v.zero == "rel" and v.row["model"] == model and v.row["case"] in clips
    ]


def _held_over_set(v: Value) -> bool:
    """Say whether the interval over a set holds the truth without the factor for real people."""
    earned = v.sd_method / load_grading().sim_to_real_factor
    return abs(v.error) <= Z80 * math.hypot(earned, v.sd_within)


def _share(held: Iterable[bool]) -> float:
    found = list(held)
    return sum(found) / len(found) if found else math.nan


# ---------------------------------------------------------------- findings, what is withheld, what is far off


def findings_table(results: Results, *, model: str) -> Table:
    """Return sensitivity and specificity at clear cases of every finding that needs the spine."""
    pairs = finding_rows(results, model=model, split="held_out", of_spine=True)
    pairs = [(row, f) for row, f in pairs if not row["cover"]]
    groups: defaultdict[tuple[str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row, f in pairs:
        groups[row["movement"], f["id"], "stickers" if row["stickers"] else "contour"].append(f)
    rows = []
    for key, mine in sorted(groups.items()):
        hit, present, left, absent = clear_counts(mine)
        shares = share_with_interval(hit, present), share_with_interval(left, absent)
        rows.append((*key, *shares, sum(f["grade"] == "not_graded" for f in mine)))
    return Table(
        ("movement", "finding", "filmed for", "sensitivity", "specificity", "not graded"), tuple(rows)
    )


def withheld_table(results: Results, *, model: str) -> Table:
    """Return why repetitions have no lumbar flexion: reason by what was filmed, no stickers."""
    found = [r for r in lumbar(readings(results, model=model)) if not r.row["stickers"]]
    kinds = sorted({_kind(r) for r in found})
    counts = Counter((_kind(r), reason) for r in found if not math.isfinite(r.value) for reason in r.reasons)
    rows = []
    for kind in kinds:
        mine = [r for r in found if _kind(r) == kind]
        gone = sum(not math.isfinite(r.value) for r in mine)
        why = ", ".join(f"`{reason}` {n}" for (of, reason), n in counts.most_common() if of == kind)
        rows.append((kind, len(mine), gone, why or "–"))
    return Table(("filmed", "repetitions", "withheld", "reasons"), tuple(rows))


def _kind(r: Reading) -> str:
    if r.row["cover"]:
        return f"covered: {r.row['cover'].replace('_', ' ')}"
    return "camera beyond 25°" if r.yaw_deg > WIDENED_DEG else "camera within 25°"


def worst_table(results: Results, *, model: str) -> Table:
    """Return the readings of lumbar flexion that are furthest off, without stickers."""
    found = [r for r in lumbar(readings(results, model=model)) if r.known and not r.row["stickers"]]
    worst = sorted(found, key=lambda r: -abs(r.error))[:_WORST]
    rows = tuple(
        (r.row["case"], r.rep, r.true, r.value, Z80 * r.sd, "yes" if r.covered else "no")
        for r in worst
        if abs(r.error) >= _FAR_OFF_DEG
    )
    return Table(("clip", "repetition", "true", "read", "± 80 %, as reported", "holds the truth"), rows)
