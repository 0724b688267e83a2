"""One assessment's own page while it is worked on, its files, and what can be done with it."""

from __future__ import annotations

from typing import Any, Final

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)

from movement_lab.jobs import submit
from movement_lab.server.look import store, words
from movement_lab.server.review import review
from movement_lab.server.show import listed
from movement_lab.workspace import assessments
from movement_lab.workspace.assessments import find_assessment

pages = Blueprint("assessments", __name__, url_prefix="/assessments")

_PART_BYTES: Final = 4 * 1024**2

#: Files that can be downloaded, as they lie in the folder.
DOWNLOADS: Final = (
    *("report.html", "report.json", "track.npz", "angles.csv", "reps.csv", "findings.csv"),
    *("coordination.csv", "annotated.mp4", "therapist.pdf", "patient.pdf"),
)


@pages.get("/<id_>")
def show(id_: str) -> Any:
    """Show the result where there is one, else how far the work is."""
    row = find_assessment(store(), id_)
    if row.state == "done":
        return review(row)
    return render_template("job.html", row=row, listed=listed(row, words()))


@pages.post("/<id_>/cancel")
def cancel(id_: str) -> Any:
    """Stop the work; the recording stays."""
    assessments.cancel(store(), id_)
    return redirect(url_for(".show", id_=id_), 303)


@pages.post("/<id_>/retry")
def retry(id_: str) -> Any:
    """Assess the recording again."""
    if assessments.retry(store(), id_).state == "queued":
        submit(store(), id_)
    return redirect(url_for(".show", id_=id_), 303)


@pages.post("/<id_>/delete")
def delete(id_: str) -> Any:
    """Delete the assessment for good, with every file."""
    assessments.delete(store(), id_)
    return redirect(url_for("home.home"), 303)


@pages.post("/<id_>/drop-video")
def drop_video(id_: str) -> Any:
    """Delete what shows the person; angles and report stay."""
    assessments.drop_video(store(), id_)
    return redirect(url_for(".show", id_=id_), 303)


@pages.get("/<id_>/playback.mp4")
def playback(id_: str) -> Response:
    """Return the film; browsers ask for parts of it."""
    find_assessment(store(), id_)
    _ask_for_less()
    return send_from_directory(store().folder.assessment(id_).path, "playback.mp4", mimetype="video/mp4")


@pages.get("/<id_>/pictures/<int:rep>.jpg")
def picture(id_: str, rep: int) -> Response:
    """Return the picture of a repetition's lowest point."""
    find_assessment(store(), id_)
    path = store().folder.assessment(id_).picture(rep)
    return send_from_directory(path.parent, path.name, mimetype="image/jpeg")


@pages.get("/<id_>/files/<name>")
def download(id_: str, name: str) -> Response:
    """Return one of the result's files, to be saved: nothing of it runs as part of this site."""
    find_assessment(store(), id_)
    if name not in DOWNLOADS:
        abort(404)
    return send_from_directory(store().folder.assessment(id_).path, name, as_attachment=True)


def _ask_for_less() -> None:
    """Take a wish for the rest of a film as one for its next part: browsers ask again once it is played.

    A film that is paused would hold up one of the server's threads otherwise, for as long as it is.
    """
    wanted = request.range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return
    start, end = wanted.ranges[0]
    if start >= 0 and (end is None or end - start > _PART_BYTES):
        request.environ["HTTP_RANGE"] = f"bytes={start}-{start + _PART_BYTES - 1}"
