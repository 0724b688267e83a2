"""Several methods, one number or none: trust, checks, and what disagreement withholds."""

from dataclasses import replace

import numpy as np
import pytest

from movement_lab.errors import UsageError
from movement_lab.records import Rep, SpineEstimate
from movement_lab.spine.combine import Disagreement, combine, load_agreement, load_methods, spine_sources
from movement_lab.spine.estimate import SPINE_ANGLES

FRAMES = 300
TIME_S = np.arange(FRAMES) / 30
LUMBAR, PELVIS, THORACIC, THORAX = (
    "lumbar_flexion_deg",
    "pelvic_tilt_deg",
    "thoracic_flexion_deg",
    "thorax_inclination_deg",
)
REPS = (Rep(1, 60, 90, 120), Rep(2, 140, 170, 200), Rep(3, 220, 250, 280))

#: How far down the person is: three repetitions, standing between them.
DEPTH = sum(
    np.where((np.arange(FRAMES) >= rep.start) & (np.arange(FRAMES) < rep.end),
             np.sin(np.pi * (np.arange(FRAMES) - rep.start) / 60) ** 2, 0.0)
    for rep in REPS
)  # fmt: skip


def read_by(method, *, lumbar=30.0, pelvis=40.0, thoracic=5.0, sd=4.0, valid=True):
    """A method's reading: angles at the bottom, one spread for all of them."""
    value = {
        PELVIS: DEPTH * pelvis,
        LUMBAR: DEPTH * lumbar,
        THORACIC: DEPTH * thoracic,
        THORAX: DEPTH * (pelvis + lumbar),
    }
    seen = np.broadcast_to(valid, FRAMES).astype(bool)
    value = {name: np.where(seen, values, np.nan) for name, values in value.items()}
    spread = {name: np.where(seen, sd, np.nan) for name in value}
    return SpineEstimate(method, value, spread, seen, () if seen.all() else (f"{method}_gap",))


def shifted(estimate, angle, by):
    """The same reading with one angle off by ``by`` (n,) or a number."""
    return replace(estimate, value={**estimate.value, angle: estimate.value[angle] + by})


def only(start, stop):
    frames = np.zeros(FRAMES, bool)
    frames[start:stop] = True
    return frames


def nan_frames(estimate, angle):
    return np.flatnonzero(np.isnan(estimate.value[angle]))


def frames_of(*reps):
    return np.concatenate([np.arange(rep.start, rep.end) for rep in reps])


# ---------------------------------------------------------------- trust


def test_one_method_is_shown_as_it_is():
    alone = read_by("contour")
    assert combine([alone], time_s=TIME_S, reps=REPS) is alone


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (("keypoints", "contour"), "contour"),
        (("contour", "stickers", "keypoints"), "stickers"),
        (("keypoints", "stickers"), "stickers"),
    ],
)
def test_the_most_trusted_is_shown_unchanged(given, shown):
    """Others that agree confirm it; nothing is averaged."""
    readings = {name: read_by(name, lumbar=30.0 + 2 * i) for i, name in enumerate(given)}
    result = combine(list(readings.values()), time_s=TIME_S, reps=REPS)
    assert result is readings[shown]


def test_a_trusted_method_that_saw_too_little_only_checks():
    stickers = read_by("stickers", valid=only(60, 100))
    contour = read_by("contour")
    assert combine([stickers, contour], time_s=TIME_S, reps=REPS) is contour
    wrong = shifted(contour, LUMBAR, 20 * DEPTH)
    result = combine([stickers, wrong], time_s=TIME_S, reps=REPS)
    assert result.method == "contour"
    assert nan_frames(result, LUMBAR).tolist() == frames_of(REPS[0]).tolist()


def test_enough_is_counted_within_the_repetitions():
    stickers = read_by("stickers", valid=only(REPS[0].start, REPS[1].end) & (DEPTH > 0))
    assert stickers.valid.mean() < 0.5 < stickers.valid[frames_of(*REPS)].mean()
    assert combine([stickers, read_by("contour")], time_s=TIME_S, reps=REPS) is stickers


def test_where_none_saw_enough_the_one_that_saw_most_is_shown():
    stickers, keypoints = read_by("stickers", valid=only(60, 70)), read_by("keypoints", valid=only(60, 120))
    assert combine([stickers, keypoints], time_s=TIME_S, reps=REPS) is keypoints


def test_one_method_never_fills_the_gaps_of_another():
    stickers = read_by("stickers", valid=~only(140, 200))
    result = combine([stickers, read_by("contour", lumbar=32.0)], time_s=TIME_S, reps=REPS)
    assert result is stickers
    assert np.isnan(result.value[LUMBAR][140:200]).all()


def test_a_method_that_saw_nothing_keeps_its_reasons():
    nothing = read_by("contour", valid=False)
    result = combine([nothing, read_by("keypoints", valid=False)], time_s=TIME_S, reps=REPS)
    assert result is nothing
    assert result.reasons == ("contour_gap",)


# ---------------------------------------------------------------- disagreement


@pytest.mark.parametrize(("off", "sds", "apart"), [(7.4, (3, 4), False), (7.6, (3, 4), True),
                                                   (-7.6, (3, 4), True), (7.6, (3, 5), False)])  # fmt: skip
def test_the_limit_is_one_and_a_half_combined_spreads(off, sds, apart):
    """Spreads of 3 and 4 combine to 5 degrees: 7.5 apart is where it begins."""
    shown, other = read_by("contour", sd=sds[0]), read_by("keypoints", sd=sds[1])
    other = shifted(other, LUMBAR, off * only(REPS[1].start, REPS[1].end))
    result = combine([shown, other], time_s=TIME_S, reps=REPS)
    assert ("methods_disagree" in result.reasons) == apart
    assert bool(len(nan_frames(result, LUMBAR))) == apart


def test_disagreement_at_the_turn_withholds_the_whole_repetition():
    """Only 0.4 s around the turn differ, yet nothing of that repetition is left to take a maximum from."""
    shown = read_by("stickers")
    other = shifted(read_by("contour"), LUMBAR, 15.0 * only(REPS[1].turn - 6, REPS[1].turn + 7))
    result = combine([shown, other], time_s=TIME_S, reps=REPS)
    assert nan_frames(result, LUMBAR).tolist() == frames_of(REPS[1]).tolist()
    kept = np.setdiff1d(np.arange(FRAMES), frames_of(REPS[1]))
    assert (result.value[LUMBAR][kept] == shown.value[LUMBAR][kept]).all()
    assert np.isnan(result.sd[LUMBAR][REPS[1].turn])
    assert result.reasons == ("methods_disagree",)


def test_disagreement_over_most_of_the_bottom_counts_as_at_the_turn():
    held = tuple(replace(rep, bottom_start=rep.turn, bottom_end=rep.turn + 30) for rep in REPS)
    apart = shifted(read_by("contour"), LUMBAR, 30.0 * only(REPS[1].turn + 8, REPS[1].turn + 30))
    result = combine([read_by("stickers"), apart], time_s=TIME_S, reps=held)
    assert nan_frames(result, LUMBAR).tolist() == frames_of(REPS[1]).tolist()
    few = shifted(read_by("contour"), LUMBAR, 30.0 * only(REPS[1].turn + 20, REPS[1].turn + 30))
    result = combine([read_by("stickers"), few], time_s=TIME_S, reps=held)
    assert 0 < len(nan_frames(result, LUMBAR)) < 15


def test_disagreement_away_from_the_turn_leaves_a_gap():
    shown = read_by("stickers")
    other = shifted(read_by("contour"), LUMBAR, 15.0 * only(222, 236))
    result = combine([shown, other], time_s=TIME_S, reps=REPS)
    assert nan_frames(result, LUMBAR).tolist() == list(range(222, 236))
    assert np.isfinite(result.value[LUMBAR][REPS[2].turn])


def test_a_lone_wild_frame_is_no_disagreement():
    shown, other = read_by("stickers"), read_by("contour")
    for frame in (70, REPS[1].turn, 240):
        other = shifted(other, LUMBAR, 60.0 * only(frame, frame + 1))
    assert combine([shown, other], time_s=TIME_S, reps=REPS) is shown


def test_noise_of_single_frames_withholds_nothing():
    """Frames alone would differ by more than the limit in one of eight; their usual difference does not."""
    rng = np.random.default_rng(7)
    shown, other = read_by("contour", sd=6.0), read_by("keypoints", sd=13.0)
    noisy = shifted(other, LUMBAR, rng.normal(0, np.hypot(6, 13), FRAMES))
    beyond = np.abs(noisy.value[LUMBAR] - shown.value[LUMBAR]) > 1.5 * np.hypot(6, 13)
    assert beyond.mean() > 0.08
    result = combine([shown, noisy], time_s=TIME_S, reps=REPS)
    assert len(nan_frames(result, LUMBAR)) <= 0.01 * FRAMES


def test_each_angle_is_asked_for_itself_and_lumbar_takes_the_pelvis_with_it():
    shown = read_by("contour")
    off = 12.0 * only(REPS[0].start, REPS[0].end)
    upper = combine([shown, shifted(read_by("keypoints"), THORACIC, off)], time_s=TIME_S, reps=REPS)
    assert {name: len(nan_frames(upper, name)) for name in SPINE_ANGLES} == {
        PELVIS: 0,
        LUMBAR: 0,
        THORACIC: 60,
        THORAX: 0,
    }
    split = combine([shown, shifted(read_by("keypoints"), LUMBAR, off)], time_s=TIME_S, reps=REPS)
    assert {name: len(nan_frames(split, name)) for name in SPINE_ANGLES} == {
        PELVIS: 60,
        LUMBAR: 60,
        THORACIC: 0,
        THORAX: 0,
    }
    assert split.valid.all()  # the rib cage is still there


def test_frames_without_any_number_left_are_not_valid():
    shown, other = read_by("contour"), read_by("keypoints")
    for angle in SPINE_ANGLES:
        other = shifted(other, angle, 15.0 * only(REPS[0].start, REPS[0].end))
    result = combine([shown, other], time_s=TIME_S, reps=REPS)
    assert np.flatnonzero(~result.valid).tolist() == frames_of(REPS[0]).tolist()
    assert result.frames_used == FRAMES - 60


def test_only_frames_both_saw_are_compared():
    shown = read_by("stickers")
    blind = read_by("contour", valid=~only(130, 210))
    assert combine([shown, blind], time_s=TIME_S, reps=REPS) is shown
    unsure = replace(shifted(read_by("contour"), LUMBAR, 40.0 * only(130, 210)), valid=~only(125, 215))
    assert combine([shown, unsure], time_s=TIME_S, reps=REPS) is shown


def test_the_shown_methods_own_reasons_come_first():
    shown = read_by("stickers", valid=~only(0, 10))
    other = shifted(read_by("contour"), LUMBAR, 15.0 * only(140, 200))
    result = combine([shown, other], time_s=TIME_S, reps=REPS)
    assert result.reasons == ("stickers_gap", "methods_disagree")


def test_without_a_lumbar_number_at_any_turn_there_is_no_number_at_all():
    shown, agrees = read_by("stickers"), read_by("keypoints", sd=13.0)
    contradicts = read_by("contour", lumbar=50.0)
    result = combine([contradicts, agrees, shown], time_s=TIME_S, reps=REPS)
    assert result == Disagreement(("stickers", "contour"), (1, 2, 3), ("methods_disagree",))


def test_without_repetitions_every_frame_counts():
    shown = read_by("stickers")
    off = combine([shown, shifted(read_by("contour"), LUMBAR, 30.0)], time_s=TIME_S)
    assert off == Disagreement(("stickers", "contour"))
    partly = combine([shown, shifted(read_by("contour"), LUMBAR, 30.0 * only(0, 100))], time_s=TIME_S)
    assert nan_frames(partly, LUMBAR).tolist() == list(range(100))


def test_a_method_without_some_angle_checks_the_others():
    shown = read_by("stickers")
    part = read_by("contour", lumbar=50.0)
    part = replace(part, value={LUMBAR: part.value[LUMBAR]}, sd={LUMBAR: part.sd[LUMBAR]})
    assert isinstance(combine([shown, part], time_s=TIME_S, reps=REPS), Disagreement)
    result = combine([part, read_by("keypoints", lumbar=49.0)], time_s=TIME_S, reps=REPS)
    assert result is part


def test_inputs_are_left_as_they_were():
    shown, other = read_by("contour"), read_by("keypoints", lumbar=60.0)
    before = {name: values.copy() for name, values in shown.value.items()}
    combine([shown, other], time_s=TIME_S, reps=REPS)
    assert all((shown.value[name] == before[name]).all() for name in before)


@pytest.mark.parametrize("methods", [(), ("contour", "contour"), ("contour", "guess")])
def test_what_can_not_be_combined_is_refused(methods):
    with pytest.raises(UsageError, match="stickers, contour, keypoints were needed"):
        combine([replace(read_by("contour"), method=name) for name in methods], time_s=TIME_S)


def test_estimates_of_another_length_are_refused():
    with pytest.raises(UsageError, match=r"has 300 frames\. 299 were needed"):
        combine([read_by("contour")], time_s=TIME_S[1:])


# ---------------------------------------------------------------- the table


def test_trust_falls_from_stickers_to_keypoints():
    assert list(load_methods()) == ["stickers", "contour", "keypoints"]
    assert [method.tier for method in load_methods().values()] == ["T2", "T3", "T3"]


@pytest.mark.parametrize("angle", SPINE_ANGLES)
def test_less_trust_never_comes_with_a_smaller_spread(angle):
    spreads = [method.sd[angle] for method in load_methods().values()]
    assert spreads == sorted(spreads)


def test_every_method_names_known_sources():
    for method in load_methods().values():
        assert method.sources
        assert set(method.sources) <= set(spine_sources())
    assert load_agreement().factor == 1.5  # specification 2.3, point 6
