"""Somebody else in the picture: the recording is followed once more, as an assessment of its own."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from movement_lab.errors import UsageError
from movement_lab.storage import Assessment, Store
from movement_lab.storage.models import new_id, now
from movement_lab.workspace.asked import read_asked, to_plain
from movement_lab.workspace.corrections import done_row


def follow_person(store: Store, id_: str, number: int) -> str:
    """Queue the recording once more, following the person with that number; returns the new assessment.

    The first assessment stays: what was said of one person is not about another.
    """
    row, folder = done_row(store, id_), store.folder.assessment(id_)
    if not folder.upload.exists():
        raise UsageError(
            "Following somebody else needs the recording, which was deleted. Record or upload it again."
        )
    seen = [person["number"] for person in (row.summary or {}).get("people", ()) if "number" in person]
    if number not in seen:
        told = ", ".join(str(each) for each in seen) or "nobody"
        raise UsageError(f"Person {number} was not seen. Counted from the left, there are: {told}.")
    asked = replace(read_asked(row.asked), person_number=number)
    return _queue_again(store, row, to_plain(asked), folder.upload)


def _queue_again(store: Store, row: Assessment, asked: dict[str, Any], upload: Path) -> str:
    id_ = new_id()
    folder = store.folder.assessment(id_)
    folder.path.mkdir(mode=0o700)
    try:
        os.link(upload, folder.upload)
    except OSError:  # a file system without links
        shutil.copy2(upload, folder.upload)
    kept = {name: getattr(row, name) for name in ("source", "file_name", "file_bytes", "visit_id")}
    with store.session() as session:
        session.add(Assessment(id=id_, asked=asked, person_id=row.person_id, created_at=now(), **kept))
    return id_
