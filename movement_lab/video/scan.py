"""One quick pass over a file's packets: when each picture is shown, and where one may start to decode.

Packets are read, not decoded (but for the first picture), so this costs about as much as reading
the file. The result is kept: a worker that reads many stretches of one clip scans it once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.errors import VideoError
from movement_lab.video.media import StrPath, checked_file, open_video
from movement_lab.video.picture import Look, look_of

Ticks = NDArray[np.int64]

#: Codecs whose key frames start afresh. Others (GIF: each frame paints over the last) are always
#: decoded from the beginning.
SEEKABLE: Final = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mjpeg", "mpeg4", "mpeg2video", "prores"})

#: Containers that announce a length for the whole file, so that one cut short shows.
ANNOUNCED: Final = frozenset({"matroska,webm", "avi", "flv"})

#: Give up on a file whose reading fails so often.
MOST_READ_ERRORS: Final = 100

_USUAL_RATE_HZ: Final = 30


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What the packets of one video stream tell.

    ``ticks`` (N,): presentation times of the shown pictures, sorted, in units of ``tick_s``
    seconds. ``origin``: that of the first picture that decodes, which is time 0; ``end``: where
    the last one ends. ``keys`` (K,): those of the key frames where one may start, sorted.
    ``in_order``: times in the file can't be trusted picture by picture, so the n-th decoded
    picture gets the n-th time; ``untimed``: there are none at all, they follow from ``rate_hz``,
    the nominal rate. The rest describes the pictures and what is wrong with the file.
    """

    ticks: Ticks
    origin: int
    tick_s: Fraction
    keys: Ticks
    in_order: bool
    rate_hz: float
    end: int
    look: Look
    codec: str
    pixel_format: str
    interlaced: bool
    hdr: bool
    truncated: bool
    damaged: bool
    untimed: bool

    def seconds(self, tick: float) -> float:
        """Return the time of a tick in seconds from the first picture."""
        return float(tick - self.origin) * self.tick_s.numerator / self.tick_s.denominator

    def index_of(self, tick: int) -> int:
        """Return the number of the picture shown at ``tick``, counted from 0 at the first one."""
        first, here = np.searchsorted(self.ticks, (self.origin, tick))
        return int(here - first)

    def key_before(self, start_s: float) -> int | None:
        """Return the last safe start at or before ``start_s``, None for the clip's beginning."""
        usable = [int(key) for key in self.keys if key > self.origin and self.seconds(int(key)) <= start_s]
        return usable[-1] if usable else None


@dataclass(slots=True)
class _Packets:
    """What is noted while the packets pass by."""

    pts: list[int | None] = field(default_factory=list)
    dts: list[int | None] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    latest: int | None = None
    end: int = 0
    count: int = 0
    corrupt: int = 0

    def add(self, packet: Any) -> None:
        """Note one packet of the video stream."""
        self.count += 1
        self.corrupt += packet.is_corrupt
        if not packet.is_discard:
            self.pts.append(packet.pts)
            self.dts.append(packet.dts)
        if packet.pts is None:
            return
        # A start is safe only if nothing that comes before it in the file is shown after it.
        if packet.is_keyframe and not packet.is_discard and (self.latest is None or packet.pts > self.latest):
            self.keys.append(packet.pts)
        self.latest = packet.pts if self.latest is None else max(self.latest, packet.pts)
        self.end = max(self.end, packet.pts + (packet.duration or 0))


def scan_video(path: StrPath) -> Scan:
    """Scan a video file; the last few scans are remembered.

    Raises
    ------
    VideoError
        It can't be opened, or not one of its pictures can be decoded.
    """
    file = checked_file(path)
    stat = file.stat()
    return _scan(str(file), stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _scan(path: str, _size: int, _changed_ns: int) -> Scan:
    with open_video(path) as (container, stream):
        packets, first, reach_s = _read_through(container, stream)
        if first is None:
            name = checked_file(path).name
            raise VideoError(
                f"Not one picture of “{name}” could be decoded; export the clip again as MP4 (H.264)."
            )
        return _summary(container, stream, packets, first, reach_s)


def _read_through(container: Any, stream: Any) -> tuple[_Packets, Any, float]:
    """Read all packets; return notes, the first decoded frame (or None), where any stream ends (s)."""
    notes, first, reach_s = _Packets(), None, 0.0
    for packet in read_packets(container):
        if packet is not None and packet.pts is not None:
            reach_s = max(reach_s, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        if packet is not None and packet.stream.index != stream.index:
            continue
        if packet is not None:
            notes.add(packet)
        if first is None:
            frames = decode_packet(stream, packet)
            notes.corrupt += frames is None
            first = next(iter(frames or ()), None)
    return notes, first, reach_s


def read_packets(container: Any, stream: Any = None) -> Iterator[Any]:
    """Yield the packets of one stream (or all), then None; read errors are stepped over.

    Packets without bytes are left out: to a decoder they would mean the end.
    """
    import av

    for _ in range(MOST_READ_ERRORS):
        try:
            yield from (p for p in container.demux(*([stream] if stream else [])) if p.size)
            break
        except av.FFmpegError:
            continue
    yield None


def decode_packet(stream: Any, packet: Any) -> list[Any] | None:
    """Return the frames a packet (None: the end) brings forth, or None if it is damaged."""
    import av

    try:
        frames: list[Any] = stream.decode(packet)
    except av.FFmpegError:
        return None
    return frames


def _summary(container: Any, stream: Any, packets: _Packets, first: Any, reach_s: float) -> Scan:
    """Draw the conclusions once all packets have been seen."""
    container_name = container.format.name
    whole = bool(packets.pts) and None not in packets.pts and first.pts is not None
    # AVI stores no presentation times: what FFmpeg reports for reordered pictures is a guess.
    in_order = not whole or (container_name == "avi" and stream.codec_context.has_b_frames)
    ticks, tick_s, untimed = _times(packets, stream, whole)
    truncated = _cut_short(container, stream, packets.count, reach_s)
    codec = stream.codec_context.codec.canonical_name
    return Scan(
        ticks=ticks,
        origin=int(ticks[0]) if in_order else first.pts,
        tick_s=tick_s,
        keys=_safe_starts(packets, codec, in_order),
        in_order=in_order,
        rate_hz=_nominal_rate_hz(ticks, tick_s, stream.guessed_rate),
        end=max(packets.end, int(ticks[-1])) if not untimed else len(ticks),
        look=look_of(first, stream),
        codec=codec,
        pixel_format=first.format.name,
        interlaced=bool(first.interlaced_frame),
        hdr=first.color_trc in (16, 18),  # SMPTE 2084 (PQ) and ARIB STD-B67 (HLG)
        truncated=truncated,
        damaged=bool(first.is_corrupt) or packets.corrupt > truncated,  # a cut leaves half a packet
        untimed=untimed,
    )


def _times(packets: _Packets, stream: Any, whole: bool) -> tuple[Ticks, Fraction, bool]:
    """Return sorted times, their unit in seconds, and whether they had to be made up."""
    dts = [tick for tick in packets.dts if tick is not None]
    if whole:
        return np.unique(np.array(packets.pts, np.int64)), stream.time_base, False
    if dts and len(dts) == len(packets.dts):
        return np.unique(np.array(dts, np.int64)), stream.time_base, False
    rate = stream.guessed_rate or Fraction(_USUAL_RATE_HZ)
    return np.arange(max(packets.count, 1), dtype=np.int64), 1 / rate, True


def _safe_starts(packets: _Packets, codec: str, in_order: bool) -> Ticks:
    return np.array(packets.keys if codec in SEEKABLE and not in_order else [], np.int64)


def _nominal_rate_hz(ticks: Ticks, tick_s: Fraction, guess: Fraction | None) -> float:
    """Return the rate the camera aimed at: the container's word if the usual spacing bears it out."""
    if len(ticks) < 2:
        return float(guess or _USUAL_RATE_HZ)
    usual_hz = 1 / (float(np.median(np.diff(ticks))) * float(tick_s))
    return float(guess) if guess and abs(float(guess) / usual_hz - 1) < 0.1 else usual_hz


def _cut_short(container: Any, stream: Any, packets: int, reach_s: float) -> bool:
    """Tell whether the file promises more than it holds."""
    if container.format.name.startswith("mov") and len(stream.index_entries) > packets:
        return True
    if container.format.name not in ANNOUNCED or not container.duration:
        return False
    missing_s = container.duration / 1e6 - (reach_s - (container.start_time or 0) / 1e6)
    return bool(missing_s > max(0.5, 0.02 * container.duration / 1e6))
