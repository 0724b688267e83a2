"""The spine as a calm line from hip to shoulder, with the band of what it may really be.

The line says what was read and no more: its lower end points where the pelvis is turned to, its
upper end where the rib cage is, so on its way it turns by the low back's bend. In own standing all
of them lie along the trunk, and the line with them. Between its ends its course is a smooth sketch.
It is for therapists; nothing of it is drawn where the spine was not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.drawing.captions import Say
from movement_lab.drawing.figure import chord_of, points_of
from movement_lab.drawing.paint import direction
from movement_lab.drawing.style import BACK, CONTEXT, WHITE, Sizes
from movement_lab.drawing.text import BOLD, Pill, Span, pill
from movement_lab.geometry import inclination
from movement_lab.knowledge import load_grading
from movement_lab.records import Array
from movement_lab.report import Report
from movement_lab.spine.combine import load_methods
from movement_lab.spine.estimate import widened_sd
from movement_lab.wording import format_range, format_value

_PELVIS, _LUMBAR, _RIBS = "pelvic_tilt_deg", "lumbar_flexion_deg", "thorax_inclination_deg"
#: Which part of the trunk keeps its direction at the lower and upper end: most of the bend is low.
REACH: Final = (0.3, 0.6)
_STEPS = 25
#: The point of the line to which its label belongs: where it turns most.
BEND: Final = 9


@dataclass(frozen=True, slots=True, eq=False)
class BackLine:
    """The line in one frame: ``line``, and ``low`` and ``high`` at the ends of the interval, (N, 2) pixels.

    ``lumbar_deg`` and the interval are the low back's bend from own standing; ``rough`` where the
    method is experimental; ``faded`` where an end is doubtful.
    """

    line: Array
    low: Array
    high: Array
    lumbar_deg: float
    low_deg: float
    high_deg: float
    rough: bool
    faded: bool

    @property
    def bend(self) -> Array:
        """Return where the line turns most, (2,) pixels."""
        point: Array = self.line[BEND]
        return point


@dataclass(frozen=True, slots=True, eq=False)
class BackPlan:
    """What was read of the spine over time, ready to be drawn.

    ``rows`` (T, 4): lean of pelvis and rib cage in the picture, low back's bend and half of its
    interval, degrees, NaN where there was no reading; ``ends`` name the points it is drawn between;
    ``sense`` is +1 where forward is to the right of the picture; ``words`` are the low back's name
    and the method's, ``widest`` the longest value and interval of the clip.
    """

    rows: Array
    ends: tuple[str, str]
    sense: int
    rough: bool
    words: tuple[str, str]
    widest: tuple[str, str]
    language: str

    def line_at(self, row: Array, hip: Array, shoulder: Array, *, faded: bool = False) -> BackLine | None:
        """Return the line for one of the rows between two points, None where anything was not seen."""
        if not np.isfinite([*row, *hip, *shoulder]).all():
            return None
        pelvis, ribs, lumbar, half = row.tolist()
        part = half / 2 * np.array([0.0, -1.0, 1.0])  # each end turns by half of what the bend differs
        line, low, high = _courses(hip, shoulder, self.sense * (pelvis - part), self.sense * (ribs + part))
        return BackLine(line, low, high, lumbar, lumbar - half, lumbar + half, self.rough, faded)

    def path(self, hip: Array, shoulder: Array) -> Array:
        """Return the line over time, (T, N, 2) pixels, NaN where there is none."""
        lines = [self.line_at(*each) for each in zip(self.rows, hip, shoulder, strict=True)]
        missing = np.full((_STEPS, 2), np.nan)
        return np.stack([each.line if each else missing for each in lines])

    def label(self, line: BackLine, sizes: Sizes) -> Pill:
        """Return the label of a line: the low back's bend, its interval, and how it was read."""
        return self._pill(_numbers(line.lumbar_deg, line.low_deg, line.high_deg, self.language), sizes)

    def label_size(self, sizes: Sizes) -> tuple[int, int]:
        """Return (width, height) in pixels of all labels of the clip."""
        return self._pill(self.widest, sizes).size

    def _pill(self, numbers: tuple[str, str], sizes: Sizes) -> Pill:
        (name, method), (value, interval), rooms = self.words, numbers, self.widest
        spans = (
            Span(name, BACK),
            Span(value, WHITE, BOLD, room=rooms[0]),
            Span(interval, CONTEXT, room=rooms[1], left=True),
        )
        return pill(spans, sizes.text, below=(Span(method, CONTEXT),), below_px=sizes.small_text)


def plan_back(report: Report, words: Say, language: str) -> BackPlan | None:
    """Return what there is to draw of a spine; None without a side view, a reading or a standing."""
    spine, sense = report.spine, 1 if report.view.facing == "image_right" else -1
    method = load_methods().get(spine.method)
    if method is None or report.view.plane != "side":
        return None
    ends = chord_of(report.view.near)
    rows = _rows(report) + np.array([1, 1, 0, 0]) * _standing_lean(report, ends, sense)
    if not np.isfinite(rows).all(axis=1).any():
        return None
    named = words(f"overlay.{_LUMBAR}"), words(f"spine_method.{spine.method}")
    return BackPlan(rows, ends, sense, method.tier == "T3", named, _widest(rows, language), language)


def _rows(report: Report) -> Array:
    """Return turn of pelvis and rib cage, bend of the low back and half its interval, (T, 4) degrees."""
    spine, half = report.spine, load_grading().half_width_sds[0]
    values = [*(spine.value[name] for name in (_PELVIS, _RIBS, _LUMBAR)), half * widened_sd(spine)[_LUMBAR]]
    rows = np.stack(values, axis=1)
    read = spine.valid & np.isfinite(rows).all(axis=1)
    return np.where(read[:, None], rows, np.nan)


def _numbers(lumbar: float, low: float, high: float, language: str) -> tuple[str, str]:
    value = format_value(lumbar, "deg", language, signed=True)
    return value, format_range(low, high, "deg", language)


def _widest(rows: Array, language: str) -> tuple[str, str]:
    """Return the longest value and the longest interval of a clip, so that its labels keep their size."""
    read = rows[np.isfinite(rows).all(axis=1), 2:].tolist()
    texts = {_numbers(lumbar, lumbar - half, lumbar + half, language) for lumbar, half in read}
    values, intervals = zip(*texts, strict=True)
    return max(values, key=len), max(intervals, key=len)


def _standing_lean(report: Report, ends: tuple[str, str], sense: int) -> float:
    """Return how far the drawn trunk leans forward in own standing, degrees, NaN where it isn't seen."""
    track, standing = report.track, report.standing
    still = (track.time_s >= standing.start_s) & (track.time_s <= standing.end_s)
    hip, shoulder = np.moveaxis(points_of(track, ends)[0][still], 1, 0)
    lean = inclination(hip, shoulder, facing=sense)
    return float(np.median(lean[np.isfinite(lean)])) if np.isfinite(lean).any() else float("nan")


def _courses(hip: Array, shoulder: Array, pelvis_deg: Array, ribs_deg: Array) -> Array:
    """Return smooth lines (K, N, 2) between two points that leave and arrive in given directions (K,).

    Directions are degrees clockwise from upright, as seen in the picture.
    """
    length = float(np.hypot(*(shoulder - hip)))
    leaves = hip + REACH[0] * length * direction(pelvis_deg - 90)
    arrives = shoulder - REACH[1] * length * direction(ribs_deg - 90)
    ends = np.broadcast_to(hip, leaves.shape), np.broadcast_to(shoulder, leaves.shape)
    courses: Array = _SHARES @ np.stack([ends[0], leaves, arrives, ends[1]], axis=1)
    return courses


def _shares_of_four() -> Array:
    """Return what each of a cubic curve's four points adds along it, (N, 4) (Bernstein polynomials)."""
    s = np.linspace(0, 1, _STEPS)
    return np.stack([(1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s**2 * (1 - s), s**3], axis=1)


_SHARES: Final = _shares_of_four()
