"""Covering faces: what is hidden, that it is hidden for good, and that doubt hides more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_scenes import SIZE, grey, make_scene, noise, turn_s, without

from movement_lab.drawing import cover_faces, plan_cover
from movement_lab.drawing.faces import head_discs
from movement_lab.records import Image
from movement_lab.report import Report

VIEWS = ("left", "right", "front", "back")


def detail(image: Image) -> float:
    """How much neighbouring pixels differ: high in noise, next to nothing in what was covered."""
    return float(np.abs(np.diff(image.astype(int), axis=1)).mean())


def head_box(report: Report, frame: int) -> tuple[slice, slice]:
    centre, radius = head_discs(report.track)
    (x, y), r = centre[frame], radius[frame] * 0.6
    return np.s_[int(y - r) : int(y + r), int(x - r) : int(x + r)]


def lost_between(report: Report, start_s: float, end_s: float) -> Report:
    """The model finds nobody for a while."""
    gone = (report.raw.time_s >= start_s) & (report.raw.time_s < end_s)
    xy = np.where(gone[:, None, None], np.nan, report.raw.xy)
    return replace(report, raw=replace(report.raw, xy=xy))


@pytest.mark.parametrize("view", VIEWS)
def test_a_face_is_covered_and_the_rest_is_left_as_it_was(view: str) -> None:
    report, picture = make_scene(view=view), noise()
    for frame in (0, report.reps[0].turn):
        covered = cover_faces(picture, plan_cover(report, SIZE), float(report.track.time_s[frame]))
        box = head_box(report, frame)
        assert detail(covered[box]) < 0.1 * detail(picture[box])
        assert (covered[box] != picture[box]).mean() > 0.9
        np.testing.assert_array_equal(covered[420:], picture[420:])


def test_covering_keeps_no_more_than_a_few_blocks_of_a_face() -> None:
    report = make_scene()
    box, cover = head_box(report, 0), plan_cover(report, SIZE)
    checks = np.zeros_like(grey())
    checks[::2] = 255
    covered = cover_faces(checks, cover, 0.0)[box].astype(float)
    assert np.ptp(covered) < 40  # black and white lines have become one grey


@pytest.mark.parametrize(("gap_s", "whole"), [(0.3, False), (1.5, True)])
def test_where_the_face_is_lost_more_is_covered_not_less(gap_s: float, whole: bool) -> None:
    report, picture = make_scene(), noise()
    middle_s = turn_s(report) - 0.6  # on the way down: the head moves while it is lost
    lost = lost_between(report, middle_s - gap_s / 2, middle_s + gap_s / 2)
    covered = cover_faces(picture, plan_cover(lost, SIZE), middle_s)
    assert detail(covered[head_box(report, int(np.searchsorted(report.raw.time_s, middle_s)))]) < 3
    known, unknown = (plan_cover(r, SIZE).discs_at(middle_s) for r in (report, lost))
    assert known is not None
    assert (unknown is None) == whole
    if unknown is None:
        assert detail(covered) < 3
    else:
        assert unknown[:, 2].max() > 1.4 * known[:, 2].max()


@pytest.mark.parametrize("time_s", [-5.0, 500.0])
def test_before_and_after_what_is_known_everything_is_covered(time_s: float) -> None:
    covered = cover_faces(noise(), plan_cover(make_scene(), SIZE), time_s)
    assert detail(covered) < 3


def spoil_head(report: Report, how: str) -> Report:
    raw = report.raw
    if how == "never found":
        return replace(report, raw=replace(raw, xy=np.full_like(raw.xy, np.nan)))
    if how == "far from its shoulders":
        xy = raw.xy.copy()
        xy[:, :11] += 200
        return replace(report, raw=replace(raw, xy=xy))
    if how == "unsure":
        return replace(report, raw=replace(raw, score=np.full_like(raw.score, 0.1)))
    return without(report, "left_shoulder", "right_shoulder")


@pytest.mark.parametrize(
    "how", ["never found", "far from its shoulders", "unsure", "refused by the cleaning"]
)
def test_a_face_that_cannot_be_trusted_covers_the_whole_picture(how: str) -> None:
    covered = cover_faces(noise(), plan_cover(spoil_head(make_scene(), how), SIZE), 1.0)
    assert detail(covered) < 3


def test_other_people_are_covered_too() -> None:
    people = [
        {"number": 1, "box": [10, 300, 90, 600], "chosen": False},
        {"number": 2, "box": [0, 0, 1, 1], "chosen": True},
    ]
    report = replace(make_scene(), quality={"people": people})
    covered = cover_faces(noise(), plan_cover(report, SIZE), 0.0)
    assert detail(covered[300:400, 10:90]) < 3


def test_covering_leaves_the_frame_alone() -> None:
    picture = noise()
    cover_faces(picture, plan_cover(make_scene(), SIZE), 0.0)
    np.testing.assert_array_equal(picture, noise())
