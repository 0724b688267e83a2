"""The estimator: what was trained is what runs, it stays within what it knows, and says when it can't."""

from dataclasses import replace

import numpy as np
import pytest
from backs import clip

from movement_lab.errors import ModelError
from movement_lab.records import Standing, Track, View
from movement_lab.skeleton import LANDMARKS
from movement_lab.spine.contour import Outlines
from movement_lab.spine.contour_checks import load_contour_table, middle
from movement_lab.spine.contour_model import ContourModel, Scaling, consistent, load_model, run, save_model
from movement_lab.spine.estimate import SPINE_ANGLES
from movement_lab.spine.estimator import at_times, contour_estimate
from movement_lab.spine.features import FEATURE_NAMES, features

COUNT = len(FEATURE_NAMES)
SIDE = View("right", "image_right", 4.0, "full", -86.0)


def network(seed, outputs=4, hidden=7):
    rng = np.random.default_rng(seed)
    first = (rng.normal(0, 0.3, (COUNT, hidden)), rng.normal(0, 0.1, hidden))
    return (first, (rng.normal(0, 0.5, (hidden, outputs)), rng.normal(0, 0.1, outputs)))


def model_around(values, *, members=(1, 2, 3), spread_limit=1e3, cover_odds=-20.0):
    inputs = Scaling.of(values, low_pct=0, high_pct=100)
    targets = np.random.default_rng(0).uniform(-40, 70, (200, 4))
    return ContourModel(
        inputs,
        Scaling.of(targets),
        tuple(network(seed) for seed in members),
        ((np.zeros((COUNT, 1)), np.full(1, cover_odds)),),
        network(9),
        np.full(4, 1.1),
        np.array([[1.5] * 4, [9.0] * 4]),
        np.full(4, float(spread_limit)),
    )


def filmed(frames=40, seed=3):
    """A clip at 25 pictures a second whose first second is standing."""
    xy, xyz, outlines, _ = clip(frames, seed)
    time_s = np.arange(frames) / 25
    track = Track(time_s, xy, xyz, np.ones((frames, 33)), LANDMARKS, (640, 640))
    return track, outlines, Standing(True, 0.0, 0.96)


def usual(track, outlines):
    return features(track.xy, track.xyz, outlines, track.time_s <= 0.96, facing=1, near="right")


def test_the_file_gives_back_the_model(tmp_path):
    values = np.random.default_rng(1).normal(0, 2, (50, COUNT))
    model = model_around(values)
    digest = save_model(model, tmp_path / "m.npz")
    assert save_model(model, tmp_path / "again.npz") == digest
    before, after = model.answer(values), load_model(tmp_path / "m.npz").answer(values)
    np.testing.assert_allclose(after.value, before.value, atol=1e-3)
    np.testing.assert_allclose(after.sd, before.sd, atol=1e-3)


def test_a_damaged_or_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match="can't be read"):
        load_model(tmp_path / "none.npz")
    save_model(model_around(np.eye(COUNT)), tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as file:
        arrays = dict(file)
    arrays["sd_factor"] = arrays["sd_factor"] * 1.01
    np.savez(tmp_path / "changed.npz", **arrays)
    with pytest.raises(ModelError, match="damaged"):
        load_model(tmp_path / "changed.npz")


def test_what_scikit_learn_fitted_is_what_runs():
    neural = pytest.importorskip("sklearn.neural_network", reason="pip install 'movement-lab[training]'")
    from movement_lab.training.train_spine import layers_of

    rng = np.random.default_rng(4)
    x, y = rng.normal(0, 1, (80, 9)), rng.normal(0, 1, (80, 4))
    fitted = neural.MLPRegressor(
        hidden_layer_sizes=(8, 5), activation="tanh", max_iter=300, tol=1.0, random_state=0
    ).fit(x, y)
    np.testing.assert_allclose(run(layers_of(fitted), x), fitted.predict(x), atol=1e-9)


def test_absurd_features_give_bounded_angles_that_are_not_known():
    values = np.random.default_rng(1).normal(0, 2, (50, COUNT))
    model = model_around(values)
    wild = np.vstack([1e6 * values, np.full((1, COUNT), np.nan)])
    answer = model.answer(wild)
    assert np.isfinite(answer.value).all()
    assert np.abs(answer.value).max() <= 3 * 70
    assert not answer.known.any()
    assert model.answer(values).known.all()


def test_one_feature_a_little_outside_is_allowed_but_not_far_or_many():
    values = np.random.default_rng(1).uniform(-1, 1, (400, COUNT))
    model = model_around(values)
    little, far, many = np.zeros((3, COUNT))
    little[5], far[5], many[: COUNT // 3] = 1.1, 4.0, 1.1
    assert model.answer(np.array([little, far, many])).known.tolist() == [True, False, False]


def test_members_that_disagree_are_noticed():
    values = np.random.default_rng(1).normal(0, 2, (50, COUNT))
    assert not model_around(values, spread_limit=1e-6).answer(values).agreed.any()
    assert model_around(values, members=(1, 1), spread_limit=1e-6).answer(values).agreed.all()


def test_thorax_is_pelvis_plus_lumbar_and_the_surest_moves_least():
    pelvis, lumbar, thorax = (SPINE_ANGLES.index(name) for name in (*SPINE_ANGLES[:2], SPINE_ANGLES[3]))
    value, sd = np.array([[20.0, 30.0, 5.0, 60.0]]), np.array([[4.0, 6.0, 3.0, 2.0]])
    out = consistent(value, sd)
    assert out[0, pelvis] + out[0, lumbar] == pytest.approx(out[0, thorax])
    moved = np.abs(out - value)[0]
    assert moved[lumbar] > moved[pelvis] > moved[thorax] > 0
    assert moved[2] == 0


# ---------------------------------------------------------------- along a clip


def test_a_clip_is_read_the_same_each_time_with_a_spread_in_every_frame():
    track, outlines, standing = filmed()
    model = model_around(usual(track, outlines))
    first, again = (contour_estimate(outlines, track, SIDE, standing, model=model) for _ in range(2))
    assert first.method == "contour"
    assert first.valid.all()
    assert first.reasons == ()
    for name in SPINE_ANGLES:
        np.testing.assert_array_equal(first.value[name], again.value[name])
        assert (first.sd[name] > 0).all()


@pytest.mark.parametrize(
    ("view", "standing", "reason"),
    [
        (View("oblique", "image_right", 30.0, "refused"), Standing(True, 0.0, 0.96), "view_refused"),
        (
            View("right", "image_right", 26.0, "refused", declared=True),
            Standing(True, 0.0, 0.96),
            "view_refused",
        ),
        (View("front", "camera", 2.0, "full"), Standing(True, 0.0, 0.96), "wrong_view_needs_side"),
        (SIDE, Standing(False), "standing_not_found"),
        (SIDE, Standing(True, 0.0, 0.05), "spine_not_seen_standing"),
    ],
)
def test_without_side_view_or_standing_there_is_nothing_but_a_reason(view, standing, reason):
    track, outlines, _ = filmed()
    model = model_around(usual(track, outlines))
    estimate = contour_estimate(outlines, track, view, standing, model=model)
    assert estimate.frames_used == 0
    assert reason in estimate.reasons
    assert all(np.isnan(values).all() for values in estimate.value.values())


def test_off_the_side_the_spread_is_wider_and_the_angle_the_same():
    track, outlines, standing = filmed()
    model = model_around(usual(track, outlines))
    oblique = View("right", "image_right", 20.0, "widened", -70.0)
    square, wide = (contour_estimate(outlines, track, v, standing, model=model) for v in (SIDE, oblique))
    for name in SPINE_ANGLES:
        assert (wide.sd[name] > square.sd[name]).all()
        np.testing.assert_array_equal(wide.value[name], square.value[name])


def test_after_a_step_the_spread_is_wider_and_the_angle_the_same():
    track, outlines, standing = filmed()
    trunk_px = np.linalg.norm(middle(track.xy, "shoulder") - middle(track.xy, "hip"), axis=1)[0]
    stepped = replace(track, xy=track.xy.copy())
    stepped.xy[30:, :, 0] += 1.1 * trunk_px
    model = model_around(np.vstack([usual(track, outlines), usual(stepped, outlines)]))
    for layers in (*model.members, model.sd_network):  # so that nothing else tells the two apart
        layers[0][0][FEATURE_NAMES.index("landmarks.moved.ahead")] = 0.0
    stayed, went = (contour_estimate(outlines, t, SIDE, standing, model=model) for t in (track, stepped))
    lumbar = "lumbar_flexion_deg"
    assert went.valid[[5, 37]].all()
    np.testing.assert_allclose(went.value[lumbar], stayed.value[lumbar], atol=1e-6)
    assert went.sd[lumbar][5] == pytest.approx(stayed.sd[lumbar][5])
    wider = load_contour_table().answer.widened_factor
    assert went.sd[lumbar][37] == pytest.approx(wider * stayed.sd[lumbar][37])


def test_bad_frames_are_left_out_with_their_reasons_and_others_stay():
    track, outlines, standing = filmed()
    model = model_around(usual(track, outlines))
    sides = outlines.sides.copy()
    sides[30, 0, 12] += 0.4  # torn
    xy = track.xy.copy()
    xy[35, [13, 14]] = (230, 290)  # elbows behind the back
    changed = Track(track.time_s, xy, track.xyz, track.score, LANDMARKS, track.size)
    torn = Outlines(sides, outlines.broken, outlines.trunk_px)
    estimate = contour_estimate(torn, changed, SIDE, standing, model=model)
    assert np.flatnonzero(~estimate.valid).tolist() == [30, 35]
    assert set(estimate.reasons) == {"back_edge_torn", "arm_over_back"}


def test_a_bend_unlike_the_training_is_named():
    track, outlines, standing = filmed()
    model = model_around(usual(track, outlines))
    sides = outlines.sides.copy()
    sides[28:32, 0] += 0.3  # a back as smooth as before, far out
    estimate = contour_estimate(
        Outlines(sides, outlines.broken, outlines.trunk_px), track, SIDE, standing, model=model
    )
    assert "back_unlike_training" in estimate.reasons
    assert not estimate.valid[29:31].any()


def test_edges_are_brought_to_other_times_without_crossing_gaps():
    outlines = Outlines(
        np.array([0.2, 0.3, np.nan])[:, None, None] * np.ones((3, 2, 28)),
        np.zeros((3, 2, 28), bool),
        np.array([100.0, 120.0, 120.0]),
    )
    moved = at_times(outlines, np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.5, 1.0, 1.5]))
    np.testing.assert_allclose(moved.sides[:, 0, 0], [0.2, 0.25, 0.3, np.nan])
    np.testing.assert_allclose(moved.trunk_px, [100, 110, 120, 120])


def test_where_the_whole_outline_looks_like_a_covered_back_nothing_is_answered():
    track, outlines, standing = filmed()
    view = View("right", "image_right", 3.0, "full")
    values = usual(track, outlines)
    free, covered = (
        contour_estimate(outlines, track, view, standing, model=model_around(values, cover_odds=odds))
        for odds in (-3.0, 0.0)
    )
    assert free.valid.mean() > 0.9
    assert not covered.valid.any()
    assert "arm_over_back" in covered.reasons
    assert "arm_over_back" not in free.reasons
