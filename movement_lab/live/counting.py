"""Repetitions of a whole session, from windows that slide over it.

A window sees only its last seconds. What it sees wholly it decides; what has begun to leave it was
decided on before and stays. So nothing is counted twice and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from movement_lab.records import Rep, Side
from movement_lab.report import Report

#: Reasons of a repetition that isn't over, or whose beginning the window doesn't show.
_NOT_OVER = "rep_cut_at_end"
_BEGUN_BEFORE = "rep_cut_at_start"


@dataclass(frozen=True, slots=True)
class Counted:
    """One repetition of the session: seconds on the session's clock."""

    start_s: float
    turn_s: float
    end_s: float
    side: Side = "mid"
    begun_before: bool = False

    def overlaps(self, other: Counted) -> bool:
        """Say whether two are the same way down and up."""
        return self.start_s < other.end_s and other.start_s < self.end_s


def reps_of(report: Report) -> tuple[Counted, ...]:
    """Return the repetitions of a report that are over, in order."""
    return tuple(_counted(rep, report) for rep in report.reps if _NOT_OVER not in rep.reasons)


def _counted(rep: Rep, report: Report) -> Counted:
    time_s = report.track.time_s
    return Counted(
        float(time_s[rep.start]),
        float(time_s[rep.turn]),
        float(time_s[rep.end - 1]),
        rep.side,
        _BEGUN_BEFORE in rep.reasons,
    )


def count_on(
    before: tuple[Counted, ...], seen: Iterable[Counted], *, window_start_s: float, edge_s: float, slid: bool
) -> tuple[Counted, ...]:
    """Return the session's repetitions after another look at the window.

    Parameters
    ----------
    before
        What was counted so far.
    seen
        What the window shows, from `reps_of`.
    window_start_s
        Time of the window's first pose.
    edge_s
        What began within so much of the window's beginning has been decided on before.
    slid
        Whether the window has lost poses already; until then it shows the whole session.
    """
    decided_until_s = window_start_s + edge_s if slid else float("-inf")
    decided = tuple(rep for rep in before if rep.start_s < decided_until_s)
    fresh = (rep for rep in seen if not (slid and rep.begun_before))
    return decided + tuple(rep for rep in fresh if not any(rep.overlaps(each) for each in decided))
