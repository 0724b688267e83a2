"""Every file of a result folder: right values, right shape, whole or not at all."""

import contextlib
import csv
import json
import math
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from make_report import make_finding, make_report

from movement_lab.assets import asset
from movement_lab.atomic import atomic_path
from movement_lab.errors import UsageError, VideoError
from movement_lab.exporters import EXPORTERS, export
from movement_lab.exporters.csv import save_angles, save_coordination, save_findings, save_reps
from movement_lab.exporters.json import plain, report_to_dict, report_to_json, save_json
from movement_lab.exporters.npz import load_track, save_track
from movement_lab.knowledge import load_grading
from movement_lab.records import Rep, Standing, View

REPORTS = {
    "side": make_report(),
    "front": make_report(view=View("front", "camera", 4.0, "full")),
    "lunge": make_report(movement="lunge"),
    "refused": make_report(view=View("oblique", "image_left", 38.0, "refused")),
    "nothing": make_report(movement="none", reps=0, findings=()),
    "spine": make_report(spine="contour"),
    "no standing": replace(make_report(), standing=Standing(False, reasons=("no_standing",))),
}


@pytest.fixture
def report():
    return make_report()


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("kind", REPORTS)
@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_writes_every_report(tmp_path, name, kind):
    path = tmp_path / "new" / (name if name[0] != "." else f"squat{name}")
    assert export(REPORTS[kind], path) == path
    assert path.stat().st_size > 0
    assert [each.name for each in path.parent.iterdir()] == [path.name]


#: The format gives every object in the file an identifier of its own.
UNIQUE = {".nwb"}


@pytest.mark.parametrize("name", [name for name in EXPORTERS if name not in UNIQUE])
def test_the_same_report_gives_the_same_bytes(tmp_path, name):
    first, second = (export(make_report(), tmp_path / each / f"x{name}") for each in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_a_name_may_have_a_beginning_of_its_own(tmp_path, report):
    assert table(export(report, tmp_path / "anna-reps.csv")) == table(export(report, tmp_path / "reps.csv"))


def test_an_unknown_name_is_refused_and_nothing_written(tmp_path, report):
    with pytest.raises(UsageError, match=r"report\.docx .* Known: report\.json"):
        export(report, tmp_path / "report.docx")
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- report.json


@pytest.fixture(scope="module")
def schema():
    path = asset("movement_lab", "exporters", "report.schema.json")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", REPORTS)
def test_report_json_keeps_its_published_shape(schema, kind):
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(report_to_json(REPORTS[kind])))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("findings", 0, "grade"), "terrible"),
        (("reps", 0, "turn_s"), None),
        (("view", "gate"), "open"),
        (("measurements", 0, "side"), "both"),
        (("movement", "score"), 62),
    ],
)
def test_the_schema_refuses_what_readers_could_not_read(schema, report, place, value):
    data = report_to_dict(report)
    row = data
    for step in place[:-1]:
        row = row[step]
    row[place[-1]] = value
    assert not Draft202012Validator(schema).is_valid(data)


def test_seconds_are_those_of_the_cleaned_track(report):
    late = replace(report, track=replace(report.track, time_s=report.track.time_s + 7.25))
    here, there = (report_to_dict(each)["reps"][1] for each in (report, late))
    turn = report.reps[1].turn
    assert here["turn_s"] == pytest.approx(turn / 30, abs=1e-4)
    for key in ("start_s", "turn_s", "end_s"):
        assert there[key] - here[key] == pytest.approx(7.25, abs=2e-4)


def test_a_repetition_up_to_the_last_frame_ends_with_the_clip(report):
    last = len(report.track) - 1
    whole = replace(report, reps=(Rep(1, 0, 10, last + 1),))
    assert report_to_dict(whole)["reps"][0]["end_s"] == pytest.approx(last / 30, abs=1e-4)


def test_what_is_not_known_is_null(report):
    data = report_to_dict(report)
    unknown = [row for row in data["measurements"] if row["name"] == "lumbar_flexion_deg"]
    assert unknown
    assert all(row["value"] is None and row["low95"] is None and row["reasons"] for row in unknown)
    assert "NaN" not in report_to_json(report)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (1 / 3, 0.333333),
        (104.0000001, 104.0),
        (1234.56789, 1234.5679),
        (0.000123456789, 0.000123457),
        (-1e-12, 0.0),
        (math.nan, None),
        (-math.inf, None),
        (np.float64(2.5), 2.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([1.0, np.nan]), [1.0, None]),
        ({"a": (1, "x", None)}, {"a": [1, "x", None]}),
    ],
)
def test_numbers_are_tidy(given, written):
    tidy = plain(given)
    assert tidy == written
    assert type(tidy) is type(written)
    assert "-0.0" not in str(tidy)


def test_noise_in_the_last_bits_does_not_show(report):
    noisy = replace(report, findings=tuple(replace(row, value=row.value + 1e-11) for row in report.findings))
    assert report_to_json(noisy) == report_to_json(report)


def test_names_in_other_scripts_stay_readable(tmp_path, report):
    named = replace(report, provenance={"video": {"name": "スクワット.mp4"}})
    assert "スクワット" in save_json(named, tmp_path / "report.json").read_text(encoding="utf-8")


def test_the_spine_is_told_at_each_turn_as_it_was_measured_there():
    report = make_report(spine="contour")
    seen = np.arange(len(report.track)) < report.reps[2].start
    measured = tuple(
        replace(m, sd_method=6.0, value=np.nan if m.rep in (3, 4, 5) else m.value)
        for m in report.measurements
    )
    spine = replace(report.spine, valid=seen, reasons=("arm_over_back",))
    data = report_to_dict(replace(report, spine=spine, measurements=measured))["spine"]
    assert (data["method"], data["frames_used"], data["reasons"]) == (
        "contour",
        seen.sum(),
        ["arm_over_back"],
    )
    lumbar = [turn["angles"]["lumbar_flexion_deg"] for turn in data["turns"]]
    assert lumbar[0]["value"] == pytest.approx(24, abs=0.5)
    assert lumbar[0]["sd"] == pytest.approx(6)
    # What the measurement withholds is not told here either, whatever single frames say.
    assert [each["value"] is None for each in lumbar] == [False, False, True, True, True]


def test_without_a_reading_the_spine_is_a_reason(report):
    data = report_to_dict(report)
    assert data["spine"] | {"frames": 0} == {
        "method": "",
        "frames": 0,
        "frames_used": 0,
        "reasons": ["needs_spine_signal"],
        "turns": [],
    }
    assert set(data["coordination"]) == {"fold"}
    assert data["style"] == {"name": None, "rests_on": [], "reasons": ["needs_spine_signal"]}


# ---------------------------------------------------------------- tables


def test_coordination_is_one_row_per_reading(tmp_path):
    report = make_report(spine="contour")
    rows = table(save_coordination(report, tmp_path / "coordination.csv"))
    found = [row for row in rows if (row["kind"], row["name"], row["way"]) == ("spine", "share_pct", "down")]
    assert [row["rep"] for row in found] == ["1", "2", "3", "4", "set"]
    truth = 100 * 24 / (24 + 98)
    assert all(float(row["value"]) == pytest.approx(truth, abs=1) for row in found)
    assert all(float(row["low95"]) < float(row["low"]) < truth < float(row["high"]) for row in found)
    kept = report_to_dict(report)["coordination"]["spine"]["readings"]
    assert len(kept) == sum(row["kind"] == "spine" for row in rows)


def test_unknown_coordination_has_no_value_but_a_reason(tmp_path, report):
    still = replace(report.coordination["fold"].of_set[0], value=math.nan, reasons=("range_too_small",))
    found = {"fold": replace(report.coordination["fold"], per_rep={}, of_set=(still,))}
    row = table(save_coordination(replace(report, coordination=found), tmp_path / "coordination.csv"))[0]
    assert (row["rep"], row["value"], row["reasons"]) == ("set", "", "range_too_small")


def test_spine_signals_stand_beside_their_spread(tmp_path, report):
    rows = table(save_angles(make_report(spine="contour"), tmp_path / "angles.csv"))
    factor = load_grading().sim_to_real_factor
    assert all(float(row["upper_back_rounding_sd_deg"]) == pytest.approx(4 * factor) for row in rows[::50])
    assert "lumbar_flexion_deg" in rows[0]
    without = table(save_angles(report, tmp_path / "without.csv"))
    assert not any("_sd_" in name for name in without[0])


def test_angles_has_a_row_per_frame_and_gaps_stay_empty(tmp_path, report):
    rows = table(save_angles(report, tmp_path / "angles.csv"))
    assert len(rows) == len(report.track)
    shank = report.signals["shank_inclination_right_deg"]
    written = [row["shank_inclination_right_deg"] for row in rows]
    assert [text == "" for text in written] == list(np.isnan(shank))
    assert np.allclose([float(text) for text in written if text], shank[np.isfinite(shank)], atol=1e-4)


def test_angles_tell_repetition_and_phase(tmp_path, report):
    rows = table(save_angles(report, tmp_path / "angles.csv"))
    rep = report.reps[2]
    frames = (rep.start - 1, rep.start, rep.turn - 1, rep.turn, rep.end - 1, rep.end)
    told = [(rows[frame]["rep"], rows[frame]["phase"]) for frame in frames]
    assert told == [("", ""), ("3", "down"), ("3", "down"), ("3", "up"), ("3", "up"), ("", "")]


def test_reps_has_times_durations_and_values(tmp_path, report):
    row = table(save_reps(report, tmp_path / "reps.csv"))[0]
    start, turn, end = (float(row[key]) for key in ("start_s", "turn_s", "end_s"))
    assert float(row["down_s"]) == pytest.approx(turn - start, abs=1e-3)
    assert float(row["up_s"]) == pytest.approx(end - turn, abs=1e-3)
    key = "knee_flexion_right_deg"
    at_turn = report.signals[key][report.reps[0].turn]
    assert float(row[f"{key}_abs"]) == pytest.approx(at_turn, abs=1e-3)
    assert float(row[f"{key}_rel"]) == pytest.approx(at_turn - report.standing.zero[key], abs=1e-3)


def test_a_share_of_standing_is_not_passed_off_as_degrees(tmp_path, report):
    share = replace(report.measurements[0], value=999.0, unit="pct")
    path = save_reps(replace(report, measurements=(*report.measurements, share)), tmp_path / "reps.csv")
    assert "999" not in path.read_text()


def test_findings_not_judged_have_no_value_but_a_reason(tmp_path, report):
    rows = {row["id"]: row for row in table(save_findings(report, tmp_path / "findings.csv"))}
    row = rows["knees_inward"]
    assert (row["grade"], row["value"], row["reasons"]) == ("not_graded", "", "wrong_view_needs_front")
    assert float(rows["trunk_lean_beyond_shank"]["value"]) == 14


def test_tables_are_rfc_4180(tmp_path, report):
    odd = make_finding("depth", "none", 1.5, 1, reasons=('a "b", c', "line\nbreak"))
    raw = save_findings(replace(report, findings=(odd,)), tmp_path / "findings.csv").read_bytes()
    assert raw.count(b"\r\n") == 2
    assert b'"a ""b"", c; line\nbreak"' in raw
    assert raw.endswith(b"\r\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_text_runs_as_a_formula(tmp_path, report, start):
    text = f"{start}cmd|' /C calc'!A0"
    reps = (replace(report.reps[0], reasons=(text,)),)
    row = table(save_reps(replace(report, reps=reps), tmp_path / "reps.csv"))[0]
    assert row["reasons"] == "'" + text


def test_negative_numbers_stay_numbers(tmp_path, report):
    below = make_finding("low_back_arch", "mild", -7, 1, limits={"mild": -5.0})
    row = table(save_findings(replace(report, findings=(below,)), tmp_path / "findings.csv"))[0]
    assert float(row["value"]) == -7


# ---------------------------------------------------------------- track.npz


def test_a_track_comes_back_bit_by_bit(tmp_path, report):
    wild = np.random.default_rng(3).normal(300, 100, report.raw.xy.shape)
    wild[5] = np.nan
    raw = replace(report.raw, xy=wild, time_s=report.raw.time_s + np.linspace(0, 1e-3, len(report.raw)))
    back = load_track(save_track(replace(report, raw=raw), tmp_path / "track.npz"))
    for field in ("time_s", "xy", "xyz", "score"):
        assert np.array_equal(getattr(back, field), getattr(raw, field), equal_nan=True), field
    assert (back.names, back.size, back.origin) == (raw.names, raw.size, dict(raw.origin))


def test_the_cleaned_track_lies_beside_the_raw_one(tmp_path, report):
    with np.load(save_track(report, tmp_path / "track.npz"), allow_pickle=False) as arrays:
        assert np.array_equal(arrays["xy"], report.track.xy)
        assert np.array_equal(arrays["raw_xy"], report.raw.xy)


def broken(path, report, how):
    """Write a track and damage it."""
    save_track(report, path)
    whole = path.read_bytes()
    with np.load(path) as arrays:
        parts = dict(arrays)
    if how == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif how == "flipped":
        with zipfile.ZipFile(path) as archive:
            middle = archive.getinfo("raw_xy.npy").header_offset + 100
        path.write_bytes(
            whole[:middle] + bytes(byte ^ 0xFF for byte in whole[middle : middle + 64]) + whole[middle + 64 :]
        )
    elif how == "text":
        path.write_text("not a zip")
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "pickle":
        np.savez(path, **{**parts, "names": np.array([{"run": "me"}], dtype=object)})
    elif how == "foreign":
        np.savez(path, poses=np.zeros((3, 2)))
    elif how == "short":
        np.savez(path, **{**parts, "raw_score": parts["raw_score"][:-1]})
    elif how == "backwards":
        np.savez(path, **{**parts, "raw_time_s": parts["raw_time_s"][::-1]})
    elif how == "origin":
        np.savez(path, **{**parts, "origin": np.array("[]")})
    else:
        path.unlink()
    return path


@pytest.mark.parametrize(
    "how", ["cut", "flipped", "text", "empty", "pickle", "foreign", "short", "backwards", "origin", "gone"]
)
def test_a_damaged_track_is_named_in_one_sentence(tmp_path, report, how):
    with pytest.raises(VideoError, match=r"^track\.npz is not a movement_lab track \(.+\)\. A track"):
        load_track(broken(tmp_path / "track.npz", report, how))


# ---------------------------------------------------------------- whole or not at all


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "report.json"
    target.write_text("old")
    with contextlib.suppress(RuntimeError), atomic_path(target) as part:
        part.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_shows_before_the_end(tmp_path):
    target = tmp_path / "annotated.mp4"
    with atomic_path(target) as part:
        part.write_bytes(b"all of it")
        assert not target.exists()
        assert (part.parent, part.suffix) == (target.parent, target.suffix)
    assert target.read_bytes() == b"all of it"


def test_a_killed_run_leaves_no_half_file(tmp_path):
    code = (
        "import os, pathlib, sys; from movement_lab.atomic import atomic_path\n"
        "with atomic_path(pathlib.Path(sys.argv[1])) as part:\n"
        "    part.write_text('half'); os._exit(9)\n"
    )
    target = tmp_path / "report.html"
    assert subprocess.run([sys.executable, "-c", code, str(target)], check=False).returncode == 9
    assert not target.exists()
    (left,) = tmp_path.iterdir()  # the hidden part; the next run deletes it once it is old
    os.utime(left, (time.time() - 3600,) * 2)
    with atomic_path(target) as part:
        part.write_text("whole")
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


def test_parts_of_a_run_that_goes_on_are_left_alone(tmp_path):
    target = tmp_path / "reps[1].csv"
    with atomic_path(target) as first:
        first.write_text("first")
        with atomic_path(target) as second:
            second.write_text("second")
        assert first.exists()
    assert target.read_text() == "first"
