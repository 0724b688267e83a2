"""Open a media file and find its moving picture, or say in one sentence why that can't be done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from movement_lab.errors import VideoError

#: Containers we let FFmpeg try. Left out on purpose: play lists and scripts, which make it open
#: other files or the network, and still pictures and text, which it would show as one-frame films.
FORMATS: Final = (
    "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,gif,h264,hevc,m4v,mjpeg,ivf,mxf"
    ",wav,mp3,flac,aac"  # sound alone, so that we can say so
)

StrPath = str | os.PathLike[str]


@contextmanager
def open_video(path: StrPath) -> Iterator[tuple[Any, Any]]:
    """Open ``path`` for reading and yield its PyAV container and video stream.

    Decoding uses one thread: several workers run side by side.

    Raises
    ------
    VideoError
        Not a file, empty, not a video, cut off before its index, or sound only.
    """
    file = checked_file(path)
    with _opened(file) as container:
        stream = _picture_stream(container, file)
        stream.codec_context.thread_count = 1
        yield container, stream


def checked_file(path: StrPath) -> Path:
    """Return ``path`` in full, or raise VideoError where there are no bytes to read.

    The full path matters: FFmpeg would take ``http:clip.mp4`` or ``-clip.mp4`` for something else.
    """
    file = Path(path).absolute()
    if not os.path.exists(file):  # unlike Path.exists, this doesn't raise for impossible names
        raise VideoError(f"There is no file “{file}”; check its name and folder.")
    if file.is_dir():
        raise VideoError(f"“{file.name}” is a folder; name one video file inside it.")
    if not file.is_file():
        raise VideoError(f"“{file.name}” is not a regular file; save the video to a file first.")
    if file.stat().st_size == 0:
        raise VideoError(f"“{file.name}” is empty (0 bytes); copy it again from the phone or camera.")
    return file


def _opened(file: Path) -> Any:
    import av

    try:
        return av.open(str(file), mode="r", container_options={"format_whitelist": FORMATS})
    except (av.FFmpegError, ValueError) as error:  # ValueError: a name FFmpeg can't be given
        raise VideoError(_why_unopened(file, error)) from error


def _why_unopened(file: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return f"“{file.name}” may not be read; allow this program to read it."
    with file.open("rb") as stream:
        begins_like_mp4 = stream.read(8)[4:] == b"ftyp"
    if begins_like_mp4:
        return (
            f"“{file.name}” ends before its index, so none of its pictures can be found (a recording or "
            "copy that was cut off); copy it again from the phone or camera."
        )
    return f"“{file.name}” is not a video this program can read; export the clip as MP4 (H.264)."


def _picture_stream(container: Any, file: Path) -> Any:
    """Return the stream with the moving picture; cover art and thumbnails don't count."""
    still = {"attached_pic", "timed_thumbnails", "still_image"}
    moving = [s for s in container.streams.video if not still & {flag.name for flag in s.disposition}]
    if not moving:
        raise VideoError(
            f"“{file.name}” holds no moving picture, only sound or a cover; choose the video itself."
        )
    readable = [s for s in moving if s.codec_context is not None]
    if not readable:
        raise VideoError(
            f"“{file.name}” is coded in a way this program can't read; export it as MP4 (H.264)."
        )
    return max(readable, key=lambda s: (_is_default(s), s.width * s.height, -s.index))


def _is_default(stream: Any) -> bool:
    return any(flag.name == "default" for flag in stream.disposition)
