"""What is kept, for how long, and what goes: nothing of a person stays without a row that knows of it."""

from __future__ import annotations

from movement_lab.storage import Assessment, AssessmentFolder, Store
from movement_lab.storage.files import half_deleted, remove_folder

#: What shows the person, in an assessment's folder.
_PICTURES = ("upload", "playback.mp4", "annotated.mp4", "report.html", "therapist.pdf", "patient.pdf")


def remove_pictures(folder: AssessmentFolder) -> None:
    """Delete every file that shows the person: recording, films, pictures, pages with pictures in them."""
    for place in (folder.path, folder.machine):
        for name in _PICTURES:
            (place / name).unlink(missing_ok=True)
        remove_folder(place / "pictures")


def sweep(store: Store) -> None:
    """Finish what a crash interrupted: deletions go on, files without a row go. Run while nobody uploads."""
    with store.session() as session:
        known = {id_ for (id_,) in session.query(Assessment.id)}
    for parent in (store.folder.incoming, store.folder.assessments):
        for folder in half_deleted(parent):
            remove_folder(folder)
    for folder in store.folder.incoming.iterdir():
        if folder.name in known or not (folder / "meta.json").exists():
            remove_folder(folder)
    arriving = {folder.name for folder in store.folder.incoming.iterdir()}
    for folder in store.folder.assessments.iterdir():
        if folder.name not in known | arriving:
            remove_folder(folder)
