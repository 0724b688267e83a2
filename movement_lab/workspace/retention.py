"""What is kept, for how long, and what goes: nothing of a person stays without a row that knows of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from movement_lab.errors import UsageError
from movement_lab.storage import Assessment, AssessmentFolder, DataFolder, Person, Review, Store, Visit
from movement_lab.storage.files import half_deleted, remove_folder, remove_parts
from movement_lab.storage.models import now
from movement_lab.workspace.assessments import ENDED, drop_video
from movement_lab.workspace.preferences import load_defaults

#: What shows the person, in an assessment's folder.
_PICTURES = ("upload", "playback.mp4", "annotated.mp4", "report.html", "therapist.pdf", "patient.pdf")
_FILMS = ("upload", "playback.mp4")
#: A recording that could not be assessed, or wasn't handed over, waits at least so long to be tried again.
_PATIENCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """When the next recordings go, and how many of them; ``at`` lies in the past where they are overdue."""

    at: datetime
    count: int


def films_of(folder: AssessmentFolder) -> Iterator[Path]:
    """Yield where the recording and its film would lie."""
    yield from (folder.path / name for name in _FILMS)


def pictures_of(folder: AssessmentFolder) -> Iterator[Path]:
    """Yield every file that shows the person, where it would lie."""
    for place in (folder.path, folder.machine):
        yield from (place / name for name in _PICTURES)
        yield from (place / "pictures").glob("*")


def remove_pictures(folder: AssessmentFolder) -> None:
    """Delete every file that shows the person: recording, films, pictures, pages with pictures in them."""
    for place in (folder.path, folder.machine):
        for name in _PICTURES:
            (place / name).unlink(missing_ok=True)
        remove_folder(place / "pictures")


def next_due(store: Store) -> Due | None:
    """Return when recordings will go next, as promised under Settings; None where none ever will."""
    days = load_defaults(store).keep_days
    if days is None:
        return None
    ends = sorted(_end_of(row, days) for row in _with_video(store))
    soon = (
        [end for end in ends if end.astimezone().date() <= max(ends[0], now()).astimezone().date()]
        if ends
        else []
    )
    return Due(ends[0], len(soon)) if soon else None


def apply_retention(store: Store, at: datetime | None = None) -> int:
    """Delete the recordings whose time is over; returns how many went. Body points and results stay."""
    days, at = load_defaults(store).keep_days, at or now()
    if days is None:
        return 0
    over = [row.id for row in _with_video(store) if _end_of(row, days) <= at]
    gone = 0
    for id_ in over:
        with suppress(UsageError):  # deleted or taken up again meanwhile
            drop_video(store, id_)
            gone += 1
    return gone + _drop_arrivals(store, at - max(timedelta(days=days), _PATIENCE))


def delete_videos(store: Store) -> int:
    """Delete all recordings, films and pictures now; returns how many. What is being assessed stays."""
    gone = 0
    for row in _with_video(store):
        with suppress(UsageError):
            drop_video(store, row.id)
            gone += 1
    return gone + _drop_arrivals(store, None)


def delete_everything(store: Store) -> None:
    """Delete all people, visits and assessments now, with every file; only the settings stay."""
    with store.session() as session:
        for kind in (Review, Assessment, Visit, Person):
            session.execute(delete(kind))
    for parent in (store.folder.assessments, store.folder.incoming):
        for folder in list(parent.iterdir()):
            remove_folder(folder)
    store.forget()


def drop_unwanted(folder: AssessmentFolder, asked: Mapping[str, Any]) -> None:
    """Delete a recording that was only to be kept until it was assessed."""
    if asked.get("blur_face") or not asked.get("keep_video", True):
        folder.upload.unlink(missing_ok=True)


def sweep(store: Store) -> None:
    """Finish what a crash interrupted: deletions go on, files without a row go. Run while nobody writes."""
    with store.session() as session:
        columns = (Assessment.id, Assessment.state, Assessment.asked, Assessment.video_kept)
        rows = {row.id: row for row in session.query(*columns)}
    for parent in (store.folder.incoming, store.folder.assessments):
        for folder in half_deleted(parent):
            remove_folder(folder)
        remove_parts(parent)
    arriving = _sweep_incoming(store.folder, set(rows))
    for place in list(store.folder.assessments.iterdir()):
        row = rows.get(place.name)
        if row is None:
            _give_back(store.folder, place.name, arriving)
            remove_folder(place)
            continue
        here = store.folder.assessment(row.id)
        if row.state == "done":
            drop_unwanted(here, row.asked)
        if row.state in ENDED and not row.video_kept:
            for film in films_of(here):
                film.unlink(missing_ok=True)


def _sweep_incoming(folder: DataFolder, known: set[str]) -> set[str]:
    """Delete what was accepted, or only just begun; return which recordings are still arriving."""
    arriving = set()
    for place in list(folder.incoming.iterdir()):
        if place.name in known or not (place / "meta.json").exists():
            remove_folder(place)
        else:
            arriving.add(place.name)
    return arriving


def _give_back(folder: DataFolder, id_: str, arriving: set[str]) -> None:
    """Put a recording back among the arriving ones whose acceptance a crash cut short."""
    upload = folder.assessment(id_).upload
    if id_ in arriving and upload.exists():
        os.replace(upload, folder.incoming / id_ / "data")


def _with_video(store: Store) -> list[Assessment]:
    """Return ended assessments whose recording is kept."""
    with store.session() as session:
        kept = select(Assessment).where(Assessment.video_kept, Assessment.state.in_(ENDED))
        return list(session.scalars(kept))


def _end_of(row: Assessment, days: int) -> datetime:
    """Return when a recording goes; one without a result can be tried again for a day at least."""
    whole = timedelta(days=days)
    return row.created_at + (whole if row.state == "done" else max(whole, _PATIENCE))


def _drop_arrivals(store: Store, before: datetime | None) -> int:
    """Delete recordings that were begun before a moment and never handed over; None: all of them."""
    gone = 0
    for meta in list(store.folder.incoming.glob("*/meta.json")):
        with suppress(OSError, ValueError, KeyError):
            begun = datetime.fromisoformat(json.loads(meta.read_text(encoding="utf-8"))["begun_at"])
            if before is None or begun < before:
                remove_folder(meta.parent)
                gone += 1
    return gone
