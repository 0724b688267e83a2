"""Where the repetitions lie on the time axis of the page, and which one it opens on."""

import numpy as np

from movement_lab.charts import RepMark
from movement_lab.exporters.json import rep_seconds
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_grading
from movement_lab.records import Rep
from movement_lab.report import Report

_DRIVER = "hip_drop_pct"


def rep_marks(report: Report, words: Words) -> list[RepMark]:
    """Return where repetitions lie in seconds, with the reasons of those that aren't judged."""
    return [_mark(rep, report, words) for rep in report.reps]


def middle_rep(report: Report) -> Rep | None:
    """Return the repetition the page opens on: the middle one of those that were judged."""
    reps = [rep for rep in report.reps if rep.graded] or list(report.reps)
    return reps[len(reps) // 2] if reps else None


def bottom_window(rep: Rep, report: Report) -> tuple[int, int]:
    """Return the frames around the turn in which the hips hardly move (specification 3.1)."""
    drop = report.signals.get(_DRIVER)
    if drop is None or not np.isfinite(drop[rep.start : rep.end]).any():
        return rep.turn, rep.turn
    speed = np.abs(np.gradient(drop))
    slow = speed < load_grading().repetition["rep_bottom_speed_pct"] / 100 * np.nanmax(
        speed[rep.start : rep.end]
    )
    first = last = rep.turn
    while first > rep.start and slow[first - 1]:
        first -= 1
    while last < min(rep.end, len(drop)) - 1 and slow[last + 1]:
        last += 1
    return first, last


def _mark(rep: Rep, report: Report, words: Words) -> RepMark:
    start_s, _, end_s = rep_seconds(rep, report)
    first, last = bottom_window(rep, report)
    time_s = report.track.time_s
    note = "" if rep.graded else " ".join(words.reasons(rep.reasons)) or words("report.legend.not_judged")
    return RepMark(rep.index, start_s, (float(time_s[first]), float(time_s[last])), end_s, note)
