"""Put right by hand: assessed anew, the machine's own kept, undone, and whole whatever is killed when."""

import json
import os
from dataclasses import asdict

import pytest
from workspace_rows import add_done, figure

from movement_lab.declared import Declared
from movement_lab.errors import UsageError
from movement_lab.exporters.npz import load_track
from movement_lab.exporters.words import Words
from movement_lab.recording import declared_in
from movement_lab.storage import open_store
from movement_lab.workspace import corrections, following, pages, reviews
from movement_lab.workspace.assessments import find_assessment
from movement_lab.workspace.corrections import correct, mend, restore_machine, undo
from movement_lab.workspace.retention import remove_pictures


def at_once(work):
    work()


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def id_(store):
    return add_done(store, figure(), filmed=False)


@pytest.fixture
def filmed(store):
    return add_done(store, figure())


def reps_of(place):
    report = json.loads((place / "report.json").read_text(encoding="utf-8"))
    return [{key: rep[key] for key in ("start_s", "turn_s", "end_s")} for rep in report["reps"]]


def hidden(place):
    return [path.name for path in place.iterdir() if path.name.startswith(".")]


def test_a_correction_replaces_the_result_and_keeps_the_machines(store, id_):
    folder = store.folder.assessment(id_)
    machine = {path.name: path.read_bytes() for path in folder.path.iterdir() if path.is_file()}
    first, *rest = reps_of(folder.path)
    moved = first | {"start_s": first["start_s"] - 0.5}
    row = correct(store, id_, {"reps": [moved, *rest]}, later=at_once)
    assert abs(reps_of(folder.path)[0]["start_s"] - moved["start_s"]) < 0.02
    assert reps_of(folder.path)[1:] == rest
    kept = {path.name: path.read_bytes() for path in folder.machine.iterdir() if path.is_file()}
    assert kept == {name: data for name, data in machine.items() if name in kept}
    assert set(kept) == {*machine}
    assert row.corrections["declared"]["reps"][0] == moved
    assert row.corrected_at is not None
    assert declared_in(load_track(folder.track)).reps[0].start_s == moved["start_s"]
    assert hidden(folder.path) == []


def test_what_is_not_named_stays_and_steps_are_undone_one_by_one(store, id_):
    folder = store.folder.assessment(id_)
    correct(store, id_, {"movement": "hinge"}, later=at_once)
    row = correct(store, id_, {"standing": [0.2, 1.1]}, later=at_once)
    assert (row.corrections["declared"]["movement"], row.corrections["declared"]["standing"]) == (
        "hinge",
        [0.2, 1.1],
    )
    assert row.summary["movement"] == "hinge"
    row = undo(store, id_, later=at_once)
    assert (row.corrections["declared"]["movement"], row.corrections["declared"]["standing"]) == (
        "hinge",
        None,
    )
    before = (folder.machine / "report.json").read_bytes()
    row = undo(store, id_, later=at_once)
    assert (row.corrections, row.corrected_at, row.summary["movement"]) == (None, None, "squat")
    assert (folder.path / "report.json").read_bytes() == before
    assert not folder.machine.exists()
    assert undo(store, id_, later=at_once).corrections is None


def test_back_to_the_machines_own_at_once(store, filmed):
    folder = store.folder.assessment(filmed)
    pictures = sorted(path.name for path in (folder.path / "pictures").iterdir())
    correct(store, filmed, {"reps": []}, later=at_once)
    correct(store, filmed, {"movement": "lunge"}, later=at_once)
    row = restore_machine(store, filmed)
    assert (row.corrections, row.summary["reps"]) == (None, 3)
    assert sorted(path.name for path in (folder.path / "pictures").iterdir()) == pictures
    assert not folder.machine.exists()


def test_pictures_follow_a_correction(store, filmed):
    folder = store.folder.assessment(filmed)
    before = {path.name: path.read_bytes() for path in (folder.path / "pictures").iterdir()}
    waiting = []
    row = correct(store, filmed, {"reps": reps_of(folder.path)[1:]}, later=waiting.append)
    assert row.summary["picture_rep"] is None
    assert not (folder.path / "pictures").exists()
    waiting[0]()
    drawn = {path.name: path.read_bytes() for path in (folder.path / "pictures").iterdir()}
    assert set(drawn) == {"rep-1.jpg", "rep-2.jpg"}
    assert drawn["rep-1.jpg"] != before["rep-1.jpg"]
    assert find_assessment(store, filmed).summary["picture_rep"] == 2
    assert "data:image/jpeg" in (folder.path / "report.html").read_text(encoding="utf-8")
    remove_pictures(folder)
    assert not (folder.machine / "pictures").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reps": [{"start_s": 1, "turn_s": 2, "end_s": 999}]}, "the clip lasts from"),
        ({"reps": [{"start_s": 3, "turn_s": 2, "end_s": 4}]}, "must follow each other"),
        ({"movement": "jump"}, "Known: squat"),
        ({"person": 2}, "can't be corrected"),
        ({"standing": [2]}, "later end"),
    ],
)
def test_what_makes_no_sense_changes_nothing(store, id_, changes, says):
    folder = store.folder.assessment(id_)
    before = (folder.path / "report.json").read_bytes()
    with pytest.raises(UsageError, match=says):
        correct(store, id_, changes, later=at_once)
    assert (folder.path / "report.json").read_bytes() == before
    assert not folder.machine.exists()
    assert hidden(folder.path) == []
    assert find_assessment(store, id_).corrections is None


# ---------------------------------------------------------------- killed in the middle


class KilledError(Exception):
    pass


def kill_at(monkeypatch, name):
    def die(*_, **__):
        raise KilledError

    monkeypatch.setattr(corrections, name, die)


def state(store, id_):
    folder = store.folder.assessment(id_)
    declared = declared_in(load_track(folder.track))
    told = json.loads((folder.path / "report.json").read_text(encoding="utf-8"))
    assert Declared.from_plain(told["provenance"]["settings"]["declared"]) == declared
    return declared.movement, find_assessment(store, id_).corrections is not None, folder.machine.exists()


@pytest.mark.parametrize("where", ["_keep_machine", "_write_new", "_commit"])
def test_killed_before_it_was_accepted_nothing_has_changed(store, id_, monkeypatch, where):
    kill_at(monkeypatch, where)
    with pytest.raises(KilledError):
        correct(store, id_, {"movement": "hinge"}, later=at_once)
    monkeypatch.undo()
    mend(store, later=at_once)
    assert state(store, id_) == (None, False, False)
    assert hidden(store.folder.assessment(id_).path) == []


def test_killed_after_it_was_accepted_it_is_finished(store, id_, monkeypatch):
    kill_at(monkeypatch, "_move_over")
    with pytest.raises(KilledError):
        correct(store, id_, {"movement": "hinge"}, later=at_once)
    monkeypatch.undo()
    mend(store, later=at_once)
    assert state(store, id_) == ("hinge", True, True)
    assert hidden(store.folder.assessment(id_).path) == []


def test_killed_while_files_are_moved_it_is_finished(store, id_, monkeypatch):
    moved, real = [], os.replace

    def dies_after_two(from_, to):
        if str(to).endswith(("track.npz", ".csv", ".html", "report.json")) and ".new-" not in str(to):
            moved.append(to)
            if len(moved) > 2:
                raise KilledError
        return real(from_, to)

    monkeypatch.setattr(corrections.os, "replace", dies_after_two)
    folder = store.folder.assessment(id_)
    monkeypatch.setattr(corrections, "_write_new", wrapped(corrections._write_new, moved))
    with pytest.raises(KilledError):
        correct(store, id_, {"movement": "hinge"}, later=at_once)
    monkeypatch.undo()
    mend(store, later=at_once)
    assert state(store, id_) == ("hinge", True, True)
    assert hidden(folder.path) == []


def wrapped(write, moved):
    """Count only what is moved after everything was written: writing renames files too."""

    def writes(*arguments):
        new = write(*arguments)
        moved.clear()
        return new

    return writes


@pytest.mark.parametrize("where", ["_move_over", "remove_folder"])
def test_killed_on_the_way_back_it_is_finished(store, id_, monkeypatch, where):
    correct(store, id_, {"movement": "hinge"}, later=at_once)
    kill_at(monkeypatch, where)
    with pytest.raises(KilledError):
        restore_machine(store, id_)
    monkeypatch.undo()
    mend(store, later=at_once)
    assert state(store, id_) == (None, False, False)


# ---------------------------------------------------------------- somebody else


def test_following_somebody_else_is_a_new_assessment(store):
    people = [
        {"number": 1, "box": [0, 0, 50, 200], "seen_share": 1.0, "chosen": False},
        {"number": 2, "box": [200, 0, 260, 200], "seen_share": 1.0, "chosen": True},
    ]
    id_ = add_done(store, figure(), people=people)
    new = following.follow_person(store, id_, 1)
    row = find_assessment(store, new)
    assert (row.state, row.asked["person_number"]) == ("queued", 1)
    upload = store.folder.assessment(new).upload
    assert upload.read_bytes() == store.folder.assessment(id_).upload.read_bytes()
    assert find_assessment(store, id_).state == "done"
    with pytest.raises(UsageError, match="Person 3 was not seen"):
        following.follow_person(store, id_, 3)
    store.folder.assessment(id_).upload.unlink()
    with pytest.raises(UsageError, match="needs the recording"):
        following.follow_person(store, id_, 1)


# ---------------------------------------------------------------- said of findings


def test_the_newest_word_holds_and_none_is_deleted(store, id_):
    reviews.say_of_finding(store, id_, "heel_rise", side="left", verdict="agree")
    reviews.say_of_finding(store, id_, "heel_rise", side="left", verdict="not_so", comment=" new shoes ")
    word = reviews.say_of_finding(store, id_, "heel_rise", side="left", verdict=None)
    assert (word.verdict, word.comment, word.times) == (None, "new shoes", 3)
    assert len(find_assessment(store, id_).reviews) == 3
    correct(store, id_, {"movement": "hinge"}, later=at_once)
    held = reviews.said(find_assessment(store, id_).reviews)
    assert held["heel_rise", "left"].comment == "new shoes"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"finding": "nonsense", "verdict": "agree"}, "no finding"),
        ({"finding": "heel_rise", "verdict": "maybe"}, "no verdict"),
        ({"finding": "heel_rise", "verdict": None, "side": "up"}, "no side"),
        ({"finding": "heel_rise", "verdict": None, "comment": "x" * 2001}, "letters"),
    ],
)
def test_words_are_checked(store, id_, told, says):
    with pytest.raises(UsageError, match=says):
        reviews.say_of_finding(store, id_, told.pop("finding"), **told)


# ---------------------------------------------------------------- what pages keep


def test_a_page_is_read_from_disk_until_the_result_changes(store, id_):
    place = store.folder.assessment(id_).path
    page = pages.page_of(place, Words())
    assert [path.name for path in (place / "page").iterdir()] == [
        "sheet-en-clinician.json",
        "overlay-en-clinician.json",
    ] or len(list((place / "page").iterdir())) == 2
    kept = place / "page" / "sheet-en-clinician.json"
    told = json.loads(kept.read_text(encoding="utf-8"))
    told["page"]["title"] = "kept"
    kept.write_text(json.dumps(told), encoding="utf-8")
    assert pages.page_of(place, Words())["title"] == "kept"
    correct(store, id_, {"movement": "lunge"}, later=at_once)
    assert pages.page_of(place, Words())["title"].startswith("Lunge")
    assert page["title"].startswith("Squat")
    kept = place / "page" / "sheet-en-clinician.json"
    kept.write_text("{", encoding="utf-8")
    assert pages.page_of(place, Words())["title"].startswith("Lunge")


def test_a_page_in_another_language_and_for_patients(store, id_):
    place = store.folder.assessment(id_).path
    assert pages.page_of(place, Words("de"))["title"].startswith("Kniebeuge")
    patient = pages.page_of(place, Words("en", "wellness"))
    assert patient["spine"] is None
    assert all("whisker" not in row for row in patient["noticed"])


def test_without_a_result_there_is_no_page(store, id_):
    store.folder.assessment(id_).track.unlink()
    with pytest.raises(pages.NoResultError):
        pages.page_of(store.folder.assessment(id_).path, Words())


def test_the_report_of_a_folder_is_the_one_that_was_written(store, id_):
    place = store.folder.assessment(id_).path
    pages._reports.clear()
    report = pages.report_of(place)
    told = json.loads((place / "report.json").read_text(encoding="utf-8"))
    assert report.provenance == told["provenance"]
    assert len(report.reps) == len(told["reps"])
    assert asdict(declared_in(report.raw)) == asdict(Declared())
