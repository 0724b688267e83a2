"""Test-retest figures of one measurement: ICC, SEM, smallest change, limits of agreement; or why none.

Model: people and sessions, two ways, single measurements. ICC(2,1) counts a shift that all people share as
disagreement, ICC(3,1) does not (Shrout and Fleiss 1979; A,1 and C,1 of McGraw and Wong 1996).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.records import Array
from movement_lab.reliability.rules import Rules, load_rules

_NAN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Icc:
    """One ICC with its interval; NaN where that is too wide to mean anything."""

    value: float = _NAN
    low: float = _NAN
    high: float = _NAN

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class Limits:
    """Bland and Altman's limits of agreement of the second session minus the first.

    ``bias`` is the mean difference, with its interval; ``low`` and ``high`` hold 95 % of differences.
    """

    bias: float = _NAN
    bias_low: float = _NAN
    bias_high: float = _NAN
    low: float = _NAN
    high: float = _NAN


@dataclass(frozen=True, slots=True)
class Agreement:
    """What repeated sessions say of one measurement, in its unit.

    ``sem`` is the standard error of measurement between sessions, a shared shift included; ``mdc95`` the
    smallest change of one person that is not just noise. All NaN, with ``reason`` (``few_subjects``,
    ``few_sessions``, ``no_spread`` or ``interval_wide``), where there is not enough data.
    """

    subjects: int
    sessions: int
    icc21: Icc = Icc()
    icc31: Icc = Icc()
    mean: float = _NAN
    sem: float = _NAN
    mdc95: float = _NAN
    limits: Limits = Limits()
    reason: str = ""


def agreement(values: Array, rules: Rules | None = None) -> Agreement:
    """Return the figures of (people, sessions) values; people with a gap (NaN) are left out."""
    rules = rules or load_rules()
    whole = values[np.isfinite(values).all(axis=1)]
    subjects, sessions = whole.shape
    reason = (
        "few_sessions"
        if sessions < rules.min_sessions
        else "few_subjects"
        if subjects < rules.min_subjects
        else "no_spread"
        if not np.ptp(whole, axis=0).any()
        else ""
    )
    if reason:
        return Agreement(subjects, sessions, reason=reason)
    icc21, icc31 = iccs(whole, confidence=rules.confidence_pct / 100)
    if not icc31.half_width <= rules.max_icc_half_width:
        return Agreement(subjects, sessions, reason="interval_wide")
    if not icc21.half_width <= rules.max_icc_half_width:  # a shared shift, from few sessions: anything goes
        icc21 = Icc()
    sem = standard_error(whole)
    return Agreement(
        subjects=subjects,
        sessions=sessions,
        icc21=icc21,
        icc31=icc31,
        mean=float(whole.mean()),
        sem=sem,
        mdc95=float(_normal(0.975) * math.sqrt(2) * sem),
        limits=limits_of_agreement(whole[:, 0], whole[:, 1], confidence=rules.confidence_pct / 100),
    )


@dataclass(frozen=True, slots=True)
class _Squares:
    """Mean squares of a two-way analysis of variance: between people, between sessions, what is left."""

    people: float
    sessions: float
    rest: float


def _squares(values: Array) -> _Squares:
    n, k = values.shape
    middle, people, sessions = values.mean(), values.mean(axis=1), values.mean(axis=0)
    rest = values - people[:, None] - sessions + middle
    return _Squares(
        people=float(k * np.sum((people - middle) ** 2) / (n - 1)),
        sessions=float(n * np.sum((sessions - middle) ** 2) / (k - 1)),
        rest=float(np.sum(rest**2) / ((n - 1) * (k - 1))),
    )


def iccs(values: Array, *, confidence: float = 0.95) -> tuple[Icc, Icc]:
    """Return ICC(2,1) and ICC(3,1) of (people, sessions) values without gaps, with their intervals."""
    from scipy.stats import f

    (n, k), ms = values.shape, _squares(values)
    edge, df, df_rest = 1 - (1 - confidence) / 2, n - 1, (n - 1) * (k - 1)
    if ms.rest <= 0:  # every difference between sessions is the same for all
        icc21 = ms.people / (ms.people + k * ms.sessions / n)
        return Icc(icc21, icc21, icc21), Icc(1.0, 1.0, 1.0)
    icc31 = (ms.people - ms.rest) / (ms.people + (k - 1) * ms.rest)
    ratio = ms.people / ms.rest
    low, high = ratio / f.ppf(edge, df, df_rest), ratio * f.ppf(edge, df_rest, df)
    third = Icc(icc31, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1))
    icc21 = (ms.people - ms.rest) / (ms.people + (k - 1) * ms.rest + k * (ms.sessions - ms.rest) / n)
    return Icc(icc21, *_interval21(icc21, ms, n, k, edge)), third


def _interval21(icc: float, ms: _Squares, n: int, k: int, edge: float) -> tuple[float, float]:
    """Return the interval of ICC(2,1), with Satterthwaite's degrees of freedom (Shrout and Fleiss 1979)."""
    from scipy.stats import f

    shift = k * icc * ms.sessions / ms.rest
    own = n * (1 + (k - 1) * icc) - k * icc
    df = (n - 1) * (k - 1) * (shift + own) ** 2 / ((n - 1) * shift**2 + own**2)
    upper, lower = f.ppf(edge, n - 1, df), f.ppf(edge, df, n - 1)
    other = k * ms.sessions + (k * n - k - n) * ms.rest
    return (
        float(n * (ms.people - upper * ms.rest) / (upper * other + n * ms.people)),
        float(n * (lower * ms.people - ms.rest) / (other + n * lower * ms.people)),
    )


def standard_error(values: Array) -> float:
    """Return the standard error of measurement: spread of one person's sessions, a shared shift included."""
    n, ms = len(values), _squares(values)
    return math.sqrt(ms.rest + max(ms.sessions - ms.rest, 0.0) / n)


def limits_of_agreement(first: Array, second: Array, *, confidence: float = 0.95) -> Limits:
    """Return bias and limits of agreement of the second minus the first, (N,) each without gaps."""
    from scipy.stats import t

    apart = second - first
    n, bias, sd = len(apart), float(apart.mean()), float(apart.std(ddof=1))
    half = float(t.ppf(1 - (1 - confidence) / 2, n - 1)) * sd / math.sqrt(n)
    reach = float(_normal(0.975)) * sd
    return Limits(bias, bias - half, bias + half, bias - reach, bias + reach)


def _normal(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)
