"""``/settings``: what is kept and how long, what holds for new assessments, how pages look."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from movement_lab.server.api.shapes import problems
from movement_lab.server.look import load_look, save_look, store
from movement_lab.wording import LANGUAGES, PROFILES
from movement_lab.workspace import retention
from movement_lab.workspace.asked import MODELS
from movement_lab.workspace.kept import take_stock
from movement_lab.workspace.preferences import MOST_DAYS, load_defaults, save_defaults

resource = Blueprint(
    "settings_api", __name__, url_prefix="/api/v1/settings", description="Settings, and what is kept"
)

_LOOK = ("language", "profile")


class SettingsShape(Schema):
    """What was chosen."""

    keep_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(0, MOST_DAYS),
        metadata={"description": "for how many days recordings stay; null: for ever, 0: not at all"},
    )
    blur_face = fields.Boolean()
    model = fields.String(validate=validate.OneOf(MODELS))
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    profile = fields.String(validate=validate.OneOf(PROFILES))


class KeptShape(Schema):
    """What lies in the data folder; sizes in bytes."""

    people = fields.Integer(required=True)
    visits = fields.Integer(required=True)
    assessments = fields.Integer(required=True)
    videos = fields.Integer(required=True)
    covered = fields.Integer(required=True, metadata={"description": "videos in which faces are covered"})
    video_bytes = fields.Integer(required=True)
    result_bytes = fields.Integer(required=True)
    incoming = fields.Integer(required=True)
    incoming_bytes = fields.Integer(required=True)
    database_bytes = fields.Integer(required=True)
    next_deleted_at = fields.AwareDateTime(required=True, allow_none=True)
    next_deleted = fields.Integer(required=True, metadata={"description": "how many recordings go then"})


class DeleteShape(Schema):
    """What is to go; said twice, so that nothing goes by a slip."""

    what = fields.String(required=True, validate=validate.OneOf(("videos", "everything")))
    sure = fields.Boolean(required=True, validate=validate.Equal(True))


@resource.get("")
@resource.response(200, SettingsShape)
def show() -> dict[str, Any]:
    """Show what was chosen."""
    return asdict(load_defaults(store())) | asdict(load_look(store()))


@resource.patch("")
@resource.arguments(SettingsShape)
@resource.response(200, SettingsShape)
@problems(resource, 400)
def choose(given: dict[str, Any]) -> dict[str, Any]:
    """Choose something else; what isn't named stays."""
    looks = {name: given.pop(name) for name in _LOOK if name in given}
    save_defaults(store(), replace(load_defaults(store()), **given))
    save_look(store(), replace(load_look(store()), **looks))
    return asdict(load_defaults(store())) | asdict(load_look(store()))


@resource.get("/kept")
@resource.response(200, KeptShape)
def kept() -> dict[str, Any]:
    """Show what is kept and when recordings go next."""
    due = retention.next_due(store())
    return asdict(take_stock(store())) | {
        "next_deleted_at": due.at if due else None,
        "next_deleted": due.count if due else 0,
    }


@resource.post("/delete")
@resource.arguments(DeleteShape)
@resource.response(204)
def delete(given: dict[str, Any]) -> None:
    """Delete all videos, or everything, at once and for good."""
    if given["what"] == "everything":
        retention.delete_everything(store())
    else:
        retention.delete_videos(store())
