"""A drawing of the page made ready for paper: colours written in, laid out for a fixed size.

The drawings of `movement_lab.charts` and its neighbours take their colours from a style sheet and
their width from the page. Typst reads neither, so here every class becomes attributes, every per cent
a length, and what the page stretches is stretched by hand, so that strokes and text keep their size.
One unit is a CSS pixel: 0.75 pt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

FONT: Final = "Inter"
#: 8 pt, the smallest size on paper.
TEXT_PX: Final = 10.67

INK, INK2, INK3, LINE = "#151b20", "#48535c", "#5f6b75", "#c9cfd4"
AMBER: Final = "#b6770c"
#: A hue, a width and a dash each: a grey printer keeps them apart.
REGIONS: Final = {
    "hip": ("#2a66d9", "1.7", ""),
    "back": ("#00776d", "2.3", ""),
    "rib": ("#6f2a7c", "1.9", "7 2.4"),
    "knee": ("#39444d", "1.2", ""),
}
_TEXT_DOWN_PX: Final = 4.0  # from a line to the foot of the text beside it
_PAIR = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
_SVG = "http://www.w3.org/2000/svg"

Style = Mapping[str, str]

#: Class -> attributes; several classes add up, later rows win.
_STYLE: Final[Mapping[str, Style]] = {
    "curve": {"fill": "none", "stroke-linejoin": "round", "stroke-linecap": "butt"},
    "sp": {"fill": "none", "stroke-linejoin": "round", "stroke-linecap": "round"},
    **{f"f-{name}": {"fill": hue} for name, (hue, *_) in REGIONS.items()},
    **{
        f"c-{name}": {"stroke": hue, "stroke-width": width, **({"stroke-dasharray": dash} if dash else {})}
        for name, (hue, width, dash) in REGIONS.items()
    },
    "rough": {"stroke-dasharray": "0.1 3.6", "stroke-linecap": "round", "stroke-width": "2"},
    "b80": {"fill-opacity": "0.28"},
    "b95": {"fill-opacity": "0.15"},
    "typical": {"fill": INK3, "fill-opacity": "0.2"},
    "zero": {"stroke": INK3, "stroke-width": "1"},
    "gridl": {"stroke": LINE, "stroke-width": "0.8"},
    "ph1": {"fill": INK, "fill-opacity": "0.05"},
    "ph2": {"fill": INK, "fill-opacity": "0.13"},
    "hatch-l": {"stroke": INK3, "stroke-width": "0.8", "stroke-opacity": "0.7"},
    "head-line": {"stroke": INK, "stroke-width": "1.2"},
    "head-dot": {"fill": "#ffffff", "stroke": INK, "stroke-width": "1.5"},
    "ring": {"fill": "none", "stroke": INK3, "stroke-width": "1.1", "stroke-dasharray": "2.2 2.2"},
    "t-3": {"fill": INK3, "font-size": str(TEXT_PX)},
    "t-rep": {"fill": INK2, "font-size": str(TEXT_PX)},
    "t-strong": {"fill": INK, "font-size": str(TEXT_PX), "font-weight": "600"},
    "lim": {"stroke": AMBER, "stroke-width": "1.8"},
    "wh95": {"stroke": INK, "stroke-width": "1.2"},
    "wh80": {"stroke": INK, "stroke-width": "4", "stroke-linecap": "round"},
    "halo": {"stroke": "#ffffff", "stroke-width": "3.4", "stroke-opacity": "0.85"},
    "half": {"stroke": "#ffffff", "stroke-width": "0.8", "stroke-opacity": "0.8"},
    "rest": {"fill-opacity": "0.28"},
    "loop": {"fill": "none", "stroke": INK3, "stroke-width": "0.8", "stroke-opacity": "0.75"},
    "med": {"stroke": INK, "stroke-width": "2", "stroke-opacity": "1"},
    "up": {"stroke-dasharray": "4 2.6"},
    "sp-stand": {"fill": "none", "stroke": INK3, "stroke-width": "1.2", "stroke-dasharray": "4 3"},
}
_SPINE_LINE: Final = {"stroke-width": "3.2"}  # the spine's figure is drawn heavier than a curve
_ROUGH_SPINE: Final = {"stroke-width": "3.2", "stroke-dasharray": "0.1 5"}
_HATCH: Final = "url(#hatch)"


@dataclass(frozen=True, slots=True)
class Room:
    """Empty space around a drawing for the words that stand outside it, in pixels."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True, slots=True)
class _Scale:
    """How lengths of one drawing become lengths on paper: ``x`` and ``y`` factors, 100 % in pixels."""

    x: float
    y: float
    width: float
    height: float

    def across(self, text: str) -> float:
        """Return a length across in pixels."""
        return self._length(text, self.width, self.x)

    def down(self, text: str) -> float:
        """Return a length downwards in pixels."""
        return self._length(text, self.height, self.y)

    def _length(self, text: str, whole: float, factor: float) -> float:
        return float(text[:-1]) * whole / 100 if text.endswith("%") else float(text) * factor


def print_svg(source: str, *, height: float, width: float | None = None, room: Room | None = None) -> str:
    """Return a drawing of the page as an SVG for paper.

    Parameters
    ----------
    source : str
        An SVG string as `movement_lab.charts` makes it.
    height, width : float
        Size of the drawing itself in pixels, without ``room``; a drawing with a width of its own keeps
        its shape if ``width`` is left out.
    room : Room, optional
        Space around it.
    """
    root, room = ElementTree.fromstring(source), room or Room()
    own_width, own_height = root.get("width", "100%"), root.get("height", "100%")
    if width is None:
        width = float(own_width) * height / float(own_height)
    scale = _Scale(
        1.0 if own_width.endswith("%") else width / float(own_width),
        1.0 if own_height.endswith("%") else height / float(own_height),
        width,
        height,
    )
    crowded = _crowded(root, scale)
    shapes = "".join(_shape(child, scale) for child in root if child not in crowded)
    defs = _hatch() if _HATCH in shapes else ""
    box = (
        -room.left,
        -room.top,
        width + room.left + room.right,
        height + room.top + room.bottom,
    )
    view = " ".join(_number(value) for value in box)
    return (
        f'<svg xmlns="{_SVG}" viewBox="{view}" width="{_number(box[2])}" height="{_number(box[3])}" '
        f'font-family="{FONT}">{defs}{shapes}</svg>'
    )


def line_sample(region: str, *, rough: bool) -> str:
    """Return a short piece of a region's line, for the name beside a panel."""
    classes = f"curve c-{region}{' rough' if rough else ''}"
    return print_svg(
        f'<svg width="18" height="6"><path class="{classes}" d="M0 3L18 3"/></svg>', width=18, height=6
    )


def _crowded(root: ElementTree.Element, scale: _Scale) -> list[ElementTree.Element]:
    """Return the labels of an axis that would touch its zero, or another, now that it is lower."""
    labels = [each for each in root if each.get("text-anchor") == "end"]
    labels.sort(key=lambda each: each.text != "0")  # zero stays
    kept: list[float] = []
    dropped = []
    for label in labels:
        y = scale.down(label.get("y", "0"))
        if any(abs(y - other) < TEXT_PX for other in kept):
            dropped.append(label)
        else:
            kept.append(y)
    return dropped


def _shape(element: ElementTree.Element, scale: _Scale) -> str:
    """Return one element for paper; a nested drawing becomes a group of what is in it."""
    tag = element.tag.rpartition("}")[2]
    if tag == "defs":
        return ""
    if tag == "svg":
        inner = _stretch(element, scale)
        return f"<g>{''.join(_shape(child, inner) for child in element)}</g>"
    attributes = {**_placed(element, tag, scale), **_styled(element)}
    written = "".join(f' {name}="{_escaped(value)}"' for name, value in attributes.items())
    inside = _escaped(element.text or "") + "".join(
        _shape(child, scale) + _escaped(child.tail or "") for child in element
    )
    return f"<{tag}{written}>{inside}</{tag}>"


def _stretch(element: ElementTree.Element, scale: _Scale) -> _Scale:
    """Return the scale inside a nested drawing, whose viewBox fills its width and height."""
    width, height = scale.across(element.get("width", "100%")), scale.down(element.get("height", "100%"))
    _, _, across, down = (float(part) for part in element.get("viewBox", "0 0 1 1").split())
    return _Scale(width / across, height / down, width, height)


def _placed(element: ElementTree.Element, tag: str, scale: _Scale) -> dict[str, str]:
    """Return where an element lies, in pixels of the paper."""
    placed = {}
    for name, value in element.attrib.items():
        if name in ("x", "x1", "x2", "cx", "width"):
            placed[name] = _number(scale.across(value))
        elif name in ("y", "y1", "y2", "cy", "height"):
            at = scale.down(value)
            placed[name] = _number(at + _TEXT_DOWN_PX * (1 - scale.y) if tag == "text" else at)
        elif name == "d":
            placed[name] = _path(value, scale)
        elif name in ("r", "dy", "text-anchor") or value == _HATCH:
            placed[name] = value
    return placed


def _path(d: str, scale: _Scale) -> str:
    def pair(found: re.Match[str]) -> str:
        return f"{_number(float(found[1]) * scale.x)} {_number(float(found[2]) * scale.y)}"

    return _PAIR.sub(pair, d)


def _styled(element: ElementTree.Element) -> dict[str, str]:
    """Return what the classes of an element say, as attributes."""
    classes = element.get("class", "").split()
    style: dict[str, str] = {}
    for name in _STYLE:  # in the order of the table, not of the class attribute
        if name in classes:
            style |= _STYLE[name]
    if "sp" in classes:
        style |= _ROUGH_SPINE if "rough" in classes else _SPINE_LINE
    return style


def _hatch() -> str:
    style = "".join(f' {name}="{value}"' for name, value in _STYLE["hatch-l"].items())
    return (
        '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path d="M0 0V5"{style}/></pattern></defs>'
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
