"""Curves over time as SVG strings: fluid panels with repetitions, bands and gaps.

Colours come from classes (the page's style sheet), so light, dark and print share one drawing.
A panel has no viewBox: across it is measured in percent and only the curve inside is stretched,
so it lays itself out for any width and text keeps its size.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from movement_lab.records import Array

PANEL_PX = 104
ROOM_PX, FLOOR_PX = 82, 94  # height of the axis, and where its bottom lies
_ACROSS = 1000  # width of the stretched drawing, arbitrary units
_MOST_POINTS = 2400  # more than any screen has pixels across
_TEXT_PX = 14  # height of a line of text
_HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="hatch-l" d="M0 0V6"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class RepMark:
    """Where a repetition lies on the time axis, in seconds; ``note`` says why it isn't graded."""

    index: int
    start_s: float
    bottom_s: tuple[float, float]
    end_s: float
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One panel's data.

    ``time_s`` and ``values`` (T,), NaN where nothing is known; ``half80`` and ``half95`` half the
    width of the intervals in the unit of the values, one number or (T,) (NaN: no band); ``region``
    picks the colour (``rib``, ``back``, ``hip``, ``knee``); ``bottom`` and ``top`` the ends of the axis;
    ``own_zero`` is true where 0 is the person's own standing and deserves the strongest line;
    ``rough`` draws a dotted line; ``typical`` is low and high, (T,) each, of a grey area behind it all.
    """

    time_s: Array
    values: Array
    half80: float | Array
    half95: float | Array
    region: str
    bottom: float
    top: float
    own_zero: bool = True
    rough: bool = False
    typical: tuple[Array, Array] | None = None


def curve_panel(
    curve: Curve,
    *,
    span_s: tuple[float, float],
    reps: Sequence[RepMark],
    head_s: float,
    label: str,
    tick: Callable[[float], str],
) -> str:
    """Draw one region's curve over time with its bands, gaps, repetitions and playhead.

    Parameters
    ----------
    curve : Curve
        What to draw.
    span_s : (float, float)
        Start and end of the time axis, the same for all panels of a page.
    reps : sequence of RepMark
        Drawn as neutral tints.
    head_s : float
        Where the playhead stands.
    label : str
        The text alternative: what the curve shows, in a sentence.
    tick : callable
        Turns an axis value into its label (``60`` to ``60°``).
    """
    shapes = [
        *(_tint(rep, span_s) for rep in reps),
        *_grid(curve, tick),
        *(_hatch(start, end, span_s) for start, end in gaps(curve)),
        _stretched(curve, span_s),
        _playhead(curve, head_s, span_s),
    ]
    return (
        f'<svg class="panel" width="100%" height="{PANEL_PX}" role="img" aria-label="{escape(label)}">'
        f"{''.join(shapes)}</svg>"
    )


def rep_header(
    reps: Sequence[RepMark], *, span_s: tuple[float, float], word: str, chosen: int, pattern: bool = True
) -> str:
    """Draw the repetition numbers above the panels; a number that isn't graded stands in a dashed ring.

    ``pattern`` adds the hatching that gaps are filled with, once a page.
    """
    wide = len(reps) <= 6
    marks = "".join(_rep_number(rep, span_s, word if wide else "", rep.index == chosen) for rep in reps)
    defs = _HATCH if pattern else ""
    return f'<svg class="axis" width="100%" height="24" aria-hidden="true">{defs}{marks}</svg>'


def time_axis(span_s: tuple[float, float]) -> str:
    """Draw the seconds below the panels, at most eight of them; every second one is dropped on phones."""
    step = _time_step(span_s[1] - span_s[0])
    first = math.ceil(span_s[0] / step - 1e-9) * step
    times = np.arange(first, span_s[1] + 1e-9, step)
    texts = [
        f'<text class="t-3{" wide" if number % 2 else ""}" x="{_x(time, span_s)}" y="14" '
        f'text-anchor="middle">{time:.0f} s</text>'
        for number, time in enumerate(times)
    ]
    return f'<svg class="axis" width="100%" height="20" aria-hidden="true">{"".join(texts)}</svg>'


def gaps(curve: Curve) -> list[tuple[float, float]]:
    """Return start and end, in seconds, of every stretch without a value."""
    return [
        (curve.time_s[run.start], curve.time_s[run.stop - 1]) for run in _runs(~np.isfinite(curve.values))
    ]


def _tint(rep: RepMark, span_s: tuple[float, float]) -> str:
    spans = (
        ("ph1", rep.start_s, rep.bottom_s[0]),
        ("ph2", *rep.bottom_s),
        ("ph1", rep.bottom_s[1], rep.end_s),
    )
    return "".join(
        f'<rect class="{css}" x="{_x(start, span_s)}" width="{_width(start, end, span_s)}" height="100%"/>'
        for css, start, end in spans
    )


def _grid(curve: Curve, tick: Callable[[float], str]) -> list[str]:
    ends = {end for end in (curve.bottom, curve.top) if abs(_y(end, curve) - _y(0, curve)) > _TEXT_PX}
    lines = [_grid_line("gridl", _y(end, curve), tick(end)) for end in sorted(ends)]
    return [*lines, _grid_line("zero" if curve.own_zero else "gridl", _y(0, curve), "0")]


def _grid_line(css: str, y: float, text: str) -> str:
    return (
        f'<line class="{css}" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="t-3" x="-7" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'
    )


def _hatch(start: float, end: float, span_s: tuple[float, float]) -> str:
    place = f'x="{_x(start, span_s)}" y="0" width="{_width(start, end, span_s)}" height="100%"'
    return f'<rect {place} fill="url(#hatch)"/>'


def _stretched(curve: Curve, span_s: tuple[float, float]) -> str:
    """Draw bands and line in a drawing that is stretched across, with strokes that aren't."""
    step = max(1, math.ceil(len(curve.time_s) / _MOST_POINTS))
    time_s, values = curve.time_s[::step], curve.values[::step]
    x = (time_s - span_s[0]) / (span_s[1] - span_s[0]) * _ACROSS
    runs = _runs(np.isfinite(values))
    paths = []
    if curve.typical is not None:
        low, high = curve.typical
        paths.append(_area("typical", x, low[::step], high[::step], curve))
    for css, half in (("b95", curve.half95), ("b80", curve.half80)):
        if np.isfinite(half).any():
            width = half if isinstance(half, float) else half[::step]
            paths.append(_area(f"{css} f-{curve.region}", x, values - width, values + width, curve))
    line = "".join("M" + _points(x[run], _down(values[run], curve)) for run in runs)
    css = f"curve c-{curve.region}{' rough' if curve.rough else ''}"
    paths.append(f'<path class="{css}" vector-effect="non-scaling-stroke" d="{line}"/>')
    box = f'viewBox="0 0 {_ACROSS} {PANEL_PX}" preserveAspectRatio="none"'
    return f'<svg width="100%" height="{PANEL_PX}" {box}>{"".join(paths)}</svg>'


def _area(css: str, x: Array, low: Array, high: Array, curve: Curve) -> str:
    outlines = (_outline(x[run], low[run], high[run], curve) for run in _runs(np.isfinite(low + high)))
    return f'<path class="{css}" d="{"".join(outlines)}"/>'


def _outline(x: Array, low: Array, high: Array, curve: Curve) -> str:
    upper, lower = _down(high, curve), _down(low, curve)
    return "M" + _points(np.concatenate([x, x[::-1]]), np.concatenate([upper, lower[::-1]])) + "Z"


def _points(x: Array, y: Array) -> str:
    return "L".join(f"{across:.1f} {down:.1f}" for across, down in zip(x, y, strict=True))


def _playhead(curve: Curve, head_s: float, span_s: tuple[float, float]) -> str:
    x = _x(head_s, span_s)
    value = float(np.interp(head_s, curve.time_s, curve.values))
    y = f"{_y(value, curve):.1f}" if math.isfinite(value) else "-99"
    line = f'<line class="head-line" x1="{x}" x2="{x}" y1="0" y2="100%"/>'
    return f'{line}<circle class="head-dot" cx="{x}" cy="{y}" r="4.5"/>'


def _rep_number(rep: RepMark, span_s: tuple[float, float], word: str, chosen: bool) -> str:
    x = _x((rep.start_s + rep.end_s) / 2, span_s)
    ring = f'<circle class="ring" cx="{x}" cy="10" r="9"/>' if rep.note else ""
    word = f'<tspan class="wide">{escape(word)} </tspan>' if word and not rep.note else ""
    css = "t-strong" if chosen else "t-rep"
    return f'{ring}<text class="{css}" x="{x}" y="14" text-anchor="middle">{word}{rep.index}</text>'


def _runs(mask: np.ndarray) -> list[slice]:
    """Return the stretches of frames where the mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [slice(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _time_step(span: float) -> float:
    return next(step for step in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, math.inf) if span / step <= 8)


def _x(time: float, span_s: tuple[float, float]) -> str:
    return f"{100 * (time - span_s[0]) / (span_s[1] - span_s[0]):.2f}%"


def _width(start: float, end: float, span_s: tuple[float, float]) -> str:
    return f"{100 * max(0.0, end - start) / (span_s[1] - span_s[0]):.2f}%"


def _y(value: float, curve: Curve) -> float:
    return FLOOR_PX - (value - curve.bottom) / (curve.top - curve.bottom) * ROOM_PX


def _down(values: Array, curve: Curve) -> Array:
    return FLOOR_PX - (values - curve.bottom) / (curve.top - curve.bottom) * ROOM_PX
