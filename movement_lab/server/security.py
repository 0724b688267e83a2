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
    csrf = CSRFProtect(app)

    @app.before_request
    def check() -> None:
        _check_host(settings)
        if request.method not in _SAFE:
            _check_origin()
            if not _from_program():
                csrf.protect()

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def _check_host(settings: ServerSettings) -> None:
    try:
        name = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        name = ""
    if name not in settings.hosts:
        abort(403, description="host")


def _check_origin() -> None:
    """Refuse what another site's page sends."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.host):
        abort(403, description="origin")


def _from_program() -> bool:
    """Say whether a program calls the JSON API: no browser's marks, no cookie that could be abused."""
    marks = ("Origin", "Sec-Fetch-Site", "Cookie")
    return request.path.startswith("/api/") and not any(request.headers.get(mark) for mark in marks)
