"""Visits: a day on which a person was seen."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from movement_lab.storage import Person, Visit


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
