"""A store to work on, recordings handed over to it, and the real worker process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from movement_lab.jobs.processes import end_tree
from movement_lab.storage import Assessment, Store
from movement_lab.workspace import uploads
from movement_lab.workspace.asked import Asked

PATIENCE_S = 240


def hand_over(store: Store, recording: bytes | Path, *, name: str = "squat.mp4", **asked: object) -> str:
    """Hand a recording over; returns its identifier."""
    data = recording if isinstance(recording, bytes) else recording.read_bytes()
    id_ = uploads.begin(store, source="upload", file_name=name, asked=Asked(model="lite", **asked)).id
    uploads.append(store, id_, 0, [data])
    return uploads.finish(store, id_)


def row_of(store: Store, id_: str) -> Assessment | None:
    with store.session() as session:
        return session.get(Assessment, id_)


def states(store: Store) -> dict[str, str]:
    with store.session() as session:
        return {row.id: row.state for row in session.query(Assessment)}


def wait_for(true: Callable[[], object], what: str, *, patience_s: float = PATIENCE_S) -> None:
    """Wait until something is so."""
    until = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.05)


@contextmanager
def worker_process(root: Path) -> Iterator[psutil.Process]:
    """Run the worker as the server does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "movement_lab.jobs", str(root)], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        end_tree(process.pid)
        process.communicate()


def strays(store: Store) -> list[str]:
    """Return files and folders that no row knows of, and what was left half written."""
    known = set(states(store))
    folder = store.folder
    lost = [path for path in folder.assessments.iterdir() if path.name not in known]
    lost += [path for path in folder.incoming.iterdir() if not (path / "meta.json").exists()]
    lost += [path for path in folder.root.rglob(".*")]
    return [str(path.relative_to(folder.root)) for path in lost]
