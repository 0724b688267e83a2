"""The JSON API keeps what its own description says, whatever is sent: every operation, found by itself."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from prepared import prepare
from schemathesis import GenerationMode
from schemathesis import checks as known
from schemathesis.specs.openapi import checks

from movement_lab.live import LiveSessions
from movement_lab.server import create_app
from movement_lab.storage import open_store

#: Requests of each kind to each operation; more of them with MOVEMENT_LAB_EXAMPLES.
EXAMPLES = int(os.environ.get("MOVEMENT_LAB_EXAMPLES", "8"))
#: What a server says that is in order and has no room: for another camera, on its disk.
FULL = {503, 507}


def no_server_error_but_full(context, response, case):
    """A server error is one unless it is described and means that there is no room just now."""
    return response.status_code in FULL or known.not_a_server_error(context, response, case)


CHECKS = [
    no_server_error_but_full,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


def _whole(app):
    """Read each answer to its end and close it, as a server does."""

    def answer(environ, start_response):
        parts = app(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            parts.close()

    return answer


@pytest.fixture(scope="module")
def api_schema(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("api") / "data")
    ids = prepare(store, copies=12)
    app = create_app(store)
    app.extensions["live"] = LiveSessions(most=1)
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", _whole(app))

    @schema.hook
    def map_path_parameters(context, path_parameters):
        """Name something that exists, every other time; the segment before says of which kind it is."""
        kind = context.operation.path.split("/{")[0].rsplit("/", 1)[-1]
        if kind in ids and path_parameters and len(str(path_parameters)) % 2:
            chosen = ids[kind][len(str(path_parameters)) % len(ids[kind])]
            return {**path_parameters, next(iter(path_parameters)): chosen}
        return path_parameters

    yield schema
    app.extensions["live_door"].close()
    app.extensions["live"].close()
    store.close()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "wrong"])
def test_every_operation_keeps_its_description(api_schema, mode):
    tried = []
    operations = [result.ok() for result in api_schema.get_all_operations()]
    for operation in sorted(operations, key=lambda each: each.method.lower() == "delete"):
        _try(operation, mode)
        tried.append(operation.label)
    assert {"GET /api/v1/assessments", "POST /api/v1/live/sessions/{id_}/frames"} <= set(tried)


def _try(operation, mode):
    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def keeps_its_description(case):
        case.call_and_validate(checks=CHECKS)

    try:
        keeps_its_description()
    except Unsatisfiable:  # nothing about it can be wrong: it takes nothing
        assert mode is GenerationMode.NEGATIVE
