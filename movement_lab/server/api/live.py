"""``/live/sessions``: a camera judged while it runs; a picture in, pose, count and coach out."""

from __future__ import annotations

from typing import Any, Final, cast

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from movement_lab.errors import UsageError
from movement_lab.live import LiveSettings
from movement_lab.live.coach import WANTED, Wanted
from movement_lab.live.model import live_model
from movement_lab.live.session import STAGES
from movement_lab.pipeline import Declared
from movement_lab.records import MOVEMENTS
from movement_lab.server.api.shapes import problems
from movement_lab.server.live_answer import as_json
from movement_lab.server.live_door import MOST_PICTURE_BYTES, live_door, sessions

resource = Blueprint("live_api", __name__, url_prefix="/api/v1/live/sessions", description="Live cameras")

_JPEG: Final = {
    "required": True,
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}


class CameraShape(Schema):
    """What is declared for a live camera."""

    movement = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(MOVEMENTS))
    view = fields.String(load_default="side", validate=validate.OneOf(WANTED))


class SessionShape(Schema):
    """A live session that was started."""

    id = fields.String(required=True)
    socket = fields.String(
        allow_none=True, metadata={"description": "a WebSocket for its pictures, where there is one"}
    )


class StillHereShape(Schema):
    """A live session that goes on."""

    id = fields.String(required=True)


class PictureShape(Schema):
    """When a picture was taken, and what the sender knows already."""

    t = fields.Float(required=True, metadata={"description": "seconds, rising from picture to picture"})
    stage = fields.String(load_default="setup", validate=validate.OneOf(STAGES))
    note = fields.Integer(load_default=-1, metadata={"description": "number of the newest note known"})


class SeenShape(Schema):
    """What was seen in a picture, and how long that took."""

    t = fields.Float(required=True)
    size = fields.List(fields.Integer(), required=True, metadata={"description": "width, height in pixels"})
    points = fields.List(
        fields.Float(), required=True, allow_none=True, metadata={"description": "x, y, score of each point"}
    )
    pose_ms = fields.Float(required=True, metadata={"description": "the pose model alone"})
    decode_ms = fields.Float(required=True)
    server_ms = fields.Float(required=True, metadata={"description": "all of it on this side"})
    phase = fields.String(required=True, allow_none=True)
    note_number = fields.Integer(required=True)
    note = fields.Dict(metadata={"description": "what coach and count know, if it is news"})


@resource.post("")
@resource.arguments(CameraShape)
@resource.response(201, SessionShape)
@problems(resource, 400, 503)
def begin(given: dict[str, Any]) -> dict[str, Any]:
    """Start a live session; 503 where as many cameras as may be are live already."""
    movement, view = given["movement"], given["view"]
    declared = Declared(movement=movement, view=None if view == "side" else view)
    id_ = sessions().start(LiveSettings(str(live_model()), declared, cast("Wanted", view)))
    door = live_door().address
    return {"id": id_, "socket": f"{door}/{id_}" if door else None}


@resource.post("/<id_>/frames")
@resource.arguments(PictureShape, location="query")
@resource.doc(requestBody=_JPEG)
@resource.response(200, SeenShape)
@resource.alt_response(204, description="a newer picture has overtaken this one")
@problems(resource, 400, 404, 415)
def judge(given: dict[str, Any], id_: str) -> Response:
    """Send a picture, the body as JPEG, and be told what is seen in it."""
    if (request.content_length or 0) > MOST_PICTURE_BYTES:
        raise UsageError(f"A live picture has at most {MOST_PICTURE_BYTES // 1024} kB. Send it smaller.")
    answer = sessions().find(id_).judge(request.get_data(cache=False), given["t"], given["stage"])
    if answer is None:
        return Response(status=204)
    return Response(as_json(answer, known_note=given["note"]), mimetype="application/json")


@resource.get("/<id_>")
@resource.response(200, StillHereShape)
@problems(resource, 404)
def stay(id_: str) -> dict[str, str]:
    """Say that somebody is still here, though no picture comes: a pause."""
    sessions().find(id_).stay()
    return {"id": id_}


@resource.delete("/<id_>")
@resource.response(204)
def end(id_: str) -> None:
    """End a session and its processes; nothing happens to one that has ended."""
    sessions().end(id_)
