"""The worker with its child process: every end an assessment can come to, and nothing left running."""

import json
import threading

import psutil
import pytest
from short_clips import empty_room, short_clip, standing_clip
from working import hand_over, row_of, states, strays, wait_for, worker_process

from movement_lab.jobs import open_queue, rows, submit
from movement_lab.jobs.worker import work_on
from movement_lab.storage import open_store
from movement_lab.workspace.assessments import cancel, delete, retry

pytestmark = pytest.mark.usefixtures("pose_model")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    return {
        "squat": short_clip(folder / "squat.mp4"),
        "standing": standing_clip(folder / "standing.mp4"),
        "nobody": empty_room(folder / "nobody.mp4"),
    }


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def worked(tmp_path_factory, recordings):
    """A store whose worker has come to the end of one recording of each kind; the first had two tickets."""
    store = open_store(tmp_path_factory.mktemp("worked") / "data")
    ids = {
        "squat": hand_over(store, recordings["squat"]),
        "covered": hand_over(store, recordings["standing"], blur_face=True),
        "text": hand_over(store, b"not a film at all " * 1000, name="notes.mp4"),
        "nobody": hand_over(store, recordings["nobody"]),
        "standing": hand_over(store, recordings["standing"], keep_video=False),
    }
    with worker_process(store.folder.root) as worker:
        for _ in range(2):
            submit(store, ids["squat"])
        ended = {"done", "failed"}
        wait_for(lambda: set(states(store).values()) <= ended, "all ended")
        wait_for(lambda: not open_queue(store.folder.root).pending_count(), "no tickets left")
        wait_for(lambda: not worker.children(recursive=True), "children gone")
    yield store, ids
    store.close()


def test_a_recording_becomes_a_result_with_all_its_files(worked):
    store, ids = worked
    row, folder = row_of(store, ids["squat"]), store.folder.assessment(ids["squat"])
    assert (row.state, row.exit_code, row.reason, row.share) == ("done", 0, "", 1.0)
    assert (row.summary["movement"], row.summary["reps"]) == ("squat", 1)
    assert json.loads(folder.report.read_text())["movement"]["name"] == "squat"
    assert folder.upload.exists()
    assert folder.playback.exists()
    assert folder.track.exists()


def test_two_tickets_never_assess_twice(worked):
    store, ids = worked
    assert row_of(store, ids["squat"]).attempts == 1


def test_what_is_no_video_fails_in_words_that_name_it(worked):
    store, ids = worked
    row = row_of(store, ids["text"])
    assert (row.state, row.exit_code) == ("failed", 3)
    assert "notes.mp4" in row.reason


def test_an_empty_room_fails_in_words(worked):
    store, ids = worked
    row = row_of(store, ids["nobody"])
    assert (row.state, row.exit_code) == ("failed", 4)
    assert "Nobody was found" in row.reason


def test_without_a_repetition_there_is_a_result_all_the_same(worked):
    store, ids = worked
    row = row_of(store, ids["standing"])
    assert (row.state, row.exit_code, row.summary["reps"]) == ("done", 6, 0)
    assert store.folder.assessment(ids["standing"]).report.exists()


def test_what_was_not_to_be_kept_is_gone_once_the_row_is_done(worked):
    store, ids = worked
    covered, dropped = (store.folder.assessment(ids[name]) for name in ("covered", "standing"))
    assert not covered.upload.exists()
    assert covered.playback.exists()
    assert [path for path in (dropped.upload, dropped.playback) if path.exists()] == []
    assert row_of(store, ids["covered"]).video_kept
    assert not row_of(store, ids["standing"]).video_kept


def test_nothing_is_left_that_no_row_knows(worked):
    store, _ids = worked
    assert strays(store) == []
    assert store.is_whole()


@pytest.fixture
def at_work(store, recordings):
    """An assessment whose child is following the person, in a thread; all of it gone afterwards."""
    others = own_children()  # of tests that ran before, a resource tracker say
    id_ = hand_over(store, recordings["squat"])
    thread = start(store, id_)
    yield id_, thread
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert own_children() - others == set()


def own_children():
    return set(psutil.Process().children(recursive=True))


def start(store, id_):
    thread = threading.Thread(target=work_on, args=(store.folder.root, id_))
    thread.start()
    wait_for(lambda: row_of(store, id_).stage == "following", "following")
    return thread


def test_cancelled_while_at_work_then_tried_again_then_deleted_while_at_work(store, at_work):
    id_, thread = at_work
    cancel(store, id_)
    thread.join(timeout=60)
    assert row_of(store, id_).state == "cancelled"
    assert store.folder.assessment(id_).upload.exists()
    assert retry(store, id_).state == "queued"
    again = start(store, id_)
    delete(store, id_)
    again.join(timeout=60)
    assert states(store) == {}
    assert strays(store) == []


def test_a_child_that_crashes_fails_in_words_and_other_work_goes_on(store, recordings):
    poison, other = hand_over(store, recordings["squat"]), hand_over(store, recordings["nobody"])
    with worker_process(store.folder.root) as worker:
        wait_for(lambda: row_of(store, poison).stage == "following", "following")
        child = next(each for each in worker.children() if "movement_lab.jobs.child" in each.cmdline())
        child.send_signal(11)  # what a fault in a library ends with
        wait_for(lambda: row_of(store, other).state == "failed", "the next one")
    row = row_of(store, poison)
    assert (row.state, row.exit_code) == ("failed", -11)
    assert "crashed on this recording" in row.reason
    assert row_of(store, other).exit_code == 4


def test_a_child_that_something_else_ended_is_tried_again(store, recordings):
    id_ = hand_over(store, recordings["nobody"])
    with worker_process(store.folder.root) as worker:
        wait_for(lambda: row_of(store, id_).stage == "following", "following")
        next(each for each in worker.children() if "movement_lab.jobs.child" in each.cmdline()).kill()
        wait_for(lambda: row_of(store, id_).state == "failed", "tried again")
    assert (row_of(store, id_).exit_code, row_of(store, id_).attempts) == (4, 2)


def test_the_child_of_a_killed_worker_ends_too(store, recordings):
    id_ = hand_over(store, recordings["squat"])
    with worker_process(store.folder.root) as worker:
        wait_for(lambda: row_of(store, id_).stage == "following", "following")
        family = worker.children(recursive=True)
        assert family
        worker.kill()
        _gone, alive = psutil.wait_procs(family, timeout=30)
    assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def test_a_recording_that_ends_the_whole_worker_again_and_again_is_set_aside(store):
    id_, fresh = hand_over(store, b"x"), hand_over(store, b"y")
    for count in range(1, rows.MOST_ATTEMPTS + 1):
        assert rows.claim(store, id_).attempts == count
        order = rows.take_up(store)  # the worker died, a new one starts
        if count >= 3:
            assert order[0] == fresh  # others go first by now
    row = row_of(store, id_)
    assert row.state == "failed"
    assert "12 times" in row.reason
    assert order == [fresh]


def test_ending_on_purpose_counts_as_no_attempt(store):
    id_ = hand_over(store, b"x")
    rows.claim(store, id_)
    rows.put_all_back(store)
    assert (row_of(store, id_).state, row_of(store, id_).attempts) == ("queued", 0)
