"""The readings of coordination as rows, for ``coordination.csv``, ``report.json`` and the page."""

from collections.abc import Iterator
from typing import Any, Final

from movement_lab.coordination import Coordination, Reading

#: What a row tells of a reading, in the order of the columns.
FIELDS: Final = (
    "name", "way", "part", "curve", "value", "sd", "low", "high", "low95", "high95",
    "unit", "n_reps", "mdc95", "method", "reasons",
)  # fmt: skip
_OF: Final = ("way", "part", "curve", "method")


def readings_of(found: Coordination) -> Iterator[tuple[int | None, Reading]]:
    """Yield every reading with its repetition, then those over the set with None."""
    for rep, readings in found.per_rep.items():
        yield from ((rep, each) for each in readings)
    yield from ((None, each) for each in readings_of_set(found))


def readings_of_set(found: Coordination) -> Iterator[Reading]:
    """Yield the readings over the set, those that only a set has included."""
    yield from found.of_set
    for coupled in found.coupling.values():
        yield from coupled.time_pct.values()
        yield coupled.spread
    if found.phase is not None:
        yield from (found.phase.marp, found.phase.deviation)
    for spread in found.variability.values():
        yield from (spread.range_sd, spread.range_cv, spread.curve_sd)


def fields_of(reading: Reading) -> dict[str, Any]:
    """Return what a row tells of a reading, by column."""
    return {name: getattr(reading.of if name in _OF else reading, name) for name in FIELDS}
