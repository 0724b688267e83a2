"""The rows of the tables, as frozen records.

A finding row is a sentence: *this measure, at this moment, against these limits, because of
these sources*. All numbers carry the unit named beside them; angles are degrees with the signs
given in ``measures.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from statistics import NormalDist
from typing import Final, Literal

from movement_lab.records import At, Grade, Tier, Zero

RowSide = Literal["near", "lead", "each", "mid"]
RowView = Literal["side", "front", "any"]
Direction = Literal["over", "under", "either"]
Plane = Literal["side", "front", "any", "world", "spine"]
Region = Literal["rib", "back", "hip", "knee", "context"]
Unit = Literal["deg", "pct", "ratio", "s", "times", "mdc"]
Kind = Literal["graded", "descriptive"]
Evidence = Literal["E1", "E2", "E3", "E4"]
Read = Literal["full_text", "abstract", "excerpt", "secondary", "from_knowledge"]
Needs = Literal["landmarks", "spine", "calibration", "both_sides", "earlier_visit", "world_landmarks"]
Task = Literal["", "instructed", "upright"]

#: Steps a limit may have, mildest first.
STEPS: Final = ("mild", "moderate", "marked")

#: What to answer where the need can't be met; landmarks are always there.
REASON_OF_NEED: Final[Mapping[str, str]] = {
    "landmarks": "",
    "spine": "needs_spine_signal",
    "calibration": "needs_calibration_clip",
    "both_sides": "needs_both_sides",
    "earlier_visit": "needs_earlier_visit",
    "world_landmarks": "experimental",
}

#: What to answer where the clip shows another plane, or the task was another one.
REASON_OF_VIEW: Final = {"side": "wrong_view_needs_side", "front": "wrong_view_needs_front", "any": ""}
REASON_OF_TASK: Final = {"": "", "instructed": "needs_instructed_task", "upright": "needs_upright_task"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number or an item comes from; ``read`` says how much of it was seen."""

    key: str
    citation: str
    read: Read
    doi: str = ""
    url: str = ""
    population: str = ""
    measured_with: str = ""


@cache
def half_width_sds(pct: float) -> float:
    """Return half of the interval that holds ``pct`` % of a normal distribution, in standard deviations."""
    return NormalDist().inv_cdf(0.5 + pct / 200)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure: name, view, trust, sign and how far off it may be.

    ``sem`` and ``mdc95`` (between visits) and ``sd_method_abs`` / ``sd_method_rel`` (one standard
    deviation of the method) are in ``unit``; ``mdc95_other`` maps other methods of reading to theirs;
    ``range`` is the top of the display axis; a ``joint``
    is an angle between two segments, not of one against the vertical; ``yaw_leak`` times the sine of
    the yaw is how much movement to and fro shows as movement sideways; ``foot`` measures need
    a foot that is large enough in the picture.
    """

    id: str
    unit: Unit
    plane: Plane
    per_side: bool
    tier: Tier
    definition: str
    sign: str
    region: Region
    range: float
    sem: float
    mdc95: float
    sd_method_abs: float
    sd_method_rel: float
    evidence: Evidence
    needs: Needs = "landmarks"
    joint: bool = False
    yaw_leak: float = 0.0
    foot: bool = False
    reason_if_absent: str = ""
    mdc95_other: Mapping[str, float] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    note: str = ""

    def mdc95_with(self, method: str) -> float:
        """Return the smallest change two visits can claim with a method, in ``unit``."""
        return self.mdc95_other.get(method, self.mdc95)

    def sd_method(self, zero: Zero) -> float:
        """Return one standard deviation of the method for ``abs`` or ``rel`` values, in ``unit``."""
        return self.sd_method_rel if zero == "rel" else self.sd_method_abs


@dataclass(frozen=True, slots=True)
class Guard:
    """A finding is asked for only where another measure lies in this span (its own unit).

    At the turn of a repetition; at the moment ``max_while`` in each frame of the way down instead.
    """

    measure: str
    at_least: float = -math.inf
    at_most: float = math.inf

    def met(self, value: float) -> bool:
        """Say whether ``value`` lies in the span; NaN never does."""
        return self.at_least <= value <= self.at_most


@dataclass(frozen=True, slots=True)
class AlsoLimit:
    """A second measure that has to be beyond its own limits for a grade to count."""

    measure: str
    limits: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class NamedClass:
    """One class of a descriptive finding: values under ``below`` that no earlier class took."""

    name: str
    below: float = math.inf


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One thing that is looked at in a movement.

    ``limits`` map steps to values in ``unit``, in the sense of ``direction`` (``under`` limits
    fall, ``either`` limits apply to the size). ``of_standing`` expresses a ``rel`` value in per
    cent of the standing one. ``mdc`` is the smallest change between visits, in ``mdc_unit``;
    NaN where none can be claimed from landmarks (``mdc_other`` names other methods).
    ``evidence`` is the class of the numbers, ``item_evidence`` that of the item where it differs.
    """

    id: str
    spec: str
    measure: str
    at: At
    zero: Zero
    side: RowSide
    view: RowView
    direction: Direction
    evidence: Evidence
    kind: Kind = "graded"
    needs: Needs = "landmarks"
    unit: Unit | Literal[""] = ""
    of_standing: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)
    also: AlsoLimit | None = None
    classes: tuple[NamedClass, ...] = ()
    when: Guard | None = None
    beyond_rep_sd: bool = False
    task: Task = ""
    variant: str = ""
    mdc: float = math.nan
    mdc_unit: Unit | Literal[""] = ""
    mdc_other: Mapping[str, float] = field(default_factory=dict)
    item_evidence: Evidence | Literal[""] = ""
    sources: tuple[str, ...] = ()
    note: str = ""

    @property
    def when_picks_frames(self) -> bool:
        """Whether ``when`` picks frames of the way down, not whole repetitions."""
        return self.at == "max_while"

    @property
    def evidence_key(self) -> str:
        """Key of the evidence words: ``E4``, ``E3_E4`` for an E3 item with E4 numbers, ``described``."""
        if self.kind == "descriptive" and not self.classes:
            return "described"
        return f"{self.item_evidence}_{self.evidence}" if self.item_evidence else self.evidence

    @property
    def reason_if_absent(self) -> str:
        """Reason id where what the row needs beyond plain landmarks is missing; "" if nothing."""
        return REASON_OF_NEED[self.needs]

    @property
    def reason_if_other_view(self) -> str:
        """Reason id where the clip shows the other plane."""
        return REASON_OF_VIEW[self.view]

    @property
    def reason_if_other_task(self) -> str:
        """Reason id where the person was given another task; "" if any task will do."""
        return REASON_OF_TASK[self.task]

    def class_of(self, value: float) -> str:
        """Return the name of the class ``value`` falls in; "" for NaN or a row without classes."""
        return next((each.name for each in self.classes if value < each.below), "")


@dataclass(frozen=True, slots=True)
class MovementKnowledge:
    """Everything known about one movement: the numbers that define it and what is looked at.

    ``driver`` is the measure that repetitions are cut from, ``confirm`` the one that has to agree;
    ``rules`` are plain named numbers, each with its unit in the name.
    """

    name: str
    driver: str
    confirm: str
    rules: Mapping[str, float]
    variants: tuple[str, ...]
    findings: tuple[FindingRow, ...]
    rules_evidence: Evidence
    rules_sources: tuple[str, ...] = ()

    def finding(self, id: str) -> FindingRow:
        """Return the row with this id; ``KeyError`` if there is none."""
        for row in self.findings:
            if row.id == id:
                return row
        raise KeyError(id)


@dataclass(frozen=True, slots=True)
class Grading:
    """Numbers that judge, whatever the movement; units in the names."""

    evidence: Evidence
    gate_full_deg: float
    gate_widened_deg: float
    coverage_pct: float
    interval_pct: float
    interval_therapist_pct: float
    mdc_factor: float
    min_point_score: float
    standing_s: float
    min_standing_s: float
    camera_roll_sd_deg: float
    sim_to_real_factor: float
    most_uncertain_ratio: float
    max_gap_s: float
    most_repaired_pct: float
    min_foot_px: float
    start_of_ascent_pct: float
    wobble_window_s: float
    capped_at: Mapping[str, Grade]
    repetition: Mapping[str, float]
    sources: tuple[str, ...] = ()

    @property
    def half_width_sds(self) -> tuple[float, float]:
        """Return half of the interval for everybody and of the therapists' one, in standard deviations."""
        return half_width_sds(self.interval_pct), half_width_sds(self.interval_therapist_pct)
