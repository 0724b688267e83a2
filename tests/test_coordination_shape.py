"""Coupling, phase, variability, smoothness, sides: what was put into curves comes back."""

import math

import numpy as np
import pytest
from bends import DOWN_S, HOLD_S, RATE_HZ, TOP_S, UP_S, bend, cycle, ease, frame, one_cycle, plain_bend, spine
from scipy.ndimage import gaussian_filter1d

from movement_lab.coordination import (
    Bend,
    coupling,
    coupling_angles,
    duration,
    log_dimensionless_jerk,
    peak_speed,
    relative_phase,
    relative_phase_deg,
    smoothness,
    sparc,
    symmetry,
    variability,
)

# ---------------------------------------------------------------- vector coding


@pytest.mark.parametrize(
    ("hip", "lumbar", "angle", "name"),
    [
        (50, 50, 45, "in_phase_pct"),
        (50, 10, np.degrees(np.arctan2(10, 50)), "lower_dominant_pct"),
        (10, 50, np.degrees(np.arctan2(50, 10)), "upper_dominant_pct"),
        (40, -40, 315, "anti_phase_pct"),
        (-40, 40, 135, "anti_phase_pct"),
    ],
)
def test_the_direction_of_the_diagram_is_found_and_named(hip, lumbar, angle, name):
    made = plain_bend(hip, lumbar)
    angles = coupling_angles(made)
    assert np.nanmax(np.abs(angles - angle)) < 1e-6
    found = coupling([made])
    assert found.time_pct[name].value == 100
    assert sum(each.value for each in found.time_pct.values()) == pytest.approx(100)
    up = coupling_angles(made, "up")
    assert np.nanmax(np.abs(up - (angle + 180) % 360)) < 1e-6


def test_time_is_split_where_the_leader_changes():
    t = one_cycle()
    hip = 60 * ease((t - TOP_S) / (DOWN_S / 2)) + 0 * t
    lumbar = 60 * ease((t - TOP_S - DOWN_S / 2) / (DOWN_S / 2))
    found = coupling([bend(hip, lumbar, trunk=hip + lumbar)]).time_pct
    assert found["lower_dominant_pct"].value == pytest.approx(50, abs=5)
    assert found["upper_dominant_pct"].value == pytest.approx(50, abs=5)
    assert found["anti_phase_pct"].value == 0


def test_standing_still_has_no_coupling():
    rng, t = np.random.default_rng(2), one_cycle()
    shaky = bend(*(np.cumsum(rng.normal(scale=0.01, size=len(t))) for _ in range(2)), trunk=t)
    assert np.isnan(coupling_angles(shaky)).mean() > 0.9
    assert {each.reasons for each in coupling([shaky]).time_pct.values()} == {("mostly_still",)}


def test_a_hidden_way_has_no_shares_of_time():
    made = plain_bend(70, 40)
    lumbar = made.curves.upper_deg.copy()
    lumbar[made.start + 10 : made.turn - 10] = np.nan
    found = coupling([bend(made.curves.lower_deg, lumbar, trunk=made.curves.trunk_deg)])
    assert found.time_pct["in_phase_pct"].reasons == ("rep_gap",)


def turned(angle_deg):
    """A bend whose diagram runs in one direction."""
    return plain_bend(60 * np.cos(np.radians(angle_deg)), 60 * np.sin(np.radians(angle_deg)))


def test_mean_and_spread_between_repetitions_are_circular():
    angles = np.array([-20, -10, 0, 10, 20])  # around the seam of the circle
    found = coupling([turned(angle) for angle in angles])
    moving = np.isfinite(found.mean_deg)
    assert moving.sum() > 50
    assert np.max(np.abs((found.mean_deg[moving] + 180) % 360 - 180)) < 1e-6
    assert found.spread.value == pytest.approx(np.std(angles), rel=0.02)
    assert found.spread.n_reps == 5


def test_spread_needs_repetitions():
    found = coupling([turned(angle) for angle in (30, 40, 50, 60)])
    assert found.spread.reasons == ("not_enough_repetitions",)
    assert not np.isfinite(found.spread_deg).any()
    assert np.isfinite(found.mean_deg).any()


# ---------------------------------------------------------------- relative phase


def waves(lag_deg, *, noise_deg=0.0, rng=None, period_s=3.0):
    t = np.arange(0, period_s, 1 / RATE_HZ)
    wobble = 0 if rng is None else np.radians(noise_deg) * rng.normal()
    hip = 35 - 35 * np.cos(2 * np.pi * t / period_s)
    lumbar = 20 - 20 * np.cos(2 * np.pi * t / period_s - np.radians(lag_deg) + wobble)
    return Bend(spine(t, hip, lumbar), 0, len(t) // 2, len(t))


@pytest.mark.parametrize("lag_deg", [-30, 0, 10, 45])
def test_the_phase_put_in_comes_back_right_to_the_edges(lag_deg):
    phase = relative_phase_deg(waves(lag_deg))
    assert np.max(np.abs(phase - lag_deg)) < 1  # plus: hips ahead
    assert relative_phase([waves(lag_deg)]).marp.value == pytest.approx(abs(lag_deg), abs=0.5)


def test_size_and_offset_do_not_make_phase():
    made = plain_bend(70, 20)
    lifted = bend(made.curves.lower_deg + 12, 3 * made.curves.upper_deg - 40)
    assert relative_phase([lifted]).marp.value == pytest.approx(0, abs=1e-6)


def test_who_is_ahead_in_a_bend_has_the_sign_of_the_lag():
    phase = relative_phase_deg(plain_bend(70, 40, lag_s=0.2))
    assert np.mean(phase[frame(TOP_S + 0.3) : frame(TOP_S + DOWN_S)]) > 5


def test_deviation_phase_is_the_scatter_between_repetitions():
    rng = np.random.default_rng(11)
    found = relative_phase([waves(20, noise_deg=8, rng=rng) for _ in range(60)])
    assert found.deviation.value == pytest.approx(8, rel=0.2)
    assert relative_phase([waves(20) for _ in range(4)]).deviation.reasons == ("not_enough_repetitions",)
    assert relative_phase([waves(20) for _ in range(5)]).deviation.value == pytest.approx(0, abs=1e-5)


def test_short_gaps_stay_gaps_and_long_ones_take_the_phase():
    made = waves(20)
    lumbar = made.curves.upper_deg.copy()
    lumbar[40:46] = np.nan
    short = Bend(spine(made.curves.time_s, made.curves.lower_deg, lumbar), 0, made.turn, made.end)
    phase = relative_phase_deg(short)
    assert np.isnan(phase[40:46]).all()
    assert relative_phase([short]).marp.value == pytest.approx(20, abs=1)
    lumbar[40:80] = np.nan
    long = Bend(spine(made.curves.time_s, made.curves.lower_deg, lumbar), 0, made.turn, made.end)
    assert relative_phase([long]).marp.reasons == ("rep_gap",)


def test_no_phase_without_movement_or_return():
    assert relative_phase([plain_bend(70, 5)]).marp.reasons == ("range_too_small",)
    t = one_cycle()
    stays = bend(70 * cycle(t), 40 * ease((t - TOP_S) / DOWN_S))
    assert relative_phase([stays]).marp.reasons == ("rep_no_return",)


# ---------------------------------------------------------------- variability


def test_the_spread_of_ranges_put_in_comes_back():
    ranges = np.array([60, 64, 66, 70, 75.0])
    found = variability([plain_bend(hip, 40) for hip in ranges], "lower")
    assert found.range_sd.value == pytest.approx(np.std(ranges, ddof=1), rel=1e-3)
    assert found.range_cv.value == pytest.approx(100 * np.std(ranges, ddof=1) / 67, rel=1e-3)
    assert 0 < found.curve_sd.value < found.range_sd.value  # no spread at the top, all of it at the turn
    assert found.range_sd.high - found.range_sd.value > found.range_sd.value - found.range_sd.low


def test_the_interval_of_a_spread_covers_the_truth():
    rng = np.random.default_rng(4)
    sets = [variability([plain_bend(hip, 40) for hip in rng.normal(60, 5, 5)], "lower") for _ in range(250)]
    inside = np.mean([found.range_sd.low <= 5 <= found.range_sd.high for found in sets])
    assert 0.73 < inside < 0.87


def test_too_few_repetitions_that_were_seen_have_no_spread():
    bends = [plain_bend(60 + k, 40) for k in range(5)]
    hidden = bend(
        np.full(len(one_cycle()), np.nan), bends[0].curves.upper_deg, trunk=bends[0].curves.trunk_deg
    )
    found = variability([*bends[:4], hidden], "lower")
    for each in (found.range_sd, found.range_cv, found.curve_sd):
        assert each.reasons == ("not_enough_repetitions",)
    assert variability([*bends[:4], hidden], "upper").range_sd.known


def test_a_tiny_range_has_no_spread_in_per_cent():
    found = variability([plain_bend(60, 2 + 0.1 * k) for k in range(5)], "upper")
    assert found.range_cv.reasons == ("range_too_small",)
    assert found.range_sd.known


def test_the_same_shape_at_another_pace_is_no_spread_of_shape():
    t = one_cycle()
    slow = bend(70 * cycle(t), 40 * cycle(t))
    stretch = np.linspace(0, len(t) - 1, 2 * len(t) - 1)
    hip, lumbar = (np.interp(stretch, np.arange(len(t)), x) for x in (70 * cycle(t), 40 * cycle(t)))
    curves = spine(np.arange(len(stretch)) / RATE_HZ, hip, lumbar)
    slower = Bend(curves, 2 * slow.start, 2 * slow.turn, 2 * slow.end - 1)
    assert variability([slow, slower, slow, slower, slow], "lower").curve_sd.value < 0.2


# ---------------------------------------------------------------- smoothness and speed


def arc(speed, rate_hz=100.0):
    return sparc(speed, rate_hz, max_hz=10, amplitude=0.05)


def minimum_jerk_speed(duration_s, rate_hz=100.0):
    u = np.arange(0, duration_s, 1 / rate_hz) / duration_s
    return 30 * u**2 * (1 - u) ** 2


def test_the_arc_length_is_that_of_the_authors_published_example():
    t = np.arange(-1, 1, 0.01)
    assert arc(np.exp(-5 * t**2)) == pytest.approx(-1.41403, abs=2e-4)


def test_neither_size_nor_duration_nor_rate_matters():
    usual = arc(minimum_jerk_speed(1.0))
    assert -1.6 < usual < -1.35
    assert arc(37 * minimum_jerk_speed(1.0)) == pytest.approx(usual)
    assert arc(minimum_jerk_speed(3.0)) == pytest.approx(usual, abs=0.02)
    assert arc(minimum_jerk_speed(2.0, 30), 30) == pytest.approx(usual, abs=0.02)
    assert arc(np.pad(minimum_jerk_speed(1.0), 80)) == pytest.approx(usual, abs=0.02)


def test_more_submovements_are_less_smooth():
    arcs, jerks = [], []
    for count in (1, 2, 3, 5):
        speed = np.concatenate([minimum_jerk_speed(2.0 / count)] * count)
        arcs.append(arc(speed))
        jerks.append(log_dimensionless_jerk(speed, 100))
    assert arcs == sorted(arcs, reverse=True)
    assert jerks == sorted(jerks, reverse=True)
    assert arcs[0] - arcs[-1] > 1


def test_dimensionless_jerk_of_a_minimum_jerk_movement_is_the_analytic_one():
    speed = minimum_jerk_speed(2.0, 1000)
    assert log_dimensionless_jerk(speed, 1000) == pytest.approx(-math.log(204.8), abs=0.01)


def test_a_stop_on_the_way_shows_in_the_bend_and_not_in_the_other_way():
    t = one_cycle()
    down = (ease((t - TOP_S) / (0.45 * DOWN_S)) + ease((t - TOP_S - 0.55 * DOWN_S) / (0.45 * DOWN_S))) / 2
    halting = down - ease((t - TOP_S - DOWN_S - HOLD_S) / UP_S)
    smooth, stepped = plain_bend(70, 40), bend(70 * halting, 40 * halting)
    for way, differs in (("down", True), ("up", False)):
        pairs = zip(smoothness(smooth, way=way), smoothness(stepped, way=way), strict=True)
        assert [one.value > other.value + 0.1 for one, other in pairs] == [differs, differs]
    assert -1.7 < smoothness(smooth)[0].value < -1.35


def test_speed_and_duration_are_those_put_in():
    made = plain_bend(70, 40)
    peak = peak_speed(made)
    assert peak.value == pytest.approx(1.875 * 110 / DOWN_S, rel=0.02)
    assert peak.low < peak.value < peak.high
    assert peak.mdc95 == pytest.approx(0.15 * peak.value)
    assert peak_speed(made, "upper", "up").value == pytest.approx(1.875 * 40 / UP_S, rel=0.02)
    assert duration(made).value == pytest.approx(DOWN_S + HOLD_S / 2, abs=0.02)


def test_noise_hardly_lifts_the_peak_speed():
    rng, t = np.random.default_rng(9), one_cycle()
    noise = [gaussian_filter1d(rng.normal(size=len(t)), 2) for _ in range(40)]  # what a low-pass lets through
    peaks = [peak_speed(bend(70 * cycle(t), 40 * cycle(t) + 0.5 * each / each.std())).value for each in noise]
    assert np.mean(peaks) == pytest.approx(1.875 * 110 / DOWN_S, rel=0.04)


def test_tiny_or_hidden_ways_have_no_smoothness():
    assert smoothness(plain_bend(3, 2))[0].reasons == ("range_too_small",)
    made = plain_bend(70, 40)
    trunk = made.curves.trunk_deg.copy()
    trunk[60:100] = np.nan
    hidden = bend(made.curves.lower_deg, made.curves.upper_deg, trunk=trunk)
    assert smoothness(hidden)[1].reasons == ("rep_gap",)
    assert peak_speed(hidden).reasons == ("rep_gap",)


# ---------------------------------------------------------------- sides


RIGHT, LEFT = [100, 102, 98, 101, 99], [80, 82, 78, 81, 79]


def test_a_clear_difference_is_told_and_turns_its_sign_with_the_sides():
    found = symmetry(RIGHT, LEFT, mdc95=8)
    assert found.difference.value == 20
    assert found.index.value == pytest.approx(100 * 20 / 90)
    back = symmetry(LEFT, RIGHT, mdc95=8)
    assert (back.difference.value, back.index.value) == (-20, -found.index.value)
    assert found.difference.sd > 8 / 2.77  # both sides' noise is in it


@pytest.mark.parametrize(
    ("right", "left", "mdc95", "why"),
    [
        (RIGHT, LEFT, 25, "within_noise"),
        ([60, 100, 80], [60, 70, 80], 2, "within_rep_spread"),
        (RIGHT, [math.nan] * 5, 8, "needs_both_sides"),
        (RIGHT, [80], 8, "not_enough_repetitions"),
        (RIGHT, LEFT, math.nan, "within_noise"),  # noise that isn't known is not beaten
    ],
)
def test_no_difference_is_told_within_chance_or_noise(right, left, mdc95, why):
    found = symmetry(right, left, mdc95=mdc95)
    assert found.difference.reasons == found.index.reasons == (why,)


def test_the_index_never_crosses_zero():
    found = symmetry([12, 10, 11], [-9, -10, -11], mdc95=8)
    assert found.difference.value == 21
    assert found.index.reasons == ("crosses_zero",)
    assert symmetry([12, 13, 14], [1, 0.5, 0.4], mdc95=8).index.reasons == ("range_too_small",)
