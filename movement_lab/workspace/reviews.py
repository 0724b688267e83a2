"""What a therapist says of findings: agreed, not so, a comment. Nothing that was said is ever deleted.

The newest word on a finding and side holds, whatever is corrected meanwhile; older ones stay beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, get_args

from movement_lab.errors import UsageError
from movement_lab.knowledge import load_movement
from movement_lab.records import MOVEMENTS, Side
from movement_lab.storage import Review, Store
from movement_lab.storage.models import now
from movement_lab.workspace.assessments import find

VERDICTS: Final = ("agree", "not_so")
MOST_LETTERS: Final = 2000


@dataclass(frozen=True, slots=True)
class Said:
    """The word that holds on one finding: verdict (None: taken back), comment, when, how often changed."""

    finding: str
    side: str
    verdict: str | None
    comment: str
    at: datetime
    times: int


def say_of_finding(
    store: Store,
    id_: str,
    finding: str,
    *,
    side: str = "mid",
    verdict: str | None,
    comment: str | None = None,
) -> Said:
    """Note what a therapist says of a finding; without a ``comment`` the one before stays.

    Raises
    ------
    UsageError
        There is no such finding, side or verdict, or the comment is too long.
    """
    _check(finding, side, verdict, comment or "")
    with store.session() as session:
        row = find(session, id_)
        before = said(row.reviews).get((finding, side))
        text = comment.strip() if comment is not None else (before.comment if before else "")
        row.reviews.append(Review(finding=finding, side=side, verdict=verdict, comment=text, at=now()))
        session.flush()
        return said(row.reviews)[finding, side]


def said(reviews: Iterable[Review]) -> dict[tuple[str, str], Said]:
    """Return the word that holds, by finding and side."""
    held: dict[tuple[str, str], Said] = {}
    for row in sorted(reviews, key=lambda each: each.at):
        times = held[row.finding, row.side].times + 1 if (row.finding, row.side) in held else 1
        held[row.finding, row.side] = Said(row.finding, row.side, row.verdict, row.comment, row.at, times)
    return held


def _check(finding: str, side: str, verdict: str | None, comment: str) -> None:
    if finding not in known_findings():
        raise UsageError(f"There is no finding “{finding[:64]}”. Choose one of the report's.")
    if side not in get_args(Side):
        raise UsageError(f"There is no side “{side[:16]}”. Choose one of {', '.join(get_args(Side))}.")
    if verdict is not None and verdict not in VERDICTS:
        raise UsageError(
            f"There is no verdict “{verdict[:16]}”. Choose one of {', '.join(VERDICTS)}, or none."
        )
    if len(comment) > MOST_LETTERS:
        raise UsageError(
            f"The comment has {len(comment)} letters. At most {MOST_LETTERS} are kept. Shorten it."
        )


@cache
def known_findings() -> frozenset[str]:
    """Return the ids of every finding of every movement."""
    return frozenset(row.id for name in MOVEMENTS for row in load_movement(name).findings)
