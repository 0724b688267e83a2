"""Shipped samples: the program says of them what is expected, and what is expected agrees with the truth.

The real pose model runs over two of them; over all nine where ``MOVEMENT_LAB_ALL_SAMPLES`` is set (minutes).
"""

import copy
import hashlib
import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from movement_lab.knowledge import load_movement
from movement_lab.measures import signal_key
from movement_lab.recording import DEFAULT_MODEL, assess_video
from movement_lab.synthetic.samples import expected_report, write_manifest, write_table
from movement_lab.validation.compare import clear_case
from movement_lab.weights import list_models

SAMPLES = Path(__file__).parent.parent / "samples"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.mp4"))
QUICK = ("squat_front_knees_in", "squat_side_heels_rise")
ANGLES = {"trunk_inclination_deg", "hip_trunk_flexion_deg", "knee_flexion_deg", "shank_inclination_deg"}
NOTICED = ("possible", "mild", "moderate", "marked")

#: Clear in the truth, yet not noticed. A line goes when the program has learned to see it.
MISSED = {
    # Seen from where the camera stands even the exact joints show 15 of the 28 degrees.
    ("lunge_front_knee_in", "lead_knee_inward", "left"),
    # Nobody asked for it: where the arms just hang, the hands are ahead of shanks that lean back.
    ("hinge_side", "hands_drift", "mid"),
}

each_sample = pytest.mark.parametrize("name", NAMES)


def read(name, kind):
    return json.loads((SAMPLES / f"{name}{kind}").read_text(encoding="utf-8"))


def expected_of(name):
    return read(name, ".expected.json")


# ---------------------------------------------------------------- what is expected agrees with the truth


@each_sample
def test_what_was_done_is_recognised(name):
    truth, expected = read(name, ".json"), expected_of(name)
    assert expected["movement"]["measured"] == truth["movement"]
    assert expected["view"]["measured"] == truth["view"]
    assert expected["reps"]["measured"] == expected["graded_reps"]["measured"] == len(truth["reps"])
    assert expected["sides"]["measured"] == [rep["side"] for rep in truth["reps"]]
    turns_s = [rep["turn_s"] for rep in truth["reps"]]
    assert expected["turns_s"]["measured"] == pytest.approx(turns_s, abs=0.1)
    assert expected["yaw_deg"]["measured"] == pytest.approx(abs(truth["yaw_deg"]), abs=6)


@each_sample
def test_true_values_are_the_change_from_standing_at_the_turn(name):
    truth, expected = read(name, ".json"), expected_of(name)
    time_s = np.array(truth["time_s"])
    for row in expected["measures"]:
        signal = np.array(truth["measures"][signal_key(row["measure"], row["side"])])
        led = [rep for rep in truth["reps"] if {rep["side"], row["side"]} != {"left", "right"}]
        low = np.median([signal[np.argmin(np.abs(time_s - rep["turn_s"]))] for rep in led])
        assert row["true"] == pytest.approx(low - np.median(signal[time_s < 1.9]), abs=0.15), row["measure"]


@pytest.mark.parametrize("name", [name for name in NAMES if "_side" in name])
def test_angles_from_the_side_are_near_the_true_ones(name):
    rows = [row for row in expected_of(name)["measures"] if row["measure"] in ANGLES]
    assert {row["measure"] for row in rows} == ANGLES
    for row in rows:
        assert row["measured"] == pytest.approx(row["true"], abs=5), row["measure"]


def clear_findings(name):
    """Findings whose true value lies clearly beyond the mild limit, or clearly short of it."""
    expected = expected_of(name)
    rows = {row.id: row for row in load_movement(expected["movement"]["true"]).findings}
    for found in expected["findings"]:
        row = rows[found["id"]]
        true = SimpleNamespace(value=found["true"], limits=row.limits, direction=row.direction)
        yield found, clear_case(true)


def test_what_is_clearly_there_is_noticed_but_for_what_is_known_to_be_missed():
    present = {
        (name, f["id"], f["side"]): f["grade"]
        for name in NAMES
        for f, clear in clear_findings(name)
        if clear == "present"
    }
    assert len(present) >= 5
    assert {key for key, grade in present.items() if grade not in NOTICED} == MISSED


@each_sample
def test_what_is_clearly_absent_gets_no_grade(name):
    absent = [f for f, clear in clear_findings(name) if clear == "absent"]
    assert absent
    assert [f["id"] for f in absent if f["grade"] not in ("none", "possible")] == []


@each_sample
def test_a_compensation_given_by_name_is_beyond_a_limit_and_nothing_is_silently_left_out(name):
    truth, expected = read(name, ".json"), expected_of(name)
    beyond = [f for f in expected["findings"] if f["true_grade"] != "none"]
    assert beyond or not truth["faults"]
    assert all(row["reasons"] for row in expected["not_graded"])
    graded = {row.id for row in load_movement(truth["movement"]).findings if row.kind == "graded"}
    assert {row["id"] for row in expected["findings"] + expected["not_graded"]} == graded


# ---------------------------------------------------------------- nothing is out of date


@each_sample
def test_it_was_made_from_this_clip_with_the_default_model(name):
    made = expected_of(name)["made_with"]
    assert made["clip_sha256"] == hashlib.sha256((SAMPLES / f"{name}.mp4").read_bytes()).hexdigest()
    assert made["model"] == DEFAULT_MODEL


def test_manifest_and_table_are_those_the_command_writes(tmp_path):
    folder = shutil.copytree(SAMPLES, tmp_path / "samples")
    write_manifest(folder)
    write_table(folder)
    for name in ("manifest.toml", "README.md"):
        assert (folder / name).read_text(encoding="utf-8") == (SAMPLES / name).read_text(encoding="utf-8")


# ---------------------------------------------------------------- the program still says it


def changes(expected, now, within=0.0, where=""):
    """What differs by more than the tolerance that stands beside it; words and counts by anything."""
    if isinstance(expected, dict) and isinstance(now, dict):
        within = expected.get("within", within)
        pairs = [(key, expected.get(key), now.get(key)) for key in {**expected, **now} if key != "made_with"]
    elif isinstance(expected, list) and isinstance(now, list) and len(expected) == len(now):
        pairs = [(i, *pair) for i, pair in enumerate(zip(expected, now, strict=True))]
    else:
        numbers = all(isinstance(value, int | float) for value in (expected, now))
        same = abs(now - expected) <= within if numbers else now == expected
        return [] if same else [f"{where.strip()}: expected {expected}, now {now}"]
    return [change for key, *pair in pairs for change in changes(*pair, within, f"{where} {key}")]


@pytest.mark.parametrize(
    ("where", "change"),
    [
        (("movement", "measured"), lambda name: "hinge"),
        (("reps", "measured"), lambda count: count + 1),
        (("turns_s", "measured", 1), lambda turn_s: turn_s + 0.15),
        (("measures", 2, "measured"), lambda angle_deg: angle_deg - 3.5),
        (("measures", 2, "measured"), lambda angle_deg: None),
        (("findings", 0, "grade"), lambda grade: "none"),
        (("not_graded", 0, "reasons"), lambda reasons: []),
    ],
)
def test_a_change_would_be_noticed(where, change):
    expected = expected_of("squat_side_heels_rise")
    now = copy.deepcopy(expected)
    *path, last = where
    place = now
    for key in path:
        place = place[key]
    assert changes(expected, now) == []
    place[last] = change(place[last])
    assert len(changes(expected, now)) == 1


@pytest.fixture(scope="module")
def default_model():
    if not any(model.name == DEFAULT_MODEL and model.status == "present" for model in list_models()):
        pytest.skip("the default pose model isn't here (movement-lab models pull)")


@pytest.mark.pose
@pytest.mark.parametrize("name", NAMES if os.environ.get("MOVEMENT_LAB_ALL_SAMPLES") else QUICK)
def test_the_program_says_what_is_expected(name, default_model):
    now = expected_report(read(name, ".json"), assess_video(SAMPLES / f"{name}.mp4"))
    assert changes(expected_of(name), now) == []
