"""The table of coordination for therapists: a line per measure, way down and way up, how to read it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from movement_lab.coordination import Coordination, Reading
from movement_lab.coordination.table import Way
from movement_lab.exporters.coordination import readings_of_set
from movement_lab.exporters.words import Words

#: Measures in the order of the table; others stay in the files.
_ORDER: Final = (
    "share_pct", "share_of_third_pct", "upper_to_lower_ratio", "onset_lag_ms", "onset_lag_pct",
    "lower_dominant_pct", "in_phase_pct", "upper_dominant_pct", "anti_phase_pct", "coupling_spread_deg",
    "marp_deg", "deviation_phase_deg", "duration_s", "peak_speed_deg_s", "sparc_ratio", "ldlj_ratio",
    "range_deg", "range_sd_deg", "range_cv_pct", "curve_sd_deg",
)  # fmt: skip
_WAYS: Final[tuple[Way, ...]] = ("down", "up")
#: Measures told of the whole way only.
_WHOLE_ONLY: Final = ("upper_to_lower_ratio",)

Key = tuple[int, str, str]
Line = dict[Way, Reading]


def show_coordination(found: Coordination, kind: str, words: Words) -> dict[str, Any] | None:
    """Return lines and footnotes for one kind of curves (``spine`` or ``fold``); None without readings."""
    lines: dict[Key, Line] = {}
    for reading in readings_of_set(found):
        if reading.name in _ORDER and not (reading.name in _WHOLE_ONLY and reading.of.part != "whole"):
            lines.setdefault(_key(reading), {})[reading.of.way] = reading
    if not lines:
        return None
    ordered = [lines[key] for key in sorted(lines, key=lambda key: key[0])]
    known = [line for line in ordered if any(each.known for each in line.values())]
    return {
        "rows": list(_rows(known, kind, words)),
        "doubts": words.reasons(_reasons(each for line in known for each in line.values())),
        "unknown": list(_unknown([line for line in ordered if line not in known], words)),
        "ways": [_upper_first(words(f"coordination.way.{way}")) for way in _WAYS],
    }


def _key(reading: Reading) -> Key:
    return _ORDER.index(reading.name), reading.of.part, str(reading.of.curve)


def _rows(lines: Iterable[Line], kind: str, words: Words) -> Iterator[dict[str, Any]]:
    """Yield the lines; name and how to read it stand in the first line of a measure."""
    said = ""
    for line in lines:
        first = next(iter(line.values()))
        key, new = f"coordination.{first.of.kind}.{first.name}", first.name != said
        yield {
            "label": words(f"{key}.name") if new else "",
            "of": _of(first, kind, words),
            "cells": _cells(line, words),
            "both": "both" in line,
            "noise": "; ".join(dict.fromkeys(_noise(line.values(), words))),
            "reading": words(f"{key}.reading") if new else "",
        }
        said = first.name


def _unknown(lines: Iterable[Line], words: Words) -> Iterator[dict[str, str]]:
    """Yield what isn't known, grouped by the reason."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for line in lines:
        first = next(iter(line.values()))
        name = words(f"coordination.{first.of.kind}.{first.name}.name")
        groups.setdefault(_reasons(line.values()), []).append(name)
    for reasons, names in groups.items():
        yield {"names": " · ".join(dict.fromkeys(names)), "reason": " ".join(words.reasons(reasons))}


def _reasons(readings: Iterable[Reading]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reason for each in readings for reason in each.reasons))


def _of(reading: Reading, kind: str, words: Words) -> str:
    """Return which part of the way or which curve a line is about, where there are several."""
    if reading.of.part != "whole":
        return words(f"coordination.part.{reading.of.part}")
    return "" if reading.of.curve == "both" else words(f"coordination.curve.{kind}.{reading.of.curve}")


def _cells(line: Line, words: Words) -> Sequence[dict[str, str]]:
    ways: tuple[Way, ...] = ("both",) if "both" in line else _WAYS
    return [_cell(line[way], words) if way in line else {"value": "", "range": ""} for way in ways]


def _cell(reading: Reading, words: Words) -> dict[str, str]:
    span = words.span(reading.low95, reading.high95, reading.unit)
    known = span != words("language.nothing")
    return {"value": words.value(reading.value, reading.unit), "range": span if known else ""}


def _noise(readings: Iterable[Reading], words: Words) -> Iterator[str]:
    shown = (words.value(each.mdc95, each.unit) for each in readings)
    return (noise for noise in shown if noise != words("language.nothing"))


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
