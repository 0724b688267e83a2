"""What scenes are made of unless they say otherwise: feet, an unremarkable back, clear cases of faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

Angles = Mapping[str, float]

#: How the feet stand unless the scene says otherwise.
POSTURE: Final[Mapping[str, Angles]] = {
    "squat": {"stance_m": 0.34, "turnout_left_deg": 12.0, "turnout_right_deg": 12.0},
    "hinge": {"stance_m": 0.28, "turnout_left_deg": 6.0, "turnout_right_deg": 6.0},
    "lunge": {"turnout_left_deg": 4.0, "turnout_right_deg": 4.0},
}

#: The spine's share of an unremarkable repetition, and knees that follow turned-out feet.
UNREMARKABLE: Final[Mapping[str, Angles]] = {
    "squat": {"lumbar_deg": 12.0, "thoracic_deg": 4.0, "knee_in_left_m": -0.04, "knee_in_right_m": -0.04},
    "hinge": {"lumbar_deg": 8.0, "thoracic_deg": 4.0},
    "lunge": {"lumbar_deg": 2.0, "thoracic_deg": 2.0},
}

#: Clear cases of what is looked for, as changes of the bottom.
FAULTS: Final[Mapping[str, Mapping[str, Angles]]] = {
    "squat": {
        "heel_rise": {"heel_rise_left_deg": 14.0, "heel_rise_right_deg": 14.0, "shank_deg": 32.0},
        "trunk_lean": {"trunk_deg": 43.0, "shank_deg": 24.0},
        "limited_shank_travel": {"shank_deg": 12.0, "thigh_deg": 76.0, "trunk_deg": 52.0},
        "knees_inward": {"knee_in_left_m": 0.055, "knee_in_right_m": 0.055},
        "pelvis_shift": {"pelvis_shift_m": 0.05},
        "trunk_sideways": {"lean_right_deg": 10.0},
        "hips_rise_first": {"hips_rise_first_deg": 16.0},
        "rounded_low_back": {"lumbar_deg": 38.0},
    },
    "hinge": {
        "squatting": {"thigh_deg": 52.0, "shank_deg": 14.0, "trunk_deg": 58.0},
        "rounded_low_back": {"lumbar_deg": 42.0, "thoracic_deg": 14.0},
        "hands_drift": {"arm_left_deg": 80.0, "arm_right_deg": 80.0},
        "trunk_sideways": {"lean_right_deg": 10.0},
    },
    "lunge": {
        "lead_knee_inward": {"knee_in_lead_m": 0.04},
        "trunk_lean": {"trunk_deg": 36.0},
        "trunk_sideways": {"lean_right_deg": 11.0},
        "lead_heel_rise": {"heel_rise_lead_deg": 14.0, "shank_deg": 24.0},
        "arched_low_back": {"lumbar_deg": -18.0},
        "hips_rise_first": {"hips_rise_first_deg": 16.0},
    },
}
