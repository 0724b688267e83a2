"""The reliability of a study: tables, group curves and one page, written into a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.batch.arrow import parquet
from movement_lab.batch.page import render
from movement_lab.reliability.agreement import Agreement, agreement
from movement_lab.reliability.curves import GroupCurve, group_curves
from movement_lab.reliability.design import Cell, Design, cells, read_design
from movement_lab.reliability.plots import LOOKS, bland_altman, group_plot
from movement_lab.reliability.rules import load_rules, own_sources
from movement_lab.reliability.tables import agreement_row, curve_rows, write_table
from movement_lab.wording import format_value, say

NAME: Final = "reliability.html"
Found = tuple[Cell, Agreement]
Words = Callable[..., str]


def write_reliability(folder: Path, out: Path | None = None, *, language: str = "en") -> Path:
    """Write ``reliability`` and ``curves`` as tables, and ``reliability.html``; returns the page's path.

    Raises
    ------
    UsageError
        The study doesn't say who was seen how often.
    """
    out = out or folder
    design = read_design(folder)
    found = [(cell, agreement(cell.values)) for cell in cells(folder, design)]
    curves = list(group_curves(folder, design))
    write_table(out, "reliability", (agreement_row(cell, each) for cell, each in found))
    write_table(out, "curves", (row for curve in curves for row in curve_rows(curve)))
    path = out / NAME
    with atomic_path(path) as part:
        text = render_reliability(design, found, curves, language=language)
        part.write_text(text, encoding="utf-8", newline="\n")
    return path


def count_figures(folder: Path) -> tuple[int, int]:
    """Return how many measurements of ``reliability.parquet`` have figures, and how many have none."""
    table = parquet().read_table(folder / "reliability.parquet", columns=["reason"])
    without = sum(reason is not None for reason in table["reason"].to_pylist())
    return len(table) - without, without


def render_reliability(
    design: Design, found: Sequence[Found], curves: Sequence[GroupCurve], *, language: str = "en"
) -> str:
    """Return the page as one self-contained HTML document."""

    def words(key: str, **values: Any) -> str:
        return say(key, language=language, **values)

    shown = [each for each in found if _on_page(each[0])]
    rules = load_rules()
    return render(
        "reliability.html",
        say=words,
        language=language,
        lead=words(
            "reliability.lead",
            people=len({row["subject"] for row in design.clips.values()}),
            clips=len(design.clips),
            repeat=design.repeat,
        ),
        rule=words(
            "reliability.rule",
            subjects=f"{rules.min_subjects:.0f}",
            width=f"{rules.max_icc_half_width:g}",
            confidence=f"{rules.confidence_pct:.0f}",
        ),
        tables=_by_place(shown, words, language),
        plots=_agreement_plots(shown, words),
        curves=_curve_plots(curves, words),
        sources=[source.citation for source in own_sources().values()],
    )


def _on_page(cell: Cell) -> bool:
    """Say whether a measurement is shown: at the turn, against standing, of the side that is seen."""
    near = cell.side == "mid" or cell.view not in ("left", "right") or cell.side == cell.view
    own_unit = cell.name.endswith(f"_{cell.unit}")
    return (cell.at, cell.zero) == ("turn", "rel") and near and own_unit


def _title(cell: Cell, words: Words) -> str:
    side = "" if cell.side == "mid" else f", {words(f'side.{cell.side}')}"
    return f"{words(f'measure.{cell.name}')}{side}"


def _by_place(found: Sequence[Found], words: Words, language: str) -> list[dict[str, Any]]:
    """Return a table for each movement and view: figures, and how many measurements have none and why."""
    places = dict.fromkeys((cell.movement, cell.view) for cell, _ in found)
    tables = []
    for movement, view in places:
        mine = [each for each in found if (each[0].movement, each[0].view) == (movement, view)]
        missing = Counter(each.reason for _, each in mine if each.reason)
        tables.append(
            {
                "title": f"{words(f'movement.{movement}')}, {words(f'view.{view}')}",
                "rows": [_row(cell, each, words, language) for cell, each in mine if not each.reason],
                "missing": [
                    words(f"reliability.reason.{id}", count=count) for id, count in sorted(missing.items())
                ],
            }
        )
    return tables


def _row(cell: Cell, found: Agreement, words: Words, language: str) -> dict[str, str]:
    def number(value: float) -> str:
        return format_value(value, cell.unit, language) if cell.unit == "ratio" else f"{value:.1f}"

    def icc(name: str) -> str:
        each = getattr(found, name)
        known = f"{each.value:.2f} ({each.low:.2f}, {each.high:.2f})"
        return known if np.isfinite(each.value) else words("language.nothing")

    limits = found.limits
    return {
        "name": _title(cell, words),
        "unit": words(f"reliability.unit.{cell.unit}"),
        "people": str(found.subjects),
        "icc21": icc("icc21"),
        "icc31": icc("icc31"),
        "sem": number(found.sem),
        "mdc95": number(found.mdc95),
        "bias": number(limits.bias),
        "loa": f"{number(limits.low)}, {number(limits.high)}",
    }


def _agreement_plots(found: Sequence[Found], words: Words) -> list[dict[str, str]]:
    plots = []
    for cell, each in found:
        if each.reason:
            continue
        whole = cell.values[np.isfinite(cell.values).all(axis=1)][:, :2]
        name = f"{_title(cell, words)} ({words(f'movement.{cell.movement}')}, {words(f'view.{cell.view}')})"
        label = words(
            "reliability.plot_label",
            name=name,
            bias=f"{each.limits.bias:.1f}",
            low=f"{each.limits.low:.1f}",
            high=f"{each.limits.high:.1f}",
        )
        plots.append({"name": name, "svg": bland_altman(whole, each.limits, label)})
    return plots


def _curve_plots(curves: Sequence[GroupCurve], words: Words) -> list[dict[str, Any]]:
    keys = dict.fromkeys((curve.movement, curve.view, curve.signal) for curve in curves)
    plots = []
    for movement, view, signal in keys:
        mine = [c for c in curves if (c.movement, c.view, c.signal) == (movement, view, signal)]
        name = f"{signal} ({words(f'movement.{movement}')}, {words(f'view.{view}')})"
        svg = group_plot(mine, words("reliability.curve_label", name=name))
        legend = [
            {"look": LOOKS[number % len(LOOKS)], "name": curve.group or words("reliability.everybody")}
            for number, curve in enumerate(mine)
        ]
        if svg:
            plots.append({"name": name, "svg": svg, "legend": legend})
    return plots
