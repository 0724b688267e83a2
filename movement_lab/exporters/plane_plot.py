"""Two angles against each other, as an SVG string: a loop for each repetition and a heavy median."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from movement_lab.exporters.axes import axis_ends
from movement_lab.records import Array

PLANE_PX = 260
_ACROSS = 1000  # size of the stretched drawing, arbitrary units
_STEPS_DEG = (2, 5, 10, 20, 30, 45, 60, 90)
_MOST_STEPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Way down and way up, (n, 2) degrees each: across, upwards; NaN = not seen."""

    down: Array
    up: Array


@dataclass(frozen=True, slots=True)
class Cross:
    """Both angles at the lowest point with their 95 % intervals."""

    x: float
    y: float
    x95: tuple[float, float]
    y95: tuple[float, float]


def plane_plot(
    loops: Sequence[Loop], median: Loop, cross: Cross | None, *, label: str, tick: Callable[[float], str]
) -> str:
    """Draw faint loops, their median (down solid, up dashed) and the lowest point with its intervals.

    Fluid like the panels over time: everything is placed in per cent, only the lines are stretched.
    """
    x, y = (_axis(_all(loops, cross, axis)) for axis in (0, 1))
    shapes = [*_grid(x, y, tick), _lines(loops, median, x, y)]
    if cross is not None:
        shapes.append(_cross(cross, x, y))
    return (
        f'<svg class="plane" width="100%" height="{PLANE_PX}" role="img" aria-label="{escape(label)}">'
        f"{''.join(shapes)}</svg>"
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float

    def at(self, value: float) -> float:
        """Return where a value lies, in per cent of the axis; beyond it, its end."""
        return 100 * min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    @property
    def ticks(self) -> list[float]:
        step = next(
            (s for s in _STEPS_DEG if (self.high - self.low) / s <= _MOST_STEPS + 1e-9), _STEPS_DEG[-1]
        )
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(step * number) for number in range(first, last + 1)]


def _all(loops: Sequence[Loop], cross: Cross | None, axis: int) -> Array:
    values = [way[:, axis] for loop in loops for way in (loop.down, loop.up)]
    if cross is not None:
        values.append(np.array((cross.x95, cross.y95)[axis]))
    return np.concatenate(values)


def _axis(values: Array) -> _Axis:
    return _Axis(*axis_ends(values, half=math.nan, at_least=10))


def _grid(x: _Axis, y: _Axis, tick: Callable[[float], str]) -> list[str]:
    shapes = []
    for value in x.ticks:
        css, place = "gridl" if value else "zero", f"{x.at(value):.2f}%"
        shapes.append(f'<line class="{css}" x1="{place}" x2="{place}" y1="0" y2="100%"/>')
        words = escape(tick(value))
        shapes.append(f'<text class="t-3" x="{place}" y="100%" dy="16" text-anchor="middle">{words}</text>')
    for value in y.ticks:
        css, down = "gridl" if value else "zero", 100 - y.at(value)
        shapes.append(f'<line class="{css}" x1="0" x2="100%" y1="{down:.2f}%" y2="{down:.2f}%"/>')
        words = escape(tick(value))
        shapes.append(f'<text class="t-3" x="-7" y="{down:.2f}%" dy="4" text-anchor="end">{words}</text>')
    return shapes


def _lines(loops: Sequence[Loop], median: Loop, x: _Axis, y: _Axis) -> str:
    styled = [("loop", loop) for loop in loops] + [("loop med", median)]
    paths = [
        f'<path class="{css}{up}" vector-effect="non-scaling-stroke" d="{_path(way, x, y)}"/>'
        for css, loop in styled
        for up, way in (("", loop.down), (" up", loop.up))
    ]
    box = f'viewBox="0 0 {_ACROSS} {_ACROSS}" preserveAspectRatio="none"'
    return f'<svg width="100%" height="100%" {box}>{"".join(paths)}</svg>'


def _path(way: Array, x: _Axis, y: _Axis) -> str:
    """Return a path through the points; a gap stays one."""
    parts, pen = [], "M"
    for across, up in way:
        if not math.isfinite(across + up):
            pen = "M"
            continue
        parts.append(f"{pen}{x.at(across) * _ACROSS / 100:.1f} {(100 - y.at(up)) * _ACROSS / 100:.1f}")
        pen = "L"
    return "".join(parts)


def _cross(cross: Cross, x: _Axis, y: _Axis) -> str:
    across, down = f"{x.at(cross.x):.2f}%", f"{100 - y.at(cross.y):.2f}%"
    lines = [
        f'<line class="wh95" x1="{x.at(cross.x95[0]):.2f}%" x2="{x.at(cross.x95[1]):.2f}%" '
        f'y1="{down}" y2="{down}"/>',
        f'<line class="wh95" x1="{across}" x2="{across}" y1="{100 - y.at(cross.y95[0]):.2f}%" '
        f'y2="{100 - y.at(cross.y95[1]):.2f}%"/>',
    ]
    return f'{"".join(lines)}<circle class="head-dot" cx="{across}" cy="{down}" r="5.5"/>'
