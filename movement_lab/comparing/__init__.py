"""Two assessments side by side, and many over time: what changed beyond the noise of the method.

Pure: from ``report.json`` (or a row's digest) to changes, from ``angles.csv`` to curves by phase, from
``track.npz`` to the figure at the lowest point. What it lays side by side stands in
``knowledge/comparing.toml``; how much is noise, with each measure.
"""

from movement_lab.comparing.changes import Change, Comparison, change_of, compare, near_side, obstacle
from movement_lab.comparing.facts import Facts, Value, facts_of_digest, facts_of_report
from movement_lab.comparing.figure import Figure, lowest_figure
from movement_lab.comparing.phases import STEPS, Angles, phase_curve, read_angles
from movement_lab.comparing.table import load_comparing
from movement_lab.comparing.trends import Point, Seen, Trend, find_trend, measures_of

__all__ = [
    "STEPS",
    "Angles",
    "Change",
    "Comparison",
    "Facts",
    "Figure",
    "Point",
    "Seen",
    "Trend",
    "Value",
    "change_of",
    "compare",
    "facts_of_digest",
    "facts_of_report",
    "find_trend",
    "load_comparing",
    "lowest_figure",
    "measures_of",
    "near_side",
    "obstacle",
    "phase_curve",
    "read_angles",
]
