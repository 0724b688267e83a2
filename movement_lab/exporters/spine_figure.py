"""The spine as a calm curve: pelvis, low back and rib cage at the lowest point over the own standing."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from movement_lab.records import Array

#: Parts from the hip upwards: hue, length in pixels, and direction of its lower and upper end in a
#: drawn standing, degrees from upright, forward plus. A sketch: only changes from it are measured.
_PARTS = (("hip", 48, (-20, -20)), ("back", 90, (20, -16)), ("rib", 150, (-16, 22)))
_STEPS = 24
_PAD_PX = (14, 18)
_LABEL_PX = 74  # room for the words above the standing curve


@dataclass(frozen=True, slots=True)
class Posture:
    """How far each level has turned from standing, degrees, forward plus; ``half`` of its 80 % interval."""

    pelvis: float
    rib: float
    top: float
    half_pelvis: float = 0.0
    half_rib: float = 0.0

    def moved(self, share: float) -> "Posture":
        """Return the posture at the edge of its band: -1 the lower one, 1 the upper one."""
        pelvis, rib = share * self.half_pelvis, share * self.half_rib
        return Posture(self.pelvis + pelvis, self.rib + rib, self.top + rib)


def spine_figure(posture: Posture, *, facing: int, rough: bool, standing: str, label: str) -> str:
    """Draw the spine at the lowest point with its 80 % band, over a dashed curve of standing.

    Parameters
    ----------
    posture : Posture
        Changes from own standing.
    facing : int
        1 if the person looks to the right of the picture, -1 to the left.
    rough : bool
        Whether the method is experimental: the line is dotted.
    standing, label : str
        Words beside the standing curve; the text alternative of the drawing.
    """
    upright, bent = _curve(Posture(0, 0, 0), facing), _curve(posture, facing)
    edges = [_curve(posture.moved(share), facing) for share in (-1, 1)]
    origin, width, height = _frame([*upright, *bent, *edges[0], *edges[1]])
    band = np.concatenate([*edges[0], *(part[::-1] for part in edges[1][::-1])])
    css = "sp rough" if rough else "sp"
    shapes = [f'<path class="sp-stand" d="{_path(np.concatenate(upright), origin)}"/>']
    shapes += [f'<path class="b80 f-back" d="{_path(band, origin)}Z"/>']
    shapes += [
        f'<path class="{css} c-{hue}" d="{_path(part, origin)}"/>'
        for (hue, *_), part in zip(_PARTS, bent, strict=True)
    ]
    shapes += [_joint(part[0], origin) for part in bent]
    x, y = upright[-1][-1] - origin
    shapes += [
        f'<text class="t-3" x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{escape(standing)}</text>'
    ]
    return (
        f'<svg class="spine-figure" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(label)}">{"".join(shapes)}</svg>'
    )


def _curve(posture: Posture, facing: int) -> list[Array]:
    """Return the points of each part, (n, 2) pixels, upwards from the hip joint."""
    turned = {"hip": (posture.pelvis,) * 2, "back": (posture.pelvis, posture.rib)}
    turned["rib"] = (posture.rib, posture.top)
    parts, start = [], np.zeros(2)
    for hue, length, ends in _PARTS:
        first, last = (np.radians(end + turn) for end, turn in zip(ends, turned[hue], strict=True))
        angle = np.linspace(first, last, _STEPS)
        steps = np.column_stack([facing * np.sin(angle), -np.cos(angle)]) * length / _STEPS
        points = start + np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
        parts.append(points)
        start = points[-1]
    return parts


def _frame(parts: Sequence[Array]) -> tuple[Array, float, float]:
    """Return the corner, width and height that hold all points and the words."""
    points, (across, down) = np.concatenate(parts), _PAD_PX
    low, high = points.min(axis=0) - (across, down + 8), points.max(axis=0) + np.array([across, down / 2])
    top = parts[2][-1][0]  # the standing curve's upper end carries the words
    left, right = min(low[0], top - _LABEL_PX / 2), max(high[0], top + _LABEL_PX / 2)
    return np.array([left, low[1]]), right - left, high[1] - low[1]


def _path(points: Array, origin: Array) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points - origin)


def _joint(point: Array, origin: Array) -> str:
    x, y = point - origin
    return f'<circle class="head-dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
