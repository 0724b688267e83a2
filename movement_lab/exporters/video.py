"""``annotated.mp4`` and key frames: the recording with what was measured drawn on it.

Decoding, drawing and encoding each run in a thread of their own; the libraries below let go of
Python's lock, so that they overlap.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from queue import Full, Queue
from typing import Any, TypeVar

import numpy as np

from movement_lab.drawing import cover_faces, draw_overlay, plan_cover, plan_overlay
from movement_lab.records import Frame, Image
from movement_lab.report import Report
from movement_lab.video import VideoWriter, probe, read_frames, size_for

MAX_SIDE_PX = 1280

_AHEAD = 4  # frames one step may be ahead of the next: enough to overlap, little memory
_PATIENCE_S = 0.1
_JPEG_QUALITY = 88
_SAME_FRAME_S = 1e-3

Annotate = Callable[[Frame], Image]
Item = TypeVar("Item")


def write_annotated_video(
    report: Report,
    video_path: Path,
    out_path: Path,
    *,
    blur_face: bool = False,
    language: str = "en",
    profile: str = "clinician",
    max_side: int = MAX_SIDE_PX,
    start_s: float | None = None,
    end_s: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[int, bytes]:
    """Write the recording with skeleton, angles, repetitions and findings drawn on it, without sound.

    Parameters
    ----------
    report : Report
        Of that very recording.
    video_path, out_path : Path
        The recording, and the MP4 to write (whole or not at all).
    blur_face : bool
        Cover faces; where one can't be located the whole picture (see `movement_lab.drawing.faces`).
    language, profile : str
        Whose words are used.
    max_side : int
        Longest side of the pictures in pixels.
    start_s, end_s : float, optional
        Write only this stretch; its first frame then has time 0.
    progress : callable, optional
        Called with the share done, 0 to 1, after each frame.

    Returns
    -------
    dict
        Repetition's number -> JPEG of its turn, as drawn.

    Raises
    ------
    VideoError
        The recording can't be read.
    MovementLabError
        The film can't be written.
    """
    info = probe(video_path)
    size = size_for(info, max_side)
    annotate = _annotator(report, size, blur_face=blur_face, language=language, profile=profile)
    turns, stills = _turn_times(report), {}
    frames = in_background(read_frames(video_path, start_s=start_s, end_s=end_s, max_side=max_side))
    drawn = in_background(_drawn(frames, annotate))
    zero_s, total = None, _count_frames(report, start_s, end_s)
    with closing(drawn) as pictures, VideoWriter(out_path, size=size, rate_hz=info.nominal_rate_hz) as film:
        for count, (time_s, picture) in enumerate(pictures, start=1):
            zero_s = time_s if zero_s is None else zero_s
            film.write(picture, time_s - zero_s)
            for rep in _turning(turns, time_s, zero_s):
                stills[rep] = _jpeg(picture)
            if progress:
                progress(min(count / total, 1.0))
    return stills


def key_frames(
    report: Report,
    video_path: Path,
    *,
    blur_face: bool = False,
    language: str = "en",
    profile: str = "clinician",
    max_side: int = MAX_SIDE_PX,
) -> dict[int, bytes]:
    """Return a JPEG of each repetition's turn, as drawn, decoding only what leads up to it.

    Parameters and errors as in `write_annotated_video`.
    """
    size = size_for(probe(video_path), max_side)
    annotate = _annotator(report, size, blur_face=blur_face, language=language, profile=profile)
    stills = {}
    for rep, turn_s in _turn_times(report).items():
        frame = next(read_frames(video_path, start_s=turn_s - _SAME_FRAME_S, max_side=max_side), None)
        if frame is not None:
            stills[rep] = _jpeg(annotate(frame))
    return stills


def in_background(items: Iterator[Item]) -> Generator[Item, None, None]:
    """Yield items that another thread makes, a few ahead; its errors are raised here.

    However the caller stops, the thread ends and ``items`` is closed before this returns.
    """
    waiting: Queue[tuple[str, Any]] = Queue(_AHEAD)
    stop = threading.Event()
    worker = threading.Thread(target=_fill, args=(items, waiting, stop), daemon=True)
    worker.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "error":
                raise value
            if kind == "end":
                return
            yield value
    finally:
        stop.set()
        worker.join()


def _fill(items: Iterator[Item], waiting: Queue[tuple[str, Any]], stop: threading.Event) -> None:
    last: tuple[str, Any] = ("end", None)
    try:
        for item in items:
            if not _offer(waiting, ("item", item), stop):
                break
        if isinstance(items, Generator):
            items.close()
    except BaseException as error:  # whatever it is, the other thread must hear of it
        last = ("error", error)
    _offer(waiting, last, stop)


def _offer(waiting: Queue[tuple[str, Any]], entry: tuple[str, Any], stop: threading.Event) -> bool:
    """Put an entry into the queue; give up (False) once nobody wants it any more."""
    while not stop.is_set():
        try:
            waiting.put(entry, timeout=_PATIENCE_S)
        except Full:
            continue
        return True
    return False


def _annotator(
    report: Report, size: tuple[int, int], *, blur_face: bool, language: str, profile: str
) -> Annotate:
    """Return a function that draws on a frame; faces are covered first, so that no line is lost."""
    overlay = plan_overlay(report, size=size, language=language, profile=profile)
    cover = plan_cover(report, size) if blur_face else None

    def annotate(frame: Frame) -> Image:
        image = frame.image if cover is None else cover_faces(frame.image, cover, frame.time_s)
        return draw_overlay(image, overlay, frame.time_s)

    return annotate


def _drawn(
    frames: Generator[Frame, None, None], annotate: Annotate
) -> Generator[tuple[float, Image], None, None]:
    with closing(frames):
        for frame in frames:
            yield frame.time_s, annotate(frame)


def _count_frames(report: Report, start_s: float | None, end_s: float | None) -> int:
    first, last = (-np.inf if start_s is None else start_s), (np.inf if end_s is None else end_s)
    return max(1, int(((report.raw.time_s >= first) & (report.raw.time_s < last)).sum()))


def _turn_times(report: Report) -> dict[int, float]:
    """Return repetition -> time of the film's frame nearest to its turn."""
    true_s = report.raw.time_s
    turns = {rep.index: float(report.track.time_s[rep.turn]) for rep in report.reps}
    return {rep: float(true_s[np.abs(true_s - turn_s).argmin()]) for rep, turn_s in turns.items()}


def _turning(turns: dict[int, float], time_s: float, zero_s: float) -> list[int]:
    """Return (and take out of ``turns``) the repetitions whose turn has come at ``time_s``.

    Turns before the first frame written, at ``zero_s``, never come.
    """
    due = [rep for rep, turn_s in turns.items() if zero_s - _SAME_FRAME_S <= turn_s <= time_s + _SAME_FRAME_S]
    for rep in due:
        del turns[rep]
    return due


def _jpeg(image: Image) -> bytes:
    import cv2

    colours = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", colours, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return bytes(data)
