"""What a wheel needs to work on its own travels in it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built by the build backend itself (no network, no isolation)."""
    pytest.importorskip("hatchling")
    out = tmp_path_factory.mktemp("wheel")
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(out)!r}))"
    run = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True)
    return out / run.stdout.strip().splitlines()[-1]


def test_tables_templates_and_manifests_travel_along(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        path.relative_to(REPO).as_posix()
        for pattern in ("*.py", "*.toml", "*.json", "*.typ", "*.otf", "OFL.txt", "py.typed")
        for path in (REPO / "movement_lab").rglob(pattern)
    }
    assert package <= names
    web = [path for path in (REPO / "web").rglob("*") if path.is_file()]
    assets = {f"movement_lab/_assets/{path.relative_to(REPO).as_posix()}" for path in web}
    assert {*assets, "movement_lab/_assets/models/manifest.toml"} <= names


def test_it_works_away_from_the_repository(wheel, tmp_path):
    """Unpacked somewhere else, it assesses a track and writes the page."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, 'site')\n"
        "from movement_lab.synthetic import Camera, film, repetitions\n"
        "import movement_lab as ml; from pathlib import Path\n"
        "assert Path(ml.__file__).is_relative_to(Path('site').resolve()), ml.__file__\n"
        "report = ml.assess(film(repetitions('squat', reps=2), Camera(view='left')))\n"
        "ml.export(report, Path('report.html')); ml.export(report, Path('report.json'))\n"
        "from movement_lab.weights import list_models; print(len(list_models()))\n"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "3"
    assert (tmp_path / "report.html").stat().st_size > 10_000
