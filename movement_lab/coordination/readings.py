"""A reading: one number about coordination, its interval, and why it can't be known where it can't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from movement_lab.coordination.table import Curve, Kind, Part, Unit, Way, load_coordination, rule
from movement_lab.knowledge import load_grading

NAN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a reading is about: which curves of which method, which part of the way, which way."""

    kind: Kind = "any"
    method: str = ""
    way: Way = "down"
    part: Part = "whole"
    curve: Curve | Literal["both"] = "both"


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one repetition, or of the set (``n_reps`` > 1).

    ``name`` is the id of a measure in the table, ``of`` what it is about. ``value`` is NaN where it
    can't be known, with ``reasons`` (wording keys); ``sd`` one standard deviation, ``low``/``high`` the 80 %
    and ``low95``/``high95`` the 95 % interval, NaN where their size isn't known. ``mdc95`` is the
    smallest change two visits can claim with this method, NaN where none can be.
    """

    name: str
    of: Stretch
    value: float
    sd: float
    low: float
    high: float
    low95: float
    high95: float
    unit: Unit
    n_reps: int = 1
    mdc95: float = NAN
    reasons: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return bool(np.isfinite(self.value))


def reading(
    name: str, of: Stretch, value: float, sd: float = NAN, *, n_reps: int = 1, reasons: tuple[str, ...] = ()
) -> Reading:
    """Make a reading with the intervals a normal error of size ``sd`` gives, in the measure's unit."""
    row = load_coordination().measures[name]
    value = float(value) if np.isfinite(value) else NAN
    spread = float(sd) if np.isfinite(value) else NAN
    half, half95 = (spread * sds for sds in load_grading().half_width_sds)
    share_of_value = row.mdc95.get("any_pct", NAN) / 100 * abs(value)
    return Reading(
        name=name,
        of=of,
        value=value,
        sd=spread,
        low=value - half,
        high=value + half,
        low95=value - half95,
        high95=value + half95,
        unit=row.unit,
        n_reps=n_reps,
        mdc95=row.mdc95.get(of.method, share_of_value),
        reasons=reasons if np.isfinite(value) or reasons else ("not_seen",),
    )


def unknown(name: str, of: Stretch, *reasons: str) -> Reading:
    """Return a reading without a value, for these reasons."""
    return reading(name, of, NAN, reasons=reasons)


def over_reps(readings: Sequence[Reading]) -> Reading:
    """Return the median of one reading over the repetitions, with its uncertainty.

    ``sd^2 = sd_method^2 + sd_within^2 / n`` (specification 2.4): more repetitions shrink only the
    spread between them, not the error of the method. A single repetition whose method error isn't
    known has no interval.
    """
    seen = [each for each in readings if each.known]
    if not seen:
        why = dict.fromkeys(reason for each in readings for reason in each.reasons)
        return replace(readings[0], reasons=tuple(why) or ("not_seen",))
    values, n = np.array([each.value for each in seen]), len(seen)
    within = float(np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else 0.0
    methods = [each.sd for each in seen if np.isfinite(each.sd)]
    method = float(np.median(methods)) if methods else (0.0 if n > 1 else NAN)
    few = ("few_reps",) if n < rule("min_reps") else ()
    doubts = dict.fromkeys((*(reason for each in seen for reason in each.reasons), *few))
    return reading(
        seen[0].name,
        seen[0].of,
        float(np.median(values)),
        float(np.hypot(method, within)),
        n_reps=n,
        reasons=tuple(doubts),
    )


def of_own_best(now: Reading, best: Reading, *, name: str) -> Reading:
    """Return ``now`` in per cent of the same reading on the person's own best day.

    ``name``: ``range_of_best_pct`` or ``speed_of_best_pct``. The errors of two days are independent.
    """
    if not now.known:
        return unknown(name, now.of, *now.reasons)
    if not (best.known and best.value > 0):
        return unknown(name, now.of, "needs_earlier_visit")
    part = now.value / best.value
    sd = float(np.hypot(now.sd, part * best.sd)) / best.value
    return reading(name, now.of, 100 * part, 100 * sd, n_reps=now.n_reps)
