"""True values of what is defined in the picture, or by what is seen, not by the joints.

The frontal plane projection angle is an angle of the image (specification 1.4), and its limits come
from films. Its truth is what the exact joints show to a level camera squarely in front, as far away
as the scene's own: near knees look larger than far hips to that camera too.

Stickers sit on skin or cloth, which turns a little otherwise than the bones below. What the strips did
themselves is kept beside what the low back did, so that a poor reading can be told from a strip that slid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from movement_lab.measures import Body as Seen
from movement_lab.measures import fppa, signal_key
from movement_lab.records import Array, View
from movement_lab.skeleton import SIDES
from movement_lab.synthetic.camera import track_of
from movement_lab.synthetic.clothing import dress
from movement_lab.synthetic.layers import Strip
from movement_lab.synthetic.scene import Scene, centred, move
from movement_lab.synthetic.synthesize import strips_on
from movement_lab.synthetic.truth import inclination_deg
from movement_lab.validation.spine_compare import STRIPS

_SQUARE = {
    "front": View("front", "camera", 0.0, "full", 0.0),
    "back": View("back", "away", 0.0, "full", 180.0),
}


def pictured_truth(scene: Scene) -> dict[str, list[Any]]:
    """Return the truth of what is seen, not of the body, by signal name.

    Image-defined signals of a front or back view, and how stickers turned; nothing for other scenes.
    """
    if scene.stickers:
        return {STRIPS: strips_lumbar_deg(scene).tolist()}
    view = _SQUARE.get(scene.camera.view)
    if view is None:
        return {}
    motion, posed = move(scene)
    camera = replace(centred(scene, posed.joints).camera, yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0)
    seen = Seen(track_of(posed.joints, motion.time_s, camera), view)
    return {signal_key("fppa_deg", side): fppa(seen, side).tolist() for side in SIDES}


def strips_lumbar_deg(scene: Scene) -> Array:
    """Return how far the upper sticker strip is pitched against the lower one, (T,) degrees, flexion +."""
    _, posed = move(scene)
    pair = strips_on(dress(posed.body, scene.look), posed.body, scene)
    upper, lower = (np.array([_pitch(strip, each) for each in posed.transforms]) for strip in pair)
    difference: Array = upper - lower
    return difference


def _pitch(strip: Strip, transforms: Array) -> float:
    ends = [layer.posed(transforms)[0][taped].mean(axis=0) for layer, taped in (strip.lower, strip.upper)]
    return float(inclination_deg(*ends))
