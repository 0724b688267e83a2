"""The evidence page holds every row and number of the tables that tell hip, low back and rib cage apart."""

import re

import pytest

from movement_lab.coordination import load_coordination
from movement_lab.evidence import build_evidence
from movement_lab.evidence.markdown import comments, numbers
from movement_lab.knowledge import read_table
from movement_lab.spine.combine import load_methods, spine_sources
from movement_lab.spine.sticker_table import load_stickers


@pytest.fixture(scope="module")
def page():
    return build_evidence()


def sections(file):
    return {name: table for name, table in read_table(file).items() if isinstance(table, dict)}


@pytest.mark.parametrize(
    ("file", "left_out"),
    [
        ("spine.toml", {"source"}),
        ("contour.toml", set()),
        ("stickers.toml", {"colour", "level_pct"}),
    ],
)
def test_every_number_of_a_table_is_shown(page, file, left_out):
    for section, table in sections(file).items():
        if section in left_out:
            continue
        for name, value in table.items():
            if isinstance(value, float | int):
                assert f"| `{name}` | {value:g} |" in page, name
    assert "| `ends_deg` | 30, 60, 90 |" in page


def test_every_row_of_methods_colours_readings_rules_groups_and_styles_is_shown(page):
    table = load_coordination()
    for id in (*load_methods(), *table.measures, *table.rules, *(style.id for style in table.styles)):
        assert f"| `{id}` |" in page
    for colour in load_stickers().colour.values():
        assert f"| {colour.print} |" in page
    for norm in table.norms:
        assert f"| {norm.population} |" in page


def test_every_source_stands_on_the_page_once_and_every_link_has_one(page):
    anchors = re.findall(r'<a id="(\w+)">', page)
    assert anchors == sorted({*load_coordination().sources, *spine_sources()})
    assert set(re.findall(r"\]\(#(\w+)\)", page)) - set(anchors) <= {"measures"}


def test_limits_of_styles_read_as_sentences(page):
    assert (
        "`range_of_best_pct` below 70 % and `speed_of_best_pct` below 70 %".replace(" %", "\u00a0%") in page
    )
    assert "`share_pct` above 37 % and below 59 %".replace(" %", "\u00a0%") in page


def test_what_no_visit_can_claim_is_said(page):
    (row,) = [line for line in page.splitlines() if line.startswith("| `sparc_ratio` |")]
    assert "none can be claimed" in row
    assert "therapists only" in row
    (row,) = [line for line in page.splitlines() if line.startswith("| `duration_s` |")]
    assert "15\u00a0% of the value" in row


def test_a_comment_belongs_to_the_key_right_below_it_and_to_no_other():
    said = comments("contour.toml")
    assert said["edge", "arm_high"] == "Above this share the upper arm is the shoulder itself."
    assert ("edge", "core_high") not in said
    assert ("", "evidence") not in said
    assert "| `arm_high` | 0.8 | Above this share the upper arm is the shoulder itself. |" in numbers(
        "contour.toml", "edge"
    )
