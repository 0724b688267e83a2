"""Work out once what to draw when, so that drawing a frame is only drawing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from movement_lab.drawing.backline import BEND, BackPlan, plan_back
from movement_lab.drawing.captions import Timed, chips_of, notes_of
from movement_lab.drawing.faces import trunk_px
from movement_lab.drawing.figure import Figure, figure_of, points_of, values_of
from movement_lab.drawing.labels import Box, Wanted, body_of, free_side, place_labels
from movement_lab.drawing.moment import BESIDE_BACK, WIDEST_VALUE, Overlay, value_pill
from movement_lab.drawing.style import MARGIN_PX, Sizes
from movement_lab.drawing.wedges import arcs_of
from movement_lab.records import Array, Track
from movement_lab.report import Report
from movement_lab.wording import say

_PLACE_RATE_HZ = 10.0
_MARK_PX = 11.0
_GAP_PX = 18.0
_USUAL_TRUNK_PX = 130.0  # of the 720 px reference; a smaller figure is drawn with finer lines
_FINEST = 0.55
_ON_BACK = np.s_[::2]  # points of the back line that labels keep clear of


def plan_overlay(
    report: Report, *, size: tuple[int, int], language: str = "en", profile: str = "clinician"
) -> Overlay:
    """Plan the overlay of a whole recording.

    Parameters
    ----------
    report : Report
        Its cleaned track, signals, repetitions and findings are drawn.
    size : (int, int)
        Width and height in pixels of the pictures to draw on (upright; may be scaled down).
    language, profile : str
        Whose words are used. The wellness profile shows neither numbers nor marks of a grade, and
        nothing of the spine.

    Returns
    -------
    Overlay
        Draw it with :func:`movement_lab.drawing.draw_overlay`.
    """
    figure, track, sizes = figure_of(report), report.track, Sizes.of(size)
    scale = size[0] / track.size[0]
    words, graded = partial(say, language=language, profile=profile), profile == "clinician"
    names = tuple(words(angle.words) for angle in figure.angles)
    chips = chips_of(report, words, sizes)
    notes = notes_of(report, words, sizes, room_px=size[0] - 2 * sizes.length(MARGIN_PX), graded=graded)

    points, scores = points_of(track, figure.points)
    points, values = points * scale, values_of(report, figure.angles)
    body_sizes = _body_sizes(track, sizes, scale)
    arcs = arcs_of(figure, values, points, unit=body_sizes.unit)
    back = plan_back(report, words, language) if graded else None
    lines = _back_lines(back, figure, points)
    marks = np.concatenate([points, arcs.reshape(len(points), -1, 2), lines[:, _ON_BACK]], axis=1)
    body = body_of(track, marks=marks, mark_px=body_sizes.length(_MARK_PX), scale=scale)

    rate_hz = float(np.nan_to_num(track.rate_hz, nan=1.0))
    thin = slice(None, None, max(1, int(rate_hz / _PLACE_RATE_HZ)))
    places = place_labels(
        _wanted(figure, names, arcs[thin], back, lines[thin], sizes) if graded else (),
        body.thinned(thin),
        size=size,
        rate_hz=rate_hz / thin.step,
        gap=sizes.length(_GAP_PX),
        reserved=_reserved(chips, notes, size, sizes),
    )
    back_place = places.pop(0) if back else None
    side = free_side(body.thinned(thin), _block(notes, sizes), size)
    return Overlay(
        figure, size, sizes, body_sizes, language, track.time_s, points, scores, values, back,
        names, track.time_s[thin], tuple(places), back_place, chips, notes, side,
    )  # fmt: skip


def _back_lines(back: BackPlan | None, figure: Figure, points: Array) -> Array:
    """Return the back line over time, (T, N, 2) pixels; no points where no spine was read."""
    if back is None:
        return np.empty((len(points), 0, 2))
    return back.path(*(points[:, figure.points.index(end)] for end in back.ends))


def _wanted(
    figure: Figure, names: Sequence[str], arcs: Array, back: BackPlan | None, lines: Array, sizes: Sizes
) -> list[Wanted]:
    """Return where the low back and each angle would like their labels, wide enough for any value."""
    anchors = arcs[:, :, arcs.shape[2] // 2].copy()
    wanted = []
    if back is not None:
        bend = lines[:, BEND]
        anchors[np.isfinite(bend[:, 0]), BESIDE_BACK:] = np.nan
        wanted.append(Wanted(bend, back.label_size(sizes), -figure.sense))
    for number, (angle, name) in enumerate(zip(figure.angles, names, strict=True)):
        size = value_pill(name, WIDEST_VALUE, angle, sizes).size
        wanted.append(Wanted(anchors[:, number], size, angle.side(figure.sense)))
    return wanted


def _body_sizes(track: Track, sizes: Sizes, scale: float) -> Sizes:
    """Return the sizes of lines: as for text, but finer where the person is small in the picture."""
    share = trunk_px(track) * scale / sizes.length(_USUAL_TRUNK_PX)
    return Sizes(sizes.unit * float(np.clip(share, _FINEST, 1))) if np.isfinite(share) else sizes


def _block(notes: Sequence[Timed], sizes: Sizes) -> tuple[float, float]:
    """Return the (width, height) that findings may take at the lower edge, margins included."""
    lines = [line.size for note in notes for line in note.pills]
    if not lines:
        return 0.0, 0.0
    margin = sizes.length(MARGIN_PX)
    return max(width for width, _ in lines) + 2 * margin, 2 * lines[0][1] + 2 * margin


def _reserved(
    chips: Sequence[Timed], notes: Sequence[Timed], size: tuple[int, int], sizes: Sizes
) -> list[Box]:
    """Return what chip and findings take of the picture: the top left corner, the lower edge."""
    margin = sizes.length(MARGIN_PX)
    boxes: list[Box] = []
    if chips:
        widest = max(chip.pills[0].size[0] for chip in chips)
        boxes.append((0, 0, margin + widest, margin + chips[0].pills[0].size[1]))
    if notes:
        boxes.append((0, size[1] - _block(notes, sizes)[1], size[0], size[1]))
    return boxes
