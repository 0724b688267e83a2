"""The review page and its part of the API, through Flask's client."""

import json
import re
from html import unescape

import pytest
from html_page import Page
from make_report import make_report
from workspace_rows import add_done, figure, reported

from movement_lab.exporters.words import Words
from movement_lab.server import create_app
from movement_lab.server.look import Look, save_look
from movement_lab.storage import open_store
from movement_lab.synthetic import Camera, film, repetitions, standing_still
from movement_lab.wording import LANGUAGES, say

CAMERA = Camera(view="left", size=(480, 360), px_per_m=165)
PEOPLE = [
    {"number": 1, "box": [0, 0, 50, 200], "seen_share": 1.0, "chosen": False},
    {"number": 2, "box": [200, 0, 260, 200], "seen_share": 1.0, "chosen": True},
]


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def client(store):
    return create_app(store).test_client(use_cookies=False)  # as a program: no cookie, no token


def page_of(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


def data_of(page):
    return json.loads(re.search(r'id="review-data">(.*?)</script>', page, re.DOTALL).group(1))


KINDS = {
    "squat": lambda: figure(),
    "front": lambda: figure(view="front"),
    "lunge": lambda: figure("lunge"),
    "refused": lambda: reported(film(repetitions("squat", reps=2), Camera(yaw_deg=38, px_per_m=165))),
    "nobody moves": lambda: reported(film(standing_still(seconds=4.0), CAMERA)),
    "spine": lambda: make_report(spine="stickers"),
    "outline": lambda: make_report(spine="contour"),
}


@pytest.mark.parametrize("profile", ["clinician", "wellness"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_result_has_its_page(store, client, kind, profile):
    save_look(store, Look("en", profile))
    id_ = add_done(store, KINDS[kind](), filmed=False, look=Words("en", profile))
    page = page_of(client, f"/assessments/{id_}")
    told = Page(page)
    assert len(told.all("h1")) == 1
    for tag, attributes in told.elements:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
    ids = [attributes["id"] for _, attributes in told.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert say("statement.required", profile=profile) in told.visible
    overlay = client.get(f"/assessments/{id_}/overlay.json").get_json()
    assert len(overlay["cover"]["discs"]) == len(overlay["frames"])
    if profile == "wellness":
        assert "data-say" not in page
        assert not overlay["back"]
        assert all(angle["place"] is None for angle in overlay["angles"])
        assert not re.search(r"\bmoderate|\bmild\b|threshold", told.visible, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_chosen_language(store, client, language):
    save_look(store, Look(language))
    page = page_of(client, f"/assessments/{add_done(store, figure(), filmed=False)}")
    assert f'lang="{language}"' in page
    assert say("review.adjust", language=language) in page
    assert say("review.sheet.title", language=language) in page


def test_a_correction_through_the_api_shows_on_the_page_and_goes_back(store, client):
    id_ = add_done(store, figure())
    path = f"/api/v1/assessments/{id_}/corrections"
    assert client.get(path).get_json()["declared"] is None
    reps = data_of(page_of(client, f"/assessments/{id_}"))["reps"]
    marked = [{key: rep[key] for key in ("start_s", "turn_s", "end_s")} for rep in reps[:2]]
    told = client.put(path, json={"reps": marked, "standing": [0.1, 1.2]})
    assert told.status_code == 200
    assert (told.get_json()["summary"]["reps"], told.get_json()["steps"]) == (2, 1)
    page = page_of(client, f"/assessments/{id_}")
    text = unescape(page)
    assert say("review.original") in text
    assert say("reason.reps_declared") in page
    assert "Own standing set by hand" in page
    assert "3 / 3" in page
    assert "2 / 2" in page
    machine = page_of(client, f"/assessments/{id_}/original")
    assert say("review.original_here") in unescape(machine)
    assert [rep["turn_s"] for rep in data_of(machine)["reps"]] == [rep["turn_s"] for rep in reps]
    assert 'id="adjust"' not in machine
    assert client.get(data_of(machine)["overlay"]).status_code == 200
    assert client.post(f"{path}/undo").get_json()["declared"] is None
    assert client.get(f"/assessments/{id_}/original").status_code == 302


def test_going_back_to_the_machines_own(store, client):
    id_ = add_done(store, figure(), filmed=False)
    path = f"/api/v1/assessments/{id_}/corrections"
    client.put(path, json={"movement": "hinge"})
    assert client.delete(path).get_json()["declared"] is None
    assert 'id="adjusted"' not in page_of(client, f"/assessments/{id_}")


@pytest.mark.parametrize(
    ("json_", "status"),
    [
        ({"movement": "jump"}, 422),
        ({"reps": [{"start_s": 1}]}, 422),
        ({"reps": "all"}, 422),
        ({"standing": [1, 2, 3]}, 422),
        ({"reps": [{"start_s": 3, "turn_s": 2, "end_s": 1}]}, 400),
        ({"standing": [50, 60]}, 400),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(store, client, json_, status):
    id_ = add_done(store, figure(), filmed=False)
    answer = client.put(f"/api/v1/assessments/{id_}/corrections", json=json_)
    assert answer.status_code == status
    assert answer.get_json()["message"]
    assert client.get(f"/api/v1/assessments/{id_}").get_json()["corrected_at"] is None


def test_words_on_findings_are_stored_and_shown(store, client):
    id_ = add_done(store, make_report(), filmed=False)
    page = page_of(client, f"/assessments/{id_}")
    finding = re.search(r'data-finding="(\w+)" data-side="(\w+)"', page)
    evil = '<img src=x onerror="alert(1)">'
    told = {"finding": finding[1], "side": finding[2], "verdict": "not_so", "comment": evil}
    answer = client.post(f"/api/v1/assessments/{id_}/reviews", json=told)
    assert (answer.status_code, answer.get_json()["verdict"]) == (201, "not_so")
    again = page_of(client, f"/assessments/{id_}")
    assert f'data-finding="{finding[1]}" data-side="{finding[2]}" data-verdict="not_so"' in again
    assert evil not in again
    assert "&lt;img src=x" in again
    assert [each["comment"] for each in client.get(f"/api/v1/assessments/{id_}/reviews").get_json()] == [evil]


def test_words_on_findings_that_are_no_longer_there_stay_in_sight(store, client):
    id_ = add_done(store, figure(), filmed=False)
    client.post(f"/api/v1/assessments/{id_}/reviews", json={"finding": "heel_rise", "verdict": "agree"})
    assert say("review.said_before") in page_of(client, f"/assessments/{id_}")


def test_whom_to_follow_is_asked_where_there_are_several(store, client):
    alone = add_done(store, figure(), filmed=False)
    assert "data-person" not in page_of(client, f"/assessments/{alone}")
    id_ = add_done(store, figure(), people=PEOPLE)
    assert 'data-person="1"' in page_of(client, f"/assessments/{id_}")
    answer = client.post(f"/api/v1/assessments/{id_}/person", json={"number": 1})
    assert (answer.status_code, answer.get_json()["state"]) == (201, "queued")
    assert answer.get_json()["asked"]["person_number"] == 1
    assert client.post(f"/api/v1/assessments/{id_}/person", json={"number": 9}).status_code == 400


@pytest.mark.parametrize("path", ["", "/original", "/overlay.json"])
def test_an_unknown_assessment_is_not_there(client, path):
    assert client.get(f"/assessments/abcdefghijklmnop{path}").status_code == 404
