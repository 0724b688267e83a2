"""Features are of the person, not of the camera: size, side and a tipped picture change nothing."""

import numpy as np
import pytest
from backs import clip

from movement_lab.skeleton import MIRRORED
from movement_lab.spine.contour import STATIONS, Outlines
from movement_lab.spine.features import FEATURE_NAMES, features, running_median

WIDTH = 640.0


def of(name):
    return np.array([feature.startswith(name) for feature in FEATURE_NAMES])


def test_one_column_a_name():
    x = features(*clip(), facing=1, near="right")
    assert x.shape == (6, len(FEATURE_NAMES))
    assert len(set(FEATURE_NAMES)) == len(FEATURE_NAMES)
    assert np.isfinite(x).all()


def test_size_and_place_in_the_picture_do_not_matter():
    xy, xyz, outlines, zero = clip()
    larger = features(2.3 * xy + (40, -12), xyz, outlines, zero, facing=1, near="right")
    np.testing.assert_allclose(larger, features(xy, xyz, outlines, zero, facing=1, near="right"), atol=1e-9)


def test_a_mirrored_picture_gives_the_same_features():
    xy, xyz, outlines, zero = clip()
    mirrored = (np.array([WIDTH, 0.0]) + xy * (-1, 1))[:, MIRRORED]
    world = (xyz * (-1, 1, 1))[:, MIRRORED]
    swapped = Outlines(outlines.sides[:, ::-1], outlines.broken[:, ::-1], outlines.trunk_px)
    other = features(mirrored, world, swapped, zero, facing=-1, near="left")
    np.testing.assert_allclose(other, features(xy, xyz, outlines, zero, facing=1, near="right"), atol=1e-9)


@pytest.mark.parametrize("roll_deg", [-7, 4])
def test_a_tipped_camera_changes_nothing(roll_deg):
    xy, xyz, outlines, zero = clip()
    cos, sin = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    tipped = xy @ np.array([[cos, sin], [-sin, cos]])
    x = features(tipped, xyz, outlines, zero, facing=1, near="right")
    np.testing.assert_allclose(x, features(xy, xyz, outlines, zero, facing=1, near="right"), atol=1e-6)


def test_a_step_ahead_is_told_and_changes_nothing_else():
    xy, xyz, outlines, zero = clip()
    trunk_px = np.linalg.norm((xy[:, 11] + xy[:, 12] - xy[:, 23] - xy[:, 24]) / 2, axis=1)
    stepped = xy.copy()
    stepped[~zero] += (0.8 * np.median(trunk_px[zero]), 0)
    before, after = (features(each, xyz, outlines, zero, facing=1, near="right") for each in (xy, stepped))
    moved = of("landmarks.moved")
    np.testing.assert_allclose((after - before)[~zero][:, moved], 0.8, atol=0.02)  # nearly upright trunks
    np.testing.assert_allclose(after[:, ~moved], before[:, ~moved], atol=1e-9)


def test_arms_in_standing_are_told_in_every_picture():
    xy, xyz, outlines, zero = clip()
    crossed = xy.copy()
    crossed[np.ix_(zero, [13, 14, 15, 16])] += (25, 0)
    before, after = (features(each, xyz, outlines, zero, facing=1, near="right") for each in (xy, crossed))
    told = of("landmarks.behind_standing") | of("landmarks.along_standing")
    assert (np.abs((after - before)[:, of("landmarks.behind_standing")]) > 0.02).all()
    np.testing.assert_allclose(after[~zero][:, ~told], before[~zero][:, ~told], atol=1e-9)


def test_changes_are_zero_in_standing_and_follow_the_bend():
    xy, xyz, outlines, _ = clip(frames=1)
    xy, xyz = np.repeat(xy, 4, axis=0), np.repeat(xyz, 4, axis=0)
    xy[:, [11, 12]] = (300, 220)
    xy[:, [23, 24]] = (300, 350)
    xy[3, [11, 12]] = (430, 350)  # trunk level, to the right
    sides = np.repeat(outlines.sides, 4, axis=0)
    sides[3, 0, 10] += 0.07
    outlines = Outlines(sides, np.zeros(sides.shape, bool), np.full(4, 130.0))
    x = features(xy, xyz, outlines, np.array([True, True, True, False]), facing=1, near="right")
    changes = of("contour.back_change") | of("contour.slope_change") | of("landmarks.change")
    np.testing.assert_allclose(x[:3, changes], 0, atol=1e-9)
    assert x[3, FEATURE_NAMES.index("landmarks.change.trunk")] == pytest.approx(90)
    assert x[3, FEATURE_NAMES.index("contour.back_change.10")] == pytest.approx(0.07)
    assert x[3, FEATURE_NAMES.index("contour.back_change.11")] == pytest.approx(0)
    run = STATIONS[1] - STATIONS[0]
    rise = np.tan(np.radians(x[3, FEATURE_NAMES.index("contour.slope_change.9")] + slope(sides, 9)))
    assert rise * run == pytest.approx(sides[3, 0, 10] - sides[3, 0, 9])


def slope(sides, i):
    return np.degrees(np.arctan((sides[0, 0, i + 1] - sides[0, 0, i]) / (STATIONS[1] - STATIONS[0])))


def test_a_fold_past_the_floor_reads_more_than_half_a_turn():
    xy, xyz, outlines, zero = clip()
    xy[zero] = xy[0]
    xy[:2, 11:13], xy[:2, 23:25] = (300, 220), (300, 350)
    lean = np.radians(195)
    xy[5, 23:25] = (300, 350)
    xy[5, 11:13] = (300 + 130 * np.sin(lean), 350 - 130 * np.cos(lean))
    x = features(xy, xyz, outlines, zero, facing=1, near="right")
    assert x[5, FEATURE_NAMES.index("landmarks.change.trunk")] == pytest.approx(195)


def test_yaw_says_whether_chest_or_back_is_turned_to_the_camera():
    xy, xyz, outlines, zero = clip()
    turned = xyz.copy()
    for left, right in ((11, 12), (23, 24)):
        turned[:, left] = (0.15 * np.sin(np.radians(20)), 0, -0.15 * np.cos(np.radians(20)))
        turned[:, right] = -turned[:, left]
    column = FEATURE_NAMES.index("landmarks.yaw.away")
    # Facing image right with the right side near: the left side shifted to image right shows the chest.
    assert features(xy, turned, outlines, zero, facing=1, near="right")[0, column] == pytest.approx(-20)
    assert features(xy, xyz, outlines, zero, facing=1, near="right")[0, column] == pytest.approx(0)


def test_stations_that_were_not_seen_are_filled_from_their_neighbours():
    xy, xyz, outlines, zero = clip()
    sides = outlines.sides.copy()
    middle = (sides[4, 0, 1] + sides[4, 0, 3]) / 2
    sides[4, 0, 2] = np.nan
    x = features(xy, xyz, Outlines(sides, outlines.broken, outlines.trunk_px), zero, facing=1, near="right")
    assert x[4, FEATURE_NAMES.index("contour.back.2")] == pytest.approx(middle)


@pytest.mark.parametrize(("last", "touched"), [(6, 3), (14, 5)])
def test_a_thigh_that_ends_one_station_later_changes_no_number_by_more_than_a_fifth_of_the_step(
    last, touched
):
    xy, xyz, outlines, zero = clip()
    ends = []
    for stations in (
        last,
        last + 1,
    ):  # from here on belly, 0.05 trunk lengths in front; below, the thigh, 0.45
        sides = outlines.sides.copy()
        sides[~zero, 1] = np.where(np.arange(len(STATIONS)) < stations, 0.45, 0.05)
        folded = Outlines(sides, outlines.broken, outlines.trunk_px)
        ends.append(features(xy, xyz, folded, zero, facing=1, near="right"))
    change = np.abs(ends[1] - ends[0])[~zero]
    front = of("contour.front_mean.")
    assert change[:, front].max() == pytest.approx(0.4 / 5)
    assert ((change[:, front] > 1e-9).sum(axis=1) == touched).all()
    assert change[:, ~front & ~of("contour.front_mean_change")].max() == 0


def test_running_median_drops_a_lone_frame_and_bridges_a_gap():
    time_s = np.arange(9) / 25
    values = np.arange(9.0)[:, None].copy()
    values[4] = 90
    values[7] = np.nan
    steady = running_median(values, time_s, 0.1)[:, 0]
    assert steady[4] == 5
    assert steady[7] == 7
    np.testing.assert_allclose(running_median(values[:3], time_s[:3], 0.0)[:, 0], [0, 1, 2])
