"""Looks at a picture now and then while setting up, in a thread: loading and searching take a while."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, cast

from movement_lab.errors import VideoError
from movement_lab.live.looking import UNSEEN, Box, PictureLook, look_at

if TYPE_CHECKING:
    from movement_lab.backends import PoseBackend

#: Pictures are looked at this often.
LOOK_EVERY_S: Final = 1.2
MOST_PEOPLE: Final = 4


class Looker:
    """The newest look at a picture, and whether another one is due."""

    def __init__(self, model_path: str) -> None:
        self.look: PictureLook = UNSEEN
        self._model_path = model_path
        self._pictures: queue.Queue[bytes] = queue.Queue(1)
        self._handed_at = float("-inf")
        threading.Thread(target=self._work, name="live-looker", daemon=True).start()

    @property
    def wants_picture(self) -> bool:
        """Whether it is time for another picture."""
        return time.monotonic() - self._handed_at > LOOK_EVERY_S

    def hand(self, jpeg: bytes) -> None:
        """Hand over a picture; it is left out while another one is waiting."""
        self._handed_at = time.monotonic()
        with contextlib.suppress(queue.Full):
            self._pictures.put_nowait(jpeg)

    def rest(self) -> None:
        """Let go of whoever searches for people: nobody is searched for while recording."""
        with contextlib.suppress(queue.Full):
            self._pictures.put_nowait(b"")

    def _work(self) -> None:
        with ExitStack() as kept:
            searcher: PoseBackend | None = None
            while True:
                jpeg = self._pictures.get()
                if not jpeg:
                    kept.close()
                    searcher = None
                    continue
                searcher = searcher or self._open(kept)
                with contextlib.suppress(VideoError):
                    self.look = _look(jpeg, searcher)

    def _open(self, kept: ExitStack) -> PoseBackend:
        from movement_lab.backends import open_backend

        return kept.enter_context(
            open_backend("mediapipe", self._model_path, people=MOST_PEOPLE, follow=False)
        )


def _look(jpeg: bytes, searcher: PoseBackend) -> PictureLook:
    """Light, level and people in one picture."""
    from movement_lab.people import find_people, pose_box
    from movement_lab.records import Frame
    from movement_lab.video import decode_jpeg

    image = decode_jpeg(jpeg)
    poses = searcher(Frame(0, 0.0, image))
    box = cast("Box", tuple(pose_box(poses[0].xy))) if poses else None
    return look_at(image, box, len(find_people([(0.0, poses)])))
