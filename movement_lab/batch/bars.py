"""Histograms as SVG: colours come from classes, so light, dark and paper share one drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Final

import numpy as np

_WIDE, _HIGH, _FLOOR = 300, 96, 74
_BINS: Final = 16


def histogram(name: str, values: Sequence[float], words: Callable[..., str]) -> str:
    """Return a histogram with its text alternative; "" where there are no values."""
    if not values:
        return ""
    numbers = np.asarray(values, float)
    low, high, median = float(numbers.min()), float(numbers.max()), float(np.median(numbers))
    counts, edges = np.histogram(numbers, bins=_edges(numbers))
    label = words(
        "batch.page.histogram",
        name=name,
        count=len(numbers),
        low=f"{low:g}",
        high=f"{high:g}",
        median=f"{median:g}",
    )
    tallest = max(int(counts.max()), 1)
    span = float(edges[-1] - edges[0])
    bars = "".join(
        _bar(int(count), tallest, (float(left) - edges[0]) / span, (float(right) - edges[0]) / span)
        for count, left, right in zip(counts, edges, edges[1:], strict=False)
    )
    at = (median - edges[0]) / span * _WIDE
    return (
        f'<svg class="hist" viewBox="0 0 {_WIDE} {_HIGH}" width="100%" role="img" '
        f'aria-label="{escape(label)}">'
        f'{bars}<path class="floor" d="M0 {_FLOOR}H{_WIDE}"/>'
        f'<path class="median" d="M{at:.1f} 4V{_FLOOR}"/>'
        f'<text class="t-3" x="0" y="{_HIGH - 6}">{edges[0]:g}</text>'
        f'<text class="t-3" x="{_WIDE}" y="{_HIGH - 6}" text-anchor="end">{edges[-1]:g}</text></svg>'
    )


def _edges(numbers: np.ndarray) -> np.ndarray:
    """Return the edges of bins that begin and end at round numbers."""
    low, high = float(numbers.min()), float(numbers.max())
    if high - low < 1e-9:
        return np.arange(np.round(low) - _BINS / 2, np.round(low) + _BINS / 2 + 1) + 0.5
    raw = (high - low) / _BINS
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw - 1e-12)
    first, last = np.floor(low / step), np.floor(high / step) + 1
    return np.round(np.arange(first, last + 1) * step, 10)


def _bar(count: int, tallest: int, left: float, right: float) -> str:
    height = count / tallest * (_FLOOR - 6)
    x, width = left * _WIDE, max((right - left) * _WIDE - 1, 1)
    return (
        f'<rect class="bar" x="{x:.1f}" y="{_FLOOR - height:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
    )
