"""Two stored assessments side by side: their facts, curves by phase and figures from the stored files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from movement_lab.comparing import (
    Change,
    Comparison,
    Figure,
    compare,
    facts_of_digest,
    facts_of_report,
    load_comparing,
    lowest_figure,
    phase_curve,
    read_angles,
)
from movement_lab.errors import UsageError
from movement_lab.measures import signal_key
from movement_lab.records import Array
from movement_lab.storage import Assessment, Store
from movement_lab.workspace.assessments import find_assessment, list_assessments

#: So many assessments of a person are looked through for one to compare with.
_LOOKED_THROUGH: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class CurvePair:
    """One measure by phase, then and now, with the change it belongs to."""

    change: Change
    then: Array
    now: Array


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two assessments, the earlier one first, and everything the page shows of them."""

    then: Assessment
    now: Assessment
    comparison: Comparison
    curves: tuple[CurvePair, ...]
    figures: tuple[Figure | None, Figure | None]


def compare_assessments(store: Store, then_id: str, now_id: str) -> Compared:
    """Compare two finished assessments.

    Raises
    ------
    UsageError
        It is the same one twice, or one of them has no result.
    """
    if then_id == now_id:
        raise UsageError("That is the same assessment twice. Choose two different ones.")
    rows = [find_assessment(store, id_) for id_ in (then_id, now_id)]
    reports = [_report(store, row) for row in rows]
    comparison = compare(*(facts_of_report(report) for report in reports))
    folders = [store.folder.assessment(row.id) for row in rows]
    figures = [
        lowest_figure(folder.track, report) if folder.track.exists() and not comparison.obstacle else None
        for folder, report in zip(folders, reports, strict=True)
    ]
    curves = tuple(_curves(store, rows, reports, comparison))
    return Compared(rows[0], rows[1], comparison, curves, (figures[0], figures[1]))


def last_like(store: Store, row: Assessment) -> tuple[Assessment, Comparison] | None:
    """Return the person's last assessment that one can be compared with, and what changed since."""
    if row.person_id is None:
        return None
    return earlier_like(list_assessments(store, person_id=row.person_id, limit=_LOOKED_THROUGH), row)


def earlier_like(candidates: list[Assessment], row: Assessment) -> tuple[Assessment, Comparison] | None:
    """Return the newest assessment before this one that it can be compared with, and what changed."""
    if not row.summary or row.state != "done":
        return None
    facts = facts_of_digest(row.summary)
    for other in sorted(candidates, key=lambda each: each.created_at, reverse=True):
        if other.created_at >= row.created_at or not other.summary or other.state != "done":
            continue
        comparison = compare(facts_of_digest(other.summary), facts)
        if comparison.rows:
            return other, comparison
    return None


def _report(store: Store, row: Assessment) -> dict[str, Any]:
    path = store.folder.assessment(row.id).report
    if row.state != "done" or not path.exists():
        name = row.label or row.file_name or row.id
        raise UsageError(f"“{name}” has no result to compare. Choose another one, or wait until it is done.")
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def _curves(store: Store, rows: Any, reports: Any, comparison: Comparison) -> Iterator[CurvePair]:
    """Yield the curves of what was compared, as many as the page has room for."""
    wanted = list(_wanted(comparison))
    keys = [signal_key(change.name, change.side) for change in wanted]
    paths = [store.folder.assessment(row.id).path / "angles.csv" for row in rows]
    if not wanted or not all(path.exists() for path in paths):
        return
    angles = [read_angles(path, keys) for path in paths]
    for change, key in zip(wanted, keys, strict=True):
        pair = [
            phase_curve(frames, key, _reps(report, change.side), zero=_zero(report, key, comparison))
            for frames, report in zip(angles, reports, strict=True)
        ]
        if all(np.isfinite(curve).any() for curve in pair):
            yield CurvePair(change, *pair)


def _wanted(comparison: Comparison) -> Iterator[Change]:
    """Yield the compared measures to draw, in the order of the body; real changes come before others."""
    plane = load_comparing().planes.get(comparison.now.plane)
    if plane is None:
        return
    found = [row for name in plane.curves for row in comparison.rows if row.name == name]
    spine_read = any(row.name == "hip_pelvis_flexion_deg" for row in found)
    found = [row for row in found if not (spine_read and row.name in _STAND_INS and row.reading != "real")]
    rank = sorted(found, key=lambda row: row.reading != "real")[: int(plane.most_curves)]
    yield from (row for row in found if row in rank)


#: What body points alone can tell instead of hip, low back and rib cage apart.
_STAND_INS = ("hip_trunk_flexion_deg", "trunk_inclination_deg", "shank_inclination_deg")


def _reps(report: dict[str, Any], side: str) -> list[dict[str, Any]]:
    """Return the judged repetitions a measure of a side is taken from."""
    graded = [rep for rep in report["reps"] if rep["graded"]]
    led = [rep for rep in graded if side == "mid" or rep["side"] in (side, "mid")]
    return led or graded


def _zero(report: dict[str, Any], key: str, comparison: Comparison) -> float:
    if comparison.now.zero == "abs":
        return 0.0
    zero = report["standing"]["zero"].get(key)
    # a read spine is told as change from standing already; its zero may be unknown
    return 0.0 if zero is None or not math.isfinite(zero) else float(zero)
