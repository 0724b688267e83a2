"""What is kept where: how many of what, and how large."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from movement_lab.storage import Assessment, AssessmentFolder, Person, Store, Visit
from movement_lab.workspace.retention import films_of, pictures_of

_ASKED: Final = select(Assessment.id, Assessment.asked)


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies in the data folder; sizes in bytes.

    ``videos``: assessments whose recording or film is here; ``covered``: how many of them show no face;
    ``incoming``: recordings that were not handed over.
    """

    root: Path
    people: int
    visits: int
    assessments: int
    videos: int
    covered: int
    video_bytes: int
    result_bytes: int
    incoming: int
    incoming_bytes: int
    database_bytes: int

    @property
    def total_bytes(self) -> int:
        """Return the size of all of it."""
        return self.video_bytes + self.result_bytes + self.incoming_bytes + self.database_bytes


@dataclass(frozen=True, slots=True)
class Films:
    """Recordings and films that are kept: of how many assessments, how many without faces, bytes."""

    count: int
    covered: int
    size_bytes: int


def count_films(store: Store) -> Films:
    """Count recordings and films, quickly enough for a page that is opened often."""
    with store.session() as session:
        covered = {id_ for id_, asked in session.execute(_ASKED) if asked.get("blur_face")}
    here = [AssessmentFolder(place) for place in store.folder.assessments.iterdir() if place.is_dir()]
    sizes = {folder.path.name: _bytes(films_of(folder)) for folder in here}
    filmed = {id_: size for id_, size in sizes.items() if size}
    return Films(len(filmed), len(covered & set(filmed)), sum(filmed.values()))


def count_assessments(store: Store) -> int:
    """Return how many assessments there are."""
    with store.session() as session:
        return _count(session, Assessment)


def take_stock(store: Store) -> Kept:
    """Count what lies in the data folder."""
    folder = store.folder
    with store.session() as session:
        people, visits, assessments = (_count(session, kind) for kind in (Person, Visit, Assessment))
    here = [AssessmentFolder(place) for place in folder.assessments.iterdir() if place.is_dir()]
    films = count_films(store)
    pictures = [path for place in here for path in pictures_of(place)]
    video_bytes = _bytes(pictures)
    arriving = [place for place in folder.incoming.iterdir() if place.is_dir()]
    return Kept(
        folder.root,
        people,
        visits,
        assessments,
        videos=films.count,
        covered=films.covered,
        video_bytes=video_bytes,
        result_bytes=_bytes(folder.assessments.rglob("*")) - video_bytes,
        incoming=len(arriving),
        incoming_bytes=_bytes(folder.incoming.rglob("*")),
        database_bytes=_bytes(folder.root.glob("*.sqlite*")),
    )


def _count(session: Session, kind: type) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


def _bytes(paths: Iterable[Path]) -> int:
    """Return the size of files; one that goes meanwhile counts nothing."""
    total = 0
    for path in paths:
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
