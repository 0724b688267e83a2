"""A store with something of everything in it, made without a pose model."""

from __future__ import annotations

from datetime import date

from movement_lab.jobs import rows
from movement_lab.pipeline import assess
from movement_lab.storage import Person, Store, Visit
from movement_lab.synthetic import Camera, film, repetitions
from movement_lab.workspace import uploads
from movement_lab.workspace.asked import Asked
from movement_lab.workspace.digest import digest
from movement_lab.workspace.results import named, write_data

MARK = "<script>alert(1)</script>\"'&"


def prepare(store: Store, *, copies: int = 1) -> dict[str, list[str]]:
    """Fill a store; returns identifiers by the name that addresses have for them."""
    ids: dict[str, list[str]] = {"assessments": [], "uploads": [], "people": [], "visits": []}
    report = _report()
    for number in range(copies):
        with store.session() as session:
            person = Person(code=f"P{number} {MARK}", notes=MARK, side="left", height_cm=172.0)
            visit = Visit(person=person, day=date(2026, 1, 1 + number % 28), notes=MARK)
            session.add_all([person, visit])
            session.flush()
            ids["people"].append(person.id)
            ids["visits"].append(visit.id)
        ids["assessments"] += [
            _done(store, ids["people"][-1], report),
            _failed(store),
            _handed_over(store),
        ]
        ids["uploads"].append(uploads.begin(store, source="camera", file_name=f"{MARK}.mp4").id)
        uploads.append(store, ids["uploads"][-1], 0, [b"some bytes"])
    return ids


def _report():
    report = assess(film(repetitions("squat", reps=3), Camera(view="left")))
    return named(report, MARK)


def _handed_over(store: Store, person_id: str | None = None) -> str:
    begun = uploads.begin(store, source="upload", file_name=f"{MARK}.mp4", asked=Asked(), person_id=person_id)
    uploads.append(store, begun.id, 0, [b"not a film"])
    return uploads.finish(store, begun.id)


def _failed(store: Store) -> str:
    id_ = _handed_over(store)
    rows.claim(store, id_)
    rows.fail_row(store, id_, f"“{MARK}” is no video. A video was needed. Choose another.", 3)
    return id_


def _done(store: Store, person_id: str, report) -> str:
    id_ = _handed_over(store, person_id)
    row = rows.claim(store, id_)
    write_data(report, store.folder.assessment(id_).path)
    rows.finish_row(store, row.id, digest(report) | {"video": True}, 0)
    return id_
