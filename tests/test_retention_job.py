"""The worker keeps the promise about videos: when it starts, and every hour."""

import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest
from people_rows import add_assessment, film_report

from movement_lab.jobs.queue import open_queue
from movement_lab.storage import open_store
from movement_lab.storage.models import now
from movement_lab.workspace.preferences import Defaults, save_defaults


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def overdue(store):
    save_defaults(store, Defaults(keep_days=30))
    return store.folder.assessment(add_assessment(store, film_report(92), at=now() - timedelta(days=31)))


def test_the_worker_process_deletes_what_is_overdue_when_it_starts(store):
    folder = overdue(store)
    command = [sys.executable, "-m", "movement_lab.jobs", str(store.folder.root)]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE)  # it ends with whoever holds the other end
    try:
        give_up = time.monotonic() + 60
        while folder.upload.exists() and time.monotonic() < give_up:
            time.sleep(0.1)
        assert not folder.upload.exists()
        assert folder.track.exists()
        assert worker.poll() is None
    finally:
        worker.stdin.close()
        worker.wait(30)


def test_and_once_an_hour(store):
    folder, queue = overdue(store), open_queue(store.folder.root)
    whole_day = [datetime(2026, 11, 21, hour, minute) for hour in range(24) for minute in range(60)]
    due = [task for when in whole_day for task in queue.read_periodic(when)]
    assert len(due) == 24
    queue.execute(due[0])
    assert not folder.upload.exists()
