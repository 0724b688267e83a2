"""What went wrong, in plain words: as a page for people, as JSON for programs."""

from __future__ import annotations

from typing import Any

from flask import Flask, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from movement_lab.errors import MovementLabError, UsageError, VideoError
from movement_lab.live.sessions import SessionEndedError, TooManyCamerasError
from movement_lab.server.look import words
from movement_lab.storage import NoRoomError
from movement_lab.workspace.assessments import UnknownAssessmentError
from movement_lab.workspace.people import UnknownPersonError
from movement_lab.workspace.signing_in import TooManyTriesError
from movement_lab.workspace.uploads import OutOfStepError, TooLargeError, UnknownUploadError
from movement_lab.workspace.visits import UnknownVisitError

_STATUS: dict[type[MovementLabError], int] = {
    TooManyTriesError: 429,
    UnknownAssessmentError: 404,
    UnknownPersonError: 404,
    UnknownVisitError: 404,
    UnknownUploadError: 404,
    SessionEndedError: 404,
    OutOfStepError: 409,
    TooLargeError: 413,
    VideoError: 415,
    TooManyCamerasError: 503,
    NoRoomError: 507,
    UsageError: 400,
}


def speak_plainly(app: Flask) -> None:
    """Answer every error in words; a traceback goes to the log only."""

    @app.errorhandler(MovementLabError)
    def of_ours(error: MovementLabError) -> Any:
        status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
        extra = {"have": error.have} if isinstance(error, OutOfStepError) else {}
        answered = answer(status, str(error), **extra)
        if isinstance(error, TooManyTriesError):
            answered.headers["Retry-After"] = str(error.wait_s)
        return answered

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> Any:
        status = error.code or 500
        key = f"{status}_{error.description}" if error.description in ("host", "origin") else str(status)
        wrong = (getattr(error, "data", None) or {}).get("messages")
        answered = answer(status, words()(f"problem.{key}"), **({"errors": wrong} if wrong else {}))
        answered.headers.extend(
            (name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")
        )
        return answered

    @app.errorhandler(OverflowError)
    def too_large_a_number(error: OverflowError) -> Any:
        app.logger.warning("a number was too large", exc_info=error)
        return answer(400, words()("problem.400"))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Any:
        app.logger.exception("unexpected error", exc_info=error)
        return answer(500, words()("problem.500"))


def answer(status: int, message: str, **extra: Any) -> Any:
    """Return an error as JSON where a program asked, else as a page."""
    from flask import make_response

    if request.path.startswith("/api/"):
        return make_response(jsonify(code=status, message=message, **extra), status)
    return make_response(render_template("problem.html", status=status, message=message), status)
