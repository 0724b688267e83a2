"""Ways down and up in one signal, cut with known truth."""

import itertools

import numpy as np
import pytest

from movement_lab.cycles import bottom_of, find_cycles
from movement_lab.knowledge import load_grading

RULES = load_grading().repetition
RATE_HZ = 30


def wave(*depths, down_s=1.0, hold_s=0.3, up_s=1.0, rest_s=0.6):
    """A signal that goes down to each depth and back to 0, at 30 Hz."""
    pieces = [np.zeros(round(rest_s * RATE_HZ))]
    for depth in depths:
        fall = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, round(down_s * RATE_HZ), endpoint=False))
        rise = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, round(up_s * RATE_HZ), endpoint=False))
        pieces += [
            depth * fall,
            np.full(round(hold_s * RATE_HZ), float(depth)),
            depth * rise,
            np.zeros(round(rest_s * RATE_HZ)),
        ]
    return np.concatenate(pieces)


def cycles(signal, min_depth=0.1):
    return find_cycles(signal, min_depth=min_depth, rules=RULES)


def test_every_wave_is_found_with_its_turn_in_the_middle_of_the_hold():
    found = cycles(wave(1, 0.9, 1.1))
    period = 2.9  # seconds from one rest to the next
    expected = [0.6 + 1.0 + 0.15 + k * period for k in range(3)]
    assert np.allclose([c.turn / RATE_HZ for c in found], expected, atol=0.07)
    assert all(c.returned and not c.cut_at_start and not c.cut_at_end for c in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_noise_makes_no_extra_cycles():
    rng = np.random.default_rng(0)
    signal = wave(1, 1, 1) + rng.normal(0, 0.03, len(wave(1, 1, 1)))
    assert len(cycles(signal)) == 3


def test_small_dips_are_not_counted():
    assert len(cycles(wave(1, 0.2, 1))) == 2
    assert cycles(wave(0.05, 0.05)) == []


def test_a_half_lift_stays_inside_its_repetition():
    signal = wave(1)
    turn = len(signal) // 2
    signal[turn - 10 : turn + 10] -= 0.35 * np.hanning(20)
    assert len(cycles(np.concatenate([wave(1), signal]))) == 2


@pytest.mark.parametrize(("kept_share", "count"), [(0.3, 1), (0.95, 2)])
def test_a_cut_at_the_end_counts_only_once_it_has_turned_and_come_up(kept_share, count):
    signal = wave(1, 1)
    last_turn = round((0.6 + 2.9 + 1.0 + 0.3) * RATE_HZ)
    cut = signal[: last_turn + round(kept_share * 1.0 * RATE_HZ)]
    assert len(cycles(cut)) == count


def test_no_return_is_noticed():
    signal = wave(1, 1, 1, 1)
    second_rest = slice(round((0.6 + 2.9 + 1.6) * RATE_HZ), round((0.6 + 2.9 + 3.2) * RATE_HZ))
    signal[second_rest] = np.maximum(signal[second_rest], 0.35)
    assert [c.returned for c in cycles(signal)] == [True, False, False, True]


@pytest.mark.parametrize("reps", [2, 3])
def test_split_squats_return_to_their_own_top(reps):
    stand, step = np.zeros(60), np.linspace(0, 0.15, 20)
    signal = np.concatenate([stand, step, 0.15 + wave(*[0.1] * reps)])
    found = cycles(signal, min_depth=0.09)
    assert len(found) == reps
    assert all(c.returned and not c.cut_at_end for c in found)


def test_nothing_seen_is_nothing_found():
    assert cycles(np.full(50, np.nan)) == []
    assert cycles(np.zeros(0)) == []


def test_the_bottom_is_the_slow_part():
    signal = wave(1)
    cycle = cycles(signal)[0]
    time_s = np.arange(len(signal)) / RATE_HZ
    start, end = bottom_of(cycle, signal, time_s, speed_pct=10)
    assert 0.3 <= (end - start) / RATE_HZ <= 0.6
    assert start <= cycle.turn < end


@pytest.mark.parametrize(("down_s", "up_s"), [(5.0, 0.5), (4.0, 0.6), (0.8, 6.0)])
def test_a_slow_way_is_no_bottom_because_the_other_was_fast(down_s, up_s):
    signal = wave(1, down_s=down_s, hold_s=0.0, up_s=up_s)
    (cycle,) = cycles(signal)
    start, end = bottom_of(cycle, signal, np.arange(len(signal)) / RATE_HZ, speed_pct=10)
    assert start <= cycle.turn < end
    assert signal[start:end].min() > 0.97


def test_creeping_further_down_after_a_drop_is_no_bottom_until_nearly_there():
    down = np.concatenate([np.linspace(0, 0.5, 10), np.linspace(0.5, 1, 90)])
    signal = np.concatenate([np.zeros(20), down, np.linspace(1, 0, 30), np.zeros(20)])
    (cycle,) = cycles(signal)
    start, _ = bottom_of(cycle, signal, np.arange(len(signal)) / RATE_HZ, speed_pct=15)
    assert signal[start] == pytest.approx(0.85, abs=0.01)


def test_a_hold_just_above_the_deepest_frame_of_a_drop_belongs_to_the_bottom():
    drop, rise = [0.5, 1.0, 0.98, 0.96], np.linspace(0.95, 0, 5)
    signal = np.concatenate([np.zeros(20), drop, np.full(28, 0.95), rise, np.zeros(20)])
    (cycle,) = cycles(signal)
    assert signal[cycle.turn] == 1
    start, end = bottom_of(cycle, signal, np.arange(len(signal)) / RATE_HZ, speed_pct=10)
    assert start == cycle.turn
    assert end - start > 25


def test_the_bottom_ends_where_nothing_was_seen():
    signal = wave(1, hold_s=1.0)
    (cycle,) = cycles(signal)
    seen = np.where(np.abs(np.arange(len(signal)) - cycle.turn - 9) <= 3, np.nan, signal)
    start, end = bottom_of(cycle, seen, np.arange(len(signal)) / RATE_HZ, speed_pct=10)
    assert start < cycle.turn - 10
    assert end <= cycle.turn + 6
    nothing = np.full(len(signal), np.nan)
    assert bottom_of(cycle, nothing, np.arange(len(signal)) / RATE_HZ, speed_pct=10) == (
        cycle.turn,
        cycle.turn + 1,
    )
