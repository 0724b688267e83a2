"""What the review page says of a report, as plain values: they can be kept and shown again at once.

It is the sheet of ``report.html`` with the curves put together as one instrument beside the video, and
with what a person may correct.
"""

from typing import Any, Final

import numpy as np

from movement_lab.exporters.curves import Panel, draw_panels, find_panels
from movement_lab.exporters.json import plain, rep_seconds
from movement_lab.exporters.rep_marks import middle_rep
from movement_lab.exporters.sheet import make_sheet
from movement_lab.exporters.spine_curves import spine_panels
from movement_lab.exporters.words import Words
from movement_lab.report import Report

#: What stands beside the video, in the order of the body, where the spine was read; else what was measured.
_INSTRUMENT: Final = (
    "thorax_inclination_deg",
    "lumbar_flexion_deg",
    "hip_pelvis_flexion_deg",
    "knee_flexion_deg",
)
_STRIP_POINTS: Final = 600


def review_sheet(report: Report, words: Words) -> dict[str, Any]:
    """Return everything the review page says of a report, as JSON values.

    Parameters
    ----------
    report : Report
        As it was assessed, with the declarations that were honoured.
    words : Words
        Language and profile; the wellness profile has no grades, limits or spine in it.
    """
    sheet = {key: value for key, value in make_sheet(report, words).items() if key != "say"}
    panels, beside = _instrument(report, words)
    opened = middle_rep(report)
    values: dict[str, Any] = plain(
        sheet
        | {
            "curves": draw_panels(panels, beside, report, words),
            "rough_panels": [panel.curve.rough for panel in panels],
            "typical": any(panel.curve.typical is not None for panel in panels),
            "reps": [_rep(rep.index, report, words) for rep in report.reps],
            "opened": opened.index if opened else None,
            "found": _found(report),
            "people": _people(report),
            "duration_s": float(report.track.time_s[-1]),
            "picture_px": list(report.raw.size),
            "strip": _strip(report),
        }
    )
    return values


def _instrument(report: Report, words: Words) -> tuple[list[Panel], list[Panel]]:
    """Return the curves beside the video, and those that follow below."""
    measured, spine = find_panels(report, words), spine_panels(report, words)
    if not spine:
        return measured, []
    every = {panel.name: panel for panel in [*measured, *spine]}
    first = [every[name] for name in _INSTRUMENT if name in every]
    return first, [panel for panel in every.values() if panel not in first]


def _rep(index: int, report: Report, words: Words) -> dict[str, Any]:
    rep = report.reps[index - 1]
    start_s, turn_s, end_s = rep_seconds(rep, report)
    return {
        "index": rep.index,
        "start_s": start_s,
        "turn_s": turn_s,
        "end_s": end_s,
        "graded": rep.graded,
        "note": " ".join(words.reasons(rep.reasons)),
    }


def _found(report: Report) -> dict[str, Any]:
    """Return what can be corrected, as it was found or declared."""
    declared = (report.raw.origin.get("settings") or {}).get("declared") or {}
    standing = report.standing
    return {
        "movement": report.movement.name,
        "movement_declared": report.movement.declared,
        "view": report.view.name,
        "view_declared": report.view.name if report.view.declared else None,
        "standing": [standing.start_s, standing.end_s] if standing.found else None,
        "declared": dict(declared),
    }


def _people(report: Report) -> list[dict[str, Any]]:
    """Return who was seen, counted from the left, and who of them was followed."""
    people = report.quality.get("people")
    if not isinstance(people, list | tuple):
        return []
    return [{"number": each["number"], "chosen": bool(each["chosen"])} for each in people if "number" in each]


def _strip(report: Report) -> dict[str, Any]:
    """Return the curve that repetitions are marked on: 0 where the person stood highest, 1 at the deepest."""
    names = ("trunk_inclination_deg", "hip_drop_pct")
    signals = [report.signals[name] for name in names if name in report.signals]
    if report.movement.name != "hinge":
        signals.reverse()
    seen = [values for values in signals if np.isfinite(values).any()]
    values = seen[0] if seen else np.zeros(len(report.track))
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    step = max(1, len(values) // _STRIP_POINTS)
    depth = (values[::step] - low) / ((high - low) or 1.0)
    return {"time": report.track.time_s[::step].round(3), "depth": depth.round(3)}
