"""How somebody stands in the picture in the last moments: cut off where, how far, how upright."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.coarse import Coarse, coarse_signals
from movement_lab.live.table import load_live
from movement_lab.records import Array, Track
from movement_lab.skeleton import SIDES

#: Points whose place says whether the whole body is in the picture.
_OUTLINE: Final = (
    "nose",
    *(f"{s}_{p}" for s in SIDES for p in ("ear", "shoulder", "hip", "knee", "ankle", "heel", "foot_index")),
)
_FEET: Final = ("heel", "foot_index")
#: Points that don't move in somebody who stands still, whatever the hands do.
_BODY: Final = tuple(f"{side}_{point}" for side in SIDES for point in ("shoulder", "hip", "knee", "ankle"))
_SEEN_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Posture:
    """The body in the last moments.

    ``cut_off``: edges of the picture it touches or is beyond; ``still_s``: for how long it has stood
    upright without moving; ``upright``: long enough to tell something of the camera by it;
    ``fill``: share of the picture's height; ``lean_deg``: line ankles to shoulders against the
    picture's vertical; ``distance_m`` from the camera and ``lens_above_hips_m``: rough. NaN = not known.
    """

    cut_off: frozenset[str]
    still_s: float
    upright: bool
    fill: float
    lean_deg: float
    distance_m: float
    lens_above_hips_m: float


def posture_of(recent: Track) -> Posture | None:
    """Return how somebody stands at the end of a raw track; None where nobody is seen there."""
    now = recent.time_s >= recent.time_s[-1] - load_live().still.now_s
    xy, xyz = recent.xy[now], recent.xyz[now]
    if np.isfinite(xy[:, 0, 0]).mean() < _SEEN_SHARE:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        place, space = np.nanmedian(xy, axis=0), np.nanmedian(xyz, axis=0)
        score = np.nanmedian(recent.score[now], axis=0)
        coarse = coarse_signals(recent)
    points = _Points(recent, place, space)
    seconds = still_s(recent, coarse)
    distance_m = points.distance_m()
    return Posture(
        cut_off=_cut_off(recent, place, score),
        still_s=seconds,
        upright=seconds >= load_live().still.settled_s,
        fill=points.height_px() / recent.size[1],
        lean_deg=points.lean_deg(),
        distance_m=distance_m,
        lens_above_hips_m=points.lens_above_hips_m(distance_m),
    )


def still_s(recent: Track, coarse: Coarse) -> float:
    """Return for how long, up to the end of a raw track, somebody has stood upright without moving."""
    numbers = load_live().still
    columns = [recent.names.index(name) for name in _BODY]
    body = recent.xy[:, columns]
    now = recent.time_s >= recent.time_s[-1] - numbers.now_s
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        place = np.nanmedian(body[now], axis=0)
        away = np.nanmedian(np.linalg.norm(body - place, axis=2), axis=1)
        height_px = float(np.ptp(place[:, 1]))
    still = (away <= numbers.reach_share * height_px) & _upright(coarse)
    moved = np.flatnonzero(~still)
    first = int(moved[-1]) + 1 if len(moved) else 0
    return float(recent.time_s[-1] - recent.time_s[first]) if first < len(recent) else 0.0


def _upright(coarse: Coarse) -> Array:
    numbers = load_live().still
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        knee = np.nanmax(coarse.knee_deg, axis=1)
    return np.asarray((coarse.trunk_deg <= numbers.max_trunk_deg) & (knee <= numbers.max_knee_deg))


def _cut_off(recent: Track, place: Array, score: Array) -> frozenset[str]:
    """Edges that the outline reaches; feet that aren't made out count as below the picture."""
    numbers = load_live().body
    columns = [recent.names.index(name) for name in _OUTLINE]
    width, height = recent.size
    x, y = place[columns].T
    margin_x, margin_y = numbers.margin_share * width, numbers.margin_share * height
    feet = max(
        float(np.min([score[recent.names.index(f"{side}_{point}")] for point in _FEET])) for side in SIDES
    )
    touched = {
        "left": np.nanmin(x) < margin_x,
        "right": np.nanmax(x) > width - margin_x,
        "top": np.nanmin(y) < margin_y,
        "bottom": np.nanmax(y) > height - margin_y or feet < numbers.min_score,
    }
    return frozenset(edge for edge, holds in touched.items() if holds)


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Median places of the body points: ``place`` (K, 2) pixels, ``space`` (K, 3) metres."""

    track: Track
    place: Array
    space: Array

    def mid(self, values: Array, point: str) -> Array:
        left, right = (self.track.names.index(f"{side}_{point}") for side in SIDES)
        return np.asarray((values[left] + values[right]) / 2)

    def height_px(self) -> float:
        """From nose to the lower heel."""
        heels = [self.place[self.track.names.index(f"{side}_heel"), 1] for side in SIDES]
        return float(max(heels) - self.place[self.track.names.index("nose"), 1])

    def lean_deg(self) -> float:
        up = self.mid(self.place, "ankle") - self.mid(self.place, "shoulder")
        return math.degrees(math.atan2(-float(up[0]), float(up[1])))

    def focal_px(self) -> float:
        return load_live().distance.focal_share * max(self.track.size)

    def distance_m(self) -> float:
        numbers, height_px = load_live().distance, self.height_px()
        if not height_px > 0:
            return math.nan
        return self.focal_px() * numbers.nose_share * numbers.adult_m / height_px

    def lens_above_hips_m(self, distance_m: float) -> float:
        """From how far the camera looks down and how high the hips are in its picture.

        A standing body is upright in the room: as far as it leans towards the camera, the camera looks down.
        """
        up = self.mid(self.space, "shoulder") - self.mid(self.space, "ankle")
        looks_down = math.atan2(float(up[2]), float(up[1]))
        hip_y = float(self.mid(self.place, "hip")[1])
        raised = math.atan2(self.track.size[1] / 2 - hip_y, self.focal_px())
        return -distance_m * math.tan(raised - looks_down)
