"""How hips, low back and rib cage share a bend: measures, their uncertainty, and four descriptive styles.

Curves -> bends (one a repetition) -> readings. Nothing here grades anybody, names a cause, or uses what
people usually do as if it were the person's own value.
"""

from movement_lab.coordination.coupling import Coupling, coupling, coupling_angles
from movement_lab.coordination.curves import Bend, Curves, cut_bends, fold_curves, spine_curves
from movement_lab.coordination.onset import onset_lag
from movement_lab.coordination.phase import RelativePhase, relative_phase, relative_phase_deg
from movement_lab.coordination.readings import Reading, Stretch, of_own_best, over_reps
from movement_lab.coordination.sets import Coordination, coordinate
from movement_lab.coordination.shares import ratio, share, share_of, thorax_share
from movement_lab.coordination.smoothness import (
    duration,
    log_dimensionless_jerk,
    peak_speed,
    smoothness,
    sparc,
)
from movement_lab.coordination.styles import Style, style_of
from movement_lab.coordination.symmetry import Symmetry, symmetry
from movement_lab.coordination.table import load_coordination, parse_coordination
from movement_lab.coordination.variability import Variability, bend_range, variability

__all__ = [
    "Bend",
    "Coordination",
    "Coupling",
    "Curves",
    "Reading",
    "RelativePhase",
    "Stretch",
    "Style",
    "Symmetry",
    "Variability",
    "bend_range",
    "coordinate",
    "coupling",
    "coupling_angles",
    "cut_bends",
    "duration",
    "fold_curves",
    "load_coordination",
    "log_dimensionless_jerk",
    "of_own_best",
    "onset_lag",
    "over_reps",
    "parse_coordination",
    "peak_speed",
    "ratio",
    "relative_phase",
    "relative_phase_deg",
    "share",
    "share_of",
    "smoothness",
    "sparc",
    "spine_curves",
    "style_of",
    "symmetry",
    "thorax_share",
    "variability",
]
