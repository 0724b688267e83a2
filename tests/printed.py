"""A printed PDF read back by another program: pages, texts, and where each piece of text stands."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from pypdf import PdfReader
from pypdf.generic import StreamObject

A4_PT = (595.28, 841.89)


@dataclass(frozen=True)
class Piece:
    """A piece of text: page from 1, left and foot in points from the lower left corner, size in points."""

    page: int
    x: float
    y: float
    size: float
    text: str


class Printed:
    """A PDF taken apart."""

    def __init__(self, pdf: bytes) -> None:
        self.reader = PdfReader(io.BytesIO(pdf))
        self.pieces: list[Piece] = []
        self.texts = [self._read(number) for number in range(1, len(self.reader.pages) + 1)]

    def _read(self, number: int) -> str:
        def visit(text, matrix, text_matrix, _font, size):
            if text.strip():
                scale = abs(matrix[3] * text_matrix[3])
                place = (matrix[4] + text_matrix[4], matrix[5] + text_matrix[5])
                self.pieces.append(Piece(number, *place, size * scale, text))

        return self.reader.pages[number - 1].extract_text(visitor_text=visit)

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def text(self) -> str:
        """Everything that can be read, with single spaces."""
        return said(" ".join(self.texts))

    @property
    def pictures(self) -> list[bytes]:
        """The JPEG pictures in the file, as they were put into it."""
        numbers = range(1, len(self.reader.xref_objStm) + sum(map(len, self.reader.xref.values())) + 1)
        objects = (self.reader.get_object(number) for number in numbers)
        return [
            each._data
            for each in objects
            if isinstance(each, StreamObject) and each.get("/Filter") == "/DCTDecode"
        ]

    @property
    def sizes(self) -> list[tuple[float, float]]:
        """Width and height of each page in points."""
        return [(float(page.mediabox.width), float(page.mediabox.height)) for page in self.reader.pages]


def said(text: str) -> str:
    """Return a text without what only separates lines: breaks, hyphens at their ends, invisible spaces."""
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w)-\s*\n\s*", "", text).replace("\u200b", ""))


def squeezed(text: str) -> str:
    """Return the letters and signs alone, for texts that a reader cuts up at other places."""
    return re.sub(r"[\s\u200b]", "", text)
