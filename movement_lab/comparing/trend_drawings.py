"""A measure over visits as SVG strings, in the grey band of its own noise around the first visit."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from movement_lab.comparing.drawings import Tick, line_through
from movement_lab.comparing.trends import Trend

TREND_PX: Final = 156
_TREND_TOP, _TREND_FLOOR = 30, 124
_SPARK: Final = (110, 36)


def trend_panel(trend: Trend, *, label: str, tick: Tick, days: Sequence[str]) -> str:
    """Draw a measure over visits in the noise band around the first; ``days`` label first and last."""
    values = np.array([point.value for point in trend.points])
    band = (values[0] - trend.noise, values[0] + trend.noise)
    low, high = min(values.min(), band[0]), max(values.max(), band[1])
    room = high - low

    def y(value: float) -> float:
        return _TREND_FLOOR - (value - low) / room * (_TREND_FLOOR - _TREND_TOP)

    places = _places(trend)
    top, bottom = y(band[1]), y(band[0])
    shapes = [f'<rect class="mdc" width="100%" y="{top:.1f}" height="{bottom - top:.1f}" rx="3"/>']
    pairs = zip(places, places[1:], values, values[1:], strict=False)
    shapes += [
        f'<line class="trend-line" x1="{a:.2f}%" x2="{b:.2f}%" y1="{y(v):.1f}" y2="{y(w):.1f}"/>'
        for a, b, v, w in pairs
    ]
    shapes += [_dot(f"{x:.2f}%", y(value), x == places[-1]) for x, value in zip(places, values, strict=True)]
    shapes += [_value_text(places[n], y(values[n]), tick(values[n])) for n in {0, len(values) - 1}]
    shapes += [_day_text(places[n], days[n]) for n in {0, len(values) - 1}]
    return (
        f'<svg class="trend" width="100%" height="{TREND_PX}" role="img" aria-label="{escape(label)}">'
        f"{''.join(shapes)}</svg>"
    )


def trend_spark(trend: Trend | None) -> str:
    """Draw the same small, for a list; without a trend an empty band."""
    width, height = _SPARK
    if trend is None:
        return (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true"></svg>'
        )
    values = np.array([point.value for point in trend.points])
    low, high = min(values.min(), values[0] - trend.noise), max(values.max(), values[0] + trend.noise)
    y = height - 4 - (values - low) / (high - low) * (height - 8)
    top, bottom = (
        height - 4 - (values[0] + sign * trend.noise - low) / (high - low) * (height - 8) for sign in (1, -1)
    )
    x = np.linspace(6, width - 6, len(values)) if len(values) > 1 else np.array([width / 2])
    line = f'<path class="curve c-knee" d="{line_through(x, y)}"/>' if len(values) > 1 else ""
    dots = "".join(
        _dot(f"{a:.1f}", float(b), n == len(x) - 1, small=True)
        for n, (a, b) in enumerate(zip(x, y, strict=True))
    )
    band = f'<rect class="mdc" width="{width}" y="{top:.1f}" height="{bottom - top:.1f}" rx="3"/>'
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true">'
        f"{band}{line}{dots}</svg>"
    )


def _places(trend: Trend) -> list[float]:
    """Return where each visit stands across, per cent, by its date."""
    seconds = np.array([point.at.timestamp() for point in trend.points])
    if len(seconds) < 2:
        return [50.0]
    shares = (seconds - seconds[0]) / (seconds[-1] - seconds[0])
    return [float(each) for each in 4 + 92 * shares]


def _dot(x: str, y: float, newest: bool, *, small: bool = False) -> str:
    css, radius = ("dot-now", 3.6 if small else 6) if newest else ("dot-prev", 2.6 if small else 4.5)
    return f'<circle class="{css}" cx="{x}" cy="{y:.1f}" r="{radius}"/>'


def _value_text(x_pct: float, y: float, text: str) -> str:
    anchor = "start" if x_pct < 50 else "end" if x_pct > 50 else "middle"
    at = y - 12
    return (
        f'<text class="t-strong" x="{x_pct:.2f}%" y="{at:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _day_text(x_pct: float, text: str) -> str:
    anchor = "start" if x_pct < 50 else "end" if x_pct > 50 else "middle"
    place = "0" if x_pct < 50 else "100%" if x_pct > 50 else "50%"
    return f'<text class="t-3" x="{place}" y="{TREND_PX - 8}" text-anchor="{anchor}">{escape(text)}</text>'
