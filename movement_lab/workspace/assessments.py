"""Assessments: found, listed, cancelled, tried again, deleted for good."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from movement_lab.errors import UsageError
from movement_lab.storage import Assessment, Person, Store, Visit
from movement_lab.storage.files import remove_folder
from movement_lab.storage.models import now

ENDED: Final = ("done", "failed", "cancelled")
PAGE: Final = 50


class UnknownAssessmentError(UsageError):
    """There is no such assessment (any more)."""


def find(session: Session, id_: str) -> Assessment:
    """Return an assessment, or say that there is none."""
    row = session.get(Assessment, id_)
    if row is None:
        raise UnknownAssessmentError("There is no such assessment. It may have been deleted.")
    return row


def find_assessment(store: Store, id_: str) -> Assessment:
    """Return an assessment with its person, visit and reviews, to be read outside a session."""
    with store.session() as session:
        return session.scalars(
            select(Assessment)
            .where(Assessment.id == find(session, id_).id)
            .options(
                joinedload(Assessment.person).selectinload(Person.visits),
                joinedload(Assessment.visit), joinedload(Assessment.reviews),
            )
        ).unique().one()  # fmt: skip


def list_assessments(
    store: Store,
    *,
    person_id: str | None = None,
    find_text: str = "",
    limit: int = PAGE,
    offset: int = 0,
) -> list[Assessment]:
    """Return assessments with their persons and visits, newest first.

    ``find_text``: part of a person's code, of the file's or its own name, or the day of the visit.
    """
    query = select(Assessment).options(
        joinedload(Assessment.person).selectinload(Person.visits), joinedload(Assessment.visit)
    )
    if person_id is not None:
        query = query.where(Assessment.person_id == person_id)
    if find_text:
        query = query.where(_fits(find_text))
    newest = query.order_by(Assessment.created_at.desc(), Assessment.id).limit(limit).offset(offset)
    with store.session() as session:
        return list(session.scalars(newest))


def _fits(text: str) -> ColumnElement[bool]:
    """Return the condition of a search: everything typed is searched for, nothing of it is a pattern."""
    places = (Assessment.file_name, Assessment.label)
    by_code = Assessment.person.has(Person.code.icontains(text, autoescape=True))
    found = [place.icontains(text, autoescape=True) for place in places] + [by_code]
    with suppress(ValueError):
        day = date.fromisoformat(text.strip())
        found += [Assessment.visit.has(Visit.day == day), func.date(Assessment.created_at) == day.isoformat()]
    return or_(*found)


def cancel(store: Store, id_: str) -> Assessment:
    """Stop an assessment that waits or runs; the recording stays. An ended one is left as it is."""
    _end(store, id_, "cancelled", {"queued", "working"}, reason="")
    return find_assessment(store, id_)


def retry(store: Store, id_: str) -> Assessment:
    """Queue an assessment that failed or was cancelled once more; its recording must be here."""
    with store.session() as session:
        row = find(session, id_)
        if row.state not in ("failed", "cancelled"):
            return row
        if not store.folder.assessment(id_).upload.exists():
            raise UsageError("The recording was deleted, so it can't be assessed again. Record a new one.")
        row.state, row.reason, row.exit_code = "queued", "", None
        row.attempts, row.stage, row.share = 0, "", 0.0
        row.started_at = row.ended_at = None
    return row


def delete(store: Store, id_: str) -> None:
    """Delete an assessment for good: row, reviews and every file; one that runs is stopped."""
    with store.session() as session:
        session.delete(find(session, id_))
    remove_folder(store.folder.assessment(id_).path)


def drop_video(store: Store, id_: str) -> None:
    """Delete what shows the person (recording, playback, pictures); body points and results stay."""
    from movement_lab.workspace.retention import remove_pictures

    with store.session() as session:
        row = find(session, id_)
        if row.state not in ENDED:
            raise UsageError("The recording is being assessed. Cancel that first, or wait until it is done.")
        row.video_kept = False
    remove_pictures(store.folder.assessment(id_))


def _end(store: Store, id_: str, state: str, states: set[str], *, reason: str) -> None:
    with store.session() as session:
        find(session, id_)
        session.execute(
            update(Assessment)
            .where(Assessment.id == id_, Assessment.state.in_(states))
            .values(state=state, reason=reason, ended_at=now())
        )
