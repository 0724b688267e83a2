"""The study check: many clips, some broken, here and on a Dask cluster, killed and resumed; speed and memory.

    python benchmarks/batch.py [--clips 200] [--broken FOLDER] [--model lite] [--folder KEEP]
    python benchmarks/batch.py --parts speed          # one worker, two workers, and `assess` itself

Clips are stretches of the samples, each another one; 20 of them are broken: from FOLDER, or invented.
What must hold is said at the end of each part; a part that doesn't hold ends with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from movement_lab.video import VideoWriter, probe, read_frames

SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.mp4"))
BROKEN = 20
#: Two seconds of standing and one repetition, every other picture.
CLIP_S, EVERY, APART_S = 5.5, 2, 0.08
TABLES = ("clips", "reps", "measurements", "findings", "coordination")
SPEEDUP, OVERHEAD, GROWTH = 1.7, 0.05, 0.10
#: Clips of the part about speed, and how often each way is timed: the quickest counts, as neighbours on the
#: same machine can only slow things down.
FEW, ROUNDS = 48, 2


def make_clips(folder: Path, *, clips: int, broken: Path | None) -> Path:
    """Fill a folder with clips and broken files, and write its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"clip_{number:03}.mp4" for number in range(clips - BROKEN)]
    for number, name in enumerate(names):
        if not (folder / name).exists():
            sample = SAMPLES[number % len(SAMPLES)]
            cut(sample, folder / name, start_s=APART_S * (number // len(SAMPLES)))
    spoiled = take_broken(broken, folder) if broken else invent_broken(folder, folder / names[0])
    every = max(1, len(names) // BROKEN)
    for number, name in enumerate(spoiled):
        names.insert(min(number * (every + 1), len(names)), name)
    manifest = folder / "study.csv"
    rows = [f"{name},s{number // 2:03},{1 + number % 2}" for number, name in enumerate(names)]
    manifest.write_text("\n".join(["file,subject,session", *rows]) + "\n", encoding="utf-8")
    return manifest


def cut(sample: Path, path: Path, *, start_s: float) -> None:
    """Write a stretch of a sample."""
    info = probe(sample)
    frames = islice(read_frames(sample, start_s=start_s, end_s=start_s + CLIP_S), 0, None, EVERY)
    with VideoWriter(path, size=(info.width, info.height), rate_hz=info.nominal_rate_hz / EVERY) as out:
        for frame in frames:
            out.write(frame.image, frame.time_s - start_s)


def take_broken(source: Path, folder: Path) -> list[str]:
    """Copy the smallest files that are no plain clip of one person, so that they take little time."""
    files = sorted(source.rglob("*.*"), key=lambda path: (path.stat().st_size, path.name))
    files = [path for path in files if path.suffix.lower() not in (".txt", "")][:BROKEN]
    names = [f"broken_{number:02}{path.suffix}" for number, path in enumerate(files)]
    for name, path in zip(names, files, strict=True):
        shutil.copyfile(path, folder / name)
    return names


def invent_broken(folder: Path, whole: Path) -> list[str]:
    """Write files that are no clip of a person: empty, noise, text, cut short; each another one."""
    data = whole.read_bytes()
    names = [f"broken_{number:02}.mp4" for number in range(BROKEN)]
    for number, name in enumerate(names):
        kinds = (b"", bytes([number]) * 4000, b"no video %d" % number, data[: len(data) // 2 + number])
        (folder / name).write_bytes(kinds[number % len(kinds)])
    return names


# ---------------------------------------------------------------- running it


def command(manifest: Path, out: Path, model: str, *more: str) -> list[str]:
    """Return the command line of a study."""
    return [
        sys.executable,
        "-m",
        "movement_lab",
        "batch",
        str(manifest),
        "--out",
        str(out),
        "--model",
        model,
        *more,
    ]


def log_of(out: Path) -> list[dict[str, Any]]:
    """Return what worker processes did."""
    path = out / "store" / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def kill_at(
    words: Sequence[str], holds: Callable[[], bool], victim: Callable[[int], int] = lambda pid: pid
) -> None:
    """Start a command and kill it (-9), or another process in its place, as soon as something holds."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not holds():
        time.sleep(0.05)
    target = victim(process.pid)
    os.kill(target, signal.SIGKILL)
    process.wait()


def killed_twice(words: Sequence[str], out: Path, clips: int) -> None:
    """Run a study that is killed at a third and at two thirds, then to its end."""
    for share in (1 / 3, 2 / 3):
        kill_at(words, lambda share=share: len(log_of(out)) >= share * clips)  # type: ignore[misc]
        print(f"  killed after {len(log_of(out))} of {clips}", flush=True)
    subprocess.run(words, check=True)


def check_study(out: Path, clips: int) -> bool:
    """Say whether every clip is one row, nothing was followed twice, and every failure says why."""
    rows = pq.read_table(out / "clips.parquet").to_pylist()
    followed = [entry["track"] for entry in log_of(out) if entry["followed"]]
    failed = [row for row in rows if row["status"] == "failed"]
    once = len({row["clip"] for row in rows}) == len(rows) == clips
    told = all(row["reason"] and row["message"] for row in failed)
    why = "each says why" if told else "SOME WITHOUT A REASON"
    print(f"  {len(rows)} rows, {len(failed)} not assessed ({why})")
    print(f"  {len(followed)} followed, {len(followed) - len(set(followed))} of them twice")
    return once and told and len(followed) == len(set(followed))


def same_tables(one: Path, other: Path) -> bool:
    """Say whether two studies have the same bytes in every table, dictionary and page."""
    names = [f"{name}.{end}" for name in TABLES for end in ("parquet", "csv")]
    names += ["data_dictionary.csv", "qc.html", "study.json"]
    different = [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()]
    print(f"  {len(names) - len(different)} of {len(names)} files have the same bytes {different or ''}")
    return not different


def check_memory(out: Path) -> bool:
    """Say how much more memory worker processes had at their last clip than at their tenth."""
    peaks: dict[int, list[float]] = {}
    for entry in log_of(out):
        if entry.get("peak_mb"):
            peaks.setdefault(entry["process"], []).append(entry["peak_mb"])
    long = [each for each in peaks.values() if len(each) > 12]
    growth = max((each[-1] / each[9] - 1 for each in long), default=0.0)
    most = max((max(each) for each in peaks.values()), default=0.0)
    print(f"  memory: at most {most:.0f} MB a process; {growth:+.1%} from the tenth clip to the last")
    return growth <= GROWTH


class Cluster:
    """A Dask scheduler and two workers, as processes."""

    def __init__(self, folder: Path) -> None:
        file = folder / "scheduler.json"
        file.unlink(missing_ok=True)
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show", "--scheduler-file", str(file)
        )
        while not (file.is_file() and file.stat().st_size):
            time.sleep(0.1)
        self.address = json.loads(file.read_text())["address"]
        for number in (1, 2):
            words = (self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard")
            self._start("worker", *words, "--local-directory", str(folder / f"worker_{number}"))

    def _start(self, kind: str, *words: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words]
        self.processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def stop(self) -> None:
        """End all processes."""
        for process in self.processes:
            process.kill()
            process.wait()


# ---------------------------------------------------------------- the parts


def part_local(work: Path, manifest: Path, clips: int, model: str) -> bool:
    """Two processes here, killed and resumed twice."""
    out = work / "local"
    shutil.rmtree(out, ignore_errors=True)
    started = time.perf_counter()
    killed_twice(command(manifest, out, model, "--workers", "2"), out, clips)
    print(f"  {time.perf_counter() - started:.0f} s in all")
    return check_study(out, clips) & check_memory(out)


def part_dask(work: Path, manifest: Path, clips: int, model: str) -> bool:
    """Two Dask workers; one is killed half-way and the command is killed and resumed twice."""
    out, cluster = work / "dask", Cluster(work)
    shutil.rmtree(out, ignore_errors=True)
    words = command(manifest, out, model, "--scheduler", cluster.address)
    try:
        kill_at(words, lambda: len(log_of(out)) >= clips / 3)
        print(f"  command killed after {len(log_of(out))} of {clips}", flush=True)
        with subprocess.Popen(words, stderr=subprocess.DEVNULL) as run:
            while len(log_of(out)) < clips / 2 and run.poll() is None:
                time.sleep(0.1)
            cluster.processes[1].kill()
            print(f"  a worker killed after {len(log_of(out))} of {clips}", flush=True)
            while len(log_of(out)) < 2 * clips / 3 and run.poll() is None:
                time.sleep(0.1)
            run.kill()
            print(f"  command killed after {len(log_of(out))} of {clips}", flush=True)
        subprocess.run(words, check=True)
    finally:
        cluster.stop()
    whole = check_study(out, clips)
    return whole & (same_tables(work / "local", out) if (work / "local" / "study.json").is_file() else True)


def part_speed(work: Path, manifest: Path, clips: int, model: str) -> bool:
    """One process, two processes, and `assess` itself in one process, over the same clips."""
    few = manifest.with_name("few.csv")
    lines = [line for line in manifest.read_text().splitlines() if "broken" not in line]
    few.write_text("\n".join(lines[: min(clips, FEW) + 1]) + "\n", encoding="utf-8")
    names = [line.partition(",")[0] for line in lines[1 : min(clips, FEW) + 1]]
    paths = [str(manifest.parent / name) for name in names]
    ways = {
        "alone": [sys.executable, __file__, "--assess-only", model, *paths],
        "one": command(few, work / "speed_1", model, "--workers", "1"),
        "two": command(few, work / "speed_2", model, "--workers", "2"),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, words in ways.items():
            for out in (work / "speed_1", work / "speed_2"):
                shutil.rmtree(out, ignore_errors=True)
            seconds[way].append(timed(words))
    print(f"  seconds: { {way: [round(each, 1) for each in took] for way, took in seconds.items()} }")
    alone, one, two = (min(seconds[way]) for way in ways)
    faster, over = one / two, one / alone - 1
    print(f"  {len(names)} clips: one process {one:.1f} s, two {two:.1f} s, {faster:.2f} x")
    print(f"  `assess` itself in one process {alone:.1f} s: the study takes {over:+.1%}")
    return faster >= SPEEDUP and over <= OVERHEAD


def assess_only(model: str, paths: Sequence[str]) -> None:
    """Assess clips one after the other in this process and write nothing: what a study is measured by."""
    from movement_lab.recording import Options, assess_video
    from movement_lab.tracking import start_following

    start_following()
    for path in paths:
        assess_video(Path(path), Options(model=model, workers=0))


def timed(words: Sequence[str]) -> float:
    """Return the seconds a command takes."""
    started = time.perf_counter()
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


PARTS = {"local": part_local, "dask": part_dask, "speed": part_speed}


def main() -> None:
    """Make the clips and run the parts."""
    if sys.argv[1:2] == ["--assess-only"]:
        assess_only(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--broken", type=Path, help="Folder of broken files.  [default: invented ones]")
    parser.add_argument("--model", default="lite")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--folder", type=Path, help="Keep clips and studies here.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = chosen.folder or Path(temporary)
        manifest = make_clips(work / "clips", clips=chosen.clips, broken=chosen.broken)
        held = {}
        for name in chosen.parts.split(","):
            print(name, flush=True)
            held[name] = PARTS[name](work, manifest, chosen.clips, chosen.model)
            print(f"  {'as promised' if held[name] else 'NOT as promised'}", flush=True)
    raise SystemExit(0 if all(held.values()) else 1)


if __name__ == "__main__":
    main()
