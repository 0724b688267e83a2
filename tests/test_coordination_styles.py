"""Styles are said only where measured intervals allow it, and the table behind them holds together."""

import copy
import math

import numpy as np
import pytest
from bends import (
    SPINE_SHARE,
    cycle,
    plain_bend,
    set_of,
)

from movement_lab.coordination import (
    bend_range,
    coordinate,
    load_coordination,
    over_reps,
    parse_coordination,
    share,
    style_of,
)
from movement_lab.coordination.readings import Stretch, reading
from movement_lab.errors import KnowledgeError
from movement_lab.knowledge import load_measures, read_table

# ---------------------------------------------------------------- styles


def low_back_share(value, sd=3.0, *, n_reps=5, method="stickers", kind="spine"):
    return reading("share_pct", Stretch(kind, method), value, sd, n_reps=n_reps)


@pytest.mark.parametrize(
    ("value", "sd", "style"),
    [
        (48, 3, "shared"),
        (70, 3, "back_led"),
        (25, 3, "hip_led"),
        (60, 3, None),  # the interval reaches into "shared"
        (48, 10, None),  # too uncertain for any
        (70, 12, None),
        (36, 3, None),
    ],
)
def test_a_style_is_said_only_where_the_whole_interval_supports_it(value, sd, style):
    found = style_of([low_back_share(value, sd)], free_bend=True)
    assert found.name == style
    assert found.reasons == (() if style else ("between_styles",))
    assert found.readings[-1].value == value


def test_no_style_without_a_measured_low_back():
    for readings in (
        [],
        [low_back_share(70, method="landmarks", kind="fold")],
        [low_back_share(70, method="prior")],
    ):
        assert style_of(readings, free_bend=True).reasons == ("needs_spine_signal",)
    hidden = reading("share_pct", SPINE_SHARE, math.nan, reasons=("bend_too_small",), n_reps=5)
    assert style_of([hidden], free_bend=True).reasons == ("bend_too_small",)


def test_no_style_of_one_repetition_of_a_task_or_of_an_unknown_spread():
    assert style_of([low_back_share(70, n_reps=2)], free_bend=True).reasons == ("not_enough_repetitions",)
    assert style_of([low_back_share(70)], free_bend=False).reasons == ("needs_free_bend",)
    assert style_of([low_back_share(70, sd=math.nan)], free_bend=True).name is None


def of_best(range_pct, speed_pct):
    both = Stretch(way="both", curve="trunk")
    return [
        reading("range_of_best_pct", both, range_pct, 3),
        reading("speed_of_best_pct", Stretch(curve="trunk"), speed_pct, 5),
    ]


@pytest.mark.parametrize(
    ("range_pct", "speed_pct", "style"),
    [(50, 40, "guarded"), (50, 90, "shared"), (95, 40, "shared"), (68, 40, "shared")],
)
def test_guarded_is_both_smaller_and_slower_than_the_own_best(range_pct, speed_pct, style):
    found = style_of([low_back_share(48), *of_best(range_pct, speed_pct)], free_bend=True)
    assert found.name == style


def test_guarded_is_never_said_of_a_first_visit_or_of_an_unknown_back():
    assert style_of([low_back_share(48)], free_bend=True).name == "shared"
    assert style_of(of_best(40, 40), free_bend=True).reasons == ("needs_spine_signal",)


def test_styles_are_said_the_same_way_round_as_the_share():
    back = style_of([over_reps([share(plain_bend(20, 60))] * 5)], free_bend=True)
    hips = style_of([over_reps([share(plain_bend(80, 10))] * 5)], free_bend=True)
    assert (back.name, hips.name) == ("back_led", "hip_led")


# ---------------------------------------------------------------- the table


def table():
    return copy.deepcopy(read_table("coordination.toml"))


def test_norms_and_rules_are_those_of_the_specification():
    loaded = load_coordination()
    norms = {
        (row.measure, row.part): row for row in loaded.norms if "with low back pain" not in row.population
    }
    whole = norms["share_pct", "whole"]
    assert (whole.mean, whole.sd) == (48, 11)
    for part, ratio_ in (("first", 1.9), ("middle", 0.9), ("last", 0.4)):
        assert norms["share_of_third_pct", part].mean == pytest.approx(100 * ratio_ / (1 + ratio_), abs=0.6)
    assert loaded.rules["min_hip_change_deg"].value == 8
    spans = {row.id: row.spans for row in loaded.styles}
    assert spans["back_led"][0].above == whole.mean + whole.sd
    assert spans["hip_led"][0].below == whole.mean - whole.sd


def test_no_two_share_styles_can_both_be_said():
    rows = [row for row in load_coordination().styles if row.spans[0].measure == "share_pct"]
    assert len(rows) == 3
    for value in np.arange(0, 100, 0.5):
        assert sum(row.spans[0].holds(value, value) for row in rows) <= 1


def test_the_spread_rule_keeps_a_change_as_uncertain_as_a_value():
    made = plain_bend(70, 40, sd=load_measures()["lumbar_flexion_deg"].sd_method("rel"))
    assert share(made).sd == pytest.approx(100 * 4 / 110, rel=0.01)


def drop(row, key):
    def change(raw):
        del raw[row][0][key]

    return change


BROKEN = {
    "measure that isn't there": (
        lambda raw: raw["norm"][0].update(measure="x_pct"),
        "'x_pct' does not exist",
    ),
    "span of no measure": (lambda raw: raw["style"][0]["spans"][0].update(measure="y"), "'y' does not exist"),
    "rule without a unit": (lambda raw: raw["rule"][0].update(id="min_something"), "no unit"),
    "measure with another unit": (
        lambda raw: raw["measure"][0].update(unit="deg"),
        "doesn't end in its unit",
    ),
    "unknown source": (lambda raw: raw["rule"][0].update(sources=["nobody99"]), "'nobody99' is missing"),
    "published without source": (lambda raw: raw["norm"][0].update(sources=[]), "E2 without a source"),
    "evidence missing": (drop("rule", "evidence"), "'evidence' is missing"),
    "twice the same rule": (lambda raw: raw["rule"].append(raw["rule"][0]), "occurs twice"),
    "source known elsewhere": (
        lambda raw: raw["source"].update(laird18={"citation": "L.", "read": "excerpt"}),
        "in sources.toml too",
    ),
    "number for a text": (lambda raw: raw["measure"][0].update(note=3), "note is 3"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_named(name):
    change, expected = BROKEN[name]
    raw = table()
    change(raw)
    with pytest.raises(KnowledgeError, match=expected) as caught:
        parse_coordination(raw)
    assert str(caught.value).startswith("coordination.toml")


def test_every_source_of_its_own_is_used():
    raw, loaded = table(), load_coordination()
    rows = [*loaded.rules.values(), *loaded.measures.values(), *loaded.norms, *loaded.styles]
    assert set(raw["source"]) <= {key for row in rows for key in row.sources}


def test_every_measure_of_the_table_is_read_somewhere():
    curves, reps = set_of(5, lambda _, t: (70 * cycle(t), 40 * cycle(t)))
    found = coordinate(curves, reps)
    names = {each.name for each in found.of_set}
    names |= {each.name for one in found.coupling.values() for each in (*one.time_pct.values(), one.spread)}
    names |= {found.phase.marp.name, found.phase.deviation.name}
    names |= {
        getattr(found.variability["lower"], field).name for field in ("range_sd", "range_cv", "curve_sd")
    }
    elsewhere = {"thorax_share_pct", "side_difference_deg", "symmetry_index_pct"}
    elsewhere |= {"range_of_best_pct", "speed_of_best_pct"}
    assert names | elsewhere == set(load_coordination().measures)


def test_range_is_that_of_the_curve():
    assert bend_range(plain_bend(70, 40), "upper", sd_deg=3).value == pytest.approx(40, abs=0.01)
