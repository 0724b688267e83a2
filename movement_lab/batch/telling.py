"""What the command line says while a study runs and afterwards. Progress goes to standard error."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import click

from movement_lab.batch.arrow import parquet
from movement_lab.batch.differences import Change, Differences
from movement_lab.batch.inputs import Clip
from movement_lab.batch.settle import Outcome
from movement_lab.wording import say

#: Seconds between two lines where no bar can be drawn.
_QUIET_S: Final = 30.0


class Teller:
    """Told of every clip: a line for each that gave nothing, and how far the run is, with the time left."""

    def __init__(self, total: int, *, language: str = "en") -> None:
        self._language, self._total = language, total
        self._started, self._last = time.monotonic(), 0.0
        self._fresh = self._failed = 0

    def __enter__(self) -> Teller:
        self._line(self._say("start", count=self._total))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if sys.stderr.isatty():
            click.echo(err=True)
        if kind is KeyboardInterrupt:
            self._line(self._say("stopped"))

    def __call__(self, done: int, total: int, clip: Clip, outcome: Outcome) -> None:
        """Tell of one more clip."""
        self._fresh += outcome.fresh
        if outcome.failure:
            self._failed += 1
            if outcome.fresh:
                what = say(f"batch.reason.{outcome.failure['reason']}", language=self._language)
                self._line(self._say("clip", done=done, total=total, clip=clip.clip, what=what))
        now = time.monotonic()
        if sys.stderr.isatty() or done == total or now - self._last >= _QUIET_S:
            self._last = now
            self._status(done, total, now - self._started)

    def writing(self) -> None:
        """Tell that the tables are being written."""
        self._line(self._say("writing"))

    def _status(self, done: int, total: int, seconds: float) -> None:
        left_s = seconds / self._fresh * (total - done) if self._fresh else 0.0
        text = self._say(
            "left", done=done, total=total, failed=self._failed, left=duration(left_s, self._language)
        )
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{text}", nl=False, err=True)
        else:
            click.echo(text, err=True)

    def _line(self, text: str) -> None:
        click.echo(f"\r\033[K{text}" if sys.stderr.isatty() else text, err=True)

    def _say(self, name: str, **values: Any) -> str:
        return say(f"batch.progress.{name}", language=self._language, **values)


class Bar:
    """A bar with the time left for `recompute`; nothing where standard error is no terminal."""

    def __init__(self, *, language: str = "en") -> None:
        self._bar: Any = None
        self._language = language

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)

    def __call__(self, done: int, total: int) -> None:
        """Tell that so many of so many are done."""
        if self._bar is None and sys.stderr.isatty():
            self._bar = click.progressbar(length=total, file=sys.stderr, show_eta=True)
            self._bar.__enter__()
        if self._bar is not None:
            self._bar.update(1)


def duration(seconds: float, language: str = "en") -> str:
    """Return a length of time as people say it: "4 min", "2 h 10 min"."""
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    parts = [say("batch.progress.hours", language=language, count=hours)] if hours else []
    return " ".join([*parts, say("batch.progress.minutes", language=language, count=rest)])


def summary_line(folder: Path, *, language: str = "en") -> str:
    """Return how many clips of a study were assessed."""
    status = parquet().read_table(folder / "clips.parquet", columns=["status"])["status"].to_pylist()
    counts = Counter(status)
    named: dict[str, Any] = {name: counts[name] for name in ("assessed", "no_repetition", "failed")}
    return say("batch.said.done", language=language, **named)


def change_lines(found: Differences, *, language: str = "en") -> Iterator[str]:
    """Yield a line for each conclusion that changed, and one that counts them."""
    for change in found.changes:
        yield _change_line(change, found, language)
    if not found.changes:
        yield say("batch.said.same", language=language)
        return
    clips = len({change.clip for change in found.changes})
    count = len(found.changes)
    yield say("batch.said.changed", language=language, changed=count, compared=found.compared, clips=clips)


def _change_line(change: Change, found: Differences, language: str) -> str:
    def words(key: str, **values: Any) -> str:
        return say(f"batch.{key}", language=language, **values)

    def grade(value: str | None) -> str:
        return say(f"grade.{value}", language=language) if value else words("diff.nothing")

    if change.what == "clip":
        return words("diff.clip_added" if change.new else "diff.clip_gone", clip=change.clip)
    if change.side:
        key = "diff.grade" if change.old and change.new else "diff.added" if change.new else "diff.gone"
        told = words(
            key,
            clip=change.clip,
            finding=say(f"finding.{change.what}.title", language=language),
            side=say(f"side.{change.side}", language=language),
            old=grade(change.old),
            new=grade(change.new),
        )
    else:
        nothing = words("diff.nothing")
        told = words(
            "diff.clip",
            clip=change.clip,
            field=change.what,
            old=change.old or nothing,
            new=change.new or nothing,
        )
    causes = ", ".join(words(f"cause.{id}", tables=", ".join(found.tables)) for id in change.causes)
    details = f" ({'; '.join(change.details)})" if change.details else ""
    return f"{told}, {words('diff.because', causes=causes)}{details}" if causes else told
