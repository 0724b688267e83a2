"""Pages to compare, of people and visits, and of settings, asked as a browser without scripts would."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from people_rows import DAY, add_assessment, add_person, film_report
from printed import Printed
from test_wording import NOT_IN_WELLNESS

from movement_lab.server import create_app
from movement_lab.server.look import Look, save_look
from movement_lab.storage import Assessment, Person, open_store
from movement_lab.storage.models import now
from movement_lab.wording import keys
from movement_lab.workspace import people, visits
from movement_lab.workspace.asked import Asked
from movement_lab.workspace.preferences import Defaults, load_defaults, save_defaults

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def client(store):
    return create_app(store).test_client()


def post(client, url, **values):
    """Send a form with the token of the page that holds it."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/settings").text).group(1)
    return client.post(url, data={"csrf_token": token, **values})


def shown(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def two_squats(store, person=None):
    then = add_assessment(store, film_report(92), person=person)
    return then, add_assessment(store, film_report(104), person=person, at=DAY + timedelta(days=28))


# --- compare --------------------------------------------------------------------------------------


def test_the_compare_page_says_first_what_changed(store, client):
    then, now_ = two_squats(store, add_person(store))
    text = shown(client, f"/compare?then={then}&now={now_}")
    assert re.search(r"\d real changes?\. \d things about the same\.", text)
    assert "he knees bend further" in text
    assert "Visit 1, 24 October 2026" in text
    assert "Visit 2, 21 November 2026" in text
    assert "+12°" in text
    page = client.get(f"/compare?then={then}&now={now_}").text
    assert page.count('class="forest"') >= 6
    assert page.count('class="panel"') == 4
    assert 'class="lowest"' in page
    assert "style=" not in page
    assert f"then={now_}&amp;now={then}" in page  # swap


def test_printed_pages_say_what_changed_since_the_last_time(store, client):
    _then, now_ = two_squats(store, add_person(store))
    therapist, patient = (
        Printed(client.get(f"/assessments/{now_}/print/{audience}.pdf").data).text
        for audience in ("therapist", "patient")
    )
    assert re.search("Real changes since Visit 1, 24 October 2026: [^.]*Knee bend", therapist)
    assert re.search("Since 24 October 2026: [^.]*the knees bend further", patient)
    german = client.get(f"/assessments/{now_}/print/patient.pdf?language=de").data
    assert "Seit 24. Oktober 2026: " in Printed(german).text


def test_printed_pages_of_somebody_seen_once_compare_nothing(store, client):
    id_ = add_assessment(store, film_report(92), person=add_person(store))
    assert "Since" not in Printed(client.get(f"/assessments/{id_}/print/patient.pdf").data).text


def test_what_cannot_be_compared_says_why(store, client):
    then = add_assessment(store, film_report(movement="hinge"))
    now_ = add_assessment(store, film_report(92))
    text = shown(client, f"/compare?then={then}&now={now_}")
    assert "These two can't be compared." in text
    assert "They show different movements." in text
    left = add_assessment(store, film_report(92, view="left"))
    assert "One shows the left side, the other the right." in shown(
        client, f"/compare?then={left}&now={now_}"
    )


def test_two_people_side_by_side_are_told_apart(store, client):
    then = add_assessment(store, film_report(92), person=add_person(store, "A1-100"))
    now_ = add_assessment(store, film_report(104), person=add_person(store, "B1-100"))
    assert "The set-up differed: they belong to two people." in shown(
        client, f"/compare?then={then}&now={now_}"
    )


def test_choosing_offers_the_last_one_like_it_first(store, client):
    person = add_person(store)
    then, now_ = two_squats(store, person)
    other = add_assessment(store, film_report(92))
    page = client.get(f"/compare/choose?now={now_}").text
    label = "Then: Squat, right side, Visit 1, 24 October 2026"
    assert f'name="then" value="{then}" aria-label="{label}" required checked' in page
    assert other not in page
    assert client.get("/compare").status_code == 302
    assert "Visit 1, 24 October 2026" in shown(client, f"/compare?now={now_}")
    assert client.get(f"/compare?then={then}&now={then}").status_code == 400
    assert client.get(f"/compare?then=nothing&now={then}").status_code == 404


# --- people ---------------------------------------------------------------------------------------


def test_a_person_is_added_with_the_suggested_code_and_changed(store, client):
    code = re.search(r'name="code" value="([A-Z]\d-\d{3})"', client.get("/people/new").text).group(1)
    answer = post(client, "/people/new", code=code, side="left", height_cm="171,5", notes="Likes mornings")
    (person,) = people.list_people(store)
    assert answer.location == f"/people/{person.id}"
    assert (person.code, person.side, person.height_cm) == (code, "left", 171.5)
    refused = post(client, "/people/new", code=code)
    assert refused.status_code == 400
    assert "taken" in refused.text
    assert code in refused.text
    post(client, f"/people/{person.id}/edit", code="K7-204", side="", height_cm="", notes="")
    assert people.find_person(store, person.id).code == "K7-204"
    assert post(client, f"/people/{person.id}/edit", code="K7-204", height_cm="tall").status_code == 400


def test_nothing_is_changed_without_the_token(store, client):
    person = add_person(store)
    for url in ("/people/new", f"/people/{person}/delete", "/settings/delete/everything", "/settings/keep"):
        assert client.post(url, data={"code": "X"}).status_code == 400
    assert len(people.list_people(store)) == 1


def test_a_persons_page_shows_trends_visits_and_the_way_on(store, client):
    person = add_person(store, notes="Sleeps badly")
    then, now_ = two_squats(store, person)
    text = shown(client, f"/people/{person}")
    assert "Knee bend 90° at first, 102° now. Real change." in text
    assert "Visit 2, 21 November 2026" in text
    assert "Sleeps badly" in text
    assert "Begins as the last one: Squat, right side." in text
    page = client.get(f"/people/{person}").text
    assert f'href="/compare?then={then}&amp;now={now_}"' in page
    assert f'href="/?person={person}#upload"' in page
    post(client, f"/people/{person}/measures", measures=["shank_inclination_deg"])
    assert "Shank lean 27° at first" in shown(client, f"/people/{person}")


def test_what_people_type_is_harmless(store, client):
    person = people.create_person(store, code=HOSTILE[:20], notes=HOSTILE)
    id_ = add_assessment(store, film_report(92), person=person.id, file_name=HOSTILE)
    visits.rename(store, id_, HOSTILE)
    urls = [
        "/",
        "/people",
        f"/people/{person.id}",
        f"/people/{person.id}/edit",
        f"/people/{person.id}/delete",
    ]
    urls += [
        f"/people/assign/{id_}",
        "/compare/choose",
        f"/?find={HOSTILE}",
        f"/people?find={HOSTILE}",
        f"/?person={person.id}",
    ]
    for url in urls:
        page = client.get(url).text
        assert "<script>alert" not in page, url
        assert "<img src=x" not in page, url
        assert "49}" not in page


def test_an_assessment_is_moved_and_renamed_afterwards(store, client):
    person, id_ = add_person(store), add_assessment(store, film_report(92))
    answer = post(client, f"/people/assign/{id_}", person_id=person, day="2026-10-01", label="Before lunch")
    assert answer.location == f"/people/{person}"
    text = shown(client, f"/people/{person}")
    assert "Before lunch" in text
    assert "Visit 1, 1 October 2026" in text
    assert post(client, f"/people/assign/{id_}", person_id=person, day="soon").status_code == 400
    post(client, f"/people/assign/{id_}", person_id="", day="", label="")
    assert "No person" in shown(client, "/")


def test_visits_get_notes(store, client):
    person = add_person(store)
    add_assessment(store, film_report(92), person=person)
    (visit,) = people.find_person(store, person).visits
    answer = post(client, f"/people/visits/{visit.id}", notes="After a long walk", day="2026-10-25")
    assert answer.location == f"/people/{person}#visit-{visit.id}"
    assert "After a long walk" in shown(client, f"/people/{person}")
    assert "Visit 1, 25 October 2026" in shown(client, f"/people/{person}")
    assert post(client, "/people/visits/nothing", notes="").status_code == 404


@pytest.mark.parametrize(("choice", "left"), [("keep", 1), ("delete", 0)])
def test_deleting_a_person_asks_what_becomes_of_assessments(store, client, choice, left):
    person = add_person(store)
    add_assessment(store, film_report(92), person=person)
    assert "What should become of 1 assessment?" in shown(client, f"/people/{person}/delete")
    post(client, f"/people/{person}/delete", assessments=choice)
    with store.session() as session:
        assert (session.query(Person).count(), session.query(Assessment).count()) == (0, left)
    assert "Deleted permanently." in shown(client, "/people")
    assert client.get(f"/people/{person}").status_code == 404


# --- the first page -------------------------------------------------------------------------------


def test_the_first_page_shows_people_trends_and_what_changed(store, client):
    person = add_person(store)
    two_squats(store, person)
    text = shown(client, "/")
    assert "Repeat for K7-204 Squat, right side, as last time" in text
    assert "2 visits · knee bend in squat" in text
    assert "since 24 October 2026" in text
    assert "Assessments 2 Videos 2" in text


@pytest.mark.parametrize(
    ("find", "found"), [("k7", True), ("kitchen", True), ("2026-10-24", True), ("100%", False)]
)
def test_the_first_page_finds_people_days_and_files(store, client, find, found):
    add_assessment(store, film_report(92), person=add_person(store), file_name="kitchen.mp4")
    add_assessment(store, film_report(92), at=DAY + timedelta(days=1), file_name="other.mp4")
    text = shown(client, f"/?find={find}")
    assert ("K7-204 · Squat" in text) == found
    assert ("Nothing fits" in text) != found
    assert "No person ·" not in text


def test_the_upload_form_begins_as_the_last_time(store, client):
    person = add_person(store, height_cm=171.5)
    asked = Asked(movement="lunge", view="left", task="upright", blur_face=True, keep_video=False)
    add_assessment(store, film_report(92), person=person, asked=asked)
    page = client.get(f"/?person={person}").text
    for chosen in (f'"{person}" selected', '"lunge" selected', '"left" selected', '"upright" selected'):
        assert f"value={chosen}" in page
    assert 'name="blur_face" checked' in page
    assert 'name="drop_video" checked' in page
    assert 'value="171.5"' in page
    assert client.get("/?person=nobody").status_code == 404


def test_the_record_page_begins_as_the_last_time_and_keeps_what_settings_promise(store, client):
    person = add_person(store)
    add_assessment(store, film_report(92), person=person, asked=Asked(task="instructed", model="lite"))
    save_defaults(store, Defaults(keep_days=0, blur_face=True))
    for url, model in (("/record", "heavy"), (f"/record?person={person}", "lite")):
        page = json.loads(re.search(r'id="page">(.*?)</script>', client.get(url).text).group(1))
        asked = page["asked"]
        assert (asked["blur_face"], asked["keep_video"], asked["model"]) == (True, False, model)
    assert (asked["movement"], asked["view"], asked["task"]) == ("squat", "right", "instructed")
    assert page["person_id"] == person


def test_an_upload_takes_what_its_form_shows_and_else_the_defaults(store, client):
    save_defaults(store, Defaults(keep_days=0, blur_face=True, model="lite"))
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text).group(1)
    given = {"csrf_token": token, "choices": "1", "model": "full"}
    with (store.folder.root / "secret.key").open("rb") as file:
        client.post("/upload", data={**given, "video": (file, "a.mp4")})
    with (store.folder.root / "secret.key").open("rb") as file:
        client.post("/upload", data={"csrf_token": token, "video": (file, "b.mp4")})
    with store.session() as session:
        asked = {row.file_name: row.asked for row in session.query(Assessment)}
    assert (asked["a.mp4"]["blur_face"], asked["a.mp4"]["keep_video"], asked["a.mp4"]["model"]) == (
        False,
        True,
        "full",
    )
    assert (asked["b.mp4"]["blur_face"], asked["b.mp4"]["keep_video"], asked["b.mp4"]["model"]) == (
        True,
        False,
        "lite",
    )


# --- settings -------------------------------------------------------------------------------------


def test_settings_say_what_is_kept_where_and_when_it_goes(store, client):
    add_assessment(store, film_report(92), person=add_person(store), at=now() - timedelta(days=3))
    text = shown(client, "/settings")
    assert str(store.folder.root) in text
    assert "Nothing is deleted by itself." in text
    assert "Apache-2.0" in text
    post(client, "/settings/keep", keep="days", days="30", blur_face="on", model="lite")
    assert load_defaults(store) == Defaults(keep_days=30, blur_face=True, model="lite")
    assert re.search(r"Next: 1 video on \d+ \w+ \d{4}\.", shown(client, "/settings"))
    post(client, "/settings/keep", keep="none", model="heavy")
    assert load_defaults(store).keep_days == 0
    assert "Next: 1 video within the hour." in shown(client, "/settings")
    assert post(client, "/settings/keep", keep="days", days="many").status_code == 400


def test_videos_and_everything_go_only_after_being_asked(store, client):
    id_ = add_assessment(store, film_report(92), person=add_person(store))
    assert "1 video and their pictures go" in shown(client, "/settings/delete/videos")
    assert store.folder.assessment(id_).upload.exists()
    post(client, "/settings/delete/videos")
    assert not store.folder.assessment(id_).upload.exists()
    assert "1 person, 1 assessment" in shown(client, "/settings/delete/everything")
    post(client, "/settings/delete/everything")
    assert not store.folder.assessment(id_).path.exists()
    assert client.get("/settings/delete/something").status_code == 404


def test_language_and_profile_are_chosen(store, client):
    post(client, "/settings/look", language="de", profile="wellness")
    assert "Einstellungen und Privatsphäre" in shown(client, "/settings")
    assert post(client, "/settings/look", language="xx", profile="wellness").status_code == 400


@pytest.mark.parametrize("language", ["en", "de"])
def test_pages_for_everybody_hold_no_grades_and_no_words_of_clinics(store, client, language):
    person = add_person(store)
    then, now_ = two_squats(store, person)
    save_look(store, Look(language, "wellness"))
    urls = [
        "/people",
        f"/people/{person}",
        f"/compare?then={then}&now={now_}",
        "/compare/choose",
        "/settings",
    ]
    for url in urls:
        text = shown(client, url).replace(keys(language)["statement.required"], "")
        found = re.findall(NOT_IN_WELLNESS[language], text.replace(str(store.folder.root), ""), re.IGNORECASE)
        assert found == [], url


def test_an_experimental_row_is_shown_to_therapists_only(store, client):
    ids = two_squats(store)
    for id_ in ids:
        path = store.folder.assessment(id_).report
        path.write_text(
            path.read_text()
            .replace('"trunk_inclination_deg"', '"lumbar_flexion_deg"')
            .replace('"T1"', '"T3"')
        )
    url = f"/compare?then={ids[0]}&now={ids[1]}"
    assert "Experimental" in shown(client, url)
    save_look(store, Look("en", "wellness"))
    assert "Experimental" not in shown(client, url)
