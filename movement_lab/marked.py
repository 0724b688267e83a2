"""Repetitions as a person marked them: exactly those, at exactly those times, to the nearest frame.

The person's word settles what is a repetition and where it begins, turns and ends. It does not
settle what can be judged: one that is too fast, too shallow or hardly seen stays ungraded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from movement_lab.coarse import Coarse
from movement_lab.cycles import Cycle
from movement_lab.declared import MarkedRep
from movement_lab.errors import UsageError
from movement_lab.recognition import Candidate, candidate_of
from movement_lab.records import Array, Rep, Signals, View

#: Why a repetition that was marked anew isn't judged all the same; borders are no longer in doubt.
STILL_IN_DOUBT: Final = ("movement_unknown", "rep_too_small")
#: Said of every repetition whose borders a person set.
BY_HAND: Final = "rep_declared"


@dataclass(frozen=True, slots=True)
class Frames:
    """A marked repetition in frames; ``end`` is the first one after it, as in `Rep`."""

    start: int
    turn: int
    end: int

    def are_of(self, rep: Rep, last: int) -> bool:
        """Say whether these are a repetition's borders as the report tells them: never beyond ``last``."""
        return (rep.start, rep.turn, min(rep.end, last)) == (self.start, self.turn, self.end)


def frames_of(marked: Sequence[MarkedRep], time_s: Array) -> list[Frames]:
    """Return the nearest frames of marked times.

    Raises
    ------
    UsageError
        One lies outside the clip, or is too short to hold three frames.
    """
    found = []
    for number, rep in enumerate(marked, start=1):
        frames = Frames(*(nearest(time_s, at_s) for at_s in (rep.start_s, rep.turn_s, rep.end_s)))
        if not frames.start < frames.turn < frames.end:
            raise UsageError(
                f"Repetition {number} was marked within {rep.end_s - rep.start_s:.2f} s, less than three "
                "pictures. Start, turn and end need a picture each. Move them apart."
            )
        found.append(frames)
    return found


def nearest(time_s: Array, at_s: float) -> int:
    """Return the frame nearest to a time; UsageError where the clip has none."""
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    if not time_s[0] - step_s <= at_s <= time_s[-1] + step_s:
        raise UsageError(
            f"{at_s:.2f} s was marked, but the clip lasts from {time_s[0]:.2f} to {time_s[-1]:.2f} s. "
            "Mark a time inside the clip."
        )
    return int(np.argmin(np.abs(time_s - at_s)))


def marked_candidates(
    candidates: Sequence[Candidate], frames: Sequence[Frames], coarse: Coarse, signals: Signals, view: View
) -> list[Candidate]:
    """Return one candidate for each marked repetition: the one found in it, else one made of its frames."""
    return [_candidate_in(each, candidates, coarse, signals, view) for each in frames]


def _candidate_in(
    frames: Frames, candidates: Sequence[Candidate], coarse: Coarse, signals: Signals, view: View
) -> Candidate:
    inside = [c for c in candidates if frames.start <= c.cycle.turn < frames.end]
    if inside:
        return min(inside, key=lambda candidate: abs(candidate.cycle.turn - frames.turn))
    return candidate_of(cycle_of(frames, coarse.drop), coarse, signals, view)


def cycle_of(frames: Frames, driver: Array) -> Cycle:
    """Return marked frames as a cycle: whole and returned, because a person said so."""
    part = driver[frames.start : frames.end]
    depth = float(np.ptp(part[np.isfinite(part)])) if np.isfinite(part).any() else 0.0
    return Cycle(frames.start, frames.turn, frames.end, depth, False, False, True)


def still_in_doubt(rep: Rep, frames: Frames, cuts_s: Sequence[float], time_s: Array) -> tuple[str, ...]:
    """Return why a repetition that was marked anew can't be judged, as far as its times don't say it."""
    kept = tuple(reason for reason in rep.reasons if reason in STILL_IN_DOUBT)
    cut = any(time_s[frames.start] < at_s < time_s[frames.end] for at_s in cuts_s)
    return (*kept, "rep_camera_cut") if cut else kept


def by_hand(rep: Rep) -> Rep:
    """Return a repetition that says its borders were set by a person; that is no reason not to judge it."""
    return replace(rep, reasons=(*rep.reasons, BY_HAND))
