"""A study judged again from its tracks, and what two studies conclude differently and why."""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from movement_lab.batch.differences import differences, write_differences
from movement_lab.batch.recompute import recompute
from movement_lab.batch.telling import change_lines
from movement_lab.errors import UsageError
from tests.studies import assess_all, command, contents, few_clips, log_of, save_figure

REPO = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    out = tmp_path_factory.mktemp("study")
    clips = tmp_path_factory.mktemp("clips")
    assess_all(few_clips(clips), out)
    shutil.rmtree(clips)  # judging again needs no video
    return out


@pytest.fixture
def other_limit(tmp_path):
    """A program whose table says that a heel has risen from 20 degrees on."""
    ignored = shutil.ignore_patterns("__pycache__", "data", "training", "server")
    shutil.copytree(REPO / "movement_lab", tmp_path / "program" / "movement_lab", ignore=ignored)
    for name in ("web", "models"):
        (tmp_path / "program" / name).symlink_to(REPO / name)
    table = tmp_path / "program" / "movement_lab" / "knowledge" / "movements" / "squat.toml"
    head, mark, rest = table.read_text(encoding="utf-8").partition('id = "heel_rise"')
    rest = rest.replace(
        "limits = { mild = 3, moderate = 6, marked = 10 }",
        "limits = { mild = 20, moderate = 30, marked = 40 }",
        1,
    )
    assert "mild = 20" in rest
    table.write_text(head + mark + rest, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(tmp_path / "program")}


def test_judged_again_with_nothing_changed_it_is_the_same(study, tmp_path):
    before = contents(study)
    recompute(study)
    recompute(study, tmp_path / "other")
    assert contents(study) == before
    assert contents(tmp_path / "other") == before
    assert sum(entry["followed"] for entry in log_of(study)) == 5


def test_a_changed_limit_changes_its_conclusions_and_diff_says_why(study, tmp_path, other_limit):
    new = tmp_path / "new"
    subprocess.run(command("recompute", study, "--out", new), env=other_limit, cwd=tmp_path, check=True)
    found = differences(study, new)
    changed = [(each.clip, each.what, each.old, each.new) for each in found.changes]
    assert changed == [("b__squat", "heel_rise", "moderate", "none")]
    # What speaks against a grade went with the grade; the value stayed.
    assert found.changes[0].causes == ("limit", "reasons", "knowledge")
    assert "limit_mild 3 -> 20" in found.changes[0].details
    assert "tables movements/squat.toml" in found.changes[0].details
    lines = list(change_lines(found))
    assert len(lines) == 2
    assert "another limit, other reasons, changed tables (movements/squat.toml)" in lines[0]
    assert lines[1].startswith("1 of ")
    german = list(change_lines(found, language="de"))
    assert "eine andere Stufe" in german[0]
    with write_differences(found, tmp_path / "diff.csv").open(encoding="utf-8", newline="") as file:
        assert [row["what"] for row in csv.DictReader(file)] == ["heel_rise"]


def test_no_difference_is_said(study):
    found = differences(study, study)
    assert found.changes == ()
    assert list(change_lines(found)) == ["No conclusion changed."]


def test_other_tracks_declarations_and_clips_are_named_as_causes(tmp_path):
    folder = tmp_path / "clips"
    save_figure(folder / "one.npz", heel_rise_left_deg=14, heel_rise_right_deg=14)
    save_figure(folder / "two.npz", "hinge")
    save_figure(folder / "three.npz", "lunge")
    manifest = folder / "m.csv"
    manifest.write_text("file,movement\none.npz,\ntwo.npz,\nthree.npz,\n", encoding="utf-8")
    assess_all(manifest, tmp_path / "old")
    save_figure(folder / "one.npz")
    save_figure(folder / "four.npz")
    manifest.write_text("file,movement\none.npz,\ntwo.npz,squat\nfour.npz,\n", encoding="utf-8")
    assess_all(manifest, tmp_path / "new")
    found = differences(tmp_path / "old", tmp_path / "new")
    by_clip = {
        clip: [each for each in found.changes if each.clip == clip]
        for clip in ("one", "two", "three", "four")
    }
    heel = next(each for each in by_clip["one"] if each.what == "heel_rise")
    assert (heel.old, heel.new) == ("moderate", "none")
    assert heel.causes[:1] == ("value",)
    assert "track" in heel.causes
    movement = next(each for each in by_clip["two"] if each.what == "movement")
    assert (movement.old, movement.new) == ("hinge", "squat")
    assert movement.causes == ("settings",)
    assert movement.details == ("movement - -> squat",)
    assert [(each.what, each.new) for each in by_clip["three"]] == [("clip", None)]
    assert [(each.what, each.old) for each in by_clip["four"]] == [("clip", None)]


def test_a_folder_that_is_no_study_is_refused(tmp_path, study):
    for work in (lambda: recompute(tmp_path), lambda: differences(study, tmp_path)):
        with pytest.raises(UsageError, match="is no study"):
            work()


def test_a_study_of_another_layout_is_refused(tmp_path):
    (tmp_path / "study.json").write_text('{"layout": 99}')
    with pytest.raises(UsageError, match="layout 99"):
        recompute(tmp_path)
