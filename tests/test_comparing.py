"""Comparing two assessments whose true difference is known, because it was built."""

import json
import math
import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from people_rows import DAY, film_report

from movement_lab.comparing import (
    STEPS,
    Seen,
    compare,
    facts_of_digest,
    facts_of_report,
    find_trend,
    lowest_figure,
    measures_of,
    phase_curve,
    read_angles,
)
from movement_lab.comparing.drawings import forest_row, forest_scale, phase_panel
from movement_lab.comparing.table import load_comparing
from movement_lab.exporters import export
from movement_lab.exporters.json import report_to_dict
from movement_lab.wording import keys
from movement_lab.workspace.digest import digest

EXTRA = ("down_s", "up_s", "share_pct")
KNEE_MDC, TRUNK_MDC = 8.0, 6.0


def facts(*args, **kwargs):
    return facts_of_report(json.loads(json.dumps(report_to_dict(film_report(*args, **kwargs)))))


def row_of(comparison, name):
    return next(row for row in (*comparison.rows, *comparison.left_out) if row.name == name)


def test_a_knee_that_bends_twelve_degrees_further_is_a_real_change():
    found = row_of(compare(facts(92), facts(104)), "knee_flexion_deg")
    assert found.reading == "real"
    assert found.change == pytest.approx(12, abs=1)
    assert found.noise == pytest.approx(KNEE_MDC)
    assert found.in_noise == pytest.approx(1.5, abs=0.15)


def test_a_change_smaller_than_the_noise_is_within_it():
    comparison = compare(facts(92), facts(97))
    found = row_of(comparison, "knee_flexion_deg")
    assert (found.reading, round(found.change)) == ("noise", 5)
    assert comparison.real == ()
    assert {"knee_flexion_deg", "trunk_inclination_deg", "down_s"} <= {row.name for row in comparison.same}


def test_a_change_that_reads_like_its_noise_is_not_called_real():
    then, place = facts(92), ("trunk_inclination_deg", "mid", "rel")
    value = then.values[place]
    for more, reading in ((6.3, "noise"), (6.5, "real"), (-6.4, "noise"), (-7, "real")):
        now = replace(then, values={**then.values, place: replace(value, value=value.value + more)})
        assert row_of(compare(then, now), "trunk_inclination_deg").reading == reading


def test_less_is_told_as_plainly_as_more():
    found = row_of(compare(facts(104, 41), facts(104, 31)), "trunk_inclination_deg")
    assert (found.reading, round(found.change), found.noise) == ("real", -10, TRUNK_MDC)


def test_times_change_in_per_cent_of_then():
    found = row_of(compare(facts(down_s=2.0), facts(down_s=1.2)), "down_s")
    assert (found.unit, found.change_unit, found.noise) == ("s", "pct", 15)
    assert found.reading == "real"
    assert -45 < found.change < -25


def test_real_changes_come_first_then_what_is_measured_better():
    rows = compare(facts(92), facts(104)).rows
    assert rows[0].reading == "real"
    tiers = [row.tier for row in rows if row.reading == "noise"]
    assert tiers == sorted(tiers)


@pytest.mark.parametrize(
    ("then", "now", "why"),
    [
        ({}, {"movement": "hinge"}, "other_movement"),
        ({}, {"view": "front"}, "other_view"),
        ({}, {"model": "heavy"}, "other_model"),
    ],
)
def test_what_differs_altogether_cannot_be_compared(then, now, why):
    comparison = compare(facts(**then), facts(**now))
    assert comparison.obstacle == why
    assert comparison.rows == ()
    assert {reason for row in comparison.left_out for reason in row.reasons} == {why}


def test_the_other_side_keeps_what_belongs_to_no_side():
    comparison = compare(facts(view="left"), facts(view="right"))
    assert row_of(comparison, "knee_flexion_deg").reasons == ("other_side",)
    assert row_of(comparison, "trunk_inclination_deg").reading == "noise"


def test_another_method_or_another_zero_cannot_be_compared():
    then = facts(92)
    place = ("trunk_inclination_deg", "mid", "rel")
    outline = replace(then.values[place], method="contour", tier="T3")
    other = replace(then, values={**then.values, place: outline})
    assert row_of(compare(then, other), "trunk_inclination_deg").reasons == ("other_method",)
    no_zero = compare(then, replace(then, standing=False))
    assert row_of(no_zero, "knee_flexion_deg").reasons == ("other_zero",)


def test_an_experimental_method_claims_no_real_change():
    then, place = facts(92), ("trunk_inclination_deg", "mid", "rel")
    rough = replace(then.values[place], tier="T3")
    more = replace(rough, value=rough.value + 30)
    pair = [replace(then, values={**then.values, place: value}) for value in (rough, more)]
    comparison = compare(*pair)
    assert row_of(comparison, "trunk_inclination_deg").reading == "experimental"
    assert comparison.real == ()


def test_a_lunge_with_the_other_leg_in_front_is_another_thing():
    then = facts(movement="lunge", view="left")
    now = replace(then, leads=frozenset({"right"}))
    assert then.leads == {"left"}
    assert row_of(compare(then, now), "knee_flexion_deg").reasons == ("other_leg",)


def test_a_camera_off_its_plane_widens_the_noise():
    then, now = facts(92), facts(92, yaw_deg=20)
    assert now.gate == "widened"
    comparison = compare(then, now)
    assert "widened" in comparison.setup
    expected = KNEE_MDC * math.hypot(1, load_comparing().widened_factor) / math.sqrt(2)
    assert row_of(comparison, "knee_flexion_deg").noise == pytest.approx(expected)


def test_a_digest_tells_the_same_as_the_report():
    reports = [film_report(92), film_report(104)]
    from_digests = compare(*(facts_of_digest(json.loads(json.dumps(digest(each)))) for each in reports))
    of_reports = compare(facts(92), facts(104))
    assert [row.name for row in from_digests.rows] == [row.name for row in of_reports.rows]
    for one, other in zip(from_digests.rows, of_reports.rows, strict=True):
        assert one.reading == other.reading
        assert one.change == pytest.approx(other.change, abs=0.01)


# --- curves and figure ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder, report = tmp_path_factory.mktemp("stored"), film_report(104, down_s=2.0)
    for name in ("angles.csv", "track.npz"):
        export(report, folder / name)
    return folder, report_to_dict(report)


def test_curves_by_phase_begin_low_and_are_deepest_in_the_middle(stored):
    folder, report = stored
    name = "knee_flexion_right_deg"
    angles = read_angles(folder / "angles.csv", [name, "not_there_deg"])
    curve = phase_curve(angles, name, report["reps"], zero=report["standing"]["zero"][name])
    assert len(curve) == 2 * STEPS - 1
    assert max(curve[0], curve[-1]) < 102 / 3  # a repetition begins once the hips have come down a little
    assert curve[STEPS - 1] == pytest.approx(102, abs=2)
    assert np.nanargmax(curve) == pytest.approx(STEPS - 1, abs=6)
    assert np.isnan(phase_curve(angles, "not_there_deg", report["reps"])).all()


def test_each_way_is_stretched_by_itself(stored):
    folder, report = stored
    name = "knee_flexion_right_deg"
    curve = phase_curve(read_angles(folder / "angles.csv", [name]), name, report["reps"])
    half = curve[STEPS - 1] / 2
    down, up = np.argmax(curve > half), len(curve) - np.argmax(curve[::-1] > half)
    assert abs(down / STEPS - (len(curve) - up) / STEPS) < 0.15


def test_a_gap_stays_a_gap(stored):
    folder, report = stored
    name = "knee_flexion_right_deg"
    angles = read_angles(folder / "angles.csv", [name])
    rep = report["reps"][0]
    middle_s = (rep["start_s"] + rep["turn_s"]) / 2
    hidden = np.where(abs(angles.time_s - middle_s) < 0.2, np.nan, angles.signals[name])
    curve = phase_curve(replace(angles, signals={name: hidden}), name, [rep])
    assert np.isnan(curve[STEPS // 2])
    assert np.isfinite(curve[STEPS - 1])


def test_the_figure_has_the_knee_it_was_given(stored):
    folder, report = stored
    figure = lowest_figure(folder / "track.npz", report)
    ankle, knee, hip = figure.legs[0][2:5]
    bend = angle(hip - knee, ankle - knee)
    assert 180 - bend == pytest.approx(104, abs=2)
    assert (ankle == 0).all()
    assert knee[0] > 0  # faces right
    assert figure.back is None


def test_the_figure_of_the_other_side_faces_the_same_way(tmp_path):
    report = film_report(104, view="left")
    export(report, tmp_path / "track.npz")
    figure = lowest_figure(tmp_path / "track.npz", report_to_dict(report))
    assert figure.legs[0][3][0] > 0


def test_the_back_leaves_as_the_pelvis_and_arrives_as_the_rib_cage(stored):
    folder, report = stored
    turned = {"pelvic_tilt_deg": 20.0, "thorax_inclination_deg": 60.0}
    more = [
        {"name": name, "rep": None, "at": "turn", "zero": "rel", "value": value}
        for name, value in turned.items()
    ]
    kept = [row for row in report["measurements"] if row["name"] not in turned]
    figure = lowest_figure(folder / "track.npz", {**report, "measurements": [*more, *kept]})
    first, last = np.diff(figure.back, axis=0)[[0, -1]]
    lean = [math.degrees(math.atan2(*step)) for step in (first, last)]
    assert lean[1] - lean[0] == pytest.approx(40, abs=4)


def angle(a, b):
    return math.degrees(math.acos(np.dot(a, b) / np.hypot(*a) / np.hypot(*b)))


# --- trends ---------------------------------------------------------------------------------------


def history(*specs):
    return [
        Seen(str(n), DAY + timedelta(days=7 * n), facts(*spec[0], **spec[1])) for n, spec in enumerate(specs)
    ]


def test_a_trend_runs_from_the_first_visit_in_its_noise():
    seen = history(((92,), {}), ((95,), {}), ((104,), {}))
    trend = find_trend(seen, "knee_flexion_deg")
    assert [point.real for point in trend.points] == [False, False, True]
    assert trend.noise == KNEE_MDC
    assert trend.left_out == 0


def test_what_cannot_be_compared_stays_out_of_a_trend():
    seen = history(((92,), {"view": "left"}), ((92,), {"movement": "hinge"}), ((95,), {}), ((104,), {}))
    trend = find_trend(seen, "knee_flexion_deg")
    assert [point.id for point in trend.points] == ["2", "3"]
    assert trend.left_out == 1  # the hinge is another movement, the left side the same one


def test_of_one_day_the_newest_counts():
    early, late = facts(92), facts(95)
    seen = [Seen("a", DAY, early), Seen("b", DAY + timedelta(hours=1), late)]
    assert [point.id for point in find_trend(seen, "knee_flexion_deg").points] == ["b"]


def test_usual_measures_are_those_the_view_shows():
    assert measures_of(facts(92)) == ["knee_flexion_deg", "trunk_inclination_deg", "hip_trunk_flexion_deg"]
    assert measures_of(facts(92), ["shank_inclination_deg", "kasr_ratio"]) == ["shank_inclination_deg"]
    assert find_trend(history(((92,), {})), "kasr_ratio") is None


# --- drawings -------------------------------------------------------------------------------------


def test_a_change_as_large_as_its_noise_lies_on_the_edge_of_the_band():
    scale = forest_scale([0.4, -1.0])
    drawn = forest_row(1.0, scale)
    band = re.search(r'class="mdc" x="([\d.]+)%" width="([\d.]+)%"', drawn)
    dot = re.search(r'class="dot-now" cx="([\d.]+)%"', drawn)
    assert float(band[1]) + float(band[2]) == pytest.approx(float(dot[1]), abs=0.02)
    assert 'class="dot-prev" cx="50%"' in drawn
    for far in (9.0, -40.0):
        place = re.search(r'class="dot-now" cx="([\d.]+)%"', forest_row(far, forest_scale([far])))
        assert 1 < float(place[1]) < 99


def test_a_gap_in_a_curve_is_a_gap_in_its_line_and_band():
    curve = np.where(abs(np.arange(2 * STEPS - 1) - 30) < 5, np.nan, 40.0)
    options = {
        "noise": 8.0,
        "at_least": 30.0,
        "region": "knee",
        "label": 'a <b> "c"',
        "words": ("d", "l", "u"),
    }
    drawn = phase_panel(curve, curve, tick=lambda value: f"{value:.0f}°", **options)
    assert [path.count("M") for path in re.findall(r' d="([^"]+)"', drawn)] == [2, 2, 2]
    assert 'aria-label="a &lt;b&gt; &quot;c&quot;"' in drawn
    assert "style=" not in drawn


# --- words ----------------------------------------------------------------------------------------


def test_every_reason_and_every_change_has_words():
    reasons = (
        "no_movement other_movement no_repetitions no_plane other_view other_task other_model other_side "
        "other_leg other_method other_zero noise_unknown"
    )
    known = set(keys())
    assert [each for each in reasons.split() if f"compare.reason.{each}" not in known] == []
    compared = {name for row in load_comparing().plane for name in row.compared} | {
        "down_s",
        "up_s",
        "share_pct",
    }
    assert [
        name for name in compared for way in ("more", "less") if f"compare.{way}.{name}" not in known
    ] == []
