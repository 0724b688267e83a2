"""``PATCH /assessments/<id>``: to whom an assessment belongs, and its name."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from movement_lab.server.api.assessments import show_again
from movement_lab.server.api.people_shapes import BelongingShape
from movement_lab.server.api.shapes import AssessmentShape, problems
from movement_lab.server.look import store
from movement_lab.workspace import visits
from movement_lab.workspace.assessments import find_assessment

resource = Blueprint(
    "belonging_api", __name__, url_prefix="/api/v1/assessments", description="Whose assessments these are"
)


@resource.patch("/<id_>")
@resource.arguments(BelongingShape)
@resource.response(200, AssessmentShape)
@problems(resource, 404)
def belong(given: dict[str, Any], id_: str) -> dict[str, Any]:
    """Give an assessment to a person's visit, to nobody, or a name of its own."""
    row = find_assessment(store(), id_)
    if "label" in given:
        visits.rename(store(), id_, given["label"])
    if "person_id" in given or "day" in given:
        visits.assign(store(), id_, given.get("person_id", row.person_id), given.get("day"))
    return show_again(id_)
