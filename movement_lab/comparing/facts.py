"""What comparing needs to know of one assessment, from its ``report.json`` or from a row's digest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from movement_lab.coordination import load_coordination
from movement_lab.records import Tier

#: Values that are no measure of measures.toml: seconds of the two ways, and the low back's share of the bend.
DOWN, UP, SHARE = "down_s", "up_s", "share_pct"
_NAN: Final = math.nan


@dataclass(frozen=True, slots=True)
class Value:
    """One number of a set of repetitions; NaN with ``reasons`` where it isn't known."""

    value: float
    unit: str
    tier: Tier
    method: str
    mdc95: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """One assessment, as far as it is compared.

    ``leads``: lead legs of the repetitions that were judged (lunge); ``task``: what was instructed;
    ``values`` by measure, side and zero (``abs``, ``rel``); ``reps`` how many repetitions were judged.
    """

    movement: str
    variant: str | None
    task: tuple[str, ...]
    view: str
    gate: str
    yaw_deg: float
    standing: bool
    leads: frozenset[str]
    model: str
    reps: int
    spine: str = ""
    values: Mapping[tuple[str, str, str], Value] = field(default_factory=dict)
    extra: Mapping[str, Value] = field(default_factory=dict)

    @property
    def plane(self) -> str:
        """Which plane's measures the view shows: ``side``, ``front`` or ``none``."""
        if self.gate == "refused" or self.view == "oblique":
            return "none"
        return "side" if self.view in ("left", "right") else "front"

    @property
    def zero(self) -> str:
        """``rel`` where an own standing was found, else ``abs``."""
        return "rel" if self.standing else "abs"

    def leads_with(self, side: str) -> bool:
        """Say whether a leg led (a lunge's values of a side are those of its lead, where it led)."""
        return side in self.leads


def facts_of_report(report: Mapping[str, Any]) -> Facts:
    """Return the facts of a report as plain data (``report.json``, `exporters.json.report_to_dict`)."""
    graded = [rep for rep in report["reps"] if rep["graded"]]
    settings = report["provenance"].get("settings") or {}
    return Facts(
        movement=report["movement"]["name"],
        variant=report["movement"]["variant"],
        task=task_of(settings.get("declared") or {}),
        view=report["view"]["name"],
        gate=report["view"]["gate"],
        yaw_deg=_number(report["view"]["yaw_deg"]),
        standing=report["standing"]["found"],
        leads=frozenset(rep["side"] for rep in graded) - {"mid"},
        model=model_of(report["provenance"]),
        reps=len(graded),
        spine=report["spine"]["method"],
        values=dict(_values(row for row in report["measurements"] if row["rep"] is None)),
        extra=extra_of(graded, report["coordination"]),
    )


def facts_of_digest(digest: Mapping[str, Any]) -> Facts:
    """Return the facts of a row's digest; what a digest doesn't hold stays out."""
    return Facts(
        movement=digest["movement"],
        variant=digest.get("variant"),
        task=tuple(digest.get("task", ())),
        view=digest["view"],
        gate=digest["gate"],
        yaw_deg=_number(digest["yaw_deg"]),
        standing=digest.get("standing", True),
        leads=frozenset(digest.get("leads", ())),
        model=digest.get("model", ""),
        reps=digest["usable"],
        values=dict(_values(digest["measures"])),
        extra={name: _value(row, row["tier"]) for name, row in digest.get("extra", {}).items()},
    )


def extra_of(reps: Sequence[Mapping[str, Any]], coordination: Mapping[str, Any]) -> dict[str, Value]:
    """Return seconds down and up, and the low back's share where it was read, from plain data.

    Parameters
    ----------
    reps : sequence of mapping
        Judged repetitions as in ``report.json``.
    coordination : mapping
        As there.
    """
    return dict(_times(reps)) | dict(_share(coordination))


def task_of(declared: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the person was asked to do, from what was declared."""
    return tuple(name for name in ("instructed", "upright") if declared.get(name))


def model_of(provenance: Mapping[str, Any]) -> str:
    """Return name and fingerprint of the pose model, "" where none is known."""
    model = provenance.get("model") or {}
    return f"{model.get('name', '')} {model.get('sha256', '')[:12]}".strip()


def _values(rows: Iterator[Any] | Sequence[Any]) -> Iterator[tuple[tuple[str, str, str], Value]]:
    """Yield the values at the lowest point in the measure's own unit."""
    for row in rows:
        if row["at"] == "turn" and row["name"].endswith(f"_{row['unit']}"):
            yield (row["name"], row["side"], row["zero"]), _value(row, row["tier"])


def _value(row: Mapping[str, Any], tier: Tier) -> Value:
    reasons = tuple(row.get("reasons", ()))
    return Value(
        _number(row["value"]), row["unit"], tier, row["method"], _number(row["mdc95"]), reasons
    )  # fmt: skip


def _times(graded: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Value]]:
    """Yield the medians of the ways down and up; their noise is in per cent of the value."""
    mdc_pct = load_coordination().measures["duration_s"].mdc95["any_pct"]
    for name, start, end in ((DOWN, "start_s", "turn_s"), (UP, "turn_s", "end_s")):
        if graded:
            middle = median(rep[end] - rep[start] for rep in graded)
            yield name, Value(middle, "s", "T1", "landmarks", mdc_pct)


def _share(coordination: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """Yield the low back's share of the whole way down, where the spine was read."""
    for row in (coordination.get("spine") or {}).get("readings", ()):
        if (row["rep"], row["name"], row["way"], row["part"]) == (None, SHARE, "down", "whole"):
            yield SHARE, _value(row, "T2" if row["method"] == "stickers" else "T3")


def _number(value: Any) -> float:
    return _NAN if value is None else float(value)
