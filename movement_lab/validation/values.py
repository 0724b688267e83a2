"""Measured against true, one value a line: what every table, plot and interval is made of."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from movement_lab.knowledge import find_spread, load_grading, load_spreads
from movement_lab.knowledge.spreads import Leg
from movement_lab.records import At, Zero
from movement_lab.validation.run import Results
from movement_lab.validation.stats import Z80, Agreement, agreement

Row = Mapping[str, Any]

#: What people ask for first; the tables of the page show these, the CSV shows all.
MAIN: Final = (
    "knee_flexion_deg",
    "hip_trunk_flexion_deg",
    "thigh_elevation_deg",
    "trunk_inclination_deg",
    "shank_inclination_deg",
    "trunk_beyond_shank_deg",
    "heel_rise_deg",
    "hip_drop_pct",
    "kasr_ratio",
    "fppa_deg",
    "knee_medial_disp_pct",
    "pelvis_lateral_shift_pct",
    "lateral_trunk_lean_deg",
)


@dataclass(frozen=True, slots=True)
class Value:
    """One measured value over a set of repetitions, with its truth and the clip's row.

    ``view`` is what the report made of it, such as ``side full``; ``leg`` is ``lead`` or ``rear`` in lunges;
    ``far`` where the side view shows this side only through the body.
    """

    row: Row
    name: str
    side: str
    at: At
    zero: Zero
    unit: str
    far: bool
    view: str
    leg: Leg
    true: float
    value: float
    low: float
    high: float
    sd_method: float
    sd_within: float

    @property
    def error(self) -> float:
        """Return measured minus true."""
        return self.value - self.true

    @property
    def covered(self) -> bool:
        """Say whether the 80 % interval of the report holds the truth."""
        return self.low <= self.true <= self.high

    @property
    def covered_as_earned(self) -> bool:
        """Say whether it would without the ``sim_to_real_factor``: these people are rendered."""
        factor = load_grading().sim_to_real_factor if self.is_earned else 1.0
        return abs(self.error) <= Z80 * math.hypot(self.sd_method / factor, self.sd_within)

    @property
    def is_earned(self) -> bool:
        """Say whether the interval comes from a measured spread, not from a design value."""
        place = {"movement": self.row["recognised"], "leg": self.leg, "view": self.view}
        return find_spread(load_spreads(), self.name, zero=self.zero, at=self.at, **place) is not None


def values(results: Results, *, at: str | None = "turn") -> list[Value]:
    """Return every compared value, only those taken at one moment unless ``at`` is None.

    Clips whose movement was not recognised have values too, and they count.
    """
    return [_value(row, m) for row in results.whole for m in row["measures"] if at is None or m["at"] == at]


def _value(row: Row, m: Mapping[str, Any]) -> Value:
    sided = bool(row["lead"]) and m["side"] != "mid"
    return Value(
        row=row,
        name=m["name"],
        side=m["side"],
        at=m["at"],
        zero=m["zero"],
        unit=m["unit"],
        far=m["far"],
        view=f"{row['plane']} {row['view']['gate']}",
        leg=("lead" if m["side"] == row["lead"] else "rear") if sided else "",
        true=m["true"],
        value=m["value"],
        low=m["low"],
        high=m["high"],
        sd_method=m["sd_method"],
        sd_within=m["sd_within"],
    )


def agree(found: Iterable[Value]) -> Agreement:
    """Return the agreement of values; only clips of one body and side are repeats of each other."""
    found = list(found)
    legs = [f"{v.row['body']} {v.side}" for v in found]
    return agreement([v.error for v in found], bodies=legs, covered=[v.covered for v in found])


def grouped(
    found: Iterable[Value], key: Callable[[Value], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Value]]:
    """Return values by a key, keys sorted."""
    groups: defaultdict[tuple[str, ...], list[Value]] = defaultdict(list)
    for value in found:
        groups[key(value)].append(value)
    return dict(sorted(groups.items()))
