"""The sheet of stickers to print: how to wear them, strips to cut out, a bar to check the print.

The PDF is set by Typst (Apache-2.0): one wheel with its own fonts, offline, true millimetres, and its
template reads like the page it makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.errors import MovementLabError, UsageError
from movement_lab.spine.sticker_table import load_stickers
from movement_lab.wording import keys, say

PAPERS: Final = {"a4": "a4", "letter": "us-letter"}
_TEMPLATE: Final = Path(__file__).with_name("sticker_sheet.typ")
_SPANS_CM: Final = (42, 45, 48, 51, 54, 57)
_WORDS: Final = "stickers.sheet."


def sticker_sheet(
    path: Path,
    *,
    colour: str = "green",
    paper: str = "a4",
    strip_mm: float = 80,
    language: str = "en",
) -> Path:
    """Write the sheet as a vector PDF and return its path.

    Parameters
    ----------
    path
        Where to write; an existing file is replaced.
    colour
        Colour of the dots, a name in ``knowledge/stickers.toml``.
    paper
        ``a4`` or ``letter``.
    strip_mm
        From dot to dot of a strip: 60, 80 or 100. Shorter ones suit a short back, longer ones cameras that
        see the person small.
    language
        One of `movement_lab.wording.LANGUAGES`.

    Raises
    ------
    UsageError
        If there is no such colour, paper, strip or language.
    MovementLabError
        If Typst isn't installed.
    """
    content = json.dumps(sheet_content(colour=colour, paper=paper, strip_mm=strip_mm, language=language))
    try:
        import typst
    except ImportError as error:
        raise MovementLabError(
            "The sheet can't be made: Typst is not installed. It sets the PDF. Try: pip install typst."
        ) from error
    with atomic_path(path) as part:
        typst.compile(
            _TEMPLATE,
            part,
            format="pdf",
            sys_inputs={"sheet": content},
            ignore_system_fonts=True,
            timestamp=0,
        )
    return path


def sheet_content(*, colour: str, paper: str, strip_mm: float, language: str) -> dict[str, Any]:
    """Return everything the template needs as plain values: words, and lengths in millimetres."""
    table = load_stickers()
    print_colour = table.colour_named(colour).print
    if paper not in PAPERS:
        raise UsageError(f"There is no paper {paper!r}. Known: {', '.join(PAPERS)}. Choose one of them.")
    if strip_mm not in table.sheet.strips_mm:
        known = ", ".join(f"{length:g}" for length in table.sheet.strips_mm)
        raise UsageError(f"There are no strips of {strip_mm:g} mm. Known: {known}. Choose one of them.")
    numbers = table.sheet
    return {
        "words": _words(colour, strip_mm, language),
        "language": language,
        "paper": PAPERS[paper],
        "print": print_colour,
        "strip": strip_mm,
        "dot": numbers.dot_mm,
        "fin": numbers.fin_mm,
        "dot_height": numbers.dot_height_mm,
        "flap": numbers.flap_mm,
        "margin": numbers.margin_mm,
        "scale_bar": numbers.scale_bar_mm,
        "back": numbers.back_mm,
        "below_mark": max(0.0, strip_mm - numbers.lower_above_mm),
        "singles": strip_mm <= numbers.t8_up_to_mm,
        "t8": table.level_pct["t8"],
        "t12_l1": table.level_pct["t12_l1"],
        "table": [_row(span_cm, language) for span_cm in _SPANS_CM],
    }


def _words(colour: str, strip_mm: float, language: str) -> dict[str, str]:
    """Return every sentence of the sheet by the last part of its key."""
    filled = {
        "colour": say(f"stickers.colour.{colour}", language=language),
        "strip": f"{strip_mm:g}",
        "bar": f"{load_stickers().sheet.scale_bar_mm:g}",
        **{name: f"{{{name}}}" for name in ("page", "pages", "number")},  # filled in later
    }
    sentences = [key for key in keys() if key.startswith(_WORDS)]
    words = {key.removeprefix(_WORDS): say(key, language=language, **filled) for key in sentences}
    return {**words, "not_a_device": say("statement.not_a_device", language=language)}


def _row(span_cm: float, language: str) -> dict[str, str]:
    """Return how far below C7 the marks are for one length from C7 to the lower mark, in half centimetres."""
    level = load_stickers().level_pct

    def cm(value: float) -> str:
        number = f"{round(2 * value) / 2:g}".replace(".", say("language.decimal", language=language))
        return say("stickers.sheet.cm", language=language, number=number)

    return {
        "span": cm(span_cm),
        "upper": cm(span_cm * level["t12_l1"] / 100),
        "t8": cm(span_cm * level["t8"] / 100),
    }
