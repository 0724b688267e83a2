"""The Report: everything known about one recording, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from movement_lab.coordination import Coordination, Style
from movement_lab.records import (
    Finding,
    Measurement,
    Recognised,
    Rep,
    Signals,
    SpineEstimate,
    Standing,
    Track,
    View,
)

#: Version of ``report.json``; the first number changes when a reader must change.
SCHEMA_VERSION: Final = "1.1"


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything known about one recording, plus where it came from.

    ``spine`` is what was read of hips, low back and rib cage, or why nothing could be;
    ``coordination`` how two parts shared the bend, by curves: ``spine`` (hip and low back, where the
    spine was read) and ``fold`` (knee and hip + back fold, from body points); ``style`` the
    descriptive style of a free bend.

    ``raw`` is the track as the pose model gave it, at true frame times; ``track`` the cleaned
    one, evenly spaced, to which every frame index and every signal refers. ``signals`` maps
    names such as ``knee_flexion_left_deg`` to (T,) arrays, geometric (``abs``) values.
    """

    movement: Recognised
    view: View
    standing: Standing
    reps: tuple[Rep, ...]
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    spine: SpineEstimate
    coordination: Mapping[str, Coordination]
    style: Style
    quality: Mapping[str, Any]
    provenance: Mapping[str, Any]
    raw: Track
    track: Track
    signals: Signals
    schema: str = SCHEMA_VERSION
