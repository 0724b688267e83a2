"""Printed pages: as many as promised whatever they hold, calm for patients, complete for therapists."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from drawn_scenes import make_scene
from make_report import make_finding, make_report
from printed import A4_PT, Printed, said, squeezed
from test_wording import FORBIDDEN, NOT_IN_WELLNESS

from movement_lab.errors import MovementLabError, UsageError
from movement_lab.exporters.findings import sort_findings
from movement_lab.exporters.pdf import Change, Compared, Correction, PageFacts, Review, make_pdf
from movement_lab.exporters.pdf.heading import note, shortened
from movement_lab.exporters.pdf.still import lowest_point
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_movement
from movement_lab.pipeline import assess
from movement_lab.records import MOVEMENTS, Standing, View
from movement_lab.synthetic import Camera, film, repetitions
from movement_lab.wording import LANGUAGES, say

FRONT = View("front", "camera", 4.0, "full")
REFUSED = View("oblique", "image_left", 38.0, "refused")
HOSTILE = '#panic("x") *b* _i_ $x$ <l> @r `c` \\u{41} // /* ]} [#eval("1")] '
LIMITS = {"mild": 10.0, "moderate": 20.0, "marked": 30.0}


def crowd():
    """Forty findings and forty that could not be judged, for many reasons."""
    rows = load_movement("lunge").findings
    reasons = ("not_seen", "experimental", "needs_both_sides", "few_reps", "needs_stickers", "too_uncertain")
    for number, (row, side) in enumerate((row, side) for row in (*rows, *rows) for side in ("left", "right")):
        yield make_finding(row.id, "moderate", 14, 2, limits=LIMITS, side=side, sources=row.sources)
        reason = reasons[number % len(reasons)]
        yield make_finding(row.id, "not_graded", np.nan, np.nan, side=side, reasons=(reason,))


def crowded():
    long_name = {"name": "a" * 300 + HOSTILE + ".mp4", "sha256": "7c41e09a" * 8}
    report = make_report(movement="lunge", reps=12, spine="stickers", findings=tuple(crowd()))
    return replace(report, provenance={**report.provenance, "video": long_name})


REPORTS = {
    "side": make_report,
    "front": lambda: make_report(view=FRONT),
    "refused": lambda: make_report(view=REFUSED),
    "lunge": lambda: make_report(movement="lunge"),
    "outline": lambda: make_report(spine="contour"),
    "stickers": lambda: make_report(spine="stickers", reps=12),
    "no_standing": lambda: replace(make_report(), standing=Standing(False)),
    "no_repetition": lambda: make_report(reps=0),
    "nothing": lambda: make_report(movement="none", reps=0, findings=()),
    "crowded": crowded,
}
PAGES = {"therapist": 2, "patient": 1}

ADDED = {
    "person_code": HOSTILE,
    "facts": PageFacts("visit 4", date(2026, 11, 21), "therapist, 1 of 2 findings"),
    "corrections": tuple(Correction("Repetition " + HOSTILE, "4.2 to 6.1 s", "x" * 400) for _ in range(30)),
    "reviews": (
        Review("trunk_lean_beyond_shank", "mid", "agreed", HOSTILE + "y" * 900),
        Review("hips_rise_first", "mid", "rejected", "Asked to."),
    ),
}


def compared(report):
    """Compare every measure with a visit a little less deep."""
    rows = [row for row in report.measurements if (row.rep, row.at, row.zero) == (None, "turn", "rel")]
    return Compared(
        "visit 3, 24 October",
        tuple(
            Change(row.name, row.side, row.value - change, change, 8, row.unit, change > 8)
            for row in rows
            for change in [11 if row.name == "knee_flexion_deg" else 2]
        ),
    )


def printed(report, audience="therapist", **options):
    return Printed(make_pdf(report, audience=audience, **options))


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize("kind", REPORTS)
@pytest.mark.parametrize("audience", PAGES)
def test_it_is_as_many_a4_pages_as_promised_whatever_they_hold(kind, audience):
    report, longest = REPORTS[kind](), "de"
    pages = printed(report, audience, language=longest, compared=compared(report), **ADDED)
    assert len(pages) == PAGES[audience]
    assert np.allclose(pages.sizes, A4_PT, atol=0.1)
    within(pages)


def within(pages):
    """Nothing is smaller than 8 points or outside the margins, and the foot of the page stands free."""
    for piece in pages.pieces:
        assert piece.size >= 7.99, piece
        assert 13 / 0.3528 < piece.y < A4_PT[1] - 13 / 0.3528, piece
        assert 13 / 0.3528 < piece.x < A4_PT[0] - 13 / 0.3528, piece


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_room_is_counted_and_stands_above_the_statement(language):
    pages = printed(crowded(), language=language, **ADDED)
    more = say("print.more", language=language, count="{}").split("{}")[1].strip()
    assert pages.text.count(more) >= 4
    first = [piece for piece in pages.pieces if piece.page == 1]
    statement = min(piece.y for piece in first if piece.text.startswith("movement_lab ")) + 8
    assert all(piece.y > statement for piece in first if more in piece.text)


@pytest.mark.parametrize("kind", ["side", "crowded"])
def test_the_same_report_gives_the_same_bytes(kind):
    report = REPORTS[kind]()
    for audience in PAGES:
        first, second = (make_pdf(report, audience=audience, person_code="K7") for _ in range(2))
        assert first == second
        assert Printed(first).reader.metadata.creation_date.date() == date(2026, 11, 21)


# ---------------------------------------------------------------- text, never markup


@pytest.mark.parametrize("audience", PAGES)
def test_what_others_wrote_is_text(audience):
    code = HOSTILE[:39].strip()
    pages = printed(make_report(), audience, person_code=code, facts=PageFacts(visit="*v* #1"))
    assert squeezed(code) in squeezed(pages.text)
    if audience == "therapist":
        assert "*v*#1" in squeezed(pages.text)
    catalog = pages.reader.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/Names", "/AcroForm"} & set(catalog)
    assert all("/Annots" not in page for page in pages.reader.pages)


def test_comments_and_names_arrive_as_they_were_written():
    comment = 'Said #emph[so] & <b>"yes"</b>'
    review = Review("trunk_lean_beyond_shank", "mid", "agreed", comment)
    fixed = Correction("View #1", "*left*", "right $x$")
    pages = printed(make_report(), reviews=[review], corrections=[fixed])
    for text in (comment, "Therapist: agreed.", "View #1: *left* → right $x$", 'squat <&> "side".mp4'):
        assert squeezed(text) in squeezed(pages.text)


@pytest.mark.parametrize("code", ["Пётр 7", "Ελένη", "K7-ß-é"])
def test_other_alphabets_need_no_fonts_of_the_computer(code):
    pages = printed(make_report(), "patient", person_code=code)
    assert code in pages.text
    fonts = {str(font["/BaseFont"]) for font in fonts_of(pages)}
    assert fonts
    assert all("Inter" in font for font in fonts)


def fonts_of(pages):
    return [font.get_object() for page in pages.reader.pages for font in page["/Resources"]["/Font"].values()]


def test_a_script_no_font_here_has_still_gives_its_page():
    assert len(printed(make_report(), "patient", person_code="患者 א ๛ 🦵")) == 1


def test_long_texts_are_cut_and_can_break():
    assert shortened("b" * 100 + ".mp4") == "b" * 24 + "….mp4"
    assert len(note("w " * 400)) <= 220
    assert max(map(len, note("x" * 90).split("\u200b"))) <= 25
    assert shortened("a\u202eb\x00c\n d") == "abc d"


# ---------------------------------------------------------------- the patient's page


@pytest.mark.parametrize("kind", REPORTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_patient_reads_calm_words_and_no_numbers(kind, language):
    report = REPORTS[kind]()
    text = printed(report, "patient", language=language, person_code="K").text
    for key in ("required", "not_a_device", "pain_title", "pain_text"):
        words = say(f"statement.{key}", language=language)
        assert words in text
        text = text.replace(words, "")
    for words in (FORBIDDEN, NOT_IN_WELLNESS):
        assert not re.search(words[language], text, re.IGNORECASE)
    assert not re.search(r"[°%]|\d+–\d+", text)
    assert say("tier.T3", language=language).lower() not in text.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_patient_hears_what_went_well_first_and_of_two_things_at_most(language):
    words = Words(language, "wellness")
    report = crowded()
    pages = printed(report, "patient", language=language)
    told = sort_findings(report, words).noticed
    assert len(told) == 2
    places = [pages.text.index(words("report.section.going_well"))]
    for finding in told:
        places.append(pages.text.index(words(f"finding.{finding.id}.noticed").rstrip(".")))
        assert words(f"finding.{finding.id}.matters") in pages.text
    assert places == sorted(places)
    assert pages.text.count(words("report.label.does_it_matter")) == 2
    assert squeezed(words(f"finding.{told[0].id}.option")) in squeezed(pages.text)


def test_a_side_is_named_within_the_sentence():
    seen = make_finding("lead_knee_inward", "mild", 18, 2, limits=LIMITS, side="left")
    text = printed(make_report(movement="lunge", findings=(seen,)), "patient").text
    assert "Your front knee moved inward, left." in text


def test_the_patient_reads_eleven_points():
    pages = printed(make_report(), "patient")
    matters = say("finding.trunk_lean_beyond_shank.matters", profile="wellness").split()[0]
    assert next(piece for piece in pages.pieces if matters in piece.text).size == pytest.approx(11)


def test_what_only_an_experimental_method_saw_never_reaches_the_patient():
    seen = make_finding("low_back_bend_range", "mild", 30, 1, limits=LIMITS, tier="T3")
    rough = replace(seen, id="late_pelvic_tuck", tier="T2")
    report = make_report(spine="contour", findings=(seen, rough))
    text = printed(report, "patient").text
    assert say("finding.low_back_bend_range.noticed", profile="wellness") not in text
    assert say("finding.late_pelvic_tuck.noticed", profile="wellness") in text


# ---------------------------------------------------------------- the therapist's pages


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_pages_say_whose_they_are_and_which_they_are(language):
    pages = printed(make_report(), language=language, person_code="K7-204", facts=PageFacts("visit 4"))
    day = say("print.day", language=language, day=21, month="November", year=2026)
    for number, text in enumerate(map(said, pages.texts), start=1):
        assert f"{say('print.person', language=language, code='K7-204')}, visit 4, {day}" in text
        assert say("print.page", language=language, page=number, pages=2) in text


def test_the_first_page_has_values_with_intervals_trust_and_what_is_noise():
    report = make_report(spine="stickers")
    page = said(printed(report).texts[0])
    knee = next(
        row
        for row in report.measurements
        if (row.name, row.rep, row.zero) == ("knee_flexion_deg", None, "rel") and row.at == "turn"
    )
    assert f"Knee bend Measured {knee.value:.0f}°" in re.sub(r"\W?\s+(?=Measured)", " ", page)
    assert "Low back Rough" in re.sub(r"\W?\s+(?=Rough)", " ", page)
    assert f"{knee.mdc95:.0f}°" in page
    assert "Smallest real change" in page


def test_findings_have_grade_limit_count_and_evidence():
    page = squeezed(printed(make_report()).texts[0])
    for text in ("Mild", "Possible", "14° (80 %: 11–17), mild above 10°, 4 of 4 repetitions."):
        assert squeezed(text) in page
    for text in (say("evidence.E3_E4"), say("reason.wrong_view_needs_front"), say("statement.required")):
        assert squeezed(text) in page


def test_what_changed_is_told_apart_from_noise():
    report = make_report()
    text = printed(report, compared=compared(report)).text
    assert "Real changes since visit 3, 24 October: Knee bend." in text
    assert text.count("Real change") == 2
    assert text.count("Within noise") >= 3
    assert "+11°" in text
    small = Compared("visit 3", (Change("knee_flexion_deg", "right", 100, 2, 8, "deg", False),))
    assert "Since visit 3 everything is within noise." in printed(report, compared=small).text


def test_the_second_page_lists_every_check_with_limit_and_source():
    report = make_report()
    page = squeezed(printed(report).texts[1])
    for finding in report.findings:
        assert squeezed(say(f"finding.{finding.id}.title")) in page
    for text in ("> 10 · 20 · 30°", "Myer 2014", "checklist, own numbers", "not judged", "described"):
        assert squeezed(text) in page
    for text in (say("print.nothing_by_hand"), "7c41e09a7c41", "Rep 5:"):
        assert squeezed(text) in page


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ordinary_set_has_room_for_every_check(movement, language):
    report = assess(film(repetitions(movement, reps=5), Camera(view="left")))
    pages = printed(report, language=language)
    checked = squeezed(pages.texts[1])
    for finding in report.findings:
        assert squeezed(say(f"finding.{finding.id}.title", language=language)) in checked
    more = say("print.more", language=language, count="{}").split("{}")[1].strip()
    assert more not in pages.text


def test_the_spine_is_shown_where_it_was_read_and_said_to_be_missing_where_not():
    read, missing = (said(printed(make_report(spine=method)).texts[1]) for method in ("contour", ""))
    assert "Experimental" in read
    for key in ("plot.angle_angle.title", "coordination.spine.share_pct.name", "report.label.turn"):
        assert say(key) in read
    assert say("spine_method_long.none") in missing
    assert squeezed(say("reason.needs_spine_signal")) in squeezed(missing)


def test_a_finding_the_therapist_did_not_share_is_folded_to_a_line():
    review = Review("trunk_lean_beyond_shank", "mid", "rejected")
    text = printed(make_report(), reviews=[review]).text
    assert f"shank: {say('print.review.rejected')}" in text
    assert "14° (80 %" not in text


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("audience", PAGES)
def test_the_lowest_point_is_drawn_without_a_video(audience):
    report = make_scene()
    pictures = lowest_point(report, None, audience=audience)
    (rep,) = pictures
    assert rep in {each.index for each in report.reps}
    with_picture, without = (
        printed(report, audience, pictures=given, drawn=True) for given in (pictures, None)
    )
    assert len(with_picture) == PAGES[audience]
    assert say("print.drawn") in with_picture.text
    assert say("print.drawn") not in without.text
    assert lowest_point(make_report(reps=0), None) == {}


def test_the_picture_lies_in_the_file():
    report = make_scene()
    picture = lowest_point(report, None)
    plain, shown = (make_pdf(report, audience="patient", pictures=given) for given in (None, picture))
    assert b"/Subtype/Image" not in plain
    assert b"/Subtype/Image" in shown


@pytest.mark.parametrize("junk", [b"", b"\x89PNG", b"\xff\xd8\xff\xe0 no picture \xff\xd9"])
def test_what_is_no_picture_is_named(junk):
    with pytest.raises(MovementLabError, match="JPEG"):
        make_pdf(make_report(), audience="patient", pictures={3: junk})


def test_a_language_that_does_not_exist_is_named():
    with pytest.raises(UsageError, match="de, en"):
        make_pdf(make_report(), audience="patient", language="xx")


def test_without_typst_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(MovementLabError, match="Typst is not installed"):
        make_pdf(make_report(), audience="patient")
