"""Everything about coordination that one recording shows, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from movement_lab.coordination.coupling import Coupling, coupling
from movement_lab.coordination.curves import Bend, Curves, cut_bends
from movement_lab.coordination.onset import onset_lag
from movement_lab.coordination.phase import RelativePhase, relative_phase
from movement_lab.coordination.readings import Reading, over_reps
from movement_lab.coordination.shares import THIRDS, change, ratio, share
from movement_lab.coordination.smoothness import duration, peak_speed, smoothness
from movement_lab.coordination.table import Curve, Part, Way
from movement_lab.coordination.variability import Variability, bend_range, variability
from movement_lab.records import Rep


@dataclass(frozen=True, slots=True)
class Coordination:
    """How two parts shared the bends of a set.

    ``per_rep`` has the readings of each repetition (index of `Rep` to readings), ``of_set`` their
    medians; ``reasons`` say why there is nothing at all.
    """

    per_rep: Mapping[int, tuple[Reading, ...]] = field(default_factory=dict)
    of_set: tuple[Reading, ...] = ()
    coupling: Mapping[Way, Coupling] = field(default_factory=dict)
    phase: RelativePhase | None = None
    variability: Mapping[Curve, Variability] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


def coordinate(curves: Curves, reps: Sequence[Rep], *, trunk_sd_deg: float = float("nan")) -> Coordination:
    """Return every reading of the judged repetitions; ``trunk_sd_deg`` is the trunk's method spread."""
    bends = cut_bends(curves, reps)
    if not bends:
        return Coordination(reasons=("no_graded_reps",))
    each = [_of_bend(bend, trunk_sd_deg) for bend in bends]
    of_set = [over_reps(same) for same in zip(*each, strict=True)]
    return Coordination(
        per_rep={bend.index: tuple(readings) for bend, readings in zip(bends, each, strict=True)},
        of_set=(*of_set, *(_ratio_of_set(shared, bends) for shared in of_set if "share" in shared.name)),
        coupling={way: coupling(bends, way) for way in ("down", "up")},
        phase=relative_phase(bends),
        variability={curve: variability(bends, curve) for curve in ("lower", "upper", "trunk")},
    )


def _of_bend(bend: Bend, trunk_sd_deg: float) -> list[Reading]:
    readings = [bend_range(bend, sd_deg=trunk_sd_deg)]
    ways: tuple[Way, Way] = ("down", "up")
    parts: tuple[Part, ...] = ("whole", *THIRDS)
    for way in ways:
        readings += [share(bend, part, way) for part in parts]
        readings += [*onset_lag(bend, way), duration(bend, way), peak_speed(bend, way=way)]
        readings += smoothness(bend, way=way)
    return readings


def _ratio_of_set(shared: Reading, bends: Sequence[Bend]) -> Reading:
    lower = np.array([change(bend, shared.of.part, shared.of.way).lower for bend in bends])
    seen = lower[np.isfinite(lower)]
    return ratio(shared, float(np.median(seen)) if len(seen) else float("nan"))
