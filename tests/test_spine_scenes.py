"""Scenes about the low back: what each way of moving does to it, and that enough of them are clear."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from movement_lab.synthetic.bodies import body_names
from movement_lab.synthetic.scene import Film, move
from movement_lab.validation.matrix import cases
from movement_lab.validation.recipes import YAW_DEG
from movement_lab.validation.spine_scenes import spine_cases

SPINE = spine_cases()


def backs(case):
    """Change of the back's true angles from standing, on the way down into one repetition."""
    short = replace(case.scene, reps=1, standing_s=0.1, end_s=0.0, film=Film(rate_hz=12.0))
    motion, person = move(short)
    near, rep, time_s = case.scene.camera.view, motion.reps[0], motion.time_s
    truth = person.truth(near=near)
    names = (
        "lumbar_flexion_deg",
        "pelvic_tilt_deg",
        "upper_back_rounding_deg",
        f"hip_pelvis_flexion_{near}_deg",
    )
    down = (time_s >= rep.start_s) & (time_s <= rep.turn_s)
    return [truth[name][down] - truth[name][0] for name in names]


@pytest.fixture(scope="module")
def clear():
    """How many near side views have each finding clearly, and clearly not."""
    counts = Counter()
    for case in SPINE:
        recipe = case.recipe
        if recipe.yaw != "near" or recipe.cover or recipe.movement == "lunge":
            continue
        lumbar, pelvis, upper, hip = backs(case)
        values = (
            {"tuck": (pelvis.max() - pelvis[-1], 10), "range": (lumbar.max(), 25)}
            if recipe.movement == "squat"
            else {"first": (lumbar[hip <= 50].max(), 10), "rounded": (upper[-1], 10)}
        )
        if recipe.movement == "squat" or recipe.declared.get("instructed"):
            for name, (value, limit) in values.items():
                counts[name, "yes" if value >= 1.5 * limit else "no" if value <= 0.5 * limit else "near"] += 1
    return counts


@pytest.mark.parametrize("finding", ["tuck", "range", "first", "rounded"])
def test_enough_clear_cases_of_each_kind(clear, finding):
    assert clear[finding, "yes"] >= 10
    assert clear[finding, "no"] >= 20
    assert clear[finding, "near"] == 0


def test_they_follow_the_other_scenes_and_use_every_held_out_body():
    matrix, spine = cases("full"), SPINE
    assert matrix[-len(spine) :] == spine
    assert not any(case.recipe.spine for case in matrix[: -len(spine)])
    held_out = [case for case in spine if case.split == "held_out"]
    assert len(held_out) <= 330
    assert {case.scene.body for case in held_out} == set(body_names("held_out"))
    assert {case.scene.body for case in spine if case.split == "tuning"} <= set(body_names("tuning"))
    assert len({case.name for case in matrix}) == len(matrix)


def test_the_camera_stands_where_the_recipe_says():
    for case in SPINE:
        low, high = YAW_DEG[case.recipe.yaw]
        assert low <= abs(case.scene.camera.yaw_deg) <= high
        assert case.scene.camera.view in ("left", "right")


def test_the_low_back_s_share_of_the_bend_varies_between_and_within_clips():
    shares = []
    for case in SPINE:
        if case.recipe.movement != "hinge" or case.recipe.yaw != "widened":
            continue
        lumbar, pelvis, _, _ = backs(case)
        half = int(np.argmin(np.abs(lumbar + pelvis - (lumbar + pelvis)[-1] / 2)))
        shares.append([lumbar[i] / (lumbar[i] + pelvis[i]) for i in (half, -1)])
    halfway, turn = np.array(shares).T
    assert np.ptp(turn) > 0.4
    assert np.abs(halfway - turn).max() > 0.2


def test_clothes_covers_and_stickers_are_as_the_recipe_says():
    for case in SPINE:
        scene, recipe = case.scene, case.recipe
        assert (scene.look.looseness <= 0.15) == (recipe.clothes == "fitted")
        assert scene.stickers == recipe.stickers
        assert (scene.arms == "behind_back") == (recipe.cover == "hands_behind")
        assert (scene.plate.width_m > 0) == (recipe.cover == "plate")
        assert bool(scene.bystander.body) == (recipe.cover == "bystander")


def test_the_stickers_colour_is_nowhere_near_the_back():
    for case in SPINE:
        if case.scene.stickers:
            own = np.array(case.scene.sticker_colour, float)
            look = case.scene.look  # shoes may be nearer: dots are sought beside the trunk
            for cloth, most in ((look.shirt, 60), (look.lower_colour, 60), (look.shoes, 75)):
                chroma = np.array(cloth, float) - np.mean(cloth)
                alike = chroma @ (own - own.mean()) / np.linalg.norm(own - own.mean())
                assert alike < most
            assert case.scene.film.background in ("plain", "room")
