"""The set-up coach: figures filmed from known places, and what it says of them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from movement_lab.knowledge import load_grading
from movement_lab.live.coach import CHECKS, LASTING, REMINDERS, URGENCY, coach, next_sentence, remember
from movement_lab.live.looking import PictureLook, grey_of, look_at, roll_of
from movement_lab.live.table import load_live
from movement_lab.synthetic import Camera, film, repetitions, standing_still
from movement_lab.wording import LANGUAGES, keys

SIZE = (640, 480)
HIP_M = 0.9
FINE = PictureLook(130, 110, 135, 0.4, 1)


def camera(*, distance_m=3.0, **changes):
    """A usual lens ``distance_m`` away from where it aims, at hip height unless told otherwise."""
    focal_px = load_live().distance.focal_share * max(SIZE)
    placed = {"view": "right", "height_m": HIP_M, "size": SIZE, "distance_m": distance_m}
    return Camera(**{**placed, "px_per_m": focal_px / distance_m, **changes})


def filmed(motion=None, **changes):
    return film(motion or standing_still(seconds=3.0), camera(**changes))


def check(id, track, look=FINE, wanted="side"):
    return next(each for each in coach(track, look, wanted=wanted) if each.id == id)


def test_all_is_as_it_should_be():
    checks = coach(filmed(), FINE)
    assert [each.id for each in checks] == list(CHECKS)
    assert {each.state for each in checks if each.id not in REMINDERS} == {"ok"}
    assert next_sentence(checks) is None


def test_without_pictures_or_people_nothing_is_claimed():
    track = filmed()
    empty = replace(track, xy=np.full_like(track.xy, np.nan), xyz=np.full_like(track.xyz, np.nan))
    for recent in (None, empty):
        checks = coach(recent)
        assert next_sentence(checks).sentence == "step_in"
        assert {each.state for each in checks if each.id != "body"} == {"unknown"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"height_m": 1.6}, "show_feet"),
        ({"height_m": 0.2}, "show_head"),
        ({"distance_m": 1.4}, "step_back"),
        ({"aim_ahead_m": 1.9}, "to_the_middle"),
    ],
)
def test_who_is_cut_off_is_told_what_to_do(changes, sentence):
    found = check("body", filmed(**changes))
    assert (found.state, found.sentence) == ("attention", sentence)


@pytest.mark.parametrize("view", ["left", "right", "front"])
@pytest.mark.parametrize("yaw_deg", [-50, -20, -8, 8, 20, 50])
def test_yaw_is_measured_and_the_way_to_turn_is_right(view, yaw_deg):
    # The camera stands further round, counter-clockwise seen from above: the person follows by turning left.
    found = check("view", filmed(view=view, yaw_deg=yaw_deg), wanted=view)
    assert found.values["degrees"] == pytest.approx(abs(yaw_deg), abs=4)
    if abs(yaw_deg) < load_grading().gate_full_deg:
        assert (found.state, found.sentence) == ("ok", "")
    else:
        much = "turn" if abs(yaw_deg) > load_live().view.far_off_deg else "turn_a_little"
        assert found.sentence == f"{much}_{'left' if yaw_deg > 0 else 'right'}"


def test_either_side_will_do_unless_one_was_asked_for():
    assert check("view", filmed(view="left")).state == "ok"
    assert check("view", filmed(view="right")).state == "ok"
    assert check("view", filmed(view="left"), wanted="right").state == "attention"
    assert check("view", filmed(view="front")).state == "attention"


@pytest.mark.parametrize(
    ("roll_deg", "state"), [(0.5, "ok"), (-2.9, "ok"), (4.0, "attention"), (-9.0, "attention")]
)
def test_lines_of_the_room_tell_whether_the_camera_is_level(roll_deg, state):
    assert check("level", filmed(), replace(FINE, roll_deg=roll_deg)).state == state


@pytest.mark.parametrize(("roll_deg", "state"), [(0, "ok"), (4, "ok"), (14, "attention")])
def test_without_lines_a_standing_body_tells_a_large_tilt_only(roll_deg, state):
    assert check("level", filmed(roll_deg=roll_deg), replace(FINE, roll_deg=math.nan)).state == state


@pytest.mark.parametrize(
    ("pitch_deg", "sentence"), [(0, ""), (6, ""), (20, "lower_camera"), (-14, "raise_camera")]
)
def test_the_height_of_the_lens(pitch_deg, sentence):
    # It looks at the hips from above or below: so much higher or lower it stands.
    found = check("height", filmed(pitch_deg=pitch_deg))
    assert found.sentence == sentence
    if sentence:
        above_m = 3.0 * math.sin(math.radians(pitch_deg))
        assert found.values["metres"] == pytest.approx(abs(above_m), abs=0.25)


def test_a_level_camera_that_stands_too_low():
    assert check("height", filmed(height_m=0.35, distance_m=4.0)).sentence == "raise_camera"


@pytest.mark.parametrize(
    ("distance_m", "sentence"), [(1.5, "step_back"), (3.0, ""), (4.0, ""), (7.0, "come_closer")]
)
def test_distance(distance_m, sentence):
    found = check("distance", filmed(distance_m=distance_m))
    assert found.sentence == sentence
    assert found.values["metres"] == pytest.approx(distance_m, abs=0.5)


@pytest.mark.parametrize(
    ("look", "figure"),
    [
        (PictureLook(30, 20, 31), "dark"),
        (PictureLook(240, 230, 241), "bright"),
        (PictureLook(160, 40, 170), "backlit"),
        (PictureLook(120, 80, 125), "enough"),
    ],
)
def test_light(look, figure):
    found = check("light", filmed(), look)
    assert (found.figure, found.state) == (figure, "ok" if figure == "enough" else "attention")
    assert check("light", None, look).figure == figure


@pytest.mark.parametrize(
    ("people", "state"), [(None, "unknown"), (0, "unknown"), (1, "ok"), (3, "attention")]
)
def test_one_person(people, state):
    assert check("person", filmed(), replace(FINE, people=people)).state == state


def test_standing_still_is_counted_in_tenths_of_seconds():
    found = check("still", filmed(standing_still(seconds=1.0)))
    assert (found.state, found.values["seconds"]) == ("unknown", pytest.approx(0.9, abs=0.11))
    assert check("still", filmed(standing_still(seconds=2.5))).state == "ok"


def test_who_moves_or_stays_down_does_not_stand():
    track = filmed(repetitions("squat", reps=1, standing_s=2.5))
    moving = track.time_s < 3.2
    cut = replace(
        track,
        time_s=track.time_s[moving],
        xy=track.xy[moving],
        xyz=track.xyz[moving],
        score=track.score[moving],
    )
    assert check("still", cut).values["seconds"] < 0.3


def test_what_is_known_of_the_camera_stays_while_somebody_moves():
    track = filmed(repetitions("squat", reps=1, standing_s=2.5), pitch_deg=20)
    before = coach(filmed(pitch_deg=20), replace(FINE, roll_deg=math.nan))
    down = track.time_s < 3.2
    cut = replace(
        track, time_s=track.time_s[down], xy=track.xy[down], xyz=track.xyz[down], score=track.score[down]
    )
    moving = coach(cut, replace(FINE, roll_deg=math.nan))
    assert {check.id for check in moving if check.state == "unknown"} == {*LASTING, "clothes", "still"}
    kept = {check.id: check for check in remember(moving, before)}
    assert kept["height"].sentence == "lower_camera"
    assert kept["still"].state == "unknown"
    assert remember(moving, ()) == moving


def test_what_spoils_the_rest_is_said_first():
    checks = coach(filmed(yaw_deg=20, height_m=1.6), replace(FINE, people=2, luminance=20))
    assert next_sentence(checks).id == "body"
    checks = coach(filmed(yaw_deg=20), replace(FINE, people=2))
    assert next_sentence(checks).id == "person"
    assert set(URGENCY) == set(CHECKS) - REMINDERS


def test_every_sentence_figure_and_cost_has_its_words():
    import inspect
    import re

    from movement_lab.live import coach as module

    ids = set(re.findall(r'"([a-z_]+)"', inspect.getsource(module))) | {
        f"{much}_{way}" for much in ("turn", "turn_a_little") for way in ("left", "right")
    }
    for language in LANGUAGES:
        words = keys(language)
        sentences = {key.split(".")[-1] for key in words if key.startswith("live.sentence.")}
        assert {
            id for id in ids if id.startswith(("turn_", "step_", "show_", "raise_", "lower_"))
        } <= sentences | {"turn_a_little"}
        for profile in ("clinician", "wellness"):
            for id in set(URGENCY) - {"view"} | {"view_widened", "view_refused", "nobody"}:
                assert f"{profile}.live.cost.{id}" in words


@pytest.mark.parametrize("lean_deg", [-7, 0, 2, 6])
def test_upright_lines_tell_the_tilt(lean_deg):
    y, x = np.mgrid[0:480, 0:640]
    across = (x - 320) * math.cos(math.radians(lean_deg)) + (y - 240) * math.sin(math.radians(lean_deg))
    grey = 90 + 80 * (np.sin(across / 25) > 0) + np.random.default_rng(1).normal(0, 2, x.shape)
    image = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    assert look_at(image, None, 1).roll_deg == pytest.approx(lean_deg, abs=0.7)


def test_a_bare_wall_tells_no_tilt():
    noise = np.random.default_rng(2).normal(128, 3, (480, 640, 1)).clip(0, 255).astype(np.uint8)
    grey = grey_of(np.repeat(noise, 3, axis=2))
    assert math.isnan(roll_of(grey, np.ones(grey.shape, bool)))


def test_the_persons_own_limbs_are_no_plumb_line():
    image = np.full((480, 640, 3), 120, np.uint8)
    image[60:440, 300:330] = 20  # somebody, upright
    assert math.isnan(look_at(image, (280.0, 40.0, 350.0, 460.0), 1).roll_deg)
    assert look_at(image, (280.0, 40.0, 350.0, 460.0), 1).body_luminance < 100
