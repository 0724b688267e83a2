"""Who does how much of the bend (specification 5.1).

The sum of both parts is well measured, their split isn't: what one part gains by an error the other loses.
With a split error *e* the share is uncertain by ``e / (L + H)``: 3 degrees on 14 + 14 are ±11 points, 6
degrees on 40 + 70 are ±5.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from movement_lab.coordination.curves import Bend, moments, value_at
from movement_lab.coordination.readings import NAN, Reading, reading, unknown
from movement_lab.coordination.table import Part, Way, rule
from movement_lab.records import Array

#: The parts a way is read in besides the whole: for therapists, with intervals.
THIRDS: Final[tuple[Part, ...]] = ("first", "middle", "last")


@dataclass(frozen=True, slots=True)
class Change:
    """What both parts did over a stretch, in degrees, with the spread of each and of their sum."""

    lower: float
    upper: float
    lower_sd: float
    upper_sd: float
    sum_sd: float

    @property
    def total(self) -> float:
        """Lower plus upper."""
        return self.lower + self.upper


def share_of(
    part: float, rest: float, *, part_sd: float, rest_sd: float, sum_sd: float
) -> tuple[float, float]:
    """Return ``part / (part + rest)`` and its standard deviation (0-1).

    First-order propagation with the covariance that the spread of the sum implies,
    ``2 cov = sum_sd^2 - part_sd^2 - rest_sd^2``. With a sum known exactly that is ``part_sd / sum``.
    Spreads that contradict each other are read as fully opposite (or fully alike) errors.

    >>> [round(100 * share_of(14, 14, part_sd=e, rest_sd=e, sum_sd=0)[1]) for e in (3, 6)]
    [11, 21]
    """
    total = part + rest
    if not np.isfinite(total) or total == 0:
        return NAN, NAN
    limit = part_sd * rest_sd
    covariance = float(np.clip((sum_sd**2 - part_sd**2 - rest_sd**2) / 2, -limit, limit))
    variance = (rest * part_sd) ** 2 + (part * rest_sd) ** 2 - 2 * part * rest * covariance
    return part / total, float(np.sqrt(max(variance, 0.0))) / total**2


def change(bend: Bend, part: Part = "whole", way: Way = "down") -> Change:
    """Return what the parts did over a stretch; NaN where its ends weren't seen."""
    begin, end = moments(bend, part, way)
    curves = bend.curves
    return Change(
        lower=value_at(curves.lower_deg, end) - value_at(curves.lower_deg, begin),
        upper=value_at(curves.upper_deg, end) - value_at(curves.upper_deg, begin),
        lower_sd=_sd_of_change(curves.lower_sd_deg, begin, end),
        upper_sd=_sd_of_change(curves.upper_sd_deg, begin, end),
        sum_sd=_sd_of_change(curves.sum_sd_deg, begin, end),
    )


def _sd_of_change(sd: Array, begin: float, end: float) -> float:
    """Spread of a difference of two values of one repetition, whose errors are partly the same."""
    first, second = value_at(sd, begin), value_at(sd, end)
    alike = rule("error_correlation_ratio")
    return float(np.sqrt(first**2 + second**2 - 2 * alike * first * second))


def share(bend: Bend, part: Part = "whole", way: Way = "down") -> Reading:
    """Return the upper part's share of the change of both, in per cent.

    Of a *spine* bend the low back's share of low back and hip; of a *fold* the hip + back fold's share
    of that and the knee. Below 0 or above 100 (``parts_moved_apart``) where one part went the other way.
    """
    name = "share_pct" if part == "whole" else "share_of_third_pct"
    of, done = bend.of(way, part), change(bend, part, way)
    if not np.isfinite(done.total):
        return unknown(name, of, "not_seen")
    if abs(done.total) < rule("min_fold_change_deg"):
        return unknown(name, of, "bend_too_small")
    value, sd = share_of(
        done.upper, done.lower, part_sd=done.upper_sd, rest_sd=done.lower_sd, sum_sd=done.sum_sd
    )
    reasons = () if 0 <= value <= 1 else ("parts_moved_apart",)
    return reading(name, of, 100 * value, 100 * sd, reasons=reasons)


def ratio(shared: Reading, lower_change_deg: float) -> Reading:
    """Return upper change over lower change, made from the share and its interval.

    ``lower_change_deg`` is what the lower part did over that stretch: below ``min_hip_change_deg`` there is
    no ratio. The interval is the share's, carried over, so it is lopsided; where it reaches
    a share of all or more, the ratio has no upper end.
    """
    name = "upper_to_lower_ratio"
    if not shared.known:
        return unknown(name, shared.of, *shared.reasons)
    if not abs(lower_change_deg) >= rule("min_hip_change_deg"):
        return unknown(name, shared.of, "hip_moved_too_little")
    rest = 1 - shared.value / 100
    plain = reading(
        name,
        shared.of,
        shared.value / 100 / rest,
        shared.sd / 100 / rest**2,
        n_reps=shared.n_reps,
        reasons=shared.reasons,
    )
    return replace(
        plain,
        low=_to_ratio(shared.low),
        high=_to_ratio(shared.high),
        low95=_to_ratio(shared.low95),
        high95=_to_ratio(shared.high95),
    )


def _to_ratio(share_pct: float) -> float:
    return float("inf") if share_pct >= 100 else share_pct / (100 - share_pct)


def thorax_share(
    bend: Bend, thorax_deg: Array | None, *, thorax_sd_deg: float = NAN, way: Way = "down"
) -> Reading:
    """Return the upper back's share of the whole bend (upper back, low back and hip), in per cent.

    ``thorax_deg`` (T,) is upper-back bend in the frames of ``bend.curves``, from dots at C7 and T8; None
    without them. The sum of all three is taken to be as well measured as that of low back and hip.
    """
    name, of = "thorax_share_pct", bend.of(way)
    if bend.curves.kind != "spine" or thorax_deg is None:
        return unknown(name, of, "needs_upper_back_dots")
    begin, end = moments(bend, "whole", way)
    part, done = value_at(thorax_deg, end) - value_at(thorax_deg, begin), change(bend, "whole", way)
    if not np.isfinite(part + done.total):
        return unknown(name, of, "not_seen")
    if abs(part + done.total) < rule("min_fold_change_deg"):
        return unknown(name, of, "bend_too_small")
    rest_sd = float(np.hypot(done.sum_sd, thorax_sd_deg))  # what the upper back loses, the rest gains
    value, sd = share_of(part, done.total, part_sd=thorax_sd_deg, rest_sd=rest_sd, sum_sd=done.sum_sd)
    return reading(name, of, 100 * value, 100 * sd)
