"""The numbers of sticker mode, from ``knowledge/stickers.toml``, checked as they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from movement_lab.errors import UsageError
from movement_lab.knowledge import load_sources, read_table
from movement_lab.knowledge.checks import check_sources
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence

_FILE: Final = "stickers.toml"


@dataclass(frozen=True, slots=True)
class SheetNumbers:
    """What is printed, millimetres.

    ``lower_above_mm``: how far the lower strip reaches above its mark at most; ``back_mm``: C7 to
    the dimples of an average adult; ``t8_up_to_mm``: the longest strip that leaves room for T8.
    """

    dot_mm: float
    fin_mm: float
    dot_height_mm: float
    flap_mm: float
    margin_mm: float
    strips_mm: tuple[float, ...]
    scale_bar_mm: float
    lower_above_mm: float
    back_mm: float
    t8_up_to_mm: float


@dataclass(frozen=True, slots=True)
class SeeingNumbers:
    """What counts as a dot in one picture; shares are of the trunk's length."""

    trunk_mm: float
    smallest: float
    largest: float
    min_dot_px: float
    max_elongation: float
    min_contrast: float
    alike: float
    lightness_floor: float
    below_share: float
    above_share: float
    beside_share: float
    max_other_dots: float


@dataclass(frozen=True, slots=True)
class DotColour:
    """A colour of dots: ``print`` as sRGB, ``hue_deg`` in CIE Lab, how far light may turn it."""

    print: str
    hue_deg: float
    reach_deg: float
    min_strength: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dot usually is while standing: shares of the trunk from the hips up, and behind it."""

    name: str
    along: float
    behind: float


@dataclass(frozen=True, slots=True)
class FollowingNumbers:
    """How dots are named in standing and followed from there; shares are of the trunk's length."""

    midline_behind_share: float
    midline_furthest_share: float
    lowest_share: float
    highest_share: float
    shortest_strip_share: float
    longest_strip_share: float
    strips_differ: float
    length_reach: float
    step_share: float
    step_share_per_s: float
    longest_step_share: float
    jerk_share: float
    heading_s: float
    min_standing_share: float
    min_standing_frames: float
    strip_reach_share: float
    single_reach_share: float
    side_reach_share: float
    turn_deg: float
    turn_deg_per_s: float
    place: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class ReadingNumbers:
    """What the angles' uncertainty is made of."""

    centre_noise_px: float
    filled_noise_times: float
    min_strip_px: float
    skin_sd_deg: float


@dataclass(frozen=True, slots=True)
class StickerTable:
    """Every number of sticker mode; ``level_pct`` maps levels to per cent of the way C7 to S2."""

    evidence: Evidence
    sources: tuple[str, ...]
    sheet: SheetNumbers
    level_pct: Mapping[str, float]
    seeing: SeeingNumbers
    colour: Mapping[str, DotColour]
    following: FollowingNumbers
    reading: ReadingNumbers

    def colour_named(self, name: str) -> DotColour:
        """Return a colour of the table; UsageError names the known ones."""
        if name not in self.colour:
            known = ", ".join(self.colour)
            raise UsageError(f"There are no {name!r} dots. Known colours: {known}. Choose one of them.")
        return self.colour[name]


@cache
def load_stickers() -> StickerTable:
    """Return the numbers of sticker mode.

    Raises
    ------
    KnowledgeError
        If the table doesn't hold together.
    """
    where = Where(_FILE)
    table = build(StickerTable, read_table(_FILE), where)
    check_sources(table.sources, load_sources(), where)
    return table
