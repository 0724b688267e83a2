"""Two assessments side by side: what changed beyond the noise, what didn't, and what can't be compared.

A change is *real* where it is larger than the smallest one that two visits can claim with this method
(MDC95, clinical specification 6.4): ``1.96 * hypot(sem_then, sem_now)``, which is ``2.77 * SEM`` where both
visits are alike. More is not better and less is not worse: nothing here says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from movement_lab.comparing.facts import DOWN, SHARE, UP, Facts, Value
from movement_lab.comparing.table import load_comparing
from movement_lab.errors import UsageError
from movement_lab.knowledge import load_measures
from movement_lab.records import Side, Tier

Reading = Literal["real", "noise", "experimental", "not_compared"]
_ORDER: Final = ("real", "experimental", "noise", "not_compared")
_TIERS: Final = ("T1", "T2", "T3", "T0")


@dataclass(frozen=True, slots=True)
class Change:
    """One measure then and now.

    ``then``, ``now`` in ``unit``; ``change`` and ``noise`` (the smallest one to claim) in ``change_unit``:
    that unit, ``pct`` of then for seconds, ``points`` for shares. ``reading``: ``real`` beyond the noise,
    ``noise`` within it, ``experimental`` where the method is too rough to claim a change, ``not_compared``
    with ``reasons``.
    """

    name: str
    side: Side
    unit: str
    tier: Tier
    then: float
    now: float
    change: float
    noise: float
    change_unit: str
    reading: Reading
    reasons: tuple[str, ...] = ()

    @property
    def in_noise(self) -> float:
        """The change in units of the measure's own noise, NaN where there is none."""
        return self.change / self.noise if self.noise else math.nan


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two assessments compared; ``obstacle`` says why nothing of them can be, "" where something can.

    ``rows`` are the measures that both show, real changes first; ``left_out`` the others, with reasons;
    ``setup`` what differed between the two recordings without standing in the way.
    """

    then: Facts
    now: Facts
    rows: tuple[Change, ...]
    left_out: tuple[Change, ...]
    obstacle: str = ""
    setup: tuple[str, ...] = ()

    @property
    def real(self) -> tuple[Change, ...]:
        """Changes beyond their noise."""
        return tuple(row for row in self.rows if row.reading == "real")

    @property
    def same(self) -> tuple[Change, ...]:
        """Measures that stayed within their noise."""
        return tuple(row for row in self.rows if row.reading == "noise")


def compare(then: Facts, now: Facts) -> Comparison:
    """Compare two assessments, the earlier one first."""
    why = obstacle(then, now)
    found = [_change(then, now, name, side, why) for name, side in _places(then, now)]
    found += [_extra(then, now, name, why) for name in (DOWN, UP, SHARE)]
    changes = [each for each in found if each is not None]
    compared = [each for each in changes if each.reading != "not_compared"]
    left_out = tuple(each for each in changes if each.reading == "not_compared")
    return Comparison(then, now, tuple(_sorted(compared)), left_out, why, tuple(_setup(then, now)))


def obstacle(then: Facts, now: Facts) -> str:
    """Return why nothing of two assessments can be compared, or ""."""
    known = load_comparing().trends
    checks = {
        "no_movement": then.movement not in known or now.movement not in known,
        "other_movement": then.movement != now.movement,
        "no_repetitions": not (then.reps and now.reps),
        "no_plane": "none" in (then.plane, now.plane),
        "other_view": then.plane != now.plane,
        "other_task": then.task != now.task or then.variant != now.variant,
        "other_model": bool(then.model and now.model and then.model != now.model),
    }
    return next((reason for reason, holds in checks.items() if holds), "")


def change_of(then: Facts, now: Facts, name: str, side: Side) -> Change:
    """Return one measure then and now.

    Raises
    ------
    UsageError
        There is no such measure.
    """
    if name not in load_measures():
        raise UsageError(f"There is no measure “{name}”. Choose one of {', '.join(load_measures())}.")
    change = _change(then, now, name, side, obstacle(then, now))
    return change or _not_compared(name, side, "not_seen")


def near_side(facts: Facts, name: str) -> Side:
    """Return the side of a measure that an assessment shows best."""
    if not load_measures()[name].per_side:
        return "mid"
    return "right" if facts.view == "right" else "left"


def _places(then: Facts, now: Facts) -> Iterator[tuple[str, Side]]:
    """Yield measure and side of everything that is looked at in the view of now, or of then."""
    plane = now.plane if now.plane != "none" else then.plane
    row = load_comparing().planes.get(plane)
    for name in row.compared if row else ():
        if not load_measures()[name].per_side:
            yield name, "mid"
        elif plane == "side":
            yield name, near_side(now, name)
        else:
            yield from ((name, "left"), (name, "right"))


def _change(then: Facts, now: Facts, name: str, side: Side, why: str) -> Change | None:
    """Compare one measure; None where neither assessment says anything about it."""
    first, second = (each.values.get((name, side, each.zero)) for each in (then, now))
    reason = why or _difference(then, now, side)
    if reason or then.zero != now.zero:
        return _not_compared(name, side, reason or "other_zero")
    if first is None and second is None:
        return None
    missing = _missing(first, second)
    if missing or first is None or second is None:
        return _not_compared(name, side, *missing)
    return _judged(name, side, first, second, (then, now))


def _extra(then: Facts, now: Facts, name: str, why: str) -> Change | None:
    """Compare seconds and shares, which have no side and no zero."""
    first, second = then.extra.get(name), now.extra.get(name)
    if first is None and second is None:
        return None
    missing = _missing(first, second)
    if why or missing or first is None or second is None:
        return _not_compared(name, "mid", *((why,) if why else missing))
    return _judged(name, "mid", first, second, (then, now))


def _difference(then: Facts, now: Facts, side: Side) -> str:
    """Return why a side's values of two assessments mean different things, or ""."""
    if side == "mid":
        return ""
    if then.plane == "side" and then.view != now.view:
        return "other_side"
    if then.movement == "lunge" and then.leads_with(side) != now.leads_with(side):
        return "other_leg"
    return ""


def _missing(first: Value | None, second: Value | None) -> tuple[str, ...]:
    """Return why one of two values isn't known; nothing if both are."""
    for value in (first, second):
        if value is None:
            return ("not_seen",)
        if not math.isfinite(value.value):
            return value.reasons[:1] or ("not_seen",)
    return ()


def _judged(name: str, side: Side, first: Value, second: Value, both: tuple[Facts, Facts]) -> Change:
    if first.method != second.method:
        return _not_compared(name, side, "other_method")
    noise = _noise(first, second, both)
    if not noise > 0:
        return _not_compared(name, side, "noise_unknown")
    change, change_unit = second.value - first.value, first.unit
    if first.unit == "s":
        change, change_unit = 100 * change / first.value, "pct"
    elif first.unit == "pct":
        change_unit = "points"
    beyond: Reading = "experimental" if "T3" in (first.tier, second.tier) else "real"
    reading: Reading = beyond if _exceeds(change, noise, change_unit) else "noise"
    tier = max(first.tier, second.tier, key=_TIERS.index)
    return Change(
        name, side, first.unit, tier, first.value, second.value, change, noise, change_unit, reading
    )  # fmt: skip


def _exceeds(change: float, noise: float, unit: str) -> bool:
    """Say whether a change is larger than the noise, even once both are rounded as people read them."""
    places = 2 if unit == "ratio" else 0
    shown = (math.floor(abs(each) * 10**places + 0.5 + 1e-9) for each in (change, noise))
    return abs(change) > noise and next(shown) > next(shown)


def _noise(first: Value, second: Value, both: tuple[Facts, Facts]) -> float:
    """Return the smallest change to claim between two values, each with its own noise."""
    factors = [load_comparing().widened_factor if each.gate == "widened" else 1.0 for each in both]
    wide = (factors[0] * first.mdc95, factors[1] * second.mdc95)
    return math.sqrt(sum(each**2 for each in wide) / 2)


def _not_compared(name: str, side: Side, *reasons: str) -> Change:
    nan, row = math.nan, load_measures().get(name)
    unit = row.unit if row else name.rpartition("_")[2]
    tier: Tier = row.tier if row else "T1"
    return Change(name, side, unit, tier, nan, nan, nan, nan, unit, "not_compared", reasons)


def _sorted(changes: list[Change]) -> list[Change]:
    """Return real changes first, then what is measured better; in the order of the body."""
    return sorted(changes, key=lambda row: (_ORDER.index(row.reading), _TIERS.index(row.tier)))


def _setup(then: Facts, now: Facts) -> Iterator[str]:
    """Yield what differed between the recordings without standing in the way."""
    if "widened" in (then.gate, now.gate):
        yield "widened"
    if then.zero == now.zero == "abs":
        yield "no_standing"
    if then.spine != now.spine:
        yield "spine"
    if min(then.reps, now.reps) < 3:
        yield "few_reps"
