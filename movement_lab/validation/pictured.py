"""True values of what is defined in the picture, not in space.

The frontal plane projection angle is an angle of the image (specification 1.4), and its limits come
from films. Its truth is what the exact joints show to a level camera squarely in front, as far away
as the scene's own: near knees look larger than far hips to that camera too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from movement_lab.measures import Body as Seen
from movement_lab.measures import fppa, signal_key
from movement_lab.records import View
from movement_lab.skeleton import SIDES
from movement_lab.synthetic.camera import track_of
from movement_lab.synthetic.scene import Scene, centred, move

_SQUARE = {
    "front": View("front", "camera", 0.0, "full", 0.0),
    "back": View("back", "away", 0.0, "full", 180.0),
}


def pictured_truth(scene: Scene) -> dict[str, list[Any]]:
    """Return the truth of image-defined signals of a front or back view, by signal name; else nothing."""
    view = _SQUARE.get(scene.camera.view)
    if view is None:
        return {}
    motion, posed = move(scene)
    camera = replace(centred(scene, posed.joints).camera, yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0)
    seen = Seen(track_of(posed.joints, motion.time_s, camera), view)
    return {signal_key("fppa_deg", side): fppa(seen, side).tolist() for side in SIDES}
