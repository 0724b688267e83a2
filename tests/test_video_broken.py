"""Files that are broken, cut or no video at all; and the folder of real odd files."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from video_clips import (
    KINDS,
    encode,
    number_in,
    numbered,
    same,
)

from movement_lab.errors import VideoError
from movement_lab.records import Image
from movement_lab.video import ReadStats, probe, read, read_frames


def audio_only(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 44_100, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode())


def still_picture(path: Path) -> None:
    encode(path, [numbered(1)], codec="png", pix_fmt="rgb24", container="image2pipe")


def without_index(path: Path) -> None:
    clip = encode(path, [numbered(n) for n in range(40)])  # the index comes last
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])


def without_pictures(path: Path) -> None:
    clip = encode(path, [numbered(n) for n in range(10)], container="matroska", codec="libvpx")
    content = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    for start, size in places:
        content[start + 8 : start + 8 + size] = b"\xff" * size
    clip.write_bytes(content)


BROKEN = {
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "folder": (lambda path: path.mkdir(), "folder"),
    "missing": (lambda path: None, "no file"),
    "pipe": (os.mkfifo if hasattr(os, "mkfifo") else Path.mkdir, "regular file|folder"),
    "text": (lambda path: path.write_text("This is not a film.\n" * 50), "not a video"),
    "random": (lambda path: path.write_bytes(np.random.default_rng(0).bytes(60_000)), "not a video"),
    "playlist": (
        lambda path: path.write_text(
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n"
        ),
        "not a video",
    ),
    "script": (lambda path: path.write_text("ffconcat version 1.0\nfile other.mp4\n"), "not a video"),
    "photo": (still_picture, "not a video"),
    "sound": (audio_only, "no moving picture"),
    "cut off": (without_index, "index"),
    "no pictures": (without_pictures, "Not one picture"),
    "tiny": (lambda path: encode(path, [numbered(1, width=16, height=16)]), "16 x 16"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_video_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    make, words = BROKEN[what]
    path = tmp_path / "clip.mp4"
    make(path)
    for look in (probe, read_frames):  # at the call, not at the first frame
        with pytest.raises(VideoError, match=words) as caught:
            look(path)
        sentence = str(caught.value)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert "clip.mp4" in sentence


def test_a_cut_film_gives_what_it_holds(tmp_path: Path) -> None:
    clip = encode(tmp_path / "cut.mp4", [numbered(n) for n in range(48)], movflags="faststart", bf="0")
    assert "truncated" not in probe(clip).warnings
    whole = list(read_frames(clip))
    clip.write_bytes(clip.read_bytes()[: -clip.stat().st_size // 3])
    stats = ReadStats()
    frames = list(read_frames(clip, stats=stats))
    assert "truncated" in probe(clip).warnings
    assert 10 < len(frames) < 48
    assert stats.delivered == len(frames)
    assert all(same(a, b) for a, b in zip(frames[:-1], whole, strict=False))


def test_a_cut_webm_is_noticed(tmp_path: Path) -> None:
    clip = next(kind for kind in KINDS if kind.name == "vp9.webm").make(tmp_path)
    assert "truncated" not in probe(clip).warnings
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert "truncated" in probe(clip).warnings


def hurt_packet(clip: Path, number: int) -> None:
    """Turn over the bits of one coded picture, behind its length and type."""
    with av.open(str(clip)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][number]
        start, end = packet.pos + 5, packet.pos + packet.size
    content = bytearray(clip.read_bytes())
    content[start:end] = bytes(255 - byte for byte in content[start:end])
    clip.write_bytes(content)


@pytest.mark.parametrize("reordered", ["0", "3"])
def test_damage_is_counted_and_ends_at_the_next_key_frame(reordered: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
    pictures = [np.where(numbered(n) > 0, noise, numbered(n)) for n in range(40)]
    clip = encode(tmp_path / "hurt.mp4", pictures, bf=reordered)  # key frames: 0, 10, 20, 30
    whole = list(read_frames(clip))
    hurt_packet(clip, 11)
    stats = ReadStats()
    frames = {frame.index: frame for frame in read_frames(clip, stats=stats)}
    assert stats.damaged_packets + stats.doubtful_frames > 0
    assert stats.doubtful_frames <= 12
    assert stats.delivered == len(frames)
    assert all(same(frames[n], whole[n]) for n in (*range(10), *range(20, 40)))
    assert not all(n in frames and same(frames[n], whole[n]) for n in range(10, 20))
    parts = [ReadStats(), ReadStats()]
    joined = [*read_frames(clip, end_s=0.9, stats=parts[0]), *read_frames(clip, start_s=0.9, stats=parts[1])]
    assert all(same(a, b) for a, b in zip(joined, frames.values(), strict=True))
    assert parts[0] + parts[1] == stats


def test_a_picture_that_cannot_be_shown_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = encode(tmp_path / "odd.mp4", [numbered(n) for n in range(4)])
    original, calls = read.to_rgb, iter(range(4))

    def refuse_second(*args: object) -> Image:
        if next(calls) == 1:
            raise av.error.ArgumentError(22, "no such conversion")
        return original(*args)

    monkeypatch.setattr(read, "to_rgb", refuse_second)
    stats = ReadStats()
    assert [number_in(frame.image) for frame in read_frames(clip, stats=stats)] == [0, 2, 3]
    assert stats == ReadStats(delivered=3, damaged_packets=1)


def test_a_key_frame_shown_before_the_damage_does_not_end_it() -> None:
    damage = read._Damage()
    key, plain = (SimpleNamespace(is_corrupt=False, key_frame=flag) for flag in (True, False))
    felt = []
    for frame, tick in ((plain, 9), (None, 13), (key, 10), (plain, 11), (plain, 13), (key, 20), (plain, 21)):
        damage.see(frame, tick)
        felt.append(damage.felt)
    assert felt == [False, True, True, True, True, False, False]


#: What must happen to each: a word of the refusal, or a (possibly empty) set of warnings.
REFUSED = {
    "derived/audio_only.mp4": "no moving picture",
    "derived/random_bytes.mp4": "not a video",
    "derived/text_renamed.mp4": "not a video",
    "derived/truncated_no_moov.mp4": "index",
    "derived/zero_byte.mp4": "empty",
    "moviepy/-video-with-dash-.mp4": "1 x 1",
    "moviepy/bitmap.mp4": "1 x 1",
    "moviepy/zero_byte_result.webm": "empty",
}
WARNED = {
    "decord/corrupted.mp4": {"low_frame_rate"},
    "decord/unordered.mov": {"small_picture", "very_short"},
    "decord/video_0.mov": {"very_short"},
    "decord/video_90.mov": {"very_short"},
    "decord/video_180.mov": {"very_short"},
    "decord/video_270.mov": {"very_short"},
    "derived/bitflips_midstream.mp4": {"damaged"},
    "derived/fps2.mp4": {"low_frame_rate"},
    "derived/single_frame.mp4": {"very_short"},
    "derived/tiny_64x36.mp4": {"small_picture"},
    "derived/truncated_faststart.mp4": {"truncated"},
    "derived/uhd_4k_short.mp4": {"very_short"},
    "derived/vfr_dropped_frames.mp4": {"low_frame_rate", "variable_rate"},
    "moviepy/big_buck_bunny_432_433.webm": {"very_short"},
    "moviepy/no_duration.webm": {"low_frame_rate"},
    "moviepy/pigs_in_a_polka.gif": {"low_frame_rate"},
}
#: Same film as base_640.mp4: its first frame must look the same, up to coding.
LIKE_BASE = (
    "h264_10bit.mp4", "hevc.mp4", "mjpeg.avi", "vp9.webm", "wrong_extension.avi", "ünï cødé  name (1).mp4",
    "rotated_meta_90.mp4", "rotated_meta_180.mp4", "rotated_meta_270.mp4", "vfr_dropped_frames.mp4",
    "with_audio.mp4", "truncated_faststart.mp4",
)  # fmt: skip


@pytest.fixture(scope="module")
def bad_inputs() -> Path:
    folder = Path(os.environ.get("MOVEMENT_LAB_DATA", "")) / "bad-inputs"
    if not os.environ.get("MOVEMENT_LAB_DATA") or not folder.is_dir():
        pytest.skip("set MOVEMENT_LAB_DATA to the folder of real clips (with bad-inputs/ inside)")
    return folder


@pytest.mark.realdata
def test_real_files_are_read_or_refused_as_they_should(bad_inputs: Path) -> None:
    known = {".avi", ".gif", ".mkv", ".mov", ".mp4", ".webm"}
    clips = [path for path in sorted(bad_inputs.glob("*/*")) if path.suffix in known]
    assert len(clips) > 40
    for path in clips:
        name = path.relative_to(bad_inputs).as_posix()
        if name in REFUSED:
            with pytest.raises(VideoError, match=REFUSED[name]):
                probe(path)
            continue
        assert set(probe(path).warnings) == WARNED.get(name, set()), name
        times_s = [frame.time_s for frame in read_frames(path, end_s=1.0, max_side=160)]
        assert times_s, name
        assert times_s[0] == 0, name
        assert np.all(np.diff(times_s) > 0), name


@pytest.mark.realdata
@pytest.mark.parametrize("name", LIKE_BASE)
def test_real_variants_look_like_the_plain_copy(name: str, bad_inputs: Path) -> None:
    base = next(read_frames(bad_inputs / "derived" / "base_640.mp4")).image.astype(int)
    image = next(read_frames(bad_inputs / "derived" / name)).image
    assert image.shape == base.shape
    assert np.abs(image - base).mean() < 4


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "frames", "damaged"),
    [("decord/corrupted.mp4", 49, True), ("derived/bitflips_midstream.mp4", 25, True),
     ("derived/truncated_faststart.mp4", 119, True), ("decord/flipping_a_pancake.mkv", 310, False),
     ("derived/vfr_dropped_frames.mp4", 125, False)],
)  # fmt: skip
def test_real_damage_is_read_through_and_counted(
    name: str, frames: int, damaged: bool, bad_inputs: Path
) -> None:
    stats = ReadStats()
    assert sum(1 for _ in read_frames(bad_inputs / name, max_side=64, stats=stats)) >= frames
    assert (stats.damaged_packets + stats.doubtful_frames > 0) == damaged
