"""Plain values and pictures -> PDF, by Typst: offline, with its own fonts, the same bytes every time.

What people wrote reaches the template as JSON, so that it is text there and never markup.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from movement_lab.errors import MovementLabError

_FOLDER: Final = Path(__file__).parent
_FONTS: Final = _FOLDER / "fonts"
_SHARED: Final = "common.typ"
_JPEG_START: Final = b"\xff\xd8\xff"
#: Ends of the blocks of letters that the fonts shipped here have.
_OWN_LETTERS_END: Final = 0x0530
_OWN_LETTERS_TOO: Final = range(0x1E00, 0x2000)


def typeset(template: str, content: Mapping[str, Any], picture: bytes | None, *, made_s: int) -> bytes:
    """Return the PDF that a template makes of the content.

    Parameters
    ----------
    template : str
        Name of a file beside this module, such as ``therapist.typ``.
    content : mapping
        JSON values; SVG drawings as text.
    picture : bytes or None
        A JPEG, shown where the template asks for it.
    made_s : int
        The date written into the file, seconds since 1970: nothing else in it depends on the clock.

    Raises
    ------
    MovementLabError
        Typst is missing or refuses.
    """
    try:
        import typst
    except ImportError as error:
        raise MovementLabError(
            "The PDF can't be made: Typst is not installed. It sets the pages. Try: pip install typst."
        ) from error
    shown = {**content, "photo": framed(picture) if picture is not None else None}
    data = json.dumps(shown, ensure_ascii=False, allow_nan=False)
    files = {
        "main.typ": (_FOLDER / template).read_bytes(),
        _SHARED: (_FOLDER / _SHARED).read_bytes(),
        "data.json": data.encode(),
    }
    try:
        pdf = typst.compile(
            files, format="pdf", font_paths=_fonts(system=_beyond_own_fonts(data)), timestamp=made_s
        )
    except typst.TypstError as error:
        raise MovementLabError(
            f"The PDF can't be set: {error}. Try again without picture and comments."
        ) from error
    return bytes(pdf)


def framed(jpeg: bytes) -> dict[str, Any]:
    """Return a JPEG as a drawing of its own size, so that it never has to lie in a file, and its ratio.

    Raises
    ------
    MovementLabError
        It isn't a picture.
    """
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if image is None or not jpeg.startswith(_JPEG_START):
        raise MovementLabError("The picture can't be printed: a JPEG was needed. Try again without it.")
    height, width = image.shape[:2]
    data = base64.b64encode(jpeg).decode()
    size = f'width="{width}" height="{height}"'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">'
        f'<image {size} href="data:image/jpeg;base64,{data}"/></svg>'
    )
    return {"svg": svg, "ratio": width / height}


@cache
def _fonts(*, system: bool) -> Any:
    """Return the fonts shipped here and those of Typst; the computer's own only where those lack letters."""
    import typst

    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True, font_paths=[str(_FONTS)])


def _beyond_own_fonts(text: str) -> bool:
    return any(
        ord(each) >= _OWN_LETTERS_END
        and ord(each) not in _OWN_LETTERS_TOO
        and unicodedata.category(each)[0] == "L"
        for each in set(text)
    )
