"""Imports point one way, and what is heavy is imported where it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "movement_lab"

#: From the ground up; a module may import from its own layer and from those before it.
LAYERS = [
    ["errors", "assets", "skeleton", "records", "declared", "geometry", "atomic", "isolation"],
    ["knowledge", "wording", "video", "backends", "weights", "people"],
    ["cleaning", "coarse", "cycles", "importers", "measures", "squaring", "view", "tracking", "spine"],
    [
        "recognition",
        "standing",
        "moments",
        "spine_signals",
        "summaries",
        "sharing",
        "coordination",
        "findings",
        "quality",
        "marked",
        "reps",
    ],
    ["report"],
    ["pipeline"],
    ["charts", "evidence", "drawing", "exporters", "recording", "summary", "progress", "synthetic"],
    ["fingerprints"],
    ["comparing", "results", "printing", "formats", "validation", "training"],
    ["batch", "reliability"],
    ["storage"],
    ["workspace"],
    ["jobs", "live"],
    ["server"],
    ["commands"],
    ["cli", "__main__", "__init__"],
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

#: Heavy packages and the only places that may import them.
HOMES = {
    "mediapipe": {"backends", "weights"},
    "cv2": {"video", "drawing", "exporters", "synthetic", "spine"},
    "onnxruntime": {"spine"},
    "typst": {"spine", "exporters"},
    "sklearn": {"training"},
    "av": {"video"},
    "vtk": {"synthetic"},
    "anny": {"synthetic"},
    "torch": {"synthetic"},
    "jinja2": {"exporters", "batch"},
    "matplotlib": {"validation"},
    "ezc3d": {"exporters"},
    "pynwb": {"exporters"},
    "ndx_pose": {"exporters"},
    "pyarrow": {"exporters", "batch", "reliability"},
    "flask": {"server"},
    "flask_wtf": {"server"},
    "flask_smorest": {"server"},
    "marshmallow": {"server"},
    "waitress": {"server"},
    "websockets": {"server"},
    "sqlalchemy": {"storage", "workspace", "jobs"},
    "alembic": {"storage"},
    "apispec": {"server"},
    "huey": {"jobs"},
    "psutil": {"jobs"},
    "argon2": {"workspace"},
    "dask": {"batch"},
    "distributed": {"batch"},
}


def module_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """Absolute names imported anywhere in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module


FILES = sorted(PACKAGE.rglob("*.py"))


def test_every_module_has_a_layer():
    assert {module_of(path) for path in FILES} == set(RANK)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    here = module_of(path)
    for name in imports_of(path):
        top, _, rest = name.partition(".")
        if top == "movement_lab" and rest:
            there = rest.split(".")[0]
            assert RANK[there] <= RANK[here], f"{here} may not import {there}"
        assert here in HOMES.get(top, {here}), f"{here} may not import {top}"


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from movement_lab.cli import main; import movement_lab; "
        "print([m for m in ('numpy', 'scipy', 'mediapipe', 'cv2', 'av', 'jinja2') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
