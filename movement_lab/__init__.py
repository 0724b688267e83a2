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
    from movement_lab.pipeline import assess
    from movement_lab.recording import Options, assess_video

_HOMES = {
    "Declared": "declared",
    "MovementLabError": "errors",
    "Options": "recording",
    "assess": "pipeline",
    "assess_video": "recording",
    "export": "exporters",
    "load_track": "exporters.npz",
}

__all__ = ["Declared", "MovementLabError", "Options", "assess", "assess_video", "export", "load_track"]


def __getattr__(name: str) -> Any:
    """Load a public name from its module when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'movement_lab' has no attribute {name!r}")
    return getattr(import_module(f"movement_lab.{_HOMES[name]}"), name)
