"""The same study on a Dask cluster: a real scheduler, workers in processes of their own, one of them lost."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.studies import assess_all, command, contents, few_clips, log_of

pytest.importorskip("distributed")


class Cluster:
    """A scheduler and its workers, as processes."""

    def __init__(self, folder):
        self._folder, self._processes = folder, []
        file = folder / "scheduler.json"
        self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show", "--scheduler-file", str(file)
        )
        wait_for(lambda: file.is_file() and file.stat().st_size)
        self.address = json.loads(file.read_text())["address"]
        self.workers = [self.start_worker(number) for number in (1, 2)]

    def start_worker(self, number):
        words = (self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--name", f"w{number}")
        return self._start("worker", *words, "--local-directory", str(self._folder / f"w{number}"))

    def _start(self, kind, *words):
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

    def stop(self):
        for process in self._processes:
            process.kill()
            process.wait()


def wait_for(holds, seconds=120):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.stop()


def test_a_worker_killed_half_way_loses_nothing_and_repeats_nothing(cluster, tmp_path):
    manifest = few_clips(tmp_path / "clips")
    assess_all(manifest, tmp_path / "here", workers=1)
    out = tmp_path / "there"
    words = command("batch", manifest, "--out", out, "--scheduler", cluster.address)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        wait_for(lambda: len(log_of(out)) >= 2 or run.poll() is not None)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        said, told = run.communicate(timeout=300)
    assert run.returncode == 0, told
    assert "4 clips assessed, 1 without a repetition, 3 not assessed." in said
    assert contents(out) == contents(tmp_path / "here")
    done = [entry["track"] for entry in log_of(out) if not entry["failure"]]
    assert len(done) == len(set(done)) <= 5


def test_where_no_scheduler_answers_it_says_what_is_needed(tmp_path):
    manifest = few_clips(tmp_path / "clips")
    words = command("batch", manifest, "--out", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:1")
    run = subprocess.run(words, capture_output=True, text=True)
    assert run.returncode == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:1" in run.stderr
