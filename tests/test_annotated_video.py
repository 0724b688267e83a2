"""annotated.mp4 and key frames, written and read back."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from drawn_scenes import grey, make_scene, noise, turn_s, with_spine

from movement_lab.drawing import draw_overlay, plan_overlay
from movement_lab.drawing.faces import head_discs
from movement_lab.errors import VideoError
from movement_lab.exporters.video import in_background, key_frames, write_annotated_video
from movement_lab.records import Image, Track
from movement_lab.report import Report
from movement_lab.video import VideoWriter

SIZE = (240, 320)
RATE_HZ = 10.0
LENGTH_S = 8.0


@pytest.fixture(scope="module")
def report() -> Report:
    """A report in which the film's frames lie between the samples of the cleaned track."""
    scene = make_scene()
    true_s = np.arange(0, LENGTH_S, 1 / RATE_HZ)
    return replace(scene, raw=_resampled(scene.raw, true_s))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with VideoWriter(path, size=SIZE, rate_hz=RATE_HZ, quality=8) as film:
        for time_s in np.arange(0, LENGTH_S, 1 / RATE_HZ):
            film.write(grey(SIZE), float(time_s))
    return path


def _resampled(track: Track, time_s: np.ndarray) -> Track:
    rows = [int(np.abs(track.time_s - t).argmin()) for t in time_s]
    return replace(track, time_s=time_s, xy=track.xy[rows], xyz=track.xyz[rows], score=track.score[rows])


def decoded(path: Path) -> list[tuple[float, Image]]:
    with av.open(str(path)) as container:
        return [(float(f.time), f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]


def boxes(path: Path) -> list[str]:
    """Return the names of an MP4's outermost boxes in order."""
    data, names, at = path.read_bytes(), [], 0
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        names.append(name.decode())
        at += length
    return names


def picture(jpeg: bytes) -> Image:
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def close(a: Image, b: Image) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def test_the_film_is_h264_that_browsers_play_at_once(report: Report, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "annotated.mp4"
    write_annotated_video(report, clip, out)
    with av.open(str(out)) as container:
        coded = container.streams.video[0].codec_context
        assert (coded.name, coded.pix_fmt, coded.width, coded.height) == ("h264", "yuv420p", *SIZE)
        assert not container.streams.audio
    assert boxes(out).index("moov") < boxes(out).index("mdat")


def test_every_frame_is_there_at_its_time_with_its_own_overlay(
    report: Report, clip: Path, tmp_path: Path
) -> None:
    out = tmp_path / "annotated.mp4"
    write_annotated_video(report, clip, out)
    frames, before = decoded(out), decoded(clip)
    assert [t for t, _ in frames] == pytest.approx([t for t, _ in before])
    overlay = plan_overlay(report, size=SIZE)
    for number in (0, 20, 47):
        time_s, image = frames[number]
        assert close(image, draw_overlay(grey(SIZE), overlay, time_s)) < 2.0
        assert close(image, before[number][1]) > 2.5


def test_pictures_of_the_turns_come_with_it_and_alone(report: Report, clip: Path, tmp_path: Path) -> None:
    stills = write_annotated_video(report, clip, tmp_path / "annotated.mp4")
    assert set(stills) == {1, 2}
    overlay = plan_overlay(report, size=SIZE)
    for number, jpeg in stills.items():
        nearest = round(turn_s(report, number) * RATE_HZ) / RATE_HZ
        assert close(picture(jpeg), draw_overlay(grey(SIZE), overlay, nearest)) < 2.0
    assert key_frames(report, clip) == stills


def test_a_stretch_starts_at_zero_and_keeps_its_turns_only(
    report: Report, clip: Path, tmp_path: Path
) -> None:
    out, shares = tmp_path / "part.mp4", []
    second = turn_s(report, 2)
    stills = write_annotated_video(
        report, clip, out, start_s=second - 0.75, end_s=second + 0.55, progress=shares.append
    )
    times = [t for t, _ in decoded(out)]
    assert times == pytest.approx(np.arange(13) / RATE_HZ, abs=1e-3)
    assert set(stills) == {2}
    assert shares == pytest.approx(np.arange(1, 14) / 13)


def test_large_recordings_are_scaled_down(report: Report, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "small.mp4"
    stills = write_annotated_video(report, clip, out, max_side=160)
    assert decoded(out)[0][1].shape == (160, 120, 3)
    assert picture(stills[1]).shape == (160, 120, 3)


def test_language_and_profile_reach_the_picture(report: Report, clip: Path) -> None:
    english, german, wellness = (
        key_frames(report, clip, language=language, profile=profile)
        for language, profile in (("en", "clinician"), ("de", "clinician"), ("en", "wellness"))
    )
    assert english != german
    assert english != wellness


# ---------------------------------------------------------------- faces


@pytest.fixture(scope="module")
def detailed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "detailed.mp4"
    with VideoWriter(path, size=SIZE, rate_hz=RATE_HZ, quality=8) as film:
        for time_s in np.arange(0, 1.5, 1 / RATE_HZ):
            film.write(noise(SIZE), float(time_s))
    return path


def detail(image: Image) -> float:
    return float(np.abs(np.diff(image.astype(int), axis=1)).mean())


def head(report: Report, image: Image) -> Image:
    centre, radius = head_discs(report.raw)
    (x, y), r = centre[0] / 2, radius[0] / 2 * 0.6
    return image[int(y - r) : int(y + r), int(x - r) : int(x + r)]


def test_faces_are_covered_in_film_and_pictures_only_if_asked(
    report: Report, detailed: Path, tmp_path: Path
) -> None:
    report = replace(report, reps=(replace(report.reps[0], start=0, turn=20, end=40),))
    found = {}
    for blur in (False, True):
        out = tmp_path / f"{blur}.mp4"
        stills = write_annotated_video(report, detailed, out, blur_face=blur)
        assert key_frames(report, detailed, blur_face=blur) == stills
        found[blur] = [decoded(out)[5][1], picture(stills[1])]
    for open_face, covered in zip(found[False], found[True], strict=True):
        assert detail(head(report, open_face)) > 15
        assert detail(head(report, covered)) < 5
        assert detail(covered[240:]) > 15


def test_without_a_face_to_be_found_no_frame_shows_anything(
    report: Report, detailed: Path, tmp_path: Path
) -> None:
    lost = replace(report, raw=replace(report.raw, xy=np.full_like(report.raw.xy, np.nan)))
    out = tmp_path / "covered.mp4"
    write_annotated_video(lost, detailed, out, blur_face=True, profile="wellness")
    for _, image in decoded(out):
        assert detail(image[:60]) < 3


# ---------------------------------------------------------------- when things go wrong


def test_a_recording_that_is_gone_is_named_and_nothing_is_written(report: Report, tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"gone\.mp4"):
        write_annotated_video(report, tmp_path / "gone.mp4", tmp_path / "out" / "annotated.mp4")
    assert not (tmp_path / "out").exists()


def test_an_interruption_leaves_neither_file_nor_thread(report: Report, clip: Path, tmp_path: Path) -> None:
    def interrupt(share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        write_annotated_video(report, clip, tmp_path / "annotated.mp4", progress=interrupt)
    assert threading.active_count() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("profile", "shown"), [("clinician", True), ("wellness", False)])
def test_only_therapists_see_the_back_line(report: Report, clip: Path, profile: str, shown: bool) -> None:
    plain = picture(key_frames(report, clip, profile=profile)[1])
    spined = picture(key_frames(with_spine(report), clip, profile=profile)[1])
    hip, shoulder = (report.track[f"left_{name}"][report.reps[0].turn] for name in ("hip", "shoulder"))
    x, y = np.rint((hip + shoulder) / 2 * SIZE[0] / report.track.size[0]).astype(int)
    assert (close(spined[y - 5 : y + 5, x - 5 : x + 5], plain[y - 5 : y + 5, x - 5 : x + 5]) > 10) == shown
    assert shown or (spined == plain).all()


def counting(limit: int, log: list[str]) -> Iterator[int]:
    try:
        yield from range(limit)
        if limit == 5:
            raise ArithmeticError("the fifth is missing")
    finally:
        log.append("closed")


def test_background_work_keeps_order_hands_on_errors_and_ends() -> None:
    log: list[str] = []
    assert list(in_background(counting(50, log))) == list(range(50))
    items = in_background(counting(5, log))
    assert list(islice(items, 5)) == [0, 1, 2, 3, 4]
    with pytest.raises(ArithmeticError, match="fifth"):
        next(items)
    assert log == ["closed", "closed"]


def test_background_work_stays_a_few_items_ahead_and_stops_when_nobody_listens() -> None:
    log: list[str] = []
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in counting(10_000, log):
            made.append(number)
            yield number

    before = threading.active_count()
    items = in_background(numbers())
    assert next(items) == 0
    deadline = time.monotonic() + 5
    while len(made) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    items.close()
    assert 5 <= len(made) < 20
    assert threading.active_count() == before
