"""Figures of agreement, from arrays of errors: nothing here knows what was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.records import Array

Z95: Final = 1.959964
Z80: Final = 1.281552
_MDC: Final = Z95 * math.sqrt(2)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Errors in a few numbers, in the unit of the errors (measured minus true).

    ``low``/``high`` are the 95 % limits of agreement; ``p80`` the size that 80 % of errors stay
    below; ``coverage80`` the share of 80 % intervals that held the truth.
    """

    n: int
    bias: float
    mae: float
    rms: float
    low: float
    high: float
    p80: float
    mdc95: float
    coverage80: float


def agreement(
    errors: Sequence[float], *, bodies: Sequence[str] = (), covered: Sequence[bool] = ()
) -> Agreement:
    """Summarise errors; ``bodies`` (one a value) gives the smallest real change, ``covered`` the coverage."""
    e = np.asarray(errors, float)
    if not len(e):
        return Agreement(0, *(math.nan,) * 8)
    bias, spread = float(e.mean()), float(e.std(ddof=1)) if len(e) > 1 else math.nan
    return Agreement(
        n=len(e),
        bias=bias,
        mae=float(np.abs(e).mean()),
        rms=rms(e),
        low=bias - Z95 * spread,
        high=bias + Z95 * spread,
        p80=float(np.quantile(np.abs(e), 0.8)),
        mdc95=_MDC * repeat_sd(e, bodies),
        coverage80=float(np.mean(covered)) if len(covered) else math.nan,
    )


def rms(errors: Array) -> float:
    """Return the root mean square: spread and bias in one number."""
    return float(np.sqrt(np.mean(np.square(errors))))


def repeat_sd(errors: Array, bodies: Sequence[str]) -> float:
    """Return the pooled standard deviation within bodies; NaN where no body was filmed twice.

    What differs between two recordings of one body (clothes, camera, light) is what differs between
    two visits; the body's own constant error cancels.
    """
    squares, freedom = 0.0, 0
    names = np.asarray(bodies)
    for name in sorted(set(bodies)):
        mine = errors[names == name]
        squares += float(np.sum((mine - mine.mean()) ** 2))
        freedom += len(mine) - 1
    return math.sqrt(squares / freedom) if freedom else math.nan


def wilson(hits: int, n: int, *, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's interval of a share (0-1); NaN, NaN without any case."""
    if n == 0:
        return math.nan, math.nan
    share, weight = hits / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    reach = z / (1 + weight) * math.sqrt(share * (1 - share) / n + weight / (4 * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)
