"""Repetitions with a known share, order and pace, for the tests of coordination."""

import numpy as np

from movement_lab.coordination import Bend, spine_curves
from movement_lab.coordination.readings import Stretch
from movement_lab.records import Rep

RATE_HZ = 60.0
TOP_S, DOWN_S, HOLD_S, UP_S = 0.6, 1.5, 0.2, 1.5
CYCLE_S = TOP_S + DOWN_S + HOLD_S + UP_S + TOP_S
SPINE_SHARE = Stretch("spine", "stickers")


def ease(u):
    """Minimum-jerk way from 0 to 1."""
    u = np.clip(u, 0, 1)
    return u**3 * (10 - 15 * u + 6 * u**2)


def cycle(t, *, lag_s=0.0, lag_up_s=0.0):
    """Standing, down, hold, up, standing, as a share of the range; later by ``lag_s`` on the way down."""
    down = ease((t - TOP_S - lag_s) / DOWN_S)
    return down - ease((t - TOP_S - DOWN_S - HOLD_S - lag_up_s) / UP_S)


def one_cycle():
    return np.arange(0, CYCLE_S, 1 / RATE_HZ)


def spine(time_s, hip, lumbar, *, trunk=None, sd=4.0, sum_sd=0.0, method="stickers"):
    trunk = hip + lumbar if trunk is None else trunk
    return spine_curves(
        time_s, hip_deg=hip, lumbar_deg=lumbar, trunk_deg=trunk, hip_sd_deg=sd, lumbar_sd_deg=sd,
        sum_sd_deg=sum_sd, method=method,
    )  # fmt: skip


def frame(seconds):
    return round(seconds * RATE_HZ)


def bend(hip, lumbar, **options):
    """One repetition from curves over one cycle."""
    curves = spine(one_cycle(), hip, lumbar, **options)
    return Bend(curves, frame(TOP_S), frame(TOP_S + DOWN_S + HOLD_S / 2), frame(CYCLE_S - TOP_S))


def plain_bend(hip_deg=70.0, lumbar_deg=40.0, *, lag_s=0.0, lag_up_s=0.0, **options):
    t = one_cycle()
    return bend(hip_deg * cycle(t), lumbar_deg * cycle(t, lag_s=lag_s, lag_up_s=lag_up_s), **options)


def set_of(count, make):
    """Curves and repetitions of a whole set; ``make(number, t)`` gives hip and lumbar of one cycle."""
    t = one_cycle()
    parts = [make(number, t) for number in range(count)]
    hip, lumbar = (np.concatenate(each) for each in zip(*parts, strict=True))
    n = len(t)
    start, turn, end = frame(TOP_S), frame(TOP_S + DOWN_S + HOLD_S / 2), frame(CYCLE_S - TOP_S)
    reps = [Rep(k + 1, k * n + start, k * n + turn, k * n + end) for k in range(count)]
    return spine(np.arange(len(hip)) / RATE_HZ, hip, lumbar), reps
