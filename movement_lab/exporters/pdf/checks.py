"""Everything that was looked at, a row each: value, limits, result, and where the limits are from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Final

from movement_lab.exporters.findings import knowledge_of, side_of, sort_findings
from movement_lab.exporters.words import Words
from movement_lab.knowledge import STEPS, load_sources
from movement_lab.records import Finding
from movement_lab.report import Report
from movement_lab.wording.numbers import format_number

_LONGEST_SOURCE: Final = 24


def checks_of(report: Report, words: Words) -> list[list[str]]:
    """Return the rows: noticed, nothing to note, described, not judged (those once, not for each side)."""
    return [_check(finding, report, words) for finding in _in_order(report, words)]


def _in_order(report: Report, words: Words) -> Iterator[Finding]:
    rows = sort_findings(report, words)
    yield from (*rows.noticed, *rows.quiet, *rows.described)
    yield from {row.id: row for row in rows.unjudged}.values()


def _check(finding: Finding, report: Report, words: Words) -> list[str]:
    row = knowledge_of(finding, report)
    limits = finding.limits or (row.limits if row else {})
    judged = finding.grade != "not_graded"
    key = row.evidence_key if row else finding.evidence
    return [
        words(f"finding.{finding.id}.title") + (side_of(finding, report, words) if judged else ""),
        _value(finding, words) if judged else words("language.nothing"),
        _limits(limits, finding, words),
        _result(finding, words),
        words(f"print.evidence.{key}"),
        _sources(finding.sources or (row.sources if row else ())),
    ]


def _result(finding: Finding, words: Words) -> str:
    described = finding.graded_kind == "descriptive" and finding.grade == "none"
    return words("print.described") if described else words(f"grade.{finding.grade}")


def _value(finding: Finding, words: Words) -> str:
    span = words.span(finding.low95, finding.high95, finding.unit)
    if not math.isfinite(finding.low95):
        return words("language.nothing")
    return f"{words.value(finding.value, finding.unit)} ({span})"


def _limits(limits: Mapping[str, float], finding: Finding, words: Words) -> str:
    """Return "> 5 · 10 · 15°": the steps in their order, and on which side they lie."""
    steps = [limits[step] for step in STEPS if step in limits]
    if not steps:
        return words("language.nothing")
    decimal = words("language.decimal")
    *first, last = steps
    numbers = [format_number(step, finding.unit, decimal=decimal) for step in first]
    line = " · ".join([*numbers, words.value(last, finding.unit)])
    return f"{ {'over': '>', 'under': '<', 'either': '±'}[finding.direction] } {line}".strip()


def _sources(keys: tuple[str, ...]) -> str:
    """Return "Myer 2014 +2": the first, and how many more are on the report page."""
    known = load_sources()
    rest = f"\u00a0+{len(keys) - 1}" if len(keys) > 1 else ""
    names = [
        _short(known[key].citation if key in known else key, _LONGEST_SOURCE - len(rest)) for key in keys
    ]
    return f"{names[0]}{rest}" if names else ""


def _short(citation: str, longest: int) -> str:
    """Return "Aasa 2019" of "Aasa et al. 2019, Sports Biomechanics.", cut after a whole word."""
    found = re.match(r"(.*?\d{4})", citation)
    name = (found[1] if found else citation).replace(" et al.", "").split(" (")[0].split(":")[0].rstrip(".")
    if len(name) <= longest:
        return name
    cut = name[:longest]
    return f"{cut.rpartition(' ')[0] or cut[:-1]}…"
