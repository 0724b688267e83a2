"""Make films whose truth is drawn into their pictures, straight through PyAV (not with our own writer)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from movement_lab.records import Frame, Image

WIDTH, HEIGHT = 64, 48
RATE_HZ = 25
BITS = 8


def numbered(number: int, *, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """A picture that carries its number as eight black or white blocks, two rows of four."""
    bits = np.array([number >> bit & 1 for bit in range(BITS)], np.uint8).reshape(2, 4) * 255
    blocks = np.kron(bits, np.ones((height // 2, width // 4), np.uint8))
    return np.repeat(blocks[..., None], 3, axis=2)


def number_in(image: Image) -> int:
    """Read the number back, from a picture of any size."""
    height, width = image.shape[:2]
    centres = image[height // 4 :: height // 2, width // 8 :: width // 4, 1][:2, :4]
    return int(sum(1 << bit for bit, value in enumerate(centres.ravel()) if value > 127))


def encode(
    path: Path,
    pictures: Sequence[Image],
    *,
    codec: str = "libx264",
    container: str | None = None,
    pix_fmt: str = "yuv420p",
    ticks: Sequence[int] | None = None,
    tick_s: Fraction = Fraction(1, RATE_HZ),
    gop: int = 10,
    aspect: Fraction | None = None,
    **options: str,
) -> Path:
    """Write pictures straight through PyAV, so that the reader is not tested with our own writer."""
    options = {"threads": "1", **options}
    container_options = {"movflags": options.pop("movflags")} if "movflags" in options else {}
    with av.open(str(path), "w", format=container, options=container_options) as out:
        stream = out.add_stream(codec, rate=RATE_HZ, options=options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.gop_size = pix_fmt, gop
        stream.time_base = stream.codec_context.time_base = tick_s
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        for tick, picture in zip(ticks or range(len(pictures)), pictures, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgba" if picture.shape[2] == 4 else "rgb24")
            frame.pts, frame.time_base = tick, tick_s
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def retimed(clip: Path, path: Path, ticks: Sequence[int]) -> Path:
    """Copy a film packet by packet, with other times."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size]
        for tick, packet in zip(ticks, packets, strict=True):
            packet.stream, packet.pts, packet.dts = stream, tick, tick
            out.mux(packet)
    return path


@dataclass(frozen=True)
class Kind:
    """One way to store a film; ``direct``: a stretch of it can be read without decoding all before."""

    name: str
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    options: tuple[tuple[str, str], ...] = ()
    direct: bool = True

    def make(self, folder: Path, count: int = 48) -> Path:
        pictures = [numbered(number) for number in range(count)]
        return encode(
            folder / self.name, pictures, codec=self.codec, pix_fmt=self.pix_fmt, **dict(self.options)
        )


KINDS = [
    Kind("plain.mp4", options=(("bf", "0"),)),
    Kind("reordered.mp4", options=(("bf", "3"), ("x264-params", "b-adapt=0"))),
    Kind("open_gop.mkv", options=(("bf", "3"), ("x264-params", "open-gop=1:b-adapt=0"))),
    Kind("rolling_refresh.mp4", options=(("x264-params", "intra-refresh=1"),), direct=False),
    Kind("hevc.mp4", codec="libx265", options=(("x265-params", "log-level=none:open-gop=1"),)),
    Kind("vp9.webm", codec="libvpx-vp9", options=(("deadline", "realtime"), ("cpu-used", "8"))),
    Kind("vp8.webm", codec="libvpx", options=(("deadline", "realtime"),)),
    Kind("photos.avi", codec="mjpeg", pix_fmt="yuvj420p"),
    Kind("mpeg4.mp4", codec="mpeg4", options=(("bf", "2"),)),
    Kind("moving.gif", codec="gif", pix_fmt="rgb8", direct=False),
    Kind("no_presentation_times.avi", options=(("bf", "3"),), direct=False),
    Kind("no_times.h264", options=(("bf", "3"),), direct=False),
    Kind("camcorder.ts", options=(("bf", "3"),)),
]


def same(one: Frame, other: Frame) -> bool:
    return one.index == other.index and one.time_s == other.time_s and np.array_equal(one.image, other.image)


def quadrants(width: int, height: int) -> Image:
    """Red, green / blue, white: every turn and flip of it looks different."""
    corners = np.array([[(255, 0, 0), (0, 255, 0)], [(0, 0, 255), (255, 255, 255)]], np.uint8)
    return corners.repeat(height // 2, axis=0).repeat(width // 2, axis=1)


def quadrant_colours(image: Image) -> list[list[str]]:
    names = {(1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 1): "white"}
    height, width = image.shape[:2]
    centres = image[[height // 4, height * 3 // 4]][:, [width // 4, width * 3 // 4]] > 127
    return [[names[tuple(colour.astype(int).tolist())] for colour in row] for row in centres]
