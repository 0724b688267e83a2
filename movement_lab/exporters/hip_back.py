"""Hips against low back: the loops of the angle-angle plot, and the low back's share of the bend."""

import math
import warnings
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

import numpy as np

from movement_lab.coordination import Reading
from movement_lab.coordination.curves import over_percent
from movement_lab.coordination.table import Part, Way
from movement_lab.exporters.plane_plot import Cross, Loop, plane_plot
from movement_lab.exporters.words import Words
from movement_lab.measures import signal_key
from movement_lab.records import Array, Measurement, Rep
from movement_lab.report import Report

_HIP, _LUMBAR = "hip_pelvis_flexion_deg", "lumbar_flexion_deg"
_PARTS: Final[tuple[Part, ...]] = ("whole", "first", "middle", "last")
_WAYS: Final[tuple[Way, ...]] = ("down", "up")
_BAR_PX: Final = {"whole": 26, "first": 18, "middle": 18, "last": 18}


def at_turn(report: Report, name: str) -> Measurement | None:
    """Return a spine measure at the lowest point over the set, minus own standing; None where unknown."""
    for row in report.measurements:
        told = (row.name, row.rep, row.at, row.zero) == (name, None, "turn", "rel")
        if told and row.side in ("mid", report.view.near) and math.isfinite(row.value):
            return row
    return None


# ---------------------------------------------------------------- angle against angle


def show_plane(report: Report, words: Words) -> dict[str, str] | None:
    """Return the angle-angle plot with its sentence; None where no repetition was seen."""
    loops = list(_loops(report))
    if not loops:
        return None
    cross = _cross(report)
    median = Loop(*(_median([getattr(loop, way) for loop in loops]) for way in _WAYS))
    summary = _summary(report, words)
    svg = plane_plot(
        loops,
        median,
        cross,
        label=f"{words('plot.angle_angle.title')}. {summary}",
        tick=lambda number: words.value(number, "deg"),
    )
    return {"svg": svg, "summary": summary}


def _loops(report: Report) -> Iterator[Loop]:
    hip_key = signal_key(_HIP, report.view.near)
    if not {hip_key, _LUMBAR} <= set(report.signals):
        return
    both = np.column_stack([report.signals[hip_key], report.signals[_LUMBAR]])
    both -= [report.standing.zero.get(key, 0.0) for key in (hip_key, _LUMBAR)]
    for rep in report.reps:
        loop = _loop(both, rep)
        if rep.graded and np.isfinite(loop.down).any():
            yield loop


def _loop(both: Array, rep: Rep) -> Loop:
    ways = both[rep.start : rep.turn + 1], both[rep.turn : rep.end]
    return Loop(*(np.column_stack([over_percent(axis) for axis in way.T]) for way in ways))


def _median(ways: Sequence[Array]) -> Array:
    """Return the median over repetitions at each per cent, where at least half of them were seen."""
    stacked = np.array(ways)
    seen = np.isfinite(stacked).all(axis=2).sum(axis=0) * 2 >= len(ways)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing seen at all: NaN, as wanted
        return np.where(seen[:, None], np.nanmedian(stacked, axis=0), np.nan)


def _cross(report: Report) -> Cross | None:
    hip, back = at_turn(report, _HIP), at_turn(report, _LUMBAR)
    if hip is None or back is None:
        return None
    return Cross(hip.value, back.value, (hip.low95, hip.high95), (back.low95, back.high95))


def _summary(report: Report, words: Words) -> str:
    hip, back = (_with_range(at_turn(report, name), words) for name in (_HIP, _LUMBAR))
    return words("plot.angle_angle.summary", hip=hip, back=back)


def _with_range(row: Measurement | None, words: Words) -> str:
    if row is None:
        return words("language.nothing")
    return f"{words.value(row.value, row.unit)} ({words.span(row.low95, row.high95, row.unit)})"


# ---------------------------------------------------------------- shares


def show_shares(report: Report, words: Words) -> dict[str, Any] | None:
    """Return the low back's share, whole and by thirds, way down and way up; None where there is none."""
    found = report.coordination.get("spine")
    shares = {(row.of.way, row.of.part): row for row in _share_readings(found.of_set if found else ())}
    if not any(row.known for row in shares.values()):
        return None
    ways = [
        {
            "name": words(f"coordination.way.{way}"),
            "bars": [_bar(shares[way, part], words) for part in _PARTS if (way, part) in shares],
        }
        for way in _WAYS
    ]
    reasons = dict.fromkeys(reason for row in shares.values() for reason in row.reasons)
    return {"ways": ways, "reasons": words.reasons(tuple(reasons)), "said": _said(shares, words)}


def _share_readings(readings: Sequence[Reading]) -> Iterator[Reading]:
    return (row for row in readings if row.name in ("share_pct", "share_of_third_pct"))


def _said(shares: dict[tuple[Way, Part], Reading], words: Words) -> str:
    """Return the sentence a person can say aloud, about the way down; "" where its share isn't known."""
    whole = shares.get(("down", "whole"))
    if whole is None or not whole.known or not math.isfinite(whole.low):
        return ""
    low, high = (min(max(end, 0.0), 100.0) for end in (whole.low, whole.high))  # said of a part of a whole
    low_high = words("unit.pct", number=words.span(low, high, "pct"))
    return words("coordination.said.share", low_high=low_high)


def _bar(row: Reading, words: Words) -> dict[str, Any]:
    name = words(f"coordination.part.{row.of.part}")
    value = words.value(row.value, row.unit)
    span = words.span(row.low95, row.high95, row.unit) if math.isfinite(row.low95) else ""
    svg = share_bar(row, height=_BAR_PX[row.of.part], label=f"{name}: {value}, {span}")
    label = name[:1].upper() + name[1:]
    return {"label": label, "value": value, "range": span, "svg": svg, "whole": row.of.part == "whole"}


def share_bar(row: Reading, *, height: int, label: str) -> str:
    """Draw a share as a bar of 0 to 100 % with a thick (80 %) and a thin (95 %) line; hatched if unknown."""
    box = f'<svg class="bar" width="100%" height="{height}" role="img" aria-label="{escape(label)}">'
    if not row.known:
        return f'{box}<rect width="100%" height="100%" fill="url(#hatch)"/></svg>'
    border, middle = _within(row.value), height / 2
    shapes = [
        f'<rect class="f-back" width="{border:.2f}%" height="{height}"/>',
        f'<rect class="f-hip rest" x="{border:.2f}%" width="{100 - border:.2f}%" height="{height}"/>',
        '<line class="half" x1="50%" x2="50%" y1="0" y2="100%"/>',
        _line("halo", (row.low95, row.high95), middle),
        _line("wh95", (row.low95, row.high95), middle),
        _line("wh80", (row.low, row.high), middle),
        f'<circle class="head-dot" cx="{border:.2f}%" cy="{middle:g}" r="5"/>',
    ]
    return f"{box}{''.join(shapes)}</svg>"


def _line(css: str, ends: tuple[float, float], y: float) -> str:
    if not all(math.isfinite(end) for end in ends):
        return ""
    low, high = (_within(end) for end in ends)
    return f'<line class="{css}" x1="{low:.2f}%" x2="{high:.2f}%" y1="{y:g}" y2="{y:g}"/>'


def _within(share_pct: float) -> float:
    """Keep a share inside its bar: where the parts moved apart it lies beyond."""
    return min(100.0, max(0.0, share_pct))
