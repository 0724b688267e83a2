"""``report.json``: the whole report as plain data, the same bytes for the same report.

The shape is published in ``report.schema.json`` beside this file.
"""

import json
import math
from bisect import bisect
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.coordination import Coordination, Style
from movement_lab.exporters.coordination import fields_of, readings_of
from movement_lab.records import Finding, Rep
from movement_lab.report import Report
from movement_lab.spine.estimate import SIGNAL_OF

#: Key of the sentence that must stand wherever results are shown (wording tables).
STATEMENT = "statement.required"

_SIGNIFICANT = 6
_LEAST_DECIMALS, _MOST_DECIMALS = 4, 9
#: From each of these sizes on a number keeps one decimal less.
_SIZES = tuple(10.0**power for power in range(_SIGNIFICANT - _MOST_DECIMALS, _SIGNIFICANT - _LEAST_DECIMALS))


def report_to_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON values: dictionaries, lists, text, numbers, booleans and None.

    Parameters
    ----------
    report : Report
        Its tracks and signals stay out: they go to ``track.npz`` and ``angles.csv``.

    Returns
    -------
    dict
        Keys in a fixed order. Times are seconds of ``report.track``; angles are degrees; NaN is
        None. Numbers keep six significant digits, and four to nine decimals.
    """
    return {
        "schema": report.schema,
        "statement": STATEMENT,
        "movement": plain(asdict(report.movement)),
        "view": plain(asdict(report.view)),
        "standing": plain(asdict(report.standing)),
        "reps": [_rep(rep, report) for rep in report.reps],
        "measurements": [plain_row(row) for row in report.measurements],
        "findings": [_finding(row) for row in report.findings],
        "spine": _spine(report),
        "coordination": {kind: _coordination(found) for kind, found in sorted(report.coordination.items())},
        "style": _style(report.style),
        "quality": plain(report.quality),
        "provenance": plain(report.provenance),
    }


def report_to_json(report: Report) -> str:
    """Return the text of ``report.json``, without the final line break."""
    return json.dumps(report_to_dict(report), indent=2, ensure_ascii=False, allow_nan=False)


def save_json(report: Report, path: Path) -> Path:
    """Write ``report.json`` (UTF-8, two spaces, one final line break)."""
    with atomic_path(path) as part:
        part.write_text(report_to_json(report) + "\n", encoding="utf-8", newline="\n")
    return path


def rep_seconds(rep: Rep, report: Report) -> tuple[float, float, float]:
    """Return start, turn and end of a repetition in seconds; the end is the first frame after it."""
    time_s, last = report.track.time_s, len(report.track) - 1
    start, turn, end = (float(time_s[min(frame, last)]) for frame in (rep.start, rep.turn, rep.end))
    return start, turn, end


def plain(value: Any) -> Any:
    """Return JSON values for numbers, NumPy scalars and arrays, paths, mappings and sequences."""
    if isinstance(value, float):  # first: nearly everything is a number
        return tidy(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value)


def plain_row(record: Any) -> dict[str, Any]:
    """Return the fields of a flat record as JSON values."""
    return {name: plain(getattr(record, name)) for name in record.__dataclass_fields__}


def tidy(value: float) -> float | None:
    """Round so that noise of the last bits never shows; NaN and infinities become None."""
    if not math.isfinite(value):
        return None
    value = float(value)  # NumPy's own floats round slowly
    decimals = _MOST_DECIMALS - bisect(_SIZES, abs(value))
    return round(value, decimals) + 0.0  # + 0.0: no "-0.0"


def _rep(rep: Rep, report: Report) -> dict[str, Any]:
    start_s, turn_s, end_s = rep_seconds(rep, report)
    return {
        "index": rep.index,
        "start_s": plain(start_s),
        "turn_s": plain(turn_s),
        "end_s": plain(end_s),
        "side": rep.side,
        "graded": rep.graded,
        "reasons": list(rep.reasons),
    }


def _spine(report: Report) -> dict[str, Any]:
    """Return how the spine was read, and what it was at each turn with its standard deviation."""
    spine = report.spine
    at_turn = {(m.name, m.rep): m for m in report.measurements if (m.at, m.zero) == ("turn", "rel")}
    turns = [
        {
            "rep": rep.index,
            "angles": {
                angle: {"value": plain(m.value), "sd": plain(m.sd_method)}
                for angle in spine.value
                if (m := at_turn.get((SIGNAL_OF.get(angle, angle), rep.index)))
            },
        }
        for rep in (report.reps if spine.method else ())
    ]
    return {
        "method": spine.method,
        "frames": len(spine.valid),
        "frames_used": spine.frames_used,
        "reasons": list(spine.reasons),
        "turns": turns,
    }


def _coordination(found: Coordination) -> dict[str, Any]:
    rows = [{"rep": rep, **plain(fields_of(reading))} for rep, reading in readings_of(found)]
    return {"reasons": list(found.reasons), "readings": rows}


def _style(style: Style) -> dict[str, Any]:
    names = [reading.name for reading in style.readings]
    return {"name": style.name, "rests_on": names, "reasons": list(style.reasons)}


def _finding(finding: Finding) -> dict[str, Any]:
    return plain_row(finding)
