"""Closed by default: who may ask (host, origin, token), and what a page may do (content policy).

A browser on this machine could be made to call a server on loopback by any page it visits. So every request
must name this server as its host (against DNS rebinding); what changes something must come from a page of
this server (Origin, Sec-Fetch-Site) and carry its token (CSRF). Programs without a browser send no origin and
no cookie, hence have nothing that could be abused, and need no token for the JSON API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_wtf.csrf import CSRFProtect

from movement_lab.server.bodies import check_body

if TYPE_CHECKING:
    from movement_lab.server.settings import ServerSettings

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; worker-src 'self'; font-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), interest-cohort=()",
}
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


def guard(app: Flask, settings: ServerSettings) -> None:
    """Check every request and dress every answer."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # a page may stay open as long as its session
    app.config["WTF_CSRF_SSL_STRICT"] = False  # it wants a referrer, which we keep to ourselves; see origin
    csrf = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        _check_host(settings)
        _check_origin(settings)
        check_body()
        if request.method not in _SAFE and not from_program():
            csrf.protect()

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        # Nothing of a person stays in a browser's cache; what is the same for everybody is asked for anew.
        kept = "no-cache" if request.endpoint == "static" else "no-store"
        response.headers["Cache-Control"] = kept
        return response


def _check_host(settings: ServerSettings) -> None:
    try:
        name = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        name = ""
    if not settings.answers_to(name):
        abort(403, description="host")


def _check_origin(settings: ServerSettings) -> None:
    """Refuse what another site's page sends, or shows as if it were a part of itself."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    if request.method in _SAFE:
        embedded = request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
        if site not in ("same-origin", "none") and embedded:
            abort(403, description="origin")
        return
    origin = request.headers.get("Origin")
    own = f"{settings.scheme}://{request.host}"
    if site not in ("same-origin", "none") or (origin is not None and origin != own):
        abort(403, description="origin")


def from_program() -> bool:
    """Say whether a program calls the JSON API: no browser's marks, no cookie that could be abused."""
    return request.path.startswith("/api/") and not from_browser()


def from_browser() -> bool:
    """Say whether a browser asks, or anybody with a cookie."""
    return any(mark in request.headers for mark in ("Origin", "Sec-Fetch-Site", "Cookie"))
