"""Drawings made ready for paper: everything has a length, a colour of its own, and text keeps its size."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from movement_lab.charts import PANEL_PX, Curve, RepMark, curve_panel, rep_header, time_axis
from movement_lab.exporters.hip_back import share_bar
from movement_lab.exporters.pdf.ink import REGIONS, TEXT_PX, Room, line_sample, print_svg

SPAN = (0.0, 10.0)
REPS = [RepMark(1, 1.0, (2.0, 3.0), 4.0), RepMark(2, 5.0, (6.0, 7.0), 8.0, note="hidden")]
WIDTH, HEIGHT = 300.0, 52.0


def panel(**fields):
    time_s = np.linspace(0, 10, 101)
    values = np.where((time_s > 4) & (time_s < 4.6), np.nan, 50 + 50 * np.sin(time_s))
    curve = Curve(time_s, values, 4.0, 7.0, **{"region": "hip", "bottom": -10.0, "top": 120.0} | fields)
    return curve_panel(curve, span_s=SPAN, reps=REPS, head_s=5.0, label="x", tick=lambda n: f"{n:.0f}°")


def shapes_of(svg, tag):
    return [each for each in ElementTree.fromstring(svg).iter() if each.tag.endswith(f"}}{tag}")]


DRAWINGS = {
    "panel": panel(),
    "rough": panel(rough=True, own_zero=False),
    "header": rep_header(REPS, span_s=SPAN, word="Rep", chosen=1),
    "axis": time_axis(SPAN),
}


@pytest.mark.parametrize("kind", DRAWINGS)
def test_nothing_is_left_to_a_style_sheet_or_to_a_page(kind):
    svg = print_svg(DRAWINGS[kind], width=WIDTH, height=HEIGHT, room=Room(left=30))
    assert not re.search(r'class=|%"|vector-effect|preserveAspectRatio|aria-', svg)
    for each in ElementTree.fromstring(svg).iter():
        if each.tag.endswith(("}line", "}path", "}rect", "}circle")):
            assert {"fill", "stroke"} & set(each.attrib), each.attrib


def test_a_curve_lies_where_it_lies_on_the_page():
    svg = print_svg(panel(), width=WIDTH, height=HEIGHT)
    curve = next(each for each in shapes_of(svg, "path") if each.get("fill") == "none")
    points = np.array(
        [[float(n) for n in pair] for pair in re.findall(r"([\d.-]+) ([\d.-]+)", curve.get("d"))]
    )
    assert points[0, 0] == 0
    assert points[-1, 0] == pytest.approx(WIDTH)
    zero = next(line for line in shapes_of(svg, "line") if line.get("stroke-width") == "1")
    start = float(zero.get("y1")) - 50 / 130 * 82 / PANEL_PX * HEIGHT
    assert points[0, 1] == pytest.approx(start, abs=0.1)


def test_what_was_not_seen_is_hatched_and_the_hatching_travels_along():
    svg = print_svg(panel(), width=WIDTH, height=HEIGHT)
    hatched = next(each for each in shapes_of(svg, "rect") if each.get("fill") == "url(#hatch)")
    assert float(hatched.get("x")) == pytest.approx(0.41 * WIDTH, abs=1)
    assert shapes_of(svg, "pattern")


def test_text_keeps_its_size_and_labels_never_touch():
    for height in (30.0, 52.0, 104.0):
        texts = shapes_of(print_svg(panel(), width=WIDTH, height=height), "text")
        assert {each.get("font-size") for each in texts} == {str(TEXT_PX)}
        feet = sorted(float(each.get("y")) for each in texts)
        assert "0" in {each.text for each in texts}
        assert all(gap >= TEXT_PX for gap in np.diff(feet))
    assert TEXT_PX * 0.75 >= 8


def test_a_grey_printer_keeps_the_regions_apart():
    cues = {(width, dash) for _, width, dash in REGIONS.values()}
    assert len(cues) == len(REGIONS)
    assert "stroke-dasharray" in line_sample("knee", rough=True)


def test_bars_keep_their_share():
    from movement_lab.coordination.readings import Stretch, reading

    row = reading("share_pct", Stretch("spine", "stickers"), 25.0, 5.0)
    svg = print_svg(share_bar(row, height=18, label="x"), width=200, height=9)
    back, hip = shapes_of(svg, "rect")
    assert (float(back.get("width")), float(hip.get("x"))) == (50, 50)
    assert float(back.get("height")) == 9


def test_what_is_said_in_a_drawing_stays_text():
    bad = '<svg width="10" height="10"><text x="1" y="2">&lt;b&gt; &amp; "</text></svg>'
    (text,) = shapes_of(print_svg(bad, width=10, height=10), "text")
    assert text.text == '<b> & "'
