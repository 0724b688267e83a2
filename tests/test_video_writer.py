"""Written films: true times, plays everywhere, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from video_clips import (
    HEIGHT,
    RATE_HZ,
    WIDTH,
    number_in,
    numbered,
    quadrants,
)

from movement_lab.errors import MovementLabError, UsageError
from movement_lab.video import VideoWriter, probe, read_frames


def write(
    path: Path, times_s: Sequence[float], *, width: int = WIDTH, height: int = HEIGHT, **kwargs: int
) -> None:
    with VideoWriter(path, size=(width, height), rate_hz=RATE_HZ, **kwargs) as out:
        for number, time_s in enumerate(times_s):
            picture = np.zeros((height, width, 3), np.uint8)
            picture[: height // 2 * 2, : width // 4 * 4] = numbered(number, width=width, height=height)
            out.write(picture, time_s)


@pytest.mark.parametrize("threads", [1, 2])
def test_written_films_keep_pictures_and_uneven_times(threads: int, tmp_path: Path) -> None:
    times_s = np.cumsum([0, *np.random.default_rng(5).uniform(0.003, 0.2, 59)])
    write(tmp_path / "out.mp4", times_s.tolist(), threads=threads)
    frames = list(read_frames(tmp_path / "out.mp4"))
    assert [number_in(frame.image) for frame in frames] == list(range(60))
    assert np.allclose([frame.time_s for frame in frames], times_s, atol=1 / 90_000)
    assert probe(tmp_path / "out.mp4").duration_s == pytest.approx(times_s[-1] + 1 / RATE_HZ, abs=1e-3)


def test_written_films_play_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write(path, [0.0, 0.04, 0.08])
    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        tags = [stream.color_range, stream.colorspace, stream.color_primaries, stream.color_trc]
        assert tags == [1, 1, 1, 1]  # limited range, BT.709 throughout


def test_written_colours_come_back(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", size=(64, 48), rate_hz=RATE_HZ) as out:
        out.write(quadrants(64, 48), 0.0)
    (frame,) = read_frames(tmp_path / "out.mp4")
    centres = frame.image[[12, 36]][:, [16, 48]].astype(int)
    assert np.abs(centres - quadrants(64, 48)[[12, 36]][:, [16, 48]]).max() <= 6


def test_odd_sizes_lose_a_row_and_a_column(tmp_path: Path) -> None:
    write(tmp_path / "odd.mp4", [0.0, 0.04], width=65, height=49)
    frames = list(read_frames(tmp_path / "odd.mp4"))
    assert [(number_in(f.image), f.image.shape) for f in frames] == [(0, (48, 64, 3)), (1, (48, 64, 3))]


def test_views_of_larger_pictures_can_be_written(tmp_path: Path) -> None:
    large = numbered(37, width=128, height=96)
    with VideoWriter(tmp_path / "out.mp4", size=(64, 48), rate_hz=RATE_HZ) as out:
        out.write(large[::2, ::2], 0.0)
    assert [number_in(frame.image) for frame in read_frames(tmp_path / "out.mp4")] == [37]


def test_the_film_appears_only_when_finished(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, size=(64, 48), rate_hz=RATE_HZ) as out:
        out.write(numbered(1), 0.0)
        assert not path.exists()
    assert os.listdir(tmp_path) == ["out.mp4"]


def test_a_failed_film_leaves_nothing_and_spares_the_old_one(tmp_path: Path) -> None:
    class Interrupted(Exception):
        pass

    def fail(path: Path) -> None:
        with contextlib.suppress(Interrupted), VideoWriter(path, size=(64, 48), rate_hz=RATE_HZ) as out:
            out.write(numbered(1), 0.0)
            raise Interrupted

    fail(tmp_path / "new.mp4")
    assert os.listdir(tmp_path) == []
    write(tmp_path / "old.mp4", [0.0])
    before = (tmp_path / "old.mp4").read_bytes()
    fail(tmp_path / "old.mp4")
    assert (tmp_path / "old.mp4").read_bytes() == before


def test_a_killed_run_leaves_no_film(tmp_path: Path) -> None:
    code = (
        "import os, sys, numpy as np; from movement_lab.video import VideoWriter\n"
        "with VideoWriter(sys.argv[1], size=(64, 48), rate_hz=25) as out:\n"
        "    [out.write(np.zeros((48, 64, 3), np.uint8), n / 25) for n in range(80)]\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out.mp4")], check=False)
    assert done.returncode != 0
    assert not (tmp_path / "out.mp4").exists()


def test_the_same_pictures_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write(tmp_path / name, [n / RATE_HZ for n in range(30)])
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_the_writer_refuses_what_it_cannot_keep(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", size=(64, 48), rate_hz=RATE_HZ) as out:
        out.write(numbered(0), 0.5)
        with pytest.raises(ValueError, match="time"):
            out.write(numbered(1), 0.5)
        with pytest.raises(ValueError, match="expected"):
            out.write(numbered(1, width=32), 0.6)
        with pytest.raises(ValueError, match="expected"):
            out.write(numbered(1).astype(np.float64), 0.6)
    with pytest.raises(ValueError, match="size"):
        VideoWriter(tmp_path / "out.mp4", size=(1, 48), rate_hz=RATE_HZ)
    with pytest.raises(ValueError, match="rate_hz"):
        VideoWriter(tmp_path / "out.mp4", size=(64, 48), rate_hz=0)


def test_a_film_without_pictures_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(MovementLabError, match="no pictures"),
        VideoWriter(tmp_path / "out.mp4", size=(64, 48), rate_hz=RATE_HZ),
    ):
        pass
    assert os.listdir(tmp_path) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for path in (tmp_path / "file" / "out.mp4", tmp_path):
        with pytest.raises(UsageError, match="can't be written"):
            write(path, [0.0])
