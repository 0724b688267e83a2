"""Hand the clips of a study out to worker processes: here, one a core, or on a Dask cluster.

Everything is kept by key, so a run that is interrupted goes on where it stopped, and a run with nothing to do
takes seconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, local
from typing import TypeVar

from movement_lab.batch.hand import CLIPS_PER_PROCESS, LIMIT_S, Hand, Stopped
from movement_lab.batch.inputs import Clip
from movement_lab.batch.settle import Outcome, Plan, settle
from movement_lab.errors import UsageError

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Told how many clips are settled, of how many, and the outcome of the last one.
Tell = Callable[[int, int, Clip, Outcome], None]


@dataclass(frozen=True, slots=True)
class Where:
    """Who does the work: processes here, or a Dask scheduler's workers; ``limit_s`` a clip at most.

    A process here is replaced after ``clips_per_process``.
    """

    workers: int | None = None
    scheduler: str = ""
    limit_s: float = LIMIT_S
    clips_per_process: int = CLIPS_PER_PROCESS


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``number`` (from 1) of ``count``: every ``count``-th clip."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``2/8``; UsageError where it makes no sense."""
        number, _, count = text.partition("/")
        if number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count):
            return cls(int(number), int(count))
        raise UsageError(f"--shard is {text!r}. Needed: which part of how many, such as 1/8, 2/8 ... 8/8.")

    def holds(self, index: int) -> bool:
        """Say whether the clip at an index of the whole list is in this part."""
        return index % self.count == self.number - 1


def run_clips(
    clips: Sequence[Clip],
    plan: Plan,
    where: Where | None = None,
    *,
    shard: Shard | None = None,
    tell: Tell | None = None,
) -> list[Outcome]:
    """Settle the clips of a shard and return the outcome of every clip, in their order.

    Clips of other shards are looked up; those nobody has settled yet are pending.
    """
    where, shard, tell = where or Where(), shard or Shard(), tell or (lambda *_: None)
    mine = [index for index in range(len(clips)) if shard.holds(index)]
    outcomes: dict[int, Outcome] = {}
    for index, outcome in _settled([clips[index] for index in mine], plan, where):
        outcomes[mine[index]] = outcome
        tell(len(outcomes), len(mine), clips[mine[index]], outcome)
    return [outcomes.get(index) or settle(clip, plan, None) for index, clip in enumerate(clips)]


def _settled(clips: Sequence[Clip], plan: Plan, where: Where) -> Iterator[tuple[int, Outcome]]:
    if where.scheduler:
        from movement_lab.batch.cluster import settle_on_cluster

        return settle_on_cluster(clips, plan, where)
    return with_hands(clips, lambda clip, hand: settle(clip, plan, hand), where)


def with_hands(
    items: Sequence[Item], work: Callable[[Item, Hand], Result], where: Where
) -> Iterator[tuple[int, Result]]:
    """Yield index and result of each item, worked on in threads that each have a process at hand.

    An interruption ends the processes at once.
    """
    with _threads(where) as (pool, hand):
        waiting = {
            pool.submit(lambda item: work(item, hand()), item): index for index, item in enumerate(items)
        }
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()


@contextmanager
def _threads(where: Where) -> Iterator[tuple[ThreadPoolExecutor, Callable[[], Hand]]]:
    """Lend threads, and a function that gives each its own `Hand`."""
    mine, lock = local(), Lock()
    hands: list[Hand] = []
    stopped: list[bool] = []

    def hand() -> Hand:
        with lock:
            if stopped:
                raise Stopped
            if not hasattr(mine, "hand"):
                mine.hand = Hand(limit_s=where.limit_s, clips=where.clips_per_process)
                hands.append(mine.hand)
        return mine.hand

    pool = ThreadPoolExecutor(where.workers or core_count())
    try:
        yield pool, hand
    finally:
        with lock:
            stopped.append(True)
        for each in hands:
            each.stop()
        pool.shutdown(cancel_futures=True)
        for each in hands:
            each.end()


def core_count() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
