"""Counting over a session that is longer than the window: nothing twice, nothing lost."""

from dataclasses import replace

import numpy as np
import pytest

from movement_lab.live.counting import Counted, count_on, reps_of
from movement_lab.live.judging import Judged, judge_window
from movement_lab.live.phases import PhaseFollower, phase_of
from movement_lab.live.table import load_live
from movement_lab.live.values import LIVE_TIERS, handed_on
from movement_lab.live.window import Window
from movement_lab.live.wire import Seen, nobody, pack_seen, unpack_seen
from movement_lab.pipeline import Declared, assess
from movement_lab.records import Pose, Standing
from movement_lab.synthetic import Camera, Tempo, film, repetitions

SIZE = (640, 480)
CAMERA = Camera(view="right", size=SIZE, px_per_m=200)


def poses_of(track):
    frames = zip(track.time_s, track.xy, track.xyz, track.score, strict=True)
    return [Pose(float(t), xy, xyz, score) for t, xy, xyz, score in frames]


def run(track, *, every=10, declared=None):
    """Put a track through window, judging and phases as the processes do; the window comes at looks only."""
    window, judged, phases = Window(), Judged(), PhaseFollower()
    for number, pose in enumerate(poses_of(track), start=1):
        window.add(pose, SIZE)
        phase = phases.follow(pose, judged.reach)
        looked = number % every == 0
        if looked:
            judged = judge_window(judged, window.track(), slid=window.slid, declared=declared)
        yield pose.time_s, judged, phase, window if looked else None


@pytest.mark.parametrize("every", [15, 40])
@pytest.mark.parametrize("movement", ["squat", "hinge", "lunge"])
def test_a_long_set_is_counted_once(movement, every):
    motion = repetitions(movement, reps=7, rate_hz=20)
    counts, last = [], None
    for time_s, judged, _, window in run(film(motion, CAMERA, noise_px=0.7, seed=every), every=every):
        if window is None:
            continue
        over = sum(rep.end_s <= time_s + 0.05 for rep in motion.reps)
        assert len(judged.reps) <= over + 1  # counted when nearly upright again, never before
        counts.append(len(judged.reps))
        last = judged
    assert counts == sorted(counts)
    assert len(last.reps) == 7
    assert [rep.turn_s for rep in last.reps] == pytest.approx([rep.turn_s for rep in motion.reps], abs=0.25)


def test_quick_and_slow_repetitions_and_a_long_break_between_two_sets():
    quick = repetitions(
        "squat", reps=5, rate_hz=20, tempo=Tempo(down_s=0.8, hold_s=0.1, up_s=0.7, rest_s=0.3)
    )
    slow = repetitions("squat", reps=2, rate_hz=20, standing_s=14.0, tempo=Tempo(down_s=3.0, up_s=2.5))
    first, second = film(quick, CAMERA), film(slow, CAMERA)
    later_s = first.time_s[-1] + 0.05
    joined = replace(
        first,
        time_s=np.concatenate([first.time_s, second.time_s + later_s]),
        xy=np.concatenate([first.xy, second.xy]),
        xyz=np.concatenate([first.xyz, second.xyz]),
        score=np.concatenate([first.score, second.score]),
    )
    *_, (_, judged, _, _) = run(joined, every=15)
    turns_s = [rep.turn_s for rep in quick.reps] + [rep.turn_s + later_s for rep in slow.reps]
    assert [rep.turn_s for rep in judged.reps] == pytest.approx(turns_s, abs=0.3)


def test_standing_is_found_once_and_handed_on():
    motion = repetitions("squat", reps=4, rate_hz=20, standing_s=3.0)
    looks = [(judged, window.slid) for _, judged, _, window in run(film(motion, CAMERA)) if window]
    sure = [judged.standing for judged, _ in looks if judged.standing and not judged.standing.reasons]
    assert {id(each) for each in sure} == {id(sure[0])}
    assert looks[-1][1]  # the window no longer shows it
    assert looks[-1][0].standing.end_s < 3.5


def test_a_short_standing_serves_until_a_sure_one_is_found():
    none, short, sure = Standing(False), Standing(True, reasons=("standing_short",)), Standing(True)
    assert handed_on(None, none) is None
    assert handed_on(None, short) is short
    assert handed_on(short, none) is short
    assert handed_on(short, sure) is sure
    assert handed_on(sure, Standing(True, 9.0, 12.0)) is sure


def test_live_values_are_the_measured_ones_rounded_to_five_degrees():
    motion = repetitions("squat", reps=3, rate_hz=25)
    truth = motion.truth(near="right")
    step_deg, before_s = load_live().values.step_deg, load_live().values.before_s
    compared = 0
    for time_s, judged, _, window in run(film(motion, CAMERA)):
        for value in judged.values if window else ():
            assert value.degrees % step_deg == 0
            assert value.tier in LIVE_TIERS
            true = np.interp([time_s - before_s, 0.5], motion.time_s, truth[value.signal])
            assert abs(value.degrees - (true[0] - true[1])) < step_deg / 2 + 4
            compared += 1
    assert compared > 60


def test_phases_follow_one_another():
    motion = repetitions("squat", reps=4, rate_hz=25)
    phases = [phase for _, _, phase, _ in run(film(motion, CAMERA))]
    steps = [phase for phase, before in zip(phases[1:], phases, strict=False) if phase != before]
    assert steps == ["down", "bottom", "up", "set"] * 4


def test_a_phase_holds_where_nothing_is_seen():
    assert phase_of(float("nan"), 0.0, "bottom") == "bottom"
    follower = PhaseFollower()
    assert follower.follow(nobody(1.0), None) == "set"


def test_the_window_forgets_and_never_grows():
    track = film(repetitions("squat", reps=2, rate_hz=30), CAMERA)
    window, poses = Window(), poses_of(track)
    for number in range(30_000):
        pose = poses[number % len(poses)]
        window.add(replace(pose, time_s=number / 30), SIZE)
    longest = load_live().window
    assert len(window) <= min(longest.most_poses, longest.live_s * 30 + 1)
    assert window.slid
    window.add(replace(poses[0], time_s=5.0), SIZE)  # older than the last: left out
    assert window.track().time_s[-1] == pytest.approx(29_999 / 30)
    window.add(replace(poses[0], time_s=2000.0), (480, 640))
    assert len(window) == 1
    assert window.track().size == (480, 640)


def test_a_session_no_longer_than_the_window_counts_as_the_report_does():
    track = film(repetitions("lunge", reps=3, rate_hz=20, standing_s=1.5, end_s=0.8), CAMERA, noise_px=0.5)
    keep = track.time_s < load_live().window.live_s
    short = replace(
        track, time_s=track.time_s[keep], xy=track.xy[keep], xyz=track.xyz[keep], score=track.score[keep]
    )
    declared = Declared(movement="lunge")
    *_, (_, judged, _, _) = run(short, every=len(short), declared=declared)
    assert judged.reps == reps_of(assess(short, declared))


def test_what_left_the_window_stays_and_its_tail_is_not_counted_again():
    old, new = Counted(0.0, 1.0, 2.0), Counted(12.0, 13.0, 14.0)
    tail = Counted(4.0, 4.2, 5.0, begun_before=True)
    long_one = Counted(4.5, 5.5, 6.5)
    looked = {"window_start_s": 4.0, "edge_s": 1.0, "slid": True}
    assert count_on((old, long_one), [tail, new], **looked) == (old, long_one, new)
    assert count_on((old,), [Counted(3.9, 5.0, 6.0)], **looked)[-1].turn_s == 5.0
    assert count_on((), [tail], window_start_s=4.0, edge_s=1.0, slid=False) == (tail,)


def test_poses_travel_exactly():
    pose = poses_of(film(repetitions("hinge", reps=1), CAMERA, noise_px=1.0, seed=4))[40]
    seen = unpack_seen(pack_seen(Seen(pose, SIZE, 1.25, 20.5)))
    for name in ("xy", "xyz", "score"):
        np.testing.assert_array_equal(getattr(seen.pose, name), getattr(pose, name))
    assert (seen.pose.time_s, seen.size, seen.pose_ms, seen.found) == (pose.time_s, SIZE, 20.5, True)
    blank = unpack_seen(pack_seen(Seen(nobody(2.0), SIZE, 1.0, 2.0)))
    assert not blank.found
    assert np.isnan(blank.pose.xy).all()


def test_nobody_in_the_window_changes_nothing():
    window = Window()
    for number in range(40):
        window.add(nobody(number / 20), SIZE)
    before = Judged(reps=(Counted(0.0, 1.0, 2.0),))
    assert judge_window(before, window.track(), slid=False).reps == before.reps
