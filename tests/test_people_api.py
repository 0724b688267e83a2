"""The JSON API of people, visits, comparing and settings; its description tested against itself."""

from datetime import timedelta

import pytest
from people_rows import DAY, add_assessment, add_person, film_report

from movement_lab.server import create_app
from movement_lab.server.look import Look, load_look
from movement_lab.storage import open_store
from movement_lab.workspace import people
from movement_lab.workspace.preferences import load_defaults

#: Where the description is tried; what deletes everything is tried below.
TRIED = r"^/api/v1/(people|comparisons|settings$|settings/kept$)"


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def client(store):
    return create_app(store).test_client()


def test_people_are_made_changed_and_deleted(store, client):
    made = client.post("/api/v1/people", json={"side": "left", "notes": "Mornings"})
    assert (made.status_code, made.json["side"], made.json["visits"]) == (201, "left", [])
    url = f"/api/v1/people/{made.json['id']}"
    changed = client.patch(url, json={"height_cm": 171.5, "measures": ["knee_flexion_deg"]}).json
    assert (changed["height_cm"], changed["notes"], changed["measures"]) == (
        171.5,
        "Mornings",
        ["knee_flexion_deg"],
    )
    assert client.post("/api/v1/people", json={"code": made.json["code"]}).status_code == 400
    assert [each["id"] for each in client.get("/api/v1/people?find=" + made.json["code"][:2]).json] == [
        made.json["id"]
    ]
    assert client.get(f"{url}/next").json["view"] == "left"
    assert client.delete(f"{url}?assessments=delete").status_code == 204
    assert client.get(url).status_code == 404


def test_assessments_are_given_to_people_and_visits_get_notes(store, client):
    person, id_ = add_person(store), add_assessment(store, film_report(92))
    given = client.patch(
        f"/api/v1/assessments/{id_}", json={"person_id": person, "label": "Before lunch"}
    ).json
    assert (given["person_id"], given["label"]) == (person, "Before lunch")
    moved = client.patch(f"/api/v1/assessments/{id_}", json={"day": "2026-10-01"}).json
    assert moved["person_id"] == person
    (visit,) = people.find_person(store, person).visits
    told = client.patch(f"/api/v1/people/visits/{visit.id}", json={"notes": "Tired"}).json
    assert (told["day"], told["notes"]) == ("2026-10-01", "Tired")
    back = client.patch(f"/api/v1/assessments/{id_}", json={"person_id": None}).json
    assert (back["person_id"], back["visit_id"]) == (None, None)


def test_two_assessments_are_compared(store, client):
    then = add_assessment(store, film_report(92))
    now_ = add_assessment(store, film_report(104), at=DAY + timedelta(days=28))
    told = client.get(f"/api/v1/comparisons?then={then}&now={now_}").json
    knee = next(row for row in told["rows"] if row["name"] == "knee_flexion_deg")
    assert (knee["reading"], round(knee["change"]), knee["noise"]) == ("real", 12, 8)
    assert "real change" in told["verdict"]
    assert client.get(f"/api/v1/comparisons?then={then}&now={then}").status_code == 400
    assert client.get(f"/api/v1/comparisons?then={then}").status_code == 422


def test_settings_are_chosen_and_everything_goes_only_when_sure(store, client):
    id_ = add_assessment(store, film_report(92))
    chosen = client.patch("/api/v1/settings", json={"keep_days": 30, "language": "de"}).json
    assert (chosen["keep_days"], chosen["language"], chosen["blur_face"]) == (30, "de", False)
    assert (load_defaults(store).keep_days, load_look(store)) == (30, Look("de", "clinician"))
    kept = client.get("/api/v1/settings/kept").json
    assert (kept["videos"], kept["next_deleted"]) == (1, 1)
    for sure, status in (({}, 422), ({"sure": False}, 422), ({"sure": True}, 204)):
        assert (
            client.post("/api/v1/settings/delete", json={"what": "everything", **sure}).status_code == status
        )
    assert not store.folder.assessment(id_).path.exists()


def test_what_defaults_say_holds_for_uploads_that_say_nothing(store, client):
    client.patch("/api/v1/settings", json={"blur_face": True, "keep_days": 0})
    for asked, blurred in ((None, True), ({"view": "left"}, True), ({"blur_face": False}, False)):
        given = {"source": "camera"} | ({"asked": asked} if asked else {})
        id_ = client.post("/api/v1/uploads", json=given).json["id"]
        client.put(f"/api/v1/uploads/{id_}/data?offset=0", data=b"xx")
        row = client.post(f"/api/v1/uploads/{id_}/finish", json={}).json
        assert (row["asked"]["blur_face"], row["asked"]["keep_video"]) == (blurred, False)


def test_the_description_is_true(store):
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    add_assessment(store, film_report(92), person=add_person(store))
    app = create_app(store)
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app).include(path_regex=TRIED)
    checks = [
        schemathesis.checks.not_a_server_error,
        schemathesis.specs.openapi.checks.status_code_conformance,
        schemathesis.specs.openapi.checks.content_type_conformance,
        schemathesis.specs.openapi.checks.response_schema_conformance,
    ]
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=15, deadline=None, derandomize=True, database=None,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def holds(case):
            case.call_and_validate(checks=checks)

        holds()
        tried += 1
    assert tried >= 10
