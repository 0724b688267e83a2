"""Angles as they are drawn: wedges that span exactly the value their label names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from movement_lab.drawing.figure import UP, Angle, Figure
from movement_lab.drawing.paint import direction
from movement_lab.records import Array

_ALONG = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Wedge:
    """A drawn angle: from ``start_deg`` (straight on, or upright) over ``sweep_deg``, image degrees."""

    angle: Angle
    value: float
    centre: Array
    start_deg: float
    sweep_deg: float
    faded: bool

    def middle(self, radius: float) -> Array:
        """Return the middle of the arc, (2,), to which the label's leader runs."""
        return self.centre + radius * direction(self.start_deg + self.sweep_deg / 2)


def span_of(
    angle: Angle, value: Array | float, centre: Array, to: Array, *, sense: int
) -> tuple[Array, Array]:
    """Return start and sweep of a wedge in image degrees (0 to the right, 90 down).

    A joint's wedge ends at the segment ``centre`` to ``to`` and starts where that segment would
    lie if the joint were straight; one from the vertical starts upright. Arrays (..., 2) give (...).
    """
    turned = angle.turn * sense * np.asarray(value, float)
    if angle.to == UP:
        return np.full_like(turned, -90.0), turned
    along = to - centre
    segment = np.degrees(np.arctan2(along[..., 1], along[..., 0]))
    return segment + turned, -turned


def wedge_at(
    angle: Angle, value: float, seen: Mapping[str, Array], faded: frozenset[str], *, sense: int
) -> Wedge | None:
    """Return an angle's wedge in one frame, None where its value or a point is missing."""
    needed = {angle.at} if angle.to == UP else {angle.at, angle.to}
    if not np.isfinite(value) or not needed <= seen.keys():
        return None
    centre = seen[angle.at]
    start, sweep = span_of(angle, value, centre, seen.get(angle.to, centre), sense=sense)
    return Wedge(angle, value, centre, float(start), float(sweep), bool(needed & faded))


def arcs_of(figure: Figure, values: Array, points: Array, *, unit: float) -> Array:
    """Return five points on each arc over time, (T, A, 5, 2) pixels, from its start to its end.

    ``values`` (T, A) degrees; ``points`` (T, P, 2) of ``figure.points``; ``unit`` scales the radius.
    """
    arcs = np.empty((len(points), len(figure.angles), len(_ALONG), 2))
    for number, angle in enumerate(figure.angles):
        centre = points[:, figure.points.index(angle.at)]
        to = centre if angle.to == UP else points[:, figure.points.index(angle.to)]
        start, sweep = span_of(angle, values[:, number], centre, to, sense=figure.sense)
        directions = direction(start[:, None] + np.outer(sweep, _ALONG))
        arcs[:, number] = centre[:, None] + unit * angle.radius * directions
    return arcs
