"""The curves of the report page: which signals, with which bands, and their table twin."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from movement_lab.charts import (
    FLOOR_PX,
    ROOM_PX,
    Curve,
    RepMark,
    curve_panel,
    rep_header,
    time_axis,
)
from movement_lab.exporters.axes import axis_ends
from movement_lab.exporters.json import plain, rep_seconds
from movement_lab.exporters.rep_marks import middle_rep, rep_marks
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_measures
from movement_lab.measures import signal_key
from movement_lab.records import Array, Measurement, Rep, Side, Zero
from movement_lab.report import Report
from movement_lab.summary import shown_measures
from movement_lab.wording.numbers import format_number

_TABLE_ROWS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One region's curve with its name and its unit."""

    name: str
    side: Side
    label: str
    unit: str
    curve: Curve


def zero_of(report: Report) -> Zero:
    """Return ``rel`` where an own standing is known, else ``abs``."""
    return "rel" if report.standing.found else "abs"


def sides_of(name: str, report: Report) -> tuple[Side, ...]:
    """Return the sides of a measure worth showing: the near one from the side, both from the front."""
    if not load_measures()[name].per_side:
        return ("mid",)
    return ("left", "right") if report.view.plane == "front" else (report.view.near,)


def find_panels(report: Report, words: Words) -> list[Panel]:
    """Return the panels of this view that hold at least one value."""
    places = [(name, side) for name in shown_measures(report) for side in sides_of(name, report)]
    panels = (_panel(name, side, report, words) for name, side in places)
    return [panel for panel in panels if panel and np.isfinite(panel.curve.values).any()]


def draw_curves(report: Report, words: Words, beside: Sequence[Panel] = ()) -> dict[str, Any] | None:
    """Return everything the template needs to show the curves; None where there are none.

    ``beside`` are panels of another card that follow the same clock.
    """
    return draw_panels(find_panels(report, words), beside, report, words)


def draw_panels(
    panels: Sequence[Panel], beside: Sequence[Panel], report: Report, words: Words
) -> dict[str, Any] | None:
    """Return chosen panels, and others beside them, as a template needs them; None without any panel."""
    if not panels:
        return None
    rep, marks = middle_rep(report), rep_marks(report, words)
    time_s = report.track.time_s
    start_s, end_s = float(time_s[0]), float(time_s[-1])
    span_s = (start_s, max(end_s, start_s + 1e-3))  # a single picture has no length
    head_s = rep_seconds(rep, report)[1] if rep else span_s[0]
    return {
        "heading": words(
            "report.section.curves" if report.standing.found else "report.section.curves_absolute"
        ),
        "rep": rep.index if rep else None,
        "header": _header(marks, rep, span_s, words),
        "header_beside": _header(marks, rep, span_s, words, pattern=False),
        "panels": [_drawn(panel, span_s, marks, head_s, words) for panel in panels],
        "beside": [_drawn(panel, span_s, marks, head_s, words) for panel in beside],
        "axis": time_axis(span_s),
        "gaps": has_gaps(panels),
        "span": span_s,
        "head_s": round(head_s, 3),
        "step_s": round(1 / report.track.rate_hz, 3),
        "table": table_twin(panels, words),
        "data": _data([*panels, *beside], report, span_s, words),
    }


def has_gaps(panels: Sequence[Panel]) -> bool:
    """Say whether something wasn't seen in one of the panels."""
    return any(not np.isfinite(panel.curve.values).all() for panel in panels)


def _header(
    marks: list[RepMark], rep: Rep | None, span_s: tuple[float, float], words: Words, *, pattern: bool = True
) -> str:
    chosen = rep.index if rep else 0
    return rep_header(marks, span_s=span_s, word=words("report.label.rep"), chosen=chosen, pattern=pattern)


def _panel(name: str, side: Side, report: Report, words: Words) -> Panel | None:
    key, row = signal_key(name, side), load_measures()[name]
    if key not in report.signals:
        return None
    zero = zero_of(report)
    values = report.signals[key] - (report.standing.zero.get(key, math.nan) if zero == "rel" else 0.0)
    half80, half95 = half_widths(report, name, side, zero)
    bottom, top = axis_ends(values, half=half95, at_least=row.range / 4)
    region = "knee" if row.region == "context" else row.region
    half95 = math.nan if words.wellness else half95
    curve = Curve(report.track.time_s, values, half80, half95, region, bottom, top, own_zero=zero == "rel")
    label = words(f"measure.{name}")
    if side != "mid" and report.view.plane == "front":
        label = f"{label}, {words(f'side.{side}')}"
    return Panel(name, side, label, row.unit, curve)


def half_widths(report: Report, name: str, side: Side, zero: Zero) -> tuple[float, float]:
    """Return half the width of a single frame's 80 and 95 % interval: that of one repetition's turn."""
    rows = [
        row
        for row in report.measurements
        if row.rep is not None and (row.name, row.side, row.at, row.zero) == (name, side, "turn", zero)
    ]
    return _typical(rows, "low", "high"), _typical(rows, "low95", "high95")


def _typical(rows: list[Measurement], low: str, high: str) -> float:
    widths = [(getattr(row, high) - getattr(row, low)) / 2 for row in rows]
    known = [width for width in widths if math.isfinite(width)]
    return float(np.median(known)) if known else math.nan


def _drawn(
    panel: Panel, span_s: tuple[float, float], marks: list[RepMark], head_s: float, words: Words
) -> dict[str, Any]:
    value = _value_at(panel.curve, head_s)
    half = _at(panel.curve.half80 if words.wellness else panel.curve.half95, panel.curve, head_s)
    if not math.isfinite(half):
        value = math.nan  # a value without its interval is never shown
    span = words.span(value - half, value + half, panel.unit)
    shown = words.value(value, panel.unit)
    summary = words("report.text.chart_summary", measure=panel.label, value=shown, low_high=span)
    svg = curve_panel(
        panel.curve,
        span_s=span_s,
        reps=marks,
        head_s=head_s,
        label=summary,
        tick=lambda number: words.value(number, panel.unit),
    )
    return {
        "name": panel.name,
        "label": panel.label,
        "region": panel.curve.region,
        "rough": panel.curve.rough,
        "value": shown,
        "range": span if math.isfinite(value) else "",
        "svg": svg,
    }


def _value_at(curve: Curve, time_s: float) -> float:
    return _at(curve.values, curve, time_s)


def _at(numbers: float | Array, curve: Curve, time_s: float) -> float:
    """Return one of (T,) numbers, or the one number that holds at all times."""
    frame = int(np.argmin(np.abs(curve.time_s - time_s)))
    return numbers if isinstance(numbers, float) else float(numbers[frame])


def table_twin(panels: Sequence[Panel], words: Words) -> dict[str, Any]:
    """Return the curves as a table, at whole steps of time, not more than about sixty rows."""
    time_s = panels[0].curve.time_s
    step_s = max(0.5, math.ceil((time_s[-1] - time_s[0]) / _TABLE_ROWS * 2) / 2)
    rows = list(_table_rows(panels, np.arange(time_s[0], time_s[-1] + 1e-9, step_s), words))
    return {"head": [panel.label for panel in panels], "rows": rows}


def _table_rows(panels: Sequence[Panel], times: Array, words: Words) -> Iterator[list[str]]:
    for time_s in times:
        values = (words.value(_value_at(panel.curve, time_s), panel.unit) for panel in panels)
        yield [words.value(float(time_s), "s"), *values]


def _data(panels: list[Panel], report: Report, span_s: tuple[float, float], words: Words) -> str:
    """Return what the page's script needs, as JSON that can stand inside a script element."""
    step = max(1, len(report.track) // 3000)
    rows = [
        {"index": rep.index, **dict(zip(("start", "turn", "end"), rep_seconds(rep, report), strict=True))}
        for rep in report.reps
    ]
    data = {
        "span": span_s,
        "floor": FLOOR_PX,
        "room": ROOM_PX,
        "time": report.track.time_s[::step].round(3),
        "reps": rows,
        "panels": [_panel_data(panel, step, words) for panel in panels],
        "decimal": words("language.decimal"),
        "range": words("language.range", low="{low}", high="{high}"),
        "signed": words("language.range_signed", low="{low}", high="{high}"),
        "nothing": words("language.nothing"),
    }
    return json.dumps(plain(data), separators=(",", ":")).replace("<", "\\u003c")


def _panel_data(panel: Panel, step: int, words: Words) -> dict[str, Any]:
    curve = panel.curve
    decimals = len(format_number(0.0, panel.unit).partition(".")[2])
    half = curve.half80 if words.wellness else curve.half95
    return {
        "values": curve.values[::step].round(decimals + 2),
        "half": half if isinstance(half, float) else half[::step].round(decimals + 2),
        "decimals": decimals,
        "unit": words(f"unit.{panel.unit}", number=""),
        "bottom": curve.bottom,
        "top": curve.top,
    }
