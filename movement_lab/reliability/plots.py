"""Plots as SVG: limits of agreement, and group curves. Colours come from classes of ``study.css``."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from movement_lab.records import Array
from movement_lab.reliability.agreement import Limits
from movement_lab.reliability.curves import GroupCurve

_WIDE, _HIGH = 320, 180
_LEFT, _RIGHT, _TOP, _FLOOR = 40, 314, 10, 150
#: One look for each group; more groups than looks share one.
LOOKS: Final = ("a", "b", "c", "d")


def bland_altman(values: Array, limits: Limits, label: str) -> str:
    """Return the differences of two sessions (N, 2) over their means, with bias and limits."""
    means, apart = values.mean(axis=1), values[:, 1] - values[:, 0]
    x = _scale(means, _LEFT + 8, _RIGHT - 8)
    ends = np.array([*apart, limits.low, limits.high])
    y = _scale(ends, _FLOOR - 4, _TOP + 4)
    dots = "".join(
        f'<circle class="dot" cx="{x(mean):.1f}" cy="{y(each):.1f}" r="3.2"/>'
        for mean, each in zip(means, apart, strict=True)
    )
    lines = "".join(
        f'<path class="{css}" d="M{_LEFT} {y(at):.1f}H{_RIGHT}"/>'
        f'<text class="t-3" x="{_LEFT - 4}" y="{y(at) + 4:.1f}" text-anchor="end">{at:.1f}</text>'
        for css, at in (("limit", limits.low), ("mean", limits.bias), ("limit", limits.high))
    )
    return _svg(label, lines + dots + _ends(f"{means.min():.0f}", f"{means.max():.0f}"))


def group_plot(curves: Sequence[GroupCurve], label: str) -> str:
    """Return the curves of the groups of one signal: down, then up, with bands."""
    seen = [each for curve in curves for each in (curve.low, curve.high) if np.isfinite(each).any()]
    if not seen:
        return ""
    low, high = min(float(np.nanmin(each)) for each in seen), max(float(np.nanmax(each)) for each in seen)
    y = _scale(np.array([low, high, 0.0]), _FLOOR - 4, _TOP + 4)
    shapes = [f'<path class="axis-line" d="M{_LEFT} {y(0):.1f}H{_RIGHT}"/>']
    middle = (_LEFT + _RIGHT) / 2
    shapes.append(f'<path class="limit" d="M{middle:.1f} {_TOP}V{_FLOOR}"/>')
    for number, curve in enumerate(curves):
        look = LOOKS[number % len(LOOKS)]
        for way, start in ((0, _LEFT), (1, middle)):
            x = start + np.linspace(0, (_RIGHT - _LEFT) / 2, curve.mean.shape[1])
            shapes.append(_drawn(curve, way, x, y, look))
    for at in sorted({round(low), 0, round(high)}):
        shapes.append(f'<text class="t-3" x="{_LEFT - 4}" y="{y(at) + 4:.1f}" text-anchor="end">{at}</text>')
    return _svg(label, "".join(shapes))


def _drawn(curve: GroupCurve, way: int, x: Array, y: _Scale, look: str) -> str:
    known = np.isfinite(curve.mean[way])
    if not known.any():
        return ""
    x, mean, low, high = x[known], curve.mean[way][known], curve.low[way][known], curve.high[way][known]
    around = [*zip(x, high, strict=True), *zip(x[::-1], low[::-1], strict=True)]
    return (
        f'<path class="band look-{look}" d="M{_points(around, y)}Z"/>'
        f'<path class="line look-{look}" d="M{_points(list(zip(x, mean, strict=True)), y)}"/>'
    )


def _points(pairs: Sequence[tuple[float, float]], y: _Scale) -> str:
    return "L".join(f"{across:.1f} {y(value):.1f}" for across, value in pairs)


class _Scale:
    """From a value to a place along an axis."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._span = low, max(high - low, 1e-9)
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        return self._start + (value - self._low) / self._span * (self._end - self._start)


def _scale(values: Array, start: float, end: float) -> _Scale:
    return _Scale(float(values.min()), float(values.max()), start, end)


def _ends(low: str, high: str) -> str:
    return (
        f'<text class="t-3" x="{_LEFT}" y="{_HIGH - 10}">{low}</text>'
        f'<text class="t-3" x="{_RIGHT}" y="{_HIGH - 10}" text-anchor="end">{high}</text>'
    )


def _svg(label: str, shapes: str) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDE} {_HIGH}" width="100%" role="img" '
        f'aria-label="{escape(label)}">{shapes}</svg>'
    )
