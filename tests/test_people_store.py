"""People, visits, settings, deletion: verbs over the store, without a page."""

import json
import sqlite3
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest
from people_rows import DAY, add_assessment, add_person, film_report

from movement_lab.comparing import find_trend
from movement_lab.errors import UsageError
from movement_lab.storage import Assessment, Person, Visit, open_store
from movement_lab.storage.models import now
from movement_lab.workspace import people, retention, uploads, visits
from movement_lab.workspace.asked import Asked
from movement_lab.workspace.comparing import compare_assessments, earlier_like
from movement_lab.workspace.kept import take_stock
from movement_lab.workspace.preferences import Defaults, asked_over_defaults, load_defaults, save_defaults


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def count(store, kind):
    with store.session() as session:
        return session.query(kind).count()


# --- people ---------------------------------------------------------------------------------------


def test_a_code_is_suggested_unique_and_says_nothing(store):
    person = people.create_person(store)
    assert len(person.code) == 6
    assert people.suggest_code(store) != person.code
    with pytest.raises(UsageError, match="taken"):
        people.create_person(store, code=person.code.lower())


@pytest.mark.parametrize(
    "values",
    [
        {"code": " \u200b\x00 "},
        {"side": "up"},
        {"height_cm": 20},
        {"height_cm": float("nan")},
        {"notes": "x" * 5000},
    ],
)
def test_what_makes_no_sense_is_refused(store, values):
    person = people.create_person(store)
    known = {"code": "A", "side": None, "height_cm": None, "notes": ""}
    with pytest.raises(UsageError):
        people.edit_person(store, person.id, **(known | values))


def test_a_person_is_changed_and_found_by_part_of_the_code(store):
    person = people.create_person(
        store, code="K7-204", side="right", height_cm=171, notes="Likes\r\nevenings"
    )
    people.create_person(store, code="B2-118")
    edited = people.edit_person(store, person.id, code="K7-205", side=None, height_cm=None, notes="")
    assert (edited.code, edited.side, edited.height_cm, edited.notes) == ("K7-205", None, None, "")
    assert [each.code for each in people.list_people(store, find_text="k7")] == ["K7-205"]
    assert people.list_people(store, find_text="%") == []
    with pytest.raises(people.UnknownPersonError):
        people.find_person(store, "nobody")


def test_who_was_assessed_last_comes_first(store):
    first, second = add_person(store, "A1-100"), add_person(store, "B1-100")
    add_assessment(store, film_report(92), person=second, at=DAY)
    add_assessment(store, film_report(92), person=first, at=DAY + timedelta(days=1))
    assert [each.id for each in people.list_people(store)] == [first, second]


def test_deleting_a_person_keeps_assessments_or_not(store):
    keeping, deleting = add_person(store, "A1-100"), add_person(store, "B1-100")
    kept = add_assessment(store, film_report(92), person=keeping)
    gone = add_assessment(store, film_report(92), person=deleting)
    people.delete_person(store, keeping, keep_assessments=True)
    people.delete_person(store, deleting, keep_assessments=False)
    with store.session() as session:
        assert session.get(Assessment, kept).person_id is None
        assert session.get(Assessment, gone) is None
    assert store.folder.assessment(kept).path.exists()
    assert not store.folder.assessment(gone).path.exists()
    assert (count(store, Person), count(store, Visit)) == (0, 0)
    assert store.is_whole()


def test_deleted_notes_are_in_no_file_any_more(store):
    person = people.create_person(store, notes="remarkable-words-of-a-note")
    people.delete_person(store, person.id, keep_assessments=False)
    found = [
        path
        for path in store.folder.root.rglob("*")
        if path.is_file() and b"remarkable-words" in path.read_bytes()
    ]
    assert found == []


def test_the_next_assessment_begins_like_the_last(store):
    person = add_person(store, side="left", height_cm=180.0)
    assert people.last_asked(store, person) == Asked(view="left", height_cm=180.0)
    asked = Asked(task="instructed", model="lite", stickers="green", blur_face=True, person_number=2)
    add_assessment(store, film_report(92), person=person, asked=asked)
    told = people.last_asked(store, person)
    assert (told.movement, told.view, told.task, told.stickers) == ("squat", "right", "instructed", "green")
    assert (told.blur_face, told.person_number, told.height_cm) == (True, None, 180.0)


# --- visits and assignment ------------------------------------------------------------------------


def test_an_assessment_is_assigned_moved_and_taken_back(store):
    first, second = add_person(store, "A1-100"), add_person(store, "B1-100")
    id_ = add_assessment(store, film_report(92))
    row = visits.assign(store, id_, first)
    assert (row.person.code, row.visit.day) == ("A1-100", DAY.astimezone().date())
    row = visits.assign(store, id_, second, date(2026, 10, 1))
    assert (row.person.code, row.visit.day) == ("B1-100", date(2026, 10, 1))
    assert count(store, Visit) == 1  # the first one was left empty
    row = visits.assign(store, id_, None)
    assert (row.person_id, row.visit_id, count(store, Visit)) == (None, None, 0)
    with pytest.raises(people.UnknownPersonError):
        visits.assign(store, id_, "nobody")


def test_a_visit_with_notes_stays_and_two_of_one_day_become_one(store):
    person = add_person(store)
    early = add_assessment(store, film_report(92), person=person, at=DAY)
    add_assessment(store, film_report(95), person=person, at=DAY + timedelta(days=1))
    first, second = people.find_person(store, person).visits
    visits.edit_visit(store, first.id, notes="Slept badly")
    visits.edit_visit(store, second.id, notes="Rested", day=first.day)
    (only,) = people.find_person(store, person).visits
    assert only.notes == "Slept badly\nRested"
    visits.assign(store, early, None)
    assert count(store, Visit) == 1


def test_an_assessment_gets_a_name_of_its_own(store):
    id_ = add_assessment(store, film_report(92))
    assert visits.rename(store, id_, "  Before\nlunch\x00 ").label == "Before lunch"
    assert visits.rename(store, id_, "").label == ""


# --- comparing what is stored ---------------------------------------------------------------------


def test_two_stored_assessments_are_compared_with_curves_and_figures(store):
    person = add_person(store)
    then = add_assessment(store, film_report(92), person=person)
    now_ = add_assessment(store, film_report(104), person=person, at=DAY + timedelta(days=28))
    compared = compare_assessments(store, then, now_)
    knee = next(pair for pair in compared.curves if pair.change.name == "knee_flexion_deg")
    assert round(float(max(knee.now) - max(knee.then))) == 12
    assert all(compared.figures)
    swapped = compare_assessments(store, now_, then)
    assert swapped.comparison.real[0].change == pytest.approx(-compared.comparison.real[0].change)
    with pytest.raises(UsageError, match="twice"):
        compare_assessments(store, then, then)


def test_without_a_result_there_is_nothing_to_compare(store):
    then, now_ = (add_assessment(store, film_report(92)) for _ in range(2))
    store.folder.assessment(then).report.unlink()
    with pytest.raises(UsageError, match="no result"):
        compare_assessments(store, then, now_)


def test_lists_know_what_changed_since_the_last_time(store):
    person = add_person(store)
    for week, knee in enumerate((92, 93, 104)):
        add_assessment(store, film_report(knee), person=person, at=DAY + timedelta(weeks=week))
    rows = people.find_person(store, person).assessments
    other, comparison = earlier_like(rows, rows[-1])
    assert other.id == rows[1].id
    assert "knee_flexion_deg" in {row.name for row in comparison.real}
    assert earlier_like(rows, rows[0]) is None
    trend = find_trend(people.history_of(people.find_person(store, person)), "knee_flexion_deg")
    assert [point.real for point in trend.points] == [False, False, True]


# --- retention and deletion -----------------------------------------------------------------------


def test_recordings_go_when_their_time_is_over_and_results_stay(store):
    old = add_assessment(store, film_report(92), at=now() - timedelta(days=31))
    new = add_assessment(store, film_report(92), at=now() - timedelta(days=2))
    assert retention.next_due(store) is None
    assert retention.apply_retention(store) == 0
    save_defaults(store, Defaults(keep_days=30))
    assert retention.next_due(store).count == 1
    assert retention.apply_retention(store) == 1
    assert not store.folder.assessment(old).upload.exists()
    assert store.folder.assessment(old).track.exists()
    assert store.folder.assessment(new).upload.exists()
    due = retention.next_due(store)
    assert (due.at - now()).days == 27
    assert retention.apply_retention(store, now() + timedelta(days=29)) == 1


def test_not_at_all_means_at_once_but_what_failed_can_be_tried_again_for_a_day(store):
    done = add_assessment(store, film_report(92), at=now())
    failed = add_assessment(store, film_report(92), at=now())
    with store.session() as session:
        session.get(Assessment, failed).state = "failed"
    save_defaults(store, Defaults(keep_days=0))
    assert retention.apply_retention(store) == 1
    assert not store.folder.assessment(done).upload.exists()
    assert store.folder.assessment(failed).upload.exists()
    assert retention.apply_retention(store, now() + timedelta(days=2)) == 1


def test_a_recording_never_handed_over_goes_too(store):
    uploads.begin(store, source="upload", file_name="a.mp4")
    save_defaults(store, Defaults(keep_days=0))
    assert retention.apply_retention(store) == 0
    assert retention.apply_retention(store, now() + timedelta(days=2)) == 1
    assert uploads.list_incoming(store) == []


def test_videos_are_deleted_now(store):
    ids = [add_assessment(store, film_report(92)) for _ in range(2)]
    with store.session() as session:
        session.get(Assessment, ids[1]).state = "working"
    assert retention.delete_videos(store) == 1
    assert not store.folder.assessment(ids[0]).playback.exists()
    assert store.folder.assessment(ids[1]).upload.exists()
    assert take_stock(store).videos == 1


def test_everything_is_deleted_from_disk_and_settings_stay(store):
    save_defaults(store, Defaults(keep_days=30))
    person = add_person(store, notes="remarkable-words-of-a-note")
    add_assessment(store, film_report(92), person=person)
    uploads.begin(store, source="upload", file_name="a.mp4")
    retention.delete_everything(store)
    stock = take_stock(store)
    assert (stock.people, stock.visits, stock.assessments, stock.videos, stock.incoming) == (0, 0, 0, 0, 0)
    assert list(store.folder.assessments.iterdir()) == []
    assert load_defaults(store).keep_days == 30
    left = [path for path in store.folder.root.rglob("*") if path.is_file()]
    assert not any(b"remarkable-words" in path.read_bytes() for path in left)


def test_the_stock_counts_what_lies_there(store):
    add_assessment(
        store, film_report(92), person=add_person(store), asked=Asked(blur_face=True), video=b"x" * 1000
    )
    add_assessment(store, film_report(92), video=None)
    stock = take_stock(store)
    assert (stock.people, stock.visits, stock.assessments, stock.videos, stock.covered) == (1, 1, 2, 1, 1)
    assert stock.video_bytes > 2000  # recording, film, and the pages, which may hold pictures
    assert stock.result_bytes > 10_000
    assert stock.total_bytes == sum(
        path.stat().st_size for path in store.folder.root.rglob("*") if path.is_file()
    )


# --- defaults and upgrades ------------------------------------------------------------------------


def test_defaults_hold_unless_something_else_is_said(store):
    save_defaults(store, Defaults(keep_days=0, blur_face=True, model="lite"))
    assert asked_over_defaults(store, None) == Asked(keep_video=False, blur_face=True, model="lite")
    assert asked_over_defaults(store, {"blur_face": False, "model": "full"}) == Asked(
        model="full", keep_video=False
    )
    begun = uploads.begin(store, source="upload", file_name="a.mp4")
    assert json.loads((store.folder.incoming / begun.id / "meta.json").read_text())["asked"]["blur_face"]
    with pytest.raises(UsageError):
        Defaults(keep_days=-1)
    with pytest.raises(UsageError):
        Defaults(model="huge")


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path):
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    from movement_lab.storage import store as place

    root = tmp_path / "old"
    root.mkdir()
    engine = create_engine(f"sqlite:///{root / 'workspace.sqlite'}")
    config = Config()
    config.set_main_option("script_location", str(Path(place.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    connection = sqlite3.connect(root / "workspace.sqlite")
    connection.execute(
        "INSERT INTO person VALUES ('p1', 'K7-204', NULL, NULL, 'kept', '2026-10-24 09:30:00')"
    )
    connection.execute(
        "INSERT INTO assessment (id, person_id, created_at, source, file_name, file_bytes, asked, state,"
        " stage, share, attempts, reason, video_kept) VALUES"
        " ('a1', 'p1', '2026-10-24 09:30:00', 'upload', 'a.mp4', 3, '{}', 'done', '', 1.0, 1, '', 1)"
    )
    connection.commit()
    connection.close()
    opened = open_store(root)
    person = people.find_person(opened, "p1")
    assert (person.notes, person.measures, person.created_at.tzinfo) == ("kept", None, UTC)
    assert [row.label for row in person.assessments] == [""]
    assert people.choose_measures(opened, "p1", ["knee_flexion_deg"]).measures == ["knee_flexion_deg"]
    assert opened.is_whole()
    opened.close()


def test_at_most_three_measures_are_drawn_over_visits(store):
    person = add_person(store)
    names = ["knee_flexion_deg", "trunk_inclination_deg", "hip_trunk_flexion_deg", "shank_inclination_deg"]
    with pytest.raises(UsageError, match="3"):
        people.choose_measures(store, person, names)
    with pytest.raises(UsageError):
        people.choose_measures(store, person, ["no_such_deg"])
    assert people.choose_measures(store, person, names[:3]).measures == names[:3]
    assert people.choose_measures(store, person, []).measures is None
