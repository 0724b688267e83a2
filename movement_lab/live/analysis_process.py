"""The process that coaches and counts beside the pose process: it yields to it and never makes it wait.

It takes poses as they come, looks at them a few times a second, and says what it knows in a note. While
setting up it also asks for a picture now and then, for light, level and how many people there are.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, Final

import numpy as np

from movement_lab.isolation import cut_network, die_with_parent
from movement_lab.live import wire
from movement_lab.live.coach import Check, Wanted, coach, next_sentence, remember
from movement_lab.live.judging import Judged, judge_window
from movement_lab.live.looker import Looker
from movement_lab.live.pose_process import silence_library
from movement_lab.live.table import load_live
from movement_lab.live.window import Window
from movement_lab.pipeline import Declared
from movement_lab.records import View
from movement_lab.view import find_view

#: Not more often than this, and at most this share of the time: the rest is the pose process's.
EVERY_S: Final = 0.25
BUSY_SHARE: Final = 0.25
MOST_REST_S: Final = 0.5
#: Where it is further behind than this, it looks in between; so many messages (minutes of them) may wait.
BEHIND_S: Final = 4.0
MOST_WAITING: Final = 4000
_NICE: Final = 19


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What the page declares: movement and view as in `Declared`, the view to coach for, the model."""

    model_path: str
    declared: Declared = field(default_factory=Declared)
    wanted: Wanted = "side"


def run_analysis_process(pipe: Connection, settings: LiveSettings) -> None:
    """Take poses, send notes, until the pipe closes."""
    die_with_parent()
    cut_network()
    silence_library()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    inbox = _Inbox(pipe)
    threading.Thread(target=_warm_up, daemon=True).start()
    threading.Thread(target=inbox.read, daemon=True).start()
    analysis = _Analysis(settings)
    while (messages := inbox.take()) is not None:
        started = time.perf_counter()
        note = analysis.step(messages)
        if note is not None:
            try:
                pipe.send_bytes(wire.pack_note(note))
            except OSError:
                return
        took_s = time.perf_counter() - started
        time.sleep(min(max(EVERY_S - took_s, took_s * (1 / BUSY_SHARE - 1)), MOST_REST_S))


def _warm_up() -> None:
    """Load what the first repetition will need while somebody still gets into place."""
    from movement_lab.knowledge import load_measures, load_movement, load_spreads
    from movement_lab.records import MOVEMENTS

    import_module("scipy.signal")
    load_measures()
    load_spreads()
    for name in MOVEMENTS:
        load_movement(name)


class _Inbox:
    """Empties the pipe all the time, so that the sender never waits."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._news = threading.Condition()
        self._messages: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._open = True

    def read(self) -> None:
        """Collect messages until the pipe closes; more than a few minutes' worth is never kept."""
        while self._open:
            try:
                message = self._pipe.recv_bytes()
            except (EOFError, OSError):
                self._open = False
                message = b""
            with self._news:
                if message:
                    self._messages.append(message)
                self._news.notify()

    def take(self) -> list[bytes] | None:
        """Return what has come since, waiting for something; None once the pipe is closed."""
        with self._news:
            while self._open and not self._messages:
                self._news.wait()
            messages = list(self._messages)
            self._messages.clear()
            return messages if self._open else None


class _Analysis:
    """State of one session's analysis."""

    def __init__(self, settings: LiveSettings) -> None:
        self._settings = settings
        self._window = Window()
        self._stage = "setup"
        self._judged, self._judged_s = Judged(), float("inf")
        self._looker = Looker(settings.model_path)
        self._checks: tuple[Check, ...] = ()

    def step(self, messages: Sequence[bytes]) -> dict[str, Any] | None:
        """Take in messages; return a note, None if nothing was learned."""
        picture = None
        for message in messages:
            kind, rest = message[:1], message[1:]
            if kind == wire.STAGE:
                self._begin(rest.decode())
            elif kind == wire.POSE:
                self._take(wire.unpack_seen(rest))
            elif kind == wire.PICTURE:
                picture = rest
        if not len(self._window):
            return None
        return self._setup_note(picture) if self._stage == "setup" else self._live_note()

    def _take(self, seen: wire.Seen) -> None:
        """Keep a pose; far behind, look before what hasn't been looked at leaves the window."""
        self._window.add(seen.pose, seen.size)
        self._judged_s = min(self._judged_s, seen.pose.time_s)
        if self._stage == "live" and seen.pose.time_s - self._judged_s > BEHIND_S:
            self._judge()

    def _begin(self, stage: str) -> None:
        """Begin set-up or live: the count starts afresh; whoever searched for people is let go."""
        self._stage = stage
        self._judged, self._judged_s = Judged(), float("inf")
        self._window.clear()
        if stage == "live":
            self._looker.rest()

    def _setup_note(self, picture: bytes | None) -> dict[str, Any]:
        if picture is not None:
            self._looker.hand(picture)
        recent = self._window.track(load_live().window.setup_s)
        assert recent is not None
        seen = bool(np.isfinite(recent.xyz).any())
        checks = coach(recent, self._looker.look, wanted=self._settings.wanted)
        checks = self._checks = remember(checks, self._checks)
        saying = next_sentence(checks)
        return {
            "view": _view_note(find_view(recent)) if seen else None,
            "stage": "setup",
            "checks": [asdict(check) for check in checks],
            "saying": saying.id if saying else "",
            "wants_picture": self._looker.wants_picture,
        }

    def _live_note(self) -> dict[str, Any]:
        self._judge()
        return {**live_note(self._judged), "seen_until_s": self._judged_s}

    def _judge(self) -> None:
        track = self._window.track()
        assert track is not None
        self._judged = judge_window(
            self._judged, track, slid=self._window.slid, declared=self._settings.declared
        )
        self._judged_s = float(track.time_s[-1])


def live_note(judged: Judged) -> dict[str, Any]:
    """Return what the page is told of a session: plain values only."""
    view, standing = judged.view, judged.standing
    return {
        "stage": "live",
        "count": len(judged.reps),
        "turns_s": [round(rep.turn_s, 3) for rep in judged.reps],
        "standing": bool(standing and not standing.reasons),
        "movement": judged.movement,
        "view": _view_note(view) if view else None,
        "values": [asdict(value) for value in judged.values],
        "reach": [judged.reach.standing_px, judged.reach.depth_px] if judged.reach else None,
    }


def _view_note(view: View) -> dict[str, str]:
    return {"name": view.name, "facing": view.facing, "near": view.near, "plane": view.plane}


__all__ = ["LiveSettings", "live_note", "run_analysis_process"]
