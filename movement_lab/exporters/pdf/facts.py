"""What a printed page says beyond the report: whose it is, what it is compared with, what people added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from movement_lab.records import Side

Audience = Literal["therapist", "patient"]
#: In whose words a page is written.
PROFILE_OF: Final[Mapping[Audience, str]] = {"therapist": "clinician", "patient": "wellness"}


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What stands at the head of the pages; whatever is empty is left out.

    ``day`` is the day of the recording (None: the day the report was made); ``visit`` and
    ``reviewed_by`` are words ("visit 4", "therapist, 1 of 2").
    """

    visit: str = ""
    day: date | None = None
    reviewed_by: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One measure then and now: ``then`` and ``change`` in its own unit, ``noise`` the smallest real change.

    ``measure`` and ``side`` are those of the row now; ``unit`` as in `movement_lab.wording.format_value`;
    ``real`` where the change is larger than what two visits differ by anyway.
    """

    measure: str
    side: Side
    then: float
    change: float
    noise: float
    unit: str
    real: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """Another assessment this one is laid beside: ``other`` names it ("visit 3, 24 October").

    ``told`` says to the person themselves, in a sentence or two, what changed since then.
    """

    other: str
    changes: tuple[Change, ...] = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """Something a person set by hand: ``what`` it is, as the machine had it, and as it is now."""

    what: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Review:
    """A therapist's word on one finding: agreed, not so, or only a comment."""

    finding: str
    side: Side = "mid"
    answer: Literal["agreed", "rejected", ""] = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """Everything people added to a report, for one pair of pages; None where nothing was compared."""

    person_code: str = ""
    facts: PageFacts = PageFacts()
    compared: Compared | None = None
    corrections: tuple[Correction, ...] = ()
    reviews: tuple[Review, ...] = ()

    def review_of(self, finding: str, side: str) -> Review | None:
        """Return what was said about a finding; of its own side first."""
        rows = [row for row in self.reviews if row.finding == finding]
        return next((row for row in rows if row.side == side), None)

    def change_of(self, measure: str, side: str) -> Change | None:
        """Return how a measure changed, if it was compared."""
        rows = self.compared.changes if self.compared else ()
        return next((row for row in rows if (row.measure, row.side) == (measure, side)), None)
