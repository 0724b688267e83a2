"""``/assessments``: what became of recordings."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, send_file
from flask_smorest import Blueprint

from movement_lab.jobs import submit
from movement_lab.server.api.shapes import AssessmentShape, PageShape, problems
from movement_lab.server.look import store
from movement_lab.server.show import row_to_dict
from movement_lab.workspace import assessments

resource = Blueprint(
    "assessments_api", __name__, url_prefix="/api/v1/assessments", description="Recordings assessed"
)


@resource.get("")
@resource.arguments(PageShape, location="query")
@resource.response(200, AssessmentShape(many=True))
def list_(page: dict[str, int]) -> list[dict[str, Any]]:
    """List assessments, newest first."""
    return [
        row_to_dict(row)
        for row in assessments.list_assessments(store(), limit=page["limit"], offset=page["offset"])
    ]


@resource.get("/<id_>")
@resource.response(200, AssessmentShape)
@problems(resource, 404)
def show(id_: str) -> dict[str, Any]:
    """Show one assessment: how far it is, or what came out."""
    return row_to_dict(assessments.find_assessment(store(), id_))


@resource.get("/<id_>/report")
@resource.response(200, {"type": "object"}, description="report.json")
@problems(resource, 404)
def report(id_: str) -> Response:
    """Return the whole report; its shape is published as report.schema.json."""
    assessments.find_assessment(store(), id_)
    path = store().folder.assessment(id_).report
    if not path.exists():
        abort(404)
    return send_file(path, mimetype="application/json")


@resource.post("/<id_>/cancel")
@resource.response(200, AssessmentShape)
@problems(resource, 404)
def cancel(id_: str) -> dict[str, Any]:
    """Stop an assessment that waits or runs; the recording stays."""
    assessments.cancel(store(), id_)
    return show_again(id_)


@resource.post("/<id_>/retry")
@resource.response(200, AssessmentShape)
@problems(resource, 400, 404)
def retry(id_: str) -> dict[str, Any]:
    """Assess a recording again that failed or was cancelled."""
    if assessments.retry(store(), id_).state == "queued":
        submit(store(), id_)
    return show_again(id_)


@resource.delete("/<id_>")
@resource.response(204)
@problems(resource, 404)
def delete(id_: str) -> None:
    """Delete an assessment for good, with every file."""
    assessments.delete(store(), id_)


def show_again(id_: str) -> dict[str, Any]:
    """Return the row as it is now."""
    return row_to_dict(assessments.find_assessment(store(), id_))
