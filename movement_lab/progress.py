"""How far the work is: a bar with the time left on a terminal, quiet lines elsewhere. All on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import click

_STEPS = 200


class Progress:
    """Shows stages as they are told: ``with Progress() as tell: tell("following", 0.5)``."""

    def __init__(self, *, language: str = "en") -> None:
        self._language = language
        self._stage = ""
        self._bar: Any = None
        self._done = 0

    def __enter__(self) -> Callable[[str, float], None]:
        return self.tell

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def tell(self, stage: str, share: float) -> None:
        """Show that a stage (wording ``progress.<stage>``) is done to ``share`` (0-1)."""
        if stage != self._stage:
            self._open(stage)
        if self._bar is not None:
            step = round(share * _STEPS)
            self._bar.update(max(step - self._done, 0))
            self._done = max(step, self._done)

    def _open(self, stage: str) -> None:
        from movement_lab.wording import say

        self._close()
        self._stage, self._done = stage, 0
        words = say(f"progress.{stage}", language=self._language)
        if sys.stderr.isatty():
            self._bar = click.progressbar(length=_STEPS, label=f"{words:36}", file=sys.stderr, show_eta=True)
            self._bar.__enter__()
        else:
            click.echo(words, err=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.update(_STEPS - self._done)
            self._bar.__exit__(None, None, None)
            self._bar = None


@contextmanager
def bytes_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """Show a download: yields ``progress(done, total)`` in bytes."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label=f"{name:8}", file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield progress
