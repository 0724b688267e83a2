"""How parts share a bend: when a number may be said, what can be read, published groups, styles."""

from __future__ import annotations

import math

from movement_lab.coordination.table import (
    CoordinationMeasure,
    CoordinationTable,
    Norm,
    Rule,
    Span,
    StyleRow,
    load_coordination,
)
from movement_lab.evidence.markdown import links, table
from movement_lab.wording import format_value, say

_SHOWN_TO = {"everyone": "everyone", "therapist": "therapists only"}


def coordination_section() -> str:
    """Return everything of ``coordination.toml`` but its sources."""
    rows = load_coordination()
    measure_heads = (
        *("id", "name", "shown to", "unit", "definition", "sign", "how to read it"),
        *("smallest change", "evidence", "sources", "note"),
    )
    return "\n\n".join(
        [
            "## How parts share a bend",
            "Nothing here grades anybody. *spine* is low back against hips (stickers, back's outline or "
            "spine points), *fold* is hips + back against knees (body points alone), *any* is one curve.",
            table(measure_heads, (_measure(row) for row in rows.measures.values())),
            "### When a number may be said",
            table(
                ("rule", "value", "evidence", "sources", "note"), (_rule(row) for row in rows.rules.values())
            ),
            "### Published groups",
            "Context beside a person's own value, and never instead of it.",
            _norms(rows),
            "### Styles",
            "A style is said of a free forward bend only, and only where the whole 80 % interval of every "
            "measure lies inside its span; the first row that fits is said.",
            table(
                ("id", "name", "said where", "sentence", "evidence", "sources", "note"),
                (_style(row, rows) for row in rows.styles),
            ),
        ]
    )


def _measure(row: CoordinationMeasure) -> tuple[str, ...]:
    return (
        f"`{row.id}`",
        _by_kind(row, "name"),
        _SHOWN_TO[row.audience],
        say(f"unit_name.{row.unit}"),
        row.definition,
        row.sign,
        _by_kind(row, "reading"),
        ", ".join(_change(row, method, mdc) for method, mdc in row.mdc95.items()) or "none can be claimed",
        say(f"evidence.{row.evidence}"),
        links(row.sources),
        row.note,
    )


def _by_kind(row: CoordinationMeasure, text: str) -> str:
    return "; ".join(f"*{kind}*: {say(f'coordination.{kind}.{row.id}.{text}')}" for kind in row.kinds)


def _change(row: CoordinationMeasure, method: str, mdc: float) -> str:
    if method == "any_pct":
        return f"{format_value(mdc, 'pct')} of the value"
    return f"{say(f'spine_method.{method}')} {format_value(mdc, row.unit)}"


def _rule(row: Rule) -> tuple[str, ...]:
    return f"`{row.id}`", f"{row.value:g}", say(f"evidence.{row.evidence}"), links(row.sources), row.note


def _norms(rows: CoordinationTable) -> str:
    heads = ("measure", "part", "who", "mean", "standard deviation", "evidence", "sources", "note")
    return table(heads, (_norm(row, rows) for row in rows.norms))


def _norm(row: Norm, rows: CoordinationTable) -> tuple[str, ...]:
    unit = rows.measures[row.measure].unit
    return (
        f"`{row.measure}`",
        say(f"coordination.part.{row.part}"),
        row.population,
        format_value(row.mean, unit),
        format_value(row.sd, unit),
        say(f"evidence.{row.evidence}"),
        links(row.sources),
        row.note,
    )


def _style(row: StyleRow, rows: CoordinationTable) -> tuple[str, ...]:
    return (
        f"`{row.id}`",
        say(f"style.{row.id}.name"),
        " and ".join(_span(span, rows) for span in row.spans),
        say(f"style.{row.id}.sentence"),
        say(f"evidence.{row.item_evidence}_{row.evidence}"),
        links(row.sources),
        row.note,
    )


def _span(span: Span, rows: CoordinationTable) -> str:
    unit = rows.measures[span.measure].unit
    ends = (("above", span.above), ("below", span.below))
    said = [f"{word} {format_value(end, unit)}" for word, end in ends if math.isfinite(end)]
    return f"`{span.measure}` {' and '.join(said)}"
