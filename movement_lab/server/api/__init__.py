"""The JSON API, ``/api/v1``, described by itself at ``/api/openapi.json``.

One file a resource, each a thin layer over `movement_lab.workspace`; shapes are marshmallow schemas.
"""

from __future__ import annotations

from flask import Flask

from movement_lab.recording import own_version


def serve_api(app: Flask) -> None:
    """Add the JSON API to the application."""
    from movement_lab.server.api import (
        assessments,
        belonging,
        comparisons,
        live,
        people,
        review,
        settings,
        uploads,
    )
    from movement_lab.server.api.description import OPTIONS, DescribedApi

    app.config.update(
        API_TITLE="movement_lab",
        API_VERSION=own_version(),
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS=OPTIONS,
    )
    api = DescribedApi(app)
    for resource in (assessments, belonging, review, uploads, live, people, comparisons, settings):
        api.register_blueprint(resource.resource)
