"""Rendered people: their joints are where the stick figure says, and the pictures show them there."""

import hashlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from movement_lab.errors import UsageError
from movement_lab.skeleton import SIDES
from movement_lab.synthetic import Camera, mesh
from movement_lab.synthetic.backdrop import backdrop, wall_colour
from movement_lab.synthetic.bodies import body_names, load_body, stick_of
from movement_lab.synthetic.clothing import dress
from movement_lab.synthetic.kinematics import pose_body, skinned
from movement_lab.synthetic.looks import Look, random_look
from movement_lab.synthetic.motion import repetitions
from movement_lab.synthetic.scene import (
    FAULTS,
    Bystander,
    Film,
    Plate,
    Scene,
    load_scene,
    move,
    scene_to_toml,
)
from movement_lab.synthetic.spine import Spine

SMALL = Camera(distance_m=3.4, px_per_m=70.0, height_m=0.95, size=(128, 176))


def a_scene(**changes):
    """A short clip of small pictures."""
    short = {"reps": 1, "standing_s": 0.4, "end_s": 0.2, "camera": SMALL, "film": Film(rate_hz=5.0)}
    return Scene(**{**short, **changes})


def posed(movement, body="b20", *, lumbar_deg=0.0, **options):
    figure = load_body(body)
    motion = repetitions(movement, body=stick_of(figure), reps=1, rate_hz=10, **options)
    bend = lumbar_deg * motion.depth
    return motion, pose_body(figure, motion.pose, Spine(bend, 0 * bend))


# ---------------------------------------------------------------- the pack


def test_the_pack_has_many_different_adults():
    bodies = [load_body(name) for name in body_names()]
    assert len(bodies) >= 60
    assert 0.4 < np.mean([body.female > 0.5 for body in bodies]) < 0.6
    assert min(body.stature_m for body in bodies) < 1.58
    assert max(body.stature_m for body in bodies) > 1.85
    assert sum(body.bmi > 30 for body in bodies) >= 8
    assert sum(body.bmi < 20 for body in bodies) >= 3


def test_every_body_is_either_for_tuning_or_held_out():
    tuning, held_out = set(body_names("tuning")), set(body_names("held_out"))
    assert not tuning & held_out
    assert tuning | held_out == set(body_names())
    assert len(held_out) >= 20


def test_a_body_stands_on_the_floor_facing_ahead_with_its_left_to_the_left():
    body = load_body("b20")
    assert body.vertices[:, 1].min() == pytest.approx(0, abs=1e-3)
    assert body.point("nose")[0] > body.head("head")[0]
    assert body.point("left_heel")[2] < 0 < body.point("right_heel")[2]


def test_an_unknown_body_is_named():
    with pytest.raises(UsageError, match="b999"):
        load_body("b999")


# ---------------------------------------------------------------- posing


@pytest.mark.parametrize("movement", ["squat", "hinge", "lunge"])
def test_the_legs_are_the_stick_figure_s(movement):
    motion, person = posed(movement)
    stick = motion.points()
    for side in SIDES:
        for name in ("hip", "knee", "ankle"):
            np.testing.assert_allclose(person.joints[f"{side}_{name}"], stick[f"{side}_{name}"], atol=1e-6)


@pytest.mark.parametrize("lumbar_deg", [-15.0, 0.0, 45.0])
@pytest.mark.parametrize("movement", ["squat", "hinge"])
def test_the_trunk_leans_as_asked_however_the_spine_bends(movement, lumbar_deg):
    motion, person = posed(movement, lumbar_deg=lumbar_deg, bottom={"lean_right_deg": 6.0})
    truth, asked = person.truth(), motion.truth()
    for name in ("trunk_inclination_deg", "lateral_trunk_lean_deg"):
        np.testing.assert_allclose(truth[name], asked[name], atol=0.1)


def test_the_spine_s_truth_keeps_the_identities():
    _, person = posed("squat", lumbar_deg=20.0)
    truth = person.truth()
    np.testing.assert_allclose(truth["lumbar_flexion_deg"].max(), 20.0, atol=1e-6)
    np.testing.assert_allclose(
        truth["lumbar_flexion_deg"], truth["thorax_inclination_deg"] - truth["pelvic_tilt_deg"]
    )
    for side in SIDES:
        np.testing.assert_allclose(
            truth[f"hip_pelvis_flexion_{side}_deg"],
            truth[f"thigh_elevation_{side}_deg"] + truth["pelvic_tilt_deg"],
        )


@pytest.mark.parametrize("name", [body_names()[0], body_names()[-1]])
@pytest.mark.parametrize("movement", ["squat", "hinge"])
def test_feet_stay_put_and_nothing_sinks_into_the_floor(movement, name):
    _, person = posed(movement, name)
    for side in SIDES:
        assert np.ptp(person.joints[f"{side}_foot_index"], axis=0).max() < 1e-4
    deepest = skinned(person.body.rig.skin, person.body.vertices, person.transforms[12])
    assert deepest[:, 1].min() > -0.005


@pytest.mark.parametrize("name", ["b07", "b20", "b50"])
def test_skin_over_the_sacrum_turns_with_the_pelvis_in_a_deep_squat(name):
    _, person = posed("squat", name, lumbar_deg=30.0, bottom={"thigh_deg": 105.0, "trunk_deg": 45.0})
    body, deep = person.body, int(np.argmax(person.truth()["knee_flexion_left_deg"]))
    ahead, above, right = (body.vertices - body.head("spine04")).T
    midline = (np.abs(right) < 0.02) & (ahead < 0)
    parts = [midline & (above > low_m) & (above < low_m + 0.05) for low_m in (-0.11, -0.05)]

    def pitch(frame):
        skin = skinned(body.rig.skin, body.vertices, person.transforms[frame])
        low, high = (skin[part].mean(axis=0) for part in parts)
        return np.degrees(np.arctan2(high[0] - low[0], high[1] - low[1]))

    tilt = person.truth()["pelvic_tilt_deg"]
    assert abs(tilt[deep] - tilt[0]) > 8
    assert pitch(deep) - pitch(0) == pytest.approx(tilt[deep] - tilt[0], abs=1.0)


def test_a_raised_heel_is_truly_raised_while_the_toes_stay_down():
    _, person = posed("squat", bottom={"heel_rise_left_deg": 15.0})
    truth = person.truth()
    assert np.ptp(truth["heel_rise_left_deg"]) > 8
    assert np.ptp(truth["heel_rise_right_deg"]) < 0.5
    assert np.ptp(person.joints["left_foot_index"][:, 1]) < 0.003


# ---------------------------------------------------------------- clothes


def test_a_cut_runs_exactly_along_the_line():
    rng = np.random.default_rng(0)
    across, up = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
    grid = np.stack([across, up], axis=-1).reshape(-1, 2) + rng.normal(0, 0.01, (81, 2))
    corner = np.array([r * 9 + c for r in range(8) for c in range(8)])
    faces = np.concatenate(
        [np.c_[corner, corner + 1, corner + 9], np.c_[corner + 1, corner + 10, corner + 9]]
    )
    height = 0.43 - grid[:, 1]
    new, maker = mesh.cut(faces, height)
    points = maker @ grid
    a, b, c = (points[new[:, i]] for i in range(3))
    doubled = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert points[:, 1].max() == pytest.approx(0.43)
    assert (doubled > -1e-12).all()
    assert doubled.sum() / 2 == pytest.approx(0.43, abs=0.02)


def test_smoothing_evens_out_cloth_but_leaves_a_straight_hem_straight():
    around, up = np.meshgrid(np.linspace(0, 2 * np.pi, 24, endpoint=False), np.arange(6.0))
    bumps = 1 + 0.2 * np.random.default_rng(1).random(around.shape)
    tube = np.stack([bumps * np.cos(around), up, bumps * np.sin(around)], axis=-1).reshape(-1, 3)
    here = np.array([[row * 24 + i, row * 24 + (i + 1) % 24] for row in range(5) for i in range(24)])
    faces = np.concatenate(
        [np.c_[here, here[:, 0] + 24], np.c_[here[:, 1], here[:, 1] + 24, here[:, 0] + 24]]
    )
    smooth = mesh.smoothed(tube, faces, rounds=4)
    radius = np.hypot(smooth[:, 0], smooth[:, 2])
    assert np.std(radius[48:72]) < 0.5 * np.std(bumps[2])
    assert np.abs(smooth[:24, 1]).max() < 1e-12
    assert np.abs(smooth[-24:, 1] - 5).max() < 1e-12


@pytest.mark.parametrize("hair", ["bald", "afro", "long", "bun"])
def test_garments_lie_outside_the_body(hair):
    body = load_body("b20")
    layers = {layer.name: layer for layer in dress(body, Look(hair=hair, looseness=0.5))}
    assert ("hair" in layers) == (hair != "bald")
    shirt = layers["shirt"]
    nearest = np.array([np.linalg.norm(body.vertices - point, axis=1).argmin() for point in shirt.rest[::40]])
    skin_normals = mesh.normals(
        body.vertices, body.rig.faces, mesh.face_to_vertex(body.rig.faces, len(body.vertices))
    )
    outside = np.sum((shirt.rest[::40] - body.vertices[nearest]) * skin_normals[nearest], axis=1)
    assert np.quantile(outside, 0.02) > 0


def test_a_loose_shirt_hangs_only_when_its_wearer_bends_over():
    body = load_body("b20")
    _, person = posed("hinge")
    lowest = {}
    for looseness in (0.0, 1.0):
        shirt = next(layer for layer in dress(body, Look(looseness=looseness)) if layer.name == "shirt")
        belly = shirt.rest[:, 0] > body.head("spine03")[0] + 0.03
        for frame in (0, 33):
            vertices, _ = replace(shirt).posed(person.transforms[frame])
            lowest[looseness, frame] = vertices[belly, 1].min()
    assert abs(lowest[0.0, 0] - lowest[1.0, 0]) < 0.02
    assert lowest[0.0, 33] - lowest[1.0, 33] > 0.03


def test_looks_drawn_by_chance_cover_the_range_and_repeat():
    looks = [random_look(seed, female=seed % 2, age=0.7) for seed in range(200)]
    assert {look.skin for look in looks} == set(range(10))
    assert len({look.hair for look in looks}) >= 7
    assert random_look(7) == random_look(7)


# ---------------------------------------------------------------- scenes


@pytest.mark.parametrize("movement", FAULTS)
def test_a_scene_survives_its_file(movement, tmp_path):
    scene = a_scene(movement=movement, faults=tuple(FAULTS[movement])[:2], bottom={"trunk_deg": 41.5})
    scene = replace(scene, bystander=Bystander(body="b03", look=Look(skin=9)), stickers=True)
    scene = replace(scene, lumbar_path=((0.0, 0.0), (1.0, 30.0), (2.0, 0.0)), level_shares=(0.3, 0.7))
    (tmp_path / "scene.toml").write_text(scene_to_toml(scene), encoding="utf-8")
    assert load_scene(tmp_path / "scene.toml") == scene


@pytest.mark.parametrize(
    "text",
    ['movement = "plank"', 'faults = ["laziness"]', "[camera]\nzoom = 3", "speed = 2", "not toml at all"],
)
def test_a_wrong_scene_is_refused_in_words(text, tmp_path):
    (tmp_path / "scene.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"Needed|Known"):
        load_scene(tmp_path / "scene.toml")


@pytest.mark.parametrize(
    ("movement", "fault", "measure", "change"),
    [
        ("squat", "heel_rise", "heel_rise_left_deg", 5),
        ("squat", "trunk_lean", "trunk_beyond_shank_deg", 10),
        ("squat", "limited_shank_travel", "shank_inclination_left_deg", -12),
        ("squat", "knees_inward", "kasr_ratio", -0.3),
        ("squat", "pelvis_shift", "pelvis_lateral_shift_pct", 10),
        ("hinge", "squatting", "knee_flexion_left_deg", 30),
        ("lunge", "lead_knee_inward", "fppa_left_deg", 12),
        ("lunge", "trunk_sideways", "lateral_trunk_lean_deg", 8),
    ],
)
def test_faults_show_in_their_measure(movement, fault, measure, change):
    values = []
    for faults in ((), (fault,)):
        motion, person = move(a_scene(movement=movement, faults=faults, film=Film(rate_hz=10.0)))
        turn = int(np.argmin(np.abs(motion.time_s - motion.reps[0].turn_s)))
        values.append(person.truth()[measure][turn])
    assert (values[1] - values[0]) * np.sign(change) > abs(change)


# ---------------------------------------------------------------- backs


def test_a_back_follows_its_own_path_and_not_the_depth():
    path = ((0.0, 0.0), (0.6, -5.0), (1.0, 40.0), (1.4, 10.0), (2.0, 0.0))
    scene = a_scene(lumbar_path=path, film=Film(rate_hz=50.0))
    motion, person = move(scene)
    truth, down_s = person.truth(), scene.tempo[0]
    at = {way: int(np.argmin(np.abs(motion.time_s - 0.4 - way * down_s))) for way in (0.0, 0.6, 1.0)}
    bend = truth["lumbar_flexion_deg"]
    assert [bend[at[way]] for way in at] == pytest.approx([0.0, -5.0, 40.0], abs=0.2)
    # A late tuck: the pelvis tips forwards first, and rolls back before the bottom.
    pelvis = truth["pelvic_tilt_deg"]
    assert pelvis[at[0.6]] - pelvis[at[1.0]] > 15
    assert bend[-1] == pytest.approx(0.0, abs=1e-6)


def test_a_path_that_keeps_step_is_the_bend_without_a_path():
    together = a_scene(bottom={"lumbar_deg": 30.0, "thoracic_deg": 8.0})
    own = replace(
        together,
        lumbar_path=((0.0, 0.0), (1.0, 30.0), (2.0, 0.0)),
        thoracic_path=((0.0, 0.0), (1.0, 8.0), (2.0, 0.0)),
    )
    (_, first), (_, second) = move(together), move(own)
    np.testing.assert_allclose(first.transforms, second.transforms, atol=1e-9)


def test_levels_of_the_low_back_share_its_bend_as_asked():
    bend = Spine(np.full(1, 40.0), np.zeros(1), level_shares=(0.25, 0.5))
    figure = load_body("b20")
    motion = repetitions("hinge", body=stick_of(figure), reps=1, rate_hz=10)
    pose = replace(motion.pose, **{name: each[:1] for name, each in motion.pose.stretched().items()})
    person = pose_body(figure, pose, bend)
    bones = [figure.rig.bone(name) for name in ("root", "spine04", "spine03", "spine02")]
    pitch = np.degrees([np.arctan2(turn[0, 1], turn[1, 1]) for turn in person.transforms[0, bones, :, :3]])
    assert np.diff(pitch) == pytest.approx([10.0, 10.0, 20.0])


def test_hands_behind_the_back_are_behind_it_and_meet():
    _, person = move(a_scene(arms="behind_back"))
    spine = person.body.rig.bone("spine04")
    low_back = person.body.head("spine04") + np.array([-0.05, 0.0, 0.0])
    place = person.transforms[0, spine, :, :3] @ low_back + person.transforms[0, spine, :, 3]
    for side in SIDES:
        hand = person.joints[f"{side}_index"][0]
        assert hand[0] < place[0]
        assert abs(hand[2]) < 0.12


# ---------------------------------------------------------------- pictures


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    pytest.importorskip("vtkmodules", reason="rendering needs the extra [synthetic]")
    from movement_lab.synthetic.synthesize import synthesize

    folder = tmp_path_factory.mktemp("clip")
    synthesize(a_scene(), folder, masks=True)
    with np.load(folder / "masks.npz") as saved:
        width = int(saved["size"][0])
        masks = np.unpackbits(saved["masks"], axis=2)[..., :width].astype(bool)
    return folder, json.loads((folder / "truth.json").read_text()), masks


def test_clip_truth_and_masks_have_the_same_frames(clip):
    from movement_lab.video import read_frames

    folder, truth, masks = clip
    frames = list(read_frames(folder / "clip.mp4"))
    assert len(frames) == len(truth["time_s"]) == len(masks)
    assert [frame.time_s for frame in frames] == pytest.approx(truth["time_s"], abs=1e-3)
    assert all(len(values) == len(frames) for values in truth["measures"].values())
    assert truth["reps"][0]["turn_s"] == pytest.approx(0.4 + 1.2 + 0.1)


def test_joints_lie_on_the_person_s_mask(clip):
    _, truth, masks = clip
    for name in ("left_hip", "right_hip", "right_knee", "right_shoulder", "right_ear"):
        x, y = np.array(truth["joints_px"][name]).round().astype(int).T
        assert masks[np.arange(len(masks)), y, x].mean() > 0.95, name


def test_the_person_is_as_tall_in_the_picture_as_in_metres(clip):
    _, truth, masks = clip
    rows = np.flatnonzero(masks[0].any(axis=1))
    stature_px = truth["body"]["stature_m"] * SMALL.px_per_m
    # Perspective and hair may add a little; a wrong lens would be off by far more.
    assert rows[-1] - rows[0] == pytest.approx(stature_px, rel=0.05)


def test_the_film_opens_with_the_person_standing_and_shows_them_low_at_the_turn(clip):
    _, truth, masks = clip
    heights = [np.ptp(np.flatnonzero(mask.any(axis=1))) for mask in masks]
    turn = int(np.argmin(np.abs(np.array(truth["time_s"]) - truth["reps"][0]["turn_s"])))
    assert heights[turn] < 0.75 * heights[0]


def test_a_mirrored_film_is_the_picture_flipped_with_truth_to_match(clip):
    from movement_lab.synthetic.synthesize import pictures, truth_of

    for mirror in (False, True):
        scene = a_scene(film=Film(rate_hz=5.0, mirror=mirror))
        motion, person = move(scene)
        _, mask = next(pictures(scene, person, masks=True))
        x, y = np.array(truth_of(scene, motion, person)["joints_px"]["right_elbow"][0]).round().astype(int)
        assert mask[y, x]


def test_a_second_person_is_in_the_picture_but_not_in_the_mask(clip):
    from movement_lab.synthetic.synthesize import pictures

    alone = a_scene(camera=replace(SMALL, view="front"))
    together = replace(alone, bystander=Bystander(body="b03", ahead_m=-0.5, right_m=0.6, turn_deg=0.0))
    (first, mask), (second, mask_together) = (
        next(pictures(scene, move(scene)[1], masks=True)) for scene in (alone, together)
    )
    assert (mask ^ mask_together).mean() < 0.002
    left_half = first[:, :50].astype(float), second[:, :50].astype(float)
    assert np.abs(left_half[0] - left_half[1]).max() > 60


def test_a_plate_hides_the_low_back_but_not_the_head(clip):
    from movement_lab.synthetic.synthesize import pictures

    for view in ("right", "left"):
        scene = a_scene(camera=replace(SMALL, view=view))
        _, person = move(scene)
        _, seen = next(pictures(scene, person, masks=True))
        _, left = next(pictures(replace(scene, plate=Plate(width_m=0.45)), person, masks=True))
        assert not (left & ~seen).any()
        hidden = seen & ~left
        bone = person.body.rig.bone("spine04")
        back = person.transforms[0, bone] @ np.append(person.body.head("spine04"), 1.0)
        x, y = scene.camera.project(back).round().astype(int)
        assert hidden[y - 6 : y + 7, x - 2 : x + 3].all()
        assert not hidden[: y - 25].any()


def test_stickers_stand_behind_the_back_in_the_colour_asked_for(clip):
    from movement_lab.synthetic.synthesize import pictures

    camera = replace(SMALL, px_per_m=280.0, size=(512, 704))
    bare = a_scene(camera=camera, film=Film(rate_hz=5.0, background="plain"))
    _, person = move(bare)
    stuck = replace(bare, stickers=True, sticker_colour=(230, 0, 126))
    plain, dotted = (next(pictures(scene, person))[0].astype(int) for scene in (bare, stuck))
    magenta = [(p[..., 0] - p[..., 1] > 60) & (p[..., 2] - p[..., 1] > 20) for p in (plain, dotted)]
    assert magenta[0].sum() == 0
    rows, columns = np.nonzero(magenta[1])
    # Four dots of 24 mm (a little squeezed by the view), between hips and shoulders, behind both.
    assert 4 * 25 < len(rows) < 4 * 60
    track = {name: camera.project(person.joints[f"right_{name}"][0]) for name in ("hip", "shoulder")}
    assert track["shoulder"][1] < rows.min() < rows.max() < track["hip"][1] + 10
    assert columns.max() < min(point[0] for point in track.values())


def test_a_wall_has_the_colour_its_seed_says():
    camera = replace(SMALL, height_m=3.0)
    picture, floor = backdrop(camera, "plain", 31)
    wall = picture[floor == 0].reshape(-1, 3).mean(axis=0)
    assert wall / np.linalg.norm(wall) == pytest.approx(
        np.array(wall_colour(31)) / np.linalg.norm(wall_colour(31)), abs=0.01
    )


# ---------------------------------------------------------------- shipped samples

SAMPLES = Path(__file__).parent.parent / "samples"
ROWS = tomllib.loads((SAMPLES / "manifest.toml").read_text(encoding="utf-8"))["sample"]


@pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])
def test_each_sample_is_the_clip_its_scene_and_truth_describe(row):
    clip = (SAMPLES / row["file"]).read_bytes()
    truth = json.loads((SAMPLES / row["truth"]).read_text(encoding="utf-8"))
    scene = load_scene(SAMPLES / row["scene"])
    assert hashlib.sha256(clip).hexdigest() == row["sha256"]
    assert len(clip) <= 400_000
    assert (truth["movement"], truth["view"], len(truth["reps"])) == (
        row["movement"],
        row["view"],
        row["reps"],
    )
    assert (scene.movement, list(scene.faults), scene.reps) == (row["movement"], row["faults"], row["reps"])
    _, person = move(scene)
    flexion = person.truth(near=truth["near"])["knee_flexion_left_deg"]
    np.testing.assert_allclose(flexion, truth["measures"]["knee_flexion_left_deg"], atol=0.051)


def test_the_samples_show_all_movements_and_both_planes():
    assert {row["movement"] for row in ROWS} == {"squat", "hinge", "lunge"}
    assert {row["view"] for row in ROWS} >= {"left", "right", "front"}
    assert any(row["faults"] for row in ROWS)
    assert any(not row["faults"] for row in ROWS)
