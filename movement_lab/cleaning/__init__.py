"""From the raw Track to one that can be measured: plausible points, even times, low-passed.

Raw data is never lost: each function returns a new Track, and what can't be trusted becomes NaN
and stays NaN after filtering. One step a file, in the order of `clean_track`: `swaps`, `plausible`, `legs`,
`evening`.
"""

from movement_lab.cleaning.evening import fill_gaps, low_pass, on_times, resample, runs
from movement_lab.cleaning.legs import fit_hips
from movement_lab.cleaning.plausible import implausible
from movement_lab.cleaning.settings import CleaningSettings, settings_for
from movement_lab.cleaning.swaps import repair_swaps
from movement_lab.cleaning.track import Cleaned, clean_track

__all__ = [
    "Cleaned",
    "CleaningSettings",
    "clean_track",
    "fill_gaps",
    "fit_hips",
    "implausible",
    "low_pass",
    "on_times",
    "repair_swaps",
    "resample",
    "runs",
    "settings_for",
]
