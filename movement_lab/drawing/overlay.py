"""Draw a planned overlay on a frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from movement_lab.drawing import paint
from movement_lab.drawing.backline import BackLine
from movement_lab.drawing.figure import Bone
from movement_lab.drawing.moment import Label, Moment, Overlay
from movement_lab.drawing.paint import Draw, Ink, Points
from movement_lab.drawing.style import (
    BACK,
    BAND_OPACITY,
    BLACK,
    CASING_OPACITY,
    FADED_OPACITY,
    FINE_CASING_OPACITY,
    INK,
    LEADER_OPACITY,
    MARGIN_PX,
    WEDGE_OPACITY,
    WHITE,
    Colour,
    Sizes,
)
from movement_lab.drawing.text import Pill
from movement_lab.drawing.wedges import Wedge
from movement_lab.records import Array, Image

_SMALLEST_WEDGE_DEG = 3.0
_BACK_PX = 5.0


def draw_overlay(image: Image, overlay: Overlay, time_s: float) -> Image:
    """Return a copy of a frame with everything drawn that belongs to its time.

    Parameters
    ----------
    image : (H, W, 3) uint8
        RGB, upright, of the size the overlay was planned for.
    overlay : Overlay
        From :func:`movement_lab.drawing.plan_overlay`.
    time_s : float
        The frame's time in seconds.

    Raises
    ------
    ValueError
        The picture has another size than the plan.
    """
    if (image.shape[1], image.shape[0]) != overlay.size:
        raise ValueError(f"The overlay was planned for {overlay.size}, the picture is {image.shape[1::-1]}.")
    drawn, moment = image.copy(), overlay.at(time_s)
    wedges = [wedge for wedge in moment.wedges if abs(wedge.sweep_deg) >= _SMALLEST_WEDGE_DEG]
    for wedge in wedges:
        _fill_wedge(drawn, wedge, overlay.body_sizes)
    _draw_bones(drawn, moment, overlay)
    if moment.back:
        _draw_back(drawn, moment.back, overlay.body_sizes)
    for wedge in wedges:
        _outline_wedge(drawn, wedge, overlay.body_sizes)
    for joint in overlay.figure.joints:
        if joint in moment.points:
            _draw_joint(drawn, moment.points[joint], overlay.body_sizes, faded=joint in moment.faded)
    for label in moment.labels:
        _draw_leader(drawn, label, overlay.sizes)
        label.pill.draw(drawn, label.centre.tolist(), opacity=label.opacity)
    _draw_words(drawn, moment, overlay)
    return drawn


def _draw_bones(image: Image, moment: Moment, overlay: Overlay) -> None:
    """Draw bones white on a dark casing; where an end is doubtful, dashed and see-through without one."""
    bones = [bone for bone in overlay.figure.bones if bone.a in moment.points and bone.b in moment.points]
    sure = [bone for bone in bones if not {bone.a, bone.b} & moment.faded]
    unsure = [bone for bone in bones if {bone.a, bone.b} & moment.faded]
    sizes = overlay.body_sizes

    def casing(picture: Image, at: Array, ink: Ink) -> None:
        for bone in sure:
            width = _width(bone, sizes) + sizes.line(4)
            paint.line(picture, moment.points[bone.a] - at, moment.points[bone.b] - at, ink, width)

    def dashed(picture: Image, at: Array, ink: Ink) -> None:
        for bone in unsure:
            a, b = moment.points[bone.a] - at, moment.points[bone.b] - at
            paint.dashes(picture, a, b, ink, _width(bone, sizes), on=sizes.length(9), off=sizes.length(9))

    _lay(image, _ends(sure, moment), BLACK, CASING_OPACITY, casing, sizes)
    _lay(image, _ends(unsure, moment), WHITE, FADED_OPACITY, dashed, sizes)
    for bone in sure:
        paint.line(image, moment.points[bone.a], moment.points[bone.b], WHITE, _width(bone, sizes))


def _width(bone: Bone, sizes: Sizes) -> int:
    return sizes.line(4 if bone.strong else 2.5)


def _ends(bones: Sequence[Bone], moment: Moment) -> list[Array]:
    return [moment.points[end] for bone in bones for end in (bone.a, bone.b)]


def _draw_joint(image: Image, centre: Array, sizes: Sizes, *, faded: bool) -> None:
    def dot(picture: Image, at: Array, ink: Ink) -> None:
        paint.disc(picture, centre - at, sizes.length(5.5), ink)

    if not faded:
        paint.disc(image, centre, sizes.length(7.5), INK)
    _lay(image, [centre], WHITE, FADED_OPACITY if faded else 1.0, dot, sizes)


def _fill_wedge(image: Image, wedge: Wedge, sizes: Sizes) -> None:
    rim = _rim(wedge, sizes)
    shape = np.vstack([wedge.centre, rim])

    def fill(picture: Image, at: Array, ink: Ink) -> None:
        paint.polygon(picture, shape - at, ink)

    _lay(image, shape, wedge.angle.colour, WEDGE_OPACITY * _strength(wedge), fill, sizes)


def _outline_wedge(image: Image, wedge: Wedge, sizes: Sizes) -> None:
    """Draw where the angle starts (dotted) and its arc."""
    rim = _rim(wedge, sizes)
    tip = wedge.centre + sizes.length(1.25 * wedge.angle.radius) * paint.direction(wedge.start_deg)
    reach = np.vstack([rim, wedge.centre, tip])

    def dots(picture: Image, at: Array, ink: Ink) -> None:
        on, off = sizes.length(3), sizes.length(5)
        paint.dashes(picture, wedge.centre - at, tip - at, ink, sizes.line(2), on=on, off=off)

    def arc(picture: Image, at: Array, ink: Ink) -> None:
        paint.path(picture, rim - at, ink, sizes.line(3.5))

    def casing(picture: Image, at: Array, ink: Ink) -> None:
        paint.line(picture, wedge.centre - at, tip - at, ink, sizes.line(2) + sizes.line(2.5))
        paint.path(picture, rim - at, ink, sizes.line(3.5) + sizes.line(2.5))

    _lay(image, reach, BLACK, FINE_CASING_OPACITY * _strength(wedge), casing, sizes)
    _lay(image, reach, WHITE, _strength(wedge), dots, sizes)
    _lay(image, reach, wedge.angle.colour, _strength(wedge), arc, sizes)


def _rim(wedge: Wedge, sizes: Sizes) -> Array:
    return paint.arc_points(wedge.centre, sizes.length(wedge.angle.radius), wedge.start_deg, wedge.sweep_deg)


def _strength(wedge: Wedge) -> float:
    return FADED_OPACITY if wedge.faded else 1.0


def _draw_back(image: Image, back: BackLine, sizes: Sizes) -> None:
    """Draw the band with the line in it: solid on a dark casing, dashed where the method is experimental.

    The band is everything the line's own stroke would cover between the ends of the interval.
    """
    outline, width = np.vstack([back.low, back.high[::-1], back.low[:1]]), sizes.line(_BACK_PX)
    strength = FADED_OPACITY if back.faded else 1.0

    def band(picture: Image, at: Array, ink: Ink) -> None:
        paint.polygon(picture, outline - at, ink)
        paint.path(picture, outline - at, ink, width)

    def casing(picture: Image, at: Array, ink: Ink) -> None:
        paint.polygon(picture, outline - at, ink)
        paint.path(picture, outline - at, ink, width + sizes.line(3))

    def line(picture: Image, at: Array, ink: Ink) -> None:
        if back.rough:
            paint.dashed_path(picture, back.line - at, ink, width, on=sizes.length(7), off=sizes.length(11))
        else:
            paint.path(picture, back.line - at, ink, width)

    if not back.rough:
        _lay(image, outline, BLACK, CASING_OPACITY * strength, casing, sizes)
    _lay(image, outline, BACK, BAND_OPACITY * strength, band, sizes)
    _lay(image, outline, BACK, strength, line, sizes)


def _draw_leader(image: Image, label: Label, sizes: Sizes) -> None:
    """Draw a hairline from the pill's nearer end to the arc."""
    half = np.array(label.pill.size) / 2
    away = label.anchor - label.centre
    start = label.centre + np.sign(away) * half * ([1, 0] if abs(away[0]) > half[0] else [0, 1])

    def hairline(picture: Image, at: Array, ink: Ink) -> None:
        paint.line(picture, start - at, label.anchor - at, ink, sizes.line(1.5))

    def casing(picture: Image, at: Array, ink: Ink) -> None:
        paint.line(picture, start - at, label.anchor - at, ink, sizes.line(1.5) + 2)

    _lay(image, [start, label.anchor], BLACK, FINE_CASING_OPACITY * label.opacity, casing, sizes)
    _lay(image, [start, label.anchor], WHITE, LEADER_OPACITY * label.opacity, hairline, sizes)


def _draw_words(image: Image, moment: Moment, overlay: Overlay) -> None:
    """Draw the chip top left and findings at the lower edge."""
    margin = overlay.sizes.length(MARGIN_PX)
    if moment.chip:
        _draw_at(image, moment.chip, margin, margin)
    width, bottom = overlay.size[0], overlay.size[1] - margin
    for line in reversed(moment.notes):
        room = width - 2 * margin - line.size[0]
        bottom -= line.size[1]
        _draw_at(image, line, margin + room * (overlay.notes_side + 1) / 2, bottom)
        bottom -= overlay.sizes.length(4)


def _draw_at(image: Image, pill: Pill, left: float, top: float) -> None:
    pill.draw(image, (left + pill.size[0] / 2, top + pill.size[1] / 2))


def _lay(image: Image, points: Points, colour: Colour, opacity: float, draw: Draw, sizes: Sizes) -> None:
    if len(points):
        paint.lay(image, points, colour, opacity, draw, margin=sizes.length(12))
