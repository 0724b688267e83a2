"""Coordinates of an OpenSim model (LaiUhlrich2022, Rajagopal2016) in its own signs, from our signals.

The crosswalk of the clinical specification, section 1.5. Only what was measured has a coordinate: a trunk
that leans is never passed off as a low back that bends, and turns about the vertical rest on depth that one
camera doesn't see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.records import Array
from movement_lab.report import Report


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One OpenSim coordinate: ``sign`` times a signal, minus own standing where ``rel``."""

    name: str
    signal: str
    sign: int = 1
    rel: bool = False


#: In the order of the model. Spine signals are minus own standing already.
CROSSWALK: Final = (
    Coordinate("pelvis_tilt", "pelvic_tilt_deg", sign=-1),
    Coordinate("pelvis_list", "pelvic_obliquity_deg", sign=-1),
    Coordinate("hip_flexion_r", "hip_pelvis_flexion_right_deg"),
    Coordinate("knee_angle_r", "knee_flexion_right_deg"),
    Coordinate("ankle_angle_r", "ankle_dorsiflexion_right_deg", rel=True),
    Coordinate("hip_flexion_l", "hip_pelvis_flexion_left_deg"),
    Coordinate("knee_angle_l", "knee_flexion_left_deg"),
    Coordinate("ankle_angle_l", "ankle_dorsiflexion_left_deg", rel=True),
    Coordinate("lumbar_extension", "lumbar_flexion_deg", sign=-1),
    Coordinate("lumbar_bending", "thorax_side_bend_deg", sign=-1),
)


def coordinates(report: Report) -> dict[str, Array]:
    """Return what was measured as OpenSim coordinates, (T,) degrees by name, NaN where not seen.

    A coordinate that was never seen isn't there, nor one that needs own standing where none was found.
    """
    found = {each.name: _values(each, report) for each in CROSSWALK if each.signal in report.signals}
    return {name: values for name, values in found.items() if np.isfinite(values).any()}


def _values(coordinate: Coordinate, report: Report) -> Array:
    values = coordinate.sign * report.signals[coordinate.signal]
    if not coordinate.rel:
        return values
    if not report.standing.found:
        return np.full_like(values, np.nan)
    return values - coordinate.sign * report.standing.zero.get(coordinate.signal, np.nan)


def formula(coordinate: Coordinate) -> str:
    """Return how a coordinate is made, for the head of a file: ``-pelvic_tilt_deg``."""
    sign = "-" if coordinate.sign < 0 else ""
    return f"{sign}{coordinate.signal}" + (" minus own standing" if coordinate.rel else "")
