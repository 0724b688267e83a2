"""The tables hold together, every rule bites, and the evidence page is what they say."""

import copy
import math
import shutil

import pytest

from movement_lab import knowledge
from movement_lab.errors import KnowledgeError
from movement_lab.evidence import PAGE, build_evidence
from movement_lab.knowledge import (
    FOLDER,
    STEPS,
    Guard,
    knowledge_hash,
    load_grading,
    load_measures,
    load_movement,
    load_sources,
    mdc_unit_of,
    parse_grading,
    parse_measures,
    parse_movement,
    parse_sources,
    read_table,
    unit_of,
)
from movement_lab.records import MOVEMENTS

SPEC_ROWS = {
    "squat": {f"S{n}" for n in range(1, 16)},
    "hinge": {f"H{n}" for n in range(1, 12)},
    "lunge": {f"L{n}" for n in range(1, 13)},
}

# Second entry of what the specification's tables (section 4) say for body points: limits and noise.
SPEC_LIMITS = {
    ("squat", "trunk_lean_beyond_shank"): ((10, 20, 30), 6),
    ("squat", "limited_shank_travel"): ((25, 20, 15), 5),
    ("squat", "heel_rise"): ((3, 6, 10), 4),
    ("squat", "knees_inward"): ((-10, -20, -30), 10),
    ("squat", "pelvis_shift"): ((5, 8, 12), 4),
    ("squat", "trunk_lean_sideways"): ((5, 8, 12), 5),
    ("squat", "hips_rise_first"): ((5, 10, 15), 6),
    ("squat", "head_position"): ((15, 25, 35), 8),
    ("hinge", "lean_back_at_top"): ((-5, -8, -12), 5),
    ("hinge", "squatting_the_hinge"): ((25, 35, 50), 8),
    ("hinge", "rib_cage_shift"): ((4, 6, 10), 4),
    ("hinge", "hands_drift"): ((10, 15, 25), 5),
    ("lunge", "lead_knee_inward"): ((10, 15, 20), 9),
    ("lunge", "trunk_lean_forward"): ((15, 25, 35), 6),
    ("lunge", "lead_heel_rise"): ((3, 6, 10), 4),
    ("lunge", "trunk_swing_on_return"): ((8, 12, 18), 6),
}

ALL_FINDINGS = [(name, row) for name in MOVEMENTS for row in load_movement(name).findings]


@pytest.mark.parametrize("name", MOVEMENTS)
def test_every_row_of_the_specification_is_there(name):
    assert {row.spec for row in load_movement(name).findings} == SPEC_ROWS[name]


@pytest.mark.parametrize("key", SPEC_LIMITS, ids="-".join)
def test_limits_and_noise_are_those_of_the_specification(key):
    name, finding = key
    limits, mdc = SPEC_LIMITS[key]
    row = load_movement(name).finding(finding)
    assert tuple(row.limits[step] for step in STEPS) == limits
    assert row.mdc == mdc


def test_what_landmarks_cannot_show_is_never_claimed_from_them():
    for _, row in ALL_FINDINGS:
        measure = load_measures()[row.measure]
        assert (measure.tier == "T0") == (row.needs in ("spine", "calibration")), row.id
        assert (measure.tier == "T3") == (row.needs == "world_landmarks"), row.id
        if measure.tier == "T0":
            assert math.isnan(row.mdc), row.id


def test_depth_step_and_toes_carry_no_grade():
    described = {(name, row.id) for name, row in ALL_FINDINGS if row.kind == "descriptive"}
    assert described == {
        ("squat", "depth"),
        ("lunge", "step_length"),
        ("lunge", "lunge_depth"),
        ("lunge", "knee_past_toes"),
    }


@pytest.mark.parametrize(
    ("thigh_deg", "expected"),
    [
        (40, "partial"),
        (60, "near_parallel"),
        (79.9, "near_parallel"),
        (90, "parallel"),
        (115, "deep"),
        (math.nan, ""),
    ],
)
def test_depth_classes(thigh_deg, expected):
    assert load_movement("squat").finding("depth").class_of(thigh_deg) == expected


def test_a_guard_is_met_inside_its_span_only():
    guard = load_movement("squat").finding("limited_shank_travel").when
    assert guard.met(80)
    assert not guard.met(79)
    assert not guard.met(math.nan)
    assert not Guard("knee_flexion_deg", at_most=50).met(51)


def test_units_follow_the_measure_unless_the_row_says_otherwise():
    squat, lunge = load_movement("squat"), load_movement("lunge")
    assert unit_of(squat.finding("heel_rise")) == "deg"
    assert unit_of(squat.finding("knees_inward")) == "pct"  # a ratio, in per cent of standing
    assert unit_of(lunge.finding("left_right_depth")) == "mdc"
    assert mdc_unit_of(squat.finding("left_right_knee_bend")) == "deg"
    assert mdc_unit_of(squat.finding("pelvis_shift")) == "pct"


def test_why_a_row_cannot_be_judged_is_a_reason_id():
    hinge = load_movement("hinge")
    assert hinge.finding("back_before_hips").reason_if_absent == "needs_spine_signal"
    assert hinge.finding("back_before_hips").reason_if_other_task == "needs_instructed_task"
    assert hinge.finding("rib_cage_shift").reason_if_other_view == "wrong_view_needs_front"
    assert hinge.finding("lean_back_at_top").reason_if_absent == ""


def test_evidence_of_item_and_numbers_are_told_apart():
    squat = load_movement("squat")
    assert squat.finding("heel_rise").evidence_key == "E3_E4"
    assert squat.finding("pelvis_shift").evidence_key == "E4"
    assert load_movement("lunge").finding("step_length").evidence_key == "described"


def test_noise_between_visits_follows_from_the_standard_error():
    factor = load_grading().mdc_factor
    for row in load_measures().values():
        assert row.mdc95 == pytest.approx(factor * row.sem, rel=0.11), row.id  # printed as whole degrees


def test_absolute_values_are_less_certain_than_changes():
    knee = load_measures()["knee_flexion_deg"]
    assert knee.sd_method("abs") > 1.5 * knee.sd_method("rel")


def test_every_source_is_used_somewhere():
    used = {key for _, row in ALL_FINDINGS for key in row.sources}
    used |= {key for row in load_measures().values() for key in row.sources}
    used |= {key for name in MOVEMENTS for key in load_movement(name).rules_sources}
    assert used == set(load_sources())


def test_common_repetition_rules_are_merged_and_the_movement_wins():
    raw = squat()
    raw["rules"]["rep_max_duration_s"] = 20
    movement = parse_movement(raw, file="squat.toml")
    assert movement.rules["rep_max_duration_s"] == 20
    assert movement.rules["rep_min_duration_s"] == load_grading().repetition["rep_min_duration_s"]


def test_unknown_movement_names_the_known_ones():
    with pytest.raises(KnowledgeError, match=r"'plank'.*squat, hinge, lunge"):
        load_movement("plank")


def test_evidence_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == build_evidence(), "run python -m movement_lab.evidence"


def test_evidence_page_shows_every_row_with_its_words():
    page = build_evidence()
    for _, row in ALL_FINDINGS:
        assert f"| `{row.id}` | {row.spec} |" in page
    assert "mild above 10°, moderate above 20°, marked above 30°" in page
    assert "| E4 |" not in page


# --- every rule, broken once -------------------------------------------------------------------


def squat():
    return copy.deepcopy(read_table("movements/squat.toml"))


def edit(name, /, **changes):
    """Return a change of one finding; None takes a key away."""

    def change(raw):
        row = next(row for row in raw["finding"] if row["id"] == name)
        row.update(changes)
        for key, value in changes.items():
            if value is None:
                del row[key]

    return change


BROKEN_FINDINGS = {
    "unknown key": (edit("heel_rise", colour="red"), "unknown key 'colour'.*limits"),
    "missing key": (edit("heel_rise", at=None), "'at' is missing"),
    "evidence missing": (edit("heel_rise", evidence=None), "'evidence' is missing"),
    "bad evidence": (edit("heel_rise", evidence="E9"), "evidence is 'E9'.*E1, E2, E3, E4"),
    "bad at": (edit("heel_rise", at="bottom"), "at is 'bottom'.*turn"),
    "bad zero": (edit("heel_rise", zero="own"), "zero is 'own'.*abs, rel"),
    "bad needs": (edit("heel_rise", needs="luck"), "needs is 'luck'.*spine"),
    "bad type": (edit("heel_rise", mdc="four"), "mdc is 'four'.*a number"),
    "truth value for a number": (edit("heel_rise", mdc=True), "mdc is True.*a number"),
    "number for a text": (edit("heel_rise", note=3), "note is 3.*a text"),
    "sources no list": (edit("heel_rise", sources="nasm"), "sources is 'nasm'.*a list"),
    "limits no table": (edit("heel_rise", limits=[3, 6]), r"limits is \[3, 6\].*a table"),
    "guard no table": (edit("heel_rise", when="deep"), "'deep' is no table"),
    "unknown measure": (edit("heel_rise", measure="heel_deg"), "'heel_deg' does not exist.*heel_rise_deg"),
    "unknown guard measure": (edit("heel_rise", when={"measure": "x_deg"}), "'x_deg' does not exist"),
    "unknown second measure": (edit("heel_rise", also={"measure": "y", "limits": {}}), "'y' does not exist"),
    "missing source": (edit("heel_rise", sources=["nobody99"]), "'nobody99' is missing.*nasm"),
    "duplicate id": (edit("heel_rise", id="depth"), "'depth' occurs twice"),
    "id not plain": (edit("heel_rise", id="Heel-Rise"), "'Heel-Rise' is not plain"),
    "other movement's row": (edit("heel_rise", spec="H6"), "spec is 'H6'.*S and a number"),
    "side for a middle measure": (edit("hips_rise_first", side="near"), "side is 'near'.*mid"),
    "middle for a sided measure": (edit("heel_rise", side="mid"), "side is 'mid'.*near, lead or each"),
    "lead leg outside a lunge": (edit("heel_rise", side="lead"), "only a lunge has a lead leg"),
    "view of another plane": (edit("heel_rise", view="front"), "view is 'front'.*side"),
    "graded without limits": (edit("heel_rise", limits=None), "graded row with limits"),
    "limits of a description": (edit("depth", limits={"mild": 3}), "descriptive row with limits"),
    "unknown step": (edit("heel_rise", limits={"severe": 3}), "'severe' is no step.*mild"),
    "limits falling": (edit("heel_rise", limits={"mild": 6, "marked": 3}), "not in order.*rising"),
    "limits equal": (edit("heel_rise", limits={"mild": 6, "marked": 6}), "not in order"),
    "limits rising under": (
        edit("limited_shank_travel", limits={"mild": 15, "marked": 25}),
        "not in order.*falling",
    ),
    "size below zero": (edit("pelvis_shift", limits={"mild": -5, "marked": 8}), "positive sizes"),
    "classes in a graded row": (edit("heel_rise", classes=[{"name": "low"}]), "descriptive rows only"),
    "classes not rising": (
        edit("depth", classes=[{"name": "a", "below": 60}, {"name": "b", "below": 50}, {"name": "c"}]),
        "rising numbers",
    ),
    "classes with a ceiling": (edit("depth", classes=[{"name": "a", "below": 60}]), "the last class without"),
    "per cent of standing of an absolute value": (edit("knees_inward", zero="abs"), "zero = 'rel'"),
    "unknown variant": (edit("heel_rise", variant="sumo"), "variant 'sumo'"),
    "published numbers without a source": (
        edit("left_right_fold", sources=[]),
        "evidence E2 without a source",
    ),
    "frames picked by nothing": (edit("low_back_arch", at="max_while"), "'max_while' without when"),
    "frames picked in two ways": (
        lambda raw: (
            edit("low_back_arch", at="max_while", when={"measure": "pelvic_tilt_deg", "at_most": 5})(raw),
            edit("low_back_bend_range", at="max_while", when={"measure": "pelvic_tilt_deg", "at_most": 9})(
                raw
            ),
        ),
        "when differs from that of 'low_back_arch'",
    ),
    "share of another part": (edit("late_pelvic_tuck", at="share_of_ascent"), "lumbar_flexion_deg in pct"),
    "item evidence repeated": (edit("heel_rise", item_evidence="E4"), "only where it differs"),
}


@pytest.mark.parametrize("name", BROKEN_FINDINGS)
def test_a_broken_finding_is_named(name):
    change, expected = BROKEN_FINDINGS[name]
    raw = squat()
    change(raw)
    with pytest.raises(KnowledgeError, match=expected) as caught:
        parse_movement(raw, file="movements/squat.toml")
    assert str(caught.value).startswith("movements/squat.toml")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda raw: raw.update(driver="hip_deg"), "'hip_deg'.*hip_drop_pct"),
        (lambda raw: raw.update(rules_evidence="none"), "rules_evidence is 'none'"),
        (lambda raw: raw.update(rules_sources=["nobody99"]), "'nobody99' is missing"),
        (lambda raw: raw["rules"].update(min_drop=3), "'min_drop' has no unit"),
        (lambda raw: raw["rules"].update(min_drop_pct="3"), "rules.min_drop_pct is '3'.*a number"),
        (lambda raw: raw.update(finding=["heel_rise"]), "'heel_rise' is no table"),
        (lambda raw: raw.pop("driver"), "'driver' is missing"),
    ],
)
def test_a_broken_movement_is_named(change, expected):
    raw = squat()
    change(raw)
    with pytest.raises(KnowledgeError, match=expected):
        parse_movement(raw, file="movements/squat.toml")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"unit": "pct"}, "not the end of the name"),
        ({"sem": 0}, "numbers above 0"),
        ({"sd_method_abs": 1, "sd_method_rel": 2}, "smaller than sd_method_rel"),
        ({"tier": "T0"}, "a reason for T0"),
        ({"mdc95_other": {"contour": 2}}, "at least mdc95"),
        ({"tier": "T4"}, "tier is 'T4'"),
        ({"sources": ["nobody99"]}, "'nobody99' is missing"),
        ({"per_side": "yes"}, "per_side is 'yes'.*true or false"),
    ],
)
def test_a_broken_measure_is_named(changes, expected):
    raw = copy.deepcopy(read_table("measures.toml"))
    raw["measure"][1].update(changes)
    with pytest.raises(KnowledgeError, match=expected) as caught:
        parse_measures(raw, sources=load_sources())
    assert "measure 'knee_flexion_deg'" in str(caught.value)


def test_a_measure_may_not_occur_twice():
    raw = copy.deepcopy(read_table("measures.toml"))
    raw["measure"].append(raw["measure"][0])
    with pytest.raises(KnowledgeError, match="occurs twice"):
        parse_measures(raw, sources=load_sources())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"gate_full_deg": 30}, "gates don't rise"),
        ({"capped_at": {"T1": "marked"}}, "one for each of T0, T1, T2, T3"),
        ({"capped_at": {"T0": "huge", "T1": "marked", "T2": "mild", "T3": "none"}}, "capped_at.T0 is 'huge'"),
        ({"sources": ["nobody99"]}, "'nobody99' is missing"),
        ({"repetition": {"rep_min_duration_s": 9, "rep_max_duration_s": 3}}, "rep_min_duration_s"),
    ],
)
def test_broken_grading_is_named(changes, expected):
    raw = {**copy.deepcopy(read_table("grading.toml")), **changes}
    with pytest.raises(KnowledgeError, match=expected):
        parse_grading(raw, sources=load_sources())


def test_a_source_must_say_how_much_of_it_was_read():
    with pytest.raises(KnowledgeError, match=r"source 'x20'.*'read' is missing"):
        parse_sources({"x20": {"citation": "X 2020."}})


@pytest.fixture
def copied_tables(tmp_path, monkeypatch):
    """Let the loader read a copy of the tables, and forget what it has read."""
    folder = shutil.copytree(FOLDER, tmp_path / "knowledge")
    loaders = (load_movement, load_measures, load_sources, load_grading, knowledge_hash)
    monkeypatch.setattr(knowledge, "FOLDER", folder)
    for loader in loaders:
        loader.cache_clear()
    yield folder
    for loader in loaders:
        loader.cache_clear()


def test_the_hash_follows_the_tables_and_only_them(copied_tables):
    before = knowledge_hash()
    (copied_tables / "notes.txt").write_text("nothing to do with it")
    knowledge_hash.cache_clear()
    assert knowledge_hash() == before
    table = copied_tables / "movements" / "lunge.toml"
    table.write_text(table.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    knowledge_hash.cache_clear()
    assert knowledge_hash() != before


def test_a_file_that_is_no_toml_is_named(copied_tables):
    (copied_tables / "movements" / "hinge.toml").write_text("name = ")
    with pytest.raises(KnowledgeError, match=r"movements/hinge\.toml can't be read"):
        load_movement("hinge")
