"""What to draw in one frame, read off a plan that was worked out once.

A plan lives on the even time grid of the cleaned track; :meth:`Overlay.at` reads it off at the
video's own frame times, by straight line between two samples. So what a frame looks like depends
on its time alone, not on the frames drawn before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.drawing.backline import BackLine, BackPlan
from movement_lab.drawing.captions import Timed, notes_at
from movement_lab.drawing.figure import Angle, Figure
from movement_lab.drawing.labels import Placed
from movement_lab.drawing.style import WHITE, Sizes
from movement_lab.drawing.text import BOLD, Pill, Span, pill
from movement_lab.drawing.wedges import Wedge, wedge_at
from movement_lab.records import Array
from movement_lab.wording import format_value

#: The widest value that a label of an angle must hold.
WIDEST_VALUE: Final = "188°"
#: Angles drawn beside the back line: a picture has three labels at most, and the line has one of them.
BESIDE_BACK: Final = 2

FADED_BELOW_SCORE = 0.5
_FADED_LABEL = 0.6


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
    back: BackLine | None
    labels: tuple[Label, ...]
    chip: Pill | None
    notes: tuple[Pill, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """The plan: paths and values on the track's time grid (T,), ready to be read at any time.

    ``points`` (T, P, 2) pixels and ``scores`` (T, P) of ``figure.points``; ``values`` (T, A)
    degrees of ``figure.angles``; ``back`` what was read of the spine, if anything; ``places`` of the
    angles' labels on ``place_time_s``, none where numbers are not wanted, and ``back_place`` of the
    low back's; ``notes_side`` -1, 0, 1: findings stand left, in the middle or right. ``sizes`` are
    for words, ``body_sizes`` for lines.
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
    back: BackPlan | None
    names: tuple[str, ...]
    place_time_s: Array
    places: tuple[Placed, ...]
    back_place: Placed | None
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
        faded = frozenset(name for name, _, score in named if score < FADED_BELOW_SCORE)
        back = self._back_at(time_s, seen, faded)
        wedges = [
            wedge_at(angle, value, seen, faded, sense=self.figure.sense)
            for angle, value in zip(self.figure.angles, values.tolist(), strict=True)
        ][: BESIDE_BACK if back else None]
        labels = [*self._back_label(back, time_s), *self._labels(wedges, time_s)]
        return Moment(
            points=seen,
            faded=faded,
            wedges=tuple(wedge for wedge in wedges if wedge),
            back=back,
            labels=tuple(label for label in labels if label.opacity > 0),
            chip=next((chip.pills[0] for chip in self.chips if chip.shown_at(time_s)), None),
            notes=notes_at(self.notes, time_s),
        )

    def _back_at(self, time_s: float, seen: Mapping[str, Array], faded: frozenset[str]) -> BackLine | None:
        if self.back is None or not set(self.back.ends) <= seen.keys():
            return None
        hip, shoulder = (seen[end] for end in self.back.ends)
        row = _read(self.back.rows, self.time_s, time_s)
        return self.back.line_at(row, hip, shoulder, faded=bool(faded & set(self.back.ends)))

    def _back_label(self, line: BackLine | None, time_s: float) -> Iterator[Label]:
        if line and self.back and self.back_place:
            text = self.back.label(line, self.sizes)
            yield self._label(text, line.bend, self.back_place, time_s, faded=line.faded)

    def _labels(self, wedges: Sequence[Wedge | None], time_s: float) -> Iterator[Label]:
        for wedge, name, place in zip(wedges, self.names, self.places, strict=False):
            if wedge:
                angle = wedge.angle
                value = format_value(wedge.value if angle.signed else abs(wedge.value), "deg", self.language)
                text = value_pill(name, value, angle, self.sizes)
                anchor = wedge.middle(self.body_sizes.length(angle.radius))
                yield self._label(text, anchor, place, time_s, faded=wedge.faded)

    def _label(self, text: Pill, anchor: Array, place: Placed, time_s: float, *, faded: bool) -> Label:
        centre, opacity = (_read(part, self.place_time_s, time_s) for part in (place.centre, place.opacity))
        known = bool(np.isfinite(centre).all() and np.isfinite(opacity))
        shown = float(opacity) * (_FADED_LABEL if faded else 1.0)
        return Label(text, centre, anchor, opacity=shown if known else 0.0)


def value_pill(name: str, value: str, angle: Angle, sizes: Sizes) -> Pill:
    """Return the label of an angle, in its colour."""
    return pill((Span(name, angle.colour), Span(value, WHITE, BOLD, room=WIDEST_VALUE)), sizes.text)


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
