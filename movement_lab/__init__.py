"""movement_lab: camera-based assessment of squats, hip hinges and lunges.

::

    import movement_lab as ml
    report = ml.assess_video("squat.mp4")
    for finding in report.findings: ...

Names are loaded when first used, so importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from movement_lab.declared import Declared
    from movement_lab.errors import MovementLabError
    from movement_lab.exporters import export
    from movement_lab.exporters.npz import load_track
    from movement_lab.formats import export_formats, load_results
    from movement_lab.importers import read_points
    from movement_lab.pipeline import assess
    from movement_lab.recording import Options, assess_video
    from movement_lab.records import Finding, Measurement, Rep, Standing, Track, View
    from movement_lab.report import Report
    from movement_lab.results import Look, for_patient, write_results
    from movement_lab.wording import say

_HOMES = {
    "Declared": "declared",
    "Finding": "records",
    "Look": "results",
    "Measurement": "records",
    "MovementLabError": "errors",
    "Options": "recording",
    "Rep": "records",
    "Report": "report",
    "Standing": "records",
    "Track": "records",
    "View": "records",
    "assess": "pipeline",
    "assess_video": "recording",
    "export": "exporters",
    "export_formats": "formats",
    "for_patient": "results",
    "load_results": "formats",
    "load_track": "exporters.npz",
    "read_points": "importers",
    "say": "wording",
    "write_results": "results",
}

__all__ = [
    "Declared",
    "Finding",
    "Look",
    "Measurement",
    "MovementLabError",
    "Options",
    "Rep",
    "Report",
    "Standing",
    "Track",
    "View",
    "assess",
    "assess_video",
    "export",
    "export_formats",
    "for_patient",
    "load_results",
    "load_track",
    "read_points",
    "say",
    "write_results",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'movement_lab' has no attribute {name!r}")
    return getattr(import_module(f"movement_lab.{_HOMES[name]}"), name)
