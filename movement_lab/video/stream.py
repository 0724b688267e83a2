"""Pictures of a live camera as a browser sends them: each a JPEG, or the next one of an H.264 stream."""

from __future__ import annotations

from typing import Any, Final

from movement_lab.errors import VideoError
from movement_lab.records import Image
from movement_lab.video.jpeg import MOST_SIDE_PX, decode_jpeg, is_jpeg

_START_CODES: Final = (b"\x00\x00\x00\x01", b"\x00\x00\x01")


class PictureStream:
    """Turns messages into pictures, in the order in which they come; what a message is, its bytes say.

    A JPEG stands by itself and leaves the stream alone. H.264 (Annex B, no reordering) is smaller and quicker
    to make; a picture of it needs those before it, back to a key picture.
    """

    def __init__(self) -> None:
        self._decoder: Any = None

    def read(self, message: bytes | memoryview) -> Image:
        """Return the picture of a message, (H, W, 3) uint8 RGB.

        Raises
        ------
        VideoError
            It is none of both, damaged, too large, or a key picture is needed first.
        """
        if is_jpeg(message):
            return decode_jpeg(message)
        if not bytes(message[:4]).startswith(_START_CODES):
            raise VideoError(
                "This is no picture that can be read. Whole JPEG bytes or the next H.264 picture were needed."
            )
        try:
            return self._next(bytes(message))
        except VideoError:
            self._decoder = None  # what comes next must not build on what is missing
            raise

    def _next(self, message: bytes) -> Image:
        import av
        import cv2

        self._decoder = self._decoder or _open()
        try:
            frames = self._decoder.decode(av.Packet(message))
        except av.FFmpegError:
            frames = []
        if len(frames) != 1 or frames[0].is_corrupt or max(frames[0].width, frames[0].height) > MOST_SIDE_PX:
            raise VideoError("This picture can't be read by itself. A key picture is needed: send one.")
        return cv2.cvtColor(frames[0].to_ndarray(format="yuv420p"), cv2.COLOR_YUV2RGB_I420)


def _open() -> Any:
    """Open a decoder that gives each picture at once."""
    import av

    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    decoder.flags |= av.codec.context.Flags.low_delay
    decoder.options = {"max_pixels": str(MOST_SIDE_PX**2)}
    return decoder
