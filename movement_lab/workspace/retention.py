"""What is kept, for how long, and what goes: nothing of a person stays without a row that knows of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from movement_lab.storage import Assessment, AssessmentFolder, DataFolder, Store
from movement_lab.storage.files import half_deleted, remove_folder, remove_parts

#: What shows the person, in an assessment's folder.
_PICTURES = ("upload", "playback.mp4", "annotated.mp4", "report.html", "therapist.pdf", "patient.pdf")


def remove_pictures(folder: AssessmentFolder) -> None:
    """Delete every file that shows the person: recording, films, pictures, pages with pictures in them."""
    for place in (folder.path, folder.machine):
        for name in _PICTURES:
            (place / name).unlink(missing_ok=True)
        remove_folder(place / "pictures")


def drop_unwanted(folder: AssessmentFolder, asked: Mapping[str, Any]) -> None:
    """Delete a recording that was only to be kept until it was assessed."""
    if asked.get("blur_face") or not asked.get("keep_video", True):
        folder.upload.unlink(missing_ok=True)


def sweep(store: Store) -> None:
    """Finish what a crash interrupted: deletions go on, files without a row go. Run while nobody writes."""
    with store.session() as session:
        rows = {row.id: row for row in session.query(Assessment.id, Assessment.state, Assessment.asked)}
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
        elif row.state == "done":
            drop_unwanted(store.folder.assessment(row.id), row.asked)


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
