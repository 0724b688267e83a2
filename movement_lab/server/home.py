"""The first page: record, upload, what was recorded lately."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from movement_lab.jobs import submit
from movement_lab.server.look import show_day, store, words
from movement_lab.server.show import Listed, listed
from movement_lab.storage.files import DataFolder
from movement_lab.workspace import uploads
from movement_lab.workspace.asked import read_asked
from movement_lab.workspace.assessments import PAGE, list_assessments

pages = Blueprint("home", __name__)


@pages.get("/")
def home() -> str:
    """Show what was recorded lately, and the ways to begin."""
    offset = max(0, request.args.get("from", 0, type=int))
    rows = [listed(row, words()) for row in list_assessments(store(), limit=PAGE + 1, offset=offset)]
    return render_template(
        "home.html",
        days=_by_day(rows[:PAGE]),
        more=offset + PAGE if len(rows) > PAGE else None,
        incoming=uploads.list_incoming(store()),
        kept=_kept(store().folder),
    )


@pages.post("/upload")
def upload() -> Any:
    """Take a recording from a plain form, for browsers without scripts."""
    file = request.files.get("video")
    name = file.filename or "" if file else ""
    asked = read_asked({k: v for k, v in request.form.items() if k not in ("csrf_token", "person_id")})
    begun = uploads.begin(
        store(), source="upload", file_name=name, asked=asked, person_id=request.form.get("person_id") or None
    )
    if file:
        uploads.append(store(), begun.id, 0, iter(lambda: file.stream.read(256 * 1024), b""))
    submit(store(), uploads.finish(store(), begun.id))
    return redirect(url_for("assessments.show", id_=begun.id), 303)


def _by_day(rows: list[Listed]) -> list[tuple[str, list[Listed]]]:
    days = groupby(rows, key=lambda row: row.at.astimezone().date())
    return [(show_day(day, words()), list(group)) for day, group in days]


def _kept(folder: DataFolder) -> dict[str, Any]:
    """Return how much is kept on this computer."""
    sizes = list(_video_sizes(folder))
    return {"videos": len(sizes), "gigabytes": sum(sizes) / 1e9}


def _video_sizes(folder: DataFolder) -> Iterator[int]:
    for place in folder.assessments.iterdir():
        here = folder.assessment(place.name)
        sizes = [path.stat().st_size for path in (here.upload, here.playback) if path.exists()]
        if sizes:
            yield sum(sizes)
