"""What is read from each picture for the spine, and how a track keeps it (`Track.extras`).

A worker that follows somebody calls `look` with each picture; a reading of a spine method calls
`outlines_of`, `dots_of` or `points_of` with the whole track. Names and shapes of the arrays between the
two are known only here. A new signal from pictures is a few lines in `look` and one function to read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from movement_lab.records import Array, Frame, Pose, Track
from movement_lab.spine.contour import STATIONS, Outlines, trace
from movement_lab.spine.dots import Dots, colour_in_scene, find_dots, torso_region
from movement_lab.spine.keypoints import SPINE_POINTS, SpineKeypoints, person_box

#: Most dots kept of a picture: a full set has ten; many more are no dots.
_MOST_DOTS: Final = 24

_EMPTY: Final[Mapping[str, Array]] = {
    "outline": np.full((2, len(STATIONS)), np.nan),
    "outline_broken": np.full((2, len(STATIONS)), np.nan),
    "outline_trunk_px": np.array(np.nan),
    "dots": np.full((_MOST_DOTS, 4), np.nan),
    "dots_colour_taken": np.array(np.nan),
    "spine_points": np.tile([np.nan, np.nan, 0.0], (len(SPINE_POINTS), 1)),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read besides the outline: ``stickers``, the dots' colour; ``spine_model``, a file."""

    stickers: str = ""
    spine_model: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the arrays that a track will hold."""
        dots = ("dots", "dots_colour_taken") if self.stickers else ()
        points = ("spine_points",) if self.spine_model else ()
        return ("outline", "outline_broken", "outline_trunk_px", *dots, *points)


def look(frame: Frame, pose: Pose, wanted: Wanted) -> dict[str, Array]:
    """Return what one picture shows, by name, in that picture's pixels."""
    seen: dict[str, Array] = {}
    if pose.mask is not None:
        sides, broken, trunk_px = trace(pose.mask, pose.xy)
        seen |= {"outline": sides, "outline_broken": broken.astype(float)}
        seen["outline_trunk_px"] = np.array(trunk_px)
    if wanted.stickers:
        seen |= _dots(frame, pose, wanted.stickers)
    if wanted.spine_model:
        box = person_box(pose.xy)
        seen["spine_points"] = _keypoints(wanted.spine_model).observe(frame.image[..., ::-1], box)
    return seen


def to_video(seen: Mapping[str, Array], *, corner: Array, scale: float) -> dict[str, Array]:
    """Put what was read in a scaled crop back into the whole picture's pixels.

    ``outline_trunk_px`` stays as it was: it says how large the person was for the mask.
    """
    moved = dict(seen)
    for name in ("dots", "spine_points"):
        if name in moved:
            moved[name] = moved[name].copy()
            moved[name][:, :2] = (moved[name][:, :2] + corner) / scale
    if "dots" in moved:
        moved["dots"][:, 2] /= scale
    return moved


def stack(pictures: Sequence[Mapping[str, Array]], names: Sequence[str]) -> dict[str, Array]:
    """Return arrays (T, ...) by name; pictures in which nothing was read hold NaN.

    In steps of single precision, as a stored track keeps them, so that it gives the same report.
    """
    return {
        name: np.array([seen.get(name, _EMPTY[name]) for seen in pictures], np.float32).astype(float)
        for name in names
    }


def outlines_of(track: Track) -> Outlines | None:
    """Return both edges of the person in each frame, or None if a track doesn't hold them."""
    if "outline" not in track.extras:
        return None
    broken = track.extras["outline_broken"] > 0
    return Outlines(track.extras["outline"], broken, track.extras["outline_trunk_px"])


def dots_of(track: Track) -> tuple[list[Dots], bool] | None:
    """Return each frame's dots and whether something else has their colour, or None if not looked for."""
    if "dots" not in track.extras:
        return None
    rows = [each[np.isfinite(each[:, 0])] for each in track.extras["dots"]]
    taken = track.extras["dots_colour_taken"]
    return [Dots(each[:, :2], each[:, 2], each[:, 3]) for each in rows], _usually(taken)


def points_of(track: Track) -> Array | None:
    """Return the spine model's points, (T, 9, 3) x, y and score, or None if not read."""
    return track.extras.get("spine_points")


def _dots(frame: Frame, pose: Pose, colour: str) -> dict[str, Array]:
    height, width = frame.image.shape[:2]
    region = torso_region(pose, (width, height))
    found = find_dots(frame.image, region, colour)
    kept = _EMPTY["dots"].copy()
    rows = np.column_stack([found.xy, found.size_px, found.contrast])[:_MOST_DOTS]
    kept[: len(rows)] = rows
    return {
        "dots": kept,
        "dots_colour_taken": np.array(float(colour_in_scene(frame.image, region, colour).taken)),
    }


def _usually(flags: Array) -> bool:
    seen = flags[np.isfinite(flags)]
    return bool(len(seen)) and bool(np.median(seen) > 0)


@cache
def _keypoints(path: str) -> SpineKeypoints:
    """Open the user's spine model once a process, which by then can't reach the network."""
    return SpineKeypoints(path)
