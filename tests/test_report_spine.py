"""The page on hips, low back and rib cage: what was read and how surely, for therapists only."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from html_page import Page, page_of
from make_report import make_finding, make_report

from movement_lab.coordination import Style
from movement_lab.coordination.readings import Stretch, reading, unknown
from movement_lab.exporters import spine_curves
from movement_lab.exporters.hip_back import share_bar
from movement_lab.exporters.html import render_report
from movement_lab.exporters.plane_plot import Cross, Loop, plane_plot
from movement_lab.exporters.spine_figure import Posture, spine_figure
from movement_lab.knowledge import load_grading
from movement_lab.records import View
from movement_lab.summary import summary_lines
from movement_lab.wording import say

LUMBAR = "lumbar_flexion_deg"
NAMES = ("lumbar_flexion_deg", "pelvic_tilt_deg", "thorax_inclination_deg", "hip_pelvis_flexion_right_deg")
STRETCH = Stretch("spine", "contour", "down", "first")


@pytest.fixture(scope="module")
def report():
    return make_report(spine="contour")


def with_gap(report, frames):
    """Hide the spine in these frames."""
    valid = np.ones(len(report.track), bool)
    valid[frames] = False
    hidden = {name: np.where(valid, report.signals[name], np.nan) for name in NAMES}
    spine = replace(report.spine, valid=valid, reasons=("arm_over_back",))
    return replace(report, signals={**report.signals, **hidden}, spine=spine)


def panels_of(page):
    """Return the data of the panels that the page's script draws."""
    return json.loads(next(text for name, text in page.texts if name == "script" and text[:1] == "{"))[
        "panels"
    ]


def points(path):
    return np.array([[float(n) for n in point.split()] for point in re.findall(r"-?[\d.]+ -?[\d.]+", path)])


def percent(text):
    return float(text.removesuffix("%"))


# ---------------------------------------------------------------- curves


def test_the_low_back_has_the_interval_of_each_moment(report):
    wide = np.linspace(2, 8, len(report.track))
    spine = replace(report.spine, sd={**report.spine.sd, LUMBAR: wide})
    panel = panels_of(page_of(replace(report, spine=spine)))[5]  # four curves, rib cage, low back
    turn = report.reps[1].turn
    assert panel["values"][turn] == pytest.approx(report.signals[LUMBAR][turn], abs=0.01)
    real = 1.96 * load_grading().sim_to_real_factor * wide
    assert np.allclose(panel["half"], real, atol=0.02)


def test_the_number_under_the_playhead_is_that_of_the_moment(report):
    page = page_of(report)
    at = report.signals[LUMBAR][report.reps[2].turn]
    half = 1.96 * 4 * load_grading().sim_to_real_factor
    assert f"{at:.0f}°" in page.inside("output")
    assert f"{at - half:.0f}–{at + half:.0f}" in page.visible


def test_what_was_not_seen_is_a_gap_with_its_reason(report):
    frames = slice(report.reps[1].start + 10, report.reps[1].start + 40)
    page = page_of(with_gap(report, frames))
    gone = [value is None for value in panels_of(page)[5]["values"]]
    assert gone == [frames.start <= frame < frames.stop for frame in range(len(report.track))]
    assert say("reason.arm_over_back") in page.visible
    assert say("report.text.spine_seen", seen=len(gone) - 30, count=len(gone)) in page.visible
    assert say("plot.spine.gap") in page.visible
    assert say("plot.spine.gap") not in page_of(report).visible


def test_the_typical_band_is_drawn_and_says_nothing(report, monkeypatch):
    def without_band(source):
        return re.sub(r'<path class="typical" d="[^"]*"/>', "", source)

    usual = render_report(report)
    assert usual.count('<path class="typical"') == 1
    assert say("plot.typical_band") in usual
    monkeypatch.setattr(spine_curves, "typical_lumbar_band", lambda trunk, knee: (trunk * 0, trunk * 0 + 3))
    other = render_report(report)
    assert without_band(other) == without_band(usual)
    assert other != usual


@pytest.mark.parametrize(("method", "tier", "rough"), [("contour", "T3", True), ("stickers", "T2", False)])
def test_an_experimental_line_is_dotted_and_named(method, tier, rough):
    page = page_of(make_report(spine=method))
    lines = [row["class"] for row in page.all("path") if row.get("class", "").startswith("curve c-back")]
    assert lines
    assert all(line.endswith("rough") == rough for line in lines)
    assert say(f"spine_method_long.{method}") in page.visible
    assert (say("tier.T3") in page.visible) == rough
    assert say(f"tier.{tier}") in page.visible


def test_the_licence_of_a_foreign_model_is_named():
    assert say("spine_method_long.keypoints_licence") in page_of(make_report(spine="keypoints")).visible
    assert "CC BY-NC" not in page_of(make_report(spine="contour")).visible


# ---------------------------------------------------------------- not read, not for everybody


def test_an_unread_spine_is_one_line_with_its_reasons_and_no_empty_plot():
    report = make_report()
    spine = replace(report.spine, reasons=("back_too_small", "arm_over_back"))
    page = page_of(replace(report, spine=spine))
    for line in ("spine_method_long.none", "reason.back_too_small", "reason.arm_over_back"):
        assert page.visible.count(say(line)) == 1
    classes = {row.get("class") for row in page.all("svg")}
    assert not classes & {"plane", "bar", "spine-figure"}
    assert say("plot.typical_band") not in page.visible
    assert say("coordination.fold.share_pct.name") in page.visible


def test_a_method_that_saw_nothing_is_not_read(report):
    blind = with_gap(report, slice(None))
    page = page_of(blind)
    assert say("spine_method_long.none") in page.visible
    assert say("reason.arm_over_back") in page.visible
    assert len(panels_of(page)) == len(panels_of(page_of(make_report())))


@pytest.mark.parametrize("method", ["contour", "keypoints", "stickers"])
def test_patients_see_nothing_of_it(method):
    read, unread = (
        render_report(make_report(spine=spine), profile="wellness", key_frames={}) for spine in (method, "")
    )
    assert read == unread


def test_experimental_findings_are_named_so_and_kept_from_patients():
    rows = tuple(
        make_finding(id, grade, 12, 3, tier="T3", graded_kind=kind, limits={"mild": 10.0})
        for id, grade, kind in (
            ("low_back_bend_range", "possible", "graded"),
            ("late_pelvic_tuck", "none", "graded"),
            ("depth", "none", "descriptive"),
        )
    )
    report = make_report(findings=rows)
    therapist, patient = page_of(report), page_of(report, profile="wellness")
    assert f"{say('finding.late_pelvic_tuck.title')} 12° ({say('tier.T3').lower()})" in therapist.visible
    assert therapist.visible.count(say("tier.T3")) >= 3
    for id in ("low_back_bend_range", "late_pelvic_tuck", "depth"):
        for kind in ("noticed", "title"):
            assert say(f"finding.{id}.{kind}", profile="wellness") not in patient.visible
    told = "\n".join(summary_lines(report, profile="wellness"))
    assert say("finding.low_back_bend_range.noticed", profile="wellness") not in told
    assert say("finding.late_pelvic_tuck.title", profile="wellness") not in told


def test_the_command_line_tells_it_to_therapists_only(report):
    told = list(summary_lines(report))
    heading = say("cli.spine", method=say("spine_method.contour"))
    assert told[told.index(heading) + 2].strip().startswith(f"{say('measure.lumbar_flexion_deg')}: 24°")
    assert heading not in summary_lines(report, profile="wellness")
    unread = say("cli.spine_not_read", reason=say("reason.needs_spine_signal"))
    assert unread in summary_lines(make_report())


# ---------------------------------------------------------------- hips against low back


def plane(loops, median=None, cross=None):
    svg = plane_plot(loops, median or loops[0], cross, label="x", tick=lambda number: f"{number:g}°")
    return Page(svg)


RISING = np.column_stack([np.linspace(0, 80, 5), np.linspace(0, 20, 5)])


def test_ways_and_repetitions_differ_without_colour():
    page = plane([Loop(RISING, RISING[::-1])] * 3)
    drawn = [row["class"] for row in page.all("path")]
    assert drawn == ["loop", "loop up"] * 3 + ["loop med", "loop med up"]
    style = page_of(make_report(spine="contour")).inside("style")
    assert re.search(r"\.loop\.up \{[^}]*stroke-dasharray", style)


def test_both_angles_lie_where_the_axes_say():
    page = plane([Loop(RISING, RISING[::-1])], cross=Cross(80, 20, (70, 90), (14, 26)))
    across = {
        text["x"]: label for (tag, text), label in zip(texts_of(page), labels_of(page), strict=True) if tag
    }
    zero, top = (next(x for x, label in across.items() if label == f"{deg}°") for deg in (0, 90))
    last = points(page.all("path")[0]["d"])[-1]
    assert (percent(top) - percent(zero)) * 80 / 90 == pytest.approx(last[0] / 10, abs=0.1)
    dot = page.all("circle")[0]
    assert (percent(dot["cx"]), percent(dot["cy"])) == pytest.approx((last[0] / 10, last[1] / 10), abs=0.1)
    wide, high = (row for row in page.all("line") if row["class"] == "wh95")
    per_degree = (percent(top) - percent(zero)) / 90
    assert percent(wide["x2"]) - percent(wide["x1"]) == pytest.approx(20 * per_degree, abs=0.1)
    assert percent(high["y1"]) > percent(dot["cy"]) > percent(high["y2"])


def texts_of(page):
    return [(row["y"] == "100%", row) for row in page.all("text")]


def labels_of(page):
    return [text for name, text in page.texts if name == "text" and text.strip()]


def test_a_gap_in_the_plane_stays_one():
    hidden = RISING.copy()
    hidden[2] = np.nan
    page = plane([Loop(hidden, RISING[::-1])])
    assert page.all("path")[0]["d"].count("M") == 2
    assert page.all("path")[1]["d"].count("M") == 1


def test_the_median_is_drawn_where_half_of_the_repetitions_were_seen(report):
    """Hidden in one of four: still there. Hidden in three: gone for that stretch."""
    for hidden, breaks in ((1, 1), (3, 2)):
        gap = np.concatenate([np.arange(rep.start + 20, rep.start + 30) for rep in report.reps[:hidden]])
        page = page_of(with_gap(report, gap))
        (median,) = (
            row["d"] for row in page.all("path") if row.get("class") == "loop med" and "M1 5" not in row["d"]
        )
        assert median.count("M") == breaks


# ---------------------------------------------------------------- shares


def bar_of(row):
    return Page(share_bar(row, height=20, label="x"))


def test_a_share_is_the_border_of_its_bar_between_its_intervals():
    page = bar_of(reading("share_of_third_pct", STRETCH, 30, 5))
    back, hips = page.all("rect")
    assert percent(back["width"]) == 30
    assert (percent(hips["x"]), percent(hips["width"])) == (30, 70)
    lines = {row["class"]: (percent(row["x1"]), percent(row["x2"])) for row in page.all("line")}
    assert lines["wh80"] == pytest.approx((30 - 1.2816 * 5, 30 + 1.2816 * 5), abs=0.01)
    assert lines["wh95"] == pytest.approx((30 - 1.96 * 5, 30 + 1.96 * 5), abs=0.01)


@pytest.mark.parametrize(("share", "border"), [(-20, 0), (130, 100)])
def test_a_share_beyond_its_bar_stays_inside_it(share, border):
    page = bar_of(reading("share_of_third_pct", STRETCH, share, 5))
    assert percent(page.all("circle")[0]["cx"]) == border
    assert all(0 <= percent(row[end]) <= 100 for row in page.all("line") for end in ("x1", "x2"))


def test_a_third_with_too_little_movement_is_hatched():
    page = bar_of(unknown("share_of_third_pct", STRETCH, "bend_too_small"))
    assert [row["fill"] for row in page.all("rect")] == ["url(#hatch)"]
    assert not page.all("line")


def test_shares_come_whole_first_with_both_ways_and_how_to_read_them(report):
    said = page_of(report).visible
    shares = said[said.index(say("coordination.spine.share_pct.name")) :]
    whole = 100 * 24 / (24 + 98)
    for way in ("down", "up"):
        place = shares.index(say(f"coordination.way.{way}"))
        assert re.match(rf"\w+ \w+ Whole way ?{whole:.0f} %", shares[place:])
        shares = shares[place + 1 :]
    assert say("plot.thirds.caption") in shares


# ---------------------------------------------------------------- the figure


def figure(posture, facing=1):
    svg = spine_figure(posture, facing=facing, rough=False, standing="own standing", label="x")
    page = Page(svg)
    parts = {row["class"]: points(row["d"]) for row in page.all("path")}
    return parts, page


def test_a_spine_that_did_not_move_lies_on_its_standing():
    parts, _ = figure(Posture(0, 0, 0))
    drawn = np.concatenate([parts[f"sp c-{hue}"] for hue in ("hip", "back", "rib")])
    assert np.allclose(drawn, parts["sp-stand"])


@pytest.mark.parametrize("facing", [1, -1])
def test_each_part_turns_as_far_as_was_measured(facing):
    upright, _ = figure(Posture(0, 0, 0), facing)
    bent, _ = figure(Posture(20, 50, 60), facing)

    def direction(part, end):
        first, last = part[:2] if end == 0 else part[-2:]
        x, y = last - first
        return facing * np.degrees(np.arctan2(x, -y))

    for name, end, turned in (("hip", 0, 20), ("back", 0, 20), ("back", -1, 50), ("rib", -1, 60)):
        moved = direction(bent[f"sp c-{name}"], end) - direction(upright[f"sp c-{name}"], end)
        assert moved == pytest.approx(turned, abs=2.5)  # points keep one decimal
    assert facing * (bent["sp c-rib"][-1][0] - bent["sp c-hip"][0][0]) > 50


def test_the_band_is_as_wide_as_the_interval():
    narrow, _ = figure(Posture(20, 50, 50, 3, 2))
    wide, _ = figure(Posture(20, 50, 50, 12, 8))

    def width(parts):
        band, half = parts["b80 f-back"], len(parts["b80 f-back"]) // 2
        return np.linalg.norm(band[:half] - band[half:][::-1], axis=1).max()

    assert width(wide) == pytest.approx(4 * width(narrow), rel=0.1)


def test_words_and_lines_stay_inside_the_figure():
    for posture in (Posture(0, 0, 0), Posture(60, 100, 120, 10, 10), Posture(-10, -15, -20)):
        for facing in (1, -1):
            parts, page = figure(posture, facing)
            _, _, width, height = (float(number) for number in page.all("svg")[0]["viewbox"].split())
            every = np.concatenate(list(parts.values()))
            assert every.min() >= 0
            assert (every.max(axis=0) <= (width, height)).all()
            (label,) = page.all("text")
            assert 30 <= float(label["x"]) <= width - 30


def test_a_person_looking_left_bends_to_the_left(report):
    left = page_of(replace(report, view=View("right", "image_left", 6.0, "full")))
    right = page_of(report)
    stand, other = (
        points(next(row["d"] for row in page.all("path") if row.get("class") == "sp rough c-rib"))
        for page in (left, right)
    )
    assert stand[-1][0] < stand[0][0]
    assert other[-1][0] > other[0][0]


# ---------------------------------------------------------------- the table and the style


def test_coordination_says_how_to_read_it_and_never_why(report):
    said = page_of(report).visible
    for name in ("onset_lag_ms", "upper_dominant_pct", "marp_deg"):
        assert said.count(say(f"coordination.spine.{name}.reading")) == 1
    for name in ("sparc_ratio", "peak_speed_deg_s", "duration_s"):
        assert said.count(say(f"coordination.any.{name}.reading")) == 1


def test_what_four_repetitions_cannot_tell_is_said_once_with_the_reason(report):
    said = page_of(report).visible
    assert said.count(say("reason.not_enough_repetitions")) == 1
    assert said.count(say("coordination.any.curve_sd_deg.name")) == 1
    assert say("coordination.any.curve_sd_deg.reading") not in said


def test_the_style_is_a_sentence_or_a_reason(report):
    assert say("style.shared.sentence") in page_of(report).visible
    without = replace(report, style=Style(None, reasons=("needs_free_bend",)))
    said = page_of(without).visible
    assert say("reason.needs_free_bend") in said
    assert say("style.shared.sentence") not in said
