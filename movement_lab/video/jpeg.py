"""One JPEG picture, as a browser's camera hands it over, to RGB."""

from __future__ import annotations

from typing import Final, cast

import numpy as np

from movement_lab.errors import VideoError
from movement_lab.records import Image

#: Larger pictures are refused before anything is unpacked.
MOST_SIDE_PX: Final = 2048

_START: Final = b"\xff\xd8"
#: Markers that carry the size: start of frame 0 to 15, without the tables DHT, JPG and DAC among them.
_SIZE_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def is_jpeg(data: bytes | memoryview) -> bool:
    """Say whether bytes begin as a JPEG does."""
    return bytes(data[:2]) == _START


def decode_jpeg(data: bytes | memoryview) -> Image:
    """Return the picture, (H, W, 3) uint8 RGB.

    Raises
    ------
    VideoError
        Not a JPEG, damaged, or more than :data:`MOST_SIDE_PX` a side.
    """
    import cv2

    width, height = jpeg_size(data)
    if max(width, height) > MOST_SIDE_PX:
        raise VideoError(
            f"The picture is {width} x {height} pixels. At most {MOST_SIDE_PX} a side were expected. "
            "Send it smaller."
        )
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise _not_a_picture()
    return cast(Image, image)


def jpeg_size(data: bytes | memoryview) -> tuple[int, int]:
    """Return (width, height) in pixels from a JPEG's own headers; VideoError where there are none."""
    if not is_jpeg(data):
        raise _not_a_picture()
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _SIZE_MARKERS:
            size = np.frombuffer(data[at + 5 : at + 9], ">u2")
            return int(size[1]), int(size[0])
        at += 2 + max(length, 2)
    raise _not_a_picture()


def _not_a_picture() -> VideoError:
    return VideoError("This is no JPEG picture that can be read. Whole JPEG bytes were needed. Send it anew.")
