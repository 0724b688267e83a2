"""Shapes of people, visits and what belongs to whom."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from movement_lab.workspace.people import CODE_LENGTH, NOTES_LENGTH, SIDES

_HEIGHT = validate.Range(80, 250)


class VisitShape(Schema):
    """A day on which a person was seen."""

    id = fields.String(required=True)
    person_id = fields.String(required=True)
    day = fields.Date(required=True)
    notes = fields.String(required=True)


class KnownPersonShape(Schema):
    """Somebody who is assessed, under a code."""

    id = fields.String(required=True)
    code = fields.String(required=True)
    side = fields.String(required=True, allow_none=True)
    height_cm = fields.Float(required=True, allow_none=True)
    notes = fields.String(required=True)
    measures = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={"description": "drawn over visits; null: the usual"},
    )
    created_at = fields.AwareDateTime(required=True)
    visits = fields.List(fields.Nested(VisitShape), required=True)


class NewPersonShape(Schema):
    """A person to be added; without a code one is made up."""

    code = fields.String(load_default="", validate=validate.Length(max=CODE_LENGTH))
    side = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(SIDES))
    height_cm = fields.Float(load_default=None, allow_none=True, validate=_HEIGHT)
    notes = fields.String(load_default="", validate=validate.Length(max=NOTES_LENGTH))


class EditPersonShape(Schema):
    """What is to be changed of a person; what isn't named stays."""

    code = fields.String(validate=validate.Length(1, CODE_LENGTH))
    side = fields.String(allow_none=True, validate=validate.OneOf(SIDES))
    height_cm = fields.Float(allow_none=True, validate=_HEIGHT)
    notes = fields.String(validate=validate.Length(max=NOTES_LENGTH))
    measures = fields.List(fields.String(validate=validate.Length(max=64)), validate=validate.Length(max=3))


class FindShape(Schema):
    """Part of a code."""

    find = fields.String(load_default="", validate=validate.Length(max=100))


class DeletePersonShape(Schema):
    """What becomes of a person's assessments."""

    assessments = fields.String(load_default="keep", validate=validate.OneOf(("keep", "delete")))


class EditVisitShape(Schema):
    """What is to be changed of a visit."""

    day = fields.Date()
    notes = fields.String(validate=validate.Length(max=NOTES_LENGTH))


class BelongingShape(Schema):
    """To whom an assessment belongs, and its name; what isn't named stays."""

    person_id = fields.String(allow_none=True, validate=validate.Length(max=32))
    day = fields.Date(allow_none=True, metadata={"description": "day of the visit; its own day if not named"})
    label = fields.String(validate=validate.Length(max=120))
