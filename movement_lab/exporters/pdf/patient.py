"""What stands on the patient's page: calm words, no number table, nothing graded, nothing experimental."""

from __future__ import annotations

from typing import Any

from movement_lab.exporters.pdf.facts import Added
from movement_lab.exporters.pdf.heading import day_words, shortened
from movement_lab.exporters.rep_marks import middle_rep
from movement_lab.exporters.sheet import make_sheet
from movement_lab.exporters.words import Words
from movement_lab.report import Report
from movement_lab.wording import count_word


def patient_content(report: Report, words: Words, added: Added) -> dict[str, Any]:
    """Return everything the page says, the picture apart; ``words`` are those of the wellness profile."""
    sheet = make_sheet(report, words)
    noticed = sheet["noticed"]
    rep = middle_rep(report)
    alt = words("report.text.bottom_of_rep", rep=rep.index) if rep else ""
    return {
        "title": _title(report, bool(sheet["steady"]), words),
        "day": day_words(report, added, words),
        "code": shortened(added.person_code, 40),
        "picture": {"alt": alt, "caption": words("print.lowest"), "drawn": words("print.drawn")},
        "well": {"heading": words("report.section.going_well"), "lines": _well(report, sheet, words)},
        "since": added.compared.told if added.compared else "",
        "noticed": [{"title": row["title"], "matters": row["matters"]} for row in noticed],
        "quiet": words("report.text.nothing_noticed") if report.reps and not noticed else "",
        "option": noticed[0]["option"] if noticed else "",
        "unseen": [] if report.reps else list(sheet["movement_reasons"]) or [words("print.film_again")],
        "pain": {"title": words("statement.pain_title"), "text": words("statement.pain_text")},
        "statement": f"{words('statement.required')} {words('statement.not_a_device')}",
        "words": {
            "noticed": words("report.section.noticed"),
            "matters": words("report.label.does_it_matter"),
            "unseen": words("print.next_time"),
        },
    }


def _title(report: Report, steady: bool, words: Words) -> str:
    """Return the sentence a person can say aloud."""
    usable = sum(rep.graded for rep in report.reps)
    name = report.movement.name
    if not usable:
        return words("print.title.none")
    if usable == 1:
        return words(f"print.title_one.{name}")
    movements = words(f"movement_plural.{name}")
    key = "print.title.steady" if steady else "print.title.seen"
    return words(key, count_word=count_word(usable, language=words.language), movements=movements)


def _well(report: Report, sheet: dict[str, Any], words: Words) -> list[str]:
    """Return what went well, first of all; of whatever there is, something always is."""
    lines = [row["title"] for row in sheet["steady"]]
    if lines:
        return lines[:2]
    seen = sum(rep.graded for rep in report.reps)
    return [words("print.well.seen" if seen else "print.well.came")]
