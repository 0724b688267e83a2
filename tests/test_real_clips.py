"""Real people, real damage: clips that are never part of the project (``MOVEMENT_LAB_DATA``).

The folder holds ``labels.csv`` (dataset, file, movement, reps, fps, bottom_frames) and
``bad-inputs/``. ``labels-fetchable.csv`` names clips that lie in public repositories; where they
were put is told by ``MOVEMENT_LAB_CLIPS``. Minutes of work, so neither is set in ordinary runs.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.realdata, pytest.mark.pose]

#: What may come out for the words of a label; ``unknown`` needs its reasons.
EXPECTED = {
    "none": {"none"},
    "combo": {"unknown"},
    "alternating squat": {"unknown"},
    "side lunge": {"unknown"},
    "squat": {"squat"},
    "lunge": {"lunge"},
    "deadlift": {"hinge", "unknown"},
    "hinge": {"hinge"},
    "RDL": {"hinge", "unknown"},
    "bend": {"hinge"},
    "fold": {"hinge"},
}


def folder(variable):
    path = Path(os.environ.get(variable) or "/nowhere")
    return path if path.is_dir() else None


def rows(variable, name):
    data, clips = folder("MOVEMENT_LAB_DATA"), folder(variable)
    if data is None or clips is None:
        return []
    with (data / name).open(newline="", encoding="utf-8") as file:
        found = [(clips / row["dataset"] / row["file"], row) for row in csv.DictReader(file)]
    found = [(path if path.exists() else clips / row["file"], row) for path, row in found]
    return [pytest.param(path, row, id=row["file"]) for path, row in found if path.exists()]


def clips_named(part):
    found = rows("MOVEMENT_LAB_CLIPS", "labels-fetchable.csv")
    return [pytest.param(each.values[0], id=each.id) for each in found if part in each.id]


def bad_inputs():
    data = folder("MOVEMENT_LAB_DATA")
    files = sorted((data / "bad-inputs").glob("*/*")) if data else []
    return [pytest.param(path, id=path.name) for path in files if not path.name.startswith("LICEN")]


def assessed(path, out):
    command = [sys.executable, "-m", "movement_lab", "assess", "--no-video", "--out", out, "--", path]
    run = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert "Traceback" not in run.stderr
    return run


@pytest.mark.parametrize(
    ("path", "row"),
    [*rows("MOVEMENT_LAB_DATA", "labels.csv"), *rows("MOVEMENT_LAB_CLIPS", "labels-fetchable.csv")],
)
def test_labelled_clips(path, row, tmp_path):
    assessed(path, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text())
    wanted = next(names for word, names in EXPECTED.items() if word in row["movement"])
    assert report["movement"]["name"] in wanted
    assert report["movement"]["name"] != "unknown" or report["movement"]["reasons"]
    if row["reps"]:
        assert len(report["reps"]) == int(row["reps"])


def lumbar_of(path, out):
    """Lumbar flexion at each read turn, degrees."""
    assessed(path, out)
    report = json.loads((out / "report.json").read_text())
    return [
        m["value"]
        for m in report["measurements"]
        if (m["name"], m["at"], m["zero"]) == ("lumbar_flexion_deg", "turn", "rel")
        and m["rep"] is not None
        and m["value"] is not None
    ]


@pytest.mark.parametrize("path", clips_named("standing_forward_fold"))
def test_the_repetitions_of_a_looped_fold_agree(path, tmp_path):
    found = lumbar_of(path, tmp_path)
    assert len(found) >= 2
    assert max(found) - min(found) <= 2
    assert min(found) > 40


@pytest.mark.parametrize("path", clips_named("good_morning"))
def test_hands_behind_the_back_are_withheld(path, tmp_path):
    assert lumbar_of(path, tmp_path) == []


@pytest.mark.parametrize("path", bad_inputs())
def test_odd_and_broken_files(path, tmp_path):
    run = assessed(path, tmp_path)
    assert run.returncode in (0, 3, 4, 6)
    assert (tmp_path / "report.json").exists() == (run.returncode in (0, 6))
    if run.returncode:
        assert run.stderr.strip().splitlines()[-1].startswith("movement-lab: ")
