"""Open, read and write moving pictures: the only package that touches media files (PyAV).

::

    info = probe("clip.mov")                          # what it is, or VideoError
    for frame in read_frames("clip.mov"): ...         # upright RGB pictures with true times
    with VideoWriter("out.mp4", size=(w, h), rate_hz=30) as out:
        out.write(image, time_s)

What a file is, is judged by its content, never by its name. Importing this package is cheap:
PyAV is loaded when the first file is opened.
"""

from movement_lab.video.jpeg import decode_jpeg, is_jpeg
from movement_lab.video.probe import VideoInfo, probe, scale_for, size_for
from movement_lab.video.read import ReadStats, read_frames
from movement_lab.video.stream import PictureStream
from movement_lab.video.write import VideoWriter

__all__ = [
    "PictureStream",
    "ReadStats",
    "VideoInfo",
    "VideoWriter",
    "decode_jpeg",
    "is_jpeg",
    "probe",
    "read_frames",
    "scale_for",
    "size_for",
]
