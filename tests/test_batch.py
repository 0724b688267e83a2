"""A study: one row a clip whatever happens, the same tables whichever way, nothing done twice."""

import csv
import subprocess
import sys
import time
from dataclasses import replace
from itertools import islice

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from movement_lab.batch import run as run_module
from movement_lab.batch.columns import CLIP_REST, TABLES, frame_columns
from movement_lab.batch.hand import Hand
from movement_lab.batch.inputs import find_clips
from movement_lab.batch.keys import setting_of
from movement_lab.batch.rows import rows_of
from movement_lab.batch.run import Shard, Where, run_clips
from movement_lab.batch.settle import Plan
from movement_lab.batch.store import Store
from movement_lab.batch.study import publish
from movement_lab.cli import main
from movement_lab.exporters.npz import load_track
from movement_lab.pipeline import Declared, assess
from movement_lab.recording import Options, assess_video
from movement_lab.video import VideoWriter, probe, read_frames
from movement_lab.wording import keys
from tests.studies import FILES, assess_all, command, contents, few_clips, killed, log_of

ORDER = ["a__squat", "noise", "b__squat", "hinge", "gone", "empty", "still", "lunge"]


def read(out, table):
    return pq.read_table(out / f"{table}.parquet").to_pylist()


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return few_clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture(scope="module")
def study(manifest, tmp_path_factory):
    """A study that nobody interrupted."""
    out = tmp_path_factory.mktemp("study")
    assess_all(manifest, out)
    return out


def test_every_clip_is_one_row_in_order_and_says_what_became_of_it(study):
    rows = read(study, "clips")
    assert [row["clip"] for row in rows] == ORDER
    assert [(row["status"], row["reason"], row["exit_code"]) for row in rows] == [
        ("assessed", None, 0),
        ("failed", "video_unreadable", 3),
        ("assessed", None, 0),
        ("assessed", None, 0),
        ("failed", "file_missing", 3),
        ("failed", "video_unreadable", 3),
        ("no_repetition", None, 6),
        ("assessed", None, 0),
    ]
    assert all(row["message"] for row in rows if row["status"] == "failed")
    assert "noise.npz" in rows[1]["message"]


def test_columns_of_the_manifest_are_carried_and_ours_stay_ours(study):
    row = read(study, "clips")[0]
    assert (row["subject"], row["session"], row["mass_kg"], row["manifest_status"]) == (
        "007",
        1,
        70.5,
        "well",
    )
    assert (row["status"], row["height_cm"], row["movement_declared"]) == ("assessed", 175.0, None)


def test_the_numbers_are_those_of_assess(study, manifest):
    report = assess(load_track(manifest.parent / "b" / "squat.npz"), Declared(movement="squat"))
    expected = rows_of(report)
    for table in TABLES:
        found = [list(row.values())[1:] for row in read(study, table) if row["clip"] == "b__squat"]
        assert found == expected[table]
    frames = pq.read_table(study / "frames" / "b__squat.parquet")
    knee = frames["knee_flexion_left_deg"].to_numpy(zero_copy_only=False)
    np.testing.assert_allclose(knee, report.signals["knee_flexion_left_deg"], atol=1e-4)
    np.testing.assert_allclose(frames["left_hip_x_px"].to_numpy(), report.track["left_hip"][:, 0], rtol=1e-6)
    np.testing.assert_allclose(frames["time_s"].to_numpy(), report.track.time_s, atol=1e-6)
    turns = [rep.turn for rep in report.reps]
    assert [frames["phase"][turn].as_py() for turn in turns] == ["up"] * 5
    assert [frames["phase"][turn - 1].as_py() for turn in turns] == ["down"] * 5
    assert [frames["rep"][turn].as_py() for turn in turns] == [1, 2, 3, 4, 5]


def test_tables_are_tidy_and_typed(study):
    kinds = {"text": "string", "integer": "int64", "number": "double", "flag": "bool"}
    for table, columns in TABLES.items():
        schema = pq.read_schema(study / f"{table}.parquet")
        assert {c.name: kinds[c.kind] for c in columns} == {f.name: str(f.type) for f in schema}
    schema = pq.read_schema(study / "clips.parquet")
    assert [str(schema.field(c.name).type) for c in CLIP_REST] == [kinds[c.kind] for c in CLIP_REST]
    numbers = [c for columns in (CLIP_REST, *TABLES.values()) for c in columns if c.kind == "number"]
    assert [c.name for c in numbers if not c.unit] == []


def test_csv_and_parquet_say_the_same(study):
    for name in ("clips", *TABLES):
        table = read(study, name)
        with (study / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(table)
        for row, cells in zip(table, rows, strict=True):
            assert {key: same_kind(cells[key], value) for key, value in row.items()} == row


def same_kind(cell, value):
    """Read a cell back as what it is in Parquet."""
    if value is None:
        return cell or None
    if isinstance(value, bool):
        return cell == "true"
    return type(value)(cell)


def test_the_dictionary_explains_every_column_and_no_other(study):
    with (study / "data_dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told = [(row["table"], row["column"]) for row in rows]
    tables = [
        (name, column)
        for name in ("clips", *TABLES)
        for column in pq.read_schema(study / f"{name}.parquet").names
    ]
    frames = [("frames", name) for name in pq.read_schema(study / "frames" / "hinge.parquet").names]
    assert told == tables + frames
    assert all(row["type"] and row["meaning"] and row["source"] for row in rows)
    # Words of our own, not made from the id.
    made_up = [row["column"] for row in rows if row["meaning"].lower() == row["column"].replace("_", " ")]
    assert made_up == []


def test_every_clip_has_the_same_frame_columns(study):
    schemas = {pq.read_schema(path).to_string() for path in (study / "frames").iterdir()}
    assert len(schemas) == 1
    names = pq.read_schema(study / "frames" / "lunge.parquet").names
    assert names == [column.name for column in frame_columns()]
    assert sorted(path.stem for path in (study / "frames").iterdir()) == sorted(
        clip for clip in ORDER if clip not in ("noise", "gone", "empty")
    )


def test_words_of_a_spreadsheet_are_never_a_formula(tmp_path, manifest):
    listed = tmp_path / "list.csv"
    listed.write_text(f"file,note\n{manifest.parent}/hinge.npz,=1+1\n", encoding="utf-8")
    assess_all(listed, tmp_path / "out", workers=1)
    assert '"\'=1+1"' in (tmp_path / "out" / "clips.csv").read_text()
    assert read(tmp_path / "out", "clips")[0]["note"] == "=1+1"


# ---------------------------------------------------------------- interrupted, shared out, run again


def test_killed_twice_and_resumed_it_is_as_if_never_interrupted(study, manifest, tmp_path):
    words = command("batch", manifest, "--out", tmp_path, "--workers", 2)
    killed(words, until=lambda: len(log_of(tmp_path)) >= 1)
    assert not any((tmp_path / name).exists() for name in FILES)
    killed(words, until=lambda: len(log_of(tmp_path)) >= 4)
    subprocess.run(words, check=True, capture_output=True)
    assert contents(tmp_path) == contents(study)
    followed = [entry["track"] for entry in log_of(tmp_path) if entry["followed"]]
    assert len(followed) == len(set(followed)) <= 5  # one that was killed before it could say so is absent


def test_a_finished_study_does_nothing_again(study, manifest):
    before, done = contents(study), len(log_of(study))
    assess_all(manifest, study)
    assert contents(study) == before
    assert len(log_of(study)) == done


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_shards_give_the_same_tables_and_the_last_one_writes_them(study, manifest, tmp_path, order):
    for number in order:
        assert not (tmp_path / "clips.parquet").exists()
        words = ["batch", str(manifest), "--out", str(tmp_path), "--shard", f"{number}/2"]
        shard = CliRunner().invoke(main, words)
        assert shard.exit_code == 0, shard.output
    assert contents(tmp_path) == contents(study)


def test_the_number_of_workers_changes_nothing(study, manifest, tmp_path):
    assess_all(manifest, tmp_path, workers=1)
    assert contents(tmp_path) == contents(study)


def test_a_changed_limit_judges_again_and_follows_nobody(manifest, tmp_path):
    clips, setting, store = find_clips([str(manifest)]), setting_of(""), Store(tmp_path / "store")
    run_clips(clips, Plan(store, setting))
    outcomes = run_clips(clips, Plan(store, replace(setting, judging="another table")))
    entries = log_of(tmp_path)
    assert sum(outcome.fresh for outcome in outcomes) == 5
    assert [entry["followed"] for entry in entries[-5:]] == [False] * 5
    assert len({entry["track"] for entry in entries}) == 7  # five tracks, two that can't be read


def test_a_new_subject_in_the_manifest_only_rewrites_tables(manifest, tmp_path):
    listed = manifest.with_name("other.csv")
    listed.write_text("file,subject\nhinge.npz,1\n", encoding="utf-8")
    assess_all(listed, tmp_path)
    listed.write_text("file,subject\nhinge.npz,2\n", encoding="utf-8")
    assess_all(listed, tmp_path)
    assert read(tmp_path, "clips")[0]["subject"] == 2
    assert len(log_of(tmp_path)) == 1


def test_the_same_bytes_under_two_names_are_followed_once(manifest, tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("one.npz", "two.npz"):
        (folder / name).write_bytes((manifest.parent / "hinge.npz").read_bytes())
    (folder / "bad1.npz").write_bytes(b"nothing")
    (folder / "bad2.npz").write_bytes(b"nothing")
    out = tmp_path / "out"
    clips = find_clips([str(folder / "*")])
    outcomes = run_clips(clips, Plan(Store(out / "store"), setting_of("")), Where(workers=2))
    publish(out, clips, outcomes, setting_of(""))
    assert sum(entry["followed"] for entry in log_of(out)) == 1
    rows = read(out, "clips")
    assert [row["clip"] for row in rows] == ["bad1", "bad2", "one", "two"]
    assert "bad1.npz" in rows[0]["message"]
    assert "bad2.npz" in rows[1]["message"]


def test_retry_tries_again_what_was_given_up(tmp_path):
    (tmp_path / "noise.npz").write_bytes(b"noise")
    clips, store = find_clips([str(tmp_path / "noise.npz")]), Store(tmp_path / "store")
    for retry in (False, False, True):
        run_clips(clips, Plan(store, setting_of(""), retry))
    assert len(log_of(tmp_path)) == 2


# ---------------------------------------------------------------- processes that are lost

CRASH = "import os, sys; sys.stdin.readline(); os.abort()"
HANG = "import sys, time; sys.stdin.readline(); time.sleep(60)"
TWO_THEN_CRASH = (
    "import os, sys\n"
    "for number, line in enumerate(sys.stdin):\n"
    "    if number == 1: os.abort()\n"
    '    print(\'{"failure": null, "pid": %d}\' % os.getpid(), flush=True)'
)


def test_a_file_that_crashes_the_process_is_an_answer():
    with Hand(command=[sys.executable, "-c", CRASH]) as hand:
        failure = hand.do({})["failure"]
    assert (failure["reason"], failure["exit_code"]) == ("crashed", 5)


def test_a_file_that_hangs_is_given_up_in_time():
    started = time.monotonic()
    with Hand(limit_s=0.5, command=[sys.executable, "-c", HANG]) as hand:
        failure = hand.do({})["failure"]
    assert (failure["reason"], failure["exit_code"]) == ("too_long", 3)
    assert time.monotonic() - started < 30


def test_a_crash_after_others_is_tried_again_in_a_fresh_process():
    with Hand(command=[sys.executable, "-c", TWO_THEN_CRASH]) as hand:
        answers = [hand.do({}) for _ in range(3)]
    assert [answer["failure"] for answer in answers] == [None] * 3
    assert len({answer["pid"] for answer in answers}) == 3


def test_a_lost_process_becomes_a_row_and_the_others_go_on(manifest, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "Hand", lambda **given: Hand(command=[sys.executable, "-c", CRASH]))
    clips = find_clips([str(manifest.parent / "hinge.npz"), str(manifest.parent / "lunge.npz")])
    outcomes = run_clips(clips, Plan(Store(tmp_path / "store"), setting_of("")), Where(workers=1))
    assert [outcome.failure["reason"] for outcome in outcomes] == ["crashed"] * 2


def test_interrupting_ends_the_processes_and_keeps_what_is_done(manifest, tmp_path):
    class Enough(BaseException):
        pass

    def stop(done, total, clip, outcome):
        raise Enough

    clips = find_clips([str(manifest)])
    with pytest.raises(Enough):
        run_clips(clips, Plan(Store(tmp_path / "store"), setting_of("")), Where(workers=1), tell=stop)
    outcomes = run_clips(clips, Plan(Store(tmp_path / "store"), setting_of("")), Where(workers=1))
    assert [bool(outcome.failure) for outcome in outcomes] == [
        clip in ("noise", "gone", "empty") for clip in ORDER
    ]


def test_no_shard_holds_what_another_does_and_pending_is_said(manifest, tmp_path):
    clips = find_clips([str(manifest)])
    plan = Plan(Store(tmp_path / "store"), setting_of(""))
    outcomes = run_clips(clips, plan, Where(workers=1), shard=Shard(1, 4))
    assert [not outcome.pending for outcome in outcomes] == [
        True,
        False,
        False,
        False,
        True,
        False,
        False,
        False,
    ]


# ---------------------------------------------------------------- the command


def test_the_command_says_how_far_it_is_and_what_came_of_it(manifest, tmp_path):
    run = subprocess.run(
        command("batch", manifest, "--out", tmp_path / "out"), capture_output=True, text=True, check=True
    )
    assert "4 clips assessed, 1 without a repetition, 3 not assessed." in run.stdout
    assert "noise, The video could not be read." in run.stderr
    assert "8 of 8 clips" in run.stderr


def test_the_command_refuses_what_makes_no_sense(tmp_path):
    for words in (["nothing*"], [str(tmp_path)], [str(tmp_path), "--shard", "3"]):
        assert CliRunner().invoke(main, ["batch", *words, "--out", str(tmp_path / "out")]).exit_code == 2


def test_the_how_to_names_every_option_table_and_cause(repo):
    page = (repo / "docs" / "research.md").read_text(encoding="utf-8")
    # The others are those of `assess`, for all clips.
    of_assess = {
        "--movement",
        "--view",
        "--task",
        "--height-cm",
        "--stickers",
        "--spine-model",
        "--model",
        "--out",
    }
    options = {
        name for param in main.commands["batch"].params for name in param.opts if name.startswith("--")
    }
    assert [name for name in sorted(options - of_assess) if f"| `{name}` |" not in page] == []
    assert [name for name in ("clips", *TABLES) if f"| `{name}` |" not in page] == []
    causes = {key.rpartition(".")[2] for key in keys() if key.startswith("clinician.batch.cause.")}
    assert [cause for cause in sorted(causes) if f"`{cause}`" not in page] == []


@pytest.mark.pose
def test_a_video_in_a_study_gives_what_assess_gives(tmp_path, repo, pose_model):
    clip = tmp_path / "clips" / "squat.mp4"
    clip.parent.mkdir()
    sample = repo / "samples" / "squat_side.mp4"
    info = probe(sample)
    with VideoWriter(clip, size=(info.width, info.height), rate_hz=info.nominal_rate_hz / 2) as out:
        for frame in islice(read_frames(sample, end_s=5.5), 0, None, 2):
            out.write(frame.image, frame.time_s)
    (clip.parent / "torn.mp4").write_bytes(clip.read_bytes()[:200])
    words = ["batch", str(clip.parent), "--out", str(tmp_path / "out"), "--model", pose_model]
    assert CliRunner().invoke(main, words).exit_code == 0
    report = assess_video(clip, Options(model=pose_model))
    assert len(report.reps) == 1
    expected, squat, torn = rows_of(report), *read(tmp_path / "out", "clips")
    assert {name: squat[name] for name in expected["clips"]} == expected["clips"]
    for table in TABLES:
        found = [list(row.values())[1:] for row in read(tmp_path / "out", table) if row["clip"] == "squat"]
        assert found == expected[table]
    assert (torn["status"], torn["reason"]) == ("failed", "video_unreadable")
    assert "torn.mp4" in torn["message"]
