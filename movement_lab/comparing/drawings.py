"""Drawings of changes as SVG strings: forest rows, curves by phase, the figure at the lowest point.

Colours come from classes. Drawings with text have no viewBox: across it is measured in percent, so that they
lay themselves out for any width and text keeps its size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

import numpy as np

from movement_lab.comparing.figure import Figure
from movement_lab.comparing.phases import STEPS
from movement_lab.exporters.axes import axis_ends
from movement_lab.records import Array

ROW_PX: Final = 40
_BAND_PCT: Final = 21.75  # half the noise band's width in a forest row, per cent of the drawing
_EDGE_PCT: Final = 46.0
PANEL_PX: Final = 190
_TOP_PX, _FLOOR_PX = 12, 154
_ACROSS: Final = 1000
_FIGURE_PX: Final = (360, 430)

Tick = Callable[[float], str]


def forest_scale(changes_in_noise: Sequence[float]) -> float:
    """Return half the band's width in per cent, so that the largest change still fits."""
    largest = max((abs(each) for each in changes_in_noise if math.isfinite(each)), default=1.0)
    return float(min(_BAND_PCT, max(_EDGE_PCT / max(largest, 1e-9), 6.0)))


def forest_row(in_noise: float, scale_pct: float) -> str:
    """Draw one change in units of its noise: then hollow at zero, now solid, the band grey."""
    x = 50 + float(np.clip(in_noise * scale_pct, -_EDGE_PCT - 2, _EDGE_PCT + 2))
    middle = ROW_PX / 2
    return (
        f'<svg class="forest" width="100%" height="{ROW_PX}" aria-hidden="true">'
        f'<rect class="mdc" x="{50 - scale_pct:.2f}%" width="{2 * scale_pct:.2f}%" height="{ROW_PX}"/>'
        f'<line class="zero" x1="50%" x2="50%" y1="0" y2="{ROW_PX}"/>'
        f'<line class="wh95" x1="50%" x2="{x:.2f}%" y1="{middle}" y2="{middle}"/>'
        f'<circle class="dot-prev" cx="50%" cy="{middle}" r="4.5"/>'
        f'<circle class="dot-now" cx="{x:.2f}%" cy="{middle}" r="6"/></svg>'
    )


def phase_panel(
    then: Array, now: Array, *, noise: float, at_least: float, region: str, label: str, tick: Tick,
    words: tuple[str, str, str],
) -> str:  # fmt: skip
    """Draw one measure by phase: then dashed in its grey noise band, now solid.

    Parameters
    ----------
    then, now : Array
        (2 * STEPS - 1,), NaN where nothing is known.
    noise, at_least : float
        Half the band's width; how far the axis reaches at least.
    region, label : str
        Picks the colour; the text alternative.
    tick : callable
        Turns an axis value into its label.
    words : (str, str, str)
        Down, lowest point, up.
    """
    bottom, top = _ends(np.concatenate([then, now]), noise, at_least)

    def y(value: Array | float) -> Array:
        return _FLOOR_PX - (np.asarray(value) - bottom) / (top - bottom) * (_FLOOR_PX - _TOP_PX)

    x = np.linspace(0, _ACROSS, 2 * STEPS - 1)
    thin = 'vector-effect="non-scaling-stroke"'
    inner = (
        f'<path class="mdc" d="{_area(x, y(then - noise), y(then + noise))}"/>'
        f'<path class="curve prev c-{region}" {thin} d="{line_through(x, y(then))}"/>'
        f'<path class="curve solid c-{region}" {thin} d="{line_through(x, y(now))}"/>'
    )
    ends = [end for end in (bottom, top) if abs(y(end) - y(0.0)) > 14]
    grid = [_grid("gridl", float(y(end)), tick(end)) for end in ends] + [_grid("zero", float(y(0.0)), "0")]
    texts = "".join(
        f'<text class="t-3" x="{at}%" y="{PANEL_PX - 12}" text-anchor="middle">{escape(word)}</text>'
        for at, word in zip((22, 50, 78), words, strict=True)
    )
    tint = f'<rect class="ph2" x="47.5%" width="5%" y="{_TOP_PX}" height="{_FLOOR_PX - _TOP_PX + 14}"/>'
    box = f'viewBox="0 0 {_ACROSS} {PANEL_PX}" preserveAspectRatio="none"'
    return (
        f'<svg class="panel" width="100%" height="{PANEL_PX}" role="img" aria-label="{escape(label)}">'
        f'{tint}{"".join(grid)}<svg width="100%" height="{PANEL_PX}" {box}>{inner}</svg>{texts}</svg>'
    )


def _ends(values: Array, noise: float, at_least: float) -> tuple[float, float]:
    """Return the ends of the axis: an end that only the band reaches stays at zero."""
    bare, wide = (axis_ends(values, half=half, at_least=at_least) for half in (math.nan, noise))
    bottom, top = (end if own else 0.0 for own, end in zip(bare, wide, strict=True))
    return bottom, top


def figures(then: Figure, now: Figure, *, label: str) -> str:
    """Draw both figures on one floor, the same scale for both: then dashed, now solid."""
    both = np.concatenate([_all_points(then), _all_points(now)])
    low = np.nanmin(both, axis=0) - np.array([0.15, 0.0])
    high = np.nanmax(both, axis=0) + np.array([0.15, 0.2])
    width, height = _FIGURE_PX
    floor_y = height - 26
    scale = min((width - 24) / (high[0] - low[0]), (floor_y - 10) / (high[1] - low[1]))
    middle = (low[0] + high[0]) / 2

    def placed(points: Array) -> Array:
        return np.column_stack(
            [width / 2 + (points[:, 0] - middle) * scale, floor_y - (points[:, 1] - low[1]) * scale]
        )

    shapes = [f'<line class="floor" x1="10" x2="{width - 10}" y1="{floor_y}" y2="{floor_y}"/>']
    shapes += [_figure(each, placed, css, scale) for each, css in ((then, "prev"), (now, "now"))]
    return (
        f'<svg class="lowest" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(shapes)}</svg>"
    )


def _figure(figure: Figure, placed: Callable[[Array], Array], css: str, scale: float) -> str:
    lines = [(f"pose-{css}", points) for points in figure.legs]
    lines += [(f"pose-{css} thin" if figure.back is not None else f"pose-{css}", figure.trunk)]
    lines += [(f"pose-{css} thin", points) for points in figure.arms]
    if figure.back is not None:
        lines.append(("pose-back" if css == "now" else "pose-back-prev", figure.back))
    drawn = [f'<path class="{name}" d="{line_through(*placed(points).T)}"/>' for name, points in lines]
    head = placed(figure.head[None])[0]
    if np.isfinite(head).all():
        drawn.append(
            f'<circle class="pose-{css}" cx="{head[0]:.1f}" cy="{head[1]:.1f}" r="{0.13 * scale:.1f}"/>'
        )
    if css == "now":
        seen = [point for point in placed(figure.joints) if np.isfinite(point).all()]
        drawn += [f'<circle class="jn" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>' for x, y in seen]
    return "".join(drawn)


def _all_points(figure: Figure) -> Array:
    points = [*figure.legs, figure.trunk, *figure.arms, figure.head[None]]
    together: Array = np.concatenate(points)
    return together


def _grid(css: str, y: float, text: str) -> str:
    return (
        f'<line class="{css}" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="t-3" x="-7" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'
    )


def line_through(x: Array, y: Array) -> str:
    """Return a path through points; where one is missing the pen is lifted."""
    parts, pen = [], "M"
    for across, down in zip(x, y, strict=True):
        if not math.isfinite(across + down):
            pen = "M"
            continue
        parts.append(f"{pen}{across:.1f} {down:.1f}")
        pen = "L"
    return "".join(parts)


def _area(x: Array, low: Array, high: Array) -> str:
    """Return a closed path between two curves, one for each stretch that is known."""
    known = np.isfinite(low + high)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]])))
    outlines = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        run = slice(int(start), int(stop))
        across = np.concatenate([x[run], x[run][::-1]])
        outlines.append(line_through(across, np.concatenate([high[run], low[run][::-1]])) + "Z")
    return "".join(outlines)
