"""``/assessments/<id>/corrections``, ``/reviews`` and ``/person``: what a therapist puts right and says."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from movement_lab.jobs import submit
from movement_lab.server.api.assessments import show_again
from movement_lab.server.api.review_shapes import (
    ChangesShape,
    CorrectionsShape,
    PersonShape,
    SaidShape,
    SayShape,
)
from movement_lab.server.api.shapes import AssessmentShape, problems
from movement_lab.server.look import store
from movement_lab.workspace import corrections, following, reviews
from movement_lab.workspace.assessments import find_assessment

resource = Blueprint(
    "review_api", __name__, url_prefix="/api/v1/assessments", description="Adjusted and reviewed by hand"
)


@resource.get("/<id_>/corrections")
@resource.response(200, CorrectionsShape)
@problems(resource, 404)
def show_corrections(id_: str) -> dict[str, Any]:
    """Show what was put right by hand; without it the machine's own result is in force."""
    return _corrections(id_)


@resource.put("/<id_>/corrections")
@resource.arguments(ChangesShape)
@resource.response(200, CorrectionsShape)
@problems(resource, 400, 404)
def correct(changes: dict[str, Any], id_: str) -> dict[str, Any]:
    """Put something right: the stored track is assessed anew; what is not named stays as it is."""
    corrections.correct(store(), id_, changes)
    return _corrections(id_)


@resource.post("/<id_>/corrections/undo")
@resource.response(200, CorrectionsShape)
@problems(resource, 400, 404)
def undo(id_: str) -> dict[str, Any]:
    """Take the last correction back."""
    corrections.undo(store(), id_)
    return _corrections(id_)


@resource.delete("/<id_>/corrections")
@resource.response(200, CorrectionsShape)
@problems(resource, 400, 404)
def restore(id_: str) -> dict[str, Any]:
    """Put the machine's own result back in force."""
    corrections.restore_machine(store(), id_)
    return _corrections(id_)


@resource.get("/<id_>/reviews")
@resource.response(200, SaidShape(many=True))
@problems(resource, 404)
def list_reviews(id_: str) -> list[dict[str, Any]]:
    """List the word that holds on each finding something was said of."""
    return [asdict(each) for each in reviews.said(find_assessment(store(), id_).reviews).values()]


@resource.post("/<id_>/reviews")
@resource.arguments(SayShape)
@resource.response(201, SaidShape)
@problems(resource, 400, 404)
def say(told: dict[str, Any], id_: str) -> dict[str, Any]:
    """Say something of a finding; what was said before is kept."""
    return asdict(reviews.say_of_finding(store(), id_, told.pop("finding"), **told))


@resource.post("/<id_>/person")
@resource.arguments(PersonShape)
@resource.response(201, AssessmentShape)
@problems(resource, 400, 404)
def follow_person(told: dict[str, int], id_: str) -> dict[str, Any]:
    """Follow somebody else of the recording: a new assessment, which takes as long as the first one."""
    new_id = following.follow_person(store(), id_, told["number"])
    submit(store(), new_id)
    return show_again(new_id)


def _corrections(id_: str) -> dict[str, Any]:
    row = find_assessment(store(), id_)
    known = row.corrections or {"declared": None, "before": []}
    return {"declared": known["declared"], "steps": len(known["before"]) + bool(row.corrections),
            "corrected_at": row.corrected_at, "summary": row.summary}  # fmt: skip
