"""Choose the one person to follow, from single pictures spread over the clip.

A pose model asked for one person may take the avatar beside them, or jump. So a few pictures are
first searched for everybody; boxes are joined into people over time; one is chosen; and the
tracker is then shown only that person's part of the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from movement_lab.records import Array, Pose

#: A box further away than this many body heights belongs to somebody else.
SAME_PERSON_HEIGHTS = 0.6
#: Boxes that overlap more than this are one person found twice.
_TWICE_FOUND_IOU = 0.5
_MIN_BODY_SCORE = 0.5
_BODY = (11, 12, 23, 24)  # shoulders and hips: without them it is nobody we could assess


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody seen in the clip: boxes (S, 4) ``left, top, right, bottom`` pixels at ``time_s`` (S,)."""

    number: int
    time_s: Array
    boxes: Array
    seen_share: float

    def box_at(self, time_s: float) -> Array:
        """Return the box at a time, (4,) pixels, between sightings by straight line."""
        return np.array([np.interp(time_s, self.time_s, column) for column in self.boxes.T])

    def window(self, start_s: float, end_s: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return the part of the picture the person stays in from ``start_s`` to ``end_s``.

        ``left, top, right, bottom`` whole pixels. There is room around, most of it above: whoever
        was folded in every picture that was searched may stand up in between.
        """
        inside = (self.time_s > start_s) & (self.time_s < end_s)
        boxes = np.vstack([self.boxes[inside], self.box_at(start_s), self.box_at(end_s)])
        extent = self.extent_px
        left, top = np.maximum(boxes[:, :2].min(axis=0) - extent * np.array([0.6, 1.5]), 0)
        right, bottom = np.minimum(boxes[:, 2:].max(axis=0) + extent * np.array([0.6, 0.35]), size)
        return int(left), int(top), int(np.ceil(right)), int(np.ceil(bottom))

    @property
    def extent_px(self) -> float:
        """Longer side of the person's largest box."""
        return float(np.max(self.boxes[:, 2:] - self.boxes[:, :2]))


def pose_box(xy: Array) -> Array:
    """Return the bounding box of body points (K, 2) as (4,): left, top, right, bottom."""
    return np.concatenate([np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)])


def find_people(sightings: Sequence[tuple[float, Sequence[Pose]]]) -> tuple[Person, ...]:
    """Join the poses found in single pictures into people, numbered from left to right.

    ``sightings`` holds (time_s, poses) per picture, in order of time.
    """
    chains: list[list[tuple[float, Array]]] = []
    alone_before = False
    for time_s, poses in sightings:
        boxes = _distinct_boxes(poses)
        if alone_before and len(boxes) == 1:  # one person then, one now: the same, however far they walked
            latest = max(chains, key=lambda c: c[-1][0])
            latest.append((time_s, boxes[0]))
            continue
        alone_before = len(boxes) == 1
        for box in boxes:
            chain = min(chains, key=lambda c: box_distance(c[-1][1], box), default=None)
            taken = chain is not None and chain[-1][0] == time_s
            if chain is None or taken or box_distance(chain[-1][1], box) > SAME_PERSON_HEIGHTS:
                chains.append([(time_s, box)])
            else:
                chain.append((time_s, box))
    chains.sort(key=lambda chain: float(np.median([box[0] + box[2] for _, box in chain])))
    return tuple(
        Person(
            number=number,
            time_s=np.array([time_s for time_s, _ in chain]),
            boxes=np.array([box for _, box in chain]),
            seen_share=len(chain) / max(len(sightings), 1),
        )
        for number, chain in enumerate(chains, start=1)
    )


def choose_person(people: Sequence[Person]) -> Person | None:
    """Return whom to follow: largest in the picture and seen longest; None if nobody was seen."""
    return max(
        people, key=lambda p: p.seen_share * float(np.median(p.boxes[:, 3] - p.boxes[:, 1])), default=None
    )


def _distinct_boxes(poses: Sequence[Pose]) -> list[Array]:
    boxes: list[Array] = []
    for pose in poses:
        box = pose_box(pose.xy)
        if min(pose.score[list(_BODY)]) >= _MIN_BODY_SCORE and all(
            _iou(box, other) < _TWICE_FOUND_IOU for other in boxes
        ):
            boxes.append(box)
    return boxes


def box_distance(a: Array, b: Array) -> float:
    """Return how far two boxes lie apart, in heights of the larger (size counts as well as place)."""
    height = max(a[3] - a[1], b[3] - b[1], 1.0)
    across = abs(a[0] + a[2] - b[0] - b[2]) / 2
    feet = abs(a[3] - b[3])
    return float(np.hypot(across, feet) / height)


def _iou(a: Array, b: Array) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return float(width * height / (area - width * height))
