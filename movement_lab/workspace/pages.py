"""What pages show of a stored result: read from disk at once, worked out where it isn't there yet.

A result's own folder keeps its page in ``page/``, one file for each language and profile, with the
overlay beside it. What was kept for another track, version or table is worked out anew.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock, RLock, Thread
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.errors import MovementLabError, UsageError
from movement_lab.exporters.words import Words
from movement_lab.recording import own_version
from movement_lab.report import Report

#: Reports of the last few pages stay in memory: whoever corrects one asks for it again.
_KEPT_REPORTS: Final = 4
_reports: OrderedDict[tuple[Any, ...], Report] = OrderedDict()
_lock, _warming = Lock(), Lock()
#: Held by whoever assesses: NumPy is asked to overlook gaps for all threads at once, or not at all.
one_at_a_time: Final = RLock()


class NoResultError(UsageError):
    """An assessment has no result (yet)."""


def page_of(place: Path, words: Words) -> dict[str, Any]:
    """Return what the review page says of the result in a folder (`exporters.review.review_sheet`)."""
    from movement_lab.exporters.review import review_sheet

    return _kept(place, f"sheet-{words.language}-{words.profile}", lambda: review_sheet(_of(place), words))


def overlay_of(place: Path, words: Words) -> dict[str, Any]:
    """Return what the review page draws over the video (`drawing.overlay_values`)."""
    from movement_lab.drawing import overlay_values

    def make() -> dict[str, Any]:
        return overlay_values(_of(place), language=words.language, profile=words.profile)

    return _kept(place, f"overlay-{words.language}-{words.profile}", make)


def keep_pages(report: Report, place: Path, words: Words) -> None:
    """Work out everything pages show of a result that was just written, so that nobody waits for it."""
    remember(report, place)
    page_of(place, words)
    overlay_of(place, words)


def report_of(place: Path) -> Report:
    """Return the report of the result in a folder: its track assessed as it was declared.

    Raises
    ------
    NoResultError
        There is no result in that folder.
    """
    from movement_lab.recording import assess_video

    key = _key(place)
    with _lock:
        if key in _reports:
            _reports.move_to_end(key)
            return _reports[key]
    with one_at_a_time:
        report = assess_video(place / "track.npz")
    told = json.loads((place / "report.json").read_text(encoding="utf-8"))
    report = replace(report, provenance=told["provenance"])
    remember(report, place)
    return report


_of = report_of


def warm_up(place: Path) -> None:
    """Load what assessing needs, once, while somebody reads: their first adjustment then takes no longer."""
    if not _reports and not _warming.locked():
        Thread(target=_warm_up, args=(place,), daemon=True).start()


def _warm_up(place: Path) -> None:
    with _warming, suppress(MovementLabError, OSError, ValueError):
        report_of(place)


def remember(report: Report, place: Path) -> None:
    """Keep a report in memory as the one of the result in a folder."""
    with _lock:
        _reports[_key(place)] = report
        while len(_reports) > _KEPT_REPORTS:
            _reports.popitem(last=False)


def _kept(place: Path, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    path, key = place / "page" / f"{name}.json", list(_key(place)[1:])
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] == key:
            found: dict[str, Any] = kept["page"]
            return found
    except (OSError, ValueError, KeyError):
        pass
    with one_at_a_time:
        made = make()
    with atomic_path(path) as part:
        part.write_text(json.dumps({"key": key, "page": made}, separators=(",", ":")), encoding="utf-8")
    return made


def _key(place: Path) -> tuple[Any, ...]:
    """Return what a page depends on: the track, this program and its tables."""
    from movement_lab.knowledge import knowledge_hash

    try:
        track = (place / "track.npz").stat()
    except OSError:
        raise NoResultError("This assessment has no result. Assess the recording again.") from None
    return str(place), track.st_mtime_ns, track.st_size, own_version(), knowledge_hash()
