"""The report page: complete, calm, self-contained, and honest about what it does not know."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from html_page import Page, page_of
from make_report import make_finding, make_report

from movement_lab.charts import Curve, RepMark, curve_panel, gaps, rep_header
from movement_lab.exporters.axes import axis_ends, round_up
from movement_lab.exporters.html import render_report
from movement_lab.exporters.whisker import whisker
from movement_lab.records import Recognised, Standing, View
from movement_lab.wording import LANGUAGES, PROFILES, keys, say

FRONT = View("front", "camera", 4.0, "full")
REFUSED = View("oblique", "image_left", 38.0, "refused")
JPEG = b"\xff\xd8\xff\xe0 picture \xff\xd9"
LIMITS = {"mild": 10.0, "moderate": 20.0, "marked": 30.0}


PAGES = {
    "side": lambda **o: page_of(make_report(), **o),
    "front": lambda **o: page_of(make_report(view=FRONT), **o),
    "lunge": lambda **o: page_of(make_report(movement="lunge"), **o),
    "spine": lambda **o: page_of(make_report(spine="contour"), **o),
    "stickers": lambda **o: page_of(make_report(spine="stickers"), **o),
    "refused": lambda **o: page_of(make_report(view=REFUSED), **o),
    "nothing": lambda **o: page_of(make_report(movement="none", reps=0, findings=()), **o),
}


# ---------------------------------------------------------------- one file, no request, nothing injected


@pytest.mark.parametrize("profile", ["clinician", "wellness"])
@pytest.mark.parametrize("kind", PAGES)
def test_the_page_asks_for_nothing_but_the_video_beside_it(kind, profile):
    page = PAGES[kind](key_frames={1: JPEG}, video_name="annotated.mp4", profile=profile)
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name != "style", tag
            if name in ("src", "poster", "srcset", "data"):
                assert value == "annotated.mp4" or value.startswith("data:image/jpeg;base64,"), (tag, name)
            if name == "href":
                assert value == "#main" or (tag == "a" and value.startswith("https://doi.org/10."))
    assert not page.all("link")
    assert not re.search(r"url\((?!#)|@import|https?:", page.inside("style") + page.inside("script"))


def test_its_policy_names_exactly_its_own_style_and_script():
    source = render_report(make_report())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', source).group(1)
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL).group(1)
    script = re.findall(r"<script>(.*?)</script>", source, re.DOTALL)[-1]
    for text, rule in ((style, "style-src"), (script, "script-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in unescape(policy)
    assert "default-src 'none'" in unescape(policy)


def test_what_others_wrote_is_shown_and_never_run():
    evil = '"><script>alert(1)</script>.mp4'
    report = replace(
        make_report(),
        provenance={"video": {"name": evil, "sha256": "ab"}, "settings": {evil: evil}},
        quality={"frames": evil, "warnings": [evil]},
    )
    page = page_of(report, video_name=evil)
    assert len(page.all("script")) == 2
    assert "alert(1)" not in page.inside("script")
    assert evil in page.visible


def test_every_picture_is_inside_and_named():
    page = page_of(key_frames={index: JPEG + bytes([index]) for index in range(1, 6)})
    pictures = page.all("img")
    assert {base64.b64decode(row["src"].partition(",")[2])[-1] for row in pictures} == {1, 2, 3, 4, 5}
    assert all(row["alt"] for row in pictures)
    assert not page.all("video")


def test_without_pictures_there_is_no_empty_frame():
    page = page_of()
    assert not page.all("img")
    assert not page.all("video")
    assert any("alone" in row.get("class", "") for row in page.all("div"))


# ---------------------------------------------------------------- what it says


def test_it_opens_with_a_sentence_and_closes_with_the_statement():
    said = page_of().visible
    assert said.index("Squat, right side") < said.index(
        "Four usable repetitions, 2 things noticed, 2 not judged."
    )
    assert said.rstrip().endswith(f"{say('statement.required')} {say('statement.not_a_device')}")


def test_each_noticed_thing_comes_with_its_limits_and_sources():
    said = page_of().visible
    for part in (
        say("finding.trunk_lean_beyond_shank.noticed"),
        "4 of 4 repetitions",
        "14°, 95 % interval 10–18, 80 % interval 11–17",
        "mild above 10°, moderate above 20°, marked above 30°",
        "The 80 % interval lies above 10°, so: mild.",
        say("evidence.E3_E4"),
        "doi:10.1519/SSC.0000000000000103",
        say("finding.hips_rise_first.possible"),
    ):
        assert part in said, part


def test_what_could_not_be_judged_says_why():
    said = page_of().visible
    for id, reason in (
        ("knees_inward", "wrong_view_needs_front"),
        ("low_back_bend_range", "needs_spine_signal"),
    ):
        place = said.index(say(f"finding.{id}.title"))
        assert said.index(say(f"reason.{reason}"), place) - place < 120


def test_one_reason_for_many_is_said_once():
    many = tuple(
        make_finding(id, "not_graded", np.nan, np.nan, reasons=("needs_spine_signal",))
        for id in ("low_back_bend_range", "late_pelvic_tuck", "low_back_arch")
    )
    unjudged = page_of(make_report(findings=many)).visible.partition(say("report.section.nothing_to_note"))[0]
    assert unjudged.partition(say("report.section.spine"))[0].count(say("reason.needs_spine_signal")) == 1


def test_a_description_is_never_a_grade():
    page = page_of(make_report(findings=(make_finding("depth", "none", 76, 3, graded_kind="descriptive"),)))
    assert "Depth: near parallel" in page.visible
    assert not any("level" in row.get("class", "") for row in page.all("span"))


def test_a_higher_step_is_explained_by_interval_and_value():
    moderate = make_finding("trunk_lean_beyond_shank", "moderate", 24, 3, limits=LIMITS)
    said = page_of(make_report(findings=(moderate,))).visible
    expected = say("because.over_further", limit="10°", step="20°", grade="moderate")
    assert expected in said


@pytest.mark.parametrize("kind", PAGES)
def test_people_read_no_decimals_on_angles(kind):
    assert not re.search(r"\d[.,]\d+ ?°", PAGES[kind]().visible)


def test_ungraded_repetitions_stay_with_their_reason():
    page = page_of()
    assert say("reason.rep_gap") in page.visible
    assert any(row.get("class") == "out" for row in page.all("tr"))


def test_alternating_lunges_have_a_median_for_each_lead_leg():
    medians = re.findall(r"Median, (left|right)", page_of(make_report(movement="lunge")).visible)
    assert sorted(medians) == ["left", "right"]


def test_without_standing_the_values_are_absolute():
    report = replace(make_report(), standing=Standing(False, reasons=("no_standing",)))
    page = page_of(report)
    assert say("report.section.curves_absolute") in page.visible
    assert say("report.section.curves") not in page.visible
    assert not any(row.get("class") == "zero" for row in page.all("line"))
    absolute = report.signals["knee_flexion_right_deg"][report.reps[0].turn]
    assert f"{absolute:.0f}°" in page.visible


@pytest.mark.parametrize(
    ("view", "said"), [(FRONT, say("measure.kasr_ratio")), (REFUSED, say("reason.view_refused"))]
)
def test_each_view_shows_what_it_can(view, said):
    page = page_of(make_report(view=view))
    assert said in page.visible
    assert say("measure.knee_flexion_deg") not in page.visible


def test_no_value_is_shown_without_its_interval():
    report = make_report(movement="none", reps=0, findings=())
    assert page_of(report).inside("output") == "–" * 4
    assert say("report.text.all_judged") not in page_of(report).visible


def test_an_unknown_movement_is_an_answer():
    report = replace(
        make_report(reps=0, findings=()), movement=Recognised("unknown", reasons=("squat_or_hinge",))
    )
    said = page_of(report).visible
    assert say("verdict.unknown") in said
    assert say("reason.squat_or_hinge") in said


def test_alike_repetitions_come_first():
    report = replace(make_report(), reps=tuple(replace(rep, graded=True) for rep in make_report().reps))
    said = page_of(report).visible
    assert (
        0
        < said.index(say("steady.depth", count=5))
        < said.index(say("finding.trunk_lean_beyond_shank.noticed"))
    )
    uneven = tuple(
        replace(row, value=row.value + 30) if row.rep == 2 and row.name == "hip_drop_pct" else row
        for row in report.measurements
    )
    assert say("steady.depth", count=5) not in page_of(replace(report, measurements=uneven)).visible


def test_the_other_language_is_spoken_throughout():
    page = page_of(language="de")
    assert page.all("html")[0]["lang"] == "de"
    assert say("report.section.noticed", language="de") in page.visible
    assert say("report.section.noticed") not in page.visible
    assert "1,8 / 1,8" in page.visible


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("kind", PAGES)
def test_every_sentence_has_words(monkeypatch, kind, profile, language):
    def missing(key):
        raise AssertionError(f"no words for {key}")

    monkeypatch.setattr("movement_lab.wording.readable", missing)
    PAGES[kind](profile=profile, language=language, key_frames={1: JPEG})


@pytest.mark.parametrize("direction", ["over", "under", "either"])
def test_every_explanation_of_a_higher_step_has_words(direction):
    assert {f"clinician.because.{direction}", f"clinician.because.{direction}_further"} <= set(keys())


# ---------------------------------------------------------------- the wellness profile


FORBIDDEN = re.compile(
    r"\b(mild|moderate|marked|possible|not_graded|graded?s?|limits?|thresholds?|evidence|E[1-4]|diagnos\w*"
    r"|patholog\w*|normal|abnormal|faults?|severity|score|weak|unstable|damage|dangerous)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("kind", PAGES)
def test_wellness_pages_hold_no_judging_words_even_in_their_source(kind):
    report = {
        "side": make_report(),
        "front": make_report(view=FRONT),
        "lunge": make_report(movement="lunge"),
        "spine": make_report(spine="contour"),
        "stickers": make_report(spine="stickers"),
        "refused": make_report(view=REFUSED),
        "nothing": make_report(movement="none", reps=0, findings=()),
    }[kind]
    source = render_report(report, key_frames={1: JPEG}, video_name="annotated.mp4", profile="wellness")
    statement = say("statement.required", profile="wellness")
    assert statement in source
    pictures_out = re.sub(r"base64,[A-Za-z0-9+/=]+", "", source.replace(statement, ""))
    assert not FORBIDDEN.findall(pictures_out)


def test_wellness_shows_two_observations_at_most_and_keeps_numbers_closed():
    strong = [
        make_finding(id, "marked", 40, 2, limits=LIMITS)
        for id in ("trunk_lean_beyond_shank", "hips_rise_first", "heel_rise", "head_position")
    ]
    page = page_of(make_report(findings=tuple(strong)), profile="wellness")
    assert page.visible.count(say("report.label.does_it_matter")) == 2
    assert not any("open" in row for row in page.all("details"))
    before_details = page.visible.partition(say("report.section.details"))[0]
    assert "40°" not in before_details


# ---------------------------------------------------------------- the drawings


def percent(text):
    return float(text.removesuffix("%"))


def test_no_hue_is_red():
    style = page_of().inside("style")
    for colour in re.findall(r"#([0-9a-f]{6})\b", style):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (0, 2, 4))
        assert not (red > 140 and red > 1.9 * green and red > 1.9 * blue), colour


def drawn(values, **fields):
    time_s = np.arange(len(values)) / 10
    defaults = {"half80": 2.0, "half95": 3.0, "region": "knee", "bottom": 0.0, "top": 100.0}
    curve = Curve(time_s, np.asarray(values, float), **(defaults | fields))
    svg = curve_panel(
        curve, span_s=(0.0, float(time_s[-1])), reps=[RepMark(1, 1.0, (1.8, 2.2), 3.0)], head_s=2.0,
        label='a "b" <c>', tick=lambda number: f"{number:g}°",
    )  # fmt: skip
    return curve, Page(svg)


def test_gaps_are_gaps():
    values = [10.0] * 15 + [np.nan] * 10 + [20.0] * 16
    curve, page = drawn(values)
    assert gaps(curve) == [(1.5, 2.4)]
    (hatch,) = [row for row in page.all("rect") if row.get("fill") == "url(#hatch)"]
    assert percent(hatch["x"]) == pytest.approx(37.5)
    (line,) = [row["d"] for row in page.all("path") if row["class"].startswith("curve")]
    assert line.count("M") == 2
    assert percent(page.all("circle")[0]["cx"]) == pytest.approx(50)
    assert float(page.all("circle")[0]["cy"]) < 0, "no dot where nothing is known"


def test_curve_and_bands_lie_where_the_numbers_say():
    _, page = drawn([0.0] * 20 + [50.0] + [0.0] * 20)
    lines = {
        row["class"]: float(row["y1"])
        for row in page.all("line")
        if "y1" in row and row["class"] != "head-line"
    }
    middle = (lines["zero"] + lines["gridl"]) / 2
    curve, band95, band80 = (
        np.array([[float(n) for n in point.split()] for point in re.findall(r"[\d.]+ -?[\d.]+", row["d"])])
        for row in sorted(page.all("path"), key=lambda row: row["class"] != "curve c-knee")
    )
    assert curve[:, 1].min() == pytest.approx(middle, abs=0.1)
    per_degree = (lines["zero"] - lines["gridl"]) / 100
    assert curve[:, 1].min() - band95[:, 1].min() == pytest.approx(3 * per_degree, abs=0.1)
    assert curve[:, 1].min() - band80[:, 1].min() == pytest.approx(2 * per_degree, abs=0.1)
    assert page.all("svg")[0]["aria-label"] == 'a "b" <c>'


def test_tints_follow_the_repetition():
    _, page = drawn([0.0] * 41)
    tints = [(row["class"], percent(row["x"]), percent(row["width"])) for row in page.all("rect")]
    assert tints == [("ph1", 25.0, 20.0), ("ph2", 45.0, 10.0), ("ph1", 55.0, 20.0)]


def test_a_repetition_not_judged_gets_a_ring():
    reps = [RepMark(1, 0, (1, 1), 2), RepMark(2, 2, (3, 3), 4, note="hidden")]
    page = Page(rep_header(reps, span_s=(0, 4), word="Rep", chosen=1))
    (ring,) = page.all("circle")
    assert percent(ring["cx"]) == 75


@pytest.mark.parametrize(
    ("values", "half", "ends"),
    [
        ([0, 104], 6, (0.0, 120.0)),
        ([0, 1], 0, (0.0, 15.0)),
        ([-18, 2], 2, (-20.0, 4.5)),
        ([-0.2, 0.1], 0, (0.0, 15.0)),
        ([-9, 0], 0, (-15.0, 0.0)),
        ([np.nan, np.nan], 1, (0.0, 15.0)),
    ],
)
def test_axes_hold_zero_values_and_doubt_and_keep_stillness_still(values, half, ends):
    assert axis_ends(np.array(values, float), half=half, at_least=15) == ends


@pytest.mark.parametrize("value", [0.07, 0.9, 1, 7, 11.9, 104, 179])
def test_round_numbers_are_just_above(value):
    assert value <= round_up(value) <= 2 * value


def whisker_of(value, limits, **fields):
    defaults = {"interval80": (value - 2, value + 2), "interval95": (value - 3, value + 3)}
    svg = whisker(value, limits=limits, label="x", tick=lambda n: f"{n:g}°", **(defaults | fields))
    page = Page(svg)
    lines = {}
    for row in page.all("line"):
        lines.setdefault(row["class"], []).append((float(row["x1"]), float(row["x2"])))
    return lines, float(page.all("circle")[0]["cx"]), page


def test_a_whisker_shows_whether_the_thick_line_clears_the_limit():
    lines, ring, page = whisker_of(14, LIMITS)
    ((thick_low, thick_high),), ((thin_low, thin_high),) = lines["wh80"], lines["wh95"]
    first, second, third = (x for x, _ in lines["lim"])
    assert first < thin_low < thick_low < ring < thick_high < thin_high < second < third
    assert (ring - first) / (second - first) == pytest.approx(0.4, abs=0.01)
    assert page.visible.split() == ["10°", "20°", "30°"]
    lines, _, _ = whisker_of(11, LIMITS)
    assert lines["wh80"][0][0] < lines["lim"][0][0] < lines["wh80"][0][1]


def test_limits_of_size_stand_on_the_side_of_the_value():
    left = make_finding(
        "pelvis_shift", "mild", -6, 0.5, unit="pct", direction="either", limits={"mild": 5.0, "marked": 12.0}
    )
    page = page_of(make_report(view=FRONT, findings=(left,)))
    assert "−5 %" in page.inside("text")
    assert "−12 %" in page.inside("text")


def test_labels_that_would_touch_are_dropped():
    _, _, page = whisker_of(50, {"mild": 1.0, "moderate": 2.0, "marked": 100.0})
    assert page.visible.split() == ["1°", "100°"]


def test_the_gutter_tells_the_value_under_the_playhead():
    report = make_report()
    data = json.loads(
        next(text for name, text in page_of(report).texts if name == "script" and text.startswith("{"))
    )
    turn = report.reps[1].turn  # the middle one of the four that were judged is the third
    knee = data["panels"][2]["values"]
    assert knee[turn] == pytest.approx(report.signals["knee_flexion_right_deg"][turn] - 4, abs=0.01)
    opened = report.reps[2].turn
    shown = f"{report.signals['knee_flexion_right_deg'][opened] - 4:.0f}°"
    assert shown in page_of(report).inside("output")
    assert data["panels"][3]["values"].count(None) == 35


def test_every_curve_has_a_table_twin():
    report = make_report()
    page = page_of(report)
    trunk = report.signals["trunk_inclination_deg"] - 3
    rows = re.findall(r"(\d+\.\d) s (−?\d+)°", page.visible)
    assert len(rows) > 20
    for time_s, value in rows[:40]:
        assert float(value.replace("−", "-")) == pytest.approx(trunk[round(float(time_s) * 30)], abs=0.51)
