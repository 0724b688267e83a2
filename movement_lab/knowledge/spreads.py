"""How far off each measure is, as measured on people with known angles: rows of ``uncertainty.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from movement_lab.records import At, Zero

Leg = Literal["", "lead", "rear"]

#: Stands for all movements together, where one alone has too few values.
ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Spread:
    """One row: the root mean square error of a measure, bias included, in the unit of the measure.

    ``at`` and ``zero`` as in a measurement; ``movement`` is ``any`` where one alone had too few
    clips; ``leg`` is the leading or the rear one of a lunge; ``view`` is the plane and how the gate
    judged the camera; ``n`` values of so many ``bodies``.
    """

    measure: str
    zero: Zero
    at: At
    movement: str
    leg: Leg
    view: Literal["side full", "side widened", "front full", "front widened"]
    method: str
    sd: float
    n: float
    bodies: float

    @property
    def key(self) -> tuple[str, ...]:
        """Return what a row is found by."""
        return self.measure, self.zero, self.at, self.movement, self.leg, self.view, self.method


Spreads = Mapping[tuple[str, ...], Spread]


def find_spread(
    spreads: Spreads,
    measure: str,
    *,
    zero: Zero,
    at: At,
    movement: str,
    leg: Leg,
    view: str,
    method: str = "landmarks",
) -> Spread | None:
    """Return the row for these circumstances; failing that, for any movement, then for the turn.

    None where nothing was measured.
    """
    zero_at_turn: Zero = "abs" if zero == "abs" and at in ("min", "max", "finish") else "rel"
    for moment, zeroed in ((at, zero), ("turn", zero_at_turn)):
        for place in ((movement, leg), (ANY, "")):
            if row := spreads.get((measure, zeroed, moment, *place, view, method)):
                return row
    return None
