"""The validation harness, with stick figures in place of rendered people and a pose model."""

import csv
import json
import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from movement_lab.errors import NobodyError, UsageError
from movement_lab.fingerprints import code_fingerprint
from movement_lab.knowledge import find_spread, load_grading, parse_spreads
from movement_lab.records import Finding
from movement_lab.synthetic.bodies import body_names
from movement_lab.synthetic.camera import film
from movement_lab.synthetic.motion import repetitions
from movement_lab.synthetic.tempo import Tempo
from movement_lab.validation import Case, Results, cases, load_results, run_validation
from movement_lab.validation import run as run_module
from movement_lab.validation import values as values_module
from movement_lab.validation.bar import WANTED_FINDINGS, goals
from movement_lab.validation.compare import clear_case, true_step
from movement_lab.validation.intervals import coverage_table, spreads, to_toml, write_intervals
from movement_lab.validation.judged import clear_counts, troubles
from movement_lab.validation.keys import assessment_key, clip_key, track_key
from movement_lab.validation.matrix import RECIPES, Recipe, make_case
from movement_lab.validation.misses import why_missed
from movement_lab.validation.stages import Studio, run_case
from movement_lab.validation.stats import Z80, agreement, repeat_sd, wilson
from movement_lab.validation.tables import everything_table, movement_table, reps_table

# ---------------------------------------------------------------- a studio of stick figures


class StickStudio:
    """Films a scene's motion with a stick figure: the clip file holds the perfect track."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.followed: list[str] = []
        self.stickers: list[str] = []
        self.digests = {"heavy": "aa", "lite": "bb"}

    @property
    def studio(self) -> Studio:
        return Studio(self.render, self.follow, self.digests.__getitem__)

    def render(self, scene, folder: Path) -> None:
        self.rendered.append(scene.body)
        bottom = dict(scene.bottom) | ({} if scene.arms == "free" else {"elbow_deg": 140.0})
        motion = repetitions(
            scene.movement,
            reps=scene.reps,
            hips_rise_first_deg=bottom.pop("hips_rise_first_deg", 0.0),
            bottom=bottom,
            standing=scene.standing,
            tempo=Tempo(*scene.tempo),
            standing_s=scene.standing_s,
            end_s=scene.end_s,
            rate_hz=scene.film.rate_hz,
            lead=scene.lead,
            lunge_style=scene.lunge_style,
        )
        track = film(motion, replace(scene.camera, distance_m=math.inf, roll_deg=0, pitch_deg=0))
        fields = {f"raw_{name}": getattr(track, name) for name in ("time_s", "xy", "xyz", "score")}
        with (folder / "clip.mp4").open("wb") as file:
            np.savez(
                file, **fields, names=np.array(track.names), size=np.array(track.size), origin=np.array("{}")
            )
        near = scene.camera.view if scene.camera.view in ("left", "right") else "left"
        truth = {
            "movement": scene.movement,
            "view": scene.camera.view,
            "yaw_deg": scene.camera.yaw_deg,
            "reps": [rep._asdict() for rep in motion.reps],
            "time_s": motion.time_s.tolist(),
            "size": track.size,
            "joints_px": {name: track[name].tolist() for name in track.names},
            "measures": {key: values.tolist() for key, values in motion.truth(near=near).items()},
        }
        (folder / "truth.json").write_text(json.dumps(truth))

    def follow(self, clip: Path, model: str, out: Path, stickers: str) -> None:
        self.followed.append(model)
        self.stickers.append(stickers)
        out.write_bytes(clip.read_bytes())


def quiet(line: str) -> None:
    pass


def case(recipe: Recipe, body: str = "b01") -> Case:
    """A recipe's case, seen exactly in its plane and upright."""
    made = make_case(recipe, body, "held_out" if body in body_names("held_out") else "tuning")
    yaw = made.scene.camera.yaw_deg if recipe.yaw == "oblique" else 0.0
    camera = replace(made.scene.camera, yaw_deg=yaw, px_per_m=250.0)
    return replace(made, scene=replace(made.scene, camera=camera))


SQUAT = Recipe("squat", "side")
HINGE = Recipe("hinge", "side")
FRONT = Recipe("squat", "front")


@pytest.fixture
def stick() -> StickStudio:
    return StickStudio()


def run(folder: Path, stick: StickStudio, matrix, models=("heavy",)) -> Results:
    return run_validation(folder, models=models, workers=1, tell=quiet, studio=stick.studio, matrix=matrix)


# ---------------------------------------------------------------- the matrix


def test_full_matrix_uses_every_body_once_fixed_and_keeps_the_parts_apart():
    matrix = cases("full")
    split = {part: {c.scene.body for c in matrix if c.split == part} for part in ("tuning", "held_out")}
    assert split["tuning"] == set(body_names("tuning"))
    assert split["held_out"] == set(body_names("held_out"))
    assert len(split["tuning"] | split["held_out"]) >= 60
    assert len({c.name for c in matrix}) == len(matrix)


def test_matrix_is_the_same_every_time():
    again = make_case(RECIPES[3], "b07", "held_out")
    assert again == make_case(RECIPES[3], "b07", "held_out")
    assert again.scene.camera != make_case(RECIPES[3], "b10", "held_out").scene.camera


def test_quick_subset_is_small_and_shows_each_movement_plain_and_faulty():
    matrix = cases("quick")
    assert len(matrix) == len({c.scene.body for c in matrix}) == 24
    for movement in ("squat", "hinge", "lunge"):
        faults = {c.recipe.fault == "none" for c in matrix if c.scene.movement == movement}
        assert faults == {True, False}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_faults_are_clearly_there_and_plain_scenes_have_none_of_them(recipe, stick, tmp_path):
    if recipe.yaw == "oblique":
        pytest.skip("nothing is judged there")
    (row,) = run_case(case(recipe), {"heavy": "aa"}, tmp_path, stick.studio)
    judged = {(row["movement"], f["id"], f["clear"]) for f in row["findings"]}
    present = {finding for _, finding, clear in judged if clear == "present"}
    assert recipe.fault in present or recipe.fault == "none"
    if recipe.fault == "none":
        assert not present & {finding for movement, finding in WANTED_FINDINGS if movement == recipe.movement}


# ---------------------------------------------------------------- running


def test_a_perfect_track_is_measured_without_error(stick, tmp_path):
    results = run(tmp_path, stick, [case(SQUAT), case(HINGE, "b04"), case(FRONT, "b07")])
    assert [row["recognised"] for row in results.rows] == ["squat", "hinge", "squat"]
    assert [troubles(row) for row in results.rows] == [[], [], []]
    angles = [goal for goal in goals(results, model="heavy") if "MAE" in goal.quantity]
    assert [goal.held for goal in angles] == [True] * 4
    for row in results.rows:
        main = [m for m in row["measures"] if m["name"] == "trunk_inclination_deg" and m["at"] == "turn"]
        assert all(abs(m["value"] - m["true"]) < 1.0 for m in main)


def test_second_run_does_nothing_again(stick, tmp_path):
    matrix = [case(SQUAT), case(HINGE, "b04")]
    first = run(tmp_path, stick, matrix)
    again = StickStudio()
    second = run(tmp_path, again, matrix)
    assert again.rendered == again.followed == []
    assert list(second.rows) == list(first.rows) == list(load_results(tmp_path).rows)


def test_more_scenes_than_one_batch_run_side_by_side(stick, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "_SCENES_PER_PROCESS", 1)
    matrix = [case(SQUAT), case(HINGE, "b04"), case(FRONT, "b07")]
    results = run_validation(tmp_path, workers=2, tell=quiet, studio=stick.studio, matrix=matrix)
    assert [row["case"] for row in results.rows] == [each.name for each in matrix]
    assert not results.failed


def test_an_interrupted_run_goes_on_where_it_stopped(stick, tmp_path):
    matrix = [case(SQUAT), case(HINGE, "b04")]
    run(tmp_path, stick, matrix[:1])
    run(tmp_path, stick, matrix)
    assert stick.rendered == ["b01", "b04"]
    next((tmp_path / "tracks").glob("*.npz")).unlink()
    for row in (tmp_path / "rows").glob("*.json"):
        row.unlink()
    run(tmp_path, stick, matrix)
    assert stick.rendered == ["b01", "b04"]
    assert len(stick.followed) == 3


def test_a_clip_is_rendered_once_for_all_models(stick, tmp_path):
    results = run(tmp_path, stick, [case(SQUAT)], models=("heavy", "lite"))
    assert stick.rendered == ["b01"]
    assert stick.followed == ["heavy", "lite"]
    assert [row["model"] for row in results.rows] == ["heavy", "lite"]


def test_the_estimate_comes_first_and_nothing_is_left_to_film_later(stick, tmp_path):
    told: list[str] = []
    for _ in range(2):
        run_validation(tmp_path, workers=1, tell=told.append, studio=stick.studio, matrix=[case(SQUAT)])
    assert told[0].startswith("1 scenes")
    assert "1 scenes to film" in told[0]
    assert told[1].startswith("  1/1 squat-side")
    assert "0 scenes to film: about 0 minutes" in told[2]


def test_a_failed_clip_is_a_row_and_is_tried_again(stick, tmp_path):
    def broken(scene, folder):
        (folder / "clip.mp4").write_bytes(b"half")
        raise OSError("disk full")

    matrix = [case(SQUAT)]
    studio = Studio(broken, stick.follow, stick.digests.__getitem__)
    results = run_validation(tmp_path, workers=1, tell=quiet, studio=studio, matrix=matrix)
    assert [(row["status"], row["stage"], row["error"]) for row in results.rows] == [
        ("failed", "render", "OSError")
    ]
    assert not list((tmp_path / "clips").iterdir())
    assert run(tmp_path, stick, matrix).failed == []


def test_nobody_found_counts_against_us(stick, tmp_path):
    def blind(clip, model, out, stickers):
        raise NobodyError("Nobody was found.")

    studio = Studio(stick.render, blind, stick.digests.__getitem__)
    good = run(tmp_path, stick, [case(SQUAT)])
    bad = run_validation(tmp_path, workers=1, tell=quiet, studio=studio, matrix=[case(HINGE, "b04")])
    results = Results([*good.rows, *bad.rows], good.made)
    table = movement_table(results.rows)
    assert table.rows[1][table.columns.index("seen as failed")] == 1
    by_name = {goal.quantity: goal for goal in goals(results, model="heavy")}
    assert by_name["movement recognised, never wrongly"].held is False
    assert by_name["repetitions counted"].held is False
    assert troubles(bad.rows[0]) == ["failed at follow: NobodyError"]


def test_a_wrong_movement_and_missed_repetitions_show(stick, tmp_path):
    (row,) = run(tmp_path, stick, [case(SQUAT)]).rows
    reps = {**row["reps"], "found": 1, "matched": 1}
    wrong = {**row, "recognised": "hinge", "reps": reps}
    assert any("squat taken for hinge" in text for text in troubles(wrong))
    assert any("1 repetitions found" in text for text in troubles(wrong))
    columns = reps_table([wrong]).columns
    assert reps_table([wrong]).rows[0][columns.index("count right")] == 0


def test_oblique_clips_are_expected_to_be_refused(stick, tmp_path):
    recipe = Recipe("squat", "side", yaw="oblique")
    results = run(tmp_path, stick, [case(recipe)])
    (row,) = results.rows
    assert row["view"]["true_gate"] == "refused"
    by_name = {goal.quantity: goal for goal in goals(results, model="heavy")}
    assert by_name["oblique clips with anything graded"].held is True
    graded = {**row, "extra_findings": [{"id": "heel_rise", "side": "left", "grade": "none", "value": 0}]}
    again = goals(Results([graded], results.made), model="heavy")
    assert {g.quantity: g.held for g in again}["oblique clips with anything graded"] is False


def test_unknown_subset_and_missing_results_are_refused(tmp_path):
    with pytest.raises(UsageError, match="quick, spine or full"):
        cases("huge")
    with pytest.raises(UsageError, match="Needed: a finished run"):
        load_results(tmp_path)


# ---------------------------------------------------------------- keys


def test_keys_change_with_what_they_depend_on_and_nothing_else():
    scene = case(SQUAT).scene
    clip = clip_key(scene)
    assert clip == clip_key(replace(scene))
    assert clip != clip_key(replace(scene, seed=scene.seed + 1))
    track = track_key(clip, "aa")
    assert track != track_key(clip, "bb")
    assert track != track_key(clip, "aa", stickers=True)
    assert assessment_key(track, {}) != assessment_key(track, {"upright": True})


def test_code_counts_but_comments_do_not(tmp_path):
    path = tmp_path / "a.py"

    def key(text: str) -> str:
        path.write_text(text)
        return code_fingerprint([path])

    plain = key("def f(x):\n    return x + 1\n")
    assert plain == key('def f(x):\n    """Explain."""\n    # why\n    return x + 1\n')
    assert plain != key("def f(x):\n    return x + 2\n")


# ---------------------------------------------------------------- statistics


def test_agreement_of_known_errors():
    a = agreement([1.0, 3.0, -2.0, 2.0], covered=[True, False, True, True])
    assert (a.n, a.bias, a.mae) == (4, 1.0, 2.0)
    assert a.rms == pytest.approx(math.sqrt(18 / 4))
    assert a.high - a.low == pytest.approx(2 * 1.959964 * math.sqrt(14 / 3))
    assert a.coverage80 == 0.75
    assert math.isnan(a.mdc95)
    assert agreement([]).n == 0


def test_smallest_real_change_ignores_what_is_constant_in_a_body():
    errors = np.array([10.0, 12.0, -5.0, -3.0])
    assert repeat_sd(errors, ["a", "a", "b", "b"]) == pytest.approx(math.sqrt(2))
    assert agreement(errors, bodies=["a", "a", "b", "b"]).mdc95 == pytest.approx(1.959964 * 2)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(9, 10, 0.5958, 0.9821), (10, 10, 0.7225, 1.0), (0, 5, 0.0, 0.4345)]
)
def test_wilson_intervals_of_textbooks(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)


def _finding(value: float, direction: str, mild: float, moderate: float) -> Finding:
    limits, ends = {"mild": mild, "moderate": moderate}, (math.nan,) * 4
    rest = "deg", "m", "turn", "rel", limits, direction, math.nan, "T1", "E4", ()
    return Finding("x", "mid", "none", value, *ends, *rest)


@pytest.mark.parametrize(
    ("value", "direction", "mild", "moderate", "clear", "step"),
    [
        (15.0, "over", 10, 20, "present", "mild"),
        (4.0, "over", 10, 20, "absent", "none"),
        (11.0, "over", 10, 20, "near", "mild"),
        (-8.5, "either", 5, 8, "present", "moderate"),
        (-16.0, "under", -10, -20, "present", "mild"),
        (3.0, "under", -10, -20, "absent", "none"),
        (16.0, "under", 25, 20, "present", "moderate"),
        (31.0, "under", 25, 20, "absent", "none"),
        (27.0, "under", 25, 20, "near", "none"),
    ],
)
def test_what_a_clear_case_is(value, direction, mild, moderate, clear, step):
    finding = _finding(value, direction, mild, moderate)
    assert (clear_case(finding), true_step(finding)) == (clear, step)


def test_ungraded_findings_are_misses_not_false_alarms():
    found = [{"clear": "present", "grade": grade} for grade in ("mild", "possible", "none", "not_graded")] + [
        {"clear": "absent", "grade": grade} for grade in ("none", "not_graded", "possible")
    ]
    assert clear_counts(found) == (2, 4, 2, 3)
    assert clear_counts(found, "mild") == (1, 4, 3, 3)


# ---------------------------------------------------------------- intervals


def _results(errors: dict[str, list[float]], *, sd_method: float = 1.0, sd_within: float = 0.0) -> Results:
    """One knee value per error, every value of another body."""
    rows = []
    half = Z80 * math.hypot(sd_method, sd_within)
    for split, mine in errors.items():
        for i, error in enumerate(mine):
            m = {"name": "knee_flexion_deg", "side": "left", "at": "turn", "zero": "rel", "unit": "deg"}
            value = {"true": 90.0, "value": 90.0 + error, "far": False}
            ends = {"low": 90.0 + error - half, "high": 90.0 + error + half}
            sds = {"sd_method": sd_method, "sd_within": sd_within}
            place = {"split": split, "model": "heavy", "movement": "squat", "plane": "side", "lead": ""}
            view = {"recognised": "squat", "view": {"gate": "full"}, "measures": [m | value | ends | sds]}
            rows.append({**place, "status": "ok", "body": f"{split}{i}", **view})
    made = {
        "subset": "quick",
        "made_at": "2026-01-02T03:04+00:00",
        "generator": "g",
        "bodies": {"tuning": []},
    }
    return Results(rows, made)


KNEE = {"zero": "rel", "at": "turn", "leg": "", "view": "side full"}


def test_spreads_hold_bias_and_come_from_tuning_bodies_only():
    results = _results({"tuning": [3.0, 5.0] * 5, "held_out": [100.0] * 10})
    text = to_toml(spreads(results, model="heavy"), made=results.made, model="heavy")
    stored = parse_spreads(tomllib.loads(text))
    squat = find_spread(stored, "knee_flexion_deg", movement="squat", **KNEE)
    assert squat.sd == pytest.approx(math.sqrt(17), abs=0.01)
    assert (squat.n, squat.bodies) == (10, 10)
    assert tomllib.loads(text)["made_on"].isoformat() == "2026-01-02"


def test_what_repetitions_show_by_themselves_is_not_counted_twice():
    results = _results({"tuning": [3.0, -3.0] * 5}, sd_within=2.0)
    squat = next(row for row in spreads(results, model="heavy") if row.movement == "squat")
    assert squat.sd == pytest.approx(math.sqrt(9 - 4))


def test_a_spread_is_looked_up_from_the_particular_to_the_general():
    results = _results({"tuning": [3.0, 5.0] * 5})
    stored = {row.key: row for row in spreads(results, model="heavy")}
    assert find_spread(stored, "knee_flexion_deg", movement="hinge", **KNEE).movement == "any"
    at_end = {**KNEE, "at": "finish"}
    assert find_spread(stored, "knee_flexion_deg", movement="squat", **at_end).at == "turn"
    widened = {**KNEE, "view": "side widened"}
    assert find_spread(stored, "knee_flexion_deg", movement="squat", **widened) is None
    assert find_spread(stored, "kasr_ratio", movement="squat", **KNEE) is None


def test_too_few_values_are_no_evidence():
    assert spreads(_results({"tuning": [1.0] * 7}), model="heavy") == []


def test_writing_intervals_says_whether_a_row_changed(tmp_path):
    path, before = tmp_path / "uncertainty.toml", _results({"tuning": [3.0, 5.0] * 5})
    assert write_intervals(before, path, model="heavy")
    later = Results(before.rows, before.made | {"made_at": "2026-02-03T04:05+00:00"})
    assert not write_intervals(later, path, model="heavy")
    assert write_intervals(_results({"tuning": [3.0, 6.0] * 5}), path, model="heavy")


def test_coverage_is_checked_before_the_factor_for_real_people(monkeypatch):
    results = _results({"tuning": [2.0, -2.0] * 5, "held_out": [0.5, 1.5, -1.5, 4.0]}, sd_method=3.0)
    known = {row.key: row for row in spreads(results, model="heavy")}
    monkeypatch.setattr(values_module, "load_spreads", lambda: known)
    grading = replace(load_grading(), sim_to_real_factor=3.0)
    monkeypatch.setattr(values_module, "load_grading", lambda: grading)
    assert coverage_table(results, model="heavy").rows == (
        ("knee_flexion_deg", "rel", 4, "25 %", "75 %"),  # within 1.28 x 1; within 1.28 x 3
    )


# ---------------------------------------------------------------- the page


def test_every_row_that_can_be_missed_has_a_reason(stick, tmp_path):
    results = run(tmp_path, stick, [case(SQUAT, "b01"), case(FRONT, "b07")])
    rows = [goal.quantity for goal in goals(results, model="heavy") if goal.held is not None]
    calm = ("turn of a repetition", "yaw, median", "80 % intervals")
    assert len(rows) > 10
    assert [row for row in rows if not why_missed(row) and not row.startswith(calm)] == []


def test_page_shows_failures_and_what_was_missed(stick, tmp_path):
    pytest.importorskip("matplotlib")
    from movement_lab.validation.page import write_page

    good = run(tmp_path, stick, [case(SQUAT), case(FRONT, "b07")])
    failed = {
        **good.rows[0],
        "case": "the-broken-one",
        "status": "failed",
        "stage": "follow",
        "error": "NobodyError",
    }
    for key in ("measures", "findings", "view", "reps", "recognised"):
        failed.pop(key)
    results = Results([*good.rows, failed], good.made)
    text = write_page(results, tmp_path / "docs", model="heavy").read_text(encoding="utf-8")
    assert "the-broken-one" in text
    assert "failed at follow: NobodyError" in text
    assert "1 of 3 runs failed" in text
    assert "wanted all, reached 2/3" in text
    for line in (line for line in text.splitlines() if "](accuracy/" in line):
        assert (tmp_path / "docs" / "accuracy" / line.split("](accuracy/")[1].split(")")[0]).is_file()
    with (tmp_path / "docs" / "accuracy" / "agreement.csv").open() as file:
        assert len(list(csv.reader(file))) == len(everything_table(results).rows) + 1
