"""Spine points: found where they were drawn, by a tiny model with SpinePose's interface; angles as bent."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from movement_lab.errors import ModelError
from movement_lab.records import Frame, Pose, Standing, Track, View
from movement_lab.skeleton import LANDMARKS
from movement_lab.spine.combine import load_methods
from movement_lab.spine.estimate import SPINE_ANGLES
from movement_lab.spine.keypoints import (
    SPINE_POINTS,
    SpineKeypoints,
    _peaks,
    keypoint_estimate,
    person_box,
)
from movement_lab.spine.pictures import Wanted, look

# Looked up, not imported: imported before the plug-in says not to, onnxruntime reports to its maker.
with_onnx = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime")),
    reason="onnx and onnxruntime are not installed (pip install 'movement-lab[dev]')",
)

ROWS = (19, 26, 27, 28, 29, 30, 18, 35, 36)
MEAN, SD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])

#: One colour a point, as directions from grey: all axes, and three corners far from each other.
DIRECTIONS = np.array(
    [*np.eye(3), *-np.eye(3), *(np.array([[1, 1, 1], [-1, -1, 1], [-1, 1, -1]]) / np.sqrt(3))]
)
WANTED = 1.2 * DIRECTIONS  # in standard deviations of the model's normalisation


# ---------------------------------------------------------------- the stand-in model


def stand_in(
    path, *, size=(192, 256), points=37, outputs=("simcc_x", "simcc_y"), open_sizes=False, sure_down=1
):
    """Write a model that finds nine colours: each spine point is where its own colour is strongest.

    Input and outputs are SpinePose's. How near each pixel is to the colour wanted (red, green, blue), the
    largest value down each column and along each row, and values halfway between make two bins a pixel.
    ``sure_down`` multiplies the scores down.
    """
    import onnx
    from onnx import TensorProto as T
    from onnx import helper as h
    from onnx import numpy_helper as n

    width, height = size
    kernel, bias = np.zeros((points, 3, 1, 1), np.float32), np.full(points, 9, np.float32)
    for row, wanted in zip(ROWS, WANTED, strict=True):
        if row < points:
            kernel[row, :, 0, 0], bias[row] = -2 * wanted, wanted @ wanted
    constants = {
        "kernel": kernel,
        "bias": bias,
        "ones": np.ones((points, 3, 1, 1), np.float32),
        "slope": np.array(-1.2, np.float32),
        "best": np.array(1, np.float32),
        "wider": between_bins(width),
        "taller": np.float32(sure_down) * between_bins(height),
    }
    nodes = [  # 1 - 1.2 |colour - wanted|, the square multiplied out
        h.make_node("Mul", ["input", "input"], ["squares"]),
        h.make_node("Conv", ["squares", "ones"], ["lengths"]),
        h.make_node("Conv", ["input", "kernel", "bias"], ["rest"]),
        h.make_node("Add", ["rest", "lengths"], ["squared"]),
        h.make_node("Relu", ["squared"], ["positive"]),
        h.make_node("Sqrt", ["positive"], ["distance"]),
        h.make_node("Mul", ["distance", "slope"], ["worse"]),
        h.make_node("Add", ["worse", "best"], ["fit"]),
        h.make_node("ReduceMax", ["fit"], ["columns"], axes=[2], keepdims=0),
        h.make_node("ReduceMax", ["fit"], ["rows"], axes=[3], keepdims=0),
        h.make_node("MatMul", ["columns", "wider"], [outputs[0]]),
        h.make_node("MatMul", ["rows", "taller"], [outputs[1]]),
    ]
    sides = ["height", "width"] if open_sizes else [height, width]
    graph = h.make_graph(
        nodes,
        "stand_in",
        [h.make_tensor_value_info("input", T.FLOAT, ["batch", 3, *sides])],
        [
            h.make_tensor_value_info(name, T.FLOAT, ["batch", points, 2 * side])
            for name, side in zip(outputs, size, strict=True)
        ],
        [n.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=9), path)
    return path


def between_bins(side):
    """Matrix (side, 2 side): pixel p at bin 2p, and halfway between pixels a cubic through four."""
    matrix = np.zeros((side, 2 * side), np.float32)
    pixels = np.arange(side)
    matrix[pixels, 2 * pixels] = 1
    for step, weight in ((-1, -1 / 16), (0, 9 / 16), (1, 9 / 16), (2, -1 / 16)):
        np.add.at(matrix, (np.clip(pixels + step, 0, side - 1), 2 * pixels + 1), weight)
    return matrix


def paint(points, *, size=(640, 480), spread_px=4.0):
    """A grey picture (blue first) with a soft dot of its own colour at each of the nine points."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    rgb = np.broadcast_to(MEAN, (*x.shape, 3)).copy()
    for (px, py), wanted in zip(points, WANTED, strict=True):
        dot = np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * spread_px**2))
        rgb += dot[..., None] * SD * wanted
    return np.ascontiguousarray(rgb.round().clip(0, 255).astype(np.uint8)[..., ::-1])


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    return stand_in(tmp_path_factory.mktemp("model") / "spine.onnx")


@pytest.fixture(scope="module")
def model(model_file):
    return SpineKeypoints(model_file)


SCATTERED = np.column_stack(
    [(310.0, 262, 331, 290, 352, 273, 318, 345, 281), (300.0, 281, 262, 240, 221, 199, 171, 150, 130)]
)


@with_onnx
@pytest.mark.parametrize(
    "box",
    [
        (240, 110, 380, 330),  # tall, as people are
        (120, 120, 500, 320),  # wider than the model: room above and below
        (250, -60, 370, 350),  # reaches beyond the picture
        (255.7, 121.2, 371.4, 318.9),
    ],
)
def test_points_are_found_where_they_were_drawn(model, box):
    seen = model.observe(paint(SCATTERED), np.array(box, float))
    scale = max((box[2] - box[0]) * 1.25 / 192, (box[3] - box[1]) * 1.25 / 256)
    assert seen.shape == (9, 3)
    off = (seen[:, :2] - SCATTERED) / max(scale, 1)  # pixels of the picture or the model, the larger ones
    assert np.abs(off).max() < 0.4
    assert np.abs(off.mean(axis=0)).max() < 0.15  # nothing is shifted as a whole
    assert seen[:, 2].min() > 0.5


@with_onnx
def test_a_larger_model_brings_its_own_size(tmp_path):
    large = SpineKeypoints(stand_in(tmp_path / "large.onnx", size=(288, 384)))
    assert large.size == (288, 384)
    seen = large.observe(paint(SCATTERED), np.array([240.0, 110, 380, 330]))
    assert np.abs(seen[:, :2] - SCATTERED).max() < 0.4


@with_onnx
def test_a_model_that_leaves_its_size_open_gets_the_usual_one(tmp_path):
    loose = SpineKeypoints(stand_in(tmp_path / "loose.onnx", open_sizes=True))
    seen = loose.observe(paint(SCATTERED), np.array([240.0, 110, 380, 330]))
    assert loose.size == (192, 256)
    assert np.abs(seen[:, :2] - SCATTERED).max() < 0.4


@with_onnx
def test_a_point_that_is_not_there_has_a_low_score(model):
    gone = SCATTERED.copy()
    gone[3] = -500
    scores = model.observe(paint(gone), np.array([240.0, 110, 380, 330]))[:, 2]
    assert scores[3] == 0
    assert np.delete(scores, 3).min() > 0.5


@with_onnx
def test_a_point_is_as_sure_as_its_less_sure_direction(model, tmp_path):
    doubtful = SpineKeypoints(stand_in(tmp_path / "doubtful.onnx", sure_down=0.25))
    box = np.array([240.0, 110, 380, 330])
    sure, unsure = (each.observe(paint(SCATTERED), box)[:, 2] for each in (model, doubtful))
    assert unsure == pytest.approx(0.25 * sure, abs=0.02)


def test_a_peak_is_found_between_bins():
    """Two bins a pixel; the logarithm of a bell curve is a parabola, so its top is exact."""
    tops = np.array([20.0, 41.3, 62.75, 0.0, 95.0])
    scores = 1 - 0.01 * (np.arange(96) - tops[:, None]) ** 2
    where, height = _peaks(scores.astype(np.float32), 48)
    assert where == pytest.approx(tops / 2, abs=1e-3)
    assert height == pytest.approx(1, abs=2e-3)


@with_onnx
def test_colours_reach_the_model_as_red_green_blue(model):
    """Red first, as the model was trained: the other way round, red and blue points change places."""
    swapped = np.ascontiguousarray(paint(SCATTERED)[..., ::-1])
    seen = model.observe(swapped, np.array([240.0, 110, 380, 330]))
    assert np.abs(seen[0, :2] - SCATTERED[2]).max() < 5
    assert np.abs(seen[2, :2] - SCATTERED[0]).max() < 5


@with_onnx
@pytest.mark.parametrize("box", [(np.nan, 0, 100, 100), (100, 0, 100, 200), (200, 0, 100, 200)])
def test_nobody_in_the_box_is_no_point(model, box):
    seen = model.observe(paint(SCATTERED), np.array(box, float))
    assert np.isnan(seen[:, :2]).all()
    assert (seen[:, 2] == 0).all()


# ---------------------------------------------------------------- what can be wrong with the file


def test_a_missing_file_says_whose_model_it_is_and_under_which_terms(tmp_path):
    with pytest.raises(ModelError, match=r"no spine model at .*none is shipped.*CC BY-NC.*makers"):
        SpineKeypoints(tmp_path / "absent.onnx")


def test_a_missing_package_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "spine.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match=r"onnxruntime is not installed.*pip install"):
        SpineKeypoints(tmp_path / "spine.onnx")


@with_onnx
def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "spine.onnx").write_bytes(b"no model at all")
    with pytest.raises(ModelError, match=r"can't be opened.*SpinePose was needed"):
        SpineKeypoints(tmp_path / "spine.onnx")


@with_onnx
@pytest.mark.parametrize("wrong", [{"points": 26}, {"outputs": ("heat", "other")}])
def test_another_kind_of_pose_model_is_refused(tmp_path, wrong):
    with pytest.raises(ModelError, match="simcc_x and simcc_y for 37 points"):
        SpineKeypoints(stand_in(tmp_path / "other.onnx", **wrong))


def test_importing_the_plug_in_loads_nothing_heavy():
    code = (
        "import sys, movement_lab.spine.keypoints; "
        "print([m for m in ('onnxruntime', 'cv2', 'scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@with_onnx
@pytest.mark.skipif(sys.platform == "win32", reason="the runtime keeps no such files there")
def test_the_runtime_reports_nothing_to_its_maker(tmp_path):
    """Left alone, onnxruntime 1.29 and later puts an identifier and a queue of reports into the cache."""
    path, home = stand_in(tmp_path / "spine.onnx"), tmp_path / "home"
    home.mkdir()
    code = (
        "import sys; from movement_lab.spine.keypoints import SpineKeypoints; "
        "print(SpineKeypoints(sys.argv[1]).size)"
    )
    silent = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")
    kept = {name: value for name, value in os.environ.items() if name not in silent}
    env = {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, env=env, timeout=120
    )
    assert run.stdout.strip() == "(192, 256)", run.stderr
    assert list(home.iterdir()) == []


def test_the_licence_stands_in_the_table():
    assert load_methods()["keypoints"].licence == "CC BY-NC 4.0"
    assert load_methods()["keypoints"].tier == "T3"


# ---------------------------------------------------------------- a back that bends as asked

#: Levels along the back from the sacrum, millimetres: C7 to PSIS 509 mm (Ernst 2013), sacrum 10 mm below.
LEVELS_MM = 509 * (1.02 - np.array([1.02, 0.93, 0.81, 0.68, 0.44, 0.16, 0.0, -0.08, -0.14]))
#: Standing: the pelvis tips forward, the low back is hollow, the upper back round.
LORDOSIS = {"pelvis": 18.0, "lower": -14.0, "upper": 12.0}


def back_line(pelvis, lower, upper, *, facing=1, px_per_mm=0.5, at=(300.0, 400.0)):
    """Nine points (n, 9, 2) of a back whose three parts lean so many degrees forward, (n,) each."""
    pelvis, lower, upper = np.broadcast_arrays(*map(np.asarray, (pelvis, lower, upper)))
    lumbar = (pelvis + lower) / 2
    lean = np.radians(
        np.stack([pelvis, lumbar, lumbar, lower, upper, upper, upper, upper], axis=-1).astype(float)
    )
    steps = (
        np.stack([facing * np.sin(lean), -np.cos(lean)], axis=-1) * np.diff(LEVELS_MM)[:, None] * px_per_mm
    )
    return np.array(at) + np.concatenate([np.zeros_like(steps[:, :1]), np.cumsum(steps, axis=1)], axis=1)


def movement(*, facing=1, reach=(40.0, 85.0, 95.0), **place):
    """Standing for a second, then down and up; the back's points and the true change from standing."""
    depth = np.concatenate([np.zeros(30), np.sin(np.linspace(0, np.pi, 61)) ** 2])
    parts = {name: LORDOSIS[name] + depth * most for name, most in zip(LORDOSIS, reach, strict=True)}
    change = [depth * most for most in reach]
    truth = {
        "pelvic_tilt_deg": change[0],
        "lumbar_flexion_deg": change[1] - change[0],
        "thoracic_flexion_deg": change[2] - change[1],
        "thorax_inclination_deg": change[1],
    }
    return back_line(*parts.values(), facing=facing, **place), truth


def scored(line, score=0.9):
    return np.concatenate([line, np.full((*line.shape[:2], 1), score)], axis=2)


def body_of(line):
    """A track whose hips and shoulders are where the back's ends are; the rest is not seen."""
    xy = np.full((len(line), 33, 2), np.nan)
    for side in ("left", "right"):
        xy[:, LANDMARKS.index(f"{side}_hip")] = line[:, 0]
        xy[:, LANDMARKS.index(f"{side}_shoulder")] = line[:, 6]
    time_s = np.arange(len(line)) / 30
    return Track(
        time_s, xy, np.full((len(line), 33, 3), np.nan), np.ones((len(line), 33)), LANDMARKS, (640, 480)
    )


def side(name, *, yaw_deg=3.0, gate="full"):
    return View(name, "image_right" if name == "right" else "image_left", yaw_deg, gate)


STANDING = Standing(True, 0.0, 0.95)


def estimate(line, *, view=None, standing=STANDING, score=0.9, track=None):
    return keypoint_estimate(scored(line, score), track or body_of(line), view or side("right"), standing)


@pytest.mark.parametrize(("view", "facing"), [("right", 1), ("left", -1)])
def test_angles_are_those_the_back_was_bent_to(view, facing):
    line, truth = movement(facing=facing)
    result = estimate(line, view=side(view))
    assert result.method == "keypoints"
    assert result.valid.all()
    assert result.reasons == ()
    for name in SPINE_ANGLES:
        assert result.value[name] == pytest.approx(truth[name], abs=1e-6), name
        assert (result.sd[name] == load_methods()["keypoints"].sd[name]).all()


def test_arching_is_negative():
    line, _ = movement(reach=(20.0, 0.0, 0.0))
    result = estimate(line)
    assert result.value["lumbar_flexion_deg"].min() == pytest.approx(-20)
    assert result.value["pelvic_tilt_deg"].max() == pytest.approx(20)


def test_a_fold_past_the_floor_goes_on():
    line, truth = movement(reach=(95.0, 175.0, 215.0))
    result = estimate(line)
    assert result.value["thorax_inclination_deg"].max() == pytest.approx(175)
    assert result.value["thoracic_flexion_deg"] == pytest.approx(truth["thoracic_flexion_deg"], abs=1e-6)


def test_frames_with_unsure_points_carry_no_number():
    line, truth = movement()
    score = np.full((len(line), 9), 0.9)
    score[40:45, 2] = 0.1
    score[50:55, 8] = 0.0  # C1: no part of the back
    result = keypoint_estimate(np.dstack([line, score]), body_of(line), side("right"), STANDING)
    assert not result.valid[40:45].any()
    assert result.valid.sum() == len(line) - 5 == result.frames_used
    assert np.isnan(result.value["lumbar_flexion_deg"][40:45]).all()
    assert np.isnan(result.sd["lumbar_flexion_deg"][40:45]).all()
    assert result.value["lumbar_flexion_deg"][50] == pytest.approx(truth["lumbar_flexion_deg"][50])
    assert result.reasons == ("spine_points_unsure",)


def test_somebody_elses_back_is_not_taken():
    line, _ = movement()
    stray = line.copy()
    stray[60:] += (250, 0)
    result = estimate(stray, track=body_of(line))
    assert result.valid[:60].all()
    assert not result.valid[60:].any()
    assert result.reasons == ("spine_points_astray",)


def test_a_back_that_collapses_is_not_taken():
    line, _ = movement()
    line[70, 3] = line[70, 2] + 1.0  # T12 on top of L3
    result = estimate(line)
    assert np.flatnonzero(~result.valid).tolist() == [70]
    assert result.reasons == ("spine_points_collapsed",)


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (side("right", yaw_deg=26.0, gate="refused"), "view_refused"),
        (side("right", yaw_deg=25.5, gate="widened"), "view_refused"),
        (View("oblique", "image_right", 35.0, "refused"), "view_refused"),
        (View("front", "camera", 2.0, "full"), "wrong_view_needs_side"),
    ],
)
def test_no_number_from_another_view(view, reason):
    line, _ = movement()
    result = estimate(line, view=view)
    assert result.reasons == (reason,)
    assert result.frames_used == 0
    assert all(np.isnan(result.value[name]).all() for name in SPINE_ANGLES)


def test_off_the_side_the_spread_grows():
    line, _ = movement()
    square, off = estimate(line), estimate(line, view=side("right", yaw_deg=20.0, gate="widened"))
    for name in SPINE_ANGLES:
        assert off.sd[name] == pytest.approx(1.5 * square.sd[name])


def test_no_number_without_standing():
    line, _ = movement()
    result = estimate(line, standing=Standing(False, reasons=("no_standing",)))
    assert (result.reasons, result.frames_used) == (("standing_not_found",), 0)


def test_no_number_where_standing_was_not_seen():
    line, _ = movement()
    score = np.full((len(line), 9), 0.9)
    score[:30] = 0.1
    result = keypoint_estimate(np.dstack([line, score]), body_of(line), side("right"), STANDING)
    assert result.reasons == ("spine_not_seen_standing", "spine_points_unsure")
    assert result.frames_used == 0


def test_points_of_another_clip_are_a_mistake():
    line, _ = movement()
    with pytest.raises(ValueError, match=r"expected shape \(91, 9, 3\)"):
        keypoint_estimate(scored(line[:50]), body_of(line), side("right"), STANDING)


def test_the_spreads_of_the_table_are_those_of_points_found_to_5_mm():
    """The table's derivation, done again: 5 mm of noise on every point, 2000 frames."""
    rng = np.random.default_rng(4)
    still = back_line(*(np.full(2000, lean) for lean in LORDOSIS.values()))
    noisy = still + rng.normal(0, 5 * 0.5, still.shape)
    result = estimate(noisy, standing=Standing(True, 0.0, 2000.0), track=body_of(still))
    for name, sd in load_methods()["keypoints"].sd.items():
        seen = np.nanstd(result.value[name])
        assert 0.5 * sd < seen < 1.05 * sd, name


def test_the_box_holds_everything_seen():
    track = body_of(back_line([0.0, 90.0], [0.0, 90.0], [0.0, 90.0]))
    track.xy[1, 5:] = np.nan
    track.xy[0, 0] = (111.0, 222.0)
    boxes = [person_box(xy) for xy in track.xy]
    hip, shoulder = track["left_hip"][0], track["left_shoulder"][0]
    assert boxes[0] == pytest.approx([111.0, min(222.0, shoulder[1]), hip[0], max(222.0, hip[1])])
    assert np.isnan(boxes[1]).all()


def test_the_points_run_from_sacrum_to_neck():
    assert list(SPINE_POINTS.values()) == ["sacrum", "L5", "L3", "T12/L1", "T8", "T3", "C7", "C3/C4", "C1"]


@with_onnx
@pytest.mark.parametrize(("view", "facing"), [("right", 1), ("left", -1)])
def test_from_pictures_to_angles(model, view, facing):
    """The whole way: a back drawn, cut out, found by the network, and read."""
    place = {"facing": facing, "px_per_mm": 0.75, "at": (250.0 if facing == 1 else 390.0, 440.0)}
    change = {"pelvis": 30, "lower": 62, "upper": 70}
    line = np.concatenate(
        [
            back_line(*(np.array([LORDOSIS[part] + by * change[part]]) for part in change), **place)
            for by in (0, 1)
        ]
    )
    boxes = np.hstack([line.min(axis=1), line.max(axis=1)])
    seen = [model.observe(paint(points), box) for points, box in zip(line, boxes, strict=True)]
    frames = [0] * 6 + [1]
    result = keypoint_estimate(
        np.stack(seen)[frames], body_of(line[frames]), side(view), Standing(True, 0.0, 5 / 30)
    )
    assert result.reasons == ()
    assert result.value["pelvic_tilt_deg"][-1] == pytest.approx(30, abs=1.5)
    assert result.value["lumbar_flexion_deg"][-1] == pytest.approx(32, abs=1.5)
    assert result.value["thorax_inclination_deg"][-1] == pytest.approx(62, abs=1.0)
    assert result.value["thoracic_flexion_deg"][-1] == pytest.approx(8, abs=1.0)


@with_onnx
def test_each_picture_of_a_video_is_asked_in_the_models_own_colours(model_file):
    """A track holds what the network says of each picture; pictures here are red first, its blue first."""
    place = {"px_per_mm": 0.75, "at": (250.0, 440.0)}
    line = back_line(np.array([30.0]), np.array([62.0]), np.array([70.0]), **place)[0]
    picture_bgr = paint(line)
    xy = np.resize(line, (33, 2))
    pose = Pose(0.0, xy, np.zeros((33, 3)), np.ones(33))
    frame = Frame(0, 0.0, np.ascontiguousarray(picture_bgr[..., ::-1]))
    seen = look(frame, pose, Wanted(spine_model=str(model_file)))["spine_points"]
    expected = SpineKeypoints(model_file).observe(picture_bgr, person_box(xy))
    np.testing.assert_array_equal(seen, expected)
    assert np.isfinite(seen[:, :2]).all()
