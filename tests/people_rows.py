"""Assessments that are done, without a camera or a pose model: stick figures filmed, assessed and stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from workspace_rows import SIZE, film_of

from movement_lab.pipeline import assess
from movement_lab.recording import provenance
from movement_lab.storage import Assessment, Person
from movement_lab.storage.models import new_id
from movement_lab.synthetic import Camera, Tempo, film, repetitions
from movement_lab.workspace.asked import Asked, to_plain
from movement_lab.workspace.digest import digest
from movement_lab.workspace.results import named, write_data, write_pictures, write_playback
from movement_lab.workspace.visits import visit_on

DAY = datetime(2026, 10, 24, 9, 30, tzinfo=UTC)


@cache
def film_report(
    knee_deg=None,
    trunk_deg=None,
    *,
    view="right",
    movement="squat",
    down_s=1.2,
    reps=5,
    yaw_deg=0.0,
    model="lite",
):
    """Return the report of a filmed figure with this knee bend and trunk lean at the bottom."""
    bottom = {} if trunk_deg is None else {"trunk_deg": trunk_deg}
    if knee_deg is not None:
        bottom |= {"thigh_deg": knee_deg - 28.0, "shank_deg": 28.0}
    tempo = Tempo(down_s=down_s)
    motion = repetitions(
        movement, reps=reps, bottom=bottom, tempo=tempo, lead=view if movement == "lunge" else "left"
    )
    track = film(motion, Camera(view=view, yaw_deg=yaw_deg, size=SIZE, px_per_m=170), noise_px=0.3)
    origin = {"video": {"name": "squat.mp4"}, "model": {"name": model, "sha256": "ab" * 32}}
    track = replace(track, origin=origin)
    return assess(track, provenance=provenance(track))


def add_assessment(
    store, report, *, person=None, at=DAY, file_name="squat.mp4", asked=None, video=b"video", filmed=False
):
    """Store a report as a finished assessment and return its identifier.

    ``person``: identifier of whom it belongs to; ``video``: bytes of the recording kept, None for none;
    ``filmed``: draw the figure as a film instead, with its pictures (takes a few seconds).
    """
    id_ = new_id()
    folder = store.folder.assessment(id_)
    folder.path.mkdir()
    report = named(report, file_name)
    if filmed:
        film_of(report, folder.upload.with_suffix(".mp4")).rename(folder.upload)
        write_playback(report, folder, blur_face=False, tell=lambda *_: None)
        write_pictures(report, folder, blur_face=False)
    elif video is not None:
        folder.upload.write_bytes(video)
        folder.playback.write_bytes(video)
    write_data(report, folder.path)
    with store.session() as session:
        owner = session.get(Person, person) if person else None
        session.add(
            Assessment(
                id=id_, person_id=person, source="upload", file_name=file_name, file_bytes=len(video or b""),
                visit=visit_on(session, owner, at.astimezone().date()) if owner else None,
                asked=to_plain(asked or Asked(movement=report.movement.name)), state="done", share=1.0,
                created_at=at, started_at=at, ended_at=at + timedelta(seconds=30), exit_code=0,
                summary=digest(report) | ({} if filmed else {"picture_rep": None}),
                video_kept=video is not None,
            )
        )  # fmt: skip
    return id_


def add_person(store, code="K7-204", **fields):
    """Store a person and return its identifier."""
    with store.session() as session:
        person = Person(code=code, **fields)
        session.add(person)
        session.flush()
        return person.id
