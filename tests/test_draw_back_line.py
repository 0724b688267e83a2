"""The back line: it turns as the spine was read to turn, as surely as it was read, or it isn't there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_scenes import SIZE, grey, make_scene, scored, turn_s, with_spine, without

from movement_lab.drawing import draw_overlay, plan_overlay
from movement_lab.drawing.backline import BackLine
from movement_lab.drawing.text import Span, pill
from movement_lab.geometry import inclination
from movement_lab.knowledge import load_grading
from movement_lab.records import Array, Image
from movement_lab.report import Report

CASES = [("left", -1), ("right", 1)]
WHITE, TEAL, PALE = (255, 255, 255), (47, 192, 173), (211, 218, 222)


def drawn(report: Report, time_s: float, *, profile: str = "clinician") -> Image:
    return draw_overlay(grey(), plan_overlay(report, size=SIZE, profile=profile), time_s)


def line_at(report: Report, time_s: float) -> BackLine:
    line = plan_overlay(report, size=SIZE).at(time_s).back
    assert line is not None
    return line


def lean_of_ends(line: Array, *, facing: int) -> tuple[float, float]:
    """How far the first and the last step of a line lean forward of upright, degrees."""
    leans = inclination(line[:-1], line[1:], facing=facing)
    return float(leans[0]), float(leans[-1])


def behind_trunk(line: BackLine, *, facing: int) -> Array:
    """How far each point lies behind the straight line between the ends, pixels (before it: negative)."""
    along = line.line[-1] - line.line[0]
    behind = np.array([along[1], -along[0]]) / np.hypot(*along) * facing
    return (line.line - line.line[0]) @ behind


def teal(image: Image) -> Array:
    """Pixels (H, W) in the low back's hue, however faint."""
    red, green, blue = np.moveaxis(image.astype(int), 2, 0)
    return (green > red + 8) & (green > blue) & (blue > red)


def near_line(image: Image, line: BackLine, reach: int = 30) -> Array:
    """Teal pixels around the middle of the line, between the words."""
    x, y = np.rint(line.line[12]).astype(int)
    return teal(image)[y - reach : y + reach, x - reach : x + reach]


# ---------------------------------------------------------------- what the line says


@pytest.mark.parametrize(("view", "facing"), CASES)
@pytest.mark.parametrize("movement", ["squat", "hinge"])
@pytest.mark.parametrize("lumbar_deg", [-8.0, 12.0, 30.0])
def test_its_ends_point_where_pelvis_and_rib_cage_are_turned(
    view: str, facing: int, movement: str, lumbar_deg: float
) -> None:
    report = make_scene(view=view, movement=movement)
    standing_deg, turn = report.signals["trunk_inclination_deg"][0], report.reps[0].turn
    pelvis_deg = report.signals["trunk_inclination_deg"][turn] - standing_deg - 0.6 * lumbar_deg
    report = with_spine(report, pelvis_deg=pelvis_deg, lumbar_deg=lumbar_deg)
    line = line_at(report, turn_s(report))
    np.testing.assert_allclose(line.line[0], report.track[f"{view}_hip"][turn], atol=1e-6)
    np.testing.assert_allclose(line.line[-1], report.track[f"{view}_shoulder"][turn], atol=1e-6)
    low, high = lean_of_ends(line.line, facing=facing)
    assert low == pytest.approx(standing_deg + pelvis_deg, abs=2.5)
    assert high == pytest.approx(standing_deg + pelvis_deg + lumbar_deg, abs=2.5)


@pytest.mark.parametrize(("view", "facing"), CASES)
def test_in_own_standing_it_is_the_straight_trunk(view: str, facing: int) -> None:
    line = line_at(with_spine(make_scene(view=view)), 0.0)
    np.testing.assert_allclose(behind_trunk(line, facing=facing), 0, atol=0.5)


@pytest.mark.parametrize(("view", "facing"), CASES)
def test_the_more_the_low_back_bends_the_more_it_bulges_backwards(view: str, facing: int) -> None:
    bulges = []
    for lumbar_deg in (5.0, 15.0, 30.0, 45.0):
        report = make_scene(view=view, movement="hinge")
        trunk_deg = float(np.ptp(report.signals["trunk_inclination_deg"]))
        bent = with_spine(report, pelvis_deg=trunk_deg - 0.6 * lumbar_deg, lumbar_deg=lumbar_deg)
        bulges.append(behind_trunk(line_at(bent, turn_s(bent)), facing=facing).max())
    assert (np.diff(bulges) > 1.5).all()


@pytest.mark.parametrize(("view", "facing"), CASES)
@pytest.mark.parametrize("sd_deg", [2.0, 6.0])
def test_its_band_spans_the_interval_widened_for_real_people(view: str, facing: int, sd_deg: float) -> None:
    report = with_spine(make_scene(view=view), sd_deg=sd_deg, lumbar_deg=20.0)
    line = line_at(report, turn_s(report))
    turned = [np.subtract(*lean_of_ends(edge, facing=facing)[::-1]) for edge in (line.low, line.high)]
    half = 1.2816 * load_grading().sim_to_real_factor * sd_deg
    assert (line.low_deg, line.high_deg) == pytest.approx((20 - half, 20 + half), abs=0.01)
    assert turned[1] - turned[0] == pytest.approx(2 * half, rel=0.15)


def test_the_less_is_known_the_wider_is_the_ribbon() -> None:
    counts = []
    for sd_deg in (1.0, 4.0, 8.0):
        report = with_spine(make_scene(), sd_deg=sd_deg)
        image, line = drawn(report, turn_s(report)), line_at(report, turn_s(report))
        counts.append(int(near_line(image, line).sum()))
    assert (np.diff(counts) > 40).all()


def test_it_has_the_same_course_in_a_smaller_picture() -> None:
    report = with_spine(make_scene())
    half = plan_overlay(report, size=(SIZE[0] // 2, SIZE[1] // 2)).at(turn_s(report)).back
    assert half is not None
    np.testing.assert_allclose(2 * half.line, line_at(report, turn_s(report)).line, atol=1e-6)


# ---------------------------------------------------------------- when there is none


@pytest.mark.parametrize("profile", ["clinician", "wellness"])
def test_a_spine_that_is_valid_nowhere_changes_no_pixel(profile: str) -> None:
    report = make_scene()
    invalid = with_spine(report, unread=np.s_[:])
    for time_s in (0.0, turn_s(report)):
        np.testing.assert_array_equal(
            drawn(invalid, time_s, profile=profile), drawn(report, time_s, profile=profile)
        )


def test_frames_that_are_not_valid_have_neither_line_nor_label() -> None:
    report = make_scene()
    turn = report.reps[0].turn
    overlay = plan_overlay(with_spine(report, unread=np.s_[turn - 15 : turn + 15]), size=SIZE)
    time_s = turn_s(report)
    np.testing.assert_array_equal(
        draw_overlay(grey(), overlay, time_s), draw_overlay(grey(), replace(overlay, back=None), time_s)
    )
    assert not teal(draw_overlay(grey(), overlay, time_s)).any()
    assert {w.angle.signal for w in overlay.at(time_s).wedges} == {
        w.angle.signal for w in plan_overlay(report, size=SIZE).at(time_s).wedges
    }
    elsewhere = turn_s(report, 2)
    assert overlay.at(elsewhere).back is not None
    assert teal(draw_overlay(grey(), overlay, elsewhere)).any()


@pytest.mark.parametrize("angle", ["pelvic_tilt_deg", "lumbar_flexion_deg", "thorax_inclination_deg"])
def test_an_angle_in_dispute_leaves_no_line(angle: str) -> None:
    report = with_spine(make_scene())
    blank = np.full(len(report.track), np.nan)
    spine = replace(report.spine, value={**report.spine.value, angle: blank})
    assert plan_overlay(replace(report, spine=spine), size=SIZE).at(turn_s(report)).back is None


def test_an_end_that_was_not_seen_leaves_no_line() -> None:
    report = without(with_spine(make_scene()), "left_shoulder")
    moment = plan_overlay(report, size=SIZE).at(turn_s(report))
    assert moment.points
    assert moment.back is None


@pytest.mark.parametrize("view", ["front", "back"])
def test_it_is_drawn_from_the_side_only(view: str) -> None:
    assert plan_overlay(with_spine(make_scene(view=view)), size=SIZE).at(0.0).back is None


def test_people_who_assess_themselves_see_nothing_of_it() -> None:
    report = make_scene()
    for method in ("contour", "stickers"):
        spined = with_spine(report, method=method)
        np.testing.assert_array_equal(
            drawn(spined, turn_s(report), profile="wellness"),
            drawn(report, turn_s(report), profile="wellness"),
        )


# ---------------------------------------------------------------- how it looks


def strength_along(image: Image, line: BackLine) -> Array:
    """How much greener than red the picture is under the line, between its label's leader and its end."""
    steps = np.linspace(11, 21, 200)
    path = np.stack([np.interp(steps, np.arange(25), line.line[:, axis]) for axis in (0, 1)], axis=1)
    columns, rows = np.rint(path).astype(int).T
    return image[rows, columns, 1].astype(int) - image[rows, columns, 0]


@pytest.mark.parametrize(("method", "solid"), [("stickers", True), ("contour", False), ("keypoints", False)])
def test_an_experimental_line_is_dashed(method: str, solid: bool) -> None:
    report = with_spine(make_scene(), method=method)
    strength = strength_along(drawn(report, turn_s(report)), line_at(report, turn_s(report)))
    assert (strength > 120).any()
    assert (strength > 120).all() == solid
    assert strength.min() > 20  # the band goes through


def test_doubtful_ends_fade_it() -> None:
    report = with_spine(make_scene(), method="stickers")
    unsure = scored(report, "left_hip", score=0.3)
    sure, faded = (strength_along(drawn(r, turn_s(r)), line_at(r, turn_s(r))) for r in (report, unsure))
    assert faded.max() < 0.7 * sure.max()


# ---------------------------------------------------------------- its label


@pytest.mark.parametrize(
    ("language", "method", "lumbar_deg", "words"),
    [
        ("en", "contour", 18.0, ("Low back", "+18°", "10–26", "back's outline, experimental")),
        ("en", "stickers", -3.0, ("Low back", "−3°", "−11 to 5", "stickers")),
        ("de", "stickers", -3.0, ("Unterer Rücken", "−3°", "−11 bis 5", "Sticker")),
    ],
)
def test_its_label_says_how_much_how_surely_and_by_what(
    language: str, method: str, lumbar_deg: float, words: tuple[str, ...]
) -> None:
    report = with_spine(make_scene(), method=method, lumbar_deg=lumbar_deg)
    steady = {name: np.full_like(v, v[report.reps[0].turn]) for name, v in report.spine.value.items()}
    report = replace(report, spine=replace(report.spine, value=steady))
    overlay = plan_overlay(report, size=SIZE, language=language)
    name, value, interval, by = words
    expected = pill(
        (Span(name, TEAL), Span(value, WHITE, 600, room=value), Span(interval, PALE)),
        overlay.sizes.text,
        below=(Span(by, PALE),),
        below_px=overlay.sizes.small_text,
    )
    np.testing.assert_array_equal(overlay.at(turn_s(report)).labels[0].pill.picture, expected.picture)


@pytest.mark.parametrize("view", ["left", "right"])
@pytest.mark.parametrize("movement", ["squat", "hinge", "lunge"])
def test_labels_keep_clear_of_the_line_and_of_each_other(view: str, movement: str) -> None:
    report = with_spine(make_scene(view=view, movement=movement))
    overlay, times = plan_overlay(report, size=SIZE), report.track.time_s[::4]
    shown = 0
    for time_s in times:
        moment = overlay.at(time_s)
        assert moment.back is not None
        assert len(moment.labels) <= 3
        boxes = [(label.centre - half, label.centre + half) for label in moment.labels
                 for half in [np.array(label.pill.size) / 2]]  # fmt: skip
        shown += any(label.anchor is not None and np.array_equal(label.anchor, moment.back.bend)
                     for label in moment.labels)  # fmt: skip
        for number, (low, high) in enumerate(boxes):
            assert (low >= 0).all()
            assert (high <= SIZE).all()
            assert not ((moment.back.line > low) & (moment.back.line < high)).all(axis=1).any()
            for other_low, other_high in boxes[:number]:
                assert (high <= other_low).any() or (low >= other_high).any()
    assert shown > 0.8 * len(times)
