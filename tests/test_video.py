"""Frames and their times, read whole and in stretches; what probe tells of a sound film."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video_clips import (
    KINDS,
    RATE_HZ,
    Kind,
    encode,
    number_in,
    numbered,
    retimed,
    same,
)

from movement_lab.video import ReadStats, probe, read, read_frames
from movement_lab.video.scan import scan_video

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@every_kind
def test_every_picture_comes_once_in_order_and_on_time(kind: Kind, tmp_path: Path) -> None:
    frames = list(read_frames(kind.make(tmp_path)))
    assert [number_in(frame.image) for frame in frames] == list(range(48))
    assert [frame.index for frame in frames] == list(range(48))
    assert np.allclose([frame.time_s for frame in frames], np.arange(48) / RATE_HZ, atol=1e-3)


@every_kind
def test_stretches_joined_are_the_whole(kind: Kind, tmp_path: Path) -> None:
    clip = kind.make(tmp_path)
    whole = list(read_frames(clip))
    on_frames, between = [whole[n].time_s for n in (1, 10, 23, 41)], [0.05, 0.39, 0.41, 1.234, 1.9]
    for cuts in (on_frames, between):
        edges = [None, *cuts, None]
        parts = [list(read_frames(clip, start_s=a, end_s=b)) for a, b in itertools.pairwise(edges)]
        joined = [frame for part in parts for frame in part]
        assert len(joined) == len(whole)
        assert all(same(a, b) for a, b in zip(joined, whole, strict=True))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.direct], ids=lambda kind: kind.name)
def test_a_stretch_near_the_end_does_not_decode_the_beginning(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    original = read.decode_packet
    monkeypatch.setattr(read, "decode_packet", lambda *args: decoded.append(1) or original(*args))
    frames = list(read_frames(kind.make(tmp_path, 100), start_s=3.84))
    assert [number_in(frame.image) for frame in frames] == [96, 97, 98, 99]
    assert len(decoded) < 50


def test_a_gif_is_always_painted_from_its_beginning(tmp_path: Path) -> None:
    clip = next(kind for kind in KINDS if kind.codec == "gif").make(tmp_path)
    assert scan_video(clip).keys.size == 0


def test_uneven_times_are_kept_and_reported(tmp_path: Path) -> None:
    ticks = np.cumsum([0, *np.random.default_rng(3).integers(200, 4000, 39)]).tolist()
    pictures = [numbered(number) for number in range(40)]
    clip = encode(tmp_path / "uneven.mp4", pictures, ticks=ticks, tick_s=Fraction(1, 30_000), bf="2")
    info, frames = probe(clip), list(read_frames(clip))
    assert np.allclose([frame.time_s for frame in frames], np.array(ticks) / 30_000, atol=1e-4)
    assert info.variable_rate
    assert "variable_rate" in info.warnings
    assert info.frame_count == 40


def test_time_starts_with_the_first_frame(tmp_path: Path) -> None:
    clip = encode(tmp_path / "late.mkv", [numbered(n) for n in range(5)], ticks=[50, 51, 52, 53, 54], bf="0")
    assert [round(frame.time_s, 3) for frame in read_frames(clip)] == [0, 0.04, 0.08, 0.12, 0.16]
    assert probe(clip).duration_s == pytest.approx(0.2, abs=0.002)


def test_what_an_edit_list_cuts_off_is_not_shown(tmp_path: Path) -> None:
    pictures = [numbered(number) for number in range(40)]
    clip = encode(tmp_path / "trimmed.mp4", pictures, ticks=range(-12, 28), bf="2")
    frames = list(read_frames(clip))
    assert [number_in(frame.image) for frame in frames] == list(range(12, 40))
    assert [frame.index for frame in frames] == list(range(28))
    assert frames[0].time_s == 0
    joined = [*read_frames(clip, end_s=0.5), *read_frames(clip, start_s=0.5)]
    assert all(same(a, b) for a, b in zip(joined, frames, strict=True))
    assert probe(clip).warnings == ("small_picture",)
    assert probe(clip).frame_count == 28


def test_a_repeated_time_is_dropped(tmp_path: Path) -> None:
    pictures = [numbered(number) for number in range(5)]
    even = encode(tmp_path / "even.mkv", pictures, codec="mjpeg", pix_fmt="yuvj420p")
    clip = retimed(even, tmp_path / "twice.mkv", [0, 40, 40, 80, 120])
    stats = ReadStats()
    frames = list(read_frames(clip, stats=stats))
    assert [number_in(frame.image) for frame in frames] == [0, 1, 3, 4]
    assert [round(frame.time_s, 3) for frame in frames] == [0, 0.04, 0.08, 0.12]
    assert stats == ReadStats(delivered=4, repeated_times=1)


def test_time_never_runs_backwards(tmp_path: Path) -> None:
    short = encode(tmp_path / "a.ts", [numbered(number) for number in range(30)])
    long = encode(tmp_path / "b.ts", [numbered(number + 100) for number in range(40)])
    clip = tmp_path / "joined.ts"  # its times start again in the middle
    clip.write_bytes(short.read_bytes() + long.read_bytes())
    whole = list(read_frames(clip))
    assert np.all(np.diff([frame.time_s for frame in whole]) > 0)
    assert [number_in(frame.image) for frame in whole] == [*range(30), *range(130, 140)]
    assert np.all(np.diff(scan_video(clip).keys) > 0)  # nobody starts where time has stepped back
    parts = [*read_frames(clip, end_s=1.25), *read_frames(clip, start_s=1.25)]
    assert all(same(a, b) for a, b in zip(parts, whole, strict=True))


def test_an_empty_or_later_stretch_has_no_frames(tmp_path: Path) -> None:
    clip = KINDS[0].make(tmp_path, 10)
    assert list(read_frames(clip, start_s=0.2, end_s=0.2)) == []
    assert list(read_frames(clip, start_s=99)) == []


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see its own memory")
def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    def resident_mb() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    picture = numbered(5, width=640, height=480)
    clip = encode(tmp_path / "long.mp4", [picture] * 150, preset="ultrafast")  # 138 MB if kept
    used = [resident_mb() for _ in read_frames(clip)]
    assert max(used) - used[20] < 30


def test_probe_tells_what_the_file_is(tmp_path: Path) -> None:
    clip = KINDS[1].make(tmp_path)
    info = probe(str(clip))
    assert (info.width, info.height, info.frame_count, info.codec) == (64, 48, 48, "h264")
    assert info.pixel_format == "yuv420p"
    assert info.duration_s == pytest.approx(48 / RATE_HZ)
    assert info.nominal_rate_hz == pytest.approx(RATE_HZ)
    assert (info.rotation_deg, info.mirrored, info.sample_aspect, info.variable_rate) == (0, False, 1, False)
    assert info.size_bytes == clip.stat().st_size
    assert info.path == clip
    assert info.warnings == ("small_picture",)


def test_a_slow_camera_is_reported(tmp_path: Path) -> None:
    clip = encode(tmp_path / "slow.mp4", [numbered(n) for n in range(10)], ticks=range(0, 50, 5), bf="0")
    info = probe(clip)
    assert info.nominal_rate_hz == pytest.approx(5, rel=0.01)
    assert "low_frame_rate" in info.warnings
    assert "variable_rate" not in info.warnings


def test_a_millisecond_clock_is_not_a_variable_rate(tmp_path: Path) -> None:
    ticks = [round(n * 1000 / 30) for n in range(60)]  # 33, 34, 33 ms ...
    pictures = [numbered(n) for n in range(60)]
    clip = encode(tmp_path / "ms.mkv", pictures, ticks=ticks, tick_s=Fraction(1, 1000), bf="0")
    assert not probe(clip).variable_rate


@pytest.mark.parametrize(
    "name",
    ["-dash.mp4", "http:clip.mp4", "ünï cødé  (1).mp4", "clip%03d.mp4", "clip.txt", "noname", "a[1].gif"],
)
def test_the_name_does_not_matter(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    KINDS[1].make(tmp_path, 5).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert probe(name).codec == "h264"
    assert [number_in(frame.image) for frame in read_frames(name)] == list(range(5))


def test_importing_is_cheap() -> None:
    code = "import sys, movement_lab.video; print(sorted({'av', 'cv2', 'mediapipe'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
