"""The curves of the therapist's first page: at most four regions in the order of the body."""

from __future__ import annotations

from typing import Any, Final

from movement_lab.exporters.pdf.ink import Room, line_sample, print_svg
from movement_lab.exporters.words import Words
from movement_lab.report import Report
from movement_lab.summary import spine_tier

#: Which measures stand there, by how far the spine can be trusted; from the front all there are.
_SHOWN: Final = {
    "T2": ("thorax_inclination_deg", "lumbar_flexion_deg", "hip_pelvis_flexion_deg", "knee_flexion_deg"),
    "T3": ("trunk_inclination_deg", "lumbar_flexion_deg", "hip_trunk_flexion_deg", "knee_flexion_deg"),
    "T0": ("trunk_inclination_deg", "hip_trunk_flexion_deg", "knee_flexion_deg", "shank_inclination_deg"),
}
_MOST: Final = 4
_WIDTH_PX: Final = {True: 268.0, False: 462.0}  # beside a picture, and without one
_PANEL_PX, _HEAD_PX, _AXIS_PX = 57.0, 20.0, 18.0
_LEFT_PX, _RIGHT_PX = 40.0, 9.0


def print_curves(
    curves: dict[str, Any] | None, report: Report, words: Words, *, beside_picture: bool
) -> dict[str, Any] | None:
    """Return the curves of the report page, drawn anew for paper; None where there are none."""
    if curves is None:
        return None
    room, width = Room(left=_LEFT_PX, right=_RIGHT_PX), _WIDTH_PX[beside_picture]
    panels = _chosen([*curves["beside"], *curves["panels"]], report)
    return {
        "heading": curves["heading"],
        "bands": words("report.text.bands"),
        "gap": words("print.hatched") if any(_HATCHED in panel["svg"] for panel in panels) else "",
        "header": print_svg(curves["header"], width=width, height=_HEAD_PX, room=room),
        "axis": print_svg(curves["axis"], width=width, height=_AXIS_PX, room=room),
        "panels": [_panel(panel, width, room, words) for panel in panels],
    }


_HATCHED: Final = 'fill="url(#hatch)"'


def _chosen(panels: list[dict[str, Any]], report: Report) -> list[dict[str, Any]]:
    tier = spine_tier(report)
    order = _SHOWN["T2" if tier in ("T1", "T2") else tier]
    chosen = sorted((p for p in panels if p["name"] in order), key=lambda p: order.index(p["name"]))
    return (chosen or panels)[:_MOST]


def _panel(panel: dict[str, Any], width: float, room: Room, words: Words) -> dict[str, Any]:
    known = bool(panel["range"])
    return {
        "label": panel["label"],
        "value": panel["value"] if known else words("language.nothing"),
        "range": panel["range"],
        "rough": words("tier.T3").lower() if panel["rough"] else "",
        "sample": line_sample(panel["region"], rough=panel["rough"]),
        "svg": print_svg(panel["svg"], width=width, height=_PANEL_PX, room=room),
    }
