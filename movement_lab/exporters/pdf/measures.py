"""The table of the first page: each measure at the lowest point, its trust, and how it changed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from movement_lab.coordination import Reading
from movement_lab.exporters.coordination import readings_of_set
from movement_lab.exporters.curves import zero_of
from movement_lab.exporters.pdf.facts import Added, Change
from movement_lab.exporters.pdf.heading import with_sign
from movement_lab.exporters.words import Words
from movement_lab.records import Tier
from movement_lab.report import Report
from movement_lab.summary import spine_tier

#: Readings of coordination that stand there too, the way down.
_READINGS: Final = ("share_pct", "duration_s")


def measure_table(
    shown: dict[str, Any] | None, report: Report, words: Words, added: Added
) -> dict[str, Any] | None:
    """Return head and rows of the table; None without repetitions or without a value.

    ``shown`` is the repetition table of the report page, whose median rows stand here upright.
    """
    rows = [*_rows(shown, report, words, added), *_readings(report, words, added)] if shown else []
    if not shown or not rows:
        return None
    compared = added.compared is not None
    names = ("report.label.measure", "report.label.trust", "report.label.now", "report.label.interval_95")
    more = ("report.label.then", "report.label.change", "report.label.noise", "print.reading")
    return {
        "heading": shown["heading"],
        "compared": compared,
        "head": [words(name) for name in (*names, *(more if compared else ("print.smallest_change",)))],
        "rows": rows,
    }


def _rows(shown: dict[str, Any], report: Report, words: Words, added: Added) -> Iterator[dict[str, Any]]:
    tiers = [group["tier"] for group in shown["groups"] for _ in range(group["span"])]
    medians = shown["medians"]
    for number, (name, side, unit) in enumerate(shown["measures"]):
        for median in medians:
            cell = median["cells"][number]
            if not cell["range"]:
                continue  # a value without its interval is never shown
            which = side or median["side"]
            label = shown["columns"][number]
            if len(medians) > 1:
                label = f"{label}, {words('side.' + median['side'])}"
            row = {
                "name": label,
                "now": cell["value"],
                "range": cell["range"],
                **_trust(tiers[number], words),
            }
            noise = words.value(_noise(report, name, which), unit)
            yield row | _changed(added.change_of(name, which), noise, words)


def _readings(report: Report, words: Words, added: Added) -> Iterator[dict[str, Any]]:
    """Yield the low back's share of the bend and the time down, where they are known."""
    for kind, found in sorted(report.coordination.items(), reverse=True):
        for name in _READINGS if kind == "spine" or "spine" not in report.coordination else ():
            reading = next((row for row in readings_of_set(found) if _is_told(row, name)), None)
            if reading is None or (name == "share_pct" and kind != "spine"):
                continue
            way = words(f"coordination.way.{reading.of.way}")
            label = f"{words(f'coordination.{reading.of.kind}.{name}.name')}, {way}"
            yield {
                "name": label,
                "now": words.value(reading.value, reading.unit),
                "range": words.span(reading.low95, reading.high95, reading.unit),
                **_trust(spine_tier(report) if name == "share_pct" else "T1", words),
            } | _changed(added.change_of(name, "mid"), words.value(reading.mdc95, reading.unit), words)


def _is_told(row: Reading, name: str) -> bool:
    return (row.name, row.of.way, row.of.part) == (name, "down", "whole") and math.isfinite(row.low95)


def _trust(tier: Tier, words: Words) -> dict[str, str]:
    return {"tier": tier, "tier_word": words(f"tier.{tier}")}


def _noise(report: Report, name: str, side: str) -> float:
    wanted = (name, side, "turn", zero_of(report))
    rows = (row for row in report.measurements if (row.name, row.side, row.at, row.zero) == wanted)
    return next((row.mdc95 for row in rows if math.isfinite(row.mdc95)), math.nan)


def _changed(change: Change | None, noise: str, words: Words) -> dict[str, Any]:
    if change is None:
        return {"then": "", "change": "", "noise": noise, "reading": "", "real": False}
    key = "report.text.real_change" if change.real else "report.text.within_noise"
    known = math.isfinite(change.change) and math.isfinite(change.noise)
    return {
        "then": words.value(change.then, change.unit),
        "change": with_sign(change.change, change.unit, words),
        "noise": words.value(change.noise, change.unit),
        "reading": words(key) if known else "",
        "real": change.real and known,
    }
