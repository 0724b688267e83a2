"""What cleaning may and may not do to a track whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from movement_lab.cleaning import (
    CleaningSettings,
    clean_track,
    fill_gaps,
    fit_hips,
    implausible,
    low_pass,
    repair_swaps,
    resample,
    runs,
)
from movement_lab.skeleton import LEG, MIRRORED
from movement_lab.synthetic import Camera, film, repetitions
from movement_lab.view import find_view

SETTINGS = CleaningSettings()
SIDE = Camera(view="left", size=(960, 640))


@pytest.fixture(scope="module")
def squat():
    return film(repetitions("squat", reps=2), SIDE)


@pytest.fixture(scope="module")
def lunge():
    return film(repetitions("lunge", reps=2, lunge_style="split"), SIDE)


def test_runs_are_half_open():
    assert runs(np.array([False, True, True, False, True])) == [(1, 3), (4, 5)]
    assert runs(np.zeros(3, bool)) == []


def test_swapped_legs_are_put_back(lunge):
    start, stop = 150, 175
    swapped = replace(lunge, xy=lunge.xy.copy(), xyz=lunge.xyz.copy())
    for values in (swapped.xy, swapped.xyz):
        values[start:stop] = values[start:stop][:, MIRRORED]
    repaired, count = repair_swaps(swapped, view=find_view(swapped), settings=SETTINGS)
    np.testing.assert_allclose(repaired.xy, lunge.xy)
    assert count == stop - start


def test_a_clip_with_left_and_right_exchanged_throughout_is_turned_round(lunge):
    swapped = replace(lunge, xy=lunge.xy[:, MIRRORED], xyz=lunge.xyz[:, MIRRORED])
    repaired, count = repair_swaps(swapped, view=find_view(swapped), settings=SETTINGS)
    np.testing.assert_allclose(repaired.xy, lunge.xy)
    assert count == len(lunge)


def test_what_was_right_is_left_alone(lunge):
    repaired, count = repair_swaps(lunge, view=find_view(lunge), settings=SETTINGS)
    assert count == 0
    np.testing.assert_array_equal(repaired.xy, lunge.xy)


def test_one_leg_pair_alone_is_put_back_too(lunge):
    legs = [lunge.names.index(f"{side}_{point}") for side in ("left", "right") for point in LEG[1:]]
    swapped = replace(lunge, xy=lunge.xy.copy(), xyz=lunge.xyz.copy())
    for values in (swapped.xy, swapped.xyz):
        values[np.ix_(range(150, 175), legs)] = values[np.ix_(range(150, 175), legs[4:] + legs[:4])]
    repaired, count = repair_swaps(swapped, view=find_view(swapped), settings=SETTINGS)
    np.testing.assert_allclose(repaired.xy, lunge.xy)
    assert count == 25


def test_a_front_view_that_flips_is_turned_back():
    front = film(repetitions("squat", reps=2), Camera(view="front"))
    flipped = replace(front, xy=front.xy.copy(), xyz=front.xyz.copy())
    for values in (flipped.xy, flipped.xyz):
        values[20:50] = values[20:50][:, MIRRORED]
    view = find_view(flipped)
    assert (view.name, view.gate) == ("front", "full")
    repaired, count = repair_swaps(flipped, view=view, settings=SETTINGS)
    np.testing.assert_allclose(repaired.xy, front.xy)
    assert count == 30


def test_hands_that_cross_are_no_swap(squat):
    xy, xyz = squat.xy.copy(), squat.xyz.copy()
    for point in ("wrist", "index", "pinky", "thumb"):
        a, b = (squat.names.index(f"{side}_{point}") for side in ("left", "right"))
        for values in (xy, xyz):
            values[:, [a, b]] = values[:, [b, a]]
    crossed = replace(squat, xy=xy, xyz=xyz)
    assert repair_swaps(crossed, view=find_view(crossed), settings=SETTINGS)[1] == 0


@pytest.mark.parametrize("yaw_deg", [-16, 16])
@pytest.mark.parametrize("lunge_style", ["split", "step"])
def test_a_long_step_seen_obliquely_is_no_swap(yaw_deg, lunge_style):
    track = film(repetitions("lunge", reps=2, lunge_style=lunge_style), replace(SIDE, yaw_deg=yaw_deg))
    assert repair_swaps(track, view=find_view(track), settings=SETTINGS)[1] == 0


def test_points_outside_the_picture_are_refused(squat):
    xy = squat.xy.copy()
    xy[5, squat.names.index("left_heel")] = (500, 700)  # below the lower edge at 640
    refused = implausible(replace(squat, xy=xy), settings=SETTINGS)
    assert refused[5, squat.names.index("left_heel")]
    assert refused.sum() == refused[5].sum() <= 2  # the toe at the end of a foot so long is doubted too


def test_a_stretched_bone_is_refused(squat):
    xy = squat.xy.copy()
    ankle = squat.names.index("left_ankle")
    xy[40:43, ankle] += (120, 0)
    refused = implausible(replace(squat, xy=xy), settings=SETTINGS)
    assert refused[40:43, ankle].all()
    assert not refused[:40].any()


@pytest.mark.parametrize(("gap_s", "filled"), [(0.15, True), (0.4, False)])
def test_short_gaps_are_filled_and_long_ones_stay(squat, gap_s, filled):
    frames = round(gap_s * squat.rate_hz)
    xy = squat.xy.copy()
    xy[60 : 60 + frames] = np.nan
    whole = low_pass(fill_gaps(replace(squat, xy=xy), settings=SETTINGS), settings=SETTINGS)
    assert np.isfinite(whole.xy[60 : 60 + frames]).all() == filled
    assert np.isfinite(whole.xy[:60]).all()


def test_filtering_keeps_a_straight_line_straight_and_in_time(squat):
    line = np.linspace(0, 1, len(squat))[:, None, None] * np.ones_like(squat.xy) * 200
    smooth = low_pass(replace(squat, xy=line), settings=SETTINGS)
    np.testing.assert_allclose(smooth.xy, line, atol=0.05)


def test_filtering_removes_noise_without_lag(squat):
    rng = np.random.default_rng(1)
    noisy = replace(squat, xy=squat.xy + rng.normal(0, 3, squat.xy.shape))
    hip = squat.names.index("left_hip")
    smooth = low_pass(noisy, settings=SETTINGS).xy[:, hip, 1]
    true = squat.xy[:, hip, 1]
    assert np.std(smooth - true) < 0.7 * 3
    lags = [
        np.mean((smooth[5 + k : -5 + k or None][: len(true) - 10] - true[5:-5]) ** 2) for k in range(-4, 5)
    ]
    assert int(np.argmin(lags)) - 4 == 0


def test_uneven_times_are_evened_out_without_bending_the_curve(squat):
    rng = np.random.default_rng(2)
    keep = np.sort(rng.choice(len(squat), size=int(0.8 * len(squat)), replace=False))
    thinned = replace(
        squat, time_s=squat.time_s[keep], xy=squat.xy[keep], xyz=squat.xyz[keep], score=squat.score[keep]
    )
    even = resample(thinned, settings=SETTINGS)
    steps = np.diff(even.time_s)
    assert np.ptp(steps) < 1e-9
    hip = squat.names.index("left_hip")
    seen = np.isfinite(even.xy[:, hip, 1])
    true = np.interp(even.time_s[seen], squat.time_s, squat.xy[:, hip, 1])
    assert (
        np.abs(even.xy[seen, hip, 1] - true).max() < 1.5
    )  # pixels of 110 travelled, over gaps of up to 0.15 s


def test_true_bones_leave_the_hip_where_it_was_seen(squat):
    fitted = fit_hips(squat, settings=SETTINGS)
    np.testing.assert_allclose(fitted.xy, squat.xy, atol=1e-6)


def test_a_hip_seen_too_high_in_the_bend_is_turned_back(squat):
    hip, knee, ankle = (squat.names.index(f"left_{joint}") for joint in ("hip", "knee", "ankle"))
    leg = np.linalg.norm(squat.xy[:, hip] - squat.xy[:, ankle], axis=1)
    bent = leg < 0.75 * leg.max()
    assert 20 < bent.sum() < len(squat) / 2
    seen = squat.xy.copy()
    seen[bent, hip, 1] -= 3  # the way the pose model errs in deep bends:
    seen[bent, knee, 1] += 12  # hip too high, knee too low, shank too short
    fitted = fit_hips(replace(squat, xy=seen), settings=SETTINGS).xy

    def thigh_deg(xy):
        return np.degrees(
            np.arctan2(xy[bent, knee, 1] - xy[bent, hip, 1], np.abs(xy[bent, knee, 0] - xy[bent, hip, 0]))
        )

    before, after = (np.abs(thigh_deg(xy) - thigh_deg(squat.xy)) for xy in (seen, fitted))
    assert np.median(after) < 0.8 * np.median(before)


def test_raw_data_is_untouched(squat):
    before = squat.xy.copy()
    clean_track(squat, view=find_view(squat))
    np.testing.assert_array_equal(squat.xy, before)


def test_a_slow_film_is_not_filtered_into_nonsense():
    slow = film(repetitions("squat", reps=2, rate_hz=6), SIDE)
    clean = clean_track(slow, view=find_view(slow)).track
    assert np.isfinite(clean.xy).all()
