"""From what the pictures showed of the spine to the report, through the whole of ``assess``."""

import json
from dataclasses import replace

import numpy as np
import pytest

from movement_lab.errors import VideoError
from movement_lab.exporters.npz import load_track, save_track
from movement_lab.pipeline import assess
from movement_lab.recording import Options, assess_video
from movement_lab.results import DATA_FILES, Look, for_patient, write_results
from movement_lab.spine.pictures import Wanted, look, outlines_of, stack, to_video
from movement_lab.spine.reading import FullBend, full_bend_of
from movement_lab.synthetic import Camera, film, repetitions

LUMBAR_DEG = 24.0
_STRIP_PX = 26.0


@pytest.fixture(scope="module")
def hinge():
    """Three hinges from the left, four dots on the back, which bends 24 degrees in step with the trunk."""
    motion = repetitions("hinge", reps=3)
    raw = film(motion, Camera(view="left", size=(960, 720), px_per_m=300))
    trunk = motion.truth(near="left")["trunk_inclination_deg"]
    share = (trunk - trunk[0]) / (trunk.max() - trunk[0])
    pelvis, thorax = trunk - trunk[0] - 0.6 * LUMBAR_DEG * share, trunk - trunk[0] + 0.4 * LUMBAR_DEG * share
    hip, shoulder = ((raw[f"left_{name}"] + raw[f"right_{name}"]) / 2 for name in ("hip", "shoulder"))
    dots = np.full((len(raw), 24, 4), np.nan)
    for i in range(len(raw)):
        along = (shoulder[i] - hip[i]) / np.linalg.norm(shoulder[i] - hip[i])
        back = np.array([-along[1], along[0]])  # who faces image left has the back to the right
        length = np.linalg.norm(shoulder[i] - hip[i])
        strips = []
        for up, pitch in ((0.02, pelvis[i] + 8), (0.42, thorax[i] - 5)):
            lower = hip[i] + length * (up * along + 0.22 * back)
            lean = np.radians(pitch)
            strips += [lower, lower + _STRIP_PX * np.array([-np.sin(lean), -np.cos(lean)])]
        dots[i, :4, :2], dots[i, :4, 2], dots[i, :4, 3] = strips, 11.0, 1.0
    return replace(raw, extras={"dots": dots, "dots_colour_taken": np.zeros(len(raw))})


def value_of(report, name, *, at="turn", side="mid"):
    return next(
        m
        for m in report.measurements
        if (m.name, m.at, m.zero, m.side, m.rep) == (name, at, "rel", side, None)
    )


def test_stickers_tell_hip_and_low_back_apart(hinge):
    report = assess(hinge)
    lumbar = value_of(report, "lumbar_flexion_deg")
    hip, fold = (value_of(report, f"hip_{name}_flexion_deg", side="left") for name in ("pelvis", "trunk"))
    assert (report.spine.method, lumbar.method, lumbar.tier) == ("stickers", "stickers", "T2")
    assert lumbar.value == pytest.approx(LUMBAR_DEG, abs=1)
    assert lumbar.low < LUMBAR_DEG < lumbar.high
    assert fold.value - hip.value == pytest.approx(0.6 * LUMBAR_DEG, abs=1.5)
    shared = next(
        r for r in report.coordination["spine"].of_set if r.name == "share_pct" and r.of.way == "down"
    )
    assert shared.value == pytest.approx(100 * LUMBAR_DEG / (LUMBAR_DEG + hip.value), abs=3)


def test_without_anything_that_shows_the_spine_there_is_no_number_but_a_reason(hinge):
    report = assess(replace(hinge, extras={}))
    lumbar = value_of(report, "lumbar_flexion_deg")
    assert np.isnan(lumbar.value)
    assert lumbar.reasons == report.spine.reasons == ("needs_spine_signal",)
    assert not any(name.startswith("lumbar") and np.isfinite(v).any() for name, v in report.signals.items())
    assert "spine" not in report.coordination


def test_a_colour_that_clothes_hold_too_gives_nothing(hinge):
    extras = {**hinge.extras, "dots_colour_taken": np.ones(len(hinge))}
    report = assess(replace(hinge, extras=extras))
    assert report.spine.method == ""
    assert "sticker_colour_in_scene" in report.spine.reasons


def test_a_camera_beyond_25_degrees_is_always_withheld(hinge):
    oblique = film(
        repetitions("hinge", reps=3), Camera(view="left", size=(960, 720), px_per_m=300, yaw_deg=32)
    )
    report = assess(replace(oblique, extras=hinge.extras))
    assert report.spine.reasons[0] in ("view_refused", "wrong_view_needs_side")
    assert not report.spine.valid.any()


def test_the_full_bend_makes_it_a_per_cent_by_the_same_method_only(hinge):
    full = full_bend_of(assess(hinge).measurements)
    assert full.lumbar_deg == pytest.approx(LUMBAR_DEG, abs=1)
    half = assess(hinge, full_bend=replace(full, lumbar_deg=2 * full.lumbar_deg))
    assert value_of(half, "lumbar_percent_max_pct").value == pytest.approx(50, abs=2)
    other = assess(hinge, full_bend=FullBend(40.0, 5.0, "contour"))
    assert np.isnan(value_of(other, "lumbar_percent_max_pct").value)
    assert full_bend_of(assess(replace(hinge, extras={})).measurements) is None


def test_a_stored_track_gives_the_same_reading(hinge, tmp_path):
    single = {name: values.astype(np.float32).astype(float) for name, values in hinge.extras.items()}
    report = assess(replace(hinge, extras=single))
    path = save_track(report, tmp_path / "track.npz")
    again = assess_video(path, Options(full_bend=path))
    for name, values in report.spine.value.items():
        np.testing.assert_array_equal(load_track(path).extras["dots"], single["dots"])
        np.testing.assert_array_equal(again.spine.value[name], values)
    assert value_of(again, "lumbar_percent_max_pct").value == pytest.approx(100, abs=2)
    assert again.provenance["settings"]["full_bend"]["method"] == "stickers"


def test_patients_get_stickers_but_nothing_experimental(hinge):
    report = assess(hinge)
    assert for_patient(report).spine.method == "stickers"
    guessed = replace(report, spine=replace(report.spine, method="contour"))
    experimental = tuple(
        replace(m, method="contour", tier="T3") if m.method == "stickers" else m for m in report.measurements
    )
    bend = {"settings": {"full_bend": {"lumbar_deg": 40.0, "sd_deg": 5.0, "method": "contour"}}}
    extras = {**guessed.raw.extras, "spine_points": np.zeros((len(guessed.raw), 9, 3))}
    raw = replace(guessed.raw, extras=extras, origin=bend)
    shown = for_patient(replace(guessed, measurements=experimental, provenance=bend, raw=raw))
    assert shown.spine.method == ""
    assert {m.tier for m in shown.measurements} <= {"T0", "T1", "T2"}
    assert shown.provenance["settings"]["full_bend"] is None
    assert shown.raw.origin["settings"]["full_bend"] is None
    assert "spine_points" not in shown.raw.extras
    assert "thorax_rotation_deg" not in shown.signals
    assert "spine" not in shown.coordination
    assert "lumbar_flexion_deg" not in shown.signals


def test_a_read_spine_leaves_every_file(hinge, tmp_path):
    report = assess(hinge)
    write_results(report, tmp_path / "out", Look())
    assert {*DATA_FILES, "report.html"} == {path.name for path in (tmp_path / "out").iterdir()}
    header = (tmp_path / "out" / "angles.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "lumbar_flexion_sd_deg" in header
    turns = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))["spine"]["turns"]
    assert turns[0]["angles"]["lumbar_flexion_deg"]["value"] == pytest.approx(LUMBAR_DEG, abs=1)


def test_the_curvature_is_as_it_is_and_changes_by_what_the_back_bends(hinge):
    found = {
        m.zero: m.value
        for m in assess(hinge).measurements
        if (m.name, m.at, m.rep) == ("lumbar_curvature_deg", "turn", None)
    }
    assert found["abs"] == pytest.approx(LUMBAR_DEG - 13, abs=1.5)
    assert found["rel"] == pytest.approx(LUMBAR_DEG, abs=1)


def test_the_outline_of_somebody_who_wears_strips_is_not_asked(hinge, monkeypatch):
    from movement_lab.spine import reading

    def outline(*args, **kwargs):
        raise AssertionError("the edge of strips is not a back's")

    monkeypatch.setattr(reading, "contour_estimate", outline)
    dots = hinge.extras["dots"].copy()
    dots[60:] = np.nan  # seen in standing, hidden from then on
    frames = len(hinge)
    edges = {"outline": np.zeros((frames, 2, 28)), "outline_broken": np.zeros((frames, 2, 28))}
    edges["outline_trunk_px"] = np.full(frames, 150.0)
    report = assess(replace(hinge, extras={**hinge.extras, "dots": dots, **edges}))
    assert "stickers_hidden" in report.spine.reasons


def test_a_full_bend_that_is_unsure_widens_the_per_cent(hinge):
    widths = []
    for sd_deg in (1.0, 12.0):
        m = value_of(assess(hinge, full_bend=FullBend(40.0, sd_deg, "stickers")), "lumbar_percent_max_pct")
        widths.append(m.high - m.low)
    assert widths[1] > 1.2 * widths[0]


def test_a_stored_track_whose_pictures_do_not_fit_is_refused(hinge, tmp_path):
    path = save_track(assess(hinge), tmp_path / "track.npz")
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(path, **{**arrays, "extra_dots": arrays["extra_dots"][:-1]})
    with pytest.raises(VideoError):
        load_track(path)


def test_what_a_crop_showed_lies_in_the_whole_picture():
    seen = {"dots": np.array([[10.0, 20.0, 6.0, 1.0]]), "outline_trunk_px": np.array(80.0)}
    moved = to_video(seen, corner=np.array([100.0, 50.0]), scale=0.5)
    np.testing.assert_allclose(moved["dots"], [[220.0, 140.0, 12.0, 1.0]])
    assert moved["outline_trunk_px"] == 80.0  # as large as the person was for the mask
    assert seen["dots"][0, 0] == 10.0


def test_pictures_without_the_person_are_gaps(hinge):
    from movement_lab.records import Frame, Pose
    from movement_lab.skeleton import LANDMARKS

    mask = np.zeros((120, 100), np.float32)
    mask[20:110, 40:60] = 1
    xy = np.full((33, 2), 50.0)
    for name, y in (("hip", 70.0), ("shoulder", 30.0)):
        for side in ("left", "right"):
            xy[LANDMARKS.index(f"{side}_{name}")] = 50.0, y
    pose = Pose(0.0, xy, np.zeros((33, 3)), np.ones(33), mask)
    seen = look(Frame(0, 0.0, np.zeros((120, 100, 3), np.uint8)), pose, Wanted())
    extras = stack([seen, {}], Wanted().names)
    assert np.isfinite(extras["outline"][0]).any()
    assert np.isnan(extras["outline"][1]).all()
    track = replace(
        hinge, **{n: getattr(hinge, n)[:2] for n in ("time_s", "xy", "xyz", "score")}, extras=extras
    )
    outlines = outlines_of(track)
    assert outlines.trunk_px[0] == pytest.approx(40)
    np.testing.assert_allclose(outlines.sides[0, :, 14] * 40, 10, atol=0.6)  # half as wide as the bar
    assert not outlines.broken.any()
