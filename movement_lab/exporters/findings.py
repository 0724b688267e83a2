"""Findings as the report page shows them: noticed, not judged, nothing to note, described."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from movement_lab.exporters.json import rep_seconds
from movement_lab.exporters.whisker import whisker
from movement_lab.exporters.words import Words
from movement_lab.knowledge import STEPS, FindingRow, load_movement, load_sources, mdc_unit_of
from movement_lab.records import GRADES, MOVEMENTS, Finding
from movement_lab.report import Report
from movement_lab.summary import is_told
from movement_lab.wording import steps_line

#: In the wellness profile: at most so many, and none whose interval reaches back (specification 7.2).
_MOST_OBSERVATIONS: Final = 2
_STRENGTH: Final = {grade: number for number, grade in enumerate(GRADES)}
_FRACTION: Final = 0.5  # a pip half filled: possible


@dataclass(frozen=True, slots=True)
class Sorted:
    """Findings by what can be said of them, each group in the order of the movement's table."""

    noticed: tuple[Finding, ...]
    quiet: tuple[Finding, ...]
    described: tuple[Finding, ...]
    unjudged: tuple[Finding, ...]


def sort_findings(report: Report, words: Words) -> Sorted:
    """Sort the findings of a report; noticed ones with the strongest first."""
    told = [row for row in report.findings if is_told(row, words.profile)]
    judged = [row for row in told if row.grade != "not_graded"]
    graded = [row for row in judged if row.graded_kind == "graded"]
    noticed = sorted((row for row in graded if row.grade != "none"), key=lambda row: -_STRENGTH[row.grade])
    if words.wellness:
        noticed = [row for row in noticed if row.grade != "possible"][:_MOST_OBSERVATIONS]
    return Sorted(
        noticed=tuple(noticed),
        quiet=tuple(row for row in graded if row.grade == "none"),
        described=tuple(row for row in judged if row.graded_kind == "descriptive"),
        unjudged=tuple(row for row in told if row.grade == "not_graded"),
    )


def knowledge_of(finding: Finding, report: Report) -> FindingRow | None:
    """Return the table row a finding was judged by; None if the tables no longer have it."""
    if report.movement.name not in MOVEMENTS:
        return None
    rows = load_movement(report.movement.name).findings
    return next((row for row in rows if row.id == finding.id), None)


def show_noticed(finding: Finding, report: Report, words: Words) -> dict[str, Any]:
    """Return one entry of "What we noticed"."""
    key = f"finding.{finding.id}"
    open_sign = finding.grade == "possible"
    side = side_of(finding, report, words)
    entry: dict[str, Any] = {
        "id": finding.id,
        "side": finding.side,
        "title": _with_side(words(f"{key}.{'possible' if open_sign else 'noticed'}"), side),
        "matters": words(f"{key}.matters"),
        "option": words(f"{key}.option"),
    }
    if words.wellness:
        return entry
    return entry | {
        "open": open_sign,
        "pips": _FRACTION if open_sign else STEPS.index(finding.grade) + 1,
        "word": words(f"grade_title.{finding.grade}"),
        "seen": words(f"{key}.seen", value=words.value(finding.value, finding.unit)),
        "tier": finding.tier,
        "whisker": _whisker(finding, words),
        "why": show_why(finding, report, words),
    }


def _with_side(title: str, side: str) -> str:
    """Return a title that names a side, before its full stop if it is a sentence."""
    return f"{title[:-1]}{side}." if title.endswith(".") else f"{title}{side}"


def show_quiet(finding: Finding, report: Report, words: Words) -> dict[str, Any]:
    """Return one entry of "Also checked, nothing to note"."""
    title = words(f"finding.{finding.id}.title") + side_of(finding, report, words)
    if words.wellness:
        return {"title": title}
    return {
        "title": title,
        "value": words.value(finding.value, finding.unit),
        "tier": finding.tier,
        "why": show_why(finding, report, words),
    }


def show_described(finding: Finding, report: Report, words: Words) -> dict[str, str]:
    """Return one entry of "Described only"."""
    key, row = f"finding.{finding.id}", knowledge_of(finding, report)
    if words.wellness:
        return {"title": words(f"{key}.noticed"), "say": "", "tier": ""}
    title = words(f"{key}.title") + side_of(finding, report, words)
    named = row.class_of(finding.value) if row else ""
    if named:
        title += f": {words(f'depth_class.{named}')}"
    interval = words(
        "report.text.value",
        value=words.value(finding.value, finding.unit),
        low_high=words.span(finding.low, finding.high, finding.unit),
    )
    return {"title": title, "say": words(f"{key}.seen", value=interval), "tier": finding.tier}


def show_unjudged(findings: Iterable[Finding], words: Words) -> list[dict[str, Any]]:
    """Return what could not be judged, grouped by its first reason: the names, and one sentence."""
    groups: dict[str, list[str]] = {}
    for finding in findings:
        titles = groups.setdefault((*finding.reasons, "not_seen")[0], [])
        title = words(f"finding.{finding.id}.title")
        if title not in titles:
            titles.append(title)
    return [{"titles": titles, "reason": words(f"reason.{reason}")} for reason, titles in groups.items()]


def show_why(finding: Finding, report: Report, words: Words) -> dict[str, Any]:
    """Return what was measured against which limit, and where the limit is from (clinicians only)."""
    row = knowledge_of(finding, report)
    return {
        "tier": finding.tier,
        "reps": list(_places(finding, report)),
        "seen_in": words("report.text.seen_in", seen=len(finding.frames_s), count=_count(finding, report)),
        "value": words.both_intervals(finding),
        "noise": _noise(row, words),
        "steps": _steps(finding, words),
        "because": _because(finding, words),
        "doubts": words.reasons(finding.reasons),
        "evidence": words(f"evidence.{row.evidence_key if row else finding.evidence}"),
        "sources": [_source(key, words) for key in finding.sources],
    }


def side_of(finding: Finding, report: Report, words: Words) -> str:
    """Return ", left" where a finding is told for each side, else nothing."""
    row = knowledge_of(finding, report)
    tells = finding.side != "mid" and (row is None or row.side in ("each", "lead"))
    return f", {words(f'side.{finding.side}')}" if tells else ""


def _whisker(finding: Finding, words: Words) -> str:
    return whisker(
        finding.value,
        interval80=(finding.low, finding.high),
        interval95=(finding.low95, finding.high95),
        limits=_signed_limits(finding),
        label=f"{words.both_intervals(finding)}. {_steps(finding, words)}",
        tick=lambda number: words.value(number, finding.unit),
    )


def _signed_limits(finding: Finding) -> dict[str, float]:
    """Return the limits on the value's own side of zero where they apply to its size."""
    sign = -1 if finding.direction == "either" and finding.value < 0 else 1
    return {step: sign * limit for step, limit in finding.limits.items()}


def _places(finding: Finding, report: Report) -> Iterator[dict[str, Any]]:
    """Yield the number and the turn of every repetition in which it was seen."""
    for start_s, end_s in finding.frames_s:
        for rep in report.reps:
            turn_s = rep_seconds(rep, report)[1]
            if start_s <= turn_s <= end_s:
                yield {"index": rep.index, "at": round(turn_s, 2)}


def _count(finding: Finding, report: Report) -> int:
    """Return how many repetitions were asked, from the share that is known."""
    if finding.frames_s and finding.persistence > 0:
        return round(len(finding.frames_s) / finding.persistence)
    return sum(rep.graded for rep in report.reps)


def _noise(row: FindingRow | None, words: Words) -> str:
    if row is None or not math.isfinite(row.mdc):
        return ""
    return words("report.text.noise", mdc=words.value(row.mdc, mdc_unit_of(row)))


def _steps(finding: Finding, words: Words) -> str:
    line = steps_line(finding.limits, direction=finding.direction, unit=finding.unit, language=words.language)
    return f"{line}." if line else ""


def _because(finding: Finding, words: Words) -> str:
    """Return why it is this step: the interval clears the first limit, the value the last one."""
    if not finding.limits:
        return ""
    first = next(step for step in STEPS if step in finding.limits)
    limit = words.value(finding.limits[first], finding.unit)
    if finding.grade in ("none", "possible"):
        return words(f"because.{finding.grade}", limit=limit)
    grade = words(f"grade.{finding.grade}")
    if finding.grade == first:
        return words(f"because.{finding.direction}", limit=limit, grade=grade)
    step = words.value(finding.limits.get(finding.grade, math.nan), finding.unit)
    return words(f"because.{finding.direction}_further", limit=limit, step=step, grade=grade)


def _source(key: str, words: Words) -> dict[str, str]:
    source = load_sources().get(key)
    if source is None:
        return {"citation": key, "doi": "", "read": ""}
    return {"citation": source.citation, "doi": source.doi, "read": words(f"read.{source.read}")}
