"""What stands on the therapist's second page: repetitions, spine, every check, what was set by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from movement_lab.exporters.pdf.checks import checks_of
from movement_lab.exporters.pdf.facts import Added
from movement_lab.exporters.pdf.heading import note, shortened, upper_first
from movement_lab.exporters.pdf.ink import Room, line_sample, print_svg
from movement_lab.exporters.words import Words
from movement_lab.report import Report
from movement_lab.summary import followed

_LONGEST_CORRECTION: Final = 90
_FIGURE_HEIGHT_PX: Final = 132.0
_PLANE_PX: Final = (152.0, 112.0)
_PLANE_ROOM: Final = Room(left=30, top=6, right=10, bottom=22)
_BAR_WIDTH_PX, _BAR_PX, _WHOLE_BAR_PX = 84.0, 9.0, 14.0
_BAR_ROOM: Final = Room(left=5, top=1, right=5, bottom=1)
_FIGURE_ROOM: Final = Room(left=24, top=8, right=24)


def details_of(report: Report, sheet: Mapping[str, Any], words: Words, added: Added) -> dict[str, Any]:
    """Return everything the second page says."""
    return {
        "reps": _repetitions(sheet["table"], words),
        "spine": _spine(sheet["spine"], words),
        "checks": {
            "heading": words("print.checks"),
            "note": words("print.checks_note"),
            "head": [
                words(f"print.check.{name}")
                for name in ("what", "value", "limits", "result", "basis", "source")
            ],
            "rows": checks_of(report, words),
        },
        "corrections": {
            "heading": words("print.by_hand"),
            "none": words("print.nothing_by_hand"),
            "rows": [
                [note(part, _LONGEST_CORRECTION) for part in (row.what, row.was, row.now)]
                for row in added.corrections
            ],
        },
        "provenance": {
            "heading": words("report.section.provenance"),
            "rows": [[name, shortened(value, 64)] for name, value in _provenance(report, words) if value],
        },
    }


# ---------------------------------------------------------------- repetitions


def _repetitions(table: Mapping[str, Any] | None, words: Words) -> dict[str, Any] | None:
    if table is None:
        return None
    lead = [upper_first(words("side.lead"))] if table["lead"] else []
    head = [words("report.label.rep"), *lead, words("report.label.down_up"), *table["columns"]]
    return {
        "heading": words("report.section.repetitions"),
        "note": f"{table['heading']}. {words('report.text.median_row')}",
        "lead": bool(lead),
        "head": head,
        "tiers": [
            {"tier": group["tier"], "word": words(f"tier.{group['tier']}"), "span": group["span"]}
            for group in table["groups"]
        ],
        "rows": [
            [str(row["index"]), *([row["lead"]] if lead else []), row["times"], *row["cells"]]
            for row in table["rows"]
        ],
        "graded": [row["graded"] for row in table["rows"]],
        "medians": [
            {"name": row["name"], "times": row["times"], "cells": row["cells"]} for row in table["medians"]
        ],
        "notes": [
            f"{words('report.label.rep')} {row['index']}: {row['note']}"
            for row in table["rows"]
            if row["note"]
        ],
    }


# ---------------------------------------------------------------- spine


def _spine(spine: Mapping[str, Any] | None, words: Words) -> dict[str, Any]:
    """Return figure, plot and shares; where nothing was read, why not."""
    heading = words("report.section.spine")
    if spine is None or not spine["read"]:
        reasons = spine["reasons"] if spine else []
        return {"heading": heading, "read": False, "lines": [words("spine_method_long.none"), *reasons]}
    tier = spine["tier"]
    said = f"{spine['method']} {spine['seen']} {spine['licence']}".strip()
    return {
        "heading": heading,
        "read": True,
        "tier": tier,
        "tier_word": words(f"tier.{tier}"),
        "said": said,
        "gaps": " ".join(spine["gaps"]),
        "figure": _figure(spine["figure"], tier == "T3", words),
        "plane": _plane(spine["plane"], words),
        "shares": _shares(spine["shares"], words),
        "style": _style(spine["style"], words),
    }


def _figure(figure: Mapping[str, Any] | None, rough: bool, words: Words) -> dict[str, Any] | None:
    if figure is None:
        return None
    svg = print_svg(figure["svg"], height=_FIGURE_HEIGHT_PX, room=_FIGURE_ROOM)
    return {
        "heading": words("report.label.turn"),
        "svg": svg,
        "alt": "; ".join(f"{row['label']} {row['value']}" for row in figure["values"]),
        "values": [{**row, "sample": line_sample(row["region"], rough=rough)} for row in figure["values"]],
    }


def _plane(plane: Mapping[str, str] | None, words: Words) -> dict[str, Any] | None:
    if plane is None:
        return None
    width, height = _PLANE_PX
    return {
        "heading": words("plot.angle_angle.title"),
        "svg": print_svg(plane["svg"], width=width, height=height, room=_PLANE_ROOM),
        "alt": plane["summary"],
        "x": words("print.plane_x"),
        "y": words("print.plane_y"),
        "key": words("print.plane_key"),
    }


def _shares(shares: Mapping[str, Any] | None, words: Words) -> dict[str, Any] | None:
    if shares is None:
        return None
    return {
        "heading": words("coordination.spine.share_pct.name"),
        "ways": [
            {"name": upper_first(way["name"]), "bars": [_bar(bar) for bar in way["bars"]]}
            for way in shares["ways"]
        ],
        "note": " ".join((words("print.share_key"), *shares["reasons"])),
    }


def _bar(bar: Mapping[str, Any]) -> dict[str, Any]:
    height = _WHOLE_BAR_PX if bar["whole"] else _BAR_PX
    return {**bar, "svg": print_svg(bar["svg"], width=_BAR_WIDTH_PX, height=height, room=_BAR_ROOM)}


def _style(style: Mapping[str, Any], words: Words) -> str:
    sentence = style["sentence"] or " ".join(style["reasons"])
    return f"{words('style.title')}: {style['name']}. {sentence}".strip()


# ---------------------------------------------------------------- where it comes from


def _provenance(report: Report, words: Words) -> Iterator[tuple[str, str]]:
    known, quality = report.provenance, report.quality
    video, model = known.get("video") or {}, known.get("model") or {}
    yield words("report.label.video"), _named(video)
    yield words("report.label.model"), _named(model)
    yield words("report.label.knowledge"), str(known.get("knowledge_sha256", ""))[:12]
    yield words("report.label.version"), str((known.get("versions") or {}).get("movement_lab", ""))
    yield words("report.label.created"), str(known.get("made_at", "")).replace("T", " ")
    yield words("print.pictures"), _pictures(quality, words)
    yield words("report.label.people"), " ".join(_people(report, words))
    settings = known.get("settings") or {}
    declared = {name: value for name, value in (settings.get("declared") or {}).items() if value}
    yield words("print.declared"), ", ".join(f"{name} {value}" for name, value in declared.items())


def _named(row: Mapping[str, Any]) -> str:
    parts = (shortened(str(row.get("name", "")), 40), str(row.get("sha256", ""))[:12])
    return " · ".join(part for part in parts if part)


def _pictures(quality: Mapping[str, Any], words: Words) -> str:
    seen, count = quality.get("frames_with_person"), quality.get("frames")
    rate = quality.get("rate_hz")
    if not isinstance(seen, int) or not isinstance(count, int):
        return ""
    shown = f"{rate:.0f}" if isinstance(rate, float) and math.isfinite(rate) else words("language.nothing")
    return words("print.pictures_seen", seen=seen, count=count, rate=shown)


def _people(report: Report, words: Words) -> Iterator[str]:
    people = report.quality.get("people", ())
    yield str(len(people)) if isinstance(people, list | tuple) else ""
    yield from (words("report.text.followed", **who) for who in followed(report))
