"""What a person says about a clip is honoured exactly, said in the report, and survives being stored."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from movement_lab.declared import Declared, MarkedRep
from movement_lab.errors import UsageError
from movement_lab.exporters.json import rep_seconds, report_to_dict
from movement_lab.exporters.npz import save_track
from movement_lab.pipeline import assess
from movement_lab.recording import Options, assess_video, settings_of
from movement_lab.synthetic import Camera, Tempo, film, repetitions

CAMERA = Camera(view="left", size=(960, 640))


@pytest.fixture(scope="module")
def track():
    return film(repetitions("squat", reps=4), CAMERA, noise_px=0.5, seed=1)


@pytest.fixture(scope="module")
def found(track):
    return assess(track)


def marks_of(report):
    return tuple(MarkedRep(*rep_seconds(rep, report)) for rep in report.reps)


def frames(report):
    return [(rep.start, rep.turn, rep.end) for rep in report.reps]


def values(report, name="knee_flexion_deg", zero="rel"):
    return {m.rep: m.value for m in report.measurements if (m.name, m.at, m.zero) == (name, "turn", zero)}


# ---------------------------------------------------------------- repetitions


def test_the_programs_own_repetitions_declared_change_nothing_but_say_so(track, found):
    told = report_to_dict(assess(track, Declared(reps=marks_of(found))))
    alone = report_to_dict(found)
    assert told["quality"].pop("warnings") == [*alone["quality"].pop("warnings"), "reps_declared"]
    assert told == alone


def test_a_moved_repetition_has_exactly_the_frames_nearest_to_its_times(track, found):
    first, second, *rest = marks_of(found)
    moved = MarkedRep(second.start_s - 0.104, second.turn_s + 0.09, second.end_s + 0.11)
    report = assess(track, Declared(reps=(first, moved, *rest)))
    time_s = report.track.time_s
    for frame, at_s in zip(frames(report)[1], (moved.start_s, moved.turn_s, moved.end_s), strict=True):
        assert abs(time_s[frame] - at_s) <= np.diff(time_s).max() / 2 + 1e-9
    others = [0, 2, 3]
    assert [frames(report)[n] for n in others] == [frames(found)[n] for n in others]
    assert report.reps[1].graded
    assert report.reps[1].reasons == ("rep_declared",)
    assert [report.reps[n].reasons for n in others] == [()] * 3
    assert [values(report)[n + 1] for n in others] == [values(found)[n + 1] for n in others]


def test_a_value_at_the_turn_is_the_one_at_the_declared_turn(track, found):
    first, *rest = marks_of(found)
    early = replace(first, turn_s=first.turn_s - 0.5)
    report = assess(track, Declared(reps=(early, *rest)))
    frame = report.reps[0].turn
    key = "knee_flexion_left_deg"
    there = report.signals[key][frame] - report.standing.zero[key]
    left = next(
        m.value
        for m in report.measurements
        if (m.name, m.side, m.rep, m.at, m.zero) == ("knee_flexion_deg", "left", 1, "turn", "rel")
    )
    assert abs(report.track.time_s[frame] - early.turn_s) < 0.02
    assert abs(left - there) < 3  # the median of a few frames around it, still on the way down


def test_a_removed_repetition_is_gone_and_the_rest_are_renumbered(track, found):
    report = assess(track, Declared(reps=marks_of(found)[1:]))
    assert frames(report) == frames(found)[1:]
    assert [rep.index for rep in report.reps] == [1, 2, 3]


def test_no_repetitions_at_all_can_be_declared(track, found):
    report = assess(track, Declared(reps=()))
    assert report.reps == ()
    assert report.movement.name == found.movement.name
    assert "reps_declared" in report.quality["warnings"]
    assert all(row.grade == "not_graded" for row in report.findings)


def test_a_repetition_the_program_left_out_can_be_added():
    whole = film(repetitions("squat", reps=3), CAMERA, noise_px=0.5, seed=2)
    known = assess(whole)
    two = assess(whole, Declared(reps=marks_of(known)[:2]))
    assert len(two.reps) == 2
    again = assess(whole, Declared(reps=marks_of(known)))
    assert frames(again) == frames(known)


def test_where_nothing_was_found_a_marked_repetition_is_kept_and_a_named_movement_judged():
    shallow = film(
        repetitions("squat", reps=2, bottom={"thigh_deg": 16.0, "trunk_deg": 6.0, "shank_deg": 8.0}),
        CAMERA,
        noise_px=0.3,
        seed=3,
    )
    assert assess(shallow).movement.name == "none"
    mark = MarkedRep(1.5, 3.0, 4.5)
    report = assess(shallow, Declared(reps=(mark,)))
    assert (report.movement.name, len(report.reps)) == ("unknown", 1)
    assert report.reps[0].reasons[-1] == "rep_declared"
    named = assess(shallow, Declared("squat", reps=(mark,)))
    assert (named.movement.name, len(named.reps)) == ("squat", 1)
    assert "rep_too_small" in named.reps[0].reasons
    assert not named.reps[0].graded


def test_declared_borders_do_not_make_a_repetition_judged_that_is_too_quick(track, found):
    first, *rest = marks_of(found)
    quick = MarkedRep(first.turn_s - 0.15, first.turn_s, first.turn_s + 0.15)
    rep = assess(track, Declared(reps=(quick, *rest))).reps[0]
    assert rep.reasons == ("rep_too_fast", "rep_declared")
    assert not rep.graded


def test_a_lunge_keeps_its_lead_leg():
    lunge = film(repetitions("lunge", reps=3), CAMERA, noise_px=0.5, seed=4)
    known = assess(lunge)
    first, *rest = marks_of(known)
    report = assess(lunge, Declared(reps=(replace(first, end_s=first.end_s - 0.1), *rest)))
    assert [rep.side for rep in report.reps] == [rep.side for rep in known.reps]
    assert report.movement.name == "lunge"


# ---------------------------------------------------------------- standing


def test_declared_standing_is_the_zero(track, found):
    report = assess(track, Declared(standing=(0.31, 1.29)))
    time_s, key = report.track.time_s, "trunk_inclination_deg"
    start, end = (int(np.argmin(np.abs(time_s - at_s))) for at_s in (0.31, 1.29))
    assert (report.standing.start_s, report.standing.end_s) == (time_s[start], time_s[end])
    assert report.standing.zero[key] == np.median(report.signals[key][start : end + 1])
    assert report.standing.reasons == ("standing_declared",)
    assert "standing_declared" in report.quality["warnings"]
    assert frames(report) == frames(found)


def test_a_moment_of_standing_is_honoured_and_widens(track, found):
    report = assess(track, Declared(standing=(0.5, 0.7)))
    assert report.standing.reasons == ("standing_declared", "standing_short")

    def width(told):
        rows = [m for m in told.measurements if (m.name, m.at, m.zero, m.rep, m.side) == wanted]
        return rows[0].high - rows[0].low

    wanted = ("knee_flexion_deg", "turn", "rel", 1, "left")
    assert width(report) > 1.1 * width(found)


def test_standing_where_nobody_is_seen_is_refused(track):
    unseen = replace(track, xy=track.xy.copy(), xyz=track.xyz.copy())
    unseen.xy[track.time_s < 1.0] = np.nan
    unseen.xyz[track.time_s < 1.0] = np.nan
    with pytest.raises(UsageError, match="can't be seen"):
        assess(unseen, Declared(standing=(0.1, 0.8)))


# ---------------------------------------------------------------- checked, stored, read again


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: MarkedRep(2.0, 1.0, 3.0), "must follow each other"),
        (lambda: MarkedRep(0.0, float("nan"), 3.0), "must follow each other"),
        (lambda: Declared(reps=(MarkedRep(0, 1, 3), MarkedRep(2, 4, 5))), "before repetition 1"),
        (lambda: Declared(reps=tuple(MarkedRep(n, n + 0.4, n + 0.8) for n in range(101))), "At most 100"),
        (lambda: Declared(standing=(2.0, 1.0)), "later end"),
        (lambda: Declared(movement="jump"), "Known: squat"),
        (lambda: Declared(view="oblique"), "Known: left"),
        (lambda: Declared.from_plain({"reps": 3}), "A list was needed"),
        (lambda: Declared.from_plain({"reps": [{"start_s": 1}]}), "It needs start_s"),
        (
            lambda: Declared.from_plain({"reps": [{"start_s": "1", "turn_s": 2, "end_s": 3}]}),
            "must follow each other",
        ),
        (lambda: Declared.from_plain({"standing": [1.0]}), "later end"),
        (lambda: Declared.from_plain({"standing": "now"}), "A list was needed"),
        (lambda: Declared.from_plain({"movement": 7}), "A name was needed"),
    ],
)
def test_what_makes_no_sense_is_refused_in_plain_words(wrong, says):
    with pytest.raises(UsageError, match=says):
        wrong()


def test_times_outside_the_clip_are_refused(track):
    with pytest.raises(UsageError, match="the clip lasts from"):
        assess(track, Declared(reps=(MarkedRep(1, 2, 999),)))
    with pytest.raises(UsageError, match="the clip lasts from"):
        assess(track, Declared(standing=(-5.0, 1.0)))
    with pytest.raises(UsageError, match="less than three pictures"):
        assess(track, Declared(reps=(MarkedRep(1.0, 1.001, 1.002),)))


SAID = Declared(
    "squat", "left", True, False, None, (MarkedRep(2.0, 3.5, 5.0), MarkedRep(6.0, 7.5, 9.0)), (0.2, 1.4)
)


@pytest.mark.parametrize("said", [SAID, Declared(), Declared(reps=())], ids=["all", "nothing", "none"])
def test_it_survives_json(said):
    assert Declared.from_plain(json.loads(json.dumps(asdict(said)))) == said
    assert Declared.from_plain({**asdict(said), "of_a_later_version": 1}) == said


def test_a_stored_track_is_assessed_as_it_was_declared(tmp_path, track):
    raw = replace(track, origin={"settings": settings_of(Options(declared=SAID))})
    first = assess(raw, SAID)
    again = assess_video(save_track(first, tmp_path / "track.npz"))
    assert Declared.from_plain(again.raw.origin["settings"]["declared"]) == SAID
    assert Declared.from_plain(again.provenance["settings"]["declared"]) == SAID
    assert frames(again) == frames(first)
    assert (again.standing.start_s, again.standing.end_s) == (first.standing.start_s, first.standing.end_s)
    lunge = assess_video(tmp_path / "track.npz", Options(declared=Declared("lunge")))
    assert (lunge.movement.declared, len(lunge.reps)) == ("lunge", 2)


def test_a_repetition_across_a_camera_cut_is_kept_and_not_judged():
    motion = repetitions("squat", reps=2, tempo=Tempo())
    track = film(motion, CAMERA)
    known = assess(track)
    first, second = marks_of(known)
    cut = replace(track, xy=track.xy.copy())
    cut.xy[track.time_s > first.turn_s + 0.5] += 250.0
    report = assess(cut, Declared("squat", reps=(replace(first, start_s=first.start_s - 0.1), second)))
    assert "rep_camera_cut" in report.reps[0].reasons
    assert not report.reps[0].graded
