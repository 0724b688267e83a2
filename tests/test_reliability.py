"""Reliability: published and hand-made numbers, "not enough data" where there is not, curves of groups."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from movement_lab.cli import main
from movement_lab.knowledge import load_sources
from movement_lab.reliability.agreement import agreement, iccs, limits_of_agreement, standard_error
from movement_lab.reliability.curves import band, over_reps
from movement_lab.reliability.design import read_design
from movement_lab.reliability.rules import load_rules, own_sources
from movement_lab.wording import keys
from tests.studies import assess_all, save_figure

#: Six targets seen by four judges: Shrout and Fleiss 1979, table 2.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def test_the_published_example_gives_the_published_figures():
    icc21, icc31 = iccs(SHROUT_FLEISS)
    assert round(icc21.value, 2) == 0.29
    assert round(icc31.value, 2) == 0.71
    # Intervals as McGraw and Wong's formulas give them for the same table.
    assert (round(icc21.low, 2), round(icc21.high, 2)) == (0.02, 0.76)
    assert (round(icc31.low, 2), round(icc31.high, 2)) == (0.34, 0.95)


@pytest.mark.filterwarnings("ignore")  # of a library about another
def test_another_library_gives_the_same():
    pingouin, pandas = pytest.importorskip("pingouin"), pytest.importorskip("pandas")
    rng = np.random.default_rng(1)
    values = rng.normal(60, 8, (20, 1)) + rng.normal(0, 3, (20, 3)) + np.array([0, 1, -2])
    rows = [(i, j, values[i, j]) for i in range(20) for j in range(3)]
    table = pingouin.intraclass_corr(pandas.DataFrame(rows, columns=["p", "s", "v"]), "p", "s", "v")
    for mine, theirs in zip(iccs(values), (table.iloc[1], table.iloc[2]), strict=True):
        assert mine.value == pytest.approx(theirs["ICC"], abs=1e-9)
        interval = theirs[next(name for name in table.columns if name.startswith("CI95"))]
        assert (mine.low, mine.high) == pytest.approx(
            tuple(interval), abs=0.0051
        )  # it rounds to two decimals


def test_error_and_limits_worked_by_hand():
    # Three people, two sessions: differences 2, 4, 6. Mean 4, SD 2.
    values = np.array([[10.0, 12.0], [20.0, 24.0], [30.0, 36.0]])
    limits = limits_of_agreement(values[:, 0], values[:, 1])
    assert limits.bias == 4.0
    assert limits.low == pytest.approx(4 - 1.959964 * 2, abs=1e-5)
    assert limits.high == pytest.approx(4 + 1.959964 * 2, abs=1e-5)
    assert limits.bias_high - 4 == pytest.approx(4.302653 * 2 / np.sqrt(3), abs=1e-5)
    # Rest: half the variance of the differences (2). Sessions: 3 * 2 * 2^2 = 24; shift (24 - 2) / 3.
    assert standard_error(values) == pytest.approx(np.sqrt(2 + 22 / 3))


def test_people_who_do_the_same_again_agree_wholly():
    values = np.repeat(np.arange(12.0)[:, None], 2, axis=1)
    found = agreement(values)
    assert (found.icc21.value, found.icc31.value, found.sem, found.mdc95) == (1.0, 1.0, 0.0, 0.0)


def test_a_shift_shared_by_all_counts_for_one_icc_only():
    rng = np.random.default_rng(2)
    first = rng.normal(50, 10, 20)
    values = np.column_stack([first, first + 10 + rng.normal(0, 0.5, 20)])
    icc21, icc31 = iccs(values)
    assert icc31.value > 0.99
    assert icc21.value < 0.8
    found = agreement(values)
    assert found.icc31 == icc31
    assert np.isnan(found.icc21.value)  # how large such shifts are, two sessions can't tell
    assert found.limits.bias == pytest.approx(10, abs=0.5)
    assert found.sem > 5


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.zeros((12, 1)), "few_sessions"),
        (np.random.default_rng(0).normal(size=(9, 2)), "few_subjects"),
        (np.zeros((12, 2)), "no_spread"),
        (np.random.default_rng(0).normal(size=(12, 2)), "interval_wide"),
    ],
)
def test_too_little_is_said_to_be_too_little(values, reason):
    found = agreement(values)
    assert found.reason == reason
    assert np.isnan([found.icc21.value, found.icc31.value, found.sem, found.mdc95, found.limits.bias]).all()
    assert f"clinician.reliability.reason.{reason}" in keys()


def test_people_with_a_gap_are_left_out():
    rng = np.random.default_rng(3)
    values = rng.normal(50, 10, (14, 1)) + rng.normal(0, 1, (14, 2))
    values[0, 1] = np.nan
    assert agreement(values).subjects == 13


def test_the_rules_have_sources_that_no_other_table_has():
    assert set(load_rules().sources) == set(own_sources())
    assert not set(own_sources()) & set(load_sources())


def test_a_band_is_mean_and_t_interval_and_gaps_stay_gaps():
    curves = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4.0, 5.0], [5.0, np.nan], [3.0, np.nan]])
    seen, mean, low, high, sd = band(curves)
    assert list(seen) == [6, 4]
    assert mean[0] == 3.0
    assert sd[0] == pytest.approx(np.sqrt(2.0))
    assert high[0] - 3 == pytest.approx(2.570582 * np.sqrt(2.0 / 6), abs=1e-5)
    assert np.isnan([mean[1], low[1], high[1], sd[1]]).all()


def test_a_curve_runs_over_per_cent_of_each_way():
    rep = np.array([0, 1, 1, 1, 1, 1, 1, 0, 2, 2])
    phase = [None, "down", "down", "down", "up", "up", "up", None, "down", "up"]
    values = np.array([9.0, 0, 10, 20, 20, 10, 0, 9, 7, 7])
    curve = over_reps(rep, phase, values, {1})
    assert curve.shape == (2, 101)
    np.testing.assert_allclose(curve[0], np.linspace(0, 20, 101))
    np.testing.assert_allclose(curve[1], np.linspace(20, 0, 101))


# ---------------------------------------------------------------- a study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Twelve people, two sessions, two groups; who bends deeper in one does so in the other."""
    folder, out = tmp_path_factory.mktemp("clips"), tmp_path_factory.mktemp("study")
    lines, rng = ["file,subject,session,group"], np.random.default_rng(4)
    for person in range(12):
        depth = 70 + 3 * person
        for session in (1, 2):
            name = f"p{person}_{session}.npz"
            save_figure(folder / name, "squat", thigh_deg=float(depth + rng.normal(0, 0.5)))
            lines.append(f"{name},{person:03},{session},{'tall' if person % 2 else 'short'}")
    (folder / "study.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assess_all(folder / "study.csv", out)
    return out


def test_a_study_with_sessions_gets_figures_curves_and_a_page(study):
    run = CliRunner().invoke(main, ["reliability", str(study)])
    assert run.exit_code == 0, run.output
    rows = pq.read_table(study / "reliability.parquet").to_pylist()
    knee = next(
        row
        for row in rows
        if (row["name"], row["side"], row["at"], row["zero"]) == ("knee_flexion_deg", "left", "turn", "rel")
    )
    assert (knee["subjects"], knee["sessions"], knee["reason"]) == (12, 2, None)
    assert knee["icc21"] > 0.95
    assert 0 < knee["sem"] < 3
    assert knee["mdc95"] == pytest.approx(2.7718 * knee["sem"], rel=1e-3)
    assert all(row["icc21"] is None for row in rows if row["reason"])
    curves = pq.read_table(study / "curves.parquet").to_pylist()
    assert {(row["group"], row["phase"]) for row in curves} == {
        (group, way) for group in ("short", "tall") for way in ("down", "up")
    }
    bottom = [row for row in curves if (row["signal"], row["phase"]) == ("knee_flexion_left_deg", "down")]
    deepest = {row["group"]: row["mean"] for row in bottom if row["percent"] == 100}
    start = {row["group"]: row["mean"] for row in bottom if row["percent"] == 0}
    assert deepest["tall"] > deepest["short"] > start["short"] + 40
    assert all(row["low95"] < row["mean"] < row["high95"] for row in bottom if row["percent"] == 100)
    page = (study / "reliability.html").read_text(encoding="utf-8")
    assert "Shrout and Fleiss 1979" in page
    assert page.count('<svg class="plot"') > 3


def test_nobody_twice_is_refused_with_what_to_add(tmp_path):
    save_figure(tmp_path / "one.npz")
    (tmp_path / "m.csv").write_text("file,subject\none.npz,1\n", encoding="utf-8")
    assess_all(tmp_path / "m.csv", tmp_path / "out", workers=1)
    run = CliRunner().invoke(main, ["reliability", str(tmp_path / "out")])
    assert run.exit_code == 2
    assert "session, visit, trial" in run.output


def test_one_session_only_is_not_enough_data(tmp_path):
    save_figure(tmp_path / "one.npz")
    (tmp_path / "m.csv").write_text("file,subject,session\none.npz,1,1\n", encoding="utf-8")
    assess_all(tmp_path / "m.csv", tmp_path / "out", workers=1)
    run = CliRunner().invoke(main, ["reliability", str(tmp_path / "out"), "--language", "de"])
    assert run.exit_code == 0, run.output
    assert run.output.startswith("0 Messungen haben Zahlen")
    page = (tmp_path / "out" / "reliability.html").read_text(encoding="utf-8")
    assert "Zu wenig Daten" in page
    assert read_design(tmp_path / "out").repeat == "session"
