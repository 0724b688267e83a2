"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

REPO = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def repo() -> Path:
    """The top of the repository."""
    return REPO


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real clips, never part of the project: MOVEMENT_LAB_DATA, if that is set."""
    folder = os.environ.get("MOVEMENT_LAB_DATA", "")
    if not Path(folder or "/nowhere").is_dir():
        pytest.skip("set MOVEMENT_LAB_DATA to the folder of real clips")
    return Path(folder)


@pytest.fixture(scope="session")
def pose_model() -> str:
    """Name of a pose model whose file is here: the smallest one."""
    from movement_lab.weights import list_models

    present = [model for model in list_models() if model.status == "present"]
    if not present:
        pytest.skip("no pose model here (movement-lab models pull)")
    return min(present, key=lambda model: model.bytes).name
