"""Shapes of what the API takes and gives."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from movement_lab.records import MOVEMENTS
from movement_lab.storage.models import STATES
from movement_lab.workspace.asked import MODELS, TASKS, VIEWS


class AskedShape(Schema):
    """What is declared with a recording."""

    movement = fields.String(validate=validate.OneOf(MOVEMENTS), allow_none=True)
    view = fields.String(validate=validate.OneOf(VIEWS), allow_none=True)
    task = fields.String(validate=validate.OneOf(TASKS))
    model = fields.String(validate=validate.OneOf(MODELS))
    person_number = fields.Integer(strict=True, validate=validate.Range(1, 20), allow_none=True)
    height_cm = fields.Float(validate=validate.Range(80, 250), allow_none=True)
    stickers = fields.String(validate=validate.Length(max=20))
    blur_face = fields.Boolean()
    keep_video = fields.Boolean()


class BeginShape(Schema):
    """A recording that is about to be sent."""

    source = fields.String(required=True, validate=validate.OneOf(("camera", "upload")))
    file_name = fields.String(load_default="", validate=validate.Length(max=1000))
    bytes_expected = fields.Integer(strict=True, validate=validate.Range(min=0), allow_none=True)
    asked = fields.Nested(AskedShape)
    person_id = fields.String(validate=validate.Length(max=32), allow_none=True)


class FinishShape(Schema):
    """What is declared with a recording that has arrived; without it, what was said at first holds."""

    asked = fields.Nested(AskedShape)


class IncomingShape(Schema):
    """A recording on its way."""

    id = fields.String(required=True)
    source = fields.String(required=True)
    file_name = fields.String(required=True)
    bytes_here = fields.Integer(required=True)
    begun_at = fields.String(required=True)


class AssessmentShape(Schema):
    """One recording and what became of it."""

    id = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    stage = fields.String(required=True, metadata={"description": "what is being done, while working"})
    share = fields.Float(required=True, metadata={"description": "how much of the stage is done, 0-1"})
    left_s = fields.Float(allow_none=True, metadata={"description": "seconds left, about; null: not known"})
    words = fields.String(required=True, metadata={"description": "the state in words for a person"})
    reason = fields.String(required=True)
    source = fields.String(required=True)
    file_name = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    exit_code = fields.Integer(required=True, allow_none=True)
    person_id = fields.String(required=True, allow_none=True)
    visit_id = fields.String(required=True, allow_none=True)
    label = fields.String(required=True, metadata={"description": "a name of its own, or nothing"})
    video_kept = fields.Boolean(required=True)
    corrected_at = fields.AwareDateTime(required=True, allow_none=True)
    asked = fields.Nested(AskedShape, required=True)
    summary = fields.Dict(required=True, allow_none=True)


class PageShape(Schema):
    """Which part of a list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 1_000_000_000))


class ErrorShape(Schema):
    """What went wrong, in a sentence."""

    code = fields.Integer(required=True)
    message = fields.String(required=True)
    have = fields.Integer(metadata={"description": "how many bytes have arrived: go on there (409)"})
    errors = fields.Dict(metadata={"description": "what is wrong with which field (422)"})


def problems(resource: Any, *statuses: int) -> Any:
    """Return a decorator that describes these errors of an operation."""

    def describe(function: Any) -> Any:
        for status in statuses:
            function = resource.alt_response(status, schema=ErrorShape)(function)
        return function

    return describe
