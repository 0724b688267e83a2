"""Pictures of a live camera, one message each: JPEG by itself, H.264 one after another."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from movement_lab.errors import VideoError
from movement_lab.video import PictureStream

SIZE = (160, 120)


def picture(number):
    """A soft slope with a bright square that moves on by 8 pixels a picture."""
    width, height = SIZE
    image = np.repeat(np.linspace(40, 120, width)[None, :, None], height, axis=0).repeat(3, axis=2)
    image[40:80, 8 * number : 8 * number + 40] = (220, 60, 60)
    return image.astype(np.uint8)


def coded(images, *, size=SIZE):
    """Return pictures as H.264 messages; the first is the only key picture."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.bit_rate = "yuv420p", Fraction(1, 25), 2_000_000
    encoder.options = {"tune": "zerolatency", "profile": "baseline", "preset": "ultrafast"}
    messages = []
    for number, image in enumerate(images):
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        messages += [bytes(packet) for packet in encoder.encode(frame)]
    return messages


def jpeg(image):
    return cv2.imencode(".jpg", image[..., ::-1])[1].tobytes()


def alike(found, sent):
    assert found.shape == sent.shape
    assert np.abs(found.astype(int) - sent).mean() < 6


def test_each_message_is_a_picture_at_once_in_the_right_colours():
    pictures = [picture(number) for number in range(8)]
    messages = coded(pictures)
    assert len(messages) == 8
    stream = PictureStream()
    for message, sent in zip(messages, pictures, strict=True):
        found = stream.read(memoryview(message))
        alike(found, sent)
    assert found[60, 76, 0] > found[60, 76, 2] + 80  # red stays red


def test_a_jpeg_in_between_leaves_the_stream_alone():
    pictures = [picture(number) for number in range(4)]
    messages, stream = coded(pictures), PictureStream()
    alike(stream.read(messages[0]), pictures[0])
    alike(stream.read(jpeg(pictures[3])), pictures[3])
    alike(stream.read(messages[1]), pictures[1])


def test_without_what_it_builds_on_a_picture_is_refused_until_a_key_picture_comes():
    messages, stream = coded([picture(number) for number in range(4)]), PictureStream()
    with pytest.raises(VideoError, match="key picture"):
        stream.read(messages[1])
    alike(stream.read(messages[0]), picture(0))
    with pytest.raises(VideoError):
        stream.read(messages[1][:6])
    with pytest.raises(VideoError):
        stream.read(messages[2])  # what came before is missing
    alike(stream.read(coded([picture(2)])[0]), picture(2))


@pytest.mark.parametrize("rubbish", [b"", b"no picture", b"\0\0\1", b"\0\0\0\1" + bytes(range(256)) * 20])
def test_what_is_no_picture_is_refused_and_the_next_is_read(rubbish):
    stream = PictureStream()
    with pytest.raises(VideoError):
        stream.read(rubbish)
    alike(stream.read(coded([picture(0)])[0]), picture(0))


def test_a_picture_too_large_is_refused():
    wide = np.zeros((64, 2112, 3), np.uint8)
    with pytest.raises(VideoError):
        PictureStream().read(coded([wide], size=(2112, 64))[0])
