"""Deliver the frames of a video, whole or a stretch of it, upright and with true times."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any, Final

from movement_lab.records import Frame
from movement_lab.video.media import StrPath, open_video
from movement_lab.video.picture import to_rgb
from movement_lab.video.probe import probe, size_for
from movement_lab.video.scan import Scan, decode_packet, read_packets, scan_video

#: A decoded PyAV frame, or None for a damaged packet, with its time in ticks (None: unknown).
_Event = tuple[Any, int | None]

#: Seek to the key frame, then so much before it (some containers find it only in passing).
SEEK_EARLY_S: Final = (0, 1)

_INTRA: Final = 1  # FFmpeg's picture type I: coded without looking at other pictures


@dataclass(slots=True)
class ReadStats:
    """What happened on the way; counts only what falls into the stretch that was asked for.

    ``delivered`` frames; ``damaged_packets`` that could not be decoded; ``doubtful_frames``
    delivered although the decoder found them damaged or because they build on damaged ones (until
    the next key frame); ``repeated_times``: frames left out because their time did not advance.
    """

    delivered: int = 0
    damaged_packets: int = 0
    doubtful_frames: int = 0
    repeated_times: int = 0

    def __add__(self, other: ReadStats) -> ReadStats:
        """Add up what several workers counted."""
        return ReadStats(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def read_frames(
    path: StrPath,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    max_side: int | None = None,
    stats: ReadStats | None = None,
) -> Iterator[Frame]:
    """Read frames as a person should see them: upright, square pixels, RGB.

    A stretch delivers exactly the frames with ``start_s <= time_s < end_s``, the same in pixels,
    index and time as when the whole clip is read (in a damaged file, pictures that build on damaged
    ones may differ). Memory use doesn't grow with the clip.

    Parameters
    ----------
    path : path
        A video file.
    start_s, end_s : float, optional
        Seconds from the first frame; the whole clip if left out.
    max_side : int, optional
        Scale down so that the longer side has at most so many pixels (see :func:`scale_for`).
    stats : ReadStats, optional
        Counts damage while the frames are read.

    Yields
    ------
    Frame
        ``time_s`` strictly increasing, 0 at the clip's first frame; ``index`` counts the pictures
        in the file, so it skips numbers where damaged ones could not be decoded.

    Raises
    ------
    VideoError
        At the call, where :func:`probe` would. Damage further on is skipped and counted.
    """
    info = probe(path)
    scan = scan_video(path)
    span = (float("-inf") if start_s is None else start_s, float("inf") if end_s is None else end_s)
    return _deliver(path, scan, span, size_for(info, max_side), ReadStats() if stats is None else stats)


def _deliver(
    path: StrPath, scan: Scan, span: tuple[float, float], size: tuple[int, int], stats: ReadStats
) -> Iterator[Frame]:
    import av
    from av.video.reformatter import VideoReformatter

    reformatter = VideoReformatter()
    for number, time_s, frame, doubtful in _in_time(_events(path, scan, span[0]), scan, span, stats):
        try:
            image = to_rgb(frame, scan.look, size, reformatter)
        except av.FFmpegError:  # decoded, but into something that is no picture
            stats.damaged_packets += 1
            continue
        stats.delivered += 1
        stats.doubtful_frames += doubtful
        yield Frame(number, time_s, image)


def _in_time(
    events: Iterator[_Event], scan: Scan, span: tuple[float, float], stats: ReadStats
) -> Iterator[tuple[int, float, Any, bool]]:
    """Yield (index, time_s, frame, doubtful) for the frames of the span, times strictly increasing."""
    last_s, number, damage = float("-inf"), -1, _Damage()
    for frame, tick in events:
        damage.see(frame, tick)
        if frame is None:
            stats.damaged_packets += tick is None or span[0] <= scan.seconds(tick) < span[1]
            continue
        number, time_s = _number_and_time(scan, tick, number)
        if time_s >= span[1]:
            return
        if time_s <= last_s:
            stats.repeated_times += time_s >= span[0]
            continue
        last_s = time_s
        if time_s >= span[0]:
            yield number, time_s, frame, damage.felt


@dataclass(slots=True)
class _Damage:
    """Follow damage from where it is to the next sound key frame: all pictures between build on it."""

    felt: bool = False
    tick: float = float("-inf")

    def see(self, frame: Any, tick: int | None) -> None:
        """Take in the next event. A key frame shown before the damaged packet doesn't end it."""
        if frame is None or frame.is_corrupt:
            self.felt, self.tick = True, float("-inf") if tick is None else tick
        elif frame.key_frame and (tick is None or tick > self.tick):
            self.felt = False


def _number_and_time(scan: Scan, tick: int | None, last: int) -> tuple[int, float]:
    """Return a frame's index and time; ``last`` is the index of the frame decoded before it."""
    if not scan.in_order and tick is not None:
        return scan.index_of(tick), scan.seconds(tick)
    number = last + 1
    beyond = number - (len(scan.ticks) - 1)  # more frames than packets: go on at the nominal rate
    if beyond <= 0:
        return number, scan.seconds(int(scan.ticks[number]))
    return number, scan.seconds(int(scan.ticks[-1])) + beyond / scan.rate_hz


def _events(path: StrPath, scan: Scan, start_s: float) -> Iterator[_Event]:
    """Decode from the last key frame at or before ``start_s``, else from the beginning."""
    key = scan.key_before(start_s)
    targets = [] if key is None else [key - round(early_s / scan.tick_s) for early_s in SEEK_EARLY_S]
    for target in targets:
        with open_video(path) as (container, stream):
            events = _from_key(container, stream, targets[0], target)
            if events is not None:
                yield from events
                return
    with open_video(path) as (container, stream):
        yield from _decode(container, stream)


def _from_key(container: Any, stream: Any, key: int, target: int) -> Iterator[_Event] | None:
    """Seek to ``target`` and return the events from ``key`` on, or None where that went wrong.

    Right is a sound, self-contained picture with the very time the scan found: containers seek to
    wrong places, and some "key frames" only start to build up a picture.
    """
    import av

    try:
        container.seek(target, stream=stream)
    except av.FFmpegError:
        return None
    events = _decode(container, stream)
    before: list[_Event] = []
    for frame, time in events:
        if frame is None:
            before.append((frame, time))
        elif time is None or time >= key:
            sound = time == key and frame.key_frame and frame.pict_type == _INTRA and not frame.is_corrupt
            return itertools.chain(before, [(frame, time)], events) if sound else None
    return None


def _decode(container: Any, stream: Any) -> Iterator[_Event]:
    """Yield decoded frames, and None for each damaged packet."""
    for packet in read_packets(container, stream):
        frames = decode_packet(stream, packet)
        if frames is None:
            yield None, None if packet is None else packet.pts
        for frame in frames or ():
            yield frame, frame.pts
