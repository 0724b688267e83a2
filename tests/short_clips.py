"""Recordings that are assessed in a few seconds: pieces of the samples, and what isn't one at all."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from video_clips import encode

SAMPLES = Path(__file__).parent.parent / "samples"
RATE_HZ = 25


def short_clip(
    path: Path,
    *,
    start_s: float = 1.0,
    end_s: float = 5.0,
    every: int = 2,
    sample: str = "squat_side",
    container: str = "mp4",
    **how: Any,
) -> Path:
    """Write a piece of a sample, ``every`` so-many-th of its pictures; as it is, one person squats once.

    ``container`` and ``how``, as for `video_clips.encode`, say in which kind of file.
    """
    with av.open(str(SAMPLES / f"{sample}.mp4")) as film:
        pictures = [
            frame.to_ndarray(format="rgb24")
            for frame in film.decode(video=0)
            if start_s <= frame.time < end_s and frame.pts is not None
        ][::every]
    ticks = [every * number for number in range(len(pictures))]
    return encode(path, pictures, ticks=ticks, tick_s=Fraction(1, RATE_HZ), container=container, **how)


def standing_clip(path: Path) -> Path:
    """Write a film of somebody who only stands."""
    return short_clip(path, start_s=0.0, end_s=1.8, every=3)


def empty_room(path: Path, *, pictures: int = 12) -> Path:
    """Write a film in which nobody is seen."""
    grey = [np.full((240, 180, 3), 110 + number, np.uint8) for number in range(pictures)]
    return encode(path, grey, container="mp4")
