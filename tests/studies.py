"""Small studies for tests: tracks of stick figures stand in for videos, so that no pose model is needed."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from movement_lab.batch.inputs import find_clips
from movement_lab.batch.keys import setting_of
from movement_lab.batch.run import Where, run_clips
from movement_lab.batch.settle import Plan
from movement_lab.batch.store import Store
from movement_lab.batch.study import publish
from movement_lab.exporters.npz import save_raw
from movement_lab.records import Track
from movement_lab.synthetic import Camera, film, repetitions

TABLES = ("clips", "reps", "measurements", "findings", "coordination")
FILES = tuple(f"{name}.{end}" for name in TABLES for end in ("parquet", "csv"))


def save_figure(path: Path, movement: str = "squat", view: str = "left", **bottom: float) -> Path:
    """Write the track of a stick figure that does five repetitions; returns its path."""
    motion = repetitions(movement, reps=5, bottom=bottom or None)
    path.parent.mkdir(parents=True, exist_ok=True)
    return save_raw(film(motion, Camera(view=view)), path)


def few_clips(folder: Path) -> Path:
    """Fill a folder with four figures, one that stands still, and files that are none; returns a manifest."""
    save_figure(folder / "a" / "squat.npz")
    save_figure(folder / "b" / "squat.npz", heel_rise_left_deg=14, heel_rise_right_deg=14)
    save_figure(folder / "hinge.npz", "hinge")
    save_figure(folder / "lunge.npz", "lunge")
    save_raw(first(film(repetitions("squat", reps=1), Camera(view="left")), 1.8), folder / "still.npz")
    (folder / "noise.npz").write_bytes(b"\x00noise" * 200)
    (folder / "empty.npz").write_bytes(b"")
    manifest = folder / "manifest.csv"
    manifest.write_text(
        "file,subject,session,movement,height_cm,mass_kg,status\n"
        "a/squat.npz,007,1,,175,70.5,well\n"
        "noise.npz,007,2,,,70,\n"
        "b/squat.npz,008,1,squat,,,\n"
        "hinge.npz,008,2,,,,\n"
        "gone.npz,009,1,,,,\n"
        "empty.npz,009,2,,,,\n"
        "still.npz,010,1,squat,,,\n"
        "lunge.npz,010,2,,,,\n",
        encoding="utf-8",
    )
    return manifest


def first(track: Track, seconds: float) -> Track:
    """Return the beginning of a track: two seconds of standing come before the first repetition."""
    keep = track.time_s < seconds
    parts = {name: getattr(track, name)[keep] for name in ("time_s", "xy", "xyz", "score")}
    return replace(track, **parts)


def assess_all(manifest: Path, out: Path, *, workers: int = 2, scheduler: str = "") -> None:
    """Run a study as the command does, and write its tables."""
    clips, setting = find_clips([str(manifest)], without=out), setting_of("")
    outcomes = run_clips(clips, Plan(Store(out / "store"), setting), Where(workers, scheduler))
    publish(out, clips, outcomes, setting)


def command(*words: object) -> list[str]:
    """Return the command line in a process of its own."""
    return [sys.executable, "-m", "movement_lab", *map(str, words)]


def killed(words: list[str], until) -> None:
    """Start a command and kill it (-9) as soon as ``until()`` holds."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not until() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def log_of(out: Path) -> list[dict]:
    """Return what worker processes did, in order."""
    path = out / "store" / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def contents(out: Path) -> dict[str, bytes]:
    """Return the bytes of everything a study shows."""
    names = [*FILES, "data_dictionary.csv", "qc.html", "study.json"]
    frames = {f"frames/{path.name}": path.read_bytes() for path in (out / "frames").iterdir()}
    return {name: (out / name).read_bytes() for name in names} | frames
