"""Shares, order, styles: what was put into curves comes back, with honest intervals."""

import math

import numpy as np
import pytest
from bends import (
    CYCLE_S,
    DOWN_S,
    HOLD_S,
    SPINE_SHARE,
    TOP_S,
    bend,
    cycle,
    ease,
    frame,
    one_cycle,
    plain_bend,
    set_of,
    spine,
)

from movement_lab.coordination import (
    Bend,
    coordinate,
    cut_bends,
    fold_curves,
    of_own_best,
    onset_lag,
    over_reps,
    ratio,
    share,
    share_of,
    style_of,
    thorax_share,
)
from movement_lab.coordination.curves import METHODS
from movement_lab.coordination.readings import Stretch, reading
from movement_lab.records import Rep

# ---------------------------------------------------------------- share and its uncertainty


@pytest.mark.parametrize(
    ("lumbar", "hip", "split_error", "points"), [(14, 14, 3, 11), (14, 14, 6, 21), (40, 70, 6, 5.5)]
)
def test_a_split_error_makes_a_share_as_uncertain_as_the_specification_says(lumbar, hip, split_error, points):
    _, sd = share_of(lumbar, hip, part_sd=split_error, rest_sd=split_error, sum_sd=0)
    assert 100 * sd == pytest.approx(points, abs=0.5)


@pytest.mark.parametrize("sum_sd", [1.2, 2.0, 5.0, 7.5])
def test_the_propagation_is_right_for_any_correlation(sum_sd):
    rng, part_sd, rest_sd = np.random.default_rng(1), 4.0, 5.0
    both = (sum_sd**2 - part_sd**2 - rest_sd**2) / 2
    errors = rng.multivariate_normal([0, 0], [[part_sd**2, both], [both, rest_sd**2]], 40_000)
    part, rest = 40 + errors[:, 0], 70 + errors[:, 1]
    _, stated = share_of(40, 70, part_sd=part_sd, rest_sd=rest_sd, sum_sd=sum_sd)
    assert stated == pytest.approx(np.std(part / (part + rest)), rel=0.03)


def test_spreads_that_contradict_each_other_are_read_as_opposite_errors():
    assert share_of(40, 70, part_sd=4, rest_sd=5, sum_sd=0) == share_of(
        40, 70, part_sd=4, rest_sd=5, sum_sd=1
    )


def test_the_share_of_known_curves_comes_back():
    found = share(plain_bend(70, 40, sd=6.0))
    assert found.value == pytest.approx(100 * 40 / 110)
    assert found.sd == pytest.approx(5.5, abs=0.1)
    assert found.low < found.value < found.high
    assert found.high95 - found.low95 == pytest.approx((found.high - found.low) * 1.96 / 1.2816, rel=0.01)
    assert found.mdc95 == 15


def test_a_change_may_claim_no_smallest_size_with_a_method_that_has_none():
    assert math.isnan(share(plain_bend(method="contour")).mdc95)


def with_split_error(rng, sd):
    """A bend whose split is off by an error that wanders as the rule on likeness says."""
    t = one_cycle()
    progress = cycle(t)
    knots = np.sqrt(0.5) * rng.normal() + np.sqrt(0.5) * rng.normal(size=4)
    error = sd * np.interp(progress, [0, 1 / 3, 2 / 3, 1], knots)
    return bend(70 * progress + error, 40 * progress - error, sd=sd)


@pytest.mark.parametrize("part", ["whole", "first", "middle", "last"])
def test_the_stated_uncertainty_of_the_share_is_its_true_scatter(part):
    rng = np.random.default_rng(7)
    found = [share(with_split_error(rng, 5.0), part) for _ in range(700)]
    values = np.array([each.value for each in found])
    true = 100 * 40 / 110
    assert np.mean(values) == pytest.approx(true, abs=1.5)
    assert np.std(values) == pytest.approx(found[0].sd, rel=0.08)
    inside = np.mean([each.low <= true <= each.high for each in found])
    assert 0.76 < inside < 0.84


def test_thirds_are_of_travel_and_follow_the_rhythm_put_in():
    rhythm, t = [0.66, 0.47, 0.29], one_cycle()
    fold = 90 * cycle(t) ** 2  # any pace
    lumbar = np.interp(fold, [0, 30, 60, 90], 30 * np.concatenate([[0], np.cumsum(rhythm)]))
    made = bend(fold - lumbar, lumbar)
    for part, expected in zip(["first", "middle", "last"], rhythm, strict=True):
        assert share(made, part).value == pytest.approx(100 * expected, abs=1)
    assert share(made).value == pytest.approx(100 * np.mean(rhythm), abs=0.1)


def test_the_way_up_is_cut_by_itself():
    t = one_cycle()
    first = share(bend(70 * cycle(t, lag_up_s=0.3), 40 * cycle(t)), "first", "up")  # the back comes up first
    later = share(bend(70 * cycle(t), 40 * cycle(t, lag_up_s=0.3)), "first", "up")
    assert first.value > 50 > 20 > later.value
    assert first.of.way == "up"


def test_a_part_that_goes_the_other_way_is_told():
    found = share(plain_bend(60, -10))
    assert found.value == pytest.approx(-20)
    assert found.reasons == ("parts_moved_apart",)


@pytest.mark.parametrize(("hip", "lumbar"), [(4, 3), (20, -20), (0, 0)])
def test_a_tiny_bend_has_no_share(hip, lumbar):
    found = share(plain_bend(hip, lumbar, trunk=30 * cycle(one_cycle())))
    assert math.isnan(found.value)
    assert math.isnan(found.low95)
    assert found.reasons == ("bend_too_small",)


def test_a_gap_takes_only_the_thirds_it_touches():
    made = plain_bend(70, 40)
    lumbar = made.curves.upper_deg.copy()
    third = int(np.flatnonzero(made.curves.trunk_deg >= 110 / 3)[0])
    lumbar[third - 3 : third + 3] = np.nan
    gap = bend(made.curves.lower_deg, lumbar, trunk=made.curves.trunk_deg)
    assert [share(gap, part).known for part in ("whole", "first", "middle", "last")] == [
        True,
        False,
        False,
        True,
    ]
    assert share(gap, "first").reasons == ("not_seen",)


def test_nothing_is_said_when_turn_or_trunk_were_not_seen():
    made = plain_bend(70, 40)
    hip = made.curves.lower_deg.copy()
    hip[made.turn] = np.nan
    assert share(bend(hip, made.curves.upper_deg, trunk=made.curves.trunk_deg)).reasons == ("not_seen",)
    nothing = bend(made.curves.lower_deg, made.curves.upper_deg, trunk=np.full(len(hip), np.nan))
    assert share(nothing, "middle").reasons == ("not_seen",)


def test_two_parts_of_a_fold_share_the_thighs_error():
    t = one_cycle()
    curves = fold_curves(
        t, knee_deg=60 * cycle(t), hip_trunk_deg=90 * cycle(t), trunk_deg=40 * cycle(t), knee_sd_deg=3.5,
        hip_trunk_sd_deg=4,
    )  # fmt: skip
    made = Bend(curves, frame(TOP_S), frame(TOP_S + DOWN_S + HOLD_S / 2), frame(CYCLE_S - TOP_S))
    found = share(made)
    assert found.value == pytest.approx(60)
    independent = share_of(90, 60, part_sd=4, rest_sd=3.5, sum_sd=math.hypot(4, 3.5))[1]
    assert found.sd < 100 * independent  # an error of both leaves the share alone
    assert found.of.kind == "fold"


def test_a_prior_cannot_become_curves():
    t = one_cycle()
    for method in ("prior", "landmarks", ""):
        with pytest.raises(ValueError, match="stickers, contour, keypoints"):
            spine(t, 70 * cycle(t), 40 * cycle(t), method=method)
    assert not any("prior" in methods for methods in METHODS.values())


def test_curves_of_other_lengths_are_refused():
    t = one_cycle()
    with pytest.raises(ValueError, match=r"Curves\.upper_deg: expected shape"):
        spine(t, 70 * cycle(t), cycle(t)[:-1], trunk=t)


# ---------------------------------------------------------------- ratio, upper back


def test_the_ratio_is_the_share_in_other_words():
    shared = share(plain_bend(70, 40, sd=6.0))
    found = ratio(shared, 70)
    assert found.value == pytest.approx(40 / 70)
    assert found.high - found.value > found.value - found.low > 0  # lopsided


def test_the_ratio_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    found = [ratio(share(with_split_error(rng, 5.0), "first"), 70 / 3) for _ in range(500)]
    inside = np.mean([each.low <= 40 / 70 <= each.high for each in found])
    assert 0.75 < inside < 0.85


@pytest.mark.parametrize("hip", [7.9, 0.0, math.nan])
def test_no_ratio_without_hip_movement(hip):
    assert ratio(share(plain_bend(70, 40)), hip).reasons == ("hip_moved_too_little",)


def test_a_ratio_without_an_upper_end_says_so():
    shared = reading("share_pct", SPINE_SHARE, 92, 10)
    found = ratio(shared, 9)
    assert found.high == math.inf
    assert found.low < found.value < math.inf


def test_the_upper_back_has_its_part():
    made = plain_bend(60, 30)
    found = thorax_share(made, 10 * cycle(one_cycle()), thorax_sd_deg=3)
    assert found.value == pytest.approx(10)
    assert found.sd == pytest.approx(3, abs=0.1)  # 3 of 100 degrees
    assert thorax_share(made, None).reasons == ("needs_upper_back_dots",)
    assert thorax_share(made, np.full(len(made.curves), np.nan), thorax_sd_deg=3).reasons == ("not_seen",)


# ---------------------------------------------------------------- who starts first


@pytest.mark.parametrize("lag_s", [-0.25, 0.0, 0.2, 0.4])
def test_the_lag_put_in_comes_back_with_its_sign(lag_s):
    ms, pct = onset_lag(plain_bend(70, 40, lag_s=lag_s))
    assert ms.value == pytest.approx(1000 * lag_s, abs=10)  # plus: hips first
    assert pct.value == pytest.approx(100 * lag_s / (DOWN_S + HOLD_S / 2), abs=1)
    assert ms.sd > 0


def test_the_lag_of_the_way_up_comes_from_the_way_up():
    ms, _ = onset_lag(plain_bend(70, 40, lag_s=-0.3, lag_up_s=-0.1), "up")
    assert ms.value == pytest.approx(-100, abs=10)


def test_order_holds_for_a_back_that_arches():
    assert onset_lag(plain_bend(70, -20, lag_s=0.2))[0].value == pytest.approx(200, abs=10)


def test_the_stated_uncertainty_of_the_lag_is_its_true_scatter():
    rng, t = np.random.default_rng(5), one_cycle()
    drift = ease((t - TOP_S + 0.1) / 0.15)  # what doesn't cancel comes with the first degrees
    noise = rng.normal(scale=1.0, size=300)
    found = [onset_lag(bend(70 * cycle(t) + e * drift, 40 * cycle(t) - e * drift))[0] for e in noise]
    assert np.std([each.value for each in found]) == pytest.approx(
        np.median([each.sd for each in found]), rel=0.15
    )


def test_a_small_range_has_no_start_and_a_gap_hides_it():
    assert onset_lag(plain_bend(70, 5))[0].reasons == ("range_too_small",)
    made = plain_bend(70, 40)
    hip = made.curves.lower_deg.copy()
    start = int(np.flatnonzero(hip >= 7)[0])
    hip[start - 2 : start + 2] = np.nan
    hidden = bend(hip, made.curves.upper_deg, trunk=made.curves.trunk_deg)
    assert onset_lag(hidden)[1].reasons == ("not_seen",)


def test_a_back_that_moves_before_the_repetition_begins_is_not_missed():
    curves, reps = set_of(2, lambda _, t: (70 * cycle(t), 40 * cycle(t, lag_s=-0.3)))
    late = [Rep(rep.index, rep.start + 12, rep.turn, rep.end) for rep in reps]
    for made in cut_bends(curves, late):
        assert onset_lag(made)[0].value == pytest.approx(-300, abs=15)


def test_only_judged_repetitions_are_cut_and_neighbours_stay_apart():
    curves, reps = set_of(3, lambda _, t: (70 * cycle(t), 40 * cycle(t)))
    reps[1] = Rep(2, reps[1].start, reps[1].turn, reps[1].end, graded=False)
    bends = cut_bends(curves, reps)
    assert [made.index for made in bends] == [1, 3]
    n = len(one_cycle())
    for made in bends:
        assert len(made.curves) <= n + 2
        assert made.curves.trunk_deg[made.turn] == pytest.approx(110)
        assert made.curves.trunk_deg[0] == pytest.approx(0, abs=0.01)


# ---------------------------------------------------------------- over the set


def test_repetitions_shrink_their_own_spread_only():
    each = [reading("share_pct", SPINE_SHARE, value, 4.0) for value in (30, 34, 38, 42, 46)]
    found = over_reps(each)
    assert found.value == 38
    assert found.sd == pytest.approx(math.hypot(4, np.std([30, 34, 38, 42, 46], ddof=1) / math.sqrt(5)))
    assert found.reasons == ()
    assert over_reps(each[:3]).reasons == ("few_reps",)
    assert over_reps(each * 100).sd > 4


def test_unknown_repetitions_are_left_out_with_their_reason_kept_when_all_are():
    gone = reading("share_pct", SPINE_SHARE, math.nan, reasons=("bend_too_small",))
    known = reading("share_pct", SPINE_SHARE, 40, 4)
    assert over_reps([gone, known]).n_reps == 1
    assert over_reps([gone, gone]).reasons == ("bend_too_small",)


def test_own_best_counts_the_errors_of_both_days():
    of = Stretch(way="both", curve="trunk")
    now, best = reading("range_deg", of, 60, 3), reading("range_deg", of, 100, 4)
    found = of_own_best(now, best, name="range_of_best_pct")
    assert found.value == 60
    assert found.sd == pytest.approx(math.hypot(3, 0.6 * 4))
    nothing = reading("range_deg", of, math.nan)
    assert of_own_best(now, nothing, name="range_of_best_pct").reasons == ("needs_earlier_visit",)
    assert of_own_best(nothing, best, name="range_of_best_pct").reasons == ("not_seen",)


def test_a_whole_set_says_what_was_put_in():
    rng = np.random.default_rng(8)

    def noisy(_, t):
        size = 1 + 0.03 * rng.normal()
        return 70 * size * cycle(t), 40 * size * cycle(t, lag_s=0.15)

    curves, reps = set_of(5, noisy)
    found = coordinate(curves, reps, trunk_sd_deg=2)
    of_set = {(each.name, each.of.way, each.of.part): each for each in found.of_set}
    assert of_set["share_pct", "down", "whole"].value == pytest.approx(36.4, abs=0.5)
    assert of_set["share_pct", "down", "whole"].n_reps == 5
    assert (
        of_set["share_of_third_pct", "down", "first"].value
        < 36
        < of_set["share_of_third_pct", "down", "last"].value
    )
    assert of_set["upper_to_lower_ratio", "down", "whole"].value == pytest.approx(4 / 7, abs=0.02)
    assert of_set["onset_lag_ms", "down", "whole"].value == pytest.approx(150, abs=15)
    assert of_set["range_deg", "both", "whole"].value == pytest.approx(110, rel=0.05)
    assert set(found.per_rep) == {1, 2, 3, 4, 5}
    assert found.phase.marp.known
    assert found.phase.deviation.known
    assert found.variability["trunk"].range_sd.known
    assert found.coupling["up"].spread.known
    assert style_of(found.of_set, free_bend=True).reasons == ("between_styles",)  # 36 ± 4 against 37


def test_a_set_without_judged_repetitions_says_only_that():
    curves, reps = set_of(1, lambda _, t: (70 * cycle(t), 40 * cycle(t)))
    none = [Rep(1, reps[0].start, reps[0].turn, reps[0].end, graded=False)]
    found = coordinate(curves, none)
    assert found.reasons == ("no_graded_reps",)
    assert not found.of_set


def test_a_set_nobody_saw_is_unknown_everywhere_and_breaks_nothing():
    curves, reps = set_of(5, lambda _, t: (np.full(len(t), np.nan), np.full(len(t), np.nan)))
    found = coordinate(curves, reps)
    judged = [each for each in found.of_set if each.name != "duration_s"]
    assert not any(each.known for each in judged)
    assert all(each.reasons for each in judged)
    assert not found.phase.marp.known
    assert style_of(found.of_set, free_bend=True).name is None
