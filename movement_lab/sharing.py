"""What a clip shows of coordination: which curves share its bends, how, and in which style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from movement_lab.coordination import Coordination, Curves, Style, coordinate, fold_curves, style_of
from movement_lab.measures import signal_key
from movement_lab.moments import Clip, spine_curves_of
from movement_lab.records import Array, Measurement, Side


def coordinate_clip(clip: Clip, measurements: Sequence[Measurement]) -> dict[str, Coordination]:
    """Return coordination by curves: ``fold`` from body points, ``spine`` where the spine was read.

    Nothing where the view isn't a side view or there are no repetitions.
    """
    if clip.view.plane != "side" or not clip.reps:
        return {}
    sds = _sd_methods(measurements)
    trunk_sd_deg = sds.get(("trunk_inclination_deg", "mid"), np.nan)
    curves = {"fold": _fold(clip, sds), "spine": spine_curves_of(clip)}
    return {
        name: coordinate(each, clip.reps, trunk_sd_deg=trunk_sd_deg)
        for name, each in curves.items()
        if each is not None
    }


def style_of_clip(found: Mapping[str, Coordination], *, free_bend: bool) -> Style:
    """Return the descriptive style of a free bend whose spine was read, or why none can be said."""
    return style_of(found["spine"].of_set if "spine" in found else (), free_bend=free_bend)


def _fold(clip: Clip, sds: Mapping[tuple[str, Side], float]) -> Curves:
    """Knee against hip + back fold, of the near side."""
    near = clip.view.near

    def change(name: str, side: Side = near) -> Array:
        key = signal_key(name, side)
        return clip.signals[key] - clip.standing.zero.get(key, np.nan)

    return fold_curves(
        clip.time_s,
        knee_deg=change("knee_flexion_deg"),
        hip_trunk_deg=change("hip_trunk_flexion_deg"),
        trunk_deg=change("trunk_inclination_deg", "mid"),
        knee_sd_deg=sds.get(("knee_flexion_deg", near), np.nan),
        hip_trunk_sd_deg=sds.get(("hip_trunk_flexion_deg", near), np.nan),
    )


def _sd_methods(measurements: Sequence[Measurement]) -> dict[tuple[str, Side], float]:
    """Method spreads at the turn, against own standing."""
    return {(m.name, m.side): m.sd_method for m in measurements if (m.at, m.zero) == ("turn", "rel")}
