"""The overlay: what is drawn, where, and above all what never is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_scenes import (
    GREY,
    SIZE,
    grey,
    make_noted,
    make_scene,
    moved,
    scored,
    turn_s,
    without,
)

from movement_lab.drawing import Overlay, draw_overlay, plan_overlay
from movement_lab.drawing.faces import head_discs
from movement_lab.drawing.moment import Label
from movement_lab.drawing.text import Span, pill, text_width, wrap
from movement_lab.records import Array, Image
from movement_lab.report import Report
from movement_lab.wording import say

VIEWS = ("left", "right", "front", "back")


def drawn(report: Report, time_s: float, *, profile: str = "clinician") -> Image:
    return draw_overlay(grey(), plan_overlay(report, size=SIZE, profile=profile), time_s)


def bare(report: Report, time_s: float) -> Image:
    """Skeleton and wedges without labels: the wellness profile shows no numbers."""
    return drawn(report, time_s, profile="wellness")


def changed(image: Image) -> Array:
    return (image != GREY).any(axis=2)


def around(image: Image, centre: Array, radius: float) -> Image:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return image[np.hypot(x - centre[0], y - centre[1]) <= radius]


# ---------------------------------------------------------------- what is drawn of a body


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("movement", ["squat", "hinge", "lunge"])
def test_nothing_red_or_amber_is_ever_drawn(view: str, movement: str) -> None:
    report = make_scene(
        view=view, movement=movement, findings=(make_noted("heel_rise", "marked", (0.0, 99.0)),)
    )
    image = drawn(report, turn_s(report)).astype(int)
    assert changed(image).sum() > 2000
    red, green, blue = np.moveaxis(image, 2, 0)
    assert (red <= np.maximum(green, blue) + 2).all()


@pytest.mark.parametrize(("near", "far"), [("left", "right"), ("right", "left")])
def test_from_the_side_the_far_limbs_leave_no_trace(near: str, far: str) -> None:
    report = make_scene(view=near)
    limbs = ("knee", "ankle", "foot_index", "elbow", "wrist", "hip", "shoulder")
    elsewhere = moved(report, *(f"{far}_{limb}" for limb in limbs), by=60)
    np.testing.assert_array_equal(bare(report, turn_s(report)), bare(elsewhere, turn_s(report)))
    near_elsewhere = moved(report, f"{near}_knee", by=60)
    assert (bare(report, turn_s(report)) != bare(near_elsewhere, turn_s(report))).any()


@pytest.mark.parametrize("side", ["left", "right"])
def test_from_the_front_both_sides_are_drawn(side: str) -> None:
    report = make_scene(view="front")
    for point in ("knee", "ankle", "wrist"):
        centre = report.track[f"{side}_{point}"][0]
        assert around(bare(report, 0.0), centre, 2).mean() > 250


def test_a_joint_never_seen_is_not_drawn_nor_its_bones_nor_its_angle() -> None:
    report = make_scene()
    knee, hip, ankle = (
        report.track[f"left_{name}"][report.reps[0].turn] for name in ("knee", "hip", "ankle")
    )
    image = bare(without(report, "left_knee"), turn_s(report))
    assert around(bare(report, turn_s(report)), knee, 2).mean() > 250
    assert (around(image, knee, 30) == GREY).all()
    assert (around(image, (knee + ankle) / 2, 4) == GREY).all()
    assert (around(image, hip, 2) > 250).all()


def test_nobody_seen_leaves_only_words() -> None:
    report = make_scene()
    lost = without(report, *report.track.names)
    lost = replace(lost, signals={key: np.full(len(report.track), np.nan) for key in report.signals})
    image = drawn(lost, turn_s(report))
    assert changed(image)[:60].any()
    assert not changed(image)[60:].any()


def test_doubtful_points_fade_and_are_dashed() -> None:
    report = make_scene()
    sure, unsure = (bare(r, 0.0) for r in (report, scored(report, "left_ankle", score=0.3)))
    knee, ankle = report.track["left_knee"][0], report.track["left_ankle"][0]
    shank = [tuple(np.rint(knee + share * (ankle - knee)).astype(int)) for share in np.linspace(0.2, 0.8, 60)]
    solid, dashed = (np.array([image[y, x].mean() for x, y in shank]) for image in (sure, unsure))
    assert (solid > 250).all()
    assert dashed.max() < 200
    assert (dashed == GREY).any()
    assert (dashed > GREY + 20).any()


def test_points_are_read_between_two_samples() -> None:
    report = make_scene()
    overlay = plan_overlay(report, size=SIZE)
    frame = report.reps[0].start + 15
    before, after = report.track.time_s[frame], report.track.time_s[frame + 1]
    moment = overlay.at(0.25 * before + 0.75 * after)
    expected = 0.25 * report.track["left_hip"][frame] + 0.75 * report.track["left_hip"][frame + 1]
    np.testing.assert_allclose(moment.points["left_hip"], expected, atol=1e-6)
    assert not overlay.at(report.track.time_s[-1] + 1).points


def test_a_smaller_picture_shows_the_same_at_its_scale() -> None:
    report = make_scene()
    half = (SIZE[0] // 2, SIZE[1] // 2)
    moment = plan_overlay(report, size=half).at(turn_s(report))
    np.testing.assert_allclose(
        2 * moment.points["left_knee"], report.track["left_knee"][report.reps[0].turn], atol=1
    )


def test_drawing_leaves_the_frame_alone_and_depends_on_its_time_only() -> None:
    report = make_scene()
    overlay, frame = plan_overlay(report, size=SIZE), grey()
    first = draw_overlay(frame, overlay, turn_s(report))
    for time_s in (0.0, 9.0, turn_s(report, 2)):
        draw_overlay(frame, overlay, time_s)
    assert (frame == GREY).all()
    np.testing.assert_array_equal(first, draw_overlay(frame, overlay, turn_s(report)))


def test_a_picture_of_another_size_is_refused() -> None:
    overlay = plan_overlay(make_scene(), size=SIZE)
    with pytest.raises(ValueError, match=r"planned for \(480, 640\)"):
        draw_overlay(grey((640, 480)), overlay, 0.0)


# ---------------------------------------------------------------- wedges


@pytest.mark.parametrize("view", ["left", "right"])
@pytest.mark.parametrize(
    ("movement", "signal", "point", "radius"),
    [
        ("squat", "knee_flexion_{near}_deg", "knee", 58),
        ("squat", "hip_trunk_flexion_{near}_deg", "hip", 58),
        ("squat", "trunk_inclination_deg", "hip", 76),
        ("hinge", "hip_trunk_flexion_{near}_deg", "hip", 58),
        ("hinge", "trunk_inclination_deg", "hip", 76),
    ],
)
def test_a_wedge_spans_the_angle_that_its_number_names(
    view: str, movement: str, signal: str, point: str, radius: float
) -> None:
    report = make_scene(view=view, movement=movement)
    key, frame = signal.format(near=view), report.reps[0].turn
    hidden = replace(report, signals={**report.signals, key: np.full(len(report.track), np.nan)})
    differs = (bare(report, turn_s(report)) != bare(hidden, turn_s(report))).any(axis=2)
    centre = report.track[f"{view}_{point}"][frame]
    angles = np.arange(0, 360, 0.5)
    ring = centre + 0.85 * radius * SIZE[0] / 720 * np.stack(
        [np.cos(np.radians(angles)), np.sin(np.radians(angles))], axis=1
    )
    inside = np.array([differs[y, x] for x, y in np.rint(ring).astype(int)])
    # Bones drawn over an edge of the wedge hide about 4 degrees of it.
    assert inside.sum() / 2 == pytest.approx(report.signals[key][frame], abs=6)


def test_the_knee_wedge_lies_between_the_straight_leg_and_the_shank() -> None:
    report = make_scene(view="right")
    frame = report.reps[0].turn
    hip, knee, ankle = (report.track[f"right_{name}"][frame] for name in ("hip", "knee", "ankle"))
    on, down = ((v) / np.linalg.norm(v) for v in (knee - hip, ankle - knee))
    image = bare(report, turn_s(report)).astype(int)
    middle = knee + 25 * (on + down) / np.linalg.norm(on + down)
    opposite = knee - 25 * (on + down) / np.linalg.norm(on + down)
    assert (around(image, middle, 3) > GREY).all()
    assert (around(image, opposite, 3) == GREY).all()


def test_a_wedge_closes_to_nothing_where_the_joint_is_straight() -> None:
    report = make_scene()
    straight = replace(
        report, signals={**report.signals, "knee_flexion_left_deg": np.zeros(len(report.track))}
    )
    missing = replace(
        report, signals={**report.signals, "knee_flexion_left_deg": np.full(len(report.track), np.nan)}
    )
    np.testing.assert_array_equal(bare(straight, 0.0), bare(missing, 0.0))


def test_knee_lines_from_the_front_belong_to_the_leading_leg_of_a_lunge() -> None:
    report = make_scene(view="front", movement="lunge")
    overlay = plan_overlay(report, size=SIZE)
    at_turn = {wedge.angle.signal for wedge in overlay.at(turn_s(report)).wedges}
    assert at_turn == {"lateral_trunk_lean_deg", "fppa_left_deg"}
    assert {wedge.angle.signal for wedge in overlay.at(0.0).wedges} == {"lateral_trunk_lean_deg"}


def test_a_refused_view_shows_no_angles() -> None:
    report = make_scene()
    report = replace(report, view=replace(report.view, gate="refused"))
    moment = plan_overlay(report, size=SIZE).at(turn_s(report))
    assert moment.points
    assert not moment.wedges
    assert not moment.labels


# ---------------------------------------------------------------- labels


def box_of(label: Label) -> tuple[Array, Array]:
    half = np.array(label.pill.size) / 2
    return label.centre - half, label.centre + half


def every_moment(report: Report) -> tuple[Overlay, list[float]]:
    return plan_overlay(report, size=SIZE), list(report.track.time_s[::4])


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("movement", ["squat", "hinge", "lunge"])
def test_labels_cover_neither_joints_nor_face_nor_each_other(view: str, movement: str) -> None:
    report = make_scene(view=view, movement=movement)
    overlay, times = every_moment(report)
    head, radius = head_discs(report.track)
    shown = 0
    for time_s in times:
        moment, frame = overlay.at(time_s), int(np.searchsorted(report.track.time_s, time_s))
        assert len(moment.labels) <= 3
        boxes = [box_of(label) for label in moment.labels]
        for number, (low, high) in enumerate(boxes):
            shown += 1
            assert (low >= 0).all()
            assert (high <= SIZE).all()
            joints = np.array(
                [moment.points[name] for name in overlay.figure.joints if name in moment.points]
            )
            assert not ((joints > low) & (joints < high)).all(axis=1).any()
            nearest = np.clip(head[frame], low, high)
            assert np.hypot(*(nearest - head[frame])) > 0.9 * radius[frame]
            for other_low, other_high in boxes[:number]:
                assert (high <= other_low).any() or (low >= other_high).any()
    assert shown > 0.8 * len(times)


def test_labels_move_calmly() -> None:
    report = make_scene()
    overlay = plan_overlay(report, size=SIZE)
    for place in overlay.places:
        step_px = np.linalg.norm(np.diff(place.centre, axis=0), axis=1)
        body_px = np.abs(np.diff(report.track["left_hip"][:, 1])).max() * (
            np.diff(overlay.place_time_s[:2]) / np.diff(report.track.time_s[:2])
        )
        assert step_px.max() < 1.5 * body_px


@pytest.mark.parametrize(("language", "words"), [("en", "Knee"), ("de", "Knie")])
def test_a_label_names_the_angle_in_whole_degrees(language: str, words: str) -> None:
    report = make_scene()
    overlay = plan_overlay(report, size=SIZE, language=language)
    moment, value = overlay.at(turn_s(report)), report.signals["knee_flexion_left_deg"][report.reps[0].turn]
    knee = moment.wedges[0]
    expected = pill(
        (Span(words, knee.angle.colour), Span(f"{value:.0f}°", (255, 255, 255), 600, room="188°")),
        overlay.sizes.text,
    )
    np.testing.assert_array_equal(moment.labels[0].pill.picture, expected.picture)


def test_a_value_that_is_missing_has_no_label() -> None:
    report = make_scene()
    blank = np.full(len(report.track), np.nan)
    report = replace(report, signals={**report.signals, "knee_flexion_left_deg": blank})
    assert len(plan_overlay(report, size=SIZE).at(turn_s(report)).labels) == 2


def test_wellness_shows_no_numbers() -> None:
    report = make_scene()
    assert not plan_overlay(report, size=SIZE, profile="wellness").at(turn_s(report)).labels


# ---------------------------------------------------------------- words


def test_the_chip_counts_repetitions_and_names_the_phase() -> None:
    report = make_scene()
    overlay = plan_overlay(report, size=SIZE)
    first, second = report.reps
    times = report.track.time_s
    texts = {
        times[first.start] - 0.1: [],
        times[first.start] + 0.1: ["Rep 1 of 2 · down"],
        times[first.turn]: ["Rep 1 of 2 · bottom"],
        times[second.end] - 0.1: ["Rep 2 of 2 · up"],
    }
    for time_s, expected in texts.items():
        assert [chip.text for chip in overlay.chips if chip.shown_at(time_s)] == expected
        corner = changed(draw_overlay(grey(), overlay, time_s))[:50, :200]
        assert corner.any() == bool(expected)


def test_the_chip_says_when_a_repetition_is_not_judged() -> None:
    report = make_scene()
    report = replace(report, reps=(replace(report.reps[0], graded=False, reasons=("rep_gap",)),))
    assert all(chip.text.endswith("not judged") for chip in plan_overlay(report, size=SIZE).chips)


def test_a_finding_is_a_line_at_the_lower_edge_while_it_is_seen() -> None:
    report = make_scene(findings=(make_noted("heel_rise", "mild", (3.0, 6.0)),))
    overlay, plain = (plan_overlay(r, size=SIZE) for r in (report, replace(report, findings=())))
    for time_s, seen in ((2.9, False), (3.1, True), (5.9, True), (6.1, False)):
        differs = draw_overlay(grey(), overlay, time_s) != draw_overlay(grey(), plain, time_s)
        rows = np.flatnonzero(differs.any(axis=(1, 2)))
        assert bool(len(rows)) == seen
        assert not seen or rows.min() > 0.9 * SIZE[1]


@pytest.mark.parametrize(
    ("grade", "clinician", "wellness"),
    [("none", 0, 0), ("not_graded", 0, 0), ("possible", 1, 0), ("mild", 1, 1), ("marked", 1, 1)],
)
def test_only_what_was_noticed_is_told_and_only_clinicians_hear_of_possible(
    grade: str, clinician: int, wellness: int
) -> None:
    report = make_scene(findings=(make_noted("heel_rise", grade, (0.0, 9.0)),))
    assert len(plan_overlay(report, size=SIZE).at(1.0).notes) == clinician
    assert len(plan_overlay(report, size=SIZE, profile="wellness").at(1.0).notes) == wellness


def test_at_most_two_findings_are_told_at_once_the_strongest_first() -> None:
    always = (0.0, 99.0)
    grades = {"heel_rise": "mild", "hips_rise_first": "marked", "limited_shank_travel": "moderate"}
    report = make_scene(findings=tuple(make_noted(id, grade, always, always) for id, grade in grades.items()))
    overlay = plan_overlay(report, size=SIZE)
    by_id = {id: next(n for n in overlay.notes if n.text == say(f"finding.{id}.noticed")) for id in grades}
    assert overlay.at(1.0).notes == by_id["hips_rise_first"].pills + by_id["limited_shank_travel"].pills


def test_text_has_every_letter_it_needs() -> None:
    unknown = pill((Span("?", (255, 255, 255)),), 20).picture
    for letter in "°äöüÄÖÜß–−·~éñłčČžşğ":
        known = pill((Span(letter, (255, 255, 255)),), 20).picture
        assert known.shape != unknown.shape or (known != unknown).any(), letter


def test_long_texts_are_broken_between_words() -> None:
    text = "The trunk leaned further forward than the shank"
    lines = wrap(text, 20, 200)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(text_width(line, 20) <= 200 for line in lines)
