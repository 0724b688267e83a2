"""``/comparisons``: what changed between two assessments, and how much of it is noise."""

from __future__ import annotations

import math
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from movement_lab.comparing import Change
from movement_lab.comparing.told import told
from movement_lab.server.api.shapes import problems
from movement_lab.server.compare_view import left_out, shown_rows, verdict_of
from movement_lab.server.look import store, words
from movement_lab.workspace.comparing import compare_assessments

resource = Blueprint(
    "comparisons_api", __name__, url_prefix="/api/v1/comparisons", description="Two assessments side by side"
)

_ID = validate.Length(1, 32)


class PairShape(Schema):
    """Which two."""

    then = fields.String(required=True, validate=_ID)
    now = fields.String(required=True, validate=_ID)


class ChangeShape(Schema):
    """One measure then and now; ``noise`` is the smallest change two visits can claim (MDC95)."""

    name = fields.String(required=True)
    side = fields.String(required=True)
    unit = fields.String(required=True)
    tier = fields.String(required=True)
    then = fields.Float(required=True)
    now = fields.Float(required=True)
    change = fields.Float(required=True)
    noise = fields.Float(required=True)
    change_unit = fields.String(required=True)
    reading = fields.String(required=True, validate=validate.OneOf(("real", "noise", "experimental")))


class LeftOutShape(Schema):
    """What can't be compared, and why, in words."""

    names = fields.String(required=True)
    reason = fields.String(required=True)


class ComparisonShape(Schema):
    """What changed."""

    then = fields.String(required=True)
    now = fields.String(required=True)
    verdict = fields.String(required=True)
    told = fields.String(required=True)
    obstacle = fields.String(
        required=True, metadata={"description": "why nothing can be compared, or nothing"}
    )
    rows = fields.List(fields.Nested(ChangeShape), required=True)
    left_out = fields.List(fields.Nested(LeftOutShape), required=True)


@resource.get("")
@resource.arguments(PairShape, location="query")
@resource.response(200, ComparisonShape)
@problems(resource, 400, 404)
def compare(pair: dict[str, str]) -> dict[str, Any]:
    """Compare two finished assessments, the earlier one first."""
    comparison = compare_assessments(store(), pair["then"], pair["now"]).comparison
    return {
        **pair,
        "verdict": verdict_of(comparison, words()),
        "told": told(comparison, words()),
        "obstacle": comparison.obstacle,
        "rows": [_plain(row) for row in shown_rows(comparison, words())],
        "left_out": left_out(comparison, words()),
    }


def _plain(row: Change) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in ChangeShape._declared_fields}
    return {name: _number(value) if isinstance(value, float) else value for name, value in values.items()}


def _number(value: float) -> float:
    return round(value, 4) if math.isfinite(value) else 0.0
