"""A read spine becomes measurements and findings: curves with known values, spreads and gaps."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from movement_lab.findings import Task, caps_of_methods, judge
from movement_lab.knowledge import load_grading, load_measures, load_movement
from movement_lab.measures import signal_key
from movement_lab.records import Rep, SpineEstimate, Standing, View
from movement_lab.spine.combine import load_methods
from movement_lab.spine.estimate import nothing_read
from movement_lab.summaries import Clip, summarise

RATE_HZ, REP_S, REPS = 30, 4.0, 4
TIME_S = np.arange(round((2 + REPS * REP_S + 1) * RATE_HZ)) / RATE_HZ
SIDE = View("left", "image_left", 3.0, "full", 90.0)
INSTRUCTED = Task(instructed=True)

#: Depth of the bend over one repetition: 0 standing, 1 the turn, with a short rest there.
_phase = np.arange(round(REP_S * RATE_HZ)) / (REP_S * RATE_HZ)
ONE = np.clip(1.1 * np.sin(np.pi * _phase) ** 2, 0, 1)


def over_set(one):
    """Return one repetition's curve, repeated after two seconds of standing."""
    whole = np.zeros(len(TIME_S))
    whole[2 * RATE_HZ : 2 * RATE_HZ + REPS * len(ONE)] = np.tile(one, REPS)
    return whole


def reps():
    firsts = [2 * RATE_HZ + i * len(ONE) for i in range(REPS)]
    inside = np.flatnonzero(ONE > 0.1)
    return tuple(
        Rep(i, first + inside[0], first + len(ONE) // 2, first + inside[-1] + 1)
        for i, first in enumerate(firsts, start=1)
    )


def make_clip(
    *,
    lumbar,
    pelvis,
    thigh=0.0,
    upper=0.0,
    method="stickers",
    sd=2.0,
    movement="hinge",
    full_bend=None,
    reasons=(),
):
    """Return a clip whose parts follow curves over ``ONE``: callables of depth, or degrees at the turn."""
    parts = {"lumbar": lumbar, "pelvis": pelvis, "thigh": thigh, "upper": upper}
    lumbar, pelvis, thigh, upper = (
        over_set(part(ONE) if callable(part) else part * ONE) for part in parts.values()
    )
    value = {
        "pelvic_tilt_deg": pelvis,
        "lumbar_flexion_deg": lumbar,
        "thoracic_flexion_deg": upper,
        "thorax_inclination_deg": pelvis + lumbar,
    }
    spread = {name: np.full(len(TIME_S), sd) for name in value}
    spine = SpineEstimate(method, value, spread, np.ones(len(TIME_S), bool), reasons)
    return as_clip(spine, thigh, movement=movement, full_bend=full_bend)


def as_clip(spine, thigh, *, movement="hinge", full_bend=None):
    """Return a clip with the signals that a spine estimate gives."""
    signals = {
        signal_key(name, side): np.full(len(TIME_S), np.nan)
        for name, row in load_measures().items()
        for side in (("left", "right") if row.per_side else ("mid",))
    }
    depth = over_set(ONE)
    signals |= {"trunk_inclination_deg": 80 * depth, "hip_drop_pct": 40 * depth}
    if spine and spine.method:
        signals |= {name: spine.value[name] for name in spine.value if name in signals}
        signals["upper_back_rounding_deg"] = spine.value["thoracic_flexion_deg"]
        for side in ("left", "right"):
            signals[f"thigh_elevation_{side}_deg"] = thigh
            signals[f"hip_pelvis_flexion_{side}_deg"] = thigh + spine.value["pelvic_tilt_deg"]
        if full_bend:
            signals["lumbar_percent_max_pct"] = 100 * spine.value["lumbar_flexion_deg"] / full_bend
    driver = signals["trunk_inclination_deg"]
    zero = dict.fromkeys(signals, 0.0)
    return Clip(signals, driver, TIME_S, reps(), Standing(True, zero=zero), SIDE, 100, movement, 0.0, spine)


@cache
def summary_of(clip):
    return summarise(clip, load_movement(clip.movement).findings)


def measured(clip, name, at, *, side="mid", rep=None, zero="rel"):
    asked = (name, at, side, rep, zero)
    (one,) = (m for m in summary_of(clip) if (m.name, m.at, m.side, m.rep, m.zero) == asked)
    return one


def found(clip, id, *, task=INSTRUCTED):
    table = load_movement(clip.movement)
    judged = judge(summary_of(clip), clip.reps, table, clip.view, clip.time_s, task)
    return next(finding for finding in judged if finding.id == id)


# ---------------------------------------------------------------- measurements


def test_values_are_those_of_the_curves():
    clip = make_clip(lumbar=20, pelvis=50, thigh=10, upper=6)
    for name, side, expected in [
        ("lumbar_flexion_deg", "mid", 20),
        ("pelvic_tilt_deg", "mid", 50),
        ("hip_pelvis_flexion_deg", "left", 60),
        ("thorax_inclination_deg", "mid", 70),
        ("upper_back_rounding_deg", "mid", 6),
    ]:
        whole = measured(clip, name, "turn", side=side)
        assert whole.value == pytest.approx(expected, abs=0.2)
        assert (whole.tier, whole.method) == ("T2", "stickers")
        assert whole.low < expected < whole.high
        assert measured(clip, name, "turn", side=side, rep=2).value == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("method", ["stickers", "contour", "keypoints"])
def test_trust_and_claimable_change_are_those_of_the_method(method):
    clip = make_clip(lumbar=20, pelvis=50, method=method)
    whole = measured(clip, "lumbar_flexion_deg", "turn")
    assert whole.tier == {"stickers": "T2", "contour": "T3", "keypoints": "T3"}[method]
    assert whole.mdc95 == {"stickers": 8, "contour": 12, "keypoints": 14}[method]
    assert ("experimental" in whole.reasons) is (whole.tier == "T3")


def test_the_spread_is_the_methods_own_at_that_moment_widened_towards_real_people():
    clip = make_clip(lumbar=20, pelvis=50)
    sd = {name: 2 + 3 * over_set(ONE) for name in clip.spine.sd}  # surest in standing
    clip = replace(clip, spine=replace(clip.spine, sd=sd))
    factor = load_grading().sim_to_real_factor
    turn, least = (measured(clip, "lumbar_flexion_deg", at) for at in ("turn", "min"))
    assert turn.sd_method == pytest.approx(5 * factor, rel=0.01)
    assert least.sd_method == pytest.approx(factor * (2 + 3 * 0.1), rel=0.1)
    assert turn.high - turn.value == pytest.approx(1.2816 * 5 * factor, rel=0.01)


def test_repetitions_that_differ_widen_the_interval_of_the_set():
    clip = make_clip(lumbar=20, pelvis=50)
    lumbar = clip.signals["lumbar_flexion_deg"].copy()
    for rep, size in zip(clip.reps, (0.5, 1.0, 1.5, 1.0), strict=True):
        lumbar[rep.start : rep.end] *= size
    varied = replace(clip, signals={**clip.signals, "lumbar_flexion_deg": lumbar})
    same, spread = (measured(each, "lumbar_flexion_deg", "turn") for each in (clip, varied))
    assert same.sd_within < 0.01
    assert spread.sd_within == pytest.approx(np.std([10, 20, 30, 20], ddof=1) / 2, rel=0.02)
    assert spread.sd_method == same.sd_method


def test_a_held_bottom_is_read_whole_where_the_turn_lies_on_its_edge():
    clip = make_clip(lumbar=20, pelvis=50)
    resting = np.flatnonzero(ONE == 1)
    rest = np.arange(resting[0], resting[-1] + 1)
    held = [
        replace(rep, turn=first, bottom_start=first, bottom_end=first + len(rest))
        for rep in clip.reps
        for first in [rep.turn - len(ONE) // 2 + rest[0]]
    ]
    signals = dict(clip.signals)
    for name in ("lumbar_flexion_deg", "trunk_inclination_deg"):
        signals[name] = signals[name].copy()
        for rep in held:  # still on the way when the rest begins
            signals[name][rep.bottom_start : rep.bottom_start + 5] -= 8
    clip = replace(clip, reps=tuple(held), signals=signals)
    for rep in clip.reps:
        assert measured(clip, "lumbar_flexion_deg", "turn", rep=rep.index).value == pytest.approx(20, abs=0.1)
        trunk = measured(clip, "trunk_inclination_deg", "turn", rep=rep.index)
        assert trunk.value == pytest.approx(72, abs=0.5)  # body points don't jump: the turn itself


def test_a_bottom_seen_in_part_is_not_read_only_what_lies_around_the_turn():
    clip = make_clip(lumbar=20, pelvis=50)
    held = tuple(replace(rep, bottom_start=rep.turn - 12, bottom_end=rep.turn + 12) for rep in clip.reps)
    signals = {**clip.signals, "lumbar_flexion_deg": clip.signals["lumbar_flexion_deg"].copy()}
    lumbar = signals["lumbar_flexion_deg"]
    for rep in held:
        lumbar[rep.turn - 12 : rep.turn - 4] = 12
        lumbar[rep.turn + 4 : rep.turn + 12] = np.nan
    seen = measured(replace(clip, reps=held, signals=signals), "lumbar_flexion_deg", "turn", rep=1)
    assert seen.value == pytest.approx(20, abs=0.2)
    for rep in held:  # neither the turn nor nearly all of the bottom
        lumbar[rep.turn - 2 : rep.turn + 1] = np.nan
    assert np.isnan(measured(replace(clip, reps=held, signals=signals), "lumbar_flexion_deg", "turn").value)


def test_a_long_hold_is_read_where_only_the_turn_on_its_edge_was_not_seen():
    clip = make_clip(lumbar=20, pelvis=50)
    held = tuple(replace(rep, bottom_start=rep.turn - 1, bottom_end=rep.turn + 35) for rep in clip.reps)
    signals = {**clip.signals, "lumbar_flexion_deg": clip.signals["lumbar_flexion_deg"].copy()}
    for rep in held:
        signals["lumbar_flexion_deg"][rep.turn - 1 : rep.turn + 35] = 20
        signals["lumbar_flexion_deg"][rep.turn - 1 : rep.turn + 2] = np.nan
    seen = measured(replace(clip, reps=held, signals=signals), "lumbar_flexion_deg", "turn")
    assert seen.value == pytest.approx(20, abs=0.2)


def test_hip_flexion_is_as_unsure_as_pelvis_and_thigh_together():
    clip = make_clip(lumbar=20, pelvis=50, thigh=10, sd=3.0)
    near, far = (measured(clip, "hip_pelvis_flexion_deg", "turn", side=side) for side in ("left", "right"))
    pelvis = 3.0 * load_grading().sim_to_real_factor
    row = load_measures()["thigh_elevation_deg"]
    assert near.sd_method == pytest.approx(np.hypot(pelvis, row.sd_method_rel), abs=2)
    assert pelvis < near.sd_method < far.sd_method
    assert "far_side" in far.reasons
    assert "far_side" not in near.reasons


def test_an_unread_spine_is_not_measured_for_its_own_reasons():
    for spine, reasons in [
        (None, ("needs_spine_signal",)),
        (nothing_read("", len(TIME_S), ()), ("needs_spine_signal",)),
        (nothing_read("", len(TIME_S), ("back_hidden",)), ("back_hidden",)),
    ]:
        whole = measured(as_clip(spine, 0.0), "lumbar_flexion_deg", "turn")
        assert np.isnan(whole.value)
        assert (whole.tier, whole.method, whole.reasons) == ("T0", "landmarks", reasons)


def test_what_a_method_cannot_give_says_what_would():
    clip = make_clip(lumbar=20, pelvis=50, method="contour", reasons=("back_hidden",))
    for name, reason in [
        ("lumbar_percent_max_pct", "needs_full_bend"),
        ("lumbar_curvature_deg", "needs_stickers"),
        ("rib_flare_deg", "no_method_yet"),
    ]:
        whole = measured(clip, name, "turn")
        assert (np.isnan(whole.value), whole.tier, whole.reasons) == (True, "T0", (reason,))


def test_a_known_full_bend_gives_per_cent_with_the_spread_of_both_bends():
    clip = make_clip(lumbar=30, pelvis=50, full_bend=50, sd=3.0)
    whole = measured(clip, "lumbar_percent_max_pct", "turn")
    sd = 3.0 * load_grading().sim_to_real_factor
    assert whole.value == pytest.approx(60, abs=0.5)
    assert whole.sd_method == pytest.approx(100 * sd / 50 * np.hypot(1, 0.6), rel=0.01)


def test_a_repetition_whose_turn_is_not_read_has_no_value_at_any_moment():
    clip = make_clip(lumbar=20, pelvis=50, reasons=("arm_over_back",))
    lumbar = clip.signals["lumbar_flexion_deg"].copy()
    turn = clip.reps[1].turn
    lumbar[turn - 3 : turn + 4] = np.nan  # 7 of some 100 frames: enough were seen for a greatest value
    clip = replace(clip, signals={**clip.signals, "lumbar_flexion_deg": lumbar})
    for at in ("turn", "max", "min", "max_while"):
        blind = measured(clip, "lumbar_flexion_deg", at, rep=2)
        assert np.isnan(blind.value)
        assert blind.reasons[0] == "arm_over_back"
        assert np.isfinite(measured(clip, "lumbar_flexion_deg", at, rep=3).value)
        assert np.isfinite(measured(clip, "lumbar_flexion_deg", at).value)


def test_a_frame_astray_is_no_greatest_value():
    clip = make_clip(lumbar=20, pelvis=50)
    lumbar = clip.signals["lumbar_flexion_deg"].copy()
    for rep in clip.reps:
        lumbar[rep.start + 15] = 70
    clip = replace(clip, signals={**clip.signals, "lumbar_flexion_deg": lumbar})
    assert measured(clip, "lumbar_flexion_deg", "max").value == pytest.approx(20, abs=0.5)


# ---------------------------------------------------------------- findings

LATE = lambda depth: np.maximum(depth - 0.7, 0) / 0.3  # noqa: E731
EARLY = lambda depth: np.minimum(depth / 0.3, 1)  # noqa: E731

#: What each finding is about: movement, a clear case, a clear negative, and the measurement of the first.
CASES = {
    "low_back_bend_range": ("squat", {"lumbar": 45, "pelvis": 10}, {"lumbar": 8, "pelvis": 30}, 45),
    "late_pelvic_tuck": (
        "squat",
        {"lumbar": 15, "pelvis": lambda d: 30 * np.minimum(d, 0.7) / 0.7 - 24 * LATE(d)},
        {"lumbar": 10, "pelvis": lambda d: 30 * d - 1 * LATE(d)},
        24,
    ),
    "low_back_arch": ("squat", {"lumbar": -18, "pelvis": 40}, {"lumbar": 10, "pelvis": 30}, -18),
    "back_before_hips": (
        "hinge",
        {"lumbar": lambda d: 30 * EARLY(d), "pelvis": 70},
        {"lumbar": lambda d: 12 * LATE(d), "pelvis": 80},
        30,
    ),
    "low_back_bend_at_bottom": (
        "hinge",
        {"lumbar": 57, "pelvis": 40, "full_bend": 58},
        {"lumbar": 20, "pelvis": 70, "full_bend": 58},
        98,
    ),
    "limited_hip_fold": (
        "hinge",
        {"lumbar": 40, "pelvis": 80},  # passes 10 degrees at a quarter of the way: hips at 20
        {"lumbar": 8, "pelvis": 85},
        20,
    ),
    "upper_back_rounding": (
        "hinge",
        {"lumbar": 10, "pelvis": 60, "upper": 32},
        {"lumbar": 10, "pelvis": 60, "upper": 2},
        32,
    ),
    "back_first_return": (
        "hinge",
        # from the turn on the low back goes first: flat until depth 0.6, all of it above
        {
            "lumbar": lambda d: 40 * np.clip((d - 0.6) / 0.4, 0, 1),
            "pelvis": lambda d: 5 * d + 40 * np.minimum(d, 0.6),
        },
        {"lumbar": lambda d: 10 * d, "pelvis": 70},
        94,
    ),
}  # fmt: skip
GRADED = ("mild", "moderate", "marked")
CAPS = {"stickers": "moderate", "contour": "possible", "keypoints": "not_graded"}


def case(id, clear, method, **more):
    movement, noted, plain, _ = CASES[id]
    return make_clip(movement=movement, method=method, **(noted if clear else plain), **more)


@pytest.mark.parametrize("id", CASES)
def test_a_clear_case_is_noted_by_stickers_and_its_absence_too(id):
    noted, plain = found(case(id, True, "stickers"), id), found(case(id, False, "stickers"), id)
    assert noted.grade in GRADED, noted
    assert noted.value == pytest.approx(CASES[id][3], abs=2.5)
    assert noted.persistence == 1
    assert plain.grade == "none", plain
    assert plain.persistence == 0
    assert (noted.tier, plain.tier) == ("T2", "T2")


@pytest.mark.parametrize("id", CASES)
@pytest.mark.parametrize("method", CAPS)
def test_no_method_goes_beyond_its_cap(id, method):
    finding = found(case(id, True, method, sd=1.0), id)
    assert finding.grade == CAPS[method] or (method == "stickers" and finding.grade == "mild")
    assert ("experimental" in finding.reasons) is (method != "stickers")
    assert np.isfinite(finding.value)
    plain = found(case(id, False, method, sd=1.0), id)
    assert plain.grade == ("not_graded" if method == "keypoints" else "none")


def test_a_marked_reading_of_stickers_stops_at_moderate_and_says_so():
    finding = found(
        case("low_back_bend_range", True, "stickers", sd=1.0, full_bend=46), "low_back_bend_range"
    )
    assert (finding.grade, finding.reasons) == ("moderate", ("capped_without_therapist",))


@pytest.mark.parametrize("id", CASES)
def test_an_unread_spine_is_never_judged(id):
    movement = CASES[id][0]
    finding = found(as_clip(nothing_read("", len(TIME_S), ("methods_disagree",)), 0.0, movement=movement), id)
    assert (finding.grade, finding.reasons[0], finding.tier) == ("not_graded", "methods_disagree", "T0")
    assert np.isnan(finding.value)
    assert found(as_clip(None, 0.0, movement=movement), id).reasons[0] == "needs_spine_signal"


def test_methods_that_disagree_at_every_turn_leave_nothing_to_judge():
    clip = case("upper_back_rounding", True, "stickers", reasons=("methods_disagree",))
    upper = clip.signals["upper_back_rounding_deg"].copy()
    for rep in clip.reps:
        upper[rep.start : rep.end] = np.nan
    disputed = replace(clip, signals={**clip.signals, "upper_back_rounding_deg": upper})
    finding = found(disputed, "upper_back_rounding")
    assert (finding.grade, finding.reasons) == ("not_graded", ("methods_disagree",))
    assert found(disputed, "back_before_hips").grade != "not_graded"


def test_an_interval_far_wider_than_the_limit_is_not_judged():
    finding = found(case("low_back_arch", True, "contour", sd=12.0), "low_back_arch")
    assert (finding.grade, "too_uncertain" in finding.reasons) == ("not_graded", True)


def test_a_camera_off_the_side_shows_a_value_but_no_grade():
    clip = case("back_before_hips", True, "stickers")
    finding = found(replace(clip, view=View("left", "image_left", 20.0, "widened", 70.0)), "back_before_hips")
    assert (finding.grade, finding.reasons) == ("not_graded", ("view_widened",))
    assert finding.value == pytest.approx(30, abs=2)


def test_the_bend_counts_with_the_own_full_bend_only_where_that_is_known():
    squat = {"movement": "squat", "lumbar": 45, "pelvis": 10, "sd": 1.0}
    without, supple, stiff = (
        found(make_clip(**squat, full_bend=bend), "low_back_bend_range") for bend in (None, 90, 48)
    )
    assert (without.grade, "needs_full_bend" in without.reasons) == ("moderate", True)
    assert (supple.grade, supple.persistence) == ("none", 0)  # half of what that back can do
    assert stiff.grade == "moderate"
    assert "needs_full_bend" not in supple.reasons + stiff.reasons


def test_the_low_back_bend_at_the_bottom_needs_the_own_full_bend():
    finding = found(make_clip(lumbar=57, pelvis=40), "low_back_bend_at_bottom")
    assert (finding.grade, finding.reasons) == ("not_graded", ("needs_full_bend",))


@pytest.mark.parametrize("id", ["back_before_hips", "low_back_bend_at_bottom", "limited_hip_fold"])
def test_a_free_hinge_is_not_judged_as_an_instructed_one(id):
    finding = found(case(id, True, "stickers"), id, task=Task())
    assert (finding.grade, finding.reasons) == ("not_graded", ("needs_instructed_task",))


@pytest.mark.parametrize("id", ["upper_back_rounding", "back_first_return"])
def test_what_holds_in_any_hinge_is_judged_in_a_free_one(id):
    assert found(case(id, True, "stickers"), id, task=Task()).grade in GRADED


def test_a_back_that_bends_after_the_hips_is_no_back_before_hips():
    late = make_clip(lumbar=lambda d: 50 * LATE(d), pelvis=100)
    assert measured(late, "lumbar_flexion_deg", "max").value == pytest.approx(50, abs=1)
    assert found(late, "back_before_hips").value == pytest.approx(0, abs=0.5)


def test_hips_count_until_the_back_first_joins_in():
    # the back rounds early, then straightens while the hips go on: the hips no longer count
    bow = make_clip(lumbar=lambda d: 30 * np.exp(-(((d - 0.4) / 0.1) ** 2)), pelvis=90)
    assert measured(bow, "hip_pelvis_flexion_deg", "max", side="left").value == pytest.approx(90, abs=1)
    assert found(bow, "limited_hip_fold").value == pytest.approx(90 * 0.295, abs=3)


def test_the_two_numbers_of_a_still_back_are_one():
    hinge = load_movement("hinge")
    limits = hinge.finding("back_before_hips").limits
    assert hinge.finding("limited_hip_fold").when.at_most == limits["mild"]


@pytest.mark.parametrize(("id", "movement"), [("low_back_arch_at_top", "hinge"), ("low_back_arch", "lunge")])
def test_an_arch_is_minus(id, movement):
    arched = lambda d: -16 * (1 - d) if movement == "hinge" else -16 * d  # noqa: E731
    rounded = lambda d: 16 * (1 - d) if movement == "hinge" else 16 * d  # noqa: E731
    noted, plain = (
        found(make_clip(movement=movement, lumbar=part, pelvis=40, sd=1.5), id) for part in (arched, rounded)
    )
    assert noted.grade in GRADED
    assert noted.value < -12
    assert plain.grade == "none"


def test_a_share_carries_the_spread_of_its_parts():
    sure, unsure = (
        measured(case("back_first_return", True, "stickers", sd=sd), "lumbar_flexion_deg", "share_of_ascent")
        for sd in (1.0, 3.0)
    )
    assert sure.unit == "pct"
    assert sure.value == unsure.value
    assert 0 < sure.sd_method < 0.7 * unsure.sd_method
    assert sure.mdc95 > 20


def test_every_method_has_a_highest_step():
    assert set(caps_of_methods()) == set(load_methods())
