"""Words: complete, the same in both languages, calm, and without grades where there must be none."""

import itertools
import math
import re
import string
import tomllib
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from movement_lab import wording
from movement_lab.coordination import load_coordination
from movement_lab.coordination.table import Curve, Part, Way
from movement_lab.errors import KnowledgeError, UsageError
from movement_lab.knowledge import (
    REASON_OF_NEED,
    REASON_OF_TASK,
    REASON_OF_VIEW,
    load_measures,
    load_movement,
    load_sources,
)
from movement_lab.records import GRADES, MOVEMENTS, At, Facing, Gate, Side, Tier, ViewName, Zero
from movement_lab.spine.combine import load_methods
from movement_lab.spine.sticker_table import load_stickers
from movement_lab.wording import (
    LANGUAGES,
    PROFILES,
    count_word,
    format_range,
    format_value,
    keys,
    say,
    say_count,
    steps_line,
    verdict,
)

READINGS = load_coordination().measures.values()
FINDINGS = {row.id: row for name in MOVEMENTS for row in load_movement(name).findings}

REASONS = re.findall(
    r"\w+",
    """
view_refused view_widened wrong_view_needs_side wrong_view_needs_front needs_spine_signal
needs_both_sides needs_earlier_visit needs_calibration_clip needs_instructed_task needs_upright_task
not_this_variant no_standing too_few_frames not_seen guard_not_met experimental no_graded_reps
movement_unknown movement_mismatch rep_cut_at_start rep_cut_at_end rep_too_small rep_too_fast
rep_too_slow rep_no_return rep_gap rep_camera_cut rep_person_lost first_rep_differs hands_not_hanging
standing_short standing_not_found several_people frames_repaired low_frame_rate too_dark person_small
feet_out_of_picture head_out_of_picture feature_missing descriptive_only looks_like_squat
looks_like_hinge looks_like_lunge no_movement_seen mixed_movements one_leg_bends too_shallow
bends_over_split_stance split_stance_knees_straight squat_or_hinge
too_uncertain legs_confused stickers_not_found stickers_hidden strip_too_short sticker_colour_in_scene
far_side person_turns few_reps small_picture very_short truncated damaged no_times variable_rate hdr
interlaced capped_without_therapist
methods_disagree spine_not_seen_standing back_too_small back_not_seen back_edge_torn arm_over_back
back_unlike_training back_model_unsure spine_points_unsure spine_points_astray spine_points_collapsed
no_spine_model no_method_yet needs_stickers needs_upper_back_dots needs_full_bend stickers_colour_taken
bend_too_small parts_moved_apart hip_moved_too_little range_too_small mostly_still
rep_declared reps_declared standing_declared
not_enough_repetitions within_rep_spread within_noise crosses_zero needs_free_bend between_styles
points_not_given
    """,
)

FORBIDDEN = {
    "en": r"\bfault|error|\bbad\b|dysfunction|weak|unstable|instabil|collaps|damage|wear and tear|danger|"
    r"injur|\bcorrect|incorrect|normal|\bscore|\bwrong|\bpoor|sever(e|ity)|compensat|\brisk",
    "de": r"fehler|falsch|schlecht|dysfunktion|störung|schwach|schwäche|instabil|kollab|schad|schäd|"
    r"verschlei|abnutz|gefähr|gefahr|verletz|korrekt|normal|fehlhaltung|auffällig|punktzahl|\bscore|kompens|risiko",
}
NOT_IN_WELLNESS = {
    "en": r"grade|\bmild|moderate|\bmarked|possibl|threshold|\blimits?\b|diagnos|lumbar|\bpain|syndrome|"
    r"symptom|patholog|disorder|impair|therap|clinic|patient|valgus|kyphos|lordos|treatment",
    "de": r"\bgrad|stufe|\bleicht\b|\bmittel\b|deutlich|möglich|grenz|diagnos|lumbal|schmerz|syndrom|symptom|"
    r"beschwerde|pathol|therap|klinik|patient|valgus|kyphos|lordos|behandl",
}


def everywhere(text_id):
    """Return whether a word may stand in this text although it is on a list: the required statements."""
    return text_id.startswith("statement.")


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_placeholders(language):
    english, other = keys("en"), keys(language)
    assert set(other) == set(english)
    assert {key: placeholders(text) for key, text in other.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_left_in_english(language):
    texts = keys(language)
    assert all(text.strip() for text in texts.values())
    if language != "en":
        words = {key: re.sub(r"\{\w+\}|movement_lab|SHA-256", "", text) for key, text in texts.items()}
        same = [
            key
            for key in words
            if texts[key] == keys("en")[key] and " " in re.sub(r"[^\w ]", "", words[key]).strip()
        ]
        assert same == []


def test_every_finding_has_its_words():
    for id, row in FINDINGS.items():
        fields = ["title", "noticed", "seen", "matters", "option"] + ["possible"] * (row.kind == "graded")
        assert {f"clinician.finding.{id}.{field}" for field in fields} <= set(keys()), id
        assert {
            f"wellness.finding.{id}.{field}" for field in ("title", "noticed", "matters", "option")
        } <= set(keys())


def test_no_words_are_left_over_from_a_finding_that_is_gone():
    named = {
        key.split(".")[2] for key in keys() if key.startswith(("clinician.finding.", "wellness.finding."))
    }
    assert named == set(FINDINGS)


@pytest.mark.parametrize(
    ("table", "ids"),
    [
        ("measure", list(load_measures())),
        ("movement", [*MOVEMENTS, "unknown", "none"]),
        ("movement_plural", MOVEMENTS),
        ("view", get_args(ViewName)),
        ("facing", get_args(Facing)),
        ("gate", get_args(Gate)),
        ("side", [*get_args(Side), "near", "lead", "each"]),
        ("at", get_args(At)),
        ("zero", get_args(Zero)),
        ("tier", get_args(Tier)),
        ("tier_hint", get_args(Tier)),
        ("plane", ["side", "front", "any", "world", "spine"]),
        ("phase", ["set", "step", "descent", "bottom", "ascent", "return", "finish"]),
        ("need", list(REASON_OF_NEED)),
        ("region", sorted({row.region for row in load_measures().values()})),
        ("read", sorted({source.read for source in load_sources().values()})),
        ("variant", [variant for name in MOVEMENTS for variant in load_movement(name).variants]),
        ("depth_class", [each.name for each in FINDINGS["depth"].classes]),
        ("spine_method", [*load_methods(), "none", "keypoints_licence"]),
        ("spine_method_long", [*load_methods(), "none", "keypoints_licence"]),
        ("stickers.colour", list(load_stickers().colour)),
        ("coordination.part", get_args(Part)),
        ("coordination.way", get_args(Way)),
        ("coordination.curve.spine", get_args(Curve)),
        ("coordination.curve.fold", get_args(Curve)),
        ("unit", sorted({row.unit for row in READINGS})),
        ("clinician.unit_name", sorted({row.unit for row in READINGS})),
        ("clinician.coordination.context", sorted({row.measure for row in load_coordination().norms})),
        ("clinician.grade", [*GRADES, "not_graded"]),
        ("clinician.grade_title", [*GRADES, "not_graded"]),
        (
            "clinician.evidence",
            sorted({row.evidence_key for row in FINDINGS.values()} | {"E1", "E2", "E3", "E4"}),
        ),
        ("clinician.step", ["over", "under", "either"]),
        ("clinician.reason", ["capped_without_therapist"]),
    ],
)
def test_every_id_has_words(table, ids):
    assert [id for id in ids if f"{table}.{id}" not in keys()] == []


def test_every_reason_has_words():
    from_tables = {*REASON_OF_NEED.values(), *REASON_OF_TASK.values(), *REASON_OF_VIEW.values()} - {""}
    from_tables |= {row.reason_if_absent for row in load_measures().values()} - {""}
    for profile in PROFILES:
        known = [f"reason.{id}" for id in {*REASONS, *from_tables}]
        assert [key for key in known if not {key, f"{profile}.{key}"} & set(keys())] == []


@pytest.mark.parametrize("key", [key for key in keys() if key.startswith("reason.")])
def test_a_reason_is_one_calm_statement_without_values(key):
    for language in LANGUAGES:
        text = keys(language)[key]
        assert not placeholders(text)
        assert text.endswith(".")


def test_finding_sentences_keep_their_form():
    for key, text in keys().items():
        if key.startswith("clinician.finding.") and key.endswith(".seen"):
            assert placeholders(text) == ["value"], key
        elif ".finding." in key:
            assert not placeholders(text), key
        if key.startswith("clinician.finding.") and key.endswith(".matters"):
            assert text.startswith("Interesting only if "), key
        if key.startswith("wellness.finding.") and key.endswith(".matters"):
            assert text.startswith("Only if "), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_judge_or_frighten_never_occur(language):
    pattern = re.compile(FORBIDDEN[language], re.IGNORECASE)
    found = {
        key: text for key, text in keys(language).items() if pattern.search(text) and not everywhere(key)
    }
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_wellness_sees_no_grades_no_diagnosis_words_and_no_limits(language):
    pattern = re.compile(NOT_IN_WELLNESS[language], re.IGNORECASE)
    seen_there = {key: text for key, text in keys(language).items() if not key.startswith("clinician.")}
    found = {key: text for key, text in seen_there.items() if pattern.search(text) and not everywhere(key)}
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_wellness_sentences_hold_no_numbers(language):
    own = {key: text for key, text in keys(language).items() if key.startswith("wellness.")}
    assert {key: text for key, text in own.items() if re.search(r"\d", text)} == {}
    assert {name for text in own.values() for name in placeholders(text)} <= {"count", "count_word"}


def test_the_lists_of_words_do_bite():
    assert re.search(FORBIDDEN["en"], "Your bad form is abnormal", re.IGNORECASE)
    assert re.search(FORBIDDEN["de"], "Eine Fehlhaltung", re.IGNORECASE)
    assert re.search(NOT_IN_WELLNESS["en"], "Mild lumbar flexion", re.IGNORECASE)
    assert re.search(NOT_IN_WELLNESS["de"], "leicht, unter der Grenze", re.IGNORECASE)


def test_wellness_english_reads_at_grade_eight_or_below():
    for id in FINDINGS:
        parts = ("noticed", "matters", "option")
        text = " ".join(say(f"finding.{id}.{part}", profile="wellness") for part in parts)
        assert reading_grade(text) <= 8, id


def reading_grade(text):
    """Flesch-Kincaid grade, syllables counted as groups of vowels without a silent final e."""
    sentences = [each for each in re.split(r"[.!?:]+\s*", text) if each]
    words = re.findall(r"[a-z']+", text.lower())
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word)))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


@pytest.mark.parametrize(
    ("language", "praise"),
    [
        ("en", r"\b(well done|great|perfect|excellent|good|nice|better control)\b"),
        ("de", r"\b(prima|perfekt|super|toll|gut gemacht|sehr gut)\b"),
    ],
)
def test_nothing_praises_so_no_back_is_praised_for_moving_less(language, praise):
    found = [
        key for key, text in keys(language).items() if re.search(praise, text.lower()) and not everywhere(key)
    ]
    assert found == []


def test_the_required_statement_is_word_for_word():
    assert say("statement.required") == (
        "movement_lab describes how you moved in front of a camera. It does not diagnose, does not detect "
        "injury and does not replace a clinician. Angles are estimates from one camera; typical error 5-10°, "
        "more for the low back. Pain is not the same as damage. No posture or movement is perfect."
    )
    assert say("statement.required", profile="wellness") == say("statement.required")


def test_hip_and_back_together_are_never_called_hip_alone():
    for language, language_word in (("en", "back"), ("de", "rumpf")):
        for key in ("measure.hip_trunk_flexion_deg", "overlay.hip_trunk_flexion_deg"):
            assert language_word in say(key, language=language).lower()


# --- how parts share a bend --------------------------------------------------------------------

#: Words that would name a cause; what published groups were like may name pain.
CAUSES = {
    "en": r"\bcaus|because|due to|\bpain|stiff|tight\b|fear|afraid|protect",
    "de": r"ursach|\bweil\b|wegen|schmerz|steif|verkürzt|angst|schutz|schon",
}


@pytest.mark.parametrize("row", READINGS, ids=lambda row: row.id)
def test_a_reading_has_words_for_those_it_is_shown_to_and_for_nobody_else(row):
    for kind, part in itertools.product(row.kinds, ("name", "reading")):
        key = f"coordination.{kind}.{row.id}.{part}"
        assert (key in keys()) == (row.audience == "everyone")
        assert (f"clinician.{key}" in keys()) == (row.audience == "therapist")
        if row.audience == "therapist":
            with pytest.raises(KnowledgeError, match="clinician profile only"):
                say(key, profile="wellness")


def test_no_words_are_left_over_from_a_reading_that_is_gone():
    found = re.findall(r"coordination\.(spine|fold|any)\.(\w+)\.", "\n".join(keys()))
    assert set(found) == {(kind, row.id) for row in READINGS for kind in row.kinds}


@pytest.mark.parametrize("language", LANGUAGES)
def test_readings_and_styles_name_no_cause(language):
    own = {
        key: text
        for key, text in keys(language).items()
        if re.search(r"(^|\.)(coordination|style|plot)\.", key) and ".context." not in key
    }
    assert len(own) > 100
    assert {key: text for key, text in own.items() if re.search(CAUSES[language], text.lower())} == {}
    assert re.search(
        CAUSES[language], {"en": "because of stiff hips", "de": "wegen steifer Hüften"}[language]
    )


@pytest.mark.parametrize(("language", "caution"), [("en", "not better"), ("de", "nicht besser")])
def test_smoother_is_never_said_to_be_better(language, caution):
    for id in ("sparc_ratio", "ldlj_ratio"):
        assert caution in say(f"coordination.any.{id}.reading", language=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_thirds_are_for_therapists_only(language):
    for key in ("plot.thirds.title", "plot.angle_angle.title", "coordination.spine.share_of_third_pct.name"):
        assert say(key, language=language)
        with pytest.raises(KnowledgeError, match="clinician profile only"):
            say(key, language=language, profile="wellness")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_style_is_one_of_several_ways_and_about_today(profile):
    sentences = [say(f"style.{row.id}.sentence", profile=profile) for row in load_coordination().styles]
    assert len(set(sentences)) == 4
    assert all("oday" in sentence for sentence in sentences)
    assert say("style.back_led.sentence") == (
        "Two ways people do this are back-led and hip-led. Today: mostly back-led."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_method_says_that_it_is_experimental_and_under_which_licence(language):
    for id, method in load_methods().items():
        for table in ("spine_method", "spine_method_long"):
            text = say(f"{table}.{id}", language=language)
            assert ("experiment" in text) == (method.tier == "T3")
            if method.licence:
                assert method.licence in say(f"{table}.{id}_licence", language=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_in_two_files(language):
    folder = Path(wording.__file__).parent
    files = [path for path in folder.rglob(f"{language}.toml")]
    written = [key for path in files for key in flat(tomllib.loads(path.read_text(encoding="utf-8")))]
    assert len(files) > 2
    assert [key for key, count in Counter(written).items() if count > 1] == []


def flat(table, before=""):
    for name, value in table.items():
        yield from flat(value, f"{before}{name}.") if isinstance(value, dict) else [before + name]


# --- say ---------------------------------------------------------------------------------------


def test_values_are_filled_in():
    line = say("finding.hips_rise_first.seen", value=format_value(9.2, "deg"))
    assert line == "Forward lean added in the first third of the way up: 9°."
    german = say("finding.hips_rise_first.seen", language="de", value="9°")
    assert german.endswith("ersten Drittel des Rückwegs: 9°.")


def test_a_missing_value_is_named():
    with pytest.raises(KnowledgeError, match=r"finding\.heel_rise\.seen.*'value'"):
        say("finding.heel_rise.seen")


def test_the_profile_chooses_the_sentence():
    assert say("finding.heel_rise.noticed") == "The heel lifted"
    assert say("finding.heel_rise.noticed", profile="wellness") == "Your heel came up a little."
    assert say("measure.knee_flexion_deg", profile="wellness") == "Knee bend"


@pytest.mark.parametrize(
    "key", ["grade.mild", "evidence.E4", "finding.heel_rise.seen", "finding.heel_rise.possible"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_grades_cannot_slip_into_wellness(key, language):
    with pytest.raises(KnowledgeError, match="clinician profile only"):
        say(key, profile="wellness", language=language, value="9°")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("finding.ribs_up_first.title", "Ribs up first"),
        ("measure.elbow_flexion_deg", "Elbow flexion"),
        ("reason.sun_in_the_lens", "Sun in the lens"),
    ],
)
def test_an_id_without_words_reads_as_english(key, expected):
    assert say(key, language="de") == expected


def test_a_text_only_english_has_is_given_in_english(monkeypatch):
    tables = {"en": {"report.new": "New"}, "de": {}}
    monkeypatch.setattr(wording, "_table", lambda language: tables[language])
    assert say("report.new", language="de") == "New"


def test_unknown_language_and_profile_name_the_known_ones():
    with pytest.raises(UsageError, match="de, en"):
        say("tier.T1", language="xx")
    with pytest.raises(UsageError, match="clinician, wellness"):
        say("tier.T1", profile="patient")


# --- counts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "language", "expected"),
    [
        ((5, 2, 4), "en", "Five usable repetitions, 2 things noticed, 4 not judged."),
        ((1, 1, 1), "en", "One usable repetition, 1 thing noticed, 1 not judged."),
        ((14, 0, 0), "en", "14 usable repetitions, nothing to note, everything judged."),
        ((0, 0, 9), "en", "No usable repetition, 9 not judged."),
        ((5, 2, 4), "de", "Fünf verwertbare Wiederholungen, 2 Beobachtungen, 4 nicht beurteilt."),
        ((1, 1, 0), "de", "Eine verwertbare Wiederholung, 1 Beobachtung, alles beurteilt."),
    ],
)
def test_the_verdict_counts_in_words(counts, language, expected):
    usable, noticed, not_judged = counts
    assert verdict(usable=usable, noticed=noticed, not_judged=not_judged, language=language) == expected


def test_wellness_has_its_own_verdict():
    line = verdict(usable=5, noticed=2, not_judged=1, profile="wellness")
    assert line == "We saw 5 full repetitions, noticed 2 things, could not see one thing."


def test_count_words_run_out_at_some_point():
    assert count_word(3, language="de") == "Drei"
    assert count_word(40, language="de") == "40"
    assert say_count("verdict.noticed", 1, language="de") == "1 Beobachtung"


def test_every_counted_text_has_all_three_forms():
    forms = [key.rsplit(".", 1) for key in keys() if key.rsplit(".", 1)[-1] in ("zero", "one", "other")]
    for name, group in itertools.groupby(sorted(forms), key=lambda pair: pair[0]):
        assert {form for _, form in group} == {"zero", "one", "other"}, name


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (104.4, "deg", "104°"),
        (2.5, "deg", "3°"),
        (-2.5, "deg", "−3°"),
        (-0.4, "deg", "0°"),
        (12.2, "pct", "12\u00a0%"),
        (0.826, "ratio", "0.83"),
        (2.04, "s", "2.0\u00a0s"),
        (1.5, "times", "1.5×"),
        (2.0, "times", "2×"),
        (-209.6, "ms", "−210\u00a0ms"),
        (41.2, "deg_s", "41°/s"),
        (math.nan, "deg", "–"),
    ],
)
def test_numbers_are_whole_with_a_true_minus(value, unit, expected):
    assert format_value(value, unit) == expected


def test_german_numbers_have_a_comma_and_changes_a_sign():
    assert format_value(2.04, "s", "de") == "2,0\u00a0s"
    assert format_value(12, "deg", signed=True) == "+12°"
    assert format_value(-3, "deg", signed=True) == "−3°"
    assert format_value(0.2, "deg", signed=True) == "0°"


@pytest.mark.parametrize(
    ("low", "high", "unit", "language", "expected"),
    [
        (97.6, 110.2, "deg", "en", "98–110"),
        (-5, 3, "deg", "en", "−5 to 3"),
        (-8, -2, "deg", "de", "−8 bis −2"),
        (0.79, 0.86, "ratio", "de", "0,79–0,86"),
        (math.nan, 3, "deg", "en", "–"),
    ],
)
def test_ranges(low, high, unit, language, expected):
    assert format_range(low, high, unit, language) == expected


def test_steps_read_as_a_line_in_both_languages():
    over = {"mild": 5.0, "moderate": 10.0, "marked": 15.0}
    assert (
        steps_line(over, direction="over", unit="deg")
        == "mild above 5°, moderate above 10°, marked above 15°"
    )
    under = steps_line({"mild": -10.0, "marked": -30.0}, direction="under", unit="pct", language="de")
    assert under == "leicht unter −10\u00a0%, deutlich unter −30\u00a0%"
