"""What is typical: a grey band behind the person's own curve, and nothing else.

Lumbar flexion expected of anybody who leans this far (the lumbopelvic rhythm) says nothing about this
person. Fed into a measure, it would come back as a share or a finding that the table put there, so
nothing that measures or judges may import this module (specification 2.1, M4, and section 0); a test
follows every import.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from movement_lab.knowledge import read_table
from movement_lab.knowledge.checks import check_sources
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence
from movement_lab.records import Array
from movement_lab.spine.combine import spine_sources

_ROUNDS = 12  # each leaves a quarter of the error


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The table ``[prior]`` of ``knowledge/spine.toml``; its comments say what each number is."""

    ends_deg: tuple[float, ...]
    shares: tuple[float, ...]
    share_sd: float
    floor_sd_deg: float
    chord_share: float
    bent_knee_share: float
    bent_knee_deg: float
    bent_knee_sd_share: float
    half_width_sd: float
    evidence: Evidence
    knee_evidence: Evidence
    sources: tuple[str, ...]
    note: str = ""


def typical_lumbar_band(trunk_inclination: Array, knee: Array) -> tuple[Array, Array]:
    """Return the least and the greatest lumbar flexion that 95 % of people would show, to be drawn.

    Parameters
    ----------
    trunk_inclination
        Lean of the line hips to shoulders, (n,) degrees, minus own standing; forward positive.
    knee
        Knee flexion, (n,) degrees; straight = 0.

    Returns
    -------
    Low and high, (n,) degrees of lumbar flexion from own standing; NaN where either input is.

    Notes
    -----
    Lumbar shares by thirds of a forward bend and their spread between people (Esola 1996, Laird 2018);
    with bent knees less (von Arx 2021). The line hips to shoulders leans less than the rib cage, so
    the rib cage's pitch is found first: ``pitch = lean + share of lumbar flexion`` (specification 1.1).
    """
    table = load_rhythm()
    factor = _knee_factor(knee, table)
    pitch = np.asarray(trunk_inclination, float)
    for _ in range(_ROUNDS):
        pitch = trunk_inclination + table.chord_share * factor * _straight_legged(pitch, table)
    straight = _straight_legged(pitch, table)
    between_people = np.maximum(table.share_sd * np.abs(pitch), table.floor_sd_deg)
    half = table.half_width_sd * np.hypot(between_people, table.bent_knee_sd_share * (1 - factor) * straight)
    return factor * straight - half, factor * straight + half


def _straight_legged(pitch: Array, table: Rhythm) -> Array:
    """Lumbar flexion of a forward bend with straight knees, (n,); backward bends count as none."""
    ends = np.array([0.0, *table.ends_deg])
    reached = np.cumsum([0.0, *(np.diff(ends) * table.shares)])
    return np.asarray(np.interp(pitch, ends, reached))


def _knee_factor(knee: Array, table: Rhythm) -> Array:
    bent = np.clip(np.asarray(knee, float) / table.bent_knee_deg, 0, 1)
    return np.asarray(1 - (1 - table.bent_knee_share) * bent)


@cache
def load_rhythm() -> Rhythm:
    """Return the numbers of the band; KnowledgeError if the table doesn't hold together."""
    where = Where("spine.toml", "prior")
    table = build(Rhythm, read_table("spine.toml").get("prior"), where)
    check_sources(table.sources, spine_sources(), where)
    if len(table.ends_deg) != len(table.shares) or sorted({0.0, *table.ends_deg}) != [0.0, *table.ends_deg]:
        raise where.wrong("ends_deg and shares don't go together", "a share for each of the rising ends")
    return table
