"""What may be sent: recordings where they belong, little everywhere else, and JSON that makes sense."""

from __future__ import annotations

import json
import math
import re
from typing import Final

from flask import abort, request

from movement_lab.workspace.uploads import MOST_BYTES

#: Most bytes of a request that isn't a recording: a form, JSON, a picture of the live camera.
LITTLE_BYTES: Final = 4 * 1024**2
#: Most bytes of a request that is one, with what a form needs around it.
RECORDING_BYTES: Final = MOST_BYTES + 1024**2
_DIGITS: Final = 18  # whole numbers that every database column holds
_RECORDINGS: Final = re.compile(r"(POST /upload)|(PUT /api/v1/uploads/[^/]+/data)")


def most_bytes(method: str, path: str) -> int:
    """Return how many bytes a request may bring."""
    return RECORDING_BYTES if _takes_recording(method, path) else LITTLE_BYTES


def check_body() -> None:
    """Refuse a body that is too large for where it goes, or JSON that nobody means."""
    request.max_content_length = most_bytes(request.method, request.path)
    if (request.content_length or 0) > request.max_content_length:
        abort(413)
    if request.is_json and not _takes_recording(request.method, request.path):
        _check_json(request.get_data())


def _takes_recording(method: str, path: str) -> bool:
    return _RECORDINGS.fullmatch(f"{method} {path}") is not None


def _check_json(data: bytes) -> None:
    """Refuse depths, numbers and halves of characters that no honest program sends."""
    try:
        found = json.loads(data, parse_int=_whole, parse_float=_finite, parse_constant=_finite)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        abort(400)


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _DIGITS:
        raise ValueError(digits[:_DIGITS])
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits[:_DIGITS])
    return number
