"""What the report page says, in one mapping: title, verdict, findings, table, how it was measured."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from movement_lab.exporters.curves import draw_curves, zero_of
from movement_lab.exporters.findings import (
    Sorted,
    show_described,
    show_noticed,
    show_quiet,
    show_unjudged,
    sort_findings,
)
from movement_lab.exporters.json import plain
from movement_lab.exporters.spine import show_spine
from movement_lab.exporters.spine_curves import spine_panels
from movement_lab.exporters.table import show_table
from movement_lab.exporters.words import Words
from movement_lab.report import Report
from movement_lab.summary import followed
from movement_lab.wording import verdict

_PLANE_OF_VIEW: Final = {"left": "side", "right": "side", "front": "front", "back": "front"}
_HASH_SHOWN: Final = 12
_LONG_LIST: Final = 12
_STEADY_REPS: Final = 3

#: Counts of the recording that people ask for: wording key -> key of ``quality``.
_COUNTS: Final = {
    "frames": "frames",
    "frames_seen": "frames_with_person",
    "frames_repaired": "frames_repaired",
    "people": "people",
    "frame_rate": "rate_hz",
}


def make_sheet(report: Report, words: Words) -> dict[str, Any]:
    """Return everything the page says, for the template."""
    rows, spine_curves = sort_findings(report, words), spine_panels(report, words)
    described = [show_described(row, report, words) for row in rows.described]
    return {
        "say": words,
        "language": words.language,
        "wellness": words.wellness,
        "title": _title(report, words),
        "verdict": _verdict(report, rows, words),
        "facts": list(_facts(report, words)),
        "movement_reasons": words.reasons(report.movement.reasons),
        "curves": draw_curves(report, words, spine_curves),
        "spine": show_spine(report, words, spine_curves),
        "steady": list(_steady(report, words)) + (described if words.wellness else []),
        "noticed": [show_noticed(row, report, words) for row in rows.noticed],
        "unjudged": show_unjudged(rows.unjudged, words),
        "quiet": [show_quiet(row, report, words) for row in rows.quiet],
        "described": [] if words.wellness else described,
        "table": show_table(report, words),
        "seen": _told(_seen(report, words)),
        "made": _told(_made(report, words)),
        "technical": []
        if words.wellness
        else list(_flat(report.provenance)) + list(_flat(report.quality, "quality")),
    }


def _title(report: Report, words: Words) -> str:
    view = words(f"view.{report.view.name}")
    return words("report.title", movement=words(f"movement.{report.movement.name}"), view=view)


def _verdict(report: Report, rows: Sorted, words: Words) -> str:
    """Return the sentence a person can say aloud."""
    if not report.reps and report.movement.name in ("unknown", "none"):
        return words(f"verdict.{report.movement.name}")
    return verdict(
        usable=sum(rep.graded for rep in report.reps),
        noticed=len(rows.noticed),
        not_judged=len({row.id for row in rows.unjudged}),
        language=words.language,
        profile=words.profile,
    )


def _facts(report: Report, words: Words) -> Iterator[str]:
    yield _camera(report, words)
    yield _standing(report, words)
    if report.reps:
        yield from words.reasons(report.movement.reasons)


def _camera(report: Report, words: Words) -> str:
    gate, plane = words(f"gate.{report.view.gate}"), _PLANE_OF_VIEW.get(report.view.name)
    if plane is None:
        return words("reason.view_refused")
    yaw = words.value(report.view.yaw_deg, "deg")
    return words("report.camera_line", yaw=yaw, plane=words(f"plane.{plane}"), gate=gate)


def _standing(report: Report, words: Words) -> str:
    standing = report.standing
    if not standing.found:
        return words("report.standing_missing")
    start, end = (words.value(time, "s") for time in (standing.start_s, standing.end_s))
    by_hand = "standing_declared" in standing.reasons
    return words("report.standing_by_hand" if by_hand else "report.standing_found", start=start, end=end)


def _steady(report: Report, words: Words) -> Iterator[dict[str, str]]:
    """Yield what went well: repetitions alike within the noise of the measure, or all of them seen."""
    judged = [rep for rep in report.reps if rep.graded]
    if len(judged) < _STEADY_REPS or len(judged) < len(report.reps):
        return
    drops = (row for row in report.measurements if row.name == "hip_drop_pct" and row.at == "turn")
    rows = [row for row in drops if row.rep and row.zero == zero_of(report)]
    values = np.array([row.value for row in rows])
    if len(values) and np.isfinite(values).all() and np.ptp(values) <= rows[0].mdc95:
        span = words.span(float(values.min()), float(values.max()), rows[0].unit)
        body = (
            ""
            if words.wellness
            else f"{words('measure.hip_drop_pct')}: {words(f'unit.{rows[0].unit}', number=span)}."
        )
        yield {"title": words("steady.depth", count=len(judged)), "say": body, "tier": rows[0].tier}
    else:
        yield {"title": words("steady.seen", count=len(judged)), "say": "", "tier": ""}


def _seen(report: Report, words: Words) -> Iterator[tuple[str, list[str]]]:
    """Yield names and lines of "how well the camera could see"."""
    view, facing = words(f"view.{report.view.name}"), words(f"facing.{report.view.facing}")
    yield words("report.label.view"), [f"{view[:1].upper()}{view[1:]}, {facing}.", _camera(report, words)]
    yield words("report.label.standing"), [_standing(report, words)]
    for key, source in _COUNTS.items():
        if source in report.quality:
            lines = [_count(report.quality[source])]
            if source == "people":
                lines += [words("report.text.followed", **who) for who in followed(report)]
            yield words(f"report.label.{key}"), lines
    yield words("report.label.note"), words.reasons(tuple(report.quality.get("warnings", ())))


def _made(report: Report, words: Words) -> Iterator[tuple[str, list[str]]]:
    """Yield names and lines of "where this report comes from"."""
    known = report.provenance
    yield words("report.label.video"), [_named(known.get("video", {}))]
    yield words("report.label.model"), [_named(known.get("model", {}))]
    yield words("report.label.knowledge"), [str(known.get("knowledge_sha256", ""))[:_HASH_SHOWN]]
    yield words("report.label.version"), [str(known.get("versions", {}).get("movement_lab", ""))]
    yield words("report.label.created"), [str(known.get("made_at", "")).replace("T", " ")]


def _told(rows: Iterator[tuple[str, list[str]]]) -> list[tuple[str, list[str]]]:
    """Leave out what isn't known."""
    told = ((name, [line for line in lines if line]) for name, lines in rows)
    return [(name, lines) for name, lines in told if lines]


def _count(value: Any) -> str:
    """Return how many: of a list its length, of a rate the rounded number."""
    if isinstance(value, list | tuple):
        return str(len(value))
    return f"{value:.0f}" if isinstance(value, float) and math.isfinite(value) else str(value)


def _named(row: Mapping[str, Any]) -> str:
    """Return "squat.mp4 · 7c41e09a4f2b" for a file with its fingerprint."""
    return " · ".join(
        part for part in (str(row.get("name", "")), str(row.get("sha256", ""))[:_HASH_SHOWN]) if part
    )


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value under its dotted name; long lists only with their length."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple | np.ndarray) and len(value) > _LONG_LIST:
        yield name, f"[{len(value)}]"
    else:
        yield name, json.dumps(plain(value), ensure_ascii=False).strip('"')
