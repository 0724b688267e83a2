"""Write H.264 films that every browser plays, with the true time of every frame."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.errors import MovementLabError, UsageError
from movement_lab.records import Image
from movement_lab.video.media import StrPath

#: Unit of the written times: fine enough for any camera, and what films commonly use.
TICKS_PER_S: Final = 90_000

_BT709: Final = 1  # in FFmpeg's numbering, the same for matrix, primaries and transfer
_LIMITED_RANGE: Final = 1


class VideoWriter:
    """Write RGB pictures to an MP4: H.264, yuv420p, BT.709, index first.

    The film appears under its name only when the block ends well. Frame times are kept as given,
    so a variable rate stays variable. Odd sizes lose their last row or column, as H.264 demands.

    Parameters
    ----------
    path : path
        The film to make or replace.
    size : tuple of int
        (width, height) of the pictures in pixels, at least 2 each.
    rate_hz : float
        Nominal frame rate: how long the last frame is shown, and one key frame a second, so that
        a viewer can move about in the film freely.
    threads : int
        Encoder threads; the same number gives the same bytes.
    quality : int
        x264's constant rate factor: lower is better and larger, 23 its default.
    preset : str
        x264's trade of size for speed.

    Examples
    --------
    >>> with VideoWriter("out.mp4", size=(640, 360), rate_hz=30) as out:    # doctest: +SKIP
    ...     out.write(image, time_s)
    """

    def __init__(
        self,
        path: StrPath,
        *,
        size: tuple[int, int],
        rate_hz: float,
        threads: int = 1,
        quality: int = 24,
        preset: str = "superfast",
    ) -> None:
        if min(size) < 2:
            raise ValueError(f"VideoWriter: size must be at least 2 x 2 pixels, got {size}.")
        if not rate_hz > 0:
            raise ValueError(f"VideoWriter: rate_hz must be above 0, got {rate_hz}.")
        self._path = Path(path)
        self._size = size
        self._rate_hz = rate_hz
        self._threads = threads
        self._options = {"crf": str(quality), "preset": preset, "bf": "0"}
        self._last_tick: int | None = None
        self._open_things = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Start the film beside its final place."""
        from av.video.reformatter import VideoReformatter

        if self._path.is_dir():
            raise UsageError(f"“{self._path}” can't be written (it is a folder); name a file inside it.")
        with contextlib.ExitStack() as things:
            try:
                part = things.enter_context(atomic_path(self._path))
                self._container, self._stream = self._opened(part)
            except OSError as error:
                raise UsageError(
                    f"“{self._path}” can't be written ({error.strerror}); choose another folder."
                ) from error
            things.push(self._close)
            self._open_things = things.pop_all()
        self._reformatter = VideoReformatter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the film and give it its name; after an error, leave nothing behind."""
        self._open_things.__exit__(kind, error, trace)

    def write(self, image: Image, time_s: float) -> None:
        """Add one picture.

        Parameters
        ----------
        image : ndarray
            (height, width, 3) uint8 RGB, of the writer's size.
        time_s : float
            When it is shown, in seconds; later than the picture before.

        Raises
        ------
        ValueError
            Wrong shape or type, or a time that doesn't advance.
        MovementLabError
            The film can't be written, for instance because the disk is full.
        """
        width, height = self._size
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise ValueError(
                f"VideoWriter: expected {(height, width, 3)} uint8, got {image.shape} {image.dtype}."
            )
        tick = round(time_s * TICKS_PER_S)
        if self._last_tick is not None and tick <= self._last_tick:
            raise ValueError(f"VideoWriter: the time {time_s} s doesn't come after the frame before.")
        self._last_tick = tick
        with self._blamed_on_disk():
            self._container.mux(self._stream.encode(self._coded(image, tick)))

    def _coded(self, image: Image, tick: int) -> Any:
        """Convert a picture to an encoder's frame, odd rows and columns cut off."""
        import av

        height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
        even = np.ascontiguousarray(image[:height, :width])
        frame = self._reformatter.reformat(
            av.VideoFrame.from_numpy_buffer(even, format="rgb24"),
            format="yuv420p",
            src_color_range="JPEG",
            dst_color_range="MPEG",
            dst_colorspace=_BT709,
            threads=1,
        )
        frame.pts = tick
        frame.time_base = Fraction(1, TICKS_PER_S)
        frame.duration = round(TICKS_PER_S / self._rate_hz)
        return frame

    def _opened(self, part: Path) -> tuple[Any, Any]:
        import av

        container = av.open(str(part.absolute()), mode="w", format="mp4", options={"movflags": "+faststart"})
        stream = container.add_stream("libx264", rate=Fraction(self._rate_hz).limit_denominator(1001))
        stream.width, stream.height = (side // 2 * 2 for side in self._size)
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        stream.gop_size = max(1, round(self._rate_hz))
        stream.options = self._options
        stream.thread_count = self._threads
        stream.color_range = _LIMITED_RANGE
        stream.colorspace = stream.color_primaries = stream.color_trc = _BT709
        return container, stream

    def _close(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file if all went well; let go of it in any case."""
        if kind is not None:
            with contextlib.suppress(Exception):  # what went wrong first is what matters
                self._container.close()
            return
        with self._blamed_on_disk(), contextlib.closing(self._container):
            if self._last_tick is None:
                raise MovementLabError(f"“{self._path.name}” would have no pictures; write at least one.")
            self._container.mux(self._stream.encode())

    @contextlib.contextmanager
    def _blamed_on_disk(self) -> Iterator[None]:
        import av

        try:
            yield
        except av.FFmpegError as error:
            raise MovementLabError(
                f"“{self._path}” could not be written ({error.strerror}); make room on the disk or "
                "choose another folder."
            ) from error
