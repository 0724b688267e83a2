"""The shorter way for live pictures: who is let in, and that it answers as requests do."""

import json
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from movement_lab.live import LiveSessions, LiveSettings
from movement_lab.live.model import live_model
from movement_lab.server import create_app
from movement_lab.server.live_door import LiveDoor
from movement_lab.server.settings import ServerSettings
from movement_lab.storage import open_store
from movement_lab.video import read_frames

SAMPLE = Path(__file__).parent.parent / "samples" / "squat_side.mp4"
OURS = "http://127.0.0.1:8000"


@pytest.fixture
def sessions():
    made = LiveSessions()
    yield made
    made.close()


@pytest.fixture
def door(sessions):
    made = LiveDoor(sessions, ServerSettings())
    yield made
    made.close()


def enter(door, id_, **options):
    return connect(f"{door.address}/{id_}", **{"origin": OURS, "compression": None, "proxy": None, **options})


def message(time_s, jpeg, *, live=False):
    return struct.pack("<d?", time_s, live) + jpeg


@pytest.mark.parametrize("options", [{"origin": "https://elsewhere.example"}, {"origin": None}])
def test_other_sites_pages_are_not_let_in(door, options):
    with pytest.raises(InvalidStatus, match="403"):
        enter(door, "unknown", **options)


def test_a_name_that_was_bound_to_this_machine_by_others_is_not_answered(door):
    address = urlsplit(door.address)
    sock = socket.create_connection((address.hostname, address.port))
    with pytest.raises(InvalidStatus, match="403"):
        connect(f"ws://elsewhere.example:{address.port}/unknown", sock=sock, origin=OURS, proxy=None)


def test_two_hosts_are_none(door):
    with pytest.raises(InvalidStatus, match="403"):
        enter(door, "unknown", additional_headers={"Host": "elsewhere.example"})


def test_nobody_is_let_in_without_a_session(door):
    with pytest.raises(InvalidStatus, match="404"):
        enter(door, "unknown")


@pytest.mark.parametrize(
    "settings",
    [ServerSettings(host="0.0.0.0"), ServerSettings(names=("lab.example",)), ServerSettings(https=True)],
)
def test_there_is_no_door_where_other_machines_can_come_in(sessions, settings):
    assert LiveDoor(sessions, settings).address is None


def test_only_the_record_page_and_its_worker_may_talk_to_it(tmp_path):
    app = create_app(open_store(tmp_path / "data"))
    client = app.test_client()
    policy = {}
    for path in ("/record", "/record/worker.js", "/", "/static/record/record.js"):
        with client.get(path, base_url=OURS) as answer:
            policy[path] = answer.headers["Content-Security-Policy"]
    address = app.extensions["live_door"].address
    assert address.startswith("ws://127.0.0.1:")
    assert [path for path, text in policy.items() if address in text] == ["/record", "/record/worker.js"]
    assert all("unsafe" not in text for text in policy.values())
    app.extensions["live_door"].close()


@pytest.mark.pose
def test_pictures_are_answered_and_what_is_none_is_said_so(door, sessions, pose_model):
    import cv2

    frames = [frame for frame, _ in zip(read_frames(SAMPLE), range(4), strict=False)]
    jpegs = [cv2.imencode(".jpg", frame.image[..., ::-1])[1].tobytes() for frame in frames]
    id_ = sessions.start(LiveSettings(str(live_model())))
    with enter(door, id_) as line:

        def ask(sent):
            line.send(sent)
            return json.loads(line.recv(timeout=60))

        answers = [ask(message(frame.time_s, jpeg)) for frame, jpeg in zip(frames, jpegs, strict=True)]
        assert [len(answer["points"]) for answer in answers] == [99] * 4
        assert answers[0]["phase"] is None
        assert ask(message(0.0, jpegs[0])) == {"status": 400}  # older than the last
        assert ask(message(5.0, b"no picture")) == {"status": 415}
        assert ask("text") == {"status": 415}
        assert ask(message(6.0, jpegs[0], live=True))["phase"] == "set"
        sessions.end(id_)
        assert ask(message(7.0, jpegs[0])) == {"status": 404}
