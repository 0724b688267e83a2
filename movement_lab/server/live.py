"""The record page, and the live camera behind it: a picture in; pose, coach and count out."""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np
from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    render_template,
    request,
    send_from_directory,
)
from werkzeug.exceptions import BadRequest

from movement_lab.errors import UsageError, VideoError
from movement_lab.knowledge import load_grading
from movement_lab.live import LiveSession, LiveSessions, LiveSettings
from movement_lab.live.coach import CHECKS, REMINDERS, WANTED, Wanted
from movement_lab.live.model import live_model
from movement_lab.live.session import Stage
from movement_lab.live.sessions import SessionEndedError, TooManyCamerasError
from movement_lab.pipeline import Declared
from movement_lab.records import MOVEMENTS
from movement_lab.server.errors import answer as refuse
from movement_lab.server.live_answer import as_json
from movement_lab.server.live_door import MOST_PICTURE_BYTES, LiveDoor
from movement_lab.server.look import store, words
from movement_lab.server.security import POLICY
from movement_lab.wording import keys
from movement_lab.workspace.asked import Asked, read_asked, to_plain
from movement_lab.workspace.people import last_asked
from movement_lab.workspace.preferences import asked_over_defaults

pages = Blueprint("live", __name__)

_STAGES: Final = ("setup", "live")
_SESSION: Final = "/api/v1/live/sessions/<id_>"


@pages.get("/record")
def record() -> Any:
    """Show the stage: coach, countdown, live lines, recording."""
    given = request.args.to_dict()
    person_id, wanted = given.pop("person", None), given.pop("side", "")
    begun = last_asked(store(), person_id) if person_id else asked_over_defaults(store(), None)
    said = {name: value for name, value in given.items() if name in Asked.__dataclass_fields__}
    asked = read_asked(to_plain(begun) | said)
    page = {
        "language": words().language,
        "words": _words(),
        "asked": {name: value for name, value in to_plain(asked).items() if value not in (None, "")},
        "person_id": person_id,
        "wanted": wanted if wanted in WANTED else asked.view if asked.view in WANTED else "side",
        "gate": {"full": load_grading().gate_full_deg, "widened": load_grading().gate_widened_deg},
        "list": CHECKS,
        "checks": [id_ for id_ in CHECKS if id_ not in REMINDERS],
        "reps": int(load_grading().repetition["rep_wanted_reps"]),
        "numbers": not words().wellness,
    }
    return _with_door(render_template("record.html", page=page, movements=MOVEMENTS, wanted=WANTED))


@pages.get("/record/worker.js")
def worker() -> Response:
    """Return the page's worker: as the one who talks to the live door, it needs the policy that allows it."""
    assert current_app.static_folder is not None
    return _with_door(send_from_directory(current_app.static_folder, "record/worker.js"))


@pages.post("/api/v1/live/sessions")
def begin() -> Any:
    """Start a live session: two processes for one camera."""
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise BadRequest
    movement, view = given.get("movement") or None, given.get("view") or "side"
    if movement not in (None, *MOVEMENTS) or view not in WANTED:
        raise UsageError(
            f"Movements are {', '.join(MOVEMENTS)}; views are {', '.join(WANTED)}. Choose one of each."
        )
    declared = Declared(movement=movement, view=None if view == "side" else view)
    id_ = sessions().start(LiveSettings(str(live_model()), declared, cast("Wanted", view)))
    door = live_door().address
    return {"id": id_, "socket": f"{door}/{id_}" if door else None}, 201


@pages.post(f"{_SESSION}/frames")
def judge(id_: str) -> Any:
    """Answer one picture, the body of the request; 204 if a newer one has overtaken it."""
    if (request.content_length or 0) > MOST_PICTURE_BYTES:
        raise UsageError(f"A live picture has at most {MOST_PICTURE_BYTES // 1024} kB. Send it smaller.")
    time_s, stage = request.args.get("t", type=float), request.args.get("stage", "setup")
    if time_s is None or not np.isfinite(time_s) or stage not in _STAGES:
        raise UsageError("Each live picture needs its time t in seconds and its stage, setup or live.")
    answer = sessions().find(id_).judge(request.get_data(cache=False), time_s, cast("Stage", stage))
    if answer is None:
        return "", 204
    known = request.args.get("note", -1, type=int)
    return Response(as_json(answer, known_note=known), mimetype="application/json")


@pages.get(_SESSION)
def stay(id_: str) -> Any:
    """Say that somebody is still here, though no picture comes: a pause."""
    session: LiveSession = sessions().find(id_)
    session.stay()
    return {"id": id_}


@pages.delete(_SESSION)
def end(id_: str) -> Any:
    """End a session and its processes."""
    sessions().end(id_)
    return "", 204


@pages.errorhandler(SessionEndedError)
def ended(error: SessionEndedError) -> Any:
    """No such session any more: the page starts another."""
    return refuse(404, str(error))


@pages.errorhandler(VideoError)
def no_picture(error: VideoError) -> Any:
    """What came is no picture."""
    return refuse(415, str(error))


@pages.errorhandler(TooManyCamerasError)
def too_many(error: TooManyCamerasError) -> Any:
    """As many cameras as may be: recording works without live lines."""
    return refuse(503, str(error))


def sessions() -> LiveSessions:
    """Return the live sessions of this application."""
    found: LiveSessions = current_app.extensions.setdefault("live", LiveSessions())
    return found


def live_door() -> LiveDoor:
    """Return the shorter way for live pictures of this application."""
    settings = current_app.extensions["server_settings"]
    found: LiveDoor = current_app.extensions.setdefault("live_door", LiveDoor(sessions(), settings))
    return found


def _with_door(body: Any) -> Response:
    """Return a response with the content policy of every page, which may also talk to the live door."""
    door, response = live_door().address, make_response(body)
    if door:
        response.headers["Content-Security-Policy"] = POLICY.replace(
            "connect-src 'self'", f"connect-src 'self' {door}"
        )
    return response


def _words() -> dict[str, str]:
    """Return every sentence of the page in this language and profile, by its key after ``live.``."""
    say = words()
    own = f"{say.profile}.live."
    texts = keys(say.language)
    shared = {key.removeprefix("live."): text for key, text in texts.items() if key.startswith("live.")}
    profiled = {key.removeprefix(own): text for key, text in texts.items() if key.startswith(own)}
    overlay = {key: text for key, text in texts.items() if key.startswith("overlay.")}
    movements = {f"movement.{name}": say(f"movement.{name}") for name in MOVEMENTS}
    return {**shared, **profiled, **overlay, **movements, "decimal": say("language.decimal")}
