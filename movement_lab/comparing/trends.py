"""One measure over visits, in the band of its own noise around the first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from movement_lab.comparing.changes import change_of, near_side
from movement_lab.comparing.facts import Facts
from movement_lab.comparing.table import load_comparing
from movement_lab.records import Side


@dataclass(frozen=True, slots=True)
class Seen:
    """An assessment in a person's history: its identifier, when it was made, and what it showed."""

    id: str
    at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True)
class Point:
    """One assessment's value; ``real`` where it differs from the first one by more than the noise."""

    id: str
    at: datetime
    value: float
    real: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """One measure over visits, oldest first; ``noise`` is half the band around the first value.

    ``left_out``: how many assessments of the movement can't be compared with the newest one; a measure that
    is experimental has no trend.
    """

    name: str
    side: Side
    unit: str
    noise: float
    points: tuple[Point, ...]
    left_out: int = 0


def find_trend(history: Sequence[Seen], name: str) -> Trend | None:
    """Return the trend of a measure in the movement and view of the newest assessment; None without values.

    Of several assessments on one day the newest counts.
    """
    ordered = sorted(history, key=lambda each: each.at)
    for newest in reversed(ordered):
        side = near_side(newest.facts, name)
        own = change_of(newest.facts, newest.facts, name, side)
        if own.reading == "noise" and own.tier != "T3":
            return _trend(ordered, newest, name, side)
    return None


def measures_of(facts: Facts, chosen: Sequence[str] = (), *, most: int | None = None) -> list[str]:
    """Return the measures to draw over visits: those chosen, else the usual ones; only what was seen."""
    table = load_comparing()
    wanted = chosen or table.trends.get(facts.movement, ())
    shown = [
        name for name in wanted
        if change_of(facts, facts, name, near_side(facts, name)).reading == "noise"
    ]  # fmt: skip
    return shown[: most or int(table.most_trends)]


def _trend(ordered: Sequence[Seen], newest: Seen, name: str, side: Side) -> Trend:
    same = [each for each in ordered if each.facts.movement == newest.facts.movement]
    fitting = [each for each in same if _fits(each.facts, newest.facts, name, side)]
    days = list({each.at.astimezone().date(): each for each in fitting}.values())
    changes = [change_of(days[0].facts, each.facts, name, side) for each in days]
    points = tuple(
        Point(each.id, each.at, change.now, change.reading == "real")
        for each, change in zip(days, changes, strict=True)
    )
    noise = max(change.noise for change in changes)
    return Trend(name, side, changes[0].unit, noise, points, len(same) - len(fitting))


def _fits(then: Facts, now: Facts, name: str, side: Side) -> bool:
    return change_of(then, now, name, side).reading in ("real", "noise")
