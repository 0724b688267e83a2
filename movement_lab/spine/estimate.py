"""What every spine method returns, and what keeps every one of them from reading at all."""

from __future__ import annotations

from typing import Final

import numpy as np

from movement_lab.knowledge import load_grading
from movement_lab.records import Array, SpineEstimate, Standing, View

#: Names of the angles a method may give, in the signs of the clinical specification, section 1.4.
SPINE_ANGLES: Final = (
    "pelvic_tilt_deg",
    "lumbar_flexion_deg",
    "thoracic_flexion_deg",
    "thorax_inclination_deg",
)

#: Signal name of each of an estimate's angles, where it has another.
SIGNAL_OF: Final = {
    "pelvic_tilt_deg": "pelvic_tilt_deg",
    "lumbar_flexion_deg": "lumbar_flexion_deg",
    "thorax_inclination_deg": "thorax_inclination_deg",
    "thoracic_flexion_deg": "upper_back_rounding_deg",
}


def widened_sd(spine: SpineEstimate) -> dict[str, Array]:
    """Return one standard deviation of each angle, (T,) degrees by signal name, widened for real people."""
    factor = load_grading().sim_to_real_factor
    return {SIGNAL_OF.get(angle, angle): factor * sd for angle, sd in spine.sd.items()}


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
