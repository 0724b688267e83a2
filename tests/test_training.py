"""Training: poses further than people go, bodies kept apart, and a fit that knows how far off it is."""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from itertools import pairwise
from multiprocessing import get_context

import numpy as np
import pytest

from movement_lab.errors import UsageError
from movement_lab.isolation import keep_to_one_core
from movement_lab.spine.contour_model import load_model, run
from movement_lab.spine.estimate import SPINE_ANGLES
from movement_lab.spine.features import FEATURE_NAMES
from movement_lab.synthetic.bodies import body_names, load_body, stick_of
from movement_lab.synthetic.kinematics import pose_body, skinned
from movement_lab.synthetic.spine import Spine
from movement_lab.synthetic.stick import on_leg
from movement_lab.training import clip_factors, produce
from movement_lab.training.kin import KINS, between, kin_of, partner
from movement_lab.training.poses import KEPT_ARMS, angles_of, bent, standing
from movement_lab.training.samples import Samples
from movement_lab.training.spine_data import sessions, shard_path
from movement_lab.training.train_spine import Recipe, averaged, folds, train, weights

QUICK = Recipe(members=2, hidden=(12,), sd_hidden=(4,), rounds=60, folds=4, cover_members=2, cover_rounds=300)


def rows(count=480, seed=0, *, bodies=8, noise=(3.0, 3.0)):
    """Pictures whose angles follow from a few features; noise (degrees) of tight and of loose clothes."""
    rng = np.random.default_rng(seed)
    loose = rng.random(count) < 0.5
    spread = np.where(loose, noise[1], noise[0])[:, None]
    hidden = np.column_stack([rng.normal(0, 1, (count, 4)), loose * 2.0 - 1])
    mixed = np.random.default_rng(99).normal(0, 1, (5, len(FEATURE_NAMES)))
    x = hidden @ mixed + rng.normal(0, 0.2, (count, len(FEATURE_NAMES)))
    pelvis, lumbar, thoracic = 20 * hidden[:, 0], 15 * hidden[:, 1] + 5 * hidden[:, 2], 8 * hidden[:, 3]
    y = np.column_stack([pelvis, lumbar, thoracic, pelvis + lumbar]) + spread * rng.normal(0, 1, (count, 4))
    body = np.array([f"b{i % bodies:02d}" for i in range(count)])
    arms = np.where(np.arange(count) % 10 == 9, "behind", "hanging")
    x += (arms == "behind")[:, None] * np.random.default_rng(97).normal(0, 2, len(FEATURE_NAMES))
    family = np.array(["squat", "hinge"])[np.arange(count) % 2]
    clothes = np.where(loose, "loose", "tight")
    return Samples(x, y, np.ones(count, bool), body, body, family, arms, clothes, rng.uniform(0, 25, count))


def test_no_kin_is_asked_and_learned_from_at_once():
    kin = rows().kin
    asked = []
    for known, new in folds(kin, 3):
        assert not set(kin[known]) & set(kin[new])
        asked.extend(new)
    assert sorted(asked) == list(range(len(kin)))


def test_bodies_are_mixed_within_their_kin_only_and_never_with_themselves():
    todo = sessions("tuning", bodies=None, frames=300)
    mixed = [session for session in todo if session.other]
    assert len(mixed) == len(todo) / 2
    assert all(kin_of(session.body) == kin_of(session.other) for session in mixed)
    assert all(session.body != session.other for session in mixed)
    assert len({kin_of(name) for name in body_names("tuning")}) == KINS
    assert not any(session.other for session in sessions("held_out", bodies=None, frames=300))
    assert partner("b00", ["b00"], 0) == ""
    assert kin_of(body_names("held_out")[0]) == body_names("held_out")[0]


def test_some_people_hold_their_arms_alike_from_standing_on_and_sessions_take_turns():
    todo = sessions("tuning", bodies=None, frames=480)
    kept = [session for session in todo if session.keeps_arms]
    assert len(kept) == len(todo) * 5 / 12
    assert {bool(session.other) for session in kept} == {True, False}
    assert sum(session.starts for session in todo) == sum(session.steps for session in todo) == len(todo) / 6
    assert sum(session.steps for session in kept) == len(todo) / 12
    assert not any(session.starts and (session.keeps_arms or session.steps) for session in todo)
    body, rng = load_body("b02"), np.random.default_rng(0)
    for arms in KEPT_ARMS:
        still = standing(body, rng, lordosis_deg=0.0, kept=arms)
        moments = [still, *(bent(body, rng, lordosis_deg=0.0, kept=arms) for _ in range(4))]
        assert {moment.arms for moment in moments} == {arms}
        hand, shoulder = (still.posed.joints[f"left_{name}"][0] for name in ("wrist", "shoulder"))
        assert hand[0] > shoulder[0] + 0.1  # before the chest


def test_a_mixture_lies_on_the_line_through_two_bodies():
    one, other = (load_body(name) for name in ("b00", "b08"))
    shares = []
    for seed in range(20):
        body = between("b00", "b08", np.random.default_rng(seed))
        share = (body.stature_m - one.stature_m) / (other.stature_m - one.stature_m)
        np.testing.assert_allclose(body.heads, one.heads + share * (other.heads - one.heads), atol=1e-9)
        np.testing.assert_allclose(
            body.vertices, one.vertices + share * (other.vertices - one.vertices), atol=1e-9
        )
        shares.append(share)
    assert min(shares) < 0 < 1 < max(shares)


def test_training_pictures_are_of_tuning_bodies_only_and_held_out_ones_of_others():
    tuning, held_out = (sessions(part, bodies=None, frames=30) for part in ("tuning", "held_out"))
    assert {session.body for session in tuning} == set(body_names("tuning"))
    assert not {session.body for session in tuning} & {session.body for session in held_out}
    assert sum(session.bent for session in tuning) == 30 * 48


def test_each_session_has_a_file_and_a_chance_of_its_own(tmp_path):
    todo = sessions("tuning", bodies=3, frames=20) + sessions("tuning", bodies=3, frames=20, seed=1)
    assert len({shard_path(tmp_path, session, "sha") for session in todo}) == len(todo)
    assert len({float(session.rng.random()) for session in todo}) == len(todo)
    assert todo[0].rng.random() == todo[0].rng.random()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system can't tie a process to a core")
def test_workers_of_a_pool_keep_to_a_core_each():
    mine = os.sched_getaffinity(0)
    with ProcessPoolExecutor(2, get_context("spawn"), keep_to_one_core) as pool:
        cores = list(pool.map(_core_after, [1.0, 1.0]))
    assert all(len(each) == 1 and each <= mine for each in cores)
    assert len(frozenset.union(*cores)) == min(2, len(mine))
    assert os.sched_getaffinity(0) == mine


def _core_after(seconds):
    time.sleep(seconds)  # so that both workers have one to do
    return frozenset(os.sched_getaffinity(0))


def test_poses_differ_and_lumbar_flexion_is_hardly_tied_to_the_lean():
    rng, body = np.random.default_rng(5), load_body("b20")
    moments = [bent(body, rng, lordosis_deg=0) for _ in range(40)]
    angles = np.array([angles_of(moment.posed) for moment in moments])
    np.testing.assert_allclose(angles[:, 0] + angles[:, 1], angles[:, 3], atol=1e-6)
    assert angles[:, 1].min() < 0 < 45 < angles[:, 1].max()
    assert abs(np.corrcoef(angles[:, 1], angles[:, 3])[0, 1]) < 0.85
    assert {moment.family for moment in moments} == {"squat", "hinge", "bend", "lunge"}


def test_standing_is_upright_whatever_the_lordosis():
    rng, body = np.random.default_rng(5), load_body("b20")
    for lordosis in (-14, 10):
        assert angles_of(standing(body, rng, lordosis_deg=lordosis).posed)[1] == pytest.approx(0, abs=1e-6)


def test_a_fold_past_upside_down_goes_on_past_180_degrees():
    body = load_body("b20")
    pose = on_leg(stick_of(body), thigh_deg=5.0, shank_deg=0.0, trunk_deg=175.0)
    lumbar, thoracic = np.array([70.0]), np.array([25.0])
    angles = angles_of(pose_body(body, pose, Spine(lumbar, thoracic)))
    np.testing.assert_allclose(angles[1:3], [70, 25], atol=0.5)
    assert angles[3] == pytest.approx(angles[0] + angles[1])
    assert angles[3] > 180


def test_whoever_steps_ahead_is_truly_further_ahead_in_joints_and_picture():
    moment = bent(load_body("b20"), np.random.default_rng(5), lordosis_deg=0, family="lunge")
    ahead = moment.stepped(0.4)
    step = np.array([0.4, 0.0, 0.0])
    for name, points in moment.posed.joints.items():
        np.testing.assert_allclose(ahead.posed.joints[name], points + step)
    body = moment.posed.body
    skin, moved = (skinned(body.rig.skin, body.vertices, m.posed.transforms[0]) for m in (moment, ahead))
    np.testing.assert_allclose(moved, skin + step, atol=1e-9)
    np.testing.assert_allclose(angles_of(ahead.posed), angles_of(moment.posed))


def test_levels_share_the_bend_as_asked():
    body = load_body("b20")
    moments = [
        bent(body, np.random.default_rng(5), lordosis_deg=0, levels=each) for each in ((0.2, 0.5), (0.5, 0.9))
    ]
    bone = body.rig.bone("spine03")
    pitch = [
        np.degrees(np.arctan2(m.posed.transforms[0, bone, 0, 1], m.posed.transforms[0, bone, 1, 1]))
        for m in moments
    ]
    assert abs(pitch[0] - pitch[1]) > 1
    # The little side bend that everybody has leaks hundredths of a degree, by how the levels share it.
    np.testing.assert_allclose(angles_of(moments[0].posed)[1], angles_of(moments[1].posed)[1], atol=0.05)


def test_fit_finds_the_angles_and_how_far_off_it_is(tmp_path, monkeypatch):
    pytest.importorskip("sklearn", reason="pip install 'movement-lab[training]'")
    parts = {"tuning": rows(noise=(1.0, 8.0)), "held_out": rows(400, seed=1, noise=(1.0, 8.0))}
    monkeypatch.setattr(produce, "load_samples", lambda folder, part, *, fine, standing=False: parts[part])
    path = tmp_path / "spine.npz"
    digest = produce.produce(tmp_path, path, recipe=QUICK, tell=lambda line: None)
    answer, truth = load_model(path).answer(parts["held_out"].x), parts["held_out"].y
    error = np.abs(answer.value - truth)[:, 1].mean()
    assert error < 0.5 * np.abs(truth[:, 1] - truth[:, 1].mean()).mean()
    loose = parts["held_out"].clothes == "loose"
    assert answer.sd[loose, 1].mean() > 1.15 * answer.sd[~loose, 1].mean()
    card = path.with_suffix(".md").read_text()
    assert digest in card
    for wanted in ("landmarks only", "predict the mean", "clothes: loose", "movement: hinge", "yaw 15 to 25"):
        assert wanted in card


def test_the_model_kept_for_a_kin_is_the_one_that_was_asked_without_it():
    pytest.importorskip("sklearn", reason="pip install 'movement-lab[training]'")
    trained = train(rows(), QUICK, lambda line: None)
    assert set(trained.unseen) == set(trained.samples.kin.tolist())
    thoracic = SPINE_ANGLES.index("thoracic_flexion_deg")  # the one that no other angle moves
    for kin, model in trained.unseen.items():
        mine = trained.samples.kin == kin
        said = model.answer(trained.samples.x[mine]).value[:, thoracic]
        off = np.abs(said - trained.value[mine, thoracic])
        seen = trained.model.answer(trained.samples.x[mine]).value[:, thoracic]
        assert np.percentile(off, 80) < 1e-9  # the rest lies beyond what answers are bounded to
        assert np.percentile(np.abs(seen - said), 80) > 0.1


def test_intervals_hold_about_as_often_as_they_say():
    pytest.importorskip("sklearn", reason="pip install 'movement-lab[training]'")
    trained = train(rows(), QUICK, lambda line: None)
    assert not np.isin(trained.samples.arms, ["behind"]).any()
    off = np.abs(trained.value - trained.samples.y)
    held = (off <= 1.2816 * trained.sd).mean()
    assert 0.72 < held < 0.9


def test_standing_is_learned_as_zero_and_not_judged():
    pytest.importorskip("sklearn", reason="pip install 'movement-lab[training]'")
    bent = rows()
    like_none = rows(120, seed=3)
    direction = np.random.default_rng(98).normal(0, 1, len(FEATURE_NAMES))
    x = 2 * direction + 0.05 * like_none.x  # where bent pictures alone would say anything
    still = replace(like_none, x=x, y=np.zeros_like(like_none.y), family=np.full(120, "standing"))
    both = Samples(*(np.concatenate([getattr(s, f.name) for s in (bent, still)]) for f in fields(Samples)))
    taught = train(both, QUICK, lambda line: None)
    assert not taught.samples.standing.any()
    untaught = train(bent, QUICK, lambda line: None).model
    off, off_untaught = (np.abs(model.answer(x).value).mean() for model in (taught.model, untaught))
    assert off < 2 < off_untaught


@pytest.mark.parametrize("hidden", [(), (5,), (6, 4)])
def test_several_networks_in_one_say_their_mean(hidden):
    rng = np.random.default_rng(4)
    sizes = (7, *hidden, 2)
    members = [
        tuple((rng.normal(0, 1, (a, b)), rng.normal(0, 1, b)) for a, b in pairwise(sizes)) for _ in range(3)
    ]
    x = rng.normal(0, 1, (9, 7))
    np.testing.assert_allclose(run(averaged(members), x), np.mean([run(m, x) for m in members], axis=0))


def test_without_the_library_it_says_what_to_install(monkeypatch):
    for name in ("sklearn", "joblib"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"pip install 'movement-lab\[training\]'"):
        train(rows(), QUICK, lambda line: None)


def test_a_picture_counts_the_less_the_further_off_it_was_and_not_at_all_beyond():
    off = np.array([[1.0, 0, 0, 2.9], [6.0, 1, 1, 1], [0, 0, 14.9, 0], [0, 15.1, 0, 0]])
    np.testing.assert_allclose(weights(off, np.full(4, 20.0), QUICK), [1, 0.5, 3 / 14.9, 0])
    np.testing.assert_allclose(weights(off, np.array([-9.0, -2.9, 0, -9.0]), QUICK), [3, 0.5, 3 / 14.9, 0])


def test_pictures_that_nobody_could_read_do_not_bend_the_networks():
    pytest.importorskip("sklearn", reason="pip install 'movement-lab[training]'")
    clean, asked = rows(800, noise=(0.5, 0.5)), rows(200, seed=1, noise=(0.5, 0.5))
    asked = asked.where(asked.arms == "hanging")
    y = clean.y.copy()
    y[::12, [1, 3]] += 80  # low back and rib cage, so that neither gives the other away
    believing = replace(QUICK, trusted_deg=1e9, left_deg=1e9)

    def off_deg(recipe):
        model = train(replace(clean, y=y), recipe, lambda line: None).model
        return np.abs(model.answer(asked.x).value - asked.y)[:, 1].mean()

    assert off_deg(QUICK) < 0.6 * off_deg(believing)


def test_a_clip_factor_is_times_what_intervals_hold_80_percent_and_knows_how_few_bodies_there_were():
    rng = np.random.default_rng(0)
    ratios = np.abs(rng.normal(0, 1.5, (4000, 4))) / 1.2816
    bodies = np.array([f"b{i % 200}" for i in range(4000)])
    many = clip_factors.clip_factor("all", ratios, bodies)
    assert (many.factor, many.reps) == (pytest.approx(1.5, abs=0.05), 4000)
    few = clip_factors.clip_factor("all", ratios[:40], bodies[:40])
    assert few.low < 1.5 < few.high
    assert few.high - few.low > 5 * (many.high - many.low)


def test_clip_factors_say_what_is_missing(tmp_path):
    with pytest.raises(UsageError, match="No repetition of a training body was read"):
        clip_factors.clip_factors(tmp_path, tmp_path, "sha")
    with pytest.raises(UsageError, match="A model that has not seen kin 0 was needed"):
        clip_factors._unseen(tmp_path, "kin 0")
