"""What the description of the API says of every operation alike, so that no resource has to repeat it."""

from __future__ import annotations

from typing import Any, Final

from apispec import BasePlugin
from flask_smorest import Api

from movement_lab.server.api.shapes import ErrorShape

_ABOUT: Final = (
    "Assessments of squats, hip hinges and lunges. Nothing leaves this machine. Where a password is set, "
    "send it with each request (HTTP Basic, any name)."
)
_READING: Final = {"400": "not understood", "401": "a password is needed", "403": "not from here"}
_TOO_OFTEN: Final = {"429": "too many wrong passwords"}
_WRITING: Final = {"413": "too large", "507": "the disk is almost full"}
_NAMED: Final = {"404": "there is no such thing (any more)"}

#: For the application's settings (API_SPEC_OPTIONS).
OPTIONS: Final = {
    "info": {"description": _ABOUT},
    "components": {"securitySchemes": {"password": {"type": "http", "scheme": "basic"}}},
    "security": [{}, {"password": []}],
}


class DescribedApi(Api):
    """An API whose description lists what every operation may refuse, and nothing vague instead."""

    ERROR_SCHEMA = ErrorShape
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Any) -> None:
        super().__init__(app, spec_kwargs={"extra_plugins": [_Refusals()]})


class _Refusals(BasePlugin):
    """Adds what an operation may answer because of who asks, how large it is, or what it names."""

    def operation_helper(self, path: str | None = None, operations: Any = None, **_known: Any) -> None:
        """Add the refusals that an operation has not described itself."""
        for method, operation in (operations or {}).items():
            refusals = {**_READING, **_TOO_OFTEN}
            refusals |= _WRITING if method in ("post", "put", "patch", "delete") else {}
            refusals |= _NAMED if "{" in (path or "") else {}
            described = operation.setdefault("responses", {})
            for status, words in refusals.items():
                if status not in {str(known) for known in described}:
                    described[status] = _problem(words)


def _problem(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ErrorShape"}
    return {"description": words, "content": {"application/json": {"schema": schema}}}
