"""A front or back view as if the camera had stood straight ahead.

A camera 10 degrees off shows a sixth of all movement to and fro as movement sideways: hips that go
back look shifted, a trunk that leans forward looks tilted. The model's coarse depth says how far
each point went to and fro; times the sine of the yaw it is taken out again. Depth that is a quarter
wrong spoils the result by a quarter of that small part, where not to correct would leave all of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from movement_lab.geometry import wrap
from movement_lab.records import Array, Track, View
from movement_lab.skeleton import SIDES
from movement_lab.view import leg_length

#: Turn of a person who squarely faces the camera, or squarely faces away (degrees).
_SQUARE_TURN_DEG: Final = {"camera": 0.0, "away": 180.0}

#: Pose models guess too little depth from the front, and with it too small a yaw: rendered people who
#: stand 10 degrees off read as 7.
_DEPTH_READ: Final = 0.7


def square_up(track: Track, view: View) -> Track:
    """Return the track of a front or back view turned to the camera about the middle of the ankles.

    Only ``x`` changes, pixels; other views and refused ones come back as they are.
    """
    if view.facing not in _SQUARE_TURN_DEG or view.gate == "refused":
        return track
    yaw = np.radians(float(wrap(np.array(view.turn_deg - _SQUARE_TURN_DEG[view.facing]))))
    across = track.xy[:, :, 0] - _mid_ankle(track, track.xy[:, :, 0])
    depth = track.xyz[:, :, 2] - _mid_ankle(track, track.xyz[:, :, 2])
    depth_px = np.nan_to_num(depth) * _px_per_m(track) / (_DEPTH_READ if "model" in track.origin else 1.0)
    xy = track.xy.copy()
    xy[:, :, 0] += across * (np.cos(yaw) - 1) + depth_px * np.sin(yaw)
    return replace(track, xy=xy)


def _mid_ankle(track: Track, values: Array) -> Array:
    """Return (T, 1) the mean of both ankles."""
    left, right = (values[:, track.names.index(f"{side}_ankle")] for side in SIDES)
    return np.asarray((left + right) / 2)[:, None]


def _px_per_m(track: Track) -> float:
    """Return pixels per coarse metre, from the length of the legs; 0 where no leg was seen."""
    px, m = leg_length(track, track.xy), leg_length(track, track.xyz)
    return px / m if np.isfinite(px) and m > 0 else 0.0
