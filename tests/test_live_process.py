"""The real processes of a live session with the real model, fed with frames of a sample."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from movement_lab.errors import ModelError, UsageError, VideoError
from movement_lab.live import LiveSession, LiveSessions, LiveSettings
from movement_lab.live.counting import reps_of
from movement_lab.live.model import live_model
from movement_lab.live.sessions import SessionEndedError, TooManyCamerasError
from movement_lab.pipeline import assess
from movement_lab.records import Frame
from movement_lab.skeleton import LANDMARKS
from movement_lab.tracking import stack_poses
from movement_lab.video import decode_jpeg, read_frames

pytestmark = pytest.mark.pose

SAMPLES = Path(__file__).parent.parent / "samples"
STEP_S = 0.08  # every other frame: half the work, and what a busy computer manages


@pytest.fixture(scope="module")
def model(pose_model):
    return str(live_model())


@pytest.fixture(scope="module")
def pictures():
    """Every other frame of a sample as (time, JPEG bytes)."""
    import cv2

    frames = list(read_frames(SAMPLES / "squat_side.mp4"))[::2]
    return [(f.time_s, cv2.imencode(".jpg", f.image[..., ::-1], [1, 85])[1].tobytes()) for f in frames]


@pytest.fixture
def session(model):
    opened = LiveSession(LiveSettings(model))
    yield opened
    opened.close()


def settled(session, pictures, stage):
    """Keep standing there until the analysis has caught up; returns its newest note."""
    last_s, jpeg = pictures[-1]
    until, number = time.monotonic() + 90, 1
    while time.monotonic() < until:
        answer = session.judge(jpeg, last_s + 0.001 * number, stage)  # the window hardly slides
        number += 1
        if answer.note and answer.note.get("count") == 3:
            return answer.note
        time.sleep(0.2)
    pytest.fail("the analysis did not count three repetitions")


def test_the_same_frames_live_and_from_a_file_give_the_same_repetitions_and_values(session, model, pictures):
    answers = [session.judge(jpeg, time_s, "live") for time_s, jpeg in pictures]
    note = settled(session, pictures, "live")
    live = stack_poses([each.seen.pose for each in answers], names=LANDMARKS, size=answers[0].seen.size)
    filed = track_in_one_go(model, pictures)
    np.testing.assert_array_equal(live.xy, filed.xy)
    np.testing.assert_array_equal(live.xyz, filed.xyz)

    report = assess(filed)
    assert plain(assess(live)) == plain(report)
    assert note["count"] == len(reps_of(report)) == len(report.reps) == 3
    turns_s = [float(report.track.time_s[rep.turn]) for rep in report.reps]
    assert note["turns_s"] == pytest.approx(turns_s, abs=STEP_S)
    assert (note["movement"], note["view"]["name"]) == (report.movement.name, report.view.name)
    assert note["standing"]


def track_in_one_go(model, pictures):
    """Return the track of the same pictures as a file's would be made, in a process without a network."""
    from multiprocessing import get_context

    with get_context("spawn").Pool(1) as pool:
        return pool.apply(track_pictures, (model, pictures))


def track_pictures(model, pictures):
    from movement_lab.backends import open_backend
    from movement_lab.isolation import cut_network
    from movement_lab.live.wire import nobody

    cut_network()
    poses = []
    with open_backend("mediapipe", model) as backend:
        for number, (time_s, jpeg) in enumerate(pictures):
            image = decode_jpeg(jpeg)
            found = backend(Frame(number, time_s, image))
            poses.append(found[0] if found else nobody(time_s))
    return stack_poses(poses, names=LANDMARKS, size=(image.shape[1], image.shape[0]))


def plain(report):
    return [(m.name, m.rep, m.side, m.at, m.zero, repr(m.value), repr(m.low)) for m in report.measurements]


def test_the_coach_sees_the_set_up(session, pictures):
    until, note, number = time.monotonic() + 60, {}, 0
    standing = [jpeg for time_s, jpeg in pictures if time_s < 2]
    while time.monotonic() < until:
        answer = session.judge(standing[number % len(standing)], 0.08 * number)
        number += 1
        note = answer.note or {}
        states = {check["id"]: check["state"] for check in note.get("checks", ())}
        if states.get("person") == "ok" and states.get("still") == "ok":
            break
        time.sleep(0.05)
    assert {id for id, state in states.items() if state != "ok"} <= {"clothes", "level"}
    assert note["view"]["name"] == "right"
    assert answer.phase is None


def test_a_newer_picture_overtakes_one_that_waits(session, pictures):
    jpeg = pictures[0][1]
    session.judge(jpeg, 0.0)  # the model is loaded
    answers, threads = {}, []
    with session._turn:
        session._busy = True  # as if a picture were being judged
    for number in (1, 2, 3):
        thread = threading.Thread(target=lambda n=number: answers.update({n: session.judge(jpeg, float(n))}))
        thread.start()
        threads.append(thread)
        time.sleep(0.2)
    with session._turn:
        session._busy = False
        session._turn.notify_all()
    for thread in threads:
        thread.join(30)
    assert answers[1] is None
    assert answers[2] is None
    assert answers[3].seen.pose.time_s == 3.0


def test_what_is_no_picture_or_comes_late_is_refused_and_the_next_is_answered(session, pictures):
    jpeg = pictures[0][1]
    session.judge(jpeg, 1.0)
    with pytest.raises(UsageError, match="older"):
        session.judge(jpeg, 0.5)
    for number, bytes_ in enumerate(
        (b"", b"no picture", jpeg[:200], b"\xff\xd8" + b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff" * 4)
    ):
        with pytest.raises(VideoError):
            session.judge(bytes_, 2.0 + number)
    assert session.judge(jpeg, 9.0).seen.found


def test_a_pose_process_that_is_gone_is_said_so(session, pictures):
    session.judge(pictures[0][1], 0.0)
    os.kill(session._processes[0].pid, signal.SIGKILL)
    session._processes[0].join()
    with pytest.raises(ModelError, match="recording itself goes on"):
        session.judge(pictures[1][1], 1.0)
    assert not session.alive


def test_without_its_analysis_the_picture_goes_on(session, pictures):
    session.judge(pictures[0][1], 0.0)
    os.kill(session._processes[1].pid, signal.SIGKILL)
    session._processes[1].join()
    assert session.judge(pictures[1][1], 1.0).seen.found
    assert session.judge(pictures[2][1], 2.0).seen.found


def test_only_so_many_cameras_and_none_that_is_silent(model):
    sessions = LiveSessions(most=1, idle_s=1.0)
    try:
        first = sessions.start(LiveSettings(model))
        with pytest.raises(TooManyCamerasError, match="live already"):
            sessions.start(LiveSettings(model))
        processes = sessions.find(first)._processes
        until = time.monotonic() + 30
        while len(sessions) and time.monotonic() < until:
            time.sleep(0.1)
        with pytest.raises(SessionEndedError, match="ended"):
            sessions.find(first)
        while any(process.is_alive() for process in processes) and time.monotonic() < until:
            time.sleep(0.1)
        assert not any(process.is_alive() for process in processes)
        sessions.end(sessions.start(LiveSettings(model)))
        sessions.end("never begun")
    finally:
        sessions.close()


@pytest.mark.skipif(sys.platform != "linux", reason="stops a process as a busy computer does")
def test_a_session_that_is_slow_to_answer_is_not_taken_for_silent(model, pictures):
    sessions = LiveSessions(most=1, idle_s=1.0)
    try:
        session = sessions.find(sessions.start(LiveSettings(model)))
        os.kill(session._processes[0].pid, signal.SIGSTOP)
        answers = []
        asking = threading.Thread(target=lambda: answers.append(session.judge(pictures[0][1], 0.0)))
        asking.start()
        time.sleep(3)
        assert len(sessions) == 1
        os.kill(session._processes[0].pid, signal.SIGCONT)
        asking.join(60)
        assert answers[0] is not None
    finally:
        sessions.close()


CHILDREN = """
import sys, time
from movement_lab.live import LiveSessions, LiveSettings
if __name__ == "__main__":
    sessions = LiveSessions()
    session = sessions.find(sessions.start(LiveSettings(sys.argv[1])))
    print(*[process.pid for process in session._processes], flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_processes_end_with_the_server_however_that_was_killed(model, tmp_path):
    script = tmp_path / "server.py"
    script.write_text(CHILDREN)
    server = subprocess.Popen([sys.executable, script, model], stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in server.stdout.readline().split()]
    server.kill()
    server.wait()
    server.stdout.close()
    until = time.monotonic() + 20
    while any(alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(alive(pid) for pid in pids)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
