"""What a page is told of one live picture."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from movement_lab.live import Answer


def as_json(answer: Answer, *, known_note: int) -> str:
    """Return an answer: points in pixels of the picture, as x, y, score one after another.

    The note comes along unless it is ``known_note``, the number of the one that the page has.
    """
    seen = answer.seen
    told: dict[str, Any] = {
        "t": seen.pose.time_s,
        "size": seen.size,
        "points": _points(answer) if seen.found else None,
        "pose_ms": round(seen.pose_ms, 2),
        "decode_ms": round(seen.decode_ms, 2),
        "server_ms": round(answer.took_ms, 2),
        "phase": answer.phase,
        "note_number": answer.note_number,
    }
    if answer.note is not None and answer.note_number != known_note:
        told["note"] = answer.note
    return json.dumps(told, separators=(",", ":"))


def _points(answer: Answer) -> list[float]:
    pose = answer.seen.pose
    rounded: list[float] = np.round(np.column_stack([pose.xy, pose.score]), 2).ravel().tolist()
    return rounded
