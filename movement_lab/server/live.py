"""The record page and its worker; the live camera behind it is `api.live`."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    render_template,
    request,
    send_from_directory,
)

from movement_lab.knowledge import load_grading
from movement_lab.live.coach import CHECKS, REMINDERS, WANTED
from movement_lab.records import MOVEMENTS
from movement_lab.server.live_door import live_door
from movement_lab.server.look import store, words
from movement_lab.server.security import POLICY
from movement_lab.wording import keys
from movement_lab.workspace.asked import Asked, read_asked, to_plain
from movement_lab.workspace.people import last_asked
from movement_lab.workspace.preferences import asked_over_defaults

pages = Blueprint("live", __name__)


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
