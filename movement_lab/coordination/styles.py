"""Four ways people bend, as descriptions (specification 5.2).

A style is said only where measured intervals lie wholly inside its spans. It names what was seen: no cause,
no diagnosis, no better or worse, and nothing that comes from what people usually do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from movement_lab.coordination.curves import METHODS
from movement_lab.coordination.readings import Reading
from movement_lab.coordination.table import StyleRow, load_coordination, rule

_SHARE: Final = "share_pct"


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a set, or None with the reasons; ``readings`` are what it rests on."""

    name: str | None
    readings: tuple[Reading, ...] = ()
    reasons: tuple[str, ...] = ()


def style_of(readings: Sequence[Reading], *, free_bend: bool) -> Style:
    """Return the first style of the table whose spans hold every measure's whole 80 % interval.

    Parameters
    ----------
    readings
        Of the set: the low back's share of the way down, and where there is an earlier visit range and speed
        in per cent of the own best (without them nobody is called guarded).
    free_bend
        Whether the person bent as they liked. Styles were described in free standing forward bends: a
        squat, a lunge, or a hinge with a still back as its task has none.
    """
    if not free_bend:
        return Style(None, reasons=("needs_free_bend",))
    by_name = {each.name: each for each in readings if each.of.way != "up" and each.of.part == "whole"}
    why = _why_not(by_name.get(_SHARE))
    if why:
        return Style(None, reasons=why)
    for row in load_coordination().styles:
        if _fits(row, by_name):
            used = dict.fromkeys((*(span.measure for span in row.spans), _SHARE))
            return Style(row.id, tuple(by_name[name] for name in used))
    return Style(None, (by_name[_SHARE],), ("between_styles",))


def _why_not(share: Reading | None) -> tuple[str, ...]:
    """Say why no style may be said: the low back's share has to be measured, in enough repetitions."""
    if share is None or share.of.method not in METHODS["spine"]:
        return ("needs_spine_signal",)
    if not share.known:
        return share.reasons
    return ("not_enough_repetitions",) if share.n_reps < rule("min_style_reps") else ()


def _fits(row: StyleRow, by_name: Mapping[str, Reading]) -> bool:
    return all(
        span.measure in by_name and span.holds(by_name[span.measure].low, by_name[span.measure].high)
        for span in row.spans
    )
