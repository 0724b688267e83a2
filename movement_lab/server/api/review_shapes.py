"""Shapes of corrections and reviews."""

from __future__ import annotations

from typing import get_args

from marshmallow import Schema, fields, validate

from movement_lab.declared import MOST_REPS
from movement_lab.records import MOVEMENTS, Side
from movement_lab.workspace.asked import VIEWS
from movement_lab.workspace.reviews import MOST_LETTERS, VERDICTS


class MarkedRepShape(Schema):
    """One repetition, seconds of the clip."""

    start_s = fields.Float(required=True)
    turn_s = fields.Float(required=True)
    end_s = fields.Float(required=True)


class ChangesShape(Schema):
    """What is put right; null lets the program find out again, what is missing stays as it is."""

    movement = fields.String(validate=validate.OneOf(MOVEMENTS), allow_none=True)
    view = fields.String(validate=validate.OneOf(VIEWS), allow_none=True)
    instructed = fields.Boolean()
    upright = fields.Boolean()
    variant = fields.String(validate=validate.OneOf(("deadlift",)), allow_none=True)
    reps = fields.List(
        fields.Nested(MarkedRepShape),
        allow_none=True,
        validate=validate.Length(max=MOST_REPS),
        metadata={"description": "all repetitions of the clip; an empty list: there are none"},
    )
    standing = fields.List(
        fields.Float(),
        allow_none=True,
        validate=validate.Length(equal=2),
        metadata={"description": "start and end of standing still, seconds"},
    )


class CorrectionsShape(Schema):
    """What is in force by hand."""

    declared = fields.Dict(required=True, allow_none=True)
    steps = fields.Integer(required=True, metadata={"description": "how often it can be undone"})
    corrected_at = fields.AwareDateTime(required=True, allow_none=True)
    summary = fields.Dict(required=True, allow_none=True)


class SayShape(Schema):
    """What is said of a finding."""

    finding = fields.String(required=True, validate=validate.Length(max=64))
    side = fields.String(validate=validate.OneOf(get_args(Side)))
    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS), allow_none=True)
    comment = fields.String(
        validate=validate.Length(max=MOST_LETTERS),
        metadata={"description": "without it, the one before stays"},
    )


class SaidShape(Schema):
    """The word that holds on a finding."""

    finding = fields.String(required=True)
    side = fields.String(required=True)
    verdict = fields.String(required=True, allow_none=True)
    comment = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    times = fields.Integer(required=True, metadata={"description": "how often something was said of it"})


class PersonShape(Schema):
    """Whom to follow."""

    number = fields.Integer(required=True, strict=True, validate=validate.Range(1, 20))
