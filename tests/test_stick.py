"""The stick figure is the ruler for everything else, so it is held against plain geometry here."""

import numpy as np
import pytest

from movement_lab.errors import UsageError
from movement_lab.skeleton import BONES, LANDMARKS, SIDES
from movement_lab.synthetic import (
    Camera,
    StickBody,
    StickPose,
    Tempo,
    film,
    on_leg,
    pose_points,
    repetitions,
    standing_still,
    true_measures,
    walk_in,
)

SETS = {
    "squat": {},
    "hinge": {},
    "lunge": {"lead": "alternate"},
    "reverse": {"lunge_style": "reverse", "lead": "right"},
    "split": {"lunge_style": "split"},
}


def a_set(name, **options):
    movement = name if name in ("squat", "hinge") else "lunge"
    return repetitions(movement, **SETS[name], **options)


def angle_at_deg(a, vertex, b):
    """The unsigned angle a-vertex-b of points (T, 2), from the cosine rule."""
    u, v = a - vertex, b - vertex
    cosine = np.sum(u * v, axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def turns(motion):
    """Frame indices of the true turns."""
    return [int(np.argmin(np.abs(motion.time_s - rep.turn_s))) for rep in motion.reps]


@pytest.mark.parametrize("name", SETS)
def test_bones_keep_their_length(name):
    points = a_set(name).points()
    for upper, lower in BONES:
        if (upper, lower) == ("shoulder", "hip"):
            continue  # not a bone: the trunk's side changes with lean
        for side in SIDES:
            length = np.linalg.norm(points[f"{side}_{upper}"] - points[f"{side}_{lower}"], axis=1)
            assert np.ptp(length) < 1e-9, (side, upper, lower)


@pytest.mark.parametrize("movement", ["squat", "hinge"])
def test_flat_feet_do_not_slide(movement):
    points = repetitions(movement).points()
    for name in ("ankle", "heel", "foot_index"):
        assert np.ptp(points[f"left_{name}"], axis=0).max() < 1e-12


def test_a_rising_heel_tips_about_the_toe():
    points = repetitions("squat", bottom={"heel_rise_left_deg": 10.0}).points()
    assert np.ptp(points["left_foot_index"], axis=0).max() < 1e-12
    rise = points["left_heel"][:, 1].max()
    assert rise == pytest.approx(StickBody().foot_m * np.sin(np.radians(10)))


@pytest.mark.parametrize("name", SETS)
def test_no_joint_goes_through_the_floor(name):
    lowest = min(points[:, 1].min() for points in a_set(name).points().values())
    assert lowest > -1e-12


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", SETS)
def test_identities_of_the_specification(name, side):
    truth = a_set(name).truth()
    thigh, shank = truth[f"thigh_elevation_{side}_deg"], truth[f"shank_inclination_{side}_deg"]
    trunk, knee = truth["trunk_inclination_deg"], truth[f"knee_flexion_{side}_deg"]
    hip_trunk = truth[f"hip_trunk_flexion_{side}_deg"]
    np.testing.assert_allclose(knee, thigh + shank)
    np.testing.assert_allclose(hip_trunk, thigh + trunk)
    np.testing.assert_allclose(hip_trunk, knee - shank + trunk)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", SETS)
def test_sums_of_inclinations_are_the_angles_at_the_joints(name, side):
    motion = a_set(name)
    flat = {point: xyz[:, :2] for point, xyz in motion.points().items()}
    knee = 180 - angle_at_deg(flat[f"{side}_hip"], flat[f"{side}_knee"], flat[f"{side}_ankle"])
    hip = 180 - angle_at_deg(flat[f"{side}_knee"], flat[f"{side}_hip"], flat[f"{side}_shoulder"])
    truth = motion.truth()
    # Straight angles come out of a cosine with a few thousandths of a degree of rounding.
    np.testing.assert_allclose(truth[f"knee_flexion_{side}_deg"], knee, atol=1e-3)
    np.testing.assert_allclose(np.abs(truth[f"hip_trunk_flexion_{side}_deg"]), hip, atol=1e-3)


def test_the_bottom_has_the_angles_asked_for():
    asked = {"thigh_deg": 72.0, "shank_deg": 21.0, "trunk_deg": 44.0, "heel_rise_left_deg": 7.0}
    motion = repetitions("squat", bottom=asked, rate_hz=50)
    truth, at = motion.truth(), turns(motion)
    assert truth["thigh_elevation_left_deg"][at] == pytest.approx(72.0)
    assert truth["shank_inclination_left_deg"][at] == pytest.approx(21.0)
    assert truth["trunk_inclination_deg"][at] == pytest.approx(44.0)
    assert truth["heel_rise_left_deg"][at] == pytest.approx(7.0)


@pytest.mark.parametrize("style", ["step", "reverse", "split"])
def test_both_legs_of_a_lunge_are_as_asked(style):
    asked = {"thigh_deg": 80.0, "shank_deg": 10.0, "rear_thigh_deg": -8.0, "heel_rise_rear_deg": 50.0}
    motion = repetitions("lunge", bottom=asked, lead="right", lunge_style=style, rate_hz=50)
    truth, at = motion.truth(), turns(motion)
    assert truth["thigh_elevation_right_deg"][at] == pytest.approx(80.0)
    assert truth["shank_inclination_right_deg"][at] == pytest.approx(10.0)
    assert truth["thigh_elevation_left_deg"][at] == pytest.approx(-8.0)
    assert truth["heel_rise_left_deg"][at] == pytest.approx(50.0)
    assert (truth["ankle_separation_pct"][at] > 60).all()


def test_lunges_alternate_and_faults_follow_the_lead_leg():
    motion = repetitions("lunge", reps=4, lead="alternate", bottom={"knee_in_lead_m": 0.06})
    truth, at = motion.truth(), turns(motion)
    assert [rep.side for rep in motion.reps] == ["left", "right", "left", "right"]
    assert (truth["fppa_left_deg"][at] > 5).tolist() == [True, False, True, False]
    with pytest.raises(UsageError):
        repetitions("lunge", lead="alternate", lunge_style="split")


@pytest.mark.parametrize(
    ("bottom", "measure", "value"),
    [
        ({"lean_right_deg": 6.0}, "lateral_trunk_lean_deg", 6.0),
        ({"thorax_right_up_deg": 4.0}, "thorax_obliquity_deg", 4.0),
        ({"thorax_turn_deg": 15.0}, "thorax_rotation_deg", 15.0),
        ({"pelvis_right_up_deg": 5.0}, "pelvic_obliquity_deg", 5.0),
        ({"pelvis_turn_deg": 8.0}, "pelvis_yaw_deg", 8.0),
        ({"turnout_left_deg": 20.0}, "foot_turnout_left_deg", 20.0),
        ({"pelvis_shift_m": 0.02}, "pelvis_lateral_shift_pct", 10.0),
        ({"neck_deg": 25.0}, "neck_flexion_deg", 25.0),
        ({"gaze_deg": 30.0}, "head_gaze_deg", 30.0),
        ({"arm_right_deg": 60.0}, "shoulder_flexion_right_deg", 60.0),
    ],
)
def test_each_field_moves_its_own_measure(bottom, measure, value):
    motion = repetitions("squat", bottom=bottom)
    assert motion.truth()[measure][turns(motion)] == pytest.approx(value)


@pytest.mark.parametrize("side", SIDES)
def test_a_knee_that_goes_in_reads_as_medial_on_either_side(side):
    motion = repetitions("squat", bottom={f"knee_in_{side}_m": 0.04})
    truth, at = motion.truth(), turns(motion)
    assert (truth[f"fppa_{side}_deg"][at] > 5).all()
    assert (truth[f"knee_medial_disp_{side}_pct"][at] > 3).all()
    # Ankles are 0.20 m apart, so one knee 0.04 m inwards leaves 80 % of that.
    assert truth["kasr_ratio"][at] == pytest.approx(0.8)


def test_hips_rise_first_tips_the_trunk_early_in_the_ascent():
    motion = repetitions("squat", tempo=Tempo(hold_s=0.0, up_s=1.2), rate_hz=100, hips_rise_first_deg=12.0)
    trunk, turn = motion.truth()["trunk_inclination_deg"], turns(motion)[0]
    assert trunk[turn + 40] - trunk[turn] == pytest.approx(12.0, abs=0.01)
    assert trunk[-1] == pytest.approx(0.0)


@pytest.mark.parametrize("name", SETS)
def test_the_turn_is_the_deepest_moment(name):
    motion = a_set(name, tempo=Tempo(hold_s=0.0), rate_hz=50)
    drop = motion.truth()["hip_drop_pct" if name != "hinge" else "trunk_inclination_deg"]
    for rep in motion.reps:
        inside = (motion.time_s >= rep.start_s) & (motion.time_s <= rep.end_s)
        deepest = motion.time_s[inside][np.argmax(drop[inside])]
        assert deepest == pytest.approx(rep.turn_s, abs=0.021)


@pytest.mark.parametrize(
    ("view", "facing"), [("right", [1, 0]), ("left", [-1, 0]), ("front", [0, 0]), ("back", [0, 0])]
)
def test_the_camera_stands_where_it_says(view, facing):
    track = film(standing_still(seconds=0.1), Camera(view=view))
    foot = track["left_foot_index"][0] - track["left_heel"][0]
    assert np.sign(np.round(foot[0])) == facing[0]
    right_is_image_left = track["right_hip"][0, 0] < track["left_hip"][0, 0]
    if view in ("front", "back"):
        assert right_is_image_left == (view == "front")


def test_a_pixel_has_the_size_asked_for_and_the_floor_lies_below():
    track = film(standing_still(seconds=0.1), Camera(px_per_m=200.0, height_m=1.0, size=(400, 600)))
    hip, ankle = track["right_hip"][0], track["right_ankle"][0]
    assert ankle[1] - hip[1] == pytest.approx(200 * 0.86, abs=0.1)
    assert track["right_heel"][0, 1] == pytest.approx(500.0)


def test_perspective_agrees_with_similar_triangles():
    camera = Camera(view="front", distance_m=4.0, height_m=1.0, px_per_m=100.0, size=(100, 100))
    x, y = camera.project(np.array([1.0, 1.5, 0.5]))  # 3 m in front of the lens
    assert (x, y) == pytest.approx((50 - 0.5 * 400 / 3, 50 - 0.5 * 400 / 3))


def test_rolling_the_camera_tips_the_picture_the_other_way():
    upright = np.array([[0.0, 0.5, 0.0], [0.0, 1.5, 0.0]])
    low, high = Camera(roll_deg=10.0).project(upright)
    assert np.degrees(np.arctan2(high[0] - low[0], low[1] - high[1])) == pytest.approx(-10.0)


@pytest.mark.parametrize("yaw_deg", [10.0, 30.0])
def test_a_camera_off_the_plane_sees_forward_shrunk_by_the_cosine(yaw_deg):
    true_view, off = (film(repetitions("hinge"), Camera(yaw_deg=yaw)) for yaw in (0.0, yaw_deg))
    across = [
        (t["left_shoulder"] + t["right_shoulder"] - t["left_hip"] - t["right_hip"])[:, 0]
        for t in (true_view, off)
    ]
    np.testing.assert_allclose(across[1], across[0] * np.cos(np.radians(yaw_deg)), atol=1e-9)


def test_world_landmarks_are_hip_centred_and_keep_lengths_whatever_the_camera():
    motion = repetitions("squat")
    track = film(motion, Camera(yaw_deg=25.0, pitch_deg=8.0, roll_deg=-5.0, distance_m=3.0))
    hip, knee = (track.xyz[:, LANDMARKS.index(name)] for name in ("left_hip", "left_knee"))
    np.testing.assert_allclose(np.linalg.norm(hip - knee, axis=1), StickBody().thigh_m)
    middle = (hip + track.xyz[:, LANDMARKS.index("right_hip")]) / 2
    np.testing.assert_allclose(middle, 0, atol=1e-12)


def test_a_mirrored_left_view_is_a_right_view():
    motion = repetitions("lunge", lead="left")
    swapped = repetitions("lunge", lead="right")
    mirrored = film(motion, Camera(view="left"), mirror=True)
    direct = film(swapped, Camera(view="right"))
    np.testing.assert_allclose(mirrored.xy, direct.xy, atol=1e-9)
    np.testing.assert_allclose(mirrored.xyz, direct.xyz, atol=1e-9)


def test_a_taller_figure_has_the_same_angles():
    small, tall = (repetitions("squat", body=StickBody.of_height(h)) for h in (1.5, 2.0))
    truths = small.truth(), tall.truth()
    for name in ("knee_flexion_left_deg", "hip_drop_pct", "hand_shank_distance_pct"):
        np.testing.assert_allclose(truths[0][name], truths[1][name], atol=1e-9)


def test_noise_and_dropout_are_as_large_as_asked_and_repeatable():
    motion = repetitions("squat")
    clean, noisy, again = (
        film(motion, noise_px=n, dropout=d, seed=3) for n, d in ((0, 0), (2, 0.1), (2, 0.1))
    )
    np.testing.assert_array_equal(noisy.xy, again.xy)
    unseen = np.isnan(noisy.xy[..., 0])
    assert unseen.mean() == pytest.approx(0.1, abs=0.01)
    assert (noisy.score[unseen] == 0).all()
    assert np.nanstd(noisy.xy - clean.xy) == pytest.approx(2.0, rel=0.05)


def test_cutting_and_joining_keep_only_whole_repetitions():
    motion = repetitions("squat", reps=3)
    first, last = motion.reps[0], motion.reps[-1]
    cut = motion.between(first.turn_s, last.turn_s)
    assert len(cut.reps) == 1
    assert cut.time_s[0] == 0
    longer = standing_still().then(motion)
    assert longer.reps[0].turn_s == pytest.approx(first.turn_s + 2.0, abs=1e-6)
    assert np.allclose(np.diff(longer.time_s), 1 / 30)


def test_half_repetitions_are_shallower():
    motion = repetitions("squat", depths=(1.0, 0.4, 1.0))
    depth = motion.truth()["thigh_elevation_left_deg"][turns(motion)]
    assert depth == pytest.approx([85.0, 1 + 0.4 * 84, 85.0])


def test_a_walk_ends_standing_at_the_origin_without_repetitions():
    walk = walk_in(seconds=3.0)
    hips = walk.points(placed=True)["left_hip"][:, 0]
    assert hips[0] < -1.3
    assert abs(hips[-1]) < 0.1
    assert walk.reps == ()


def test_turning_the_body_moves_it_to_the_left():
    ahead = pose_points(StickBody(), StickPose())["nose"]
    left = pose_points(StickBody(), StickPose(body_turn_deg=90.0), placed=True)["nose"]
    assert left[0] == pytest.approx([ahead[0, 2], ahead[0, 1], -ahead[0, 0]])


def test_hips_come_down_until_both_legs_reach():
    body = StickBody()
    points = pose_points(body, on_leg(body, pelvis_right_up_deg=6.0))
    for side in SIDES:
        thigh = np.linalg.norm(points[f"{side}_hip"] - points[f"{side}_knee"])
        assert thigh == pytest.approx(body.thigh_m)
    assert true_measures(points)["pelvic_obliquity_deg"] == pytest.approx(6.0)
