import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from movement_lab.geometry import angle_between, bend, distance_from_line, inclination, tilt, wrap, yaw

degrees = st.floats(-175, 175)
lengths = st.floats(1, 500)


def towards(angle_deg, length=100.0, facing=1):
    """A point that leans ``angle_deg`` forward of vertical from the origin, y down."""
    a = np.radians(angle_deg)
    return np.array([[facing * length * np.sin(a), -length * np.cos(a)]])


ORIGIN = np.zeros((1, 2))


@given(degrees, lengths, st.sampled_from([1, -1]))
def test_inclination_is_the_lean_that_was_drawn(angle, length, facing):
    assert inclination(ORIGIN, towards(angle, length, facing), facing=facing)[0] == pytest.approx(
        angle, abs=1e-6
    )


@given(degrees, lengths, st.floats(-900, 900), st.floats(-900, 900))
def test_inclination_does_not_care_where_or_how_large(angle, length, dx, dy):
    shift = np.array([[dx, dy]])
    moved = inclination(ORIGIN + shift, towards(angle, length) + shift, facing=1)[0]
    assert moved == pytest.approx(angle, abs=1e-4)


def test_right_side_up_tilts_plus_whichever_way_the_person_faces():
    left, right = np.array([[100.0, 50.0]]), np.array([[0.0, 40.0]])  # facing the camera, right end higher
    assert tilt(left, right)[0] == pytest.approx(np.degrees(np.arctan(0.1)))
    away_left, away_right = np.array([[0.0, 50.0]]), np.array([[100.0, 40.0]])
    assert tilt(away_left, away_right)[0] == pytest.approx(np.degrees(np.arctan(0.1)))


@pytest.mark.parametrize("turn", [-120, -30, 0, 45, 120])
def test_bend_is_signed_and_zero_when_straight(turn):
    a = np.radians(turn)
    end = np.array([[10.0, 0.0]]) + 10 * np.array([[np.cos(a), np.sin(a)]])  # y down: clockwise on the screen
    assert bend(ORIGIN, np.array([[10.0, 0.0]]), end)[0] == pytest.approx(turn)


def test_angle_between_is_unsigned():
    down, forward = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    assert angle_between(down, forward)[0] == pytest.approx(90)
    assert angle_between(forward, down)[0] == pytest.approx(90)


def test_distance_from_a_line_has_a_side():
    start, end = np.array([[0.0, 0.0]]), np.array([[0.0, 10.0]])  # downwards on the screen
    assert distance_from_line(np.array([[-3.0, 4.0]]), start, end)[0] == pytest.approx(3)
    assert distance_from_line(np.array([[3.0, 4.0]]), start, end)[0] == pytest.approx(-3)


def test_yaw_grows_when_turning_left():
    facing_camera = np.array([[-1.0, 0.0, 0.0]])  # the line from left to right hip
    a = np.radians(20)  # counter-clockwise from above: the right side comes towards the camera
    turned = np.array([[-np.cos(a), 0.0, np.sin(a)]])
    assert wrap(yaw(turned) - yaw(facing_camera))[0] == pytest.approx(20)


@pytest.mark.parametrize(
    "function",
    [lambda p: inclination(p, p + 1, facing=1), lambda p: tilt(p, p + 1), lambda p: bend(p, p + 1, p)],
)
def test_not_seen_stays_not_seen(function):
    points = np.array([[np.nan, 1.0], [1.0, 2.0]])
    assert np.isnan(function(points)[0])
    assert np.isfinite(function(points)[1])
