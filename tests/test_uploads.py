"""Recordings on their way in: resumable, accepted once, and swept after a crash."""

import os

import pytest

from movement_lab.errors import UsageError
from movement_lab.storage import Assessment, open_store
from movement_lab.workspace import uploads
from movement_lab.workspace.asked import Asked, read_asked
from movement_lab.workspace.assessments import UnknownAssessmentError, delete, find_assessment
from movement_lab.workspace.retention import sweep

RECORDING = os.urandom(300_000)


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def begun(store, **known):
    return uploads.begin(store, source="upload", **known).id


def states(store):
    with store.session() as session:
        return {row.id: row.state for row in session.query(Assessment)}


def test_pieces_in_order_repeated_and_overlapping_make_the_recording(store):
    id_ = begun(store, file_name="squat.mp4")
    uploads.append(store, id_, 0, [RECORDING[:100_000]])
    uploads.append(store, id_, 0, [RECORDING[:100_000]])  # sent again after a lost answer
    uploads.append(store, id_, 60_000, [RECORDING[60_000:150_000], RECORDING[150_000:]])
    assert uploads.finish(store, id_) == id_
    assert store.folder.assessment(id_).upload.read_bytes() == RECORDING
    row = find_assessment(store, id_)
    assert (row.state, row.file_name, row.file_bytes) == ("queued", "squat.mp4", len(RECORDING))
    assert list(store.folder.incoming.iterdir()) == []


def test_a_piece_beyond_what_is_here_is_refused_and_says_where_to_go_on(store):
    id_ = begun(store)
    uploads.append(store, id_, 0, [RECORDING[:10]])
    with pytest.raises(uploads.OutOfStepError) as refusal:
        uploads.append(store, id_, 11, [b"x"])
    assert refusal.value.have == 10


def test_what_arrived_before_the_connection_broke_stays(store):
    id_ = begun(store)

    def broken():
        yield RECORDING[:1000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        uploads.append(store, id_, 0, broken())
    uploads.append(store, id_, 1000, [RECORDING[1000:]])
    uploads.finish(store, id_)
    assert store.folder.assessment(id_).upload.read_bytes() == RECORDING


def test_handing_over_twice_accepts_once(store):
    id_ = begun(store)
    uploads.append(store, id_, 0, [RECORDING])
    assert uploads.finish(store, id_) == uploads.finish(store, id_)
    assert states(store) == {id_: "queued"}


def test_a_crash_between_moving_and_committing_loses_nothing(store, monkeypatch):
    id_ = begun(store)
    uploads.append(store, id_, 0, [RECORDING])

    def crash(*_args, **_known):
        raise KeyboardInterrupt

    monkeypatch.setattr(uploads, "to_plain", crash)
    with pytest.raises(KeyboardInterrupt):
        uploads.finish(store, id_)
    monkeypatch.undo()
    sweep(store)
    assert uploads.list_incoming(store)[0].bytes_here == len(RECORDING)
    uploads.finish(store, id_)
    assert store.folder.assessment(id_).upload.read_bytes() == RECORDING


def test_the_sweep_takes_what_no_row_knows_and_leaves_the_rest(store):
    kept = begun(store)
    uploads.append(store, kept, 0, [RECORDING])
    uploads.finish(store, kept)
    arriving = begun(store)
    (store.folder.assessments / "orphan").mkdir()
    (store.folder.assessments / ".going-orphan2").mkdir()
    (store.folder.incoming / "half").mkdir()
    sweep(store)
    assert [path.name for path in store.folder.assessments.iterdir()] == [kept]
    assert [path.name for path in store.folder.incoming.iterdir()] == [arriving]


def test_deleting_leaves_no_file_and_no_row(store):
    id_ = begun(store)
    uploads.append(store, id_, 0, [RECORDING])
    uploads.finish(store, id_)
    delete(store, id_)
    assert states(store) == {}
    assert list(store.folder.assessments.iterdir()) == []
    with pytest.raises(UnknownAssessmentError, match="no such assessment"):
        find_assessment(store, id_)


def test_too_large_and_no_room_are_said_before_a_byte_is_written(store, monkeypatch):
    with pytest.raises(uploads.TooLargeError, match="2 GB"):
        uploads.begin(store, source="upload", bytes_expected=5 * 1024**3)
    monkeypatch.setattr(uploads, "RESERVE_BYTES", 10**18)
    with pytest.raises(uploads.NoRoomError, match="almost full"):
        uploads.begin(store, source="upload")
    assert list(store.folder.incoming.iterdir()) == []


def test_growing_beyond_the_limit_is_refused_while_it_arrives(store, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    id_ = begun(store)
    with pytest.raises(uploads.TooLargeError):
        uploads.append(store, id_, 0, [RECORDING])


@pytest.mark.parametrize("id_", ["../../etc", "..", "", "a/b", "x" * 99])
def test_identifiers_never_leave_the_folder(store, id_):
    with pytest.raises(uploads.UnknownUploadError):
        uploads.find_incoming(store, id_)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\squat.mp4", "squat.mp4"),
        ("a\r\nSet-Cookie: x=1.mp4", "aSet-Cookie: x=1.mp4"),
        ("<script>alert(1)</script>.mp4", "script>.mp4"),
        ("Kniebeuge ünï.mp4", "Kniebeuge ünï.mp4"),
    ],
)
def test_names_are_labels_only(store, name, label):
    assert uploads.clean_name(name) == label


def test_long_names_keep_their_end():
    shown = uploads.clean_name("x" * 500 + ".mp4")
    assert len(shown) <= 120
    assert shown.endswith(".mp4")


def test_what_was_asked_is_checked_at_the_door():
    assert read_asked({"movement": "auto", "view": "", "height_cm": "172"}) == Asked(height_cm=172.0)
    for wrong in ({"movement": "jump"}, {"height_cm": "tall"}, {"height_cm": 5}, {"colour": "red"}):
        with pytest.raises(UsageError):
            read_asked(wrong)


def test_an_old_database_stays_readable(store):
    store.close()
    again = open_store(store.folder.root)
    assert again.is_whole()
    again.close()


def test_a_damaged_database_is_said_plainly(tmp_path):
    (tmp_path / "workspace.sqlite").write_bytes(b"not a database" * 500)
    with pytest.raises(UsageError, match="can't be opened"):
        open_store(tmp_path)
