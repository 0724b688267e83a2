"""The typical band: as wide as people differ, and out of reach of everything that measures or judges."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from movement_lab.spine.prior import load_rhythm, typical_lumbar_band

PACKAGE = Path(__file__).parent.parent / "movement_lab"
PRIOR = "movement_lab.spine.prior"

#: Everything between a track and its findings, and what is computed from those.
JUDGES = (
    "pipeline",
    "summaries",
    "findings",
    "measures",
    "standing",
    "reps",
    "recognition",
    "knowledge",
    "coordination",
)
#: The only places that may ask for the band: those that draw.
DRAWERS = ("movement_lab.charts", "movement_lab.drawing", "movement_lab.exporters.spine_curves")


# ---------------------------------------------------------------- what the band says


def band(lean, knee=0.0):
    low, high = typical_lumbar_band(np.atleast_1d(float(lean)), np.atleast_1d(float(knee)))
    return float(low[0]), float(high[0])


def middle(lean, knee=0.0):
    return sum(band(lean, knee)) / 2


#: Lean of the line hips to shoulders that goes with a rib cage pitched so far: 0.4 of the lumbar part less.
@pytest.mark.parametrize(
    ("thorax", "lumbar", "half"), [(30, 30 * 1.9 / 2.9, 6.5), (60, 34, 13), (90, 42.4, 19)]
)
def test_forward_bend_with_straight_knees_is_that_of_the_literature(thorax, lumbar, half):
    low, high = band(thorax - 0.4 * lumbar)
    assert (low + high) / 2 == pytest.approx(lumbar, abs=0.4)
    assert (high - low) / 2 == pytest.approx(half, abs=0.5)


def test_full_forward_bend_ends_near_the_published_total():
    """111 degrees in all, 41.6 of them lumbar: not among the numbers the table is made from."""
    assert middle(111 - 0.4 * 41.6) == pytest.approx(41.6, abs=2)


def test_squats_fall_where_squats_were_measured():
    """Published means of 12.6 to 26.3 degrees lie inside; the middle is below a forward bend's."""
    low, high = band(40, knee=110)
    assert low < 12.6
    assert high > 26.3
    assert middle(40, knee=110) < 0.85 * middle(40, knee=0)


def test_bent_knees_widen_the_band():
    straight, bent = (np.diff(band(60, knee))[0] for knee in (0, 90))
    assert bent > 1.05 * straight


def test_upright_is_about_nothing():
    low, high = band(0)
    assert low == pytest.approx(-high)
    assert 0 < high < 10


def test_leaning_further_never_bends_the_typical_back_less():
    lean = np.linspace(-20, 150, 200)
    low, high = typical_lumbar_band(lean, np.zeros(200))
    assert (np.diff((low + high) / 2) >= -1e-9).all()
    assert (high > low).all()


def test_what_was_not_seen_has_no_band():
    low, high = typical_lumbar_band(np.array([np.nan, 30.0, 30.0]), np.array([10.0, np.nan, 10.0]))
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [True, True, False]


def test_the_numbers_name_their_sources():
    assert {"esola96", "laird18"} <= set(load_rhythm().sources)


# ---------------------------------------------------------------- who can know of it


def modules_in(package):
    """Every module of a package folder by its dotted name."""
    names = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


@cache
def names_in(path):
    """Dotted names a file may import, wherever in it: statements, and texts for ``import_module``."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
    return names


def within(name, package):
    return name == package or name.startswith(package + ".")


def reached_from(start, package):
    """Every module that importing ``start`` can load, now or later.

    Loading a module loads the packages it lies in; the outermost one is left out, because it only
    hands on names that somebody asks for.
    """
    modules, reached, waiting = modules_in(package), set(), [start]
    while waiting:
        name = waiting.pop()
        if name in modules and name not in reached:
            reached.add(name)
            parents = [".".join(name.split(".")[:depth]) for depth in range(2, name.count(".") + 1)]
            waiting += [*parents, *names_in(modules[name])]
    return reached


@pytest.mark.parametrize("judge", JUDGES)
def test_nothing_that_measures_or_judges_can_reach_it(judge):
    starts = [name for name in modules_in(PACKAGE) if within(name, f"movement_lab.{judge}")]
    assert starts
    assert [name for name in starts if PRIOR in reached_from(name, PACKAGE)] == []


def test_only_what_draws_asks_for_it():
    asks = [name for name, path in modules_in(PACKAGE).items() if PRIOR in names_in(path)]
    assert [name for name in asks if not any(within(name, place) for place in DRAWERS)] == []


@pytest.mark.parametrize(
    "line",
    [
        "from toy.spine.prior import band",
        "from toy.spine import prior",
        "import toy.spine.prior",
        "def later():\n    from toy.helper import band",
        "from importlib import import_module\nimport_module('toy.spine.prior')",
    ],
)
def test_a_way_to_it_would_be_found(tmp_path, line):
    toy = tmp_path / "toy"
    (toy / "spine").mkdir(parents=True)
    for path in (toy / "__init__.py", toy / "spine" / "__init__.py"):
        path.touch()
    (toy / "spine" / "prior.py").write_text("band = 1\n")
    (toy / "helper.py").write_text("from toy.spine.prior import band\n")
    (toy / "measures.py").write_text(line + "\n")
    (toy / "pipeline.py").write_text("import toy.measures\n")
    assert "toy.spine.prior" in reached_from("toy.pipeline", toy)


def test_assessing_never_loads_it():
    code = (
        "import sys\n"
        "from movement_lab.pipeline import assess\n"
        "from movement_lab.synthetic import Camera, film, repetitions\n"
        "assess(film(repetitions('hinge', reps=2), Camera(view='left', size=(640, 480))))\n"
        f"print({PRIOR!r} in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
