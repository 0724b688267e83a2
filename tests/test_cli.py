"""The command line as people meet it: words, exit codes, files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from movement_lab import errors
from movement_lab.cli import main
from movement_lab.exporters.npz import save_track
from movement_lab.pipeline import assess
from movement_lab.synthetic import Camera, film, repetitions, standing_still

SAMPLES = Path(__file__).parent.parent / "samples"
FILES = {
    "report.json",
    "report.html",
    "angles.csv",
    "reps.csv",
    "findings.csv",
    "coordination.csv",
    "track.npz",
}


def assessing(video, model, out):
    """The command line of a process of its own."""
    return [sys.executable, "-m", "movement_lab", "assess", video, "--model", model, "--out", out]


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def track(tmp_path):
    """A stored track of three squats, as an earlier run would have left it."""
    report = assess(film(repetitions("squat", reps=3), Camera(view="left", size=(960, 640))))
    return save_track(report, tmp_path / "track.npz")


def test_a_track_is_assessed_in_place_of_a_video(track, tmp_path):
    result = run("assess", track, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert "Squat" in result.stdout
    assert str(tmp_path / "out" / "report.html") in result.stdout


def test_json_is_the_report_and_nothing_else(track, tmp_path):
    result = run("assess", track, "--out", tmp_path / "out", "--json")
    printed = json.loads(result.stdout)
    assert printed == json.loads((tmp_path / "out" / "report.json").read_text())
    assert len(printed["reps"]) == 3


def test_assessing_the_stored_track_again_finds_the_same(track, tmp_path):
    run("assess", track, "--out", tmp_path / "one", "--movement", "squat")
    run("assess", tmp_path / "one" / "track.npz", "--out", tmp_path / "two")
    first, second = (json.loads((tmp_path / name / "report.json").read_text()) for name in ("one", "two"))
    for report in (first, second):
        del report["provenance"]["made_at"]
    assert first == second  # also what had been declared


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("profile", ["clinician", "wellness"])
def test_both_profiles_in_both_languages(track, tmp_path, language, profile):
    result = run("assess", track, "--out", tmp_path / "out", "--language", language, "--profile", profile)
    assert result.exit_code == 0, result.output
    page = (tmp_path / "out" / "report.html").read_text()
    assert f'lang="{language}"' in page
    if profile == "wellness":
        assert not any(
            word in result.stdout.lower() for word in ("mild", "moderate", "marked", "leicht", "deutlich")
        )


def test_no_repetition_still_writes_the_report(tmp_path):
    report = assess(film(standing_still(), Camera(view="left")))
    path = save_track(report, tmp_path / "still.npz")
    result = run("assess", path, "--out", tmp_path / "out")
    assert result.exit_code == 6
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["assess"], 2),
        (["assess", "nowhere.mp4"], 3),
        (["assess", "x.mp4", "--movement", "handstand"], 2),
        (["assess", "x.mp4", "--language", "xx"], 2),
        (["models", "pull", "enormous"], 2),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(arguments, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []  # nothing was made


def test_a_file_that_is_no_video_and_no_track(tmp_path):
    for name in ("notes.mp4", "notes.npz"):
        path = tmp_path / name
        path.write_text("not a video")
        result = run("assess", path, "--out", tmp_path / "out")
        assert result.exit_code == 3
        assert name in result.stderr
        assert len(result.stderr.strip().splitlines()) <= 2  # the stage, and the sentence
        assert not (tmp_path / "out").exists()


def test_the_folder_for_results_must_be_possible(track, tmp_path):
    (tmp_path / "taken").write_text("a file")
    result = run("assess", track, "--out", tmp_path / "taken" / "inside")
    assert result.exit_code == 2
    assert "--out" in result.stderr


def test_a_missing_model_names_the_command_that_fetches_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MOVEMENT_LAB_MODELS", str(tmp_path))
    sample = next(iter(sorted(SAMPLES.glob("*.mp4"))))
    result = run("assess", sample, "--out", tmp_path / "out")
    assert result.exit_code == 5
    assert "models pull" in result.stderr


def test_exit_codes_are_those_documented():
    codes = {error.__name__: error.exit_code for error in errors.MovementLabError.__subclasses__()}
    assert codes == {"UsageError": 2, "VideoError": 3, "NobodyError": 4, "ModelError": 5, "KnowledgeError": 1}
    help_text = run("assess", "--help").output
    for code in (0, 2, 3, 4, 5, 6):
        assert f"{code} " in help_text.split("Exit codes")[1]


def test_tracebacks_only_with_debug(track, tmp_path, monkeypatch):
    monkeypatch.setattr("movement_lab.recording.assess", lambda *a, **k: 1 / 0)
    plain = run("assess", track, "--out", tmp_path / "out")
    assert plain.exit_code == 1
    assert "Traceback" not in plain.output
    assert "--debug" in plain.stderr
    assert isinstance(run("--debug", "assess", track, "--out", tmp_path / "out").exception, ZeroDivisionError)


@pytest.mark.pose
@pytest.mark.parametrize("after_s", [1.0, 4.0])
def test_a_killed_run_leaves_no_half_file_and_no_process(tmp_path, pose_model, after_s):
    sample = next(iter(sorted(SAMPLES.glob("*squat*side*.mp4"))))
    command = assessing(sample, pose_model, tmp_path / "out")
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20  # a worker that is just being born notices a little later
    while processes_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not processes_of(process.pid)
    for path in (tmp_path / "out").glob("*"):
        assert path.name.startswith(".") or path.name in FILES | {"annotated.mp4"}
        if path.suffix == ".json":
            json.loads(path.read_text())


def processes_of(session):
    """Live processes of a session (Linux)."""
    alive = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                alive.append(entry.name)
        except OSError:
            continue
    return alive


@pytest.mark.pose
def test_a_sample_from_video_to_all_files(tmp_path, pose_model):
    sample = SAMPLES / "squat_side.mp4"
    command = assessing(sample, pose_model, tmp_path / "out")
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "COLUMNS": "100"})
    assert result.returncode == 0, result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES | {"annotated.mp4"}
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    truth = json.loads(sample.with_suffix(".json").read_text())
    assert report["movement"]["name"] == truth["movement"]
    assert report["view"]["name"] == truth["view"]
    turns = [rep["turn_s"] for rep in report["reps"]]
    assert turns == pytest.approx([rep["turn_s"] for rep in truth["reps"]], abs=0.15)
    assert report["provenance"]["video"]["sha256"]
    assert report["provenance"]["model"]["sha256"]
    assert len(report["provenance"]["frame_times_s"]) == report["quality"]["frames"]


def test_the_wellness_profile_stores_no_grades(track, tmp_path):
    result = run("assess", track, "--out", tmp_path / "out", "--profile", "wellness", "--json")
    assert json.loads(result.stdout)["findings"] == []
    assert json.loads((tmp_path / "out" / "report.json").read_text())["findings"] == []
    assert len((tmp_path / "out" / "findings.csv").read_text().splitlines()) == 1
    page = (tmp_path / "out" / "report.html").read_text()
    assert "not_graded" not in page
    assert "moderate" not in page


@pytest.mark.parametrize(
    ("task", "declared"),
    [
        ("free", {"instructed": False, "upright": False, "variant": None}),
        ("instructed", {"instructed": True, "upright": False, "variant": None}),
        ("deadlift", {"instructed": False, "upright": False, "variant": "deadlift"}),
        ("upright", {"instructed": False, "upright": True, "variant": None}),
    ],
)
def test_the_task_that_was_given_reaches_the_report(track, tmp_path, task, declared):
    run("assess", track, "--out", tmp_path / "out", "--task", task)
    settings = json.loads((tmp_path / "out" / "report.json").read_text())["provenance"]["settings"]
    assert settings["declared"].items() >= declared.items()


def damaged(path, **changes):
    import numpy as np

    arrays = dict(np.load(path)) | changes
    np.savez(path, **arrays)
    return path


def test_malformed_tracks_are_refused_in_one_sentence(track, tmp_path):
    import numpy as np

    late = np.load(track)["raw_time_s"].copy()
    late[-1] = 3e6
    empty = {f"raw_{name}": np.load(track)[f"raw_{name}"][:0] for name in ("time_s", "xy", "xyz", "score")}
    for changes in (empty, {"names": np.array(["x"] * 33)}, {"raw_time_s": late}):
        copy = tmp_path / "copy.npz"
        copy.write_bytes(track.read_bytes())
        result = run("assess", damaged(copy, **changes), "--out", tmp_path / "out")
        assert result.exit_code == 3, result.output
        assert "Traceback" not in result.output
