"""Real MediaPipe on real frames: the result depends on the clip, never on how the work was shared."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from movement_lab.errors import NobodyError, UsageError
from movement_lab.tracking import SEGMENT_S, cut_segments, track_video
from movement_lab.video import probe
from movement_lab.weights import find_model

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.mark.parametrize("duration_s", [0.0, 0.04, 3.0, 9.99, 20.0, 61.3, 600.0])
def test_segments_cover_the_clip_once(duration_s):
    segments = cut_segments(duration_s, rate_hz=30)
    assert segments[0].start_s == 0
    assert segments[-1].end_s == float("inf")
    assert all(a.end_s == b.start_s for a, b in itertools.pairwise(segments))
    assert len(segments) % 2 == 0
    assert all(s.end_s - s.start_s <= SEGMENT_S + 1e-9 for s in segments[:-1])


def test_segments_warm_up_before_they_start():
    first, *others = cut_segments(20, rate_hz=25)
    assert first.warmup_s == 0
    assert all(0 < s.start_s - s.warmup_s <= 0.5 for s in others)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Three seconds of a sample, small, so that the real model is quick."""
    from movement_lab.video import VideoWriter, read_frames

    source = next(iter(sorted(SAMPLES.glob("*squat*side*.mp4"))))
    path = tmp_path_factory.mktemp("clip") / "short.mp4"
    frames = list(read_frames(source, end_s=3.0, max_side=320))
    height, width = frames[0].image.shape[:2]
    with VideoWriter(path, size=(width, height), rate_hz=25) as out:
        for frame in frames:
            out.write(frame.image, frame.time_s)
    return path


def tracked(path, model, **options):
    return track_video(path, probe(path), find_model(model), **options)


@pytest.mark.pose
def test_the_result_does_not_depend_on_the_number_of_processes(clip, pose_model):
    alone, _ = tracked(clip, pose_model, workers=1)
    shared, _ = tracked(clip, pose_model, workers=3)
    np.testing.assert_array_equal(alone.time_s, shared.time_s)
    np.testing.assert_array_equal(alone.xy, shared.xy)
    np.testing.assert_array_equal(alone.xyz, shared.xyz)


@pytest.mark.pose
def test_a_person_is_followed_in_every_frame_and_said_which(clip, pose_model):
    track, recording = tracked(clip, pose_model)
    info = probe(clip)
    assert len(track) == info.frame_count
    assert np.isfinite(track.xy).all()
    assert track.size == (info.width, info.height)
    assert [p["chosen"] for p in recording["people"]] == [True]


@pytest.mark.pose
def test_of_two_people_the_asked_for_one_is_followed(clip, tmp_path, pose_model):
    from movement_lab.video import VideoWriter, read_frames

    frames = list(read_frames(clip, end_s=1.5))
    height, width = frames[0].image.shape[:2]
    twice = tmp_path / "two.mp4"
    with VideoWriter(twice, size=(2 * width, height), rate_hz=25) as out:
        for frame in frames:
            out.write(np.hstack([frame.image, frame.image[:, ::-1]]), frame.time_s)
    for number in (1, 2):
        track, recording = tracked(twice, pose_model, person=number)
        hips = np.nanmedian(track["left_hip"][:, 0])
        assert (hips < width) == (number == 1)
        assert len(recording["people"]) == 2
    with pytest.raises(UsageError, match="no person 3"):
        tracked(twice, pose_model, person=3)


@pytest.mark.pose
def test_an_empty_room_has_nobody(tmp_path, pose_model):
    from movement_lab.video import VideoWriter

    path = tmp_path / "empty.mp4"
    with VideoWriter(path, size=(160, 160), rate_hz=25) as out:
        for k in range(25):
            out.write(np.full((160, 160, 3), 120, np.uint8), k / 25)
    with pytest.raises(NobodyError, match="Nobody was found"):
        tracked(path, pose_model)
