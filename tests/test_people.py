"""Whom to follow, from boxes whose truth is known."""

import numpy as np
import pytest

from movement_lab.people import choose_person, find_people
from movement_lab.records import Pose


def somebody(x, *, height=400.0, top=100.0, time_s=0.0, score=1.0):
    """A pose whose points fill a box centred at ``x``."""
    rng = np.random.default_rng(0)
    xy = np.column_stack([x + rng.uniform(-0.15, 0.15, 33) * height, top + rng.uniform(0, 1, 33) * height])
    xy[0, 1], xy[32, 1] = top, top + height
    return Pose(time_s, xy, np.zeros((33, 3)), np.full(33, score))


def looks(*frames):
    return [(float(k), poses) for k, poses in enumerate(frames)]


def test_people_are_numbered_from_left_to_right():
    people = find_people(looks(*[[somebody(900), somebody(300)]] * 4))
    assert [p.number for p in people] == [1, 2]
    assert people[0].boxes[:, 0].mean() < people[1].boxes[:, 0].mean()
    assert [p.seen_share for p in people] == [1, 1]


def test_the_larger_one_is_followed():
    people = find_people(looks(*[[somebody(300, height=200), somebody(900, height=500)]] * 4))
    assert choose_person(people).number == 2


def test_the_one_who_stays_is_followed():
    both, alone = [somebody(300), somebody(900)], [somebody(300)]
    assert choose_person(find_people(looks(both, both, alone, alone))).number == 1


def test_somebody_found_twice_is_one_person():
    assert len(find_people(looks(*[[somebody(300), somebody(305)]] * 3))) == 1


def test_a_person_walking_alone_stays_one_person():
    assert len(find_people(looks(*[[somebody(x)] for x in (100, 500, 900, 1300)]))) == 1


def test_an_unsure_shape_is_nobody():
    people = find_people(looks(*[[somebody(300, score=0.3)]] * 3))
    assert people == ()
    assert choose_person(people) is None


def test_the_window_holds_the_person_all_along():
    person = find_people(looks([somebody(300)], [somebody(400)], [somebody(500)]))[0]
    left, top, right, bottom = person.window(0.2, 1.8, (1920, 1080))
    for t in (0.2, 1.0, 1.8):
        box = person.box_at(t)
        assert left <= box[0]
        assert right >= box[2]
        assert top <= box[1]
        assert bottom >= box[3]


@pytest.mark.parametrize("size", [(320, 240), (400, 500)])
def test_the_window_stays_in_the_picture(size):
    person = find_people(looks([somebody(300)], [somebody(310)]))[0]
    left, top, right, bottom = person.window(0, 1, size)
    assert 0 <= left < right <= size[0]
    assert 0 <= top < bottom <= size[1]


def test_the_window_leaves_room_for_somebody_folded_to_stand_up():
    folded = [somebody(500, height=150, top=450)]
    left, top, right, bottom = find_people(looks(folded, folded))[0].window(0, 1, (1000, 700))
    assert top <= 600 - 2 * 150
    assert bottom >= 600
    assert left < 500 - 75 < 500 + 75 < right
