"""``/uploads``: a recording on its way in, piece by piece; a broken connection loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from movement_lab.jobs import submit
from movement_lab.server.api.shapes import AssessmentShape, BeginShape, FinishShape, IncomingShape, problems
from movement_lab.server.look import store
from movement_lab.server.show import row_to_dict
from movement_lab.workspace import uploads
from movement_lab.workspace.assessments import find_assessment
from movement_lab.workspace.preferences import asked_over_defaults

resource = Blueprint(
    "uploads_api", __name__, url_prefix="/api/v1/uploads", description="Recordings on their way in"
)

_PIECE_BYTES: Final = 256 * 1024


_BYTES: Final = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


class OffsetShape(Schema):
    """Where in the recording a piece begins."""

    offset = fields.Integer(required=True, validate=validate.Range(0, uploads.MOST_BYTES))


@resource.post("")
@resource.arguments(BeginShape)
@resource.response(201, IncomingShape)
@problems(resource, 400, 413, 507)
def begin(given: dict[str, Any]) -> uploads.Incoming:
    """Announce a recording; says at once if it would not fit."""
    asked = given.pop("asked", None)
    return uploads.begin(store(), asked=asked_over_defaults(store(), asked), **given)


@resource.get("")
@resource.response(200, IncomingShape(many=True))
def list_() -> list[uploads.Incoming]:
    """List recordings that were begun and not handed over."""
    return uploads.list_incoming(store())


@resource.get("/<id_>")
@resource.response(200, IncomingShape)
@problems(resource, 404)
def show(id_: str) -> uploads.Incoming:
    """Say how many bytes have arrived: go on from there."""
    return uploads.find_incoming(store(), id_)


@resource.put("/<id_>/data")
@resource.arguments(OffsetShape, location="query")
@resource.doc(requestBody=_BYTES)
@resource.response(200, IncomingShape)
@problems(resource, 404, 409, 413, 507)
def append(given: dict[str, int], id_: str) -> uploads.Incoming:
    """Send the bytes from ``offset`` on, as the body; repeating what arrived does no harm."""
    return uploads.append(store(), id_, given["offset"], _pieces())


@resource.post("/<id_>/finish")
@resource.arguments(FinishShape)
@resource.response(201, AssessmentShape)
@problems(resource, 400, 404)
def finish(given: dict[str, Any], id_: str) -> dict[str, Any]:
    """Hand the recording over: from now on it is an assessment with the same id, and waits for its turn."""
    asked = given.get("asked")
    submit(store(), uploads.finish(store(), id_, asked_over_defaults(store(), asked) if asked else None))
    return row_to_dict(find_assessment(store(), id_))


@resource.delete("/<id_>")
@resource.response(204)
@problems(resource, 404)
def discard(id_: str) -> None:
    """Delete a recording that was not handed over."""
    uploads.discard(store(), id_)


def _pieces() -> Iterator[bytes]:
    while piece := request.stream.read(_PIECE_BYTES):
        yield piece
