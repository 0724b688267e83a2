"""``/people`` and ``/visits``: who is assessed, under a code, and when they were seen."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from movement_lab.server.api.people_shapes import (
    DeletePersonShape,
    EditPersonShape,
    EditVisitShape,
    FindShape,
    KnownPersonShape,
    NewPersonShape,
    VisitShape,
)
from movement_lab.server.api.shapes import AskedShape, problems
from movement_lab.server.look import store
from movement_lab.storage import Person, Visit
from movement_lab.workspace import people, visits
from movement_lab.workspace.asked import to_plain

resource = Blueprint("people_api", __name__, url_prefix="/api/v1/people", description="People under a code")

_KEPT = ("code", "side", "height_cm", "notes")


@resource.get("")
@resource.arguments(FindShape, location="query")
@resource.response(200, KnownPersonShape(many=True))
def list_(given: dict[str, str]) -> list[Person]:
    """List people, who was assessed last first."""
    return people.list_people(store(), find_text=given["find"])


@resource.post("")
@resource.arguments(NewPersonShape)
@resource.response(201, KnownPersonShape)
@problems(resource, 400)
def create(given: dict[str, Any]) -> Person:
    """Add a person."""
    return people.create_person(store(), **given)


@resource.get("/<id_>")
@resource.response(200, KnownPersonShape)
@problems(resource, 404)
def show(id_: str) -> Person:
    """Show a person with their visits."""
    return people.find_person(store(), id_)


@resource.patch("/<id_>")
@resource.arguments(EditPersonShape)
@resource.response(200, KnownPersonShape)
@problems(resource, 400, 404)
def edit(given: dict[str, Any], id_: str) -> Person:
    """Change what is known of a person, or which measures are drawn over visits."""
    person = people.find_person(store(), id_)
    if "measures" in given:
        people.choose_measures(store(), id_, given.pop("measures"))
    return people.edit_person(store(), id_, **{name: getattr(person, name) for name in _KEPT} | given)


@resource.delete("/<id_>")
@resource.arguments(DeletePersonShape, location="query")
@resource.response(204)
@problems(resource, 404)
def delete(given: dict[str, str], id_: str) -> None:
    """Delete a person and their visits; their assessments stay without a person, or go too."""
    people.delete_person(store(), id_, keep_assessments=given["assessments"] == "keep")


@resource.get("/<id_>/next")
@resource.response(200, AskedShape)
@problems(resource, 404)
def begin_next(id_: str) -> dict[str, Any]:
    """Show how the next assessment begins: as the last one did."""
    return to_plain(people.last_asked(store(), id_))


@resource.patch("/visits/<id_>")
@resource.arguments(EditVisitShape)
@resource.response(200, VisitShape)
@problems(resource, 400, 404)
def edit_visit(given: dict[str, Any], id_: str) -> Visit:
    """Change day or notes of a visit; moved onto the day of another one it becomes part of that."""
    return visits.edit_visit(store(), id_, **given)
