"""A person in points and edges, for tests of the back contour."""

import numpy as np

from movement_lab.skeleton import LANDMARKS
from movement_lab.spine.contour import Outlines


def clip(frames=6, seed=3):
    """A person who faces image right: points, world points and edges, the first two frames standing."""
    rng = np.random.default_rng(seed)
    places = {"hip": (300, 350), "knee": (310, 440), "ankle": (300, 520), "heel": (290, 535)}
    places |= {"foot_index": (340, 535), "shoulder": (300, 220), "elbow": (300, 290), "wrist": (305, 350)}
    places |= {"ear": (310, 180)}
    xy = np.array([330.0, 185.0]) + rng.normal(0, 4, (frames, 33, 2))
    for i, name in enumerate(LANDMARKS):
        if (joint := name.removeprefix("left_").removeprefix("right_")) in places:
            xy[:, i] = places[joint] + rng.normal(0, 4, (frames, 2))
    xyz = np.zeros((frames, 33, 3))
    xyz[:, [11, 23], 2], xyz[:, [12, 24], 2] = -0.15, 0.15  # right side towards the camera
    sides = np.stack(
        [0.25 + rng.normal(0, 0.012, (frames, 28)), 0.2 + rng.normal(0, 0.012, (frames, 28))], axis=1
    )
    outlines = Outlines(sides, np.zeros(sides.shape, bool), np.full(frames, 130.0))
    zero = np.arange(frames) < 2
    return xy, xyz, outlines, zero
