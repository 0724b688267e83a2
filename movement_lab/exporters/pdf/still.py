"""The picture of a printed page: the lowest point, cut to the person, with lines and no words on it.

Words and numbers stand beside it on paper. Without a video the body points are drawn on plain grey.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.drawing import Overlay, cover_faces, draw_overlay, paint, plan_cover, plan_overlay
from movement_lab.exporters.pdf.facts import Audience
from movement_lab.exporters.rep_marks import middle_rep
from movement_lab.records import Array, Image, Rep
from movement_lab.report import Report
from movement_lab.video import read_frames
from movement_lab.video.probe import scaled_size

MAX_SIDE_PX: Final = 1280
_GREY: Final = (184, 190, 195)
_PALE: Final = (226, 230, 233)
_HEAD: Final = 0.72  # of the disc that would hide it, hair included
_JPEG_QUALITY: Final = 90
_ABOVE, _BESIDE, _BELOW = 0.22, 0.16, 0.10  # room around the body points, of the body's height
_WIDEST, _TALLEST = 1.25, 0.85  # width over height of the cut
_SAME_FRAME_S: Final = 1e-3


def lowest_point(
    report: Report, video: Path | None, *, audience: Audience = "therapist", blur_face: bool = False
) -> dict[int, bytes]:
    """Return the JPEG of the middle repetition's lowest point, by its number; empty without repetitions.

    Parameters
    ----------
    report : Report
        Whose body points, angles and back line are drawn; for patients bones only.
    video : Path or None
        The recording; None draws the body points on plain grey.
    audience : {"therapist", "patient"}
        For whom.
    blur_face : bool
        Cover faces; where one can't be located, the whole picture.

    Raises
    ------
    VideoError
        The recording can't be read.
    """
    rep = middle_rep(report)
    if rep is None:
        return {}
    time_s = _true_time(report, rep)
    image = _frame(report, video, time_s)
    if image is None:
        return {}
    size = (image.shape[1], image.shape[0])
    if blur_face and video is not None:
        image = cover_faces(image, plan_cover(report, size), time_s)
    drawn = draw_overlay(image, _quiet(report, size, audience), time_s)
    return {rep.index: _jpeg(_cut(drawn, _body_at(report, time_s, size)))}


def still_at(report: Report, annotated: Path) -> dict[int, bytes]:
    """Return the middle repetition's lowest point out of a video that is already drawn on.

    Raises
    ------
    VideoError
        The video can't be read.
    """
    rep = middle_rep(report)
    if rep is None:
        return {}
    image = _frame(report, annotated, _true_time(report, rep))
    return {} if image is None else {rep.index: _jpeg(image)}


def _true_time(report: Report, rep: Rep) -> float:
    """Return the time of the film's frame nearest to a repetition's turn."""
    true_s, turn_s = report.raw.time_s, float(report.track.time_s[rep.turn])
    return float(true_s[np.abs(true_s - turn_s).argmin()])


def _frame(report: Report, video: Path | None, time_s: float) -> Image | None:
    """Return the picture shown at a time; plain grey without a video."""
    if video is None:
        return _plain(report, time_s)
    frame = next(read_frames(video, start_s=time_s - _SAME_FRAME_S, max_side=MAX_SIDE_PX), None)
    return None if frame is None else frame.image


def _plain(report: Report, time_s: float) -> Image:
    """Return plain grey with a disc where the head is: a figure without one looks like none."""
    width, height = scaled_size(*report.raw.size, MAX_SIDE_PX)
    image = np.full((height, width, 3), _GREY, np.uint8)
    cover, row = plan_cover(report, (width, height)), int(np.abs(report.raw.time_s - time_s).argmin())
    centre, radius = cover.centre[row], float(cover.radius[row])
    if np.isfinite(centre).all() and np.isfinite(radius):
        paint.disc(image, centre, _HEAD * radius, _PALE)
    return image


def _quiet(report: Report, size: tuple[int, int], audience: Audience) -> Overlay:
    """Return the overlay without words; for patients without angles too."""
    profile = "wellness" if audience == "patient" else "clinician"
    overlay = plan_overlay(report, size=size, profile=profile)
    overlay = replace(overlay, chips=(), notes=(), places=(), back_place=None)
    if audience == "patient":
        overlay = replace(
            overlay, figure=replace(overlay.figure, angles=()), values=overlay.values[:, :0], names=()
        )
    return overlay


def _body_at(report: Report, time_s: float, size: tuple[int, int]) -> Array:
    """Return the corners of the box around the body points, (2, 2) pixels; of the whole picture if unseen."""
    frame = int(np.abs(report.raw.time_s - time_s).argmin())
    points = report.raw.xy[frame] * (size[0] / report.raw.size[0])
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return np.array([[0.0, 0.0], size])
    return np.array([points.min(axis=0), points.max(axis=0)])


def _cut(image: Image, box: Array) -> Image:
    """Cut a picture to the person, neither very wide nor very tall, within its own borders."""
    height, width = image.shape[:2]
    tall = max(box[1, 1] - box[0, 1], 1.0)
    low = box[0] - tall * np.array([_BESIDE, _ABOVE])
    high = box[1] + tall * np.array([_BESIDE, _BELOW])
    across, down = high - low
    middle = (low + high) / 2
    half = np.array([max(across, down * _TALLEST), max(down, across / _WIDEST)]) / 2
    left, top = np.clip(middle - half, 0, None).astype(int)
    right, bottom = np.minimum(np.ceil(middle + half), (width, height)).astype(int)
    if right - left < 2 or bottom - top < 2:
        return image
    return np.ascontiguousarray(image[top:bottom, left:right])


def _jpeg(image: Image) -> bytes:
    import cv2

    colours = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", colours, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return bytes(data)
