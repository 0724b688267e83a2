"""Work out once what to draw when, so that drawing a frame is only drawing.

A plan lives on the even time grid of the cleaned track; :meth:`Overlay.at` reads it off at the
video's own frame times, by straight line between two samples. So what a frame looks like depends
on its time alone, not on the frames drawn before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from movement_lab.drawing.captions import Timed, chips_of, notes_at, notes_of
from movement_lab.drawing.faces import trunk_px
from movement_lab.drawing.figure import Angle, Figure, figure_of, points_of, values_of
from movement_lab.drawing.labels import Box, Placed, Wanted, body_of, free_side, place_labels
from movement_lab.drawing.style import MARGIN_PX, WHITE, Sizes
from movement_lab.drawing.text import BOLD, Pill, Span, pill
from movement_lab.drawing.wedges import Wedge, arcs_of, wedge_at
from movement_lab.records import Array, Report, Track
from movement_lab.wording import format_value, say

_FADED_BELOW_SCORE = 0.5
_FADED_LABEL = 0.6
_PLACE_RATE_HZ = 10.0
_WIDEST_VALUE = "188°"
_MARK_PX = 11.0
_GAP_PX = 18.0
_USUAL_TRUNK_PX = 130.0  # of the 720 px reference; a smaller figure is drawn with finer lines
_FINEST = 0.55


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A pill with its middle, the point its leader runs to, and its opacity."""

    pill: Pill
    centre: Array
    anchor: Array
    opacity: float


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Everything to draw in one frame. ``points``: name -> (2,) pixels, seen ones only."""

    points: Mapping[str, Array]
    faded: frozenset[str]
    wedges: tuple[Wedge, ...]
    labels: tuple[Label, ...]
    chip: Pill | None
    notes: tuple[Pill, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """The plan: paths and values on the track's time grid (T,), ready to be read at any time.

    ``points`` (T, P, 2) pixels and ``scores`` (T, P) of ``figure.points``; ``values`` (T, A)
    degrees of ``figure.angles``; ``places`` of their labels on ``place_time_s``, none where
    numbers are not wanted; ``notes_side`` -1, 0, 1: findings stand left, in the middle or right.
    ``sizes`` are for words, ``body_sizes`` for lines.
    """

    figure: Figure
    size: tuple[int, int]
    sizes: Sizes
    body_sizes: Sizes
    language: str
    time_s: Array
    points: Array
    scores: Array
    values: Array
    names: tuple[str, ...]
    place_time_s: Array
    places: tuple[Placed, ...]
    chips: tuple[Timed, ...]
    notes: tuple[Timed, ...]
    notes_side: int

    def at(self, time_s: float) -> Moment:
        """Return what to draw in the frame shown at ``time_s``."""
        points, scores, values = (
            _read(part, self.time_s, time_s) for part in (self.points, self.scores, self.values)
        )
        named = list(zip(self.figure.points, points, scores, strict=True))
        seen = {name: xy for name, xy, _ in named if np.isfinite(xy).all()}
        faded = frozenset(name for name, _, score in named if score < _FADED_BELOW_SCORE)
        wedges = [
            wedge_at(angle, value, seen, faded, sense=self.figure.sense)
            for angle, value in zip(self.figure.angles, values.tolist(), strict=True)
        ]
        labelled = enumerate(wedges[: len(self.places)])
        labels = [self._label(number, wedge, time_s) for number, wedge in labelled if wedge]
        return Moment(
            points=seen,
            faded=faded,
            wedges=tuple(wedge for wedge in wedges if wedge),
            labels=tuple(label for label in labels if label.opacity > 0),
            chip=next((chip.pills[0] for chip in self.chips if chip.shown_at(time_s)), None),
            notes=notes_at(self.notes, time_s),
        )

    def _label(self, index: int, wedge: Wedge, time_s: float) -> Label:
        place = self.places[index]
        centre, opacity = (_read(part, self.place_time_s, time_s) for part in (place.centre, place.opacity))
        known = bool(np.isfinite(centre).all() and np.isfinite(opacity))
        value = format_value(wedge.value if wedge.angle.signed else abs(wedge.value), "deg", self.language)
        return Label(
            pill=_value_pill(self.names[index], value, wedge.angle, self.sizes),
            centre=centre,
            anchor=wedge.middle(self.body_sizes.length(wedge.angle.radius)),
            opacity=(_FADED_LABEL if wedge.faded else 1.0) * float(opacity) if known else 0.0,
        )


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
        Whose words are used. The wellness profile shows neither numbers nor marks of a grade.

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
    marks = np.concatenate([points, arcs.reshape(len(points), -1, 2)], axis=1)
    body = body_of(track, marks=marks, mark_px=body_sizes.length(_MARK_PX), scale=scale)

    rate_hz = float(np.nan_to_num(track.rate_hz, nan=1.0))
    thin = slice(None, None, max(1, int(rate_hz / _PLACE_RATE_HZ)))
    places = place_labels(
        _wanted(figure, names, arcs[thin], sizes) if graded else (),
        body.thinned(thin),
        size=size,
        rate_hz=rate_hz / thin.step,
        gap=sizes.length(_GAP_PX),
        reserved=_reserved(chips, notes, size, sizes),
    )
    side = free_side(body.thinned(thin), _block(notes, sizes), size)
    return Overlay(
        figure, size, sizes, body_sizes, language, track.time_s, points, scores, values,
        names, track.time_s[thin], tuple(places), chips, notes, side,
    )  # fmt: skip


def _wanted(figure: Figure, names: Sequence[str], arcs: Array, sizes: Sizes) -> list[Wanted]:
    """Return where each angle would like its label, wide enough for any value."""
    return [
        Wanted(
            arcs[:, number, arcs.shape[2] // 2],
            _value_pill(name, _WIDEST_VALUE, angle, sizes).size,
            angle.side(figure.sense),
        )
        for number, (angle, name) in enumerate(zip(figure.angles, names, strict=True))
    ]


def _body_sizes(track: Track, sizes: Sizes, scale: float) -> Sizes:
    """Return the sizes of lines: as for text, but finer where the person is small in the picture."""
    share = trunk_px(track) * scale / sizes.length(_USUAL_TRUNK_PX)
    return Sizes(sizes.unit * float(np.clip(share, _FINEST, 1))) if np.isfinite(share) else sizes


def _value_pill(name: str, value: str, angle: Angle, sizes: Sizes) -> Pill:
    return pill((Span(name, angle.colour), Span(value, WHITE, BOLD, room=_WIDEST_VALUE)), sizes.text)


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


def _read(values: Array, grid: Array, at: float) -> Array:
    """Return a row of ``values`` (T, ...) at a time, between two samples by straight line.

    NaN where either sample is, and more than a sample's distance beyond the ends.
    """
    step = float(grid[1] - grid[0]) if len(grid) > 1 else 0.0
    if not grid[0] - step <= at <= grid[-1] + step:
        return np.full(values.shape[1:], np.nan)
    place = np.clip((at - grid[0]) / step, 0, len(grid) - 1) if step else 0.0
    before, share = int(place), float(place % 1)
    if share == 0:
        row: Array = values[before]
        return row
    mixed: Array = (1 - share) * values[before] + share * values[before + 1]
    return mixed
