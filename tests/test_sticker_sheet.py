"""The sheet: true millimetres on paper, every word in both languages, and plain answers to odd wishes."""

import json
import re

import cv2
import numpy as np
import pytest

from movement_lab.errors import MovementLabError, UsageError
from movement_lab.spine import sticker_sheet as module
from movement_lab.spine.dots import Region, find_dots
from movement_lab.spine.sticker_sheet import sheet_content, sticker_sheet
from movement_lab.spine.sticker_table import load_stickers
from movement_lab.synthetic import props
from movement_lab.validation import spine_scenes
from movement_lab.wording import LANGUAGES, keys

PPI = 100
PX_PER_MM = PPI / 25.4
LENGTHS = load_stickers().sheet.strips_mm


def content(**wishes):
    return sheet_content(**{"colour": "green", "paper": "a4", "strip_mm": 60, "language": "en", **wishes})


def cut_out_pages(**wishes):
    """Return the two pages that are cut out, one above the other, as a picture (H, W, 3) RGB."""
    typst = pytest.importorskip("typst")
    pages = typst.compile(
        module._TEMPLATE,
        format="png",
        ppi=PPI,
        sys_inputs={"sheet": json.dumps(content(**wishes))},
        ignore_system_fonts=True,
    )
    pictures = [cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_COLOR) for page in pages[1:]]
    return np.ascontiguousarray(np.vstack(pictures)[..., ::-1])


def discs_on(picture):
    """Return middles (k, 2) and widths (k,) of the coloured discs, millimetres, row by row."""
    coloured = (np.ptp(picture.astype(int), axis=2) > 60).astype(np.uint8)
    _, _, stats, middles = cv2.connectedComponentsWithStats(coloured)
    large = stats[:, cv2.CC_STAT_AREA] > 0.5 * (load_stickers().sheet.dot_mm * PX_PER_MM) ** 2
    large[0] = False
    middles, widths = middles[large], stats[large, cv2.CC_STAT_WIDTH]
    order = np.lexsort((middles[:, 0], middles[:, 1].round(-1)))
    return middles[order] / PX_PER_MM, widths[order] / PX_PER_MM


@pytest.mark.parametrize("strip_mm", LENGTHS)
def test_dots_lie_in_true_millimetres_on_both_faces(strip_mm):
    dots, widths = discs_on(cut_out_pages(strip_mm=strip_mm))
    sheet = load_stickers().sheet
    strips = dots[dots[:, 0] < dots[:, 0].min() + strip_mm + 1]
    assert len(strips) == 8
    rows = strips.reshape(4, 2, 2)
    assert np.diff(rows[..., 0], axis=1) == pytest.approx(strip_mm, abs=0.1)
    assert np.diff(rows[..., 1], axis=1) == pytest.approx(0, abs=0.1)
    fold = 2 * (sheet.fin_mm - sheet.dot_height_mm)  # the two faces, across the fold
    assert rows[1, 0, 1] - rows[0, 0, 1] == pytest.approx(fold, abs=0.1)
    assert rows[3, 0, 1] - rows[2, 0, 1] == pytest.approx(fold, abs=0.1)
    assert widths == pytest.approx(sheet.dot_mm, abs=0.5)
    assert (len(dots) == 12) == (strip_mm <= sheet.t8_up_to_mm)


def test_the_scale_bar_is_as_long_as_it_says():
    picture = cut_out_pages()
    bar_mm = load_stickers().sheet.scale_bar_mm
    dark = (picture.max(axis=2) < 150)[int(picture.shape[0] * 0.85) :].astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    assert stats[1:, cv2.CC_STAT_WIDTH].max() / PX_PER_MM == pytest.approx(bar_mm, abs=0.6)
    assert f"{bar_mm:g} mm" in content()["words"]["scale"]


@pytest.mark.parametrize("colour", list(load_stickers().colour))
def test_every_printed_colour_is_the_colour_that_is_looked_for(colour):
    picture = cut_out_pages(colour=colour)
    height, width = picture.shape[:2]
    dot_px = load_stickers().sheet.dot_mm * PX_PER_MM
    assert len(find_dots(picture, Region(0, 0, width, height, dot_px), colour)) == 12


@pytest.mark.parametrize(("paper", "box"), [("a4", "595.27\\d+ 841.8\\d+"), ("letter", "612 792")])
@pytest.mark.parametrize("strip_mm", LENGTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_three_pages_of_that_paper_without_pictures(tmp_path, paper, box, strip_mm, language):
    pytest.importorskip("typst")
    path = sticker_sheet(tmp_path / "sheet.pdf", paper=paper, strip_mm=strip_mm, language=language)
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rf"/MediaBox\s*\[0 0 {box}\]".encode(), data)) == 3
    assert b"/Subtype/Image" not in data


def test_the_same_wish_gives_the_same_bytes(tmp_path):
    pytest.importorskip("typst")
    first, second = (sticker_sheet(tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert first == second


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_the_template_asks_for_is_there(language):
    asked = set(re.findall(r"say\.(\w+)", module._TEMPLATE.read_text(encoding="utf-8")))
    words = content(language=language)["words"]
    assert asked <= set(words)
    assert {f"stickers.colour.{name}" for name in load_stickers().colour} <= set(keys(language))
    assert "{" not in re.sub(r"\{(page|pages|number)\}", "", " ".join(words.values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_reading_answers_with_has_words(language):
    reasons = ("stickers_not_found", "stickers_hidden", "strip_too_short", "sticker_colour_in_scene")
    assert [name for name in reasons if f"reason.{name}" not in keys(language)] == []
    assert {"stickers.colour_taken", "stickers.no_colour_free"} <= set(keys(language))


def test_the_table_follows_the_levels_of_the_spine():
    rows = content()["table"]
    spans, uppers, t8s = (
        np.array([float(row[name].split()[0]) for row in rows]) for name in ("span", "upper", "t8")
    )
    assert np.abs(uppers / spans - 0.66).max() < 0.01
    assert np.abs(t8s / spans - 0.44).max() < 0.01
    assert content(language="de")["table"][0]["upper"] == "27,5 cm"


def test_a_long_lower_strip_goes_below_its_mark_not_up_the_low_back():
    assert [content(strip_mm=length)["below_mark"] for length in (60, 80, 100)] == [5, 25, 45]


@pytest.mark.parametrize(
    ("wish", "answer"),
    [
        ({"colour": "mauve"}, "green, magenta"),
        ({"paper": "a7"}, "a4, letter"),
        ({"strip_mm": 75}, "60, 80, 100"),
        ({"language": "xx"}, "de, en"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(tmp_path, wish, answer):
    with pytest.raises(UsageError, match=answer):
        sticker_sheet(tmp_path / "sheet.pdf", **wish)
    assert list(tmp_path.iterdir()) == []


def test_without_typst_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "typst", None)
    with pytest.raises(MovementLabError, match="Typst is not installed"):
        sticker_sheet(tmp_path / "sheet.pdf")


def test_rendered_people_wear_what_is_printed():
    sheet = load_stickers().sheet
    worn_mm = [1000 * each for each in (props._FIN_M, props._HEIGHT_M, props._DOT_M)]
    assert worn_mm == pytest.approx([sheet.fin_mm, sheet.dot_height_mm, sheet.dot_mm])
    assert spine_scenes._STRIP_MM in sheet.strips_mm
