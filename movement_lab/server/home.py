"""The first page: record, upload, what was recorded lately, people and their trends."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for

from movement_lab.jobs import submit
from movement_lab.server.compare_view import since
from movement_lab.server.look import show_day, store, words
from movement_lab.server.people_view import brief, repeat_of
from movement_lab.server.preferences import size_in_words
from movement_lab.server.show import Listed, listed
from movement_lab.storage import Assessment
from movement_lab.workspace import people, retention, uploads
from movement_lab.workspace.asked import Asked
from movement_lab.workspace.assessments import PAGE, list_assessments
from movement_lab.workspace.comparing import earlier_like
from movement_lab.workspace.kept import count_assessments, count_films
from movement_lab.workspace.preferences import asked_over_defaults

pages = Blueprint("home", __name__)

_PEOPLE: Final = 4
#: Fields of the upload form that declare nothing about the recording.
_NOT_ASKED: Final = ("csrf_token", "person_id", "choices", "drop_video")


@pages.get("/")
def home() -> str:
    """Show what was recorded lately, and the ways to begin."""
    offset, text = max(0, request.args.get("from", 0, type=int)), request.args.get("find", "").strip()
    rows = list_assessments(store(), find_text=text, limit=PAGE + 1, offset=offset)
    person = request.args.get("person") or None
    return render_template(
        "home.html",
        days=_by_day([listed(row, words()) for row in rows[:PAGE]]),
        since=_since(rows[:PAGE]),
        more=offset + PAGE if len(rows) > PAGE else None,
        text=text,
        incoming=uploads.list_incoming(store()),
        kept=_kept(),
        person=people.find_person(store(), person) if person else None,
        prefill=people.last_asked(store(), person) if person else asked_over_defaults(store(), None),
        codes=people.codes(store()),
        **_people(),
    )


@pages.post("/upload")
def upload() -> Any:
    """Take a recording from a plain form, for browsers without scripts."""
    file = request.files.get("video")
    name = file.filename or "" if file else ""
    person_id = request.form.get("person_id") or None
    begun = uploads.begin(store(), source="upload", file_name=name, asked=_asked(), person_id=person_id)
    if file:
        uploads.append(store(), begun.id, 0, iter(lambda: file.stream.read(256 * 1024), b""))
    submit(store(), uploads.finish(store(), begun.id))
    return redirect(url_for("assessments.show", id_=begun.id), 303)


def _asked() -> Asked:
    """Return what the form declares; a box that the form shows and nobody ticked means no."""
    given: dict[str, Any] = {name: value for name, value in request.form.items() if name not in _NOT_ASKED}
    if "choices" in request.form:
        given |= {"blur_face": "blur_face" in request.form, "keep_video": "drop_video" not in request.form}
    return asked_over_defaults(store(), given)


def _by_day(rows: list[Listed]) -> list[tuple[str, list[Listed]]]:
    days = groupby(rows, key=lambda row: row.at.astimezone().date())
    return [(show_day(day, words()), list(group)) for day, group in days]


def _since(rows: Sequence[Assessment]) -> dict[str, str]:
    """Return what changed since the last one like it, by assessment."""
    told = {}
    for person_id in dict.fromkeys(row.person_id for row in rows if row.person_id):
        own = list_assessments(store(), person_id=person_id, limit=200)
        for row in rows:
            if row.person_id == person_id and (found := earlier_like(own, row)):
                told[row.id] = since(found[1], found[0], words())
    return told


def _people() -> dict[str, Any]:
    """Return the people seen last with their trends, and for whom the last recording can be repeated."""
    seen = people.list_people(store(), limit=_PEOPLE)
    repeats = [repeat for person in seen if (repeat := repeat_of(person, words()))]
    return {
        "people": [brief(person, words()) for person in seen],
        "people_count": people.count_people(store()),
        "repeat": repeats[0] if repeats else None,
    }


def _kept() -> dict[str, Any]:
    """Return how much is kept on this computer, and when recordings go."""
    films, due = count_films(store()), retention.next_due(store())
    return {
        "assessments": count_assessments(store()),
        "videos": films.count,
        "size": size_in_words(films.size_bytes, words()),
        "covered": bool(films.count) and films.covered == films.count,
        "next": show_day(due.at, words()) if due else "",
    }
