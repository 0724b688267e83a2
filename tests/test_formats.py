"""Every format is opened by the reader its users use, and says what the report says, in its own signs."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from make_report import make_report

from movement_lab.cli import main
from movement_lab.errors import UsageError
from movement_lab.exporters import export
from movement_lab.exporters.markers import MARKERS
from movement_lab.exporters.opensim import CROSSWALK, coordinates
from movement_lab.exporters.room import in_room
from movement_lab.formats import ABOUT, FORMATS, export_formats, left_out, load_results
from movement_lab.knowledge import load_measures
from movement_lab.measures import signal_key
from movement_lab.pipeline import assess
from movement_lab.records import View
from movement_lab.results import Look, for_patient, write_results
from movement_lab.skeleton import LANDMARKS
from movement_lab.synthetic import Camera, film, repetitions

REPO = Path(__file__).parent.parent
READERS = REPO / ".venv-readers" / "bin" / "python"
DEGREE = 0.01


def filmed(view="right", **options):
    """A stick figure's report, with a gap of half a second in the near knee."""
    track = film(repetitions("squat", reps=2), Camera(view=view))
    xy = track.xy.copy()
    xy[40:55, LANDMARKS.index("right_knee")] = np.nan
    return assess(replace(track, xy=xy), **options)


@pytest.fixture(scope="module")
def report():
    return filmed()


@pytest.fixture(scope="module")
def spine():
    """Hip, low back and rib cage read apart, with frames in which they were not."""
    report = make_report(spine="contour")
    signals = dict(report.signals)
    signals["lumbar_flexion_deg"] = np.where(
        np.arange(len(report.track)) < 20, np.nan, signals["lumbar_flexion_deg"]
    )
    measured = tuple(
        replace(m, tier="T3") if load_measures()[m.name].plane == "spine" else m for m in report.measurements
    )
    return replace(report, signals=signals, measurements=measured)


def read_back(kind, path):
    """Read a file with its users' reader, which lives in an environment of its own."""
    if not READERS.exists():
        pytest.skip("the readers' environment is not here: `make .venv-readers/.installed` makes it")
    out = path.with_suffix(".read.json")
    command = [READERS, REPO / "tests" / "read_back.py", kind, path, out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text())


def known(values):
    return np.array([[np.nan if v is None else v for v in np.ravel(row)] for row in values], float)


# ---------------------------------------------------------------- OpenSim


def test_opensim_reads_the_markers(report, tmp_path):
    read = read_back("trc", export(report, tmp_path / "squat.trc"))
    truth = in_room(report).points
    assert (read["labels"], read["units"]) == (list(MARKERS.values()), "m")
    assert np.allclose(read["time_s"], report.track.time_s, atol=1e-5)
    assert np.allclose(known(read["points"]).reshape(truth.shape), truth, atol=1e-5, equal_nan=True)
    assert np.isnan(truth).any()
    assert read["legacy_frames"] == len(report.track)
    assert np.allclose(read["legacy_last"], truth[-1], atol=1e-5)


def test_opensim_reads_angles_in_its_own_names_and_signs(spine, tmp_path):
    read = read_back("mot", export(spine, tmp_path / "angles.mot"))
    kept = np.isfinite(spine.signals["lumbar_flexion_deg"])
    assert read["in_degrees"] == "yes"
    assert read["legacy_rows"] == kept.sum() == len(spine.track) - 20
    assert np.allclose(read["time_s"], spine.track.time_s[kept], atol=1e-5)
    zero = spine.standing.zero["ankle_dorsiflexion_right_deg"]
    expected = {
        "pelvis_tilt": -spine.signals["pelvic_tilt_deg"],
        "hip_flexion_r": spine.signals["hip_pelvis_flexion_right_deg"],
        "knee_angle_r": spine.signals["knee_flexion_right_deg"],
        "ankle_angle_r": spine.signals["ankle_dorsiflexion_right_deg"] - zero,
        "lumbar_extension": -spine.signals["lumbar_flexion_deg"],
    }
    assert set(read["columns"]) == set(expected)
    for name, values in expected.items():
        assert np.allclose(read["columns"][name], values[kept], atol=DEGREE), name
    turn = np.searchsorted(np.flatnonzero(kept), spine.reps[0].turn)
    assert read["columns"]["lumbar_extension"][turn] < -20  # a back that rounds is negative extension
    assert read["columns"]["pelvis_tilt"][turn] < -18  # anterior tilt is negative
    assert read["columns"]["knee_angle_r"][turn] > 90


def test_front_view_gives_list_and_bending_with_turned_signs():
    motion = repetitions("squat", reps=2, bottom={"pelvis_right_up_deg": 6.0, "thorax_right_up_deg": -5.0})
    report = assess(film(motion, Camera(view="front")))
    found, turn = coordinates(report), report.reps[0].turn
    assert set(found) == {"pelvis_list", "lumbar_bending"}
    assert found["pelvis_list"][turn] == pytest.approx(-6, abs=1)  # right side down is positive
    assert found["lumbar_bending"][turn] == pytest.approx(11, abs=1.5)  # right shoulder sinks: to the right


def test_a_leaning_trunk_is_never_a_bending_back(report):
    assert report.signals["trunk_inclination_deg"].max() > 20
    assert set(coordinates(report)) == {"knee_angle_r", "ankle_angle_r", "knee_angle_l", "ankle_angle_l"}
    missing = left_out(report)
    assert missing["lumbar_extension"] == missing["pelvis_tilt"] == ("needs_spine_signal",)
    assert missing["pelvis_list"] == ("wrong_view_needs_front",)


def test_ankles_need_standing_and_are_left_out_without_it(report):
    without = replace(report, standing=replace(report.standing, found=False))
    assert not [name for name in coordinates(without) if name.startswith("ankle")]
    assert left_out(without)["ankle_angle_r"] == ("standing_not_found",)


def test_a_coordinate_seldom_seen_does_not_cost_the_others_their_rows(spine, tmp_path):
    seldom = np.where(np.arange(len(spine.track)) < 0.6 * len(spine.track), np.nan, 0.0)
    signals = dict(spine.signals) | {"pelvic_tilt_deg": seldom}
    text = export(replace(spine, signals=signals), tmp_path / "a.mot").read_text()
    assert "pelvis_tilt" not in text.split("endheader")[1]
    assert f"nRows={len(spine.track) - 20}\n" in text


# ---------------------------------------------------------------- scale and axes


@pytest.mark.parametrize("view", ["left", "right", "front", "back"])
def test_axes_are_forward_up_and_right_whatever_the_view(view):
    report = assess(film(repetitions("squat", reps=2), Camera(view=view)))
    room = in_room(report)
    x, y, z = np.moveaxis(room.points, 2, 0)
    at = LANDMARKS.index
    turn = report.reps[0].turn
    assert x[turn, at("right_knee")] > x[turn, at("right_ankle")] + 0.05
    assert y[0, at("nose")] > 1.2
    assert np.nanmedian(y[:, at("right_heel")]) == pytest.approx(0, abs=0.05)
    assert np.nanmedian(z[:, at("right_hip")] - z[:, at("left_hip")]) > 0.1


def test_the_scale_is_the_height_where_it_is_known_else_the_models():
    tall = in_room(filmed(height_cm=200))
    model = in_room(filmed())
    assert (tall.scale_from, model.scale_from) == ("height", "model")
    eyes = [room.points[0, LANDMARKS.index("right_eye"), 1] for room in (tall, model)]
    assert eyes[0] == pytest.approx(0.936 * 2.0, rel=0.02)
    assert model.m_per_px == pytest.approx(1 / 300, rel=0.01)  # the camera's own scale
    assert eyes[1] < eyes[0]


# ---------------------------------------------------------------- C3D


def test_ezc3d_reads_points_angles_and_events(report, tmp_path):
    import ezc3d

    read = ezc3d.c3d(str(export(report, tmp_path / "squat.c3d")))
    labels = read["parameters"]["POINT"]["LABELS"]["value"]
    points, invalid = read["data"]["points"], read["data"]["meta_points"]["residuals"][0] < 0
    truth = in_room(report).points * 1000
    seen = np.isfinite(truth).all(axis=2).T
    assert labels[:33] == list(MARKERS.values())
    assert np.array_equal(~invalid[:33], seen)
    assert not seen.all()
    assert np.allclose(points[:3, :33].transpose(2, 1, 0)[seen.T], truth[seen.T], atol=0.01)
    angles = read["parameters"]["POINT"]["ANGLES"]["value"]
    assert labels[33:] == angles
    assert read["parameters"]["POINT"]["ANGLE_UNITS"]["value"] == ["deg"]
    for name in angles:
        row = labels.index(name)
        values = np.where(invalid[row], np.nan, points[0, row])
        assert np.allclose(values, report.signals[name], atol=DEGREE, equal_nan=True), name
    assert read["parameters"]["POINT"]["RATE"]["value"][0] == pytest.approx(report.track.rate_hz)
    events = read["parameters"]["EVENT"]
    turns = [
        60 * m + s
        for label, (m, s) in zip(events["LABELS"]["value"], events["TIMES"]["value"].T, strict=True)
        if label == "Turn"
    ]
    assert turns == pytest.approx([report.track.time_s[rep.turn] for rep in report.reps], abs=1e-4)


# ---------------------------------------------------------------- NWB


def test_pynwb_reads_points_angles_and_trials(report, tmp_path):
    import pynwb

    with pynwb.NWBHDF5IO(export(report, tmp_path / "squat.nwb"), "r") as io:
        file = io.read()
        knee = file.processing["kinematics"]["knee_flexion_right_deg"]
        assert knee.unit == "degrees"
        assert np.allclose(
            knee.data[:], report.signals["knee_flexion_right_deg"], atol=DEGREE, equal_nan=True
        )
        pose = file.processing["behavior"]["PoseEstimation"]
        assert list(pose.skeleton.nodes[:]) == list(LANDMARKS)
        assert file.trials["turn_time"][:] == pytest.approx(
            [report.track.time_s[r.turn] for r in report.reps]
        )
        assert pynwb.validate(io=io) == []


def test_the_package_movement_reads_the_points(report, tmp_path):
    read = read_back("nwb", export(report, tmp_path / "squat.nwb"))
    order = [read["keypoints"].index(name) for name in LANDMARKS]
    position = known(read["position"]).reshape(len(report.track), 33, 2)[:, order]
    assert np.allclose(position, report.track.xy, atol=1e-6, equal_nan=True)
    assert np.allclose(read["time_s"], report.track.time_s, atol=1e-3)
    assert np.allclose(known(read["confidence"])[:, order], report.track.score, atol=1e-6)


# ---------------------------------------------------------------- tables


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_pandas_reads_angles_with_gaps_as_nan(report, tmp_path, ending):
    import pandas

    path = export(report, tmp_path / f"angles.{ending}")
    table = pandas.read_csv(path) if ending == "csv" else pandas.read_parquet(path)
    for name, values in report.signals.items():
        assert np.allclose(table[name].to_numpy(float), values, atol=DEGREE, equal_nan=True), name
    phases = set(table["phase"].fillna("").unique())
    assert phases == {"", "down", "up"}


def test_pandas_reads_every_other_table(report, tmp_path):
    import pandas

    export_formats(report, tmp_path, ["parquet"])
    read = {path.stem: pandas.read_parquet(path) for path in tmp_path.glob("*.parquet")}
    assert list(read["reps"]["rep"]) == [rep.index for rep in report.reps]
    assert read["reps"]["graded"].dtype == bool
    wanted = [m.value for m in report.measurements]
    assert np.allclose(read["measurements"]["value"], wanted, equal_nan=True)
    assert set(read["measurements"]["rep"]) == {0, 1, 2}
    assert list(read["findings"]["grade"]) == [finding.grade for finding in report.findings]
    knee = read["points"]["right_knee_x_px"].to_numpy()
    assert np.allclose(knee, report.raw["right_knee"][:, 0], equal_nan=True)


def test_points_as_json_are_the_raw_track(report, tmp_path):
    data = json.loads(export(report, tmp_path / "points.json").read_text())
    knee = known(data["points"]["right_knee"])
    assert data["fields"][:2] == ["x_px", "y_px"]
    assert np.allclose(knee[:, :2], report.raw["right_knee"], atol=1e-8, equal_nan=True)
    assert data["points"]["right_knee"][45][0] is None


# ---------------------------------------------------------------- folders and the command


@pytest.fixture(scope="module")
def folders(report, tmp_path_factory):
    here = tmp_path_factory.mktemp("results")
    for profile in ("clinician", "wellness"):
        write_results(report, here / profile, Look(profile=profile, video=False))
    return here


def test_a_folder_gives_its_report_again(folders, report):
    again = load_results(folders / "clinician")
    key = "knee_flexion_right_deg"
    assert np.allclose(again.signals[key], report.signals[key], equal_nan=True)
    assert [each.grade for each in again.findings] == [each.grade for each in report.findings]
    assert len(load_results(folders / "clinician" / "track.npz").findings) == len(report.findings)


def test_a_patients_folder_stays_a_patients(folders):
    told = load_results(folders / "wellness")
    assert told.findings == ()
    assert not [m for m in told.measurements if m.tier == "T3"]
    assert not [name for name in told.signals if "rotation" in name]


def test_experimental_readings_are_in_no_file_for_a_patient(spine, tmp_path):
    shown = for_patient(spine)
    for path in export_formats(shown, tmp_path, list(FORMATS)):
        content = path.read_bytes()
        for word in (b"pelvis_tilt\t", b"lumbar_flexion_deg", b"pelvic_tilt_deg", b"hip_pelvis"):
            if path.name not in (ABOUT, "report.json"):
                assert word not in content, (path.name, word)
    about = json.loads((tmp_path / ABOUT).read_text())
    assert set(about["coordinates"]) == {"knee_angle_r", "ankle_angle_r"}
    measured = json.loads((tmp_path / "report.json").read_text())
    assert measured["findings"] == []
    assert not [row for row in measured["measurements"] if row["tier"] == "T3"]


def test_the_command_writes_every_format_and_says_what_is_missing(folders, tmp_path):
    words = ["export", str(folders / "clinician"), "--format", "all", "--out", str(tmp_path)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    names = {name for each in FORMATS.values() for name in each}
    assert {path.name for path in tmp_path.iterdir()} == names | {ABOUT}
    assert "rough metres" in result.output
    assert "Not in angles.mot: pelvis_tilt" in result.output
    assert "None" not in result.output


def test_the_command_takes_several_formats_and_writes_beside_the_results(folders):
    words = ["export", str(folders / "clinician"), "--format", "trc", "--format", "mot", "--language", "de"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    written = {path.name for path in (folders / "clinician" / "export").iterdir()}
    assert written == {"points.trc", "angles.mot", ABOUT}
    assert "Maßstab" in result.output


def test_a_wellness_copy_of_a_clinicians_folder_can_be_asked_for(folders, tmp_path):
    words = ["export", str(folders / "clinician"), "--format", "csv", "--profile", "wellness"]
    assert CliRunner().invoke(main, [*words, "--out", str(tmp_path)]).exit_code == 0
    assert len((tmp_path / "findings.csv").read_text().splitlines()) == 1


def test_a_folder_without_results_is_told_so(tmp_path):
    result = CliRunner().invoke(main, ["export", str(tmp_path), "--format", "mot"])
    assert result.exit_code == 2
    assert "track.npz" in result.output
    assert "Assess the video first" in result.output


def test_an_unknown_format_is_refused(report, tmp_path):
    with pytest.raises(UsageError, match="Known: trc, mot"):
        export_formats(report, tmp_path, ["fbx"])


def test_nothing_seen_still_gives_files(tmp_path):
    nothing = make_report(
        movement="none", reps=0, findings=(), view=View("oblique", "image_left", 38.0, "refused")
    )
    for path in export_formats(nothing, tmp_path, list(FORMATS)):
        assert path.stat().st_size > 0
    assert "nRows=0" in (tmp_path / "angles.mot").read_text()


def test_every_signal_of_the_crosswalk_is_a_measure():
    keys = {signal_key(row.id, side) for row in load_measures().values() for side in ("left", "right", "mid")}
    assert {each.signal for each in CROSSWALK} <= keys
