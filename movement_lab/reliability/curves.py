"""A group's mean curves with their bands: over 0 to 100 % of the way down, then 0 to 100 % of the way up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.batch.arrow import parquet
from movement_lab.records import Array
from movement_lab.reliability.design import Design, natural
from movement_lab.reliability.rules import Rules, load_rules

#: Per cent of a way at which curves are read.
PERCENT: Final = np.arange(101)
_WAYS: Final = ("down", "up")
#: Measures whose curves are made: those of the plane that was filmed, of the near side where they have sides.
_SIDE: Final = (
    *("knee_flexion_deg", "hip_trunk_flexion_deg", "trunk_inclination_deg", "shank_inclination_deg"),
    *("lumbar_flexion_deg", "pelvic_tilt_deg"),
)
_FRONT: Final = ("lateral_trunk_lean_deg", "pelvis_lateral_shift_pct", "kasr_ratio")


@dataclass(frozen=True, slots=True)
class GroupCurve:
    """One signal of a group: mean, its band and the spread between people, each (2, 101), down then up.

    ``values`` are minus own standing; ``people`` (2, 101) how many were seen there; NaN where too few were.
    """

    movement: str
    view: str
    group: str
    signal: str
    people: Array
    mean: Array
    low: Array
    high: Array
    sd: Array


def group_curves(folder: Path, design: Design, rules: Rules | None = None) -> Iterator[GroupCurve]:
    """Yield the curves of every group, movement and view with enough people, in order.

    A person's curve is the mean over that person's judged repetitions, whatever the number of clips: people
    count alike.
    """
    rules = rules or load_rules()
    graded, zeros = _graded(folder), _zeros(folder)
    members: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for clip, row in design.clips.items():
        key = (row["movement"], row["view"], str(row.get("group") or ""))
        members.setdefault(key, {}).setdefault(str(row["subject"]), []).append(clip)
    for key in sorted(members):
        people = [members[key][name] for name in sorted(members[key], key=natural)]
        if len(people) >= rules.min_group:
            yield from _of_group(folder, key, people, graded, zeros, rules)


def band(curves: Array, rules: Rules | None = None) -> tuple[Array, Array, Array, Array, Array]:
    """Return people seen, mean, lower and upper end of the mean's interval, and spread of (N, ...) curves.

    NaN where fewer than the least number of people, or than the least share of them, was seen.
    """
    from scipy.stats import t

    rules = rules or load_rules()
    seen = np.isfinite(curves).sum(axis=0)
    enough = (seen >= rules.min_group) & (100 * seen >= rules.min_seen_pct * len(curves))
    count = np.where(enough, seen, 2)
    total = np.nansum(curves, axis=0)
    mean = np.where(enough, total / count, np.nan)
    sd = np.sqrt(np.nansum((curves - mean) ** 2, axis=0) / (count - 1))
    sd = np.where(enough, sd, np.nan)
    half = t.ppf(0.5 + rules.confidence_pct / 200, count - 1) * sd / np.sqrt(count)
    return seen, mean, mean - half, mean + half, sd


def over_reps(rep: Array, phase: Sequence[str | None], values: Array, graded: set[int]) -> Array:
    """Return a signal's mean curve over the judged repetitions, (2, 101); NaN where none was seen."""
    down = np.array([each == "down" for each in phase])
    curves = [
        [_stretched(values[(rep == number) & side]) for side in (down, ~down)] for number in sorted(graded)
    ]
    if not curves:
        return np.full((2, len(PERCENT)), np.nan)
    stacked = np.array(curves)
    seen = np.isfinite(stacked).sum(axis=0)
    return np.asarray(np.where(seen > 0, np.nansum(stacked, axis=0) / np.maximum(seen, 1), np.nan))


def _stretched(values: Array) -> Array:
    """Return a way at 0 to 100 % of its time; gaps stay gaps."""
    if len(values) < 2:
        return np.full(len(PERCENT), np.nan)
    return np.interp(PERCENT / 100 * (len(values) - 1), np.arange(len(values)), values)


def _of_group(
    folder: Path,
    key: tuple[str, str, str],
    people: Sequence[Sequence[str]],
    graded: Mapping[str, set[int]],
    zeros: Mapping[tuple[str, str], float],
    rules: Rules,
) -> Iterator[GroupCurve]:
    signals = _signals(key[1])
    each = np.array([_of_person(folder, clips, signals, graded, zeros) for clips in people])
    for number, signal in enumerate(signals):
        curves = each[:, number]
        if np.isfinite(curves).any():
            yield GroupCurve(*key, signal, *band(curves, rules))


def _of_person(
    folder: Path,
    clips: Sequence[str],
    signals: Sequence[str],
    graded: Mapping[str, set[int]],
    zeros: Mapping[tuple[str, str], float],
) -> Array:
    """Return a person's curves, (signals, 2, 101): the mean over clips."""
    of_clips = []
    for clip in clips:
        table = parquet().read_table(
            folder / "frames" / f"{clip}.parquet", columns=["rep", "phase", *signals]
        )
        rep = np.array(table["rep"].fill_null(0))
        phase = table["phase"].to_pylist()
        changes = [_numbers(table[name]) - zeros.get((clip, name), np.nan) for name in signals]
        of_clips.append([over_reps(rep, phase, each, graded.get(clip, set())) for each in changes])
    stacked = np.array(of_clips)
    seen = np.isfinite(stacked).sum(axis=0)
    return np.asarray(np.where(seen > 0, np.nansum(stacked, axis=0) / np.maximum(seen, 1), np.nan))


def _numbers(column: Any) -> Array:
    return np.asarray(column.to_numpy(zero_copy_only=False), float)


def _signals(view: str) -> list[str]:
    from movement_lab.knowledge import load_measures
    from movement_lab.measures import signal_key

    sideways = view in ("left", "right")
    rows = load_measures()
    return [
        signal_key(name, view if rows[name].per_side else "mid")  # type: ignore[arg-type]
        for name in (_SIDE if sideways else _FRONT)
        if name in rows and (sideways or not rows[name].per_side)
    ]


def _graded(folder: Path) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for row in parquet().read_table(folder / "reps.parquet", columns=["clip", "rep", "graded"]).to_pylist():
        if row["graded"]:
            found.setdefault(row["clip"], set()).add(row["rep"])
    return found


def _zeros(folder: Path) -> dict[tuple[str, str], float]:
    """Return each signal's value in standing, by clip: what its geometric and relative values differ by."""
    import pyarrow.compute as pc

    from movement_lab.measures import signal_key

    wanted = (pc.field("at") == "turn") & pc.field("rep").is_valid() & pc.field("value").is_valid()
    names = ["clip", "name", "rep", "side", "zero", "unit", "value"]
    values: dict[tuple[str, str, int], dict[str, float]] = {}
    for row in (
        parquet().read_table(folder / "measurements.parquet", columns=names, filters=wanted).to_pylist()
    ):
        if not row["name"].endswith(f"_{row['unit']}"):
            continue  # in per cent of standing
        key = (row["clip"], signal_key(row["name"], row["side"]), row["rep"])
        values.setdefault(key, {})[row["zero"]] = row["value"]
    return {
        (clip, signal): pair["abs"] - pair["rel"]
        for (clip, signal, _), pair in values.items()
        if {"abs", "rel"} <= pair.keys()
    }
