"""How findings were judged against the truth, and what went clearly wrong, clip by clip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from movement_lab.records import GRADES
from movement_lab.validation.run import Results
from movement_lab.validation.tables import Table, seen_plane, share_with_interval, show, true_plane

NOTICED: Final = ("possible", "mild", "moderate", "marked")


def finding_rows(
    results: Results,
    *,
    model: str,
    split: str | None = None,
    full_gate: bool = True,
    of_spine: bool = False,
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Return (clip's row, finding) pairs; only clips truly filmed within the full gate unless told.

    ``of_spine``: those that need a reading of the spine, instead of all others.
    """
    return [
        (row, finding)
        for row in results.whole
        if row["model"] == model and split in (None, row["split"])
        if not full_gate or row["view"]["true_gate"] == "full"
        for finding in row["findings"]
        if bool(finding.get("of_spine")) == of_spine
    ]


def clear_counts(found: Iterable[Mapping[str, Any]], least: str = "possible") -> tuple[int, int, int, int]:
    """Return noticed and all of the clearly present, then left alone and all of the clearly absent.

    A finding that is not graded counts as not noticed: a miss where it is present.
    """
    step = NOTICED[NOTICED.index(least) :]
    present = [f["grade"] in step for f in found if f["clear"] == "present"]
    absent = [f["grade"] not in step for f in found if f["clear"] == "absent"]
    return sum(present), len(present), sum(absent), len(absent)


def clear_table(results: Results, *, model: str, split: str | None = "held_out") -> Table:
    """Return sensitivity and specificity at clear cases, per movement and finding."""
    pairs = finding_rows(results, model=model, split=split)
    keys = sorted({(row["movement"], f["id"]) for row, f in pairs})
    rows = []
    for movement, finding in keys:
        mine = [f for row, f in pairs if row["movement"] == movement and f["id"] == finding]
        cells = []
        for least in ("possible", "mild"):
            hit, present, left, absent = clear_counts(mine, least)
            cells += [share_with_interval(hit, present), share_with_interval(left, absent)]
        not_graded = sum(f["grade"] == "not_graded" for f in mine)
        rows.append((movement, finding, *cells, not_graded))
    columns = ("sensitivity, possible or more", "specificity", "sensitivity, mild or more", "specificity")
    return Table(("movement", "finding", *columns, "not graded"), tuple(rows))


def grades_table(results: Results, *, model: str, split: str | None = "held_out") -> Table:
    """Return, per finding and step, how often a truth beyond the step is graded so, and not otherwise."""
    pairs = finding_rows(results, model=model, split=split)
    rows = []
    for movement, finding in sorted({(row["movement"], f["id"]) for row, f in pairs}):
        mine = [f for row, f in pairs if row["movement"] == movement and f["id"] == finding]
        for step in ("mild", "moderate", "marked"):
            at = GRADES.index(step)
            beyond = [_rank(f["grade"]) >= at for f in mine if _rank(f["true_step"]) >= at]
            within = [_rank(f["grade"]) < at for f in mine if _rank(f["true_step"]) < at]
            shares = (
                share_with_interval(sum(beyond), len(beyond)),
                share_with_interval(sum(within), len(within)),
            )
            rows.append((movement, finding, step, *shares))
    return Table(("movement", "finding", "step", "sensitivity", "specificity"), tuple(rows))


def _rank(grade: str) -> int:
    return GRADES.index(grade) if grade in GRADES else -1


def wrong_table(results: Results, *, model: str) -> Table:
    """Return every clip on which something clear went wrong, with what."""
    mine = (row for row in results.rows if row["model"] == model)
    rows = ((row["case"], row["split"].replace("_", "-"), text) for row in mine for text in troubles(row))
    return Table(("clip", "body is", "what went wrong"), tuple(rows))


def troubles(row: Mapping[str, Any]) -> list[str]:
    """Return what went clearly wrong on one clip, in words."""
    if row["status"] != "ok":
        return [f"failed at {row['stage']}: {row['error']}"]
    reps, found = row["reps"], []
    if row["recognised"] != row["movement"]:
        found.append(f"{row['movement']} taken for {row['recognised']}")
    if reps["found"] != reps["true"] or reps["matched"] != reps["true"]:
        found.append(f"{reps['found']} repetitions found, {reps['true']} done")
    if reps["sides_wrong"]:
        found.append(f"lead leg wrong in {reps['sides_wrong']}")
    if not row["standing_found"]:
        found.append("standing not found")
    if seen_plane(row) != true_plane(row):
        view = row["view"]
        found.append(f"{true_plane(row)} view at yaw {view['true_yaw_deg']:.0f} taken for {seen_plane(row)}")
    return found + [_misjudged(f) for f in row["findings"] if _is_misjudged(f, row)]


def _is_misjudged(f: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    noticed = f["grade"] in NOTICED
    hidden = f.get("of_spine") and row.get("cover")
    if hidden or row["view"]["true_gate"] != "full":
        return bool(f["clear"] == "absent" and noticed)
    return bool((f["clear"] == "present" and not noticed) or (f["clear"] == "absent" and noticed))


def _misjudged(f: Mapping[str, Any]) -> str:
    seen = show(f["value"]) if f["value"] is not None else "–"
    return f"{f['id']} {f['grade'].replace('_', ' ')}: {seen}, truly {show(f['true'])}"
