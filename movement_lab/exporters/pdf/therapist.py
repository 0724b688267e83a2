"""What stands on the therapist's two pages, as plain values for the template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from movement_lab.exporters.findings import show_why, sort_findings
from movement_lab.exporters.pdf.curves import print_curves
from movement_lab.exporters.pdf.details import details_of
from movement_lab.exporters.pdf.facts import Added, Review
from movement_lab.exporters.pdf.heading import made_with, note, shortened, whose
from movement_lab.exporters.pdf.ink import print_svg
from movement_lab.exporters.pdf.measures import measure_table
from movement_lab.exporters.rep_marks import middle_rep
from movement_lab.exporters.sheet import make_sheet
from movement_lab.exporters.words import Words
from movement_lab.knowledge import STEPS
from movement_lab.records import Finding
from movement_lab.report import Report
from movement_lab.wording import format_value, steps_line

_WHISKER_PX: Final = (150.0, 36.0)
_MOST_NAMED: Final = 6  # changes named in the summary
_LONGEST_COMMENT: Final = 140


def therapist_content(report: Report, words: Words, added: Added, *, with_picture: bool) -> dict[str, Any]:
    """Return everything both pages say, the picture apart."""
    sheet = make_sheet(report, words)
    table = measure_table(sheet["table"], report, words, added)
    return {
        "title": sheet["title"],
        "whose": whose(report, added, words),
        "kind": words("print.kind"),
        "page": words("print.page", page="{page}", pages="{pages}"),
        "facts": [[name, note(value, 60)] for name, value in _facts(report, words, added) if value],
        "summary": {"strong": sheet["verdict"], "rest": " ".join(_summary(sheet, words, added))},
        "picture": _picture_note(report, words),
        "curves": print_curves(sheet["curves"], report, words, beside_picture=with_picture),
        "table": table,
        "noticed": _noticed(report, sheet, words, added),
        "unjudged": [
            {"title": " · ".join(group["titles"]), "reason": group["reason"]} for group in sheet["unjudged"]
        ],
        "statement": f"{words('statement.required')} {words('statement.not_a_device')}",
        "made": made_with(report, words),
        "details": details_of(report, sheet, words, added),
        "words": {
            "noticed": words("report.section.noticed"),
            "unjudged": words("report.section.not_judged"),
            "all_judged": words("report.text.all_judged"),
            "more": words("print.more", count="{count}"),
        },
    }


def _picture_note(report: Report, words: Words) -> dict[str, str]:
    rep = middle_rep(report)
    text = words("report.text.bottom_of_rep", rep=rep.index) if rep else ""
    return {"alt": text, "caption": f"{text}." if text else "", "drawn": words("print.drawn")}


def _facts(report: Report, words: Words, added: Added) -> Iterator[tuple[str, str]]:
    usable = sum(rep.graded for rep in report.reps)
    yield (
        words("report.label.repetitions"),
        words("report.label.usable_of", usable=usable, count=len(report.reps)),
    )
    yield words("report.label.view"), _view(report, words)
    yield words("report.label.standing"), _standing(report, words)
    yield words("print.back_from"), words(f"spine_method.{report.spine.method or 'none'}")
    if added.compared:
        yield words("print.compared_with"), added.compared.other
    yield words("print.reviewed_by"), added.facts.reviewed_by


def _view(report: Report, words: Words) -> str:
    gate = words(f"gate.{report.view.gate}")
    yaw = words.value(report.view.yaw_deg, "deg")
    return words("print.view", yaw=yaw, gate=gate)


def _standing(report: Report, words: Words) -> str:
    standing = report.standing
    if not standing.found:
        return words("print.not_found")
    ends = (format_value(time, "s", words.language) for time in (standing.start_s, standing.end_s))
    return words("language.range_signed", low=next(ends), high=next(ends))


def _summary(sheet: dict[str, Any], words: Words, added: Added) -> Iterator[str]:
    """Yield what follows the verdict: what went well, what changed, what it was taken for."""
    yield from (row["title"] for row in sheet["steady"][:1])
    yield from (f"{row['title']}." for row in sheet["described"][:1] if ":" in row["title"])
    if added.compared and added.compared.changes:
        real = [row for row in added.compared.changes if row.real]
        names = [words(f"measure.{row.measure}") for row in real[:_MOST_NAMED]]
        other = shortened(added.compared.other)
        if names:
            yield words("print.really_changed", names=", ".join(dict.fromkeys(names)), other=other)
        else:
            yield words("print.nothing_changed", other=other)
    yield from sheet["movement_reasons"]


# ---------------------------------------------------------------- what we noticed


def _noticed(report: Report, sheet: dict[str, Any], words: Words, added: Added) -> list[dict[str, Any]]:
    """Return the entries under "What we noticed": steady first, then by strength."""
    rows = [
        {"mark": "tick", "title": row["title"].rstrip("."), "lines": [row["say"]] if row["say"] else []}
        for row in sheet["steady"]
    ]
    findings = sort_findings(report, words).noticed
    for finding, shown in zip(findings, sheet["noticed"], strict=True):
        rows.append(_entry(finding, shown, report, words, added.review_of(finding.id, finding.side)))
    if not findings and sheet["table"]:
        rows.append({"mark": "tick", "title": words("report.text.nothing_noticed").rstrip("."), "lines": []})
    if not rows:
        rows.append(
            {"mark": "ring", "title": sheet["verdict"].rstrip("."), "lines": sheet["movement_reasons"]}
        )
    return rows


def _entry(
    finding: Finding, shown: dict[str, Any], report: Report, words: Words, review: Review | None
) -> dict[str, Any]:
    if review and review.answer == "rejected":
        comment = note(review.comment, _LONGEST_COMMENT)
        title = f"{shown['title']}: {words('print.review.rejected')}"
        return {"mark": "rejected", "title": title, "lines": [comment] if comment else []}
    why = show_why(finding, report, words)
    return {
        "mark": "open" if shown["open"] else "full",
        "title": shown["title"],
        "pips": shown["pips"],
        "grade": shown["word"],
        "tier": finding.tier,
        "tier_word": words(f"tier.{finding.tier}"),
        "whisker": print_svg(shown["whisker"], width=_WHISKER_PX[0], height=_WHISKER_PX[1]),
        "lines": [
            _measured(finding, why["seen_in"], words),
            " ".join(part for part in (*why["doubts"], why["evidence"], _reviewed(review, words)) if part),
        ],
    }


def _measured(finding: Finding, seen_in: str, words: Words) -> str:
    """Return "9° (80 %: 6–12), mild above 5°, 5 of 5 repetitions."."""
    first = {step: finding.limits[step] for step in STEPS if step in finding.limits}
    first = dict(list(first.items())[:1])
    step = steps_line(first, direction=finding.direction, unit=finding.unit, language=words.language)
    value = words(
        "print.value80",
        value=words.value(finding.value, finding.unit),
        low_high=words.span(finding.low, finding.high, finding.unit),
    )
    return ", ".join(part for part in (value, step, seen_in) if part) + "."


def _reviewed(review: Review | None, words: Words) -> str:
    if review is None:
        return ""
    said = words("print.review.agreed") if review.answer == "agreed" else ""
    comment = note(review.comment, _LONGEST_COMMENT)
    told = words("print.review.comment", comment=comment) if comment else ""
    return " ".join(part for part in (said, told) if part)
