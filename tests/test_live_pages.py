"""The record page and its live requests, through the application."""

import json
import re
from pathlib import Path

import pytest

from movement_lab.live import LiveSessions
from movement_lab.live.coach import CHECKS
from movement_lab.server import create_app
from movement_lab.server.look import Look, save_look
from movement_lab.storage import open_store
from movement_lab.workspace.people import create_person

HERE = {"base_url": "http://127.0.0.1"}
SESSIONS = "/api/v1/live/sessions"


@pytest.fixture
def app(tmp_path):
    made = create_app(open_store(tmp_path / "data"))
    made.extensions["live"] = LiveSessions(most=1)
    yield made
    made.extensions["live"].close()


@pytest.fixture
def client(app):
    return app.test_client()


def page_of(client, path="/record"):
    answer = client.get(path, **HERE)
    assert answer.status_code == 200
    data = re.search(r'<script type="application/json" id="page">(.*?)</script>', answer.text, re.S).group(1)
    return answer.text, json.loads(data)


def test_the_page_brings_everything_its_scripts_say(client, repo):
    html, page = page_of(client)
    scripts = "".join(path.read_text() for path in (repo / "web" / "static" / "record").glob("*.js"))
    wanted = set(re.findall(r'"((?:page|spoken|cost|check|sentence|more|phase|state)\.[a-z_]+)"', scripts))
    wanted |= {f"sentence.{id}" for id in re.findall(r'say(?:Now)?\("([a-z_]+)"', scripts)}
    assert len(wanted) > 30
    assert wanted - set(page["words"]) == set()
    assert page["checks"] == [id for id in CHECKS if id != "clothes"]
    assert "style=" not in html
    assert re.findall(r"<script(?![^>]*(src=|application/json))", html) == []


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("profile", ["clinician", "wellness"])
def test_the_page_speaks_the_chosen_language_and_profile(app, client, language, profile):
    save_look(app.extensions["store"], Look(language, profile))
    html, page = page_of(client)
    assert f'<html lang="{language}">' in html
    assert page["words"]["sentence.step_in"] in ("Step into the picture", "Kommen Sie ins Bild")
    assert ("grades" in page["words"]["cost.view_widened"]) == ((language, profile) == ("en", "clinician"))
    assert page["numbers"] == (profile == "clinician")


def test_settings_of_the_last_time_are_taken_over(app, client):
    person = create_person(app.extensions["store"]).id
    _, page = page_of(client, f"/record?movement=hinge&view=left&height_cm=182&person={person}")
    assert (page["asked"]["movement"], page["wanted"], page["person_id"]) == ("hinge", "left", person)
    assert page["asked"]["height_cm"] == 182
    assert page_of(client, "/record?side=front")[1]["wanted"] == "front"
    assert page_of(client)[1]["wanted"] == "side"
    assert client.get("/record?movement=dance", **HERE).status_code == 400
    assert client.get("/record?person=nobody", **HERE).status_code == 404


def test_what_makes_no_sense_is_refused_in_words(client):
    for body in ({"movement": "dance"}, {"view": "above"}):
        answer = client.post(SESSIONS, json=body, **HERE)
        assert answer.status_code == 422
        assert set(answer.json["errors"]["json"]) == set(body)
    assert client.post(SESSIONS, data="[", content_type="application/json", **HERE).status_code == 400
    frames = f"{SESSIONS}/unknown/frames"
    assert client.post(f"{frames}?stage=live", data=b"x", **HERE).status_code == 422
    assert client.post(f"{frames}?t=nan", data=b"x", **HERE).status_code == 422
    assert client.post(f"{frames}?t=1&stage=end", data=b"x", **HERE).status_code == 422
    assert client.post(f"{frames}?t=1", data=b"x" * 2**21, **HERE).status_code == 400
    assert client.post(f"{frames}?t=1", data=b"x", **HERE).status_code == 404
    assert client.get(f"{SESSIONS}/unknown", **HERE).status_code == 404
    assert client.delete(f"{SESSIONS}/unknown", **HERE).status_code == 204


def test_other_sites_pages_cannot_reach_the_camera(client):
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post(SESSIONS, json={}, headers=headers, **HERE).status_code == 403
    page_of(client)  # brings a cookie: from here on a token is needed
    assert client.post(SESSIONS, json={}, headers={"Origin": "http://127.0.0.1"}, **HERE).status_code == 400


@pytest.mark.pose
def test_a_picture_is_answered_with_points_and_notes(client, pose_model):
    import cv2

    from movement_lab.video import read_frames

    frame = next(iter(read_frames(Path(__file__).parent.parent / "samples" / "squat_side.mp4")))
    jpeg = cv2.imencode(".jpg", frame.image[..., ::-1])[1].tobytes()
    session = client.post(SESSIONS, json={"movement": "squat", "view": "right"}, **HERE)
    assert session.status_code == 201
    assert client.post(SESSIONS, json={}, **HERE).status_code == 503
    here = f"{SESSIONS}/{session.json['id']}"
    answer = client.post(f"{here}/frames?t=0.5&stage=setup", data=jpeg, **HERE)
    assert answer.status_code == 200
    assert answer.json["size"] == [480, 640]
    assert len(answer.json["points"]) == 3 * 33
    assert client.post(f"{here}/frames?t=0.6&stage=setup", data=b"no picture", **HERE).status_code == 415
    assert client.post(f"{here}/frames?t=0.1&stage=setup", data=jpeg, **HERE).status_code == 400
    assert client.get(here, **HERE).status_code == 200
    assert client.delete(here, **HERE).status_code == 204
    assert client.post(f"{here}/frames?t=2&stage=setup", data=jpeg, **HERE).status_code == 404
