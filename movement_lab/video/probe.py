"""Say what a video file is, before any work is put into it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.errors import VideoError
from movement_lab.video.media import StrPath, checked_file
from movement_lab.video.scan import Scan, scan_video

#: Smaller pictures show nobody.
LEAST_SIDE_PX: Final = 32
#: Below, a person is a handful of pixels: a warning.
SMALL_SIDE_PX: Final = 128
#: Cameras record 24 or more; below, the fast part of a movement falls between two frames.
LOW_RATE_HZ: Final = 23.0
#: No repetition fits into less.
SHORT_S: Final = 1.0

_UNEVEN = 0.2  # of the usual spacing: an interval that differs by more is uneven
_UNEVEN_SHARE = 0.02  # more uneven intervals than this make the rate variable


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a video file without decoding all of it.

    ``width``, ``height``: pixels of the frames as :func:`read_frames` delivers them (upright,
    square pixels). ``duration_s``: from the first frame to the end of the last.
    ``nominal_rate_hz``: the rate the camera aimed at; with ``variable_rate`` trust only the times.
    ``frame_count``: frames in the file, counted; damaged ones included. ``rotation_deg``: 0, 90,
    180 or 270, clockwise, and ``mirrored``: what was done to make it upright. ``sample_aspect``:
    width by height of a coded pixel. ``warnings``, sorted: ``damaged``, ``hdr``, ``interlaced``,
    ``low_frame_rate``, ``no_times`` (made up from the nominal rate), ``small_picture``,
    ``truncated``, ``variable_rate``, ``very_short``.
    """

    path: Path
    width: int
    height: int
    duration_s: float
    nominal_rate_hz: float
    frame_count: int | None
    codec: str
    pixel_format: str
    rotation_deg: int
    mirrored: bool
    sample_aspect: float
    variable_rate: bool
    size_bytes: int
    warnings: tuple[str, ...]


def probe(path: StrPath) -> VideoInfo:
    """Look into a video file.

    Raises
    ------
    VideoError
        Missing, a folder, empty, not a video, sound only, cut off before its index, without one
        picture that can be decoded, or with pictures under 32 pixels a side.
    """
    file = checked_file(path)
    scan = scan_video(file)
    look = scan.look
    if min(look.width, look.height) < LEAST_SIDE_PX:
        raise VideoError(
            f"The pictures of “{file.name}” are {look.width} x {look.height} pixels, too small to show "
            f"a person (at least {LEAST_SIDE_PX} a side); use the original recording."
        )
    return VideoInfo(
        path=file,
        width=look.width,
        height=look.height,
        duration_s=_duration_s(scan),
        nominal_rate_hz=scan.rate_hz,
        frame_count=len(scan.ticks),
        codec=scan.codec,
        pixel_format=scan.pixel_format,
        rotation_deg=90 * look.quarter_turns,
        mirrored=look.mirrored,
        sample_aspect=look.pixel_aspect,
        variable_rate=_is_uneven(scan),
        size_bytes=file.stat().st_size,
        warnings=_warnings(scan),
    )


def scale_for(info: VideoInfo, max_side: int | None) -> float:
    """Return the factor (at most 1) by which ``read_frames(..., max_side=max_side)`` scales frames."""
    return 1.0 if max_side is None else min(1.0, max_side / max(info.width, info.height))


def size_for(info: VideoInfo, max_side: int | None) -> tuple[int, int]:
    """Return the (width, height) in pixels that ``read_frames(..., max_side=max_side)`` delivers."""
    return scaled_size(info.width, info.height, max_side)


def scaled_size(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """Return (width, height) scaled down so that the longer side is at most ``max_side``."""
    scale = 1.0 if max_side is None else min(1.0, max_side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _duration_s(scan: Scan) -> float:
    """Return the time to the end of the last frame, which lasts one nominal interval if not told."""
    last_s = scan.seconds(int(scan.ticks[-1]))
    end_s = scan.seconds(scan.end)
    return end_s if end_s > last_s else last_s + 1 / scan.rate_hz


def _is_uneven(scan: Scan) -> bool:
    """Judge on the packets' times, with one tick of rounding allowed."""
    spacing = np.diff(scan.ticks)
    if len(spacing) < 2:
        return False
    usual = np.median(spacing)
    return bool(np.mean(np.abs(spacing - usual) > max(_UNEVEN * usual, 1)) > _UNEVEN_SHARE)


def _warnings(scan: Scan) -> tuple[str, ...]:
    duration_s = _duration_s(scan)
    found = {
        "damaged": scan.damaged,
        "hdr": scan.hdr,
        "interlaced": scan.interlaced,
        "low_frame_rate": len(scan.ticks) / duration_s < LOW_RATE_HZ,
        "no_times": scan.untimed,
        "small_picture": min(scan.look.width, scan.look.height) < SMALL_SIDE_PX,
        "truncated": scan.truncated,
        "variable_rate": _is_uneven(scan),
        "very_short": duration_s < SHORT_S,
    }
    return tuple(name for name, present in found.items() if present)
