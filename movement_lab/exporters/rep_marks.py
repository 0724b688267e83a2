"""Where the repetitions lie on the time axis of the page, and which one it opens on."""

from movement_lab.charts import RepMark
from movement_lab.exporters.json import rep_seconds
from movement_lab.exporters.words import Words
from movement_lab.records import Rep
from movement_lab.report import Report


def rep_marks(report: Report, words: Words) -> list[RepMark]:
    """Return where repetitions lie in seconds, with the reasons of those that aren't judged."""
    return [_mark(rep, report, words) for rep in report.reps]


def middle_rep(report: Report) -> Rep | None:
    """Return the repetition the page opens on: the middle one of those that were judged."""
    reps = [rep for rep in report.reps if rep.graded] or list(report.reps)
    return reps[len(reps) // 2] if reps else None


def _mark(rep: Rep, report: Report, words: Words) -> RepMark:
    start_s, _, end_s = rep_seconds(rep, report)
    first, end = rep.bottom
    time_s = report.track.time_s
    note = "" if rep.graded else " ".join(words.reasons(rep.reasons)) or words("report.legend.not_judged")
    return RepMark(rep.index, start_s, (float(time_s[first]), float(time_s[end - 1])), end_s, note)
