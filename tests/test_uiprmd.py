"""UI-PRMD: from its files to our curves, on stick figures that wear its markers."""

import gzip
import io
import tarfile
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from movement_lab.errors import UsageError
from movement_lab.skeleton import LANDMARKS
from movement_lab.synthetic import repetitions
from movement_lab.synthetic.camera import Camera, track_of
from movement_lab.validation.uiprmd import compare_uiprmd, draw_uiprmd, uiprmd_section
from movement_lab.validation.uiprmd.body import MARKERS, heading_of, joints_of, thorax_tilt
from movement_lab.validation.uiprmd.compare import SHOTS
from movement_lab.validation.uiprmd.donors import RenderedClip, fit_errors, noise_toml
from movement_lab.validation.uiprmd.effects import differences, effects_table, summary
from movement_lab.validation.uiprmd.film import Shot, film, rigid_knee, stage
from movement_lab.validation.uiprmd.noise import AXES, ROWS, Noise, Sight, load_noise, spoil
from movement_lab.validation.uiprmd.read import read_recordings, unpacked
from movement_lab.validation.uiprmd.tables import curve_agreement, others_table, reps_table

KNEE, ANKLE, TOE = 0.060, 0.043, 0.3
DEPTH_M = 0.16
NO_NOISE = Noise(
    donors=dict.fromkeys(load_noise().donors, np.zeros((1, len(ROWS), len(AXES), 2))),
    deepest=dict.fromkeys(load_noise().deepest, np.ones(1)),
    wander=dict.fromkeys(("side", "front"), np.zeros((len(ROWS), len(AXES)))),
    score=dict.fromkeys(("side", "front"), np.full(len(ROWS), 0.98)),
    tau_s=0.4,
    made={"clips": 0, "bodies": 0, "model": "none"},
)

# ---------------------------------------------------------------- a figure in markers


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def markers_of(joints):
    """The markers (body frame, metres) from which the data set's own rules give these joints."""
    middle = (joints["left_hip"] + joints["right_hip"]) / 2
    wide = (np.linalg.norm(joints["right_hip"] - joints["left_hip"], axis=1)[0] / 2 - 0.0073) / 0.33
    ahead, up, right = np.eye(3)
    front = middle + (0.24 * DEPTH_M + 0.0099) * ahead + (0.30 * wide + 0.0109) * up
    shoulders = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    trunk, across = unit(shoulders - middle), np.broadcast_to(right, middle.shape)
    chest = np.cross(trunk, across)  # any direction square to the trunk
    markers = {"C7": shoulders - 0.1 * chest, "CLAV": shoulders + 0.1 * chest, "RBAK": middle}
    markers |= {"T10": markers["C7"] - 0.2 * trunk, "STRN": markers["CLAV"] - 0.2 * trunk}
    for side, s, out in (("left", "L", -right), ("right", "R", right)):
        j = {name: joints[f"{side}_{name}"] for name in ("hip", "knee", "ankle", "heel", "foot_index")}
        knee, ankle = j["knee"] + KNEE * out, j["ankle"] + ANKLE * out
        markers |= {f"{s}ASI": front + wide / 2 * out, f"{s}PSI": front - DEPTH_M * ahead + 0.05 * out}
        markers |= {f"{s}KNE": knee, f"{s}ANK": ankle, f"{s}HEE": j["heel"]}
        markers |= {
            f"{s}THI": (j["hip"] + knee) / 2 + 0.1 * out,
            f"{s}TIB": (j["knee"] + ankle) / 2 + 0.1 * out,
        }
        markers |= {f"{s}TOE": j["heel"] + (j["foot_index"] - j["heel"]) / (1 + TOE)}
        markers |= {f"{s}SHO": joints[f"{side}_shoulder"], f"{s}ELB": joints[f"{side}_elbow"]}
        hand = {"WRA": "wrist", "WRB": "wrist", "FIN": "index", "UPA": "elbow", "FRM": "wrist"}
        markers |= {f"{s}{name}": joints[f"{side}_{point}"] for name, point in hand.items()}
        ear = joints[f"{side}_ear"]
        markers |= {f"{s}FHD": ear + 0.09 * ahead + 0.07 * up, f"{s}BHD": ear - 0.09 * ahead + 0.07 * up}
    return {name: markers[name] for name in MARKERS}


def in_the_room(markers, heading_deg=0.0):
    """Body frame to the laboratory: x ahead, y left, z up, turned to the left."""
    c, s = np.cos(np.radians(heading_deg)), np.sin(np.radians(heading_deg))
    turn = np.array([[c, 0, s], [s, 0, -c], [0, 1, 0]])
    return {name: points @ turn.T for name, points in markers.items()}


def angles_of(motion, room):
    """The data set's triples: tilts about the laboratory's axes, knee and hip as known."""
    truth = motion.truth()
    angles = np.ones((len(motion.time_s), 39, 3))
    axis = unit(room["C7"] + room["CLAV"] - room["STRN"] - room["T10"])
    angles[:, 10, 0] = np.degrees(np.arctan2(axis[:, 0], axis[:, 2]))
    angles[:, 10, 1] = -np.degrees(np.arcsin(axis[:, 1]))
    angles[:, 7, 0] = truth["trunk_inclination_deg"]  # the pelvis of this figure stays upright
    for side, hip, knee in (("left", 15, 19), ("right", 16, 20)):
        angles[:, hip, 0] = truth[f"thigh_elevation_{side}_deg"]
        angles[:, knee, 0] = truth[f"knee_flexion_{side}_deg"]
    return angles


def squat(*, thigh_deg=85.0, reps=3):
    return repetitions(
        "squat", reps=reps, rate_hz=100, bottom={"thigh_deg": thigh_deg}, standing_s=0.3, end_s=0.2
    )


def write_set(folder, motion, *, movement=1, subject=1, correct=True, heading_deg=0.0, spoil_it=None):
    """Write a motion as the data set would: one file a repetition, cut in upright moments."""
    room = in_the_room(markers_of(motion.points()), heading_deg)
    positions = 1000 * np.stack([room[name] for name in MARKERS], axis=1)
    angles = angles_of(motion, room)
    if spoil_it:
        spoil_it(positions, angles)
    ends = [round(100 * rep.end_s) for rep in motion.reps[:-1]]
    cuts = [0, *ends, len(positions)]
    place = folder / ("Segmented Movements" if correct else "Incorrect Segmented Movements") / "Vicon"
    for rep, (start, end) in enumerate(pairwise(cuts), start=1):
        name = f"m{movement:02d}_s{subject:02d}_e{rep:02d}"
        for kind, values in (("Positions", positions), ("Angles", angles)):
            (place / kind).mkdir(parents=True, exist_ok=True)
            path = place / kind / f"{name}_{kind.lower()}{'' if correct else '_inc'}.txt.gz"
            with gzip.open(path, "wt") as file:
                np.savetxt(file, values[start:end].reshape(end - start, -1), delimiter=",", fmt="%.4f")
    return cuts


# ---------------------------------------------------------------- markers to joints


@pytest.mark.parametrize("heading_deg", [0.0, 50.0, -130.0])
def test_joints_come_back_from_markers(heading_deg):
    points = squat().points()
    room = in_the_room(markers_of(points), heading_deg)
    heading = heading_of(room)
    assert np.degrees(heading) == pytest.approx(heading_deg)
    joints = joints_of(room, heading)
    assert set(joints) == set(LANDMARKS)
    for name in ("shoulder", "hip", "knee", "ankle", "heel", "foot_index", "wrist"):
        for side in ("left", "right"):
            assert np.abs(joints[f"{side}_{name}"] - points[f"{side}_{name}"]).max() < 1e-6


def test_their_tilt_is_read_in_the_plane_of_somebody_who_stands_across():
    motion = squat()
    room = in_the_room(markers_of(motion.points()), 50.0)
    angles, lean = angles_of(motion, room), motion.truth()["trunk_inclination_deg"]
    assert np.abs(thorax_tilt(room, angles[:, 10], np.radians(50.0)) - lean).max() < 1e-6
    assert np.abs(angles[:, 10, 0] - lean).max() > 8  # the tilt alone is something else
    away = in_the_room(markers_of(motion.points()), 180.0)
    walked = angles_of(motion, in_the_room(markers_of(motion.points())))  # their axes turn with the walk
    assert np.abs(thorax_tilt(away, walked[:, 10], np.pi) - lean).max() < 1e-6


def test_bones_that_shrink_are_put_right_and_others_stay():
    points = squat().points()
    hip, knee, ankle = (points[f"left_{name}"] for name in ("hip", "knee", "ankle"))
    assert np.abs(rigid_knee(hip, knee, ankle) - knee).max() < 1e-6
    slid = knee + 0.3 * (ankle - knee) * np.linspace(0, 1, len(knee))[:, None]
    back = rigid_knee(hip, slid, ankle)
    assert np.abs(back - knee).max() < 1e-6


# ---------------------------------------------------------------- files


def test_a_set_is_joined_from_its_files(tmp_path):
    motion = squat()
    cuts = write_set(tmp_path, motion, subject=4, heading_deg=30.0)
    (recording,), left_out = read_recordings(tmp_path)
    assert not left_out
    assert (recording.movement, recording.subject, recording.correct) == ("squat", 4, True)
    assert recording.reps == tuple(pairwise(cuts))
    truth = motion.truth()
    for name in ("knee_flexion_left_deg", "hip_trunk_flexion_right_deg", "trunk_inclination_deg"):
        assert np.abs(recording.theirs[name] - truth[name]).max() < 0.01
    assert (
        np.abs(recording.theirs["hip_pelvis_flexion_left_deg"] - truth["thigh_elevation_left_deg"]).max()
        < 0.01
    )
    assert recording.angle_check_deg < 0.01


def test_markers_lost_for_a_moment_are_bridged_and_a_lost_toe_stays_lost(tmp_path):
    def lose(positions, _):
        positions[100:110, MARKERS.index("LKNE")] = 0
        positions[:, MARKERS.index("RTOE")] = 0

    motion = squat()
    write_set(tmp_path, motion, spoil_it=lose)
    (recording,), _ = read_recordings(tmp_path)
    assert np.abs(recording.joints["left_knee"] - motion.points()["left_knee"]).max() < 0.02
    assert np.isnan(recording.joints["right_foot_index"]).all()
    track = film(stage(recording), Shot("other"), load_noise())
    assert (track.score[:, LANDMARKS.index("right_foot_index")] == 0).all()


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (lambda p, a: p.__setitem__((slice(0, 200), MARKERS.index("RASI")), 0), "RASI is missing"),
        (
            lambda p, a: p.__setitem__(
                (slice(None), MARKERS.index("LASI"), 1), p[:, MARKERS.index("LASI"), 1] + 250
            ),
            "apart",
        ),
        (lambda p, a: a.__setitem__((slice(None), 10, 0), a[:, 15, 0]), "do not fit"),
    ],
)
def test_recordings_that_make_no_body_are_left_out_with_the_reason(tmp_path, what, why):
    write_set(tmp_path, squat(reps=2), spoil_it=what)
    write_set(tmp_path, squat(reps=2), correct=False)
    (kept,), left_out = read_recordings(tmp_path)
    assert not kept.correct
    assert why in left_out["squat s01 correct"]


def test_a_damaged_file_is_left_out(tmp_path):
    write_set(tmp_path, squat(reps=2))
    path = next(tmp_path.rglob("*e02_positions*"))
    path.write_bytes(path.read_bytes()[:500])
    found, left_out = read_recordings(tmp_path)
    assert not found
    assert "e02" in left_out["squat s01 correct"]


def test_sources_that_hold_nothing(tmp_path):
    write_set(tmp_path, squat(reps=1))
    for vicon in list(tmp_path.rglob("Vicon")):
        vicon.rename(vicon.with_name("Kinect"))
    with pytest.raises(UsageError, match="No Vicon recording"):
        compare_uiprmd(tmp_path)
    (tmp_path / "notes.txt").write_text("no tar")
    with pytest.raises(UsageError, match="neither a folder nor a tar"):
        compare_uiprmd(tmp_path / "notes.txt")


def test_a_tar_file_is_unpacked_and_a_wicked_one_is_not(tmp_path):
    good, bad = tmp_path / "good.tar", tmp_path / "bad.tar"
    write_set(tmp_path / "data", squat(reps=2))
    with tarfile.open(good, "w") as tar:
        tar.add(tmp_path / "data", "uiprmd")
    with unpacked(good) as folder:
        assert len(read_recordings(folder)[0]) == 1
    assert not folder.exists()
    with tarfile.open(bad, "w") as tar:
        member = tarfile.TarInfo("../outside.txt")
        member.size = 4
        tar.addfile(member, io.BytesIO(b"evil"))
    with pytest.raises(UsageError, match="can't be unpacked"), unpacked(bad):
        pass
    assert not list(tmp_path.rglob("outside.txt"))


# ---------------------------------------------------------------- in front of the camera


def test_standing_is_added_and_repetitions_stay_as_recorded(tmp_path):
    motion = squat()
    write_set(tmp_path, motion)
    (recording,), _ = read_recordings(tmp_path)
    staged = stage(recording)
    first = staged.reps[0][0]
    knee = staged.exact["knee_flexion_left_deg"]
    assert first / 25 == pytest.approx(2.6, abs=0.05)
    assert np.ptp(knee[:50]) == 0
    recorded = motion.truth()["knee_flexion_left_deg"]
    for (start, end), (a, b) in zip(staged.reps, recording.reps, strict=True):
        assert knee[start:end].max() == pytest.approx(recorded[a:b].max(), abs=0.1)
    turns_s = [rep.turn_s for rep in motion.reps]
    assert np.array(staged.turns) / 25 - 2.6 == pytest.approx(np.array(turns_s), abs=0.15)
    assert np.abs(np.diff(knee)).max() < 12  # nothing jumps


def test_a_missing_file_is_bridged(tmp_path):
    write_set(tmp_path, squat())
    for path in tmp_path.rglob("*e02_*"):
        path.unlink()
    (recording,), _ = read_recordings(tmp_path)
    moved = {name: path.copy() for name, path in recording.joints.items()}
    for path in moved.values():
        path[recording.reps[1][0] :, 0] += 0.3  # the person stood elsewhere by then
    staged = stage(replace(recording, joints=moved))
    assert len(staged.reps) == 2
    assert np.nanmax(np.abs(np.diff(staged.joints["left_hip"], axis=0))) < 0.06


# ---------------------------------------------------------------- borrowed errors


def exact_track(seconds, view="left"):
    motion = repetitions("squat", reps=2, rate_hz=25).between(0, seconds)
    track = track_of(motion.points(), motion.time_s, Camera(view=view))
    drop = motion.truth()["hip_drop_pct"] / 100
    return track, drop - drop[0]


def some_donors():
    """Eight donors a group, errors of centimetres, nothing that wanders."""
    rng = np.random.default_rng(0)
    donors = {g: rng.normal(0, 0.03, (8, len(ROWS), len(AXES), 2)) for g in NO_NOISE.donors}
    return replace(NO_NOISE, donors=donors, deepest=dict.fromkeys(donors, np.ones(8)))


def test_a_person_keeps_the_same_donor_however_long_the_film_is():
    noise, sight = some_donors(), Sight("squat", "left", "left")
    short, long = (spoil(*exact_track(seconds), noise, sight, px_per_m=300, seed=7) for seconds in (3.0, 6.0))
    assert np.allclose(short.xy, long.xy[: len(short)])
    other = spoil(*exact_track(3.0), noise, sight, px_per_m=300, seed=9)
    assert not np.allclose(short.xy, other.xy)


def test_errors_stop_growing_where_the_donor_turned():
    track, lowered = exact_track(6.0)
    donors = np.zeros((1, len(ROWS), len(AXES), 2))
    donors[0, ROWS.index("first knee"), 0, 1] = 0.1
    noise = replace(
        NO_NOISE,
        donors=dict.fromkeys(NO_NOISE.donors, donors),
        deepest=dict.fromkeys(NO_NOISE.deepest, np.array([0.2])),
    )
    spoilt = spoil(track, lowered, noise, Sight("squat", "left", "left"), px_per_m=300, seed=0)
    moved = (spoilt["left_knee"] - track["left_knee"])[:, 0]  # facing image left, forward is left
    assert lowered.max() > 0.3
    assert moved.min() == pytest.approx(-300 * 0.1 * 0.2)
    assert np.abs(spoilt["right_knee"] - track["right_knee"]).max() == 0


@pytest.mark.parametrize("view", ["left", "right", "front"])
def test_what_is_measured_is_what_is_lent(view, tmp_path):
    """A track spoilt by a known donor gives that donor back, whatever the camera saw."""
    track, lowered = exact_track(8.0, view)
    lowered = np.clip(lowered, 0, None)
    sight = Sight("squat", view, "left")
    noise = some_donors()
    spoilt = spoil(track, lowered, noise, sight, px_per_m=300, seed=3)
    errors = np.concatenate([(spoilt.xy - track.xy) / 300, spoilt.xyz - track.xyz], axis=2)
    fit = fit_errors(RenderedClip("b", sight, lowered, errors, spoilt.score, 0.04))
    chosen = int(np.random.default_rng(3).integers(len(noise.donors[sight.group])))
    known = noise.donors[sight.group][chosen]
    assert np.abs(fit.donor - known)[:, :2].max() < 1e-6
    assert np.abs(fit.wander).max() < 1e-6
    path = tmp_path / "noise.toml"
    path.write_text(noise_toml(noise))
    again = load_noise(path)
    assert all(np.abs(again.donors[g] - noise.donors[g]).max() < 0.00051 for g in noise.donors)
    assert again.made == noise.made


# ---------------------------------------------------------------- all the way


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Three people with deep correct and shallower incorrect squats, and one who sits down."""
    folder = tmp_path_factory.mktemp("uiprmd")
    for subject, thigh_deg in ((1, 80.0), (2, 88.0), (3, 84.0)):
        write_set(folder, squat(thigh_deg=thigh_deg, reps=2), subject=subject)
        shallow = squat(thigh_deg=thigh_deg - 20 - subject, reps=2)
        write_set(folder, shallow, subject=subject, correct=False)
    write_set(folder, squat(reps=2), movement=5)
    return compare_uiprmd(folder, noise=NO_NOISE)


def test_known_angles_come_out_as_our_curves(results):
    for shot in (Shot(perfect=True), Shot("other"), Shot(rigid=True)):
        found = results.of("squat", shot)
        for index in (0, 1, 3):
            for against in ("exact", "theirs"):
                agreement = curve_agreement(found, index, against)
                assert (agreement.people, agreement.reps) == (3, 12)
                assert abs(agreement.bias) < 1.5
                assert agreement.rmse < 1.5
                assert agreement.r > 0.998


def test_thigh_on_pelvis_is_another_quantity(results):
    agreement = curve_agreement(results.of("squat", Shot(perfect=True)), 2, "theirs")
    assert agreement.bias == pytest.approx(34 * 0.9, abs=6)  # the trunk's lean is missing from theirs


def test_sets_are_recognised_and_counted(results):
    for shot in SHOTS:
        for seen in results.of("squat", shot):
            assert seen.recognised == "squat"
            assert seen.matched == seen.found == seen.true == 2
            assert seen.view_right
    table = reps_table(results)
    assert {row[6] for row in table.rows} == {"6/6"}
    (side, front) = others_table(results).rows
    assert side[:4] == ("sit to stand", "lead side", 1, 1)
    assert front[0] == "sit to stand"


def test_incorrect_sets_differ_by_what_was_changed(results):
    pairs = differences(results.of("squat", Shot()), "knee_flexion_deg")
    assert pairs[:, 1] == pytest.approx([-21, -22, -23], abs=0.5)
    assert pairs[:, 0] == pytest.approx(pairs[:, 1], abs=1.5)
    row = next(row for row in effects_table(results).rows if row[2] == "knee_flexion_deg")
    assert row[3] == 3
    assert row[6].startswith("-22.")


def test_a_mean_comes_with_its_interval_and_effect():
    difference, effect = summary(np.array([1.0, 2.0, 3.0, 4.0]))
    assert difference == "2.5 (0.45 to 4.6)"  # t(3, 0.975) 3.182, spread 1.291
    assert effect.startswith("1.4 (")  # 2.5 / 1.291 * (1 - 3 / 11)
    assert summary(np.array([1.0, 2.0])) == ("1.5", "–")


def test_section_and_picture(results, tmp_path):
    pytest.importorskip("matplotlib")
    text = "\n\n".join(uiprmd_section(results, picture="accuracy/uiprmd.png"))
    assert "squat: 3 people, 6 sets, 12 repetitions" in text
    assert "Vakanski" in text
    assert "](accuracy/uiprmd.png)" in text
    assert "| lunge |" not in text
    path = draw_uiprmd(results, tmp_path)
    assert path.read_bytes().startswith(b"\x89PNG")


# ---------------------------------------------------------------- the data set itself


@pytest.mark.realdata
def test_the_real_recordings(real_data):
    source = real_data / "uiprmd.tar"
    if not source.is_file():
        pytest.skip("the folder of real clips has no uiprmd.tar")
    results = compare_uiprmd(source)
    assert results.angle_check_deg < 0.1
    perfect = curve_agreement(results.of("squat", Shot(perfect=True, rigid=True)), 0, "exact")
    assert perfect.people >= 4
    assert perfect.rmse < 2
    assert curve_agreement(results.of("squat", Shot()), 0, "theirs").r > 0.99
    for movement in ("squat", "lunge"):
        assert all(seen.recognised == movement for seen in results.of(movement, Shot(perfect=True)))
        for seen in results.of(movement, Shot(perfect=True), correct=True):
            assert seen.matched == seen.found == seen.true
