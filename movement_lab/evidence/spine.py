"""How hip, low back and rib cage are told apart: methods, when they disagree, and each one's own numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from movement_lab.evidence.markdown import class_and_sources, links, numbers, table
from movement_lab.knowledge import read_table
from movement_lab.spine.combine import SpineMethod, load_agreement, load_methods
from movement_lab.spine.contour_checks import load_contour_table
from movement_lab.spine.keypoints import load_keypoint_rules
from movement_lab.spine.sticker_table import DotColour, StickerTable, load_stickers
from movement_lab.wording import format_value, say


def spine_section() -> str:
    """Return the methods in order of trust, when two disagree, and what is drawn as typical."""
    agreement, points = load_agreement(), load_keypoint_rules()
    typical = read_table("spine.toml")["prior"]  # not its module, which only what draws may import
    heads = ("method", "read from", "trust", "spread of the method", "licence", "evidence", "sources", "note")
    return "\n\n".join(
        [
            "## Hip, low back and rib cage told apart",
            "The most trusted method that saw enough is the one shown; the others only check it. Spreads are "
            "one standard deviation of a change from own standing in one moment; an estimate that brings a "
            "spread of its own uses that one. Rendered people are not real ones, so all are widened by "
            "`sim_to_real_factor`.",
            "In the tables of numbers a note stands at the first of those it is about.",
            table(heads, (_method(row) for row in load_methods().values())),
            "### When two methods disagree",
            class_and_sources(agreement.evidence, agreement.sources),
            numbers("spine.toml", "agreement"),
            "### When spine points can be trusted",
            class_and_sources(points.evidence, points.sources),
            numbers("spine.toml", "keypoints"),
            "### What is typical: drawn, never measured",
            f"{class_and_sources(typical['evidence'], typical['sources'])} With bent knees: "
            f"{say('evidence.' + typical['knee_evidence'])} {typical['note']}",
            numbers("spine.toml", "prior"),
        ]
    )


def _method(row: SpineMethod) -> tuple[str, ...]:
    return (
        f"`{row.id}`",
        say(f"spine_method.{row.id}"),
        say(f"tier.{row.tier}"),
        ", ".join(f"`{angle}` {format_value(sd, 'deg')}" for angle, sd in row.sd.items()),
        row.licence or "none needed",
        say(f"evidence.{row.evidence}"),
        links(row.sources),
        row.note,
    )


def contour_section() -> str:
    """Return when the edge of the person's mask counts as a back, and when the estimator may answer."""
    contour = load_contour_table()
    return "\n\n".join(
        [
            "## The back's outline",
            "Shares are of the trunk: middle of the hips to middle of the shoulders. "
            + class_and_sources(contour.evidence, contour.sources),
            "### When an edge is a back",
            numbers("contour.toml", "edge"),
            "### When the estimator may answer",
            numbers("contour.toml", "answer"),
        ]
    )


def stickers_section() -> str:
    """Return where stickers go, which colours there are, and how dots are found, followed and read."""
    stickers = load_stickers()
    parts = [
        ("What is printed", numbers("stickers.toml", "sheet")),
        ("Levels on the way from C7 to the dimples", _levels(stickers)),
        ("Colours", _colours(stickers)),
        ("What counts as a dot", numbers("stickers.toml", "seeing")),
        ("How dots are followed", numbers("stickers.toml", "following")),
        ("Usual places of the dots", _places(stickers)),
        ("How angles are read", numbers("stickers.toml", "reading")),
    ]
    return "\n\n".join(
        [
            "## Stickers",
            "How to print and wear them: [stickers.md](stickers.md). Shares are of the trunk, as above. "
            + class_and_sources(stickers.evidence, stickers.sources),
            *(f"### {title}\n\n{text}" for title, text in parts),
        ]
    )


def _levels(stickers: StickerTable) -> str:
    rows = ((f"`{name}`", format_value(pct, "pct")) for name, pct in stickers.level_pct.items())
    return table(("level", "share of the way down"), rows)


def _colours(stickers: StickerTable) -> str:
    names = [each.name for each in fields(DotColour)]
    return table(("colour", *(f"`{name}`" for name in names)), _colour_rows(stickers, names))


def _colour_rows(stickers: StickerTable, names: list[str]) -> Iterator[tuple[str, ...]]:
    for id, colour in stickers.colour.items():
        values = (getattr(colour, name) for name in names)
        yield (
            say(f"stickers.colour.{id}"),
            *(value if isinstance(value, str) else f"{value:g}" for value in values),
        )


def _places(stickers: StickerTable) -> str:
    rows = ((f"`{each.name}`", f"{each.along:g}", f"{each.behind:g}") for each in stickers.following.place)
    return table(("dot", "up the trunk", "behind its line"), rows)
