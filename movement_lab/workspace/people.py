"""People under a pseudonymous code: made, found, changed, deleted; what is drawn over their visits."""

from __future__ import annotations

import math
import secrets
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from movement_lab.comparing import Seen, facts_of_digest, load_comparing
from movement_lab.errors import UsageError
from movement_lab.knowledge import load_measures
from movement_lab.storage import Assessment, Person, Store
from movement_lab.storage.files import remove_folder
from movement_lab.workspace.asked import HEIGHT_CM, Asked, read_asked
from movement_lab.workspace.preferences import load_defaults

SIDES: Final = ("left", "right")
CODE_LENGTH: Final = 32
NOTES_LENGTH: Final = 4000
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"


class UnknownPersonError(UsageError):
    """There is no such person (any more)."""


def find(session: Session, id_: str) -> Person:
    """Return a person, or say that there is none."""
    row = session.get(Person, id_)
    if row is None:
        raise UnknownPersonError("There is no such person. They may have been deleted.")
    return row


def find_person(store: Store, id_: str) -> Person:
    """Return a person with visits and assessments, to be read outside a session."""
    with store.session() as session:
        return session.scalars(_whole().where(Person.id == find(session, id_).id)).one()


def list_people(store: Store, *, find_text: str = "", limit: int | None = None) -> list[Person]:
    """Return people with visits and assessments, who was assessed last first."""
    newest = (
        select(func.max(Assessment.created_at)).where(Assessment.person_id == Person.id).scalar_subquery()
    )
    query = _whole().order_by(func.coalesce(newest, Person.created_at).desc(), Person.code)
    if find_text:
        query = query.where(Person.code.icontains(find_text, autoescape=True))
    with store.session() as session:
        return list(session.scalars(query.limit(limit)))


def count_people(store: Store) -> int:
    """Return how many people there are."""
    with store.session() as session:
        return session.scalar(select(func.count()).select_from(Person)) or 0


def codes(store: Store) -> list[tuple[str, str]]:
    """Return identifier and code of everybody, by code."""
    with store.session() as session:
        return [
            (id_, code) for id_, code in session.execute(select(Person.id, Person.code).order_by(Person.code))
        ]


def suggest_code(store: Store) -> str:
    """Return a free code that says nothing about anybody, such as K7-204."""
    taken = {code.upper() for _, code in codes(store)}
    while True:
        code = f"{secrets.choice(_LETTERS)}{secrets.randbelow(8) + 2}-{secrets.randbelow(900) + 100}"
        if code not in taken:
            return code


def create_person(
    store: Store,
    *,
    code: str = "",
    side: str | None = None,
    height_cm: float | None = None,
    notes: str = "",
) -> Person:
    """Add a person; without a code one is made up.

    Raises
    ------
    UsageError
        The code is taken, or a value makes no sense.
    """
    with store.session() as session:
        row = Person(**_checked(session, code or suggest_code(store), side, height_cm, notes))
        session.add(row)
        session.flush()
        id_ = row.id
    return find_person(store, id_)


def edit_person(
    store: Store, id_: str, *, code: str, side: str | None, height_cm: float | None, notes: str
) -> Person:
    """Change what is known of a person."""
    with store.session() as session:
        row = find(session, id_)
        for name, value in _checked(session, code, side, height_cm, notes, id_).items():
            setattr(row, name, value)
    return find_person(store, id_)


def choose_measures(store: Store, id_: str, names: Sequence[str]) -> Person:
    """Choose what is drawn over a person's visits, at most three measures; none: the usual ones again."""
    most = int(load_comparing().most_trends)
    unknown = [name for name in names if name not in load_measures()]
    if unknown or len(set(names)) > most:
        raise UsageError(
            f"Up to {most} measures can be drawn over visits. Choose {most} or fewer of those shown."
        )
    with store.session() as session:
        find(session, id_).measures = list(dict.fromkeys(names)) or None
    return find_person(store, id_)


def delete_person(store: Store, id_: str, *, keep_assessments: bool) -> None:
    """Delete a person and their visits; their assessments stay without a person, or go from disk too."""
    with store.session() as session:
        person = find(session, id_)
        rows = list(person.assessments)
        gone = [] if keep_assessments else [row.id for row in rows]
        for row in rows:
            if keep_assessments:
                row.person_id = row.visit_id = None
            else:
                session.delete(row)
        session.flush()
        session.expire(person)
        session.delete(person)
    for assessment in gone:
        remove_folder(store.folder.assessment(assessment).path)
    store.forget()


def history_of(person: Person) -> list[Seen]:
    """Return what was seen of a person, oldest first."""
    return [
        Seen(row.id, row.created_at, facts_of_digest(row.summary))
        for row in person.assessments
        if row.state == "done" and row.summary
    ]


def last_asked(store: Store, id_: str) -> Asked:
    """Return what was declared with a person's newest assessment, to begin the next one alike.

    Whom to follow among several is asked anew; without an assessment the person's own side and height hold.
    Where faces were covered or no video was kept, or Settings say so now, that stays so.
    """
    person, defaults = find_person(store, id_), load_defaults(store)
    known: dict[str, Any] = {"height_cm": person.height_cm, "view": person.side, **defaults.asked}
    if person.assessments:
        asked = read_asked(person.assessments[-1].asked)
        summary = person.assessments[-1].summary or {}
        known |= {name: getattr(asked, name) for name in ("task", "model", "stickers")}
        known |= {"height_cm": asked.height_cm or person.height_cm}
        known |= {"blur_face": asked.blur_face or defaults.blur_face}
        known |= {"keep_video": asked.keep_video and defaults.keep_video}
        known |= {"movement": asked.movement or _known(summary.get("movement"))}
        known |= {"view": asked.view or _known(summary.get("view"))}
    return read_asked(known)


def _known(name: str | None) -> str | None:
    return None if name in ("unknown", "none", "oblique") else name


def _whole() -> Any:
    return select(Person).options(
        selectinload(Person.visits),
        selectinload(Person.assessments).options(joinedload(Assessment.visit), joinedload(Assessment.person)),
    )


def _checked(
    session: Session, code: str, side: str | None, height_cm: float | None, notes: str, own: str = ""
) -> dict[str, Any]:
    """Return the values of a person's row, or say what makes no sense."""
    code = clean_line(code, CODE_LENGTH)
    if not code:
        raise UsageError(
            "A code was needed: letters or digits that don't give the name away. Take the suggested one."
        )
    taken = session.scalar(select(Person.id).where(func.lower(Person.code) == code.lower(), Person.id != own))
    if taken:
        raise UsageError(f"The code {code} is taken by somebody else. Choose another one.")
    if side not in (None, "", *SIDES):
        raise UsageError("The usual side is left or right, or left open.")
    low, high = HEIGHT_CM
    if height_cm is not None and not (math.isfinite(height_cm) and low <= height_cm <= high):
        raise UsageError(
            f"A height of {height_cm:g} cm was given; one of {low:.0f} to {high:.0f} was needed."
        )
    return {"code": code, "side": side or None, "height_cm": height_cm, "notes": clean_notes(notes)}


def clean_line(text: str, length: int) -> str:
    """Return a text as one line without control characters, not too long."""
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join(shown.split())[:length].strip()


def clean_notes(text: str) -> str:
    """Return notes as they may be kept: line breaks stay, other control characters go."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    shown = "".join(c for c in lines if c == "\n" or unicodedata.category(c)[0] != "C")
    if len(shown) > NOTES_LENGTH:
        raise UsageError(f"Notes may have {NOTES_LENGTH} characters; these have {len(shown)}. Shorten them.")
    return shown.strip()
