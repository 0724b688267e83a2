"""A value with its intervals against its limits, as an SVG string."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

_SIZE_PX = (220, 46)
_LABEL_PX = 28  # room one limit's label needs


def whisker(
    value: float,
    *,
    interval80: tuple[float, float],
    interval95: tuple[float, float],
    limits: Mapping[str, float],
    label: str,
    tick: Callable[[float], str],
) -> str:
    """Draw a value as a ring on a thick (80 %) and a thin (95 %) line, with its limits as ticks.

    The reader shall see with the naked eye whether the thick line clears the first tick.
    """
    steps = sorted(limit for limit in limits.values() if math.isfinite(limit))
    known = [number for number in (value, *interval80, *interval95, *steps) if math.isfinite(number)]
    width, height = _SIZE_PX
    x = _scale(known, margin=20, width=width)
    shapes = [f'<line class="gridl" x1="6" x2="{width - 6}" y1="14" y2="14"/>']
    shapes += [f'<line class="lim" x1="{x(step):.1f}" x2="{x(step):.1f}" y1="5" y2="23"/>' for step in steps]
    shapes += [
        f'<text class="t-3" x="{x(step):.1f}" y="40" text-anchor="middle">{escape(tick(step))}</text>'
        for step in _spread_out(steps, x)
    ]
    shapes += [_bar("wh95", interval95, x), _bar("wh80", interval80, x)]
    shapes += [f'<circle class="head-dot" cx="{x(value):.1f}" cy="14" r="5.5"/>']
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(label)}">{"".join(shapes)}</svg>'
    )


def _bar(css: str, ends: tuple[float, float], x: Callable[[float], float]) -> str:
    if not all(math.isfinite(end) for end in ends):
        return ""
    return f'<line class="{css}" x1="{x(ends[0]):.1f}" x2="{x(ends[1]):.1f}" y1="14" y2="14"/>'


def _scale(numbers: Sequence[float], *, margin: float, width: float) -> Callable[[float], float]:
    low, high = min(numbers), max(numbers)
    span = (high - low) or 1.0
    return lambda number: margin + (number - low) / span * (width - 2 * margin)


def _spread_out(steps: Iterable[float], x: Callable[[float], float]) -> list[float]:
    """Drop labels that would touch the one before."""
    kept: list[float] = []
    for step in steps:
        if not kept or x(step) - x(kept[-1]) >= _LABEL_PX:
            kept.append(step)
    return kept
