"""Visits: a day on which a person was seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from movement_lab.storage import Person, Visit


def visit_today(session: Session, person: Person) -> Visit:
    """Return the person's visit of today, begun if there is none yet."""
    today = datetime.now().astimezone().date()
    found = session.scalars(select(Visit).where(Visit.person_id == person.id, Visit.day == today)).first()
    if found is None:
        found = Visit(person_id=person.id, day=today)
        session.add(found)
    return found
