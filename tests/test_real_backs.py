"""The page about real backs: folds above hinges, interval against interval; loops that agree."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "real_backs.py"


@pytest.fixture(scope="module")
def real_backs():
    spec = importlib.util.spec_from_file_location("real_backs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["real_backs"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["real_backs"]


def found(script, *, fold=(50.0, 70.0), hinge=(20.0, 40.0), turns=(60.0, 61.0)):
    folds = script.Read(script.Filmed("a", "s", "fold", "fold", looped=True), list(turns), *fold)
    hinges = script.Read(script.Filmed("b", "s", "hinge", "hinge"), [30.0], *hinge)
    withheld = script.Read(script.Filmed("c", "s", "fold", "fold"), why="Not seen.")
    return [folds, hinges, withheld]


def test_folds_apart_and_loops_alike_hold(real_backs):
    assert [ok for ok, _ in real_backs.verdicts(found(real_backs))] == [True, True]


def test_intervals_that_touch_are_missed(real_backs):
    assert not real_backs.verdicts(found(real_backs, hinge=(20.0, 51.0)))[0][0]


def test_loops_that_differ_are_missed(real_backs):
    assert not real_backs.verdicts(found(real_backs, turns=(60.0, 62.5)))[1][0]


def test_a_looped_squat_is_asked_to_agree_but_not_to_lie_above_the_hinges(real_backs):
    squat = real_backs.Filmed("d", "s", "squat", "squat", looped=True)
    rows = real_backs.verdicts([*found(real_backs), real_backs.Read(squat, [30.0, 33.0], 25.0, 35.0)])
    assert [ok for ok, _ in rows] == [True, True, False]


@pytest.mark.parametrize("turns", [(), (60.0,)])
def test_a_loop_of_which_next_to_nothing_was_read_is_missed(real_backs, turns):
    held, line = real_backs.verdicts(found(real_backs, turns=turns))[1]
    assert not held
    assert f"{len(turns)} repetitions" in line


def test_nothing_read_is_nothing_held(real_backs):
    assert not real_backs.verdicts(found(real_backs)[:1])[0][0]
    assert not real_backs.verdicts(found(real_backs)[2:])[0][0]


def test_what_was_withheld_is_on_the_page_with_its_reason(real_backs):
    page = real_backs.page(found(real_backs))
    assert "| withheld | – | Not seen. |" in page
    assert "50 to 70°" in page
