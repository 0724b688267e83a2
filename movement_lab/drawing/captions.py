"""What is written on the picture besides numbers: the repetition with its phase, and findings.

All words come from the wording tables through ``Say``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from movement_lab.drawing.style import WHITE, Sizes
from movement_lab.drawing.text import BOLD, Mark, Pill, Span, pill, wrap
from movement_lab.records import GRADES, Finding
from movement_lab.report import Report

_READABLE_S = 2.0  # a sentence stays at least this long
_LINES = 2
_SHOWN: Final = GRADES[1:]


class Say(Protocol):
    """Give the words for a key in one language and profile."""

    def __call__(self, key: str, **values: object) -> str:
        """Return the text."""


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    """Text for a stretch of time, ready to be drawn: one pill a line."""

    start_s: float
    end_s: float
    text: str
    pills: tuple[Pill, ...]

    def shown_at(self, time_s: float) -> bool:
        """Return whether it is to be read at a time."""
        return self.start_s <= time_s < self.end_s


def chips_of(report: Report, say: Say, sizes: Sizes) -> tuple[Timed, ...]:
    """Return the chip for each phase of each repetition ("Rep 3 of 5 · bottom")."""
    times = report.track.time_s
    chips = []
    for rep in report.reps:
        count = say("overlay.rep_of", rep=rep.index, count=len(report.reps))
        doubt = "" if rep.graded else f" · {say('overlay.not_judged')}"
        edges = (rep.start, *rep.bottom, rep.end)
        for phase, start, end in zip(("descent", "bottom", "ascent"), edges[:-1], edges[1:], strict=True):
            if start < end:
                rest = f"· {say(f'phase.{phase}')}{doubt}"
                line = pill((Span(count, WHITE, BOLD), Span(rest, WHITE)), sizes.text)
                end_s = float(times[min(end, len(times) - 1)])
                chips.append(Timed(float(times[start]), end_s, f"{count} {rest}", (line,)))
    return tuple(chips)


def notes_of(report: Report, say: Say, sizes: Sizes, *, room_px: float, graded: bool) -> tuple[Timed, ...]:
    """Return the lines of what was noticed, strongest first, each where it was seen.

    Without ``graded``, what is only possible is left out and no mark tells grades apart: people
    who assess themselves are spared both.
    """
    shown = _SHOWN if graded else _SHOWN[1:]
    found = [f for f in report.findings if f.grade in shown and f.graded_kind == "graded"]
    found.sort(key=lambda finding: GRADES.index(finding.grade), reverse=True)
    return tuple(
        Timed(start_s, max(end_s, start_s + _READABLE_S), text, _lines(text, mark, sizes, room_px))
        for finding in found
        for text, mark in [_sentence(finding, say, graded=graded)]
        for start_s, end_s in finding.frames_s
    )


def notes_at(notes: Sequence[Timed], time_s: float) -> tuple[Pill, ...]:
    """Return the lines to show at a time, top to bottom: at most two findings, no text twice."""
    shown = {note.text: note for note in notes if note.shown_at(time_s)}
    return tuple(line for note in list(shown.values())[:_LINES] for line in note.pills)


def _sentence(finding: Finding, say: Say, *, graded: bool) -> tuple[str, Mark]:
    possible = finding.grade == "possible"
    text = say(f"finding.{finding.id}.{'possible' if possible else 'noticed'}").removesuffix(".")
    mark: Mark = "hollow" if possible else "filled"
    return text, mark if graded else "none"


def _lines(text: str, mark: Mark, sizes: Sizes, room_px: float) -> tuple[Pill, ...]:
    """Return a text as pills from top to bottom; long texts take two or three."""
    parts = wrap(text, sizes.text, room_px - 3 * sizes.text)
    marks: list[Mark] = [mark, *["none"] * (len(parts) - 1)]  # type: ignore[list-item]
    return tuple(pill((Span(part, WHITE),), sizes.text, mark=m) for part, m in zip(parts, marks, strict=True))
