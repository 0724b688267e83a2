"""Pictures as a person should see them: upright, square pixels, true colours."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video_clips import (
    KINDS,
    encode,
    number_in,
    numbered,
    quadrant_colours,
    quadrants,
)

from movement_lab.video import probe, read_frames, scale_for, size_for


def set_display_matrix(clip: Path, a: int, b: int, c: int, d: int) -> None:
    """Write x = a u + c v, y = b u + d v into the track header, where ISO/IEC 14496-12 has it."""
    content = bytearray(clip.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    content[start : start + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    clip.write_bytes(content)


SIGNS = ((1, 1), (1, -1), (-1, 1), (-1, -1))
MATRICES = [(a, 0, 0, d) for a, d in SIGNS] + [(0, b, c, 0) for b, c in SIGNS]


@pytest.mark.parametrize("matrix", MATRICES)
def test_display_matrix_is_applied_once(matrix: tuple[int, int, int, int], tmp_path: Path) -> None:
    a, b, c, d = matrix
    clip = encode(tmp_path / "turned.mp4", [quadrants(64, 48)], pix_fmt="yuv444p")
    set_display_matrix(clip, *matrix)
    expected = [["", ""], ["", ""]]
    for v, row in ((-1, ("red", "green")), (1, ("blue", "white"))):
        for u, name in zip((-1, 1), row, strict=True):
            expected[(b * u + d * v + 1) // 2][(a * u + c * v + 1) // 2] = name
    info = probe(clip)
    (frame,) = read_frames(clip)
    assert quadrant_colours(frame.image) == expected
    assert info.mirrored == (a * d - b * c < 0)
    assert frame.image.shape == (info.height, info.width, 3) == ((48, 64, 3) if a else (64, 48, 3))


@pytest.mark.parametrize(
    ("matrix", "degrees"),
    [((1, 0, 0, 1), 0), ((0, 1, -1, 0), 90), ((-1, 0, 0, -1), 180), ((0, -1, 1, 0), 270)],
)
def test_rotation_is_told_clockwise(matrix: tuple[int, int, int, int], degrees: int, tmp_path: Path) -> None:
    upright = quadrants(64, 48)
    stored = np.ascontiguousarray(np.rot90(upright, degrees // 90))  # NumPy turns the other way
    clip = encode(tmp_path / "phone.mp4", [stored], pix_fmt="yuv444p")
    set_display_matrix(clip, *matrix)
    (frame,) = read_frames(clip)
    assert probe(clip).rotation_deg == degrees
    assert quadrant_colours(frame.image) == quadrant_colours(upright)


@pytest.mark.parametrize(("aspect", "size"), [(Fraction(4, 3), (85, 48)), (Fraction(1, 2), (64, 96))])
def test_pixels_become_square(aspect: Fraction, size: tuple[int, int], tmp_path: Path) -> None:
    clip = encode(tmp_path / "wide.mp4", [numbered(n) for n in range(5)], aspect=aspect)
    info = probe(clip)
    assert (info.width, info.height) == size
    assert info.sample_aspect == pytest.approx(float(aspect))
    assert [(number_in(f.image), f.image.shape) for f in read_frames(clip)] == [
        (n, (size[1], size[0], 3)) for n in range(5)
    ]


def test_aspect_is_applied_before_the_turn(tmp_path: Path) -> None:
    clip = encode(tmp_path / "both.mp4", [quadrants(64, 48)], aspect=Fraction(2), pix_fmt="yuv444p")
    set_display_matrix(clip, 0, 1, -1, 0)
    (frame,) = read_frames(clip)
    assert frame.image.shape == (128, 48, 3)
    assert quadrant_colours(frame.image) == [["blue", "red"], ["white", "green"]]


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "name"),
    [
        ("libx264", "yuv420p", "limited.mp4"),
        ("libx264", "yuvj420p", "full.mp4"),
        ("libx264", "yuv444p", "dense.mp4"),
        ("libx264", "yuv420p10le", "ten_bit.mp4"),
        ("mjpeg", "yuvj420p", "photos.avi"),
    ],
)
def test_greys_survive_depth_and_range(codec: str, pix_fmt: str, name: str, tmp_path: Path) -> None:
    greys = np.array([0, 64, 128, 192, 255], np.uint8)
    picture = np.repeat(np.tile(greys.repeat(16), (48, 1))[..., None], 3, axis=2)
    clip = encode(tmp_path / name, [picture], codec=codec, pix_fmt=pix_fmt)
    (frame,) = read_frames(clip)
    assert frame.image.dtype == np.uint8
    assert np.abs(frame.image[24, 8::16].astype(int) - greys[:, None]).max() <= 4


def test_transparency_lies_on_white(tmp_path: Path) -> None:
    picture = np.zeros((48, 64, 4), np.uint8)
    picture[:, 32:] = (200, 0, 0, 255)  # the left half is transparent black
    clip = encode(tmp_path / "alpha.mov", [picture], codec="prores_ks", pix_fmt="yuva444p10le")
    (frame,) = read_frames(clip)
    assert frame.image.shape == (48, 64, 3)
    assert frame.image[24, 10].min() > 250
    assert np.abs(frame.image[24, 50].astype(int) - (200, 0, 0)).max() <= 8


@pytest.mark.parametrize(
    ("max_side", "size"), [(32, (32, 24)), (50, (50, 38)), (64, (64, 48)), (999, (64, 48))]
)
def test_scaling_is_what_was_announced(max_side: int, size: tuple[int, int], tmp_path: Path) -> None:
    clip = KINDS[0].make(tmp_path, 4)
    info = probe(clip)
    frames = list(read_frames(clip, max_side=max_side))
    assert size_for(info, max_side) == size
    assert scale_for(info, max_side) == pytest.approx(min(1, max_side / 64))
    assert [(number_in(f.image), f.image.shape) for f in frames] == [(n, (*size[::-1], 3)) for n in range(4)]


def test_scaling_averages_instead_of_skipping(tmp_path: Path) -> None:
    stripes = np.zeros((64, 128, 3), np.uint8)
    stripes[:, ::2] = 255
    clip = encode(tmp_path / "stripes.mp4", [stripes], pix_fmt="yuv444p", crf="1")
    (frame,) = read_frames(clip, max_side=64)
    assert np.abs(frame.image.astype(int) - 127).max() < 16


def test_images_are_the_callers_own(tmp_path: Path) -> None:
    for frame in read_frames(KINDS[1].make(tmp_path, 6), max_side=50):
        assert frame.image.flags.c_contiguous
        frame.image[:] = 0  # must not show in the next one
    assert [number_in(f.image) for f in read_frames(tmp_path / "reordered.mp4")] == list(range(6))
