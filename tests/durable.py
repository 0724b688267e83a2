"""Rounds of ``kill -9`` against a real server at work, and what has to be true afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from served import API, PATIENCE_S, Sender, Served
from working import strays

from movement_lab.storage import Assessment, Store, open_store

PHASES = ("upload", "queue", "assessment", "correction")
VICTIMS = ("server", "worker", "both")
ENDED = {"done", "failed", "cancelled"}


@dataclass
class Rounds:
    """What was sent, and what became of it, over many rounds."""

    root: Path
    recording: bytes
    seed: int = 0
    tell: Callable[[str], None] = print
    senders: list[Sender] = field(default_factory=list)
    ended_at: dict[str, Any] = field(default_factory=dict)
    kills: int = 0
    again: list[str] = field(default_factory=list)

    def run(self, count: int) -> None:
        """Play rounds, each phase and each victim in turn; then let everything come to its end."""
        chance = random.Random(self.seed)
        served = Served(self.root)
        served.start()
        try:
            self._corrected = self._first(served)
            for number in range(count):
                phase, victim = PHASES[number % 4], VICTIMS[(number // 4 + number) % 3]
                began = time.monotonic()
                self._until_moment(phase, served, chance)
                served.kill(victim)
                self.kills += 1
                if victim != "worker":
                    self._look_inside()
                    served.start()
                self.tell(f"{number + 1:3}: {phase}, {victim}: {time.monotonic() - began:.1f} s")
            self._wait(served)
        finally:
            served.close()

    def _first(self, served: Served) -> str:
        """Have one recording assessed, to be corrected later on."""
        sender = self._send(served)
        sender.join(PATIENCE_S)
        self._wait(served)
        return sender.id

    def _send(self, served: Served) -> Sender:
        sender = Sender(served, self.recording)
        self.senders.append(sender)
        sender.start()
        return sender

    def _until_moment(self, phase: str, served: Served, chance: random.Random) -> None:
        """Bring the server to a random moment of a phase."""
        if phase == "upload":
            self._send(served)
            time.sleep(chance.uniform(0, 0.3))
        elif phase == "queue":
            sender = self._send(served)
            sender.join(PATIENCE_S)
            time.sleep(chance.uniform(0, 0.3))
        elif phase == "assessment":
            if not any(state in ("queued", "working") for state in self._states(served).values()):
                self._send(served).join(PATIENCE_S)
            _until(lambda: "working" in self._states(served).values(), "something being assessed")
            time.sleep(chance.uniform(0, 6))
        else:
            self._correct(served, chance)

    def _correct(self, served: Served, chance: random.Random) -> None:
        change = {"movement": chance.choice(["squat", "hinge", None])}
        path = f"{API}/assessments/{self._corrected}/corrections"
        _Asking(served, path, change).start()
        time.sleep(chance.uniform(0, 1.5))

    def _states(self, served: Served) -> dict[str, str]:
        _status, rows = served.insist("GET", f"{API}/assessments?limit=200")
        return {row["id"]: row["state"] for row in rows}

    def _wait(self, served: Served) -> None:
        for sender in self.senders:
            sender.join(PATIENCE_S)
        _until(lambda: set(self._states(served).values()) <= ENDED, "everything at its end")

    def _look_inside(self) -> None:
        """While the server is down: nothing that was done has been done again."""
        store = open_store(self.root)
        with store.session() as session:
            for row in session.query(Assessment):
                if row.state != "done":
                    continue
                if self.ended_at.setdefault(row.id, row.ended_at) != row.ended_at:
                    self.again.append(row.id)
        store.close()

    def faults(self) -> list[str]:
        """Return what isn't as it has to be; nothing else may be using the data folder."""
        self._look_inside()
        store = open_store(self.root)
        try:
            return [*self._of_store(store), *[f"assessed again: {id_}" for id_ in self.again]]
        finally:
            store.close()

    def _of_store(self, store: Store) -> list[str]:
        faults = [] if store.is_whole() else ["the database is damaged"]
        faults += [f"left over: {path}" for path in strays(store)]
        faults += [f"not accepted: {s.id} {s.refused}" for s in self.senders if not s.accepted]
        faults += [f"still arriving: {path.name}" for path in store.folder.incoming.iterdir()]
        with store.session() as session:
            rows = {row.id: row for row in session.query(Assessment)}
        if set(rows) != {sender.id for sender in self.senders}:
            faults.append(f"{len(rows)} rows for {len(self.senders)} recordings")
        for row in rows.values():
            folder = store.folder.assessment(row.id)
            if row.state != "done" or not folder.report.exists():
                faults.append(f"{row.id} is {row.state}: {row.reason}")
            if folder.upload.read_bytes() != self.recording:
                faults.append(f"{row.id} is not what was sent")
        return faults


class _Asking(Sender):
    """Asks for a correction once, whatever becomes of it."""

    def __init__(self, served: Served, path: str, change: dict[str, Any]) -> None:
        super().__init__(served, b"")
        self.path, self.change = path, change

    def run(self) -> None:
        with suppress(OSError):  # it was killed meanwhile
            self.served.ask("PUT", self.path, self.change)


def _until(true: Callable[[], object], what: str) -> None:
    until = time.monotonic() + 2 * PATIENCE_S
    while not true():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.1)
