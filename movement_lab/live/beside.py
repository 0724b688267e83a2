"""The server's end of the analysis: told things without ever waiting for it, heard when it has news."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, Final

from movement_lab.live import wire

#: So many messages may wait; an analysis that is further behind misses some.
_MOST_WAITING: Final = 600


class Beside:
    """Sends in a thread of its own; should the analysis be gone, the picture goes on without it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._sender = threading.Thread(target=self._send, name="live-beside", daemon=True)
        self._sender.start()

    def tell(self, message: bytes) -> None:
        """Hand a message over; returns at once."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(message)

    def notes(self) -> Iterator[dict[str, Any]]:
        """Yield the notes that have come since."""
        with contextlib.suppress(EOFError, OSError):
            while self._pipe.poll():
                yield wire.unpack_note(self._pipe.recv_bytes())

    def close(self) -> None:
        """Hang up."""
        self.tell_nothing_more()
        with contextlib.suppress(OSError):
            self._pipe.close()

    def tell_nothing_more(self) -> None:
        """Drop what still waits and let the sender end."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        self._waiting.put(None)

    def _send(self) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            while (message := self._waiting.get()) is not None:
                self._pipe.send_bytes(message)
