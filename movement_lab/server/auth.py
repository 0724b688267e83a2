"""Sign-in: where a password is set, nobody sees anything before it. A topic of its own, before all others.

People sign in on a page and get a session. Programs send the password with each request (HTTP Basic, any
name): one secret to keep and to change, nothing more to issue or to forget about. Who may do what comes
later; then `visitor` will say more than yes or no.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, g, redirect, render_template, request, session, url_for

from movement_lab.server.look import store
from movement_lab.server.security import from_browser
from movement_lab.workspace import signing_in
from movement_lab.workspace.signing_in import TooManyTriesError, WrongPasswordError

pages = Blueprint("auth", __name__)

_TOKEN: Final = "signed_in"
_OPEN: Final = ("auth.sign_in", "auth.enter", "static")


def gate(app: Flask) -> None:
    """Let nobody in without the password, where one is set."""
    app.extensions["known_passwords"] = _Known()

    @app.before_request
    def check() -> Any:
        if request.endpoint in _OPEN or visitor():
            return None
        return _ask_program() if request.path.startswith("/api/") else _ask_person()

    @app.context_processor
    def context() -> dict[str, Any]:
        return {"can_sign_out": lambda: _TOKEN in session}


def visitor() -> bool:
    """Say whether whoever asks may come in."""
    if "visitor" not in g:
        g.visitor = not signing_in.stored_password(store().folder) or _has_session() or _has_password()
    return bool(g.visitor)


@pages.get("/sign-in")
def sign_in() -> Any:
    """Ask for the password."""
    return redirect(url_for("home.home")) if visitor() else render_template("sign_in.html", wrong="")


@pages.post("/sign-in")
def enter() -> Any:
    """Begin a new session with the right password."""
    try:
        token = signing_in.sign_in(store(), request.form.get("password", ""), _address())
    except TooManyTriesError as error:
        page = render_template("sign_in.html", wrong="too_many", wait_s=error.wait_s)
        return page, 429, {"Retry-After": str(error.wait_s)}
    except WrongPasswordError:
        return render_template("sign_in.html", wrong="wrong"), 401
    session.clear()  # whatever was planted before is nobody's
    session[_TOKEN] = token
    return redirect(_local(request.args.get("next", "")), 303)


@pages.post("/sign-out")
def leave() -> Any:
    """End the session here and on the server."""
    signing_in.sign_out(store(), session.get(_TOKEN, ""))
    session.clear()
    return redirect(url_for(".sign_in"), 303)


def _has_session() -> bool:
    token = session.get(_TOKEN)
    return isinstance(token, str) and signing_in.is_signed_in(store(), token)


def _has_password() -> bool:
    """Say whether a program sent the right password along; raises `TooManyTriesError`."""
    sent = request.authorization
    if sent is None or sent.type != "basic" or not request.path.startswith("/api/"):
        return False
    known: _Known = current_app.extensions["known_passwords"]
    stored = signing_in.stored_password(store().folder)
    if known.has(sent.password or "", stored):
        return True
    try:
        signing_in.check_password(store(), sent.password or "", _address())
    except WrongPasswordError:
        return False
    known.keep(sent.password or "", stored)
    return True


class _Known:
    """The password that was right last, so that not every request of a program has to be slow.

    Kept as a keyed digest, and for one stored hash: a new password makes it worthless.
    """

    def __init__(self) -> None:
        self._key, self._digest = secrets.token_bytes(32), b""

    def has(self, password: str, stored: str) -> bool:
        """Say, in a time that tells nothing, whether it is the one."""
        return hmac.compare_digest(self._digest, self._of(password, stored))

    def keep(self, password: str, stored: str) -> None:
        """Remember that it was right."""
        self._digest = self._of(password, stored)

    def _of(self, password: str, stored: str) -> bytes:
        return hmac.digest(self._key, f"{stored}\n{password}".encode(errors="replace"), "sha256")


def _ask_person() -> Any:
    wanted = request.full_path.removesuffix("?") if request.method == "GET" else ""
    return redirect(url_for("auth.sign_in", next=wanted or None), 303)


def _ask_program() -> Any:
    from movement_lab.server.errors import answer
    from movement_lab.server.look import words

    refused = answer(401, words()("problem.401"))
    if not from_browser():  # which would ask with a window of its own
        refused.headers["WWW-Authenticate"] = 'Basic realm="movement_lab", charset="UTF-8"'
    return refused


def _local(path: str) -> str:
    """Return a path of this site to go on to; anything else leads to the first page."""
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    return path if plain and not parts.scheme and not parts.netloc else url_for("home.home")


def _address() -> str:
    return request.remote_addr or ""
