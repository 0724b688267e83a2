"""The process that finds the pose in one camera's pictures; nothing else runs in it."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from typing import Final

from movement_lab.errors import VideoError
from movement_lab.isolation import cut_network, die_with_parent
from movement_lab.live.wire import Seen, nobody, pack_seen, unpack_frame

#: First message of the process: it has loaded the model and waits for pictures.
READY: Final = b"ready"
#: Answer to what is no picture.
NO_PICTURE: Final = b""


def run_pose_process(pipe: Connection, model_path: str) -> None:
    """Answer pictures with poses until the pipe closes; off the network before the model is loaded."""
    die_with_parent()
    cut_network()
    silence_library()
    from movement_lab.backends import PoseBackend, open_backend
    from movement_lab.records import Frame
    from movement_lab.video import PictureStream

    pictures = PictureStream()

    def judge(message: bytes, backend: PoseBackend) -> bytes:
        time_s, picture = unpack_frame(message)
        started = time.perf_counter()
        try:
            image = pictures.read(picture)
        except VideoError:
            return NO_PICTURE
        decoded = time.perf_counter()
        found = backend(Frame(0, time_s, image))
        judged = time.perf_counter()
        pose = found[0] if found else nobody(time_s)
        size = image.shape[1], image.shape[0]
        return pack_seen(Seen(pose, size, 1000 * (decoded - started), 1000 * (judged - decoded)))

    with open_backend("mediapipe", model_path) as backend:
        pipe.send_bytes(READY)
        while (message := _next(pipe)) is not None:
            pipe.send_bytes(judge(message, backend))


def silence_library() -> None:
    """Send the pose library's chatter, which it writes past Python's logging, to nowhere."""
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _next(pipe: Connection) -> bytes | None:
    """Return the next message; None once the other end is gone."""
    try:
        return pipe.recv_bytes()
    except (EOFError, OSError):
        return None
