"""Visits: a day on which a person was seen; which assessment belongs to whom and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from movement_lab.errors import UsageError
from movement_lab.storage import Assessment, Person, Store, Visit
from movement_lab.workspace.assessments import find, find_assessment

_LABEL_LENGTH: Final = 120


class UnknownVisitError(UsageError):
    """There is no such visit (any more)."""


def visit_today(session: Session, person: Person) -> Visit:
    """Return the person's visit of today, begun if there is none yet."""
    return visit_on(session, person, datetime.now().astimezone().date())


def visit_on(session: Session, person: Person, day: date) -> Visit:
    """Return the person's visit of a day, begun if there is none yet."""
    found = session.scalars(select(Visit).where(Visit.person_id == person.id, Visit.day == day)).first()
    if found is None:
        found = Visit(person_id=person.id, day=day)
        session.add(found)
    return found


def find_visit(store: Store, id_: str) -> Visit:
    """Return a visit."""
    with store.session() as session:
        return _find(session, id_)


def edit_visit(store: Store, id_: str, *, day: date | None = None, notes: str | None = None) -> Visit:
    """Change day or notes of a visit; moved onto another visit's day it becomes part of that one."""
    from movement_lab.workspace.people import clean_notes

    with store.session() as session:
        row = _find(session, id_)
        row.notes = row.notes if notes is None else clean_notes(notes)
        other = _on_day(session, row, day) if day else None
        if other is None:
            row.day = day or row.day
            return row
        for assessment in list(row.assessments):
            assessment.visit = other
        other.notes = "\n".join(part for part in (other.notes, row.notes) if part)
        session.flush()
        session.delete(row)
        return other


def assign(store: Store, id_: str, person_id: str | None, day: date | None = None) -> Assessment:
    """Give an assessment to a person's visit of a day (its own day if none is named), or to nobody.

    A visit that is left empty and holds no notes goes.
    """
    from movement_lab.workspace import people

    with store.session() as session:
        row = find(session, id_)
        before = row.visit
        person = people.find(session, person_id) if person_id else None
        row.person_id = person.id if person else None
        own = row.created_at.astimezone().date()
        row.visit = visit_on(session, person, day or own) if person else None
        session.flush()
        if before is not None and before is not row.visit:
            _drop_if_empty(session, before)
    return find_assessment(store, id_)


def rename(store: Store, id_: str, label: str) -> Assessment:
    """Give an assessment a name of its own; an empty one gives it its usual name back."""
    from movement_lab.workspace.people import clean_line

    with store.session() as session:
        find(session, id_).label = clean_line(label, _LABEL_LENGTH)
    return find_assessment(store, id_)


def _find(session: Session, id_: str) -> Visit:
    row = session.get(Visit, id_)
    if row is None:
        raise UnknownVisitError("There is no such visit. It may have been deleted.")
    return row


def _on_day(session: Session, visit: Visit, day: date) -> Visit | None:
    """Return another visit of the same person on a day."""
    query = select(Visit).where(Visit.person_id == visit.person_id, Visit.day == day, Visit.id != visit.id)
    return session.scalars(query).first()


def _drop_if_empty(session: Session, visit: Visit) -> None:
    left = session.scalar(select(func.count()).where(Assessment.visit_id == visit.id))
    if not left and not visit.notes:
        session.delete(visit)
