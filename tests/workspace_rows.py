"""A workspace with assessments that are done, without any pose model: stick figures, filmed and drawn."""

import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from movement_lab.declared import Declared
from movement_lab.drawing import draw_overlay, plan_overlay
from movement_lab.pipeline import assess
from movement_lab.recording import Options, provenance, settings_of
from movement_lab.storage import Assessment, AssessmentFolder
from movement_lab.storage.models import new_id, now
from movement_lab.synthetic import Camera, film, repetitions
from movement_lab.video import VideoWriter
from movement_lab.workspace.asked import Asked, to_plain
from movement_lab.workspace.results import store_results

SIZE = (480, 360)


@cache
def figure(movement="squat", view="left", reps=3, **bottom):
    """The report of a stick figure's set, as a recording would give it."""
    motion = repetitions(movement, reps=reps, bottom=dict(bottom) or None)
    raw = film(motion, Camera(view=view, size=SIZE, px_per_m=165), noise_px=0.3, seed=5)
    return reported(raw)


def reported(raw, declared=None):
    declared = declared or Declared()
    origin = {
        **raw.origin,
        "settings": settings_of(Options(declared=declared)),
        "video": {"name": "figure.mp4"},
    }
    raw = replace(raw, origin=origin)
    return assess(raw, declared, provenance=provenance(raw))


def film_of(report, path):
    """Write a film of the figure: grey room, drawn body, at the track's own times."""
    overlay = replace(plan_overlay(report, size=SIZE, profile="wellness"), chips=(), notes=())
    room = np.full((SIZE[1], SIZE[0], 3), 118, np.uint8)
    room[-70:] = 96
    with VideoWriter(path, size=SIZE, rate_hz=30) as out:
        for at_s in report.raw.time_s:
            out.write(draw_overlay(room, overlay, float(at_s)), float(at_s))
    return path


_made = {}


def add_done(store, report, *, filmed=True, people=None, look=None, **asked):
    """Put an assessment that is done into the store; returns its identifier.

    What is written for one report is written once and copied from then on.
    """
    wanted = Asked(keep_video=filmed, **asked)
    key = id(report), filmed, repr(people), look, repr(asked)
    if key not in _made:
        if people:
            report = replace(report, quality={**report.quality, "people": people})
        room = tempfile.TemporaryDirectory()  # kept by _made, hence until the tests end
        made = AssessmentFolder(Path(room.name) / "made")
        made.path.mkdir()
        if filmed:
            film_of(report, made.upload.with_suffix(".mp4")).rename(made.upload)
        summary = store_results(report, made, wanted, file_name="figure.mp4", tell=lambda *_: None, look=look)
        _made[key] = room, made.path, summary, report
    _, place, summary, _ = _made[key]
    id_ = new_id()
    shutil.copytree(place, store.folder.assessment(id_).path)
    with store.session() as session:
        session.add(
            Assessment(
                id=id_, source="upload", file_name="figure.mp4", asked=to_plain(wanted), state="done",
                summary=summary, exit_code=0, created_at=now(), ended_at=now(), video_kept=filmed,
            )
        )  # fmt: skip
    return id_
