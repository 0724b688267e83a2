"""Nothing accepted is lost: killed at random moments, without room on the disk, cut off while sending."""

import json
import os
import socket
import subprocess
import sys

import psutil
import pytest
from durable import Rounds
from served import API, Sender, Served
from short_clips import short_clip
from working import hand_over, row_of, states, strays, wait_for

from movement_lab.jobs.worker import work_on
from movement_lab.server.look import Look, save_look
from movement_lab.storage import open_store
from movement_lab.workspace import uploads
from movement_lab.workspace.assessments import retry

#: Kills in the test; `benchmarks/durability.py --rounds 20` plays more.
ROUNDS = int(os.environ.get("MOVEMENT_LAB_ROUNDS", "4"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return short_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", end_s=4.6, every=3).read_bytes()


@pytest.fixture
def served(tmp_path):
    server = Served(tmp_path / "data")
    server.start()
    yield server
    server.close()


@pytest.mark.usefixtures("pose_model")
def test_whatever_is_killed_every_accepted_recording_is_assessed_once(tmp_path, clip):
    rounds = Rounds(tmp_path / "data", clip)
    rounds.run(ROUNDS)
    assert rounds.kills == ROUNDS
    assert rounds.faults() == []


def test_a_cut_connection_loses_nothing_that_was_acknowledged(served):
    recording = os.urandom(400_000)
    _status, told = served.ask("POST", f"{API}/uploads", {"source": "upload"})
    served.ask("PUT", f"{API}/uploads/{told['id']}/data?offset=0", recording[:100_000])
    with socket.create_connection(served.address) as cut:  # promises more than it sends
        head = f"PUT {API}/uploads/{told['id']}/data?offset=100000 HTTP/1.1\r\nHost: localhost\r\n"
        cut.sendall(f"{head}Content-Length: 300000\r\n\r\n".encode() + recording[100_000:150_000])
    _status, there = served.ask("GET", f"{API}/uploads/{told['id']}")
    assert there["bytes_here"] >= 100_000
    sender = Sender(served, recording, id=told["id"])
    sender._send()
    status, _row = served.ask("POST", f"{API}/uploads/{told['id']}/finish", {})
    assert status == 201
    stored = served.root / "assessments" / told["id"] / "upload"
    assert stored.read_bytes() == recording


def test_pieces_that_arrive_twice_at_once_are_written_once(served):
    recording = os.urandom(300_000)
    _status, told = served.ask("POST", f"{API}/uploads", {"source": "upload"})
    twins = [Sender(served, recording, id=told["id"], pieces=20) for _ in range(4)]
    for twin in twins:
        twin.run = twin._send
        twin.start()
    for twin in twins:
        twin.join(60)
    assert (served.root / "incoming" / told["id"] / "data").read_bytes() == recording


def test_an_upload_that_was_not_handed_over_survives_a_kill(served):
    _status, told = served.ask("POST", f"{API}/uploads", {"source": "camera", "file_name": "a.webm"})
    served.ask("PUT", f"{API}/uploads/{told['id']}/data?offset=0", b"x" * 1000)
    served.kill("both")
    served.start()
    _status, listed = served.ask("GET", f"{API}/uploads")
    assert [(each["id"], each["bytes_here"], each["file_name"]) for each in listed] == [
        (told["id"], 1000, "a.webm")
    ]


@pytest.mark.parametrize("name", ["terminate", "interrupt"])
def test_ended_politely_nothing_runs_on_and_nothing_counts_as_tried(served, name):
    _status, told = served.ask("POST", f"{API}/uploads", {"source": "upload"})
    served.ask("PUT", f"{API}/uploads/{told['id']}/data?offset=0", b"not a film")
    wait_for(served.worker, "the worker")
    family = psutil.Process(served.process.pid).children(recursive=True)
    if name == "terminate":
        assert served.end() == 0
    else:
        served.process.send_signal(2)
        assert served.process.wait(30) == 0
        served.process.stdout.close()
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert not list(served.root.glob("*-wal"))  # written into the database, which may be copied now


def test_two_servers_never_share_a_folder(served):
    code = [sys.executable, "-m", "movement_lab", "serve", "--data", str(served.root), "--no-browser"]
    second = subprocess.run([*code, "--port", "0"], capture_output=True, text=True, timeout=60)
    assert second.returncode == 2
    assert "Another process uses" in second.stderr
    assert served.ask("GET", f"{API}/assessments")[0] == 200


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 24 MB, where one may be made."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode:
        pytest.skip("no small disk can be made here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_up_while_a_recording_arrives_is_said_and_harms_nothing(small_disk, monkeypatch):
    monkeypatch.setattr(uploads, "RESERVE_BYTES", 0)
    store = open_store(small_disk / "data")
    kept = uploads.begin(store, source="upload").id
    uploads.append(store, kept, 0, [b"x" * 1000])
    id_ = uploads.begin(store, source="upload").id
    with pytest.raises(uploads.NoRoomError, match="almost full"):
        uploads.append(store, id_, 0, (b"y" * 1_000_000 for _ in range(40)))
    assert uploads.finish(store, kept) == kept
    assert states(store) == {kept: "queued"}
    uploads.discard(store, id_)
    assert strays(store) == []
    assert store.is_whole()
    store.close()


def test_a_database_without_room_says_so_and_stays_whole(small_disk):
    store = open_store(small_disk / "data")
    fill = small_disk / "fill"
    with pytest.raises(OSError, match="space"):
        fill.write_bytes(bytes(25 * 1024**2))
    with pytest.raises(uploads.NoRoomError, match="almost full"):
        save_look(store, Look("x" * 500_000, "y"))
    fill.unlink()
    save_look(store, Look("de", "clinician"))
    assert store.is_whole()
    store.close()


@pytest.mark.usefixtures("pose_model")
def test_results_that_find_no_room_are_said_and_can_be_tried_again(small_disk, clip, monkeypatch):
    monkeypatch.setattr(uploads, "RESERVE_BYTES", 0)
    store = open_store(small_disk / "data")
    id_ = hand_over(store, clip)
    fill = small_disk / "fill"
    fill.write_bytes(b"\0" * (store.folder.free_bytes() - 400_000))
    work_on(store.folder.root, id_)
    row = row_of(store, id_)
    assert row.state == "failed"
    assert "room" in row.reason
    assert "kept" in row.reason
    fill.unlink()
    retry(store, id_)
    work_on(store.folder.root, id_)
    assert row_of(store, id_).state == "done"
    assert strays(store) == []
    store.close()


def test_five_gigabytes_are_refused_at_once_in_words(served):
    for path, kind in ((f"{API}/uploads/abcdefgh1234/data?offset=0", "json"), ("/upload", "plain")):
        method = "PUT" if "api" in path else "POST"
        with socket.create_connection(served.address) as sending:
            sending.settimeout(20)
            head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {5 * 1024**3}\r\n\r\n"
            sending.sendall(head.encode() + b"x" * 1000)
            answer = b"".join(iter(lambda: sending.recv(65536), b"")).decode()
        assert answer.startswith("HTTP/1.1 413")
        assert "Cut the video to the exercise" in answer
        assert kind in answer
    body = {"source": "upload", "bytes_expected": 5 * 1024**3}
    status, told = served.ask("POST", f"{API}/uploads", body)
    assert status == 413
    assert json.dumps(told).count("larger than 2 GB") == 1


def test_those_who_send_slowly_hold_nobody_up(served):
    slow = []
    for _ in range(30):  # more than there are threads
        sending = socket.create_connection(served.address)
        sending.sendall(b"POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        slow.append(sending)
    assert served.ask("GET", "/")[0] == 200
    for sending in slow:
        sending.close()
