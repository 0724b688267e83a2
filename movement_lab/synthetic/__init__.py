"""People whose joint angles are known exactly.

A stick figure (NumPy only), filmed by a virtual camera into a `Track`:

>>> from movement_lab.synthetic import Camera, film, repetitions
>>> motion = repetitions("squat", reps=3, bottom={"thigh_deg": 80.0})
>>> track, truth = film(motion, Camera(view="right")), motion.truth(near="right")
>>> round(float(truth["thigh_elevation_right_deg"].max()))
80

Rendered people with the same motions (``pip install .[synthetic]``): `scene.Scene` describes a clip,
`synthesize.synthesize` renders it with its truth. The story, in the order of the modules: ``tempo``
and ``motion`` say when and how far, ``stick`` solves the legs, ``bodies`` and ``kinematics`` put a body on
them, ``clothing`` dresses it, ``render`` films it, ``truth`` says what every measure should read.
"""

from movement_lab.synthetic.camera import Camera, film
from movement_lab.synthetic.motion import BOTTOM, STANDING, Motion, repetitions, standing_still, walk_in
from movement_lab.synthetic.stick import StickBody, StickPose, on_leg, pose_points
from movement_lab.synthetic.tempo import Tempo, TrueRep
from movement_lab.synthetic.truth import true_measures

__all__ = [
    "BOTTOM",
    "STANDING",
    "Camera",
    "Motion",
    "StickBody",
    "StickPose",
    "Tempo",
    "TrueRep",
    "film",
    "on_leg",
    "pose_points",
    "repetitions",
    "standing_still",
    "true_measures",
    "walk_in",
]
