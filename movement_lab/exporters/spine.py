"""The therapist's section on hips, low back and rib cage: what was read, how surely, or why not."""

import math
from typing import Any, Final

from movement_lab.exporters.coordination_table import show_coordination
from movement_lab.exporters.curves import Panel, has_gaps, table_twin
from movement_lab.exporters.hip_back import at_turn, show_plane, show_shares
from movement_lab.exporters.spine_figure import Posture, spine_figure
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_measures
from movement_lab.records import Measurement
from movement_lab.report import Report
from movement_lab.spine.combine import load_methods
from movement_lab.summary import spine_measures, spine_tier

_PELVIS, _LUMBAR, _RIB = "pelvic_tilt_deg", "lumbar_flexion_deg", "thorax_inclination_deg"
_UPPER: Final = "upper_back_rounding_deg"


def show_spine(report: Report, words: Words, panels: list[Panel]) -> dict[str, Any] | None:
    """Return everything the section says; None in the wellness profile, which has no such section.

    ``panels`` are the spine's curves, drawn with the others (`curves.draw_curves`).
    """
    if words.wellness:
        return None
    if not spine_measures(report):
        return {
            "read": False,
            "reasons": words.reasons(report.spine.reasons),
            **_shared("fold", report, words),
        }
    return {
        "read": True,
        "tier": spine_tier(report),
        "method": words(f"spine_method_long.{report.spine.method}"),
        "licence": _licence(report, words),
        "seen": _seen(report, words),
        "gaps": words.reasons(report.spine.reasons) if has_gaps(panels) else [],
        "hatched": has_gaps(panels),
        "typical": any(panel.curve.typical is not None for panel in panels),
        "twin": table_twin(panels, words),
        "figure": _figure(report, words),
        "plane": show_plane(report, words),
        "shares": show_shares(report, words),
        "style": _style(report, words),
        **_shared("spine", report, words),
    }


def _shared(kind: str, report: Report, words: Words) -> dict[str, Any]:
    """Return the table of coordination and its title."""
    found = report.coordination.get(kind)
    title = words("report.section.coordination" if kind == "spine" else "report.section.coordination_fold")
    return {"coordination": show_coordination(found, kind, words) if found else None, "title": title}


def _licence(report: Report, words: Words) -> str:
    method = load_methods()[report.spine.method]
    return words(f"spine_method_long.{method.id}_licence") if method.licence else ""


def _seen(report: Report, words: Words) -> str:
    return words("report.text.spine_seen", seen=report.spine.frames_used, count=len(report.spine.valid))


def _style(report: Report, words: Words) -> dict[str, Any]:
    style = report.style
    if style.name is None:
        return {"name": words("style.none"), "sentence": "", "reasons": words.reasons(style.reasons)}
    sentence = words(f"style.{style.name}.sentence")
    return {"name": words(f"style.{style.name}.name"), "sentence": sentence, "reasons": []}


# ---------------------------------------------------------------- the figure


def _figure(report: Report, words: Words) -> dict[str, Any] | None:
    """Return the spine at the lowest point with its values; None where one of them isn't known."""
    rows = {name: at_turn(report, name) for name in (_RIB, _LUMBAR, _PELVIS)}
    rib, pelvis = rows[_RIB], rows[_PELVIS]
    if rib is None or pelvis is None or rows[_LUMBAR] is None:
        return None
    values = [_value(row, words) for row in rows.values() if row is not None]
    rounding = at_turn(report, _UPPER)
    svg = spine_figure(
        Posture(
            pelvis.value,
            rib.value,
            rib.value + (rounding.value if rounding else 0.0),
            _half(pelvis),
            _half(rib),
        ),
        facing=-1 if report.view.facing == "image_left" else 1,
        rough=spine_tier(report) == "T3",
        standing=words("plot.angle_angle.standing"),
        label="; ".join(f"{row['label']} {row['value']}, {row['range']}" for row in values),
    )
    return {"svg": svg, "values": values}


def _value(row: Measurement, words: Words) -> dict[str, str]:
    return {
        "label": words(f"measure.{row.name}"),
        "value": words.value(row.value, row.unit),
        "range": words.span(row.low95, row.high95, row.unit),
        "region": load_measures()[row.name].region,
    }


def _half(row: Measurement) -> float:
    half = (row.high - row.low) / 2
    return half if math.isfinite(half) else 0.0
