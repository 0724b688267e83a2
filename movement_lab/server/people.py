"""People and their visits: list, page of one person, adding, changing, deleting."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from movement_lab.errors import UsageError
from movement_lab.server.look import store, words
from movement_lab.server.people_view import brief, choices_of, count, repeat_of, trends_of, visits_of
from movement_lab.server.show import title
from movement_lab.workspace import people, visits
from movement_lab.workspace.assessments import find_assessment

pages = Blueprint("people", __name__, url_prefix="/people")


@pages.get("")
def list_people() -> str:
    """Show everybody, who was assessed last first."""
    text = request.args.get("find", "").strip()
    found = [brief(person, words()) for person in people.list_people(store(), find_text=text)]
    return render_template("people.html", people=found, text=text)


@pages.get("/new")
def new() -> str:
    """Show an empty form with a suggested code."""
    return _form(None, {"code": people.suggest_code(store())})


@pages.post("/new")
def create() -> Any:
    """Add a person."""
    try:
        person = people.create_person(store(), **_given())
    except UsageError as problem:
        return _form(None, request.form, str(problem)), 400
    return redirect(url_for(".show_person", id_=person.id), 303)


@pages.get("/<id_>")
def show_person(id_: str) -> str:
    """Show trends, visits and notes of a person, and where to go on."""
    person, say = people.find_person(store(), id_), words()
    return render_template(
        "person.html",
        person=person,
        trends=trends_of(person, say),
        choices=choices_of(person, say),
        visits=visits_of(person, say),
        repeat=repeat_of(person, say),
        done=[row for row in person.assessments if row.state == "done"],
    )


@pages.get("/<id_>/edit")
def edit(id_: str) -> str:
    """Show the form of a person."""
    person = people.find_person(store(), id_)
    known = {name: getattr(person, name) for name in ("code", "side", "height_cm", "notes")}
    return _form(person, known)


@pages.post("/<id_>/edit")
def save(id_: str) -> Any:
    """Change what is known of a person."""
    try:
        people.edit_person(store(), id_, **_given())
    except people.UnknownPersonError:
        raise
    except UsageError as problem:
        return _form(people.find_person(store(), id_), request.form, str(problem)), 400
    return redirect(url_for(".show_person", id_=id_), 303)


@pages.post("/<id_>/measures")
def choose_measures(id_: str) -> Any:
    """Choose what is drawn over visits."""
    people.choose_measures(store(), id_, request.form.getlist("measures"))
    return redirect(url_for(".show_person", id_=id_), 303)


@pages.get("/<id_>/delete")
def ask_delete(id_: str) -> str:
    """Ask what should become of the assessments."""
    person, say = people.find_person(store(), id_), words()
    return render_template(
        "person_delete.html",
        person=person,
        assessments=count("people.assessment_count", len(person.assessments), say),
    )


@pages.post("/<id_>/delete")
def delete(id_: str) -> Any:
    """Delete a person for good."""
    people.delete_person(store(), id_, keep_assessments=request.form.get("assessments") != "delete")
    flash(words()("people.deleted"))
    return redirect(url_for(".list_people"), 303)


@pages.post("/visits/<id_>")
def save_visit(id_: str) -> Any:
    """Change day and notes of a visit."""
    visit = visits.edit_visit(
        store(), id_, day=_day(request.form.get("day", "")), notes=request.form.get("notes", "")
    )
    return redirect(url_for(".show_person", id_=visit.person_id, _anchor=f"visit-{visit.id}"), 303)


@pages.get("/assign/<id_>")
def assign(id_: str) -> str:
    """Show to whom an assessment belongs, and its name."""
    row = find_assessment(store(), id_)
    usual = title(row, words(), own=False)
    return render_template("assign.html", row=row, usual=usual, codes=people.codes(store()))


@pages.post("/assign/<id_>")
def save_assignment(id_: str) -> Any:
    """Give an assessment to a person and a visit, and a name."""
    person_id = request.form.get("person_id") or None
    visits.rename(store(), id_, request.form.get("label", ""))
    visits.assign(store(), id_, person_id, _day(request.form.get("day", "")))
    if person_id:
        return redirect(url_for(".show_person", id_=person_id), 303)
    return redirect(url_for("assessments.show", id_=id_), 303)


def _form(person: Any, known: Any, problem: str = "") -> str:
    return render_template("person_edit.html", person=person, known=known, problem=problem)


def _given() -> dict[str, Any]:
    """Return what a person's form says."""
    height = request.form.get("height_cm", "").strip().replace(",", ".")
    try:
        height_cm = float(height) if height else None
    except ValueError:
        raise UsageError(f"Height in cm: a number was needed, not “{height}”.") from None
    texts = {name: request.form.get(name, "") for name in ("code", "side", "notes")}
    return {**texts, "side": texts["side"] or None, "height_cm": height_cm}


def _day(text: str) -> date | None:
    """Return a day as a form gives it, None where it gives none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"A day such as 2026-11-21 was needed, not “{text}”.") from None
