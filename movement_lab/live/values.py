"""Live values: the angles drawn on the body, rounded to 5 degrees, measured or rough ones only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.drawing.figure import figure_of
from movement_lab.knowledge import load_measures
from movement_lab.live.table import load_live
from movement_lab.records import Standing
from movement_lab.report import Report

#: Trust tiers that may be shown live.
LIVE_TIERS: Final = ("T1", "T2")


@dataclass(frozen=True, slots=True)
class LiveValue:
    """One angle of the overlay: ``signal`` is its key in the report, ``words`` its wording key."""

    signal: str
    words: str
    degrees: int
    tier: str


def handed_on(before: Standing | None, found: Standing) -> Standing | None:
    """Return the standing that serves as zero: the first one that was sure stays for the session.

    A short one serves until a sure one is found; none at all is not handed on.
    """
    if before is not None and not before.reasons:
        return before
    return found if found.found else before


def live_values(report: Report, standing: Standing | None) -> tuple[LiveValue, ...]:
    """Return what the newest pictures show, as changes from own standing where that is known."""
    numbers = load_live().values
    time_s = report.track.time_s
    frame = int(np.searchsorted(time_s, time_s[-1] - numbers.before_s))
    zero: Mapping[str, float] = standing.zero if standing else {}
    found = []
    for angle in figure_of(report).angles:
        tier = load_measures()[_measure_of(angle.signal)].tier
        values = report.signals.get(angle.signal)
        if tier not in LIVE_TIERS or values is None or not np.isfinite(values[frame]):
            continue
        change = float(values[frame]) - zero.get(angle.signal, 0.0)
        if not np.isfinite(change):
            continue
        degrees = int(numbers.step_deg * round(change / numbers.step_deg))
        found.append(LiveValue(angle.signal, angle.words, degrees, tier))
    return tuple(found)


def _measure_of(signal: str) -> str:
    """Return the measure a signal's key names: without its side."""
    if signal in load_measures():
        return signal
    return signal.replace("_left_", "_").replace("_right_", "_")
