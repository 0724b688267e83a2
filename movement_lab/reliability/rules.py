"""What ``knowledge/reliability.toml`` says: how much data a figure needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from movement_lab.knowledge import Source, load_sources, parse_sources, read_table
from movement_lab.knowledge.checks import check_sources
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence

_FILE: Final = "reliability.toml"


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of the table, each as its comment there says."""

    evidence: Evidence
    sources: tuple[str, ...]
    min_subjects: float
    min_sessions: float
    max_icc_half_width: float
    confidence_pct: float
    min_group: float
    min_seen_pct: float


@cache
def load_rules() -> Rules:
    """Return the rules; KnowledgeError if the table doesn't hold together."""
    raw = read_table(_FILE)
    rules = build(Rules, {name: value for name, value in raw.items() if name != "source"}, Where(_FILE))
    check_sources(rules.sources, {**load_sources(), **own_sources()}, Where(_FILE))
    return rules


def own_sources() -> Mapping[str, Source]:
    """Return the sources that only this table uses."""
    return parse_sources(read_table(_FILE).get("source", {}), file=_FILE)
