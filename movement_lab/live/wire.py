"""What the processes of a live session say to each other: plain bytes over pipes, nothing to unpickle.

A frame is a header and a picture's bytes; an answer is a header and the pose's numbers, as exact as the model
gave them; a note (what coach and count know) is JSON.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from movement_lab.records import Pose
from movement_lab.skeleton import LANDMARKS

#: First byte of a message to the analysis: what it is.
POSE: Final = b"P"
PICTURE: Final = b"J"
STAGE: Final = b"S"

_FRAME: Final = struct.Struct("<d")
_ANSWER: Final = struct.Struct("<dffII?")
_POINTS: Final = len(LANDMARKS)
_COLUMNS: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the pose process says of one picture: pose (NaN where nobody), its size, how long it took."""

    pose: Pose
    size: tuple[int, int]
    decode_ms: float
    pose_ms: float

    @property
    def found(self) -> bool:
        """Whether somebody was seen."""
        return bool(np.isfinite(self.pose.xy[0, 0]))


def nobody(time_s: float) -> Pose:
    """Return the pose of a picture with nobody in it."""
    blank = np.full((_POINTS, 2), np.nan), np.full((_POINTS, 3), np.nan)
    return Pose(time_s, *blank, np.zeros(_POINTS))


def pack_frame(time_s: float, picture: bytes) -> bytes:
    """Return the message that asks for a picture's pose."""
    return _FRAME.pack(time_s) + picture


def unpack_frame(message: bytes) -> tuple[float, memoryview]:
    """Return time and picture of a message."""
    return _FRAME.unpack_from(message)[0], memoryview(message)[_FRAME.size :]


def pack_seen(seen: Seen) -> bytes:
    """Return the answer as bytes."""
    numbers = np.concatenate([seen.pose.xy, seen.pose.xyz, seen.pose.score[:, None]], axis=1)
    head = _ANSWER.pack(seen.pose.time_s, seen.decode_ms, seen.pose_ms, *seen.size, seen.found)
    return head + numbers.astype("<f8").tobytes()


def unpack_seen(message: bytes | memoryview) -> Seen:
    """Return the answer of bytes made by `pack_seen`."""
    time_s, decode_ms, pose_ms, width, height, found = _ANSWER.unpack_from(message)
    numbers = np.frombuffer(message, "<f8", offset=_ANSWER.size).reshape(_POINTS, _COLUMNS)
    pose = Pose(time_s, numbers[:, :2], numbers[:, 2:5], numbers[:, 5]) if found else nobody(time_s)
    return Seen(pose, (width, height), decode_ms, pose_ms)


def pack_note(note: Mapping[str, Any]) -> bytes:
    """Return a note as bytes; NaN is not allowed in it."""
    return json.dumps(note, allow_nan=False).encode()


def unpack_note(message: bytes) -> dict[str, Any]:
    """Return the note of bytes made by `pack_note`."""
    note: dict[str, Any] = json.loads(message)
    return note
