"""What every spine method returns, and what keeps every one of them from reading at all."""

from __future__ import annotations

from typing import Final

import numpy as np

from movement_lab.knowledge import load_grading
from movement_lab.records import SpineEstimate, Standing, View

#: Names of the angles a method may give, in the signs of the clinical specification, section 1.4.
SPINE_ANGLES: Final = (
    "pelvic_tilt_deg",
    "lumbar_flexion_deg",
    "thoracic_flexion_deg",
    "thorax_inclination_deg",
)


def why_not(view: View, standing: Standing) -> tuple[str, ...]:
    """Return why no frame of the clip can be read by any method, or nothing."""
    if view.gate == "refused" or view.yaw_deg > load_grading().gate_widened_deg:
        return ("view_refused",)
    if view.plane != "side":
        return ("wrong_view_needs_side",)
    return () if standing.found else ("standing_not_found",)


def nothing_read(method: str, frames: int, reasons: tuple[str, ...]) -> SpineEstimate:
    """Return an estimate without any reading, NaN throughout, with the reasons."""
    blank = {name: np.full(frames, np.nan) for name in SPINE_ANGLES}
    return SpineEstimate(method, blank, dict(blank), np.zeros(frames, bool), reasons)
