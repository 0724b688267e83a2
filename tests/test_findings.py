"""The comparison with limits, by hand."""

from dataclasses import replace

import pytest

from movement_lab.findings import capped, grade_of
from movement_lab.knowledge import load_movement

OVER = load_movement("squat").finding("trunk_lean_beyond_shank")
UNDER = load_movement("squat").finding("limited_shank_travel")
EITHER = load_movement("squat").finding("pelvis_shift")


def limits(row, mild, moderate, marked):
    return replace(row, limits={"mild": mild, "moderate": moderate, "marked": marked})


@pytest.mark.parametrize(
    ("value", "low", "high", "grade"),
    [
        (5, 2, 8, "none"),
        (9, 6, 12, "none"),  # the interval reaches over the limit, the value doesn't
        (12, 8, 16, "possible"),  # the value does, the interval reaches back
        (14, 11, 17, "mild"),
        (22, 18, 26, "moderate"),
        (40, 36, 44, "marked"),
        (10, 10.5, 11, "none"),  # the limit itself is not beyond it
    ],
)
def test_over(value, low, high, grade):
    assert grade_of(value, low, high, limits(OVER, 10, 20, 30)) == grade


@pytest.mark.parametrize(
    ("value", "low", "high", "grade"),
    [
        (30, 27, 33, "none"),
        (24, 20, 28, "possible"),
        (22, 20, 24, "mild"),
        (18, 15, 21, "moderate"),
        (9, 6, 12, "marked"),
    ],
)
def test_under(value, low, high, grade):
    assert grade_of(value, low, high, limits(UNDER, 25, 20, 15)) == grade


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("value", "half", "grade"),
    [(3, 1, "none"), (6, 2, "possible"), (6.5, 1, "mild"), (9, 1, "moderate"), (20, 1, "marked")],
)
def test_either_side_counts_alike(sign, value, half, grade):
    low, high = sorted((sign * value - half, sign * value + half))
    assert grade_of(sign * value, low, high, limits(EITHER, 5, 8, 12)) == grade


def test_an_interval_across_zero_is_never_a_grade():
    assert grade_of(6, -7, 19, limits(EITHER, 5, 8, 12)) == "possible"


@pytest.mark.parametrize(
    ("grade", "tier", "allowed"),
    [
        ("marked", "T1", "marked"),
        ("marked", "T2", "moderate"),
        ("mild", "T2", "mild"),
        ("none", "T2", "none"),
        ("mild", "T3", "not_graded"),
        ("none", "T0", "not_graded"),
    ],
)
def test_rough_measures_reach_no_marked_grade_and_experimental_ones_none(grade, tier, allowed):
    assert capped(grade, tier) == allowed


@pytest.mark.parametrize(
    ("grade", "method", "tier", "allowed"),
    [
        ("marked", "stickers", "T2", "moderate"),
        ("marked", "contour", "T3", "possible"),
        ("none", "contour", "T3", "none"),
        ("possible", "keypoints", "T3", "not_graded"),
        ("none", "keypoints", "T3", "not_graded"),
        ("mild", "landmarks", "T3", "not_graded"),  # depth guessed from one camera
    ],
)
def test_a_spine_method_has_a_highest_step_of_its_own(grade, method, tier, allowed):
    assert capped(grade, tier, method) == allowed
