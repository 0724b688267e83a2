"""Other trackers' points are assessed like a video: same angles, and what they lack is said."""

import csv
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from movement_lab.cli import main
from movement_lab.errors import UsageError, VideoError
from movement_lab.exporters import export
from movement_lab.exporters.markers import MARKERS
from movement_lab.importers import find_format, read_points
from movement_lab.importers.names import ORDERS, house_name
from movement_lab.pipeline import Declared, assess
from movement_lab.recording import Options, assess_video
from movement_lab.skeleton import LANDMARKS
from movement_lab.synthetic import Camera, film, repetitions

SIZE = (480, 640)


def squat(view="right", **camera):
    return film(repetitions("squat", reps=3), Camera(view=view, size=SIZE, **camera))


@pytest.fixture(scope="module")
def track():
    return squat()


@pytest.fixture(scope="module")
def report(track):
    return assess(track)


def agree(found, truth, *, atol=0.01, names=None):
    """Compare every angle that the truth has, over the frames that both have."""
    step = truth.track.time_s[1] - truth.track.time_s[0]
    frames = np.clip(np.rint(found.track.time_s / step).astype(int), 0, len(truth.track) - 1)
    for name, values in truth.signals.items():
        if name.endswith("_deg") and np.isfinite(values).any() and (names is None or name in names):
            assert np.allclose(found.signals[name], values[frames], atol=atol, equal_nan=True), name


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("name", ["points.csv", "points.json"])
@pytest.mark.parametrize("view", ["right", "left", "front", "back"])
def test_our_own_points_come_back_with_the_same_angles(tmp_path, name, view):
    truth = assess(squat(view, yaw_deg=7.0))
    again = assess_video(export(truth, tmp_path / name))
    assert again.view.name == truth.view.name == view
    agree(again, truth, atol=1e-4)
    assert [rep.turn for rep in again.reps] == [rep.turn for rep in truth.reps]
    assert [each.grade for each in again.findings] == [each.grade for each in truth.findings]


@pytest.mark.parametrize("view", ["right", "left", "front", "back"])
def test_our_own_markers_come_back_with_the_same_angles(tmp_path, view):
    truth = assess(squat(view))
    again = assess_video(export(truth, tmp_path / "squat.trc"))
    assert again.view.name == view
    assert len(again.reps) == len(truth.reps) == 3
    measured = [name for name in truth.signals if "turnout" not in name and "rotation" not in name]
    agree(again, truth, atol=0.02, names=measured)


def test_markers_of_a_noisy_clip_are_not_cleaned_twice(tmp_path):
    noisy = film(repetitions("squat", reps=3), Camera(view="right", size=SIZE), noise_px=1.5)
    truth = assess(noisy)
    again = assess_video(export(truth, tmp_path / "squat.trc"))
    near = ["knee_flexion_right_deg", "shank_inclination_right_deg", "hip_trunk_flexion_right_deg"]
    agree(again, truth, atol=0.05, names=near)


# ---------------------------------------------------------------- TRC of others


def write_trc(path, track, names, *, scale=1.0, up=False, z=None, blank=(), units="m"):
    """Write points as Sports2D and Pose2Sim do: a blank cell is a point not seen."""
    rate = track.rate_hz
    labels = [MARKERS[name] for name in names] + ["Neck", "Hip"]
    rows = [
        f"PathFileType\t4\t(X/Y/Z)\t{path}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{len(track)}\t{len(labels)}\t{units}\t{rate}\t0\t{len(track)}",
        "Frame#\tTime\t" + "\t\t\t".join(labels) + "\t\t\t",
        "\t\t" + "\t".join(f"X{i}\tY{i}\tZ{i}" for i in range(1, len(labels) + 1)),
    ]
    for frame, time_s in enumerate(track.time_s):
        cells = []
        for k, name in enumerate(names):
            x, y = track[name][frame] * scale * np.array([1.0, -1.0 if up else 1.0])
            depth = z[k] if z is not None else 0.0
            cells += ["", "", ""] if frame in blank else [str(x), str(y), str(depth)]
        rows.append("\t".join([str(frame), str(time_s), *cells, *["0"] * 6]))
    path.write_text("\n".join(rows) + "\n")
    return path


BODY = [name for name in LANDMARKS if name.split("_")[-1] not in ("pinky", "thumb", "inner", "outer")]


@pytest.mark.parametrize(
    ("scale", "up"), [(1.0, False), (1.0, True), (1 / 300, True)], ids=["px", "px, y up", "metres"]
)
@pytest.mark.parametrize("view", ["right", "left"])
def test_a_picture_as_trc_gives_the_same_angles(tmp_path, scale, up, view):
    track = squat(view)
    truth = assess(track)
    path = write_trc(tmp_path / "squat_px.trc", track, BODY, scale=scale, up=up)
    again = assess_video(path)
    assert (again.view.name, again.view.gate, again.movement.name) == (view, "full", "squat")
    assert len(again.reps) == 3
    agree(again, truth, names=[name for name in truth.signals if "turnout" not in name and "yaw" not in name])


def test_a_front_view_without_depth_is_still_recognised_and_counted(tmp_path):
    track = squat("front")
    again = assess_video(write_trc(tmp_path / "squat_px.trc", track, BODY))
    assert (again.view.name, again.movement.name, len(again.reps)) == ("front", "squat", 3)
    agree(again, assess(track), names=["lateral_trunk_lean_deg", "pelvic_obliquity_deg"])


def test_blank_cells_are_not_seen(tmp_path, track):
    path = write_trc(tmp_path / "squat.trc", track, BODY, blank=range(40, 70))
    raw = read_points(path)
    assert np.isnan(raw["left_knee"][40:70]).all()
    assert np.isfinite(raw["left_knee"][70:]).all()
    assert np.isnan(raw["left_pinky"]).all()


@pytest.mark.parametrize("turned_deg", [3, 30, 140, -100])
def test_points_in_a_room_are_looked_at_from_the_side_asked_for(tmp_path, track, report, turned_deg):
    motion = repetitions("squat", reps=3)
    points = motion.points(placed=True)
    turn = np.radians(turned_deg)
    rows = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    path = tmp_path / "room.trc"
    space = np.stack([points[name] for name in BODY], axis=1) @ rows.T
    write_room(path, motion.time_s, space)
    side = assess_video(path)
    assert (side.view.name, len(side.reps)) == ("right", 3)
    near = ["knee_flexion_right_deg", "trunk_inclination_deg", "hip_trunk_flexion_right_deg"]
    agree(side, report, atol=0.5, names=near)  # ours smooths, theirs is taken as it is
    front = assess_video(path, Options(declared=Declared(view="front")))
    assert front.view.name == "front"
    assert np.isfinite(front.signals["kasr_ratio"]).any()
    assert assess_video(path, Options(declared=Declared(view="left"))).view.name == "left"


def write_room(path, time_s, points):
    labels = [MARKERS[name] for name in BODY]
    rows = [
        f"PathFileType\t4\t(X/Y/Z)\t{path}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"30\t30\t{len(time_s)}\t{len(labels)}\tm\t30\t0\t{len(time_s)}",
        "Frame#\tTime\t" + "\t\t\t".join(labels),
        "\t\t" + "\t".join(f"X{i}\tY{i}\tZ{i}" for i in range(1, len(labels) + 1)),
    ]
    for frame, (t, row) in enumerate(zip(time_s, points, strict=True)):
        rows.append("\t".join([str(frame), str(t), *(str(v) for v in row.ravel())]))
    path.write_text("\n".join(rows) + "\n")


# ---------------------------------------------------------------- tables of MediaPipe landmarks


def write_table(path, head, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)
    return path


def shares(track):
    """Landmarks as MediaPipe gives them: shares of the picture, z in widths, away from the camera."""
    px_per_m = 300
    z = -track.xyz[..., 2] * px_per_m / track.size[0]
    return np.concatenate([track.xy / np.array(track.size), z[..., None], track.score[..., None]], axis=2)


def wide(pattern, numbers):
    names = range(len(LANDMARKS)) if numbers else LANDMARKS
    return [pattern.format(name=name, n=k + 1, field=f) for k, name in enumerate(names) for f in "xyzv"]


LAYOUTS = {
    "names, with a label": (["label"], wide("{name}_{field}", False)),
    "NAMES.x": ([], [column.upper() for column in wide("{name}.{field}", False)]),
    "x1 to v33": (["class"], wide("{field}{n}", True)),
    "landmark_0_x": ([], wide("landmark_{name}_{field}", True)),
    "0_x": (["frame"], wide("{name}_{field}", True)),
    "visibility": ([], [each.replace("_v", "_visibility") for each in wide("{name}_{field}", False)]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_wide_tables_of_landmarks(tmp_path, track, report, layout):
    before, head = LAYOUTS[layout]
    rows = [[*(frame for _ in before), *row.ravel()] for frame, row in enumerate(shares(track))]
    path = write_table(tmp_path / "landmarks.csv", [*before, *head], rows)
    again = assess_video(path, Options(rate_hz=30.0, size=SIZE))
    assert (again.view.name, len(again.reps)) == ("right", 3)
    agree(
        again, report, names=[name for name in report.signals if "turnout" not in name and "yaw" not in name]
    )


@pytest.mark.parametrize("names", [True, False], ids=["names", "numbers"])
@pytest.mark.parametrize("time", ["frame", "timestamp_ms", "timestamp"])
def test_long_tables_of_landmarks(tmp_path, track, report, names, time):
    rows = []
    for frame, points in enumerate(shares(track)):
        when = frame if time == "frame" else 1000 * track.time_s[frame]
        for k, (x, y, z, v) in enumerate(points):
            rows.append([when, f"PoseLandmark.{LANDMARKS[k].upper()}" if names else k, x, y, z, v])
    path = write_table(tmp_path / "long.csv", [time, "landmark", "x", "y", "z", "visibility"], rows)
    options = Options(rate_hz=30.0 if time == "frame" else None, size=SIZE)
    again = assess_video(path, options)
    assert (again.view.name, len(again.reps)) == ("right", 3)
    agree(again, report, names=["knee_flexion_right_deg", "trunk_inclination_deg"])


def test_pixels_need_no_size_and_a_few_points_will_do(tmp_path, track, report):
    some = ["nose", *(f"{s}_{p}" for s in ("left", "right") for p in ("shoulder", "hip", "knee", "ankle"))]
    head = ["time", *(f"{name}_{axis}" for name in some for axis in "xy")]
    rows = [[t, *(v for name in some for v in track[name][f])] for f, t in enumerate(track.time_s)]
    again = assess_video(write_table(tmp_path / "px.csv", head, rows))
    assert (again.view.name, again.movement.name, len(again.reps)) == ("right", "squat", 3)
    agree(again, report, names=["knee_flexion_right_deg", "shank_inclination_right_deg"])


def test_without_heels_and_toes_their_rows_are_not_judged_and_say_why(tmp_path, track):
    feet = ("heel", "foot_index")
    some = [name for name in BODY if not name.endswith(feet)]
    head = ["time", *(f"{name}_{axis}" for name in some for axis in "xy")]
    rows = [[t, *(v for name in some for v in track[name][f])] for f, t in enumerate(track.time_s)]
    again = assess_video(write_table(tmp_path / "px.csv", head, rows))
    heels = [finding for finding in again.findings if finding.measure in ("heel_rise_deg", "heel_travel_pct")]
    assert heels
    for finding in heels:
        assert (finding.grade, finding.reasons) == ("not_graded", ("points_not_given",))
    assert any(finding.grade != "not_graded" for finding in again.findings)


def test_a_point_at_zero_zero_was_not_seen(tmp_path, track):
    head = ["time", *(f"{name}_{axis}" for name in BODY for axis in "xy")]
    rows = [[t, *(v for name in BODY for v in track[name][f])] for f, t in enumerate(track.time_s)]
    rows[5][1:] = [0] * (2 * len(BODY))
    rows[6][1:3] = ["", ""]
    raw = read_points(write_table(tmp_path / "px.csv", head, rows))
    assert np.isnan(raw.xy[5]).all()
    assert np.isnan(raw["nose"][6]).all()
    assert np.isfinite(raw["left_hip"][6]).all()


def test_what_is_missing_is_asked_for(tmp_path, track):
    rows = [row.ravel() for row in shares(track)]
    path = write_table(tmp_path / "l.csv", wide("{name}_{field}", False), rows)
    with pytest.raises(UsageError, match="--rate-hz"):
        read_points(path)
    with pytest.raises(UsageError, match="--size"):
        read_points(path, rate_hz=30)


# ---------------------------------------------------------------- OpenPose


def write_openpose(folder, track, count, *, others=(), every=1, gap=()):
    folder.mkdir()
    names = [house_name(name) for name in ORDERS[count]]
    for frame in range(0, len(track), every):
        people = [] if frame in gap else [person(track, names, frame)]
        people += [person(other, names, frame) for other in others]
        data = {"version": 1.3, "people": people}
        (folder / f"squat_{frame:012d}_keypoints.json").write_text(json.dumps(data))
    return folder


def person(track, names, frame):
    values = []
    for name in names:
        xy = track[name][frame] if name else (0.0, 0.0)
        values += [*map(float, xy), 0.9 if name else 0.0]
    return {"person_id": [-1], "pose_keypoints_2d": values}


@pytest.mark.parametrize("count", sorted(ORDERS))
def test_openpose_folders(tmp_path, track, report, count):
    folder = write_openpose(tmp_path / "json", track, count)
    again = assess_video(folder, Options(rate_hz=30.0))
    assert (again.view.name, again.movement.name, len(again.reps)) == ("right", "squat", 3)
    assert find_format(folder) == "openpose"
    near = ["knee_flexion_right_deg", "shank_inclination_right_deg"]
    agree(again, report, names=[*near, *(["heel_rise_right_deg"] if count in (25, 26) else [])])
    heel = next(finding for finding in again.findings if finding.id == "heel_rise")
    assert (heel.reasons == ("points_not_given",)) == (count in (17, 18))


def test_frames_without_anybody_are_a_gap_at_the_right_time(tmp_path, track):
    raw = read_points(write_openpose(tmp_path / "json", track, 25, gap=range(30, 40)), rate_hz=30)
    assert np.isnan(raw.xy[30:40]).all()
    assert raw.time_s[50] == pytest.approx(50 / 30)
    thinned = read_points(write_openpose(tmp_path / "thin", track, 25, every=3), rate_hz=30)
    assert thinned.time_s[10] == pytest.approx(1.0)


def test_the_same_person_is_followed_among_several(tmp_path, track):
    small = replace(track, xy=track.xy * 0.6 + np.array([300.0, 50.0]))
    folder = write_openpose(tmp_path / "json", track, 25, others=[small])
    assert np.allclose(read_points(folder, rate_hz=30)["left_knee"], track["left_knee"], atol=1e-6)
    right = read_points(folder, rate_hz=30, person=2)
    assert np.allclose(right["left_knee"], small["left_knee"], atol=1e-6)


def test_damaged_files_are_told_so_or_are_frames_without_anybody(tmp_path, track):
    folder = write_openpose(tmp_path / "json", track, 25, every=10)
    names = sorted(folder.iterdir())
    names[2].write_text("{")
    names[3].write_text('{"people": [{"pose_keypoints_2d": [1, 2]}, 7]}')
    raw = read_points(folder, rate_hz=30)
    assert np.isnan(raw.xy[2:4]).all()
    assert np.isfinite(raw["left_knee"][4]).all()
    ours = export(assess(track), tmp_path / "points.json")
    data = json.loads(ours.read_text())
    ours.write_text(json.dumps(data | {"time_s": data["time_s"][:-1]}))
    with pytest.raises(UsageError, match="different lengths"):
        read_points(ours)


def test_openpose_needs_a_rate(tmp_path, track):
    with pytest.raises(UsageError, match="--rate-hz"):
        read_points(write_openpose(tmp_path / "json", track, 25, every=50))


# ---------------------------------------------------------------- names, kinds, the command


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("RKnee", "right_knee"),
        ("Lknee", "left_knee"),
        ("r_ankle_study", "right_ankle"),
        ("LEFT_FOOT_INDEX", "left_foot_index"),
        ("RBigToe", "right_foot_index"),
        ("mouth_left", "mouth_left"),
        ("right eye inner", "right_eye_inner"),
        ("LSmallToe", None),
        ("Neck", None),
        ("Hip", None),
        ("label", None),
        ("frame", None),
    ],
)
def test_names_of_others(theirs, ours):
    assert house_name(theirs) == ours


def test_every_marker_of_ours_is_known_again():
    assert {name: house_name(marker) for name, marker in MARKERS.items()} == {
        name: name for name in LANDMARKS
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("angles.csv", "time_s,rep,knee_flexion_left_deg\n0,1,5\n"),
        ("notes.txt", "nothing to see"),
        ("empty.csv", ""),
        ("report.json", "{}"),
        ("cut.trc", "PathFileType\t4\n"),
    ],
)
def test_a_text_without_points_is_told_so_in_one_sentence(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    result = CliRunner().invoke(main, ["assess", str(tmp_path / name), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2, result.output
    assert name in result.output
    assert "Traceback" not in result.output


def test_a_folder_without_points_is_told_so(tmp_path):
    result = CliRunner().invoke(main, ["assess", str(tmp_path), "--out", str(tmp_path / "out")])
    assert (result.exit_code, "holds no body points" in result.output) == (2, True)


def test_a_missing_file_is_still_a_missing_video(tmp_path):
    with pytest.raises(VideoError):
        assess_video(tmp_path / "squat.mp4")


def test_the_command_assesses_points_like_a_video(tmp_path, track):
    path = write_trc(tmp_path / "squat.trc", track, BODY)
    words = ["assess", str(path), "--out", str(tmp_path / "out"), "--size", "480x640"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert "Repetitions: 3 usable of 3" in result.output
    names = {each.name for each in (tmp_path / "out").iterdir()}
    assert {"report.html", "report.json", "track.npz"} <= names
    told = json.loads((tmp_path / "out" / "report.json").read_text())["provenance"]
    assert told["video"]["name"] == "squat.trc"
    again = assess_video(tmp_path / "out" / "track.npz")
    assert len(again.reps) == 3


@pytest.mark.parametrize("text", ["640", "axb", "0x640", "640x"])
def test_a_size_that_is_none_is_refused(tmp_path, track, text):
    path = write_trc(tmp_path / "squat.trc", track, BODY)
    result = CliRunner().invoke(main, ["assess", str(path), "--size", text])
    assert (result.exit_code, "1280x720" in result.output) == (2, True)


@pytest.mark.realdata
def test_a_real_table_of_landmarks_can_be_read():
    folder = Path(os.environ.get("MOVEMENT_LAB_DATA", "")) / "exercise-correction-landmarks"
    if not folder.is_dir():
        pytest.skip("the folder of real clips is not here")
    raw = read_points(folder / "squat_model_test.csv", rate_hz=30, size=(1280, 720))
    assert len(raw) > 800
    assert np.isfinite(raw["left_knee"]).all()
    assert np.isnan(raw["left_pinky"]).all()
    assert np.nanmedian(raw["left_ankle"][:, 1]) > np.nanmedian(raw["left_shoulder"][:, 1])
