"""The workspace in a browser: `create_app` puts topics together; the only package that imports Flask.

A route fetches, calls one verb of `movement_lab.workspace`, and shows or redirects; it holds no angles,
limits or sentences. Pages are Jinja templates in ``web/templates``, what they need lies in ``web/static``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from movement_lab.server.settings import ServerSettings
    from movement_lab.storage import Store


def create_app(store: Store, settings: ServerSettings | None = None) -> Flask:
    """Return the application over an open store.

    Parameters
    ----------
    store : Store
        Where everything is kept; see `storage.open_store`.
    settings : ServerSettings, optional
        Where it is served and who may come in; by default only this machine.
    """
    from flask import Flask

    from movement_lab.assets import asset
    from movement_lab.server import (
        api,
        assessments,
        auth,
        compare,
        errors,
        home,
        live,
        look,
        people,
        preferences,
        printing,
        review,
        security,
    )
    from movement_lab.server.settings import ServerSettings, secret_key

    settings = settings or ServerSettings()
    web = asset("web", "templates", "base.html").parent.parent
    app = Flask(__name__, template_folder=str(web / "templates"), static_folder=str(web / "static"))
    app.config.update(
        SECRET_KEY=secret_key(store.folder.root),
        SESSION_COOKIE_NAME="__Host-movement_lab" if settings.https else "movement_lab",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.https,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.extensions["store"], app.extensions["server_settings"] = store, settings
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    security.guard(app, settings)
    auth.gate(app)
    look.dress(app)
    topics = (auth, home, assessments, compare, people, preferences, review, live, printing)
    for topic in topics:
        app.register_blueprint(topic.pages)
    api.serve_api(app)
    errors.speak_plainly(app)  # after the API, which brings handlers of its own
    return app
