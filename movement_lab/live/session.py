"""One live camera: its two processes as the server sees them. The newest picture wins."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final, Literal, get_args

from movement_lab.errors import ModelError, UsageError, VideoError
from movement_lab.live import wire
from movement_lab.live.analysis_process import LiveSettings, run_analysis_process
from movement_lab.live.beside import Beside
from movement_lab.live.phases import Phase, PhaseFollower, Reach
from movement_lab.live.pose_process import NO_PICTURE, READY, run_pose_process
from movement_lab.video import is_jpeg

Stage = Literal["setup", "live"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

#: Longest a model may take to load, and a picture to be judged, on a busy machine.
_START_S: Final = 60.0
_ANSWER_S: Final = 20.0
#: How long an ending process may take before it is ended.
_END_S: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is said of one picture: what was seen, the phase (live), the newest note, how long it took."""

    seen: wire.Seen
    phase: Phase | None
    note: Mapping[str, Any] | None
    note_number: int
    took_ms: float


class LiveSession:
    """Two processes and the pipes to them; threads of the server may call it at any time."""

    def __init__(self, settings: LiveSettings) -> None:
        context = get_context("spawn")
        self._pose, pose_end = context.Pipe()
        analysis, analysis_end = context.Pipe()
        self._processes = [
            _spawn(context, run_pose_process, pose_end, settings.model_path),
            _spawn(context, run_analysis_process, analysis_end, settings),
        ]
        self._beside = Beside(analysis)
        self._turn = threading.Condition()
        self._busy = False
        self._newest: object = None
        self._ready = False
        self._stage: Stage = "setup"
        self._phases = PhaseFollower()
        self._note: dict[str, Any] | None = None
        self._note_number = 0
        self._last_s = float("-inf")
        self.used_at = time.monotonic()

    def judge(self, picture: bytes, time_s: float, stage: Stage = "setup") -> Answer | None:
        """Return what is seen in the newest picture; None for one that a newer one has overtaken.

        ``picture`` is as `video.PictureStream` reads it; ``time_s`` on the session's own clock, rising.

        Raises
        ------
        VideoError
            The bytes are no picture, or one that needs others before it.
        UsageError
            An older picture than the last one judged.
        ModelError
            The pose process is gone or hangs.
        """
        ticket, asked = object(), time.perf_counter()
        with self._turn:
            self.used_at = time.monotonic()
            self._newest = ticket
            self._turn.notify_all()
            while self._busy and self._newest is ticket:
                self._turn.wait()
            if self._newest is not ticket:
                return None
            self._busy = True
        try:
            return self._judge(picture, time_s, stage, asked)
        finally:
            with self._turn:
                self._busy = False
                self.used_at = time.monotonic()
                self._turn.notify_all()

    def _judge(self, picture: bytes, time_s: float, stage: Stage, asked: float) -> Answer:
        if not time_s > self._last_s:
            raise UsageError(
                "This picture is older than the last one. Times that rise were needed. Send the newest one."
            )
        self._last_s = time_s
        message = self._ask(wire.pack_frame(time_s, picture))
        if message == NO_PICTURE:
            raise VideoError(
                "This picture can't be read. A whole JPEG or an H.264 key picture was needed. Send one."
            )
        seen = wire.unpack_seen(message)
        if stage != self._stage:
            self._begin(stage)
        self._beside.tell(wire.POSE + message)
        self._read_notes()
        if self._note and self._note.get("wants_picture") and is_jpeg(picture):
            self._note["wants_picture"] = False
            self._beside.tell(wire.PICTURE + picture)
        took_ms = 1000 * (time.perf_counter() - asked)
        return Answer(seen, self._phase(seen), self._note, self._note_number, took_ms)

    def _ask(self, message: bytes) -> bytes:
        """Hand a picture to the pose process and wait for its answer."""
        try:
            if not self._ready:
                self._receive(_START_S, READY)
                self._ready = True
            self._pose.send_bytes(message)
            return self._receive(_ANSWER_S)
        except (EOFError, OSError) as gone:
            raise _stopped() from gone

    def _receive(self, within_s: float, expected: bytes | None = None) -> bytes:
        if not self._pose.poll(within_s):
            raise _stopped()
        message = self._pose.recv_bytes()
        if expected is not None and message != expected:
            raise _stopped()
        return message

    def _begin(self, stage: Stage) -> None:
        self._stage = stage
        self._phases = PhaseFollower()
        self._note = None
        self._beside.tell(wire.STAGE + stage.encode())

    def _read_notes(self) -> None:
        for note in self._beside.notes():
            if note["stage"] == self._stage:
                self._note = note
                self._note_number += 1

    def _phase(self, seen: wire.Seen) -> Phase | None:
        if self._stage != "live":
            return None
        reach = (self._note or {}).get("reach")
        return self._phases.follow(seen.pose, Reach(*reach) if reach else None)

    def stay(self) -> None:
        """Stay, though no picture comes."""
        self.used_at = time.monotonic()

    @property
    def silent_s(self) -> float:
        """How long ago a picture came, s; 0 while one is being judged, however long that takes."""
        return 0.0 if self._busy else time.monotonic() - self.used_at

    @property
    def alive(self) -> bool:
        """Whether the pose process still runs."""
        return self._processes[0].is_alive()

    def close(self) -> None:
        """End both processes."""
        self._beside.close()
        with contextlib.suppress(OSError):
            self._pose.close()
        for process in self._processes:
            process.join(_END_S)
            if process.is_alive():
                process.kill()
                process.join(_END_S)


def _spawn(context: Any, work: Callable[..., None], end: Connection, *args: Any) -> Any:
    """Start a process with its end of a pipe, which this side lets go: each notices when the other ends."""
    process = context.Process(target=work, args=(end, *args), daemon=True)
    process.start()
    end.close()
    return process


def _stopped() -> ModelError:
    return ModelError(
        "The live picture has stopped: the pose process no longer answers. The recording itself goes on. "
        "Load the page again to see the lines again."
    )
