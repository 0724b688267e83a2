"""Cover faces, and fail closed: where a face might be and isn't known, more is covered, not less.

Known limits, which whoever shares a video must hear: people whom nobody looked for, mirrors,
tattoos, voices and rooms are not covered; a gait is recognisable without a face.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array, Image, Track
from movement_lab.report import Report
from movement_lab.skeleton import LANDMARKS

#: Half a head, hair included, as a share of the trunk (mid-hip to mid-shoulder).
HEAD_RADIUS_TRUNKS = 0.36

_FACE = LANDMARKS[:11]
_FACE_SPREADS = 1.5  # the disc reaches this many times as far as the outermost face point
_NECK_TRUNKS = (0.1, 1.0)  # a head closer to or further from the shoulders isn't theirs
_UNSURE_SCORE = 0.5
_MOTION_S = 0.12  # the disc covers where the head is this long before and after
_BRIDGE_S = 0.5  # longer without a sure head: the whole picture is covered
_BRIDGE_GROWTH = 1.6
_BOX_MARGIN = 0.25  # of a person's height, around people who are not followed
_BOX_SHARE = 0.5  # upper part of their box that is covered
_CELLS_PER_RADIUS = 1.7
_CELLS_PER_PICTURE = 9


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Where faces are over time.

    ``time_s`` (T,), ``centre`` (T, 2) and ``radius`` (T,) of the followed person's head in pixels,
    ``sure`` (T,) False where it can't be trusted; ``boxes`` (N, 4) always covered.
    """

    time_s: Array
    centre: Array
    radius: Array
    sure: NDArray[np.bool_]
    boxes: Array

    def discs_at(self, time_s: float) -> Array | None:
        """Return discs (N, 3) of x, y, radius that hide the head at a time; None: hide everything."""
        near = np.abs(self.time_s - time_s) <= _MOTION_S
        if near.any() and self.sure[near].all():
            return self._discs(near)
        known = np.flatnonzero(self.sure)
        before, after = known[self.time_s[known] <= time_s], known[self.time_s[known] >= time_s]
        if not (before.size and after.size) or self.time_s[after[0]] - self.time_s[before[-1]] > _BRIDGE_S:
            return None
        return self._bridge(int(before[-1]), int(after[0]), near)

    def _discs(self, rows: NDArray[np.bool_]) -> Array:
        return np.column_stack([self.centre[rows], self.radius[rows]])

    def _bridge(self, before: int, after: int, near: NDArray[np.bool_]) -> Array:
        """Cover everything between the last and the next sure place, larger, and any doubtful one."""
        share = np.linspace(0, 1, 7)[:, None]
        path = self.centre[before] * (1 - share) + self.centre[after] * share
        radius = np.full((len(path), 1), _BRIDGE_GROWTH * max(self.radius[before], self.radius[after]))
        doubtful = self._discs(near & np.isfinite(self.centre[:, 0]) & np.isfinite(self.radius))
        return np.vstack([np.hstack([path, radius]), doubtful])


def plan_cover(report: Report, size: tuple[int, int]) -> Cover:
    """Find where to cover faces in a picture of ``size`` (width, height) pixels."""
    raw, scale = report.raw, size[0] / report.raw.size[0]
    centre, radius = head_discs(raw)
    sure = _plausible(raw, centre, radius) & _kept_by_cleaning(report)
    return Cover(raw.time_s, centre * scale, radius * scale, sure, _others(report) * scale)


def head_discs(track: Track) -> tuple[Array, Array]:
    """Return centre (T, 2) and radius (T,) in pixels of discs that hold the head, NaN where unknown."""
    face = np.stack([track[name] for name in _FACE], axis=1)
    centre = face.mean(axis=1)
    spread = np.linalg.norm(face - centre[:, None], axis=2).max(axis=1)
    return centre, np.maximum(HEAD_RADIUS_TRUNKS * trunk_px(track), _FACE_SPREADS * spread)


def trunk_px(track: Track) -> float:
    """Return the person's trunk length in pixels where it is least foreshortened, NaN if never seen."""
    lengths = np.linalg.norm(_middle(track, "shoulder") - _middle(track, "hip"), axis=1)
    return float(np.nanquantile(lengths, 0.9)) if np.isfinite(lengths).any() else float("nan")


def cover_faces(image: Image, cover: Cover, time_s: float) -> Image:
    """Return a copy of the frame (H, W, 3) with faces made unrecognisable, to the eye and for good.

    Covered parts keep only a few blocks of colour; nothing finer survives to be sharpened again.
    """
    discs = cover.discs_at(time_s)
    if discs is None:
        return _mosaic(image, min(image.shape[:2]) / _CELLS_PER_PICTURE)
    covered = image.copy()
    for left, top, right, bottom in cover.boxes:
        _hide_box(covered, left, top, right, bottom)
    _hide_discs(covered, discs)
    return covered


def _plausible(raw: Track, centre: Array, radius: Array) -> NDArray[np.bool_]:
    """True where the head sits near its own shoulders and the model is fairly sure of the face."""
    with np.errstate(
        invalid="ignore", divide="ignore"
    ):  # a body without length: nowhere near, hence not sure
        neck = np.linalg.norm(centre - _middle(raw, "shoulder"), axis=1) / trunk_px(raw)
    score = np.mean([raw.score[:, raw.names.index(name)] for name in _FACE], axis=0)
    near = (neck > _NECK_TRUNKS[0]) & (neck < _NECK_TRUNKS[1])
    plausible: NDArray[np.bool_] = near & np.isfinite(radius) & (score >= _UNSURE_SCORE)
    return plausible


def _kept_by_cleaning(report: Report) -> NDArray[np.bool_]:
    """True at raw frames whose shoulders the cleaning trusted: a refused pose may be somebody else's."""
    track = report.track
    shoulders = np.isfinite(track["left_shoulder"][:, 0]) | np.isfinite(track["right_shoulder"][:, 0])
    kept: NDArray[np.bool_] = np.interp(report.raw.time_s, track.time_s, shoulders.astype(float)) > 0.5
    return kept


def _others(report: Report) -> Array:
    """Return what to cover of people who are not followed, (N, 4): generous, because they move."""
    people = report.quality.get("people")
    others = [person for person in people if not person["chosen"]] if isinstance(people, list | tuple) else []
    boxes = [person["box"] for person in others]
    found = np.array(boxes, float).reshape(-1, 4)
    height = found[:, 3] - found[:, 1]
    around = np.array([-1.0, -1.0, 1.0, 0.0]) * _BOX_MARGIN * height[:, None]
    found[:, 3] = found[:, 1] + _BOX_SHARE * height
    covered: Array = found + around
    return covered


def _middle(track: Track, point: str) -> Array:
    return (track[f"left_{point}"] + track[f"right_{point}"]) / 2


def _hide_discs(image: Image, discs: Array) -> None:
    """Cover the discs and what lies between neighbours, in place."""
    import cv2

    reach = discs[:, 2:].max()
    left, top = np.floor((discs[:, :2] - reach).min(axis=0)).astype(int)
    right, bottom = np.ceil((discs[:, :2] + reach).max(axis=0)).astype(int)
    box = _inside(image, left, top, right, bottom)
    if box is None:
        return
    region, corner = box
    mask: Image = np.zeros(region.shape[:2], np.uint8)
    centres = np.rint(discs[:, :2] - corner).astype(int)
    for (x, y), radius in zip(centres, discs[:, 2], strict=True):
        cv2.circle(mask, (int(x), int(y)), int(np.ceil(radius)), (255,), -1)
    least = float(discs[:, 2].min())
    for a, b in pairwise(centres.tolist()):
        cv2.line(mask, a, b, (255,), int(2 * least))
    region[:] = cv2.copyTo(_mosaic(region, least / _CELLS_PER_RADIUS), mask, region.copy())


def _hide_box(image: Image, left: float, top: float, right: float, bottom: float) -> None:
    box = _inside(image, int(left), int(top), int(right), int(bottom))
    if box is not None:
        region, _ = box
        region[:] = _mosaic(region, max(4.0, (bottom - top) / 6))


def _inside(image: Image, left: int, top: int, right: int, bottom: int) -> tuple[Image, Array] | None:
    height, width = image.shape[:2]
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if left >= right or top >= bottom:
        return None
    return image[top:bottom, left:right], np.array([left, top], float)


def _mosaic(region: Image, cell_px: float) -> Image:
    """Return the region (h, w, 3) reduced to cells of ``cell_px`` and smoothed again."""
    import cv2

    height, width = region.shape[:2]
    cells = (max(1, round(width / cell_px)), max(1, round(height / cell_px)))
    small = cv2.resize(region, cells, interpolation=cv2.INTER_AREA)
    smooth: Image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return smooth
