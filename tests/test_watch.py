"""What is under watch is ended when it takes too much or too long, and its end is put in words."""

import textwrap

import psutil
import pytest
from working import hand_over, row_of, strays

from movement_lab.jobs import rows
from movement_lab.jobs.outcomes import end, in_force
from movement_lab.jobs.watch import Limits, Overrun, run_watched
from movement_lab.jobs.worker import limits_from_environment
from movement_lab.storage import open_store
from movement_lab.workspace.assessments import delete

SAY = """
import json, os, signal, subprocess, sys, time
given = json.loads(sys.stdin.readline())
say = lambda **line: print(json.dumps(line), flush=True)
"""
CHILDREN = {
    "well": """
        say(stage="reading", share=0.5)
        say(done={"given": given}, exit_code=0)""",
    "crash": """
        signal.signal(11, signal.SIG_DFL)
        os.kill(os.getpid(), 11)""",
    "hang": """
        say(stage="following", share=0.1)
        time.sleep(600)""",
    "still": """
        while True:
            say(stage="following", share=0.1)
            time.sleep(0.05)""",
    "endless": """
        for share in range(10_000):
            say(stage="following", share=share)
            time.sleep(0.05)""",
    "greedy": """
        held = bytearray(300 * 1024**2)
        say(stage="reading", share=0)
        time.sleep(600)""",
    "chatter": """
        sys.stdout.buffer.write(bytes([255, 254]) + b" noise\\n[1]\\n5\\n{broken\\n")
        say(done={}, exit_code=0)""",
    "leaves": """
        stays = [sys.executable, "-c", "import time; time.sleep(600)"]
        print(json.dumps({"stays": subprocess.Popen(stays, start_new_session=True).pid}), flush=True)""",
}


@pytest.fixture(autouse=True)
def modules(tmp_path, monkeypatch):
    folder = tmp_path / "modules"
    folder.mkdir()
    for name, code in CHILDREN.items():
        (folder / f"child_{name}.py").write_text(SAY + textwrap.dedent(code))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    others = own_children()  # of tests that ran before, a resource tracker say
    yield
    assert own_children() - others == set()


def own_children():
    return set(psutil.Process().children(recursive=True))


def watch(name, *, wanted=lambda: True, **limits):
    lines = []
    ended = run_watched(
        f"child_{name}", [], {"a": 1}, limits=Limits(**limits), on_line=lines.append, wanted=wanted
    )
    return ended, lines


def test_lines_are_handed_on_and_the_exit_code_is_told():
    ended, lines = watch("well")
    assert ended == 0
    assert lines == [{"stage": "reading", "share": 0.5}, {"done": {"given": {"a": 1}}, "exit_code": 0}]


def test_a_crash_is_the_exit_code():
    assert watch("crash") == (-11, [])


def test_what_libraries_print_is_passed_over():
    assert watch("chatter") == (0, [{"done": {}, "exit_code": 0}])


def test_no_sign_of_life_ends_it():
    ended, lines = watch("hang", silence_s=1.5)
    assert ended == Overrun("silence")
    assert lines == [{"stage": "following", "share": 0.1}]


def test_a_bar_that_stands_still_is_no_sign_of_life():
    assert watch("still", silence_s=1.5)[0] == Overrun("silence")


def test_too_long_in_all_ends_it():
    assert watch("endless", total_s=1.5)[0] == Overrun("total")


def test_too_much_memory_ends_it():
    assert watch("greedy", memory_bytes=200 * 1024**2)[0] == Overrun("memory")


def test_what_nobody_wants_any_more_ends_though_it_keeps_talking():
    asked = iter([True, False])
    assert watch("endless", wanted=lambda: next(asked))[0] == Overrun("unwanted")


def test_a_grandchild_that_stays_holds_nothing_up():
    ended, [line] = watch("leaves")
    assert ended == 0
    psutil.Process(line["stays"]).kill()


def test_limits_come_from_the_environment(monkeypatch):
    for name, value in {"MEMORY_GB": "1.5", "SILENCE_S": "9", "TOTAL_S": "60"}.items():
        monkeypatch.setenv(f"MOVEMENT_LAB_{name}", value)
    assert limits_from_environment() == Limits(int(1.5 * 1024**3), 9.0, 60.0)


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def claimed(store):
    return rows.claim(store, hand_over(store, b"x" * 100))


@pytest.mark.parametrize(
    ("ended", "last", "state", "words"),
    [
        (Overrun("memory"), {}, "failed", "more memory than one recording may take (6.0 GB)"),
        (Overrun("silence"), {}, "failed", "no progress for 3 minutes"),
        (Overrun("total"), {}, "failed", "longer than 60 minutes"),
        (-11, {}, "failed", "crashed on this recording"),
        (1, {}, "failed", "crashed on this recording"),
        (0, {"failed": "No room.", "exit_code": 1}, "failed", "No room."),
        (0, {"done": {"video": True}, "exit_code": 6}, "done", ""),
        (-9, {}, "queued", ""),
        (-15, {}, "queued", ""),
    ],
)
def test_every_end_is_told_in_the_row(store, claimed, ended, last, state, words):
    end(store, claimed, ended, last, Limits())
    row = row_of(store, claimed.id)
    assert row.state == state
    assert words in row.reason
    assert "kept" in row.reason or state != "failed" or "failed" in last


def test_what_is_ended_from_outside_too_often_fails(store, claimed):
    for _ in range(2):
        end(store, claimed, -9, {}, Limits())
        claimed = rows.claim(store, claimed.id)
    end(store, claimed, -9, {}, Limits())
    assert row_of(store, claimed.id).state == "failed"


def test_what_the_child_of_a_deleted_row_still_wrote_is_deleted(store, claimed):
    delete(store, claimed.id)
    folder = store.folder.assessment(claimed.id)
    folder.path.mkdir()
    folder.report.write_text("{}")
    end(store, claimed, Overrun("unwanted"), {}, Limits())
    assert strays(store) == []


def test_an_outcome_waits_until_it_can_be_written(monkeypatch):
    monkeypatch.setattr("movement_lab.jobs.outcomes._AGAIN_S", 0.01)
    tries = []

    def write():
        tries.append(1)
        if len(tries) < 3:
            raise OSError("disk full")

    in_force(write)
    assert len(tries) == 3
