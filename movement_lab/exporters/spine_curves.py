"""The spine's curves on the report page: rib cage, low back, hip and pelvis, each with its own band."""

import numpy as np

from movement_lab.charts import Curve
from movement_lab.exporters.axes import axis_ends
from movement_lab.exporters.curves import Panel, half_widths, sides_of
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_grading, load_measures
from movement_lab.measures import signal_key
from movement_lab.records import Array
from movement_lab.report import Report
from movement_lab.spine.estimate import widened_sd
from movement_lab.spine.prior import typical_lumbar_band
from movement_lab.summary import spine_measures, spine_tier

_LUMBAR = "lumbar_flexion_deg"


def spine_panels(report: Report, words: Words) -> list[Panel]:
    """Return a panel for each angle of the spine that was read, for therapists; in the order of the body."""
    if words.wellness:
        return []
    return [_panel(name, report, words) for name in spine_measures(report)]


def _panel(name: str, report: Report, words: Words) -> Panel:
    (side,), row = sides_of(name, report), load_measures()[name]
    values = _own(report, signal_key(name, side))
    half80, half95 = _bands(report, name)
    typical = _typical(report) if name == _LUMBAR else None
    edges = np.concatenate([values, values - half95, values + half95, *(typical or ())])
    bottom, top = axis_ends(edges, half=np.nan, at_least=row.range / 4)
    rough = spine_tier(report) == "T3"
    curve = Curve(
        report.track.time_s, values, half80, half95, row.region, bottom, top, rough=rough, typical=typical
    )
    return Panel(name, side, words(f"measure.{name}"), row.unit, curve)


def _own(report: Report, key: str) -> Array:
    """Return a signal minus own standing, (T,) degrees."""
    return report.signals[key] - report.standing.zero.get(key, 0.0)


def _bands(report: Report, name: str) -> tuple[float | Array, float | Array]:
    sd = widened_sd(report.spine).get(name)
    if sd is None:
        (side,) = sides_of(name, report)
        return half_widths(report, name, side, "rel")
    half80, half95 = load_grading().half_width_sds
    return half80 * sd, half95 * sd


def _typical(report: Report) -> tuple[Array, Array] | None:
    """Return what most people show at this lean, to be drawn and nothing else."""
    trunk, knee = "trunk_inclination_deg", f"knee_flexion_{report.view.near}_deg"
    if not {trunk, knee} <= set(report.signals):
        return None
    return typical_lumbar_band(_own(report, trunk), report.signals[knee])
