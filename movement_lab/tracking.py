"""From a video file to a raw Track, on all cores, off the network.

One landmarker keeps one core busy, so the clip is cut into segments, each tracked by a fresh
landmarker after a few warm-up frames, in as many worker processes as there are cores. Where the
cuts lie depends on the clip alone, never on the number of workers, so neither does the result. Who
follows many clips, one a process, starts no others (``workers=0``) and gets the same again.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from movement_lab.backends import PoseBackend, open_backend
from movement_lab.errors import ModelError, NobodyError, UsageError
from movement_lab.isolation import cut_network, die_with_parent
from movement_lab.people import (
    SAME_PERSON_HEIGHTS,
    Person,
    box_distance,
    choose_person,
    find_people,
    pose_box,
)
from movement_lab.records import Array, Frame, Pose, Track
from movement_lab.skeleton import LANDMARKS
from movement_lab.spine.pictures import Wanted, look, stack, to_video
from movement_lab.video import ReadStats, VideoInfo, read_frames, scale_for

Progress = Callable[[float], None]

#: Longest segment; an even number of equal ones keeps two cores equally busy to the end.
SEGMENT_S = 5.0
#: Frames shown to a fresh landmarker before its segment starts: after 5 to 10 it has settled.
WARMUP_FRAMES = 6
#: Larger pictures are scaled down: the model itself looks at 256 x 256 pixels of the person.
MAX_SIDE_PX = 1280
_MAX_PEOPLE = 4
_LOOKS = 8  # single pictures searched for people
_SMALL_PERSON = 0.35  # of the picture's height: below, the tracker is shown a crop even of one person


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a clip: ``start_s <= time < end_s``, read from ``warmup_s`` on."""

    start_s: float
    end_s: float
    warmup_s: float


@dataclass(frozen=True, slots=True)
class _Job:
    """What a worker needs to track one segment (plain, picklable)."""

    path: str
    model_path: str
    segment: Segment
    crop: tuple[int, int, int, int] | None
    scale: float
    wanted: Wanted = field(default_factory=Wanted)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The person in one frame: the pose, and what else the picture shows of them (`Track.extras`)."""

    pose: Pose
    extras: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class _Part:
    """One segment, frame by frame, and how reading it went."""

    seen: list[_Seen]
    read: ReadStats


@dataclass(frozen=True, slots=True)
class _Look:
    """Everybody in a single picture, and how bright it is on average (0-255)."""

    time_s: float
    poses: list[Pose]
    luminance: float | None


def track_video(
    path: Path,
    info: VideoInfo,
    model_path: Path,
    *,
    person: int | None = None,
    wanted: Wanted | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[Track, dict[str, Any]]:
    """Follow one person through a video, and read from each picture what is ``wanted`` for the spine.

    ``workers`` is the number of processes; 0 works in this one, which has called `start_following`.

    Returns the raw Track (NaN where the person was not found) and what is known of the people in
    the picture (``people``: number, box, share of looks, chosen). Raises NobodyError where nobody
    is seen, UsageError for a ``person`` who isn't there, ModelError where the pose library fails.
    """
    scale, wanted = scale_for(info, MAX_SIDE_PX), wanted or Wanted()
    with _Here.lent() if workers == 0 else _worker_pool(workers) as pool:
        looks = pool.map(_look, _looks(path, info, model_path, scale))
        people = find_people([(look.time_s, look.poses) for look in looks])
        chosen = _choose(people, person)
        crops = len(people) > 1 or chosen.extent_px < _SMALL_PERSON * info.height
        jobs = [
            _Job(
                str(path),
                str(model_path),
                segment,
                _crop(chosen, segment, info) if crops else None,
                scale,
                wanted,
            )
            for segment in cut_segments(info.duration_s, rate_hz=info.nominal_rate_hz)
        ]
        parts = pool.map(_track_segment, jobs, progress=progress)
    seen = [each for part in parts for each in part.seen]
    read = sum((part.read for part in parts), ReadStats())
    if len(people) > 1:
        seen = [each if _is(chosen, each.pose) else _nobody(each.pose.time_s) for each in seen]
    track = stack_poses([each.pose for each in seen], names=LANDMARKS, size=(info.width, info.height))
    track = replace(track, extras=stack([each.extras for each in seen], wanted.names))
    light = [look.luminance for look in looks if look.luminance is not None]
    return track, {
        "people": [_describe(p, chosen) for p in people],
        "cropped": crops,
        "luminance": round(float(np.median(light)), 1) if light else None,
        "damaged_frames": read.damaged_packets + read.doubtful_frames,
    }


def cut_segments(duration_s: float, *, rate_hz: float) -> list[Segment]:
    """Cut a clip into an even number of equal segments of at most :data:`SEGMENT_S` seconds."""
    count = 2 * max(1, int(np.ceil(duration_s / (2 * SEGMENT_S))))
    edges = np.linspace(0, duration_s, count + 1)
    warmup_s = WARMUP_FRAMES / rate_hz
    return [
        Segment(
            float(start), float(end) if number < count else float("inf"), max(0.0, float(start) - warmup_s)
        )
        for number, (start, end) in enumerate(itertools.pairwise(edges), start=1)
    ]


def stack_poses(poses: Sequence[Pose], *, names: tuple[str, ...], size: tuple[int, int]) -> Track:
    """Stack poses into a Track (T, K, ...)."""
    if not poses:
        raise NobodyError("The video has no frame with a picture. It may be damaged: try to export it again.")
    return Track(
        time_s=np.array([pose.time_s for pose in poses]),
        xy=np.array([pose.xy for pose in poses]),
        xyz=np.array([pose.xyz for pose in poses]),
        score=np.array([pose.score for pose in poses]),
        names=names,
        size=size,
    )


# ---------------------------------------------------------------- whom to follow


def _looks(path: Path, info: VideoInfo, model_path: Path, scale: float) -> list[_Job]:
    """Single pictures spread over the clip, as segments that end after their first frame."""
    count = int(np.clip(np.ceil(info.duration_s), 2, _LOOKS))
    last_s = max(info.duration_s - 1 / info.nominal_rate_hz, 0.0)
    times = np.minimum((np.arange(count) + 0.5) * info.duration_s / count, last_s)
    return [
        _Job(str(path), str(model_path), Segment(float(t), float("inf"), float(t)), None, scale)
        for t in times
    ]


def _choose(people: Sequence[Person], number: int | None) -> Person:
    if not people:
        raise NobodyError(
            "Nobody was found in the video. Film one person from head to foot, in good light, "
            "with the whole body in the picture."
        )
    if number is None:
        chosen = choose_person(people)
        assert chosen is not None
        return chosen
    if not 1 <= number <= len(people):
        raise UsageError(
            f"There is no person {number}: {len(people)} seen in this video. Count from the left, from 1."
        )
    return people[number - 1]


def _is(person: Person, pose: Pose) -> bool:
    """Say whether a pose lies where the person is at that time, not where somebody else is."""
    if np.isnan(pose.xy).any():
        return False
    return box_distance(pose_box(pose.xy), person.box_at(pose.time_s)) <= SAME_PERSON_HEIGHTS


def _crop(person: Person, segment: Segment, info: VideoInfo) -> tuple[int, int, int, int]:
    return person.window(segment.warmup_s, min(segment.end_s, info.duration_s), (info.width, info.height))


def _describe(person: Person, chosen: Person) -> dict[str, Any]:
    return {
        "number": person.number,
        "box": [round(float(v)) for v in np.median(person.boxes, axis=0)],
        "seen_share": round(person.seen_share, 3),
        "chosen": person is chosen,
    }


# ---------------------------------------------------------------- in the worker processes

_frames_done: Any = None
_kept = ExitStack()


def start_following() -> None:
    """Make this process one that may follow people: ends with its parent, no network, quiet, for good."""
    die_with_parent()
    cut_network()
    _silence_library()


def _start_worker(frames_done: Any) -> None:
    global _frames_done
    start_following()
    _frames_done = frames_done


def _silence_library() -> None:
    """Send the pose library's chatter, which it writes past Python's logging, to nowhere."""
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _look(job: _Job) -> _Look:
    frame = next(iter(_frames(job)), None)
    if frame is None:
        return _Look(job.segment.start_s, [], None)
    poses = [_to_video(pose, job) for pose in _searcher(job.model_path)(frame)]
    return _Look(frame.time_s, poses, float(frame.image.mean()))


@cache
def _searcher(model_path: str) -> PoseBackend:
    """Open a backend for single pictures once a process: it remembers nothing from one to the next."""
    return _kept.enter_context(open_backend("mediapipe", model_path, people=_MAX_PEOPLE, follow=False))


def _track_segment(job: _Job) -> _Part:
    seen, read = [], ReadStats()
    with open_backend("mediapipe", job.model_path, masks=True) as backend:
        for frame in _frames(job, read):
            found = backend(frame)
            _count_frame()
            if frame.time_s >= job.segment.start_s:
                seen.append(_seen(frame, found[0], job) if found else _nobody(frame.time_s))
    return _Part(seen, read)


def _seen(frame: Frame, pose: Pose, job: _Job) -> _Seen:
    extras = to_video(look(frame, pose, job.wanted), corner=_corner(job), scale=job.scale)
    return _Seen(_to_video(pose, job), extras)


def _frames(job: _Job, stats: ReadStats | None = None) -> Iterator[Frame]:
    frames = read_frames(
        Path(job.path),
        start_s=job.segment.warmup_s,
        end_s=job.segment.end_s,
        max_side=MAX_SIDE_PX,
        stats=stats,
    )
    if job.crop is None:
        yield from frames
        return
    left, top, right, bottom = (round(v * job.scale) for v in job.crop)
    for frame in frames:
        yield Frame(frame.index, frame.time_s, frame.image[top:bottom, left:right])


def _to_video(pose: Pose, job: _Job) -> Pose:
    """Put points found in a scaled crop back into the whole picture."""
    return Pose(pose.time_s, (pose.xy + _corner(job)) / job.scale, pose.xyz, pose.score)


def _corner(job: _Job) -> Array:
    """Top left corner of the crop in the scaled picture."""
    return np.round(np.array(job.crop[:2] if job.crop else (0, 0)) * job.scale)


def _nobody(time_s: float) -> _Seen:
    points = len(LANDMARKS)
    blank = np.full((points, 2), np.nan), np.full((points, 3), np.nan)
    return _Seen(Pose(time_s, *blank, np.zeros(points)), {})


def _count_frame() -> None:
    if _frames_done is not None:
        with _frames_done.get_lock():
            _frames_done.value += 1


# ---------------------------------------------------------------- the pool


class _Here:
    """No processes at all: this one, whose network is cut, does one job after the other."""

    @classmethod
    @contextmanager
    def lent(cls) -> Iterator[_Here]:
        """Lend one, as a pool is lent."""
        yield cls()

    def map(
        self, work: Callable[[_Job], Any], jobs: Sequence[_Job], *, progress: Progress | None = None
    ) -> list[Any]:
        """Run ``work`` over ``jobs``; results in the jobs' order."""
        return [work(job) for job in jobs]


class _Pool:
    """Worker processes that can't reach the network, with progress."""

    def __init__(self, executor: ProcessPoolExecutor, frames_done: Any) -> None:
        self._executor = executor
        self._frames_done = frames_done

    def map(
        self,
        work: Callable[[_Job], Any],
        jobs: Sequence[_Job],
        *,
        progress: Progress | None = None,
    ) -> list[Any]:
        """Run ``work`` over ``jobs``; results in the jobs' order."""
        futures = [self._executor.submit(work, job) for job in jobs]
        pending: set[Future[Any]] = set(futures)
        while pending:
            _done, pending = wait(pending, timeout=0.2 if progress else None, return_when="FIRST_COMPLETED")
            if progress:
                progress(float(self._frames_done.value))
        try:
            return [future.result() for future in futures]
        except BrokenProcessPool:
            raise ModelError(
                "The pose library crashed on this video. Nothing else was harmed: try another pose model "
                "(--model), or export the video again."
            ) from None


@contextmanager
def _worker_pool(workers: int | None) -> Iterator[_Pool]:
    context = get_context("spawn")
    frames_done = context.Value("q", 0)
    count = workers or _core_count()
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_start_worker, initargs=(frames_done,)
    ) as executor:
        yield _Pool(executor, frames_done)


def _core_count() -> int:
    """Return how many cores this process may use (containers often allow fewer than exist)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
