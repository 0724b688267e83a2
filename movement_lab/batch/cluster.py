"""The same work on an existing Dask cluster: its workers see the same files and have the same version.

A Dask worker talks to its scheduler, so the pose model runs beside it, in the same kind of process as on one
machine: without a network, ended where it hangs, replaced where it crashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import local
from typing import Any

from movement_lab.batch.arrow import INSTALL
from movement_lab.batch.hand import Hand
from movement_lab.batch.inputs import Clip
from movement_lab.batch.keys import Setting, setting_of
from movement_lab.batch.run import Where
from movement_lab.batch.settle import Outcome, Plan, settle
from movement_lab.batch.store import Store
from movement_lab.batch.work import failure_of
from movement_lab.errors import ModelError, UsageError
from movement_lab.fingerprints import short_hash

#: How long to wait for the scheduler's answer.
_CONNECT_S = 30


def settle_on_cluster(clips: Sequence[Clip], plan: Plan, where: Where) -> Iterator[tuple[int, Outcome]]:
    """Yield index and outcome of each clip as the cluster's workers settle them."""
    distributed = _distributed()
    plan = replace(plan, store=Store(plan.store.folder.absolute()))
    with _client(distributed, where.scheduler) as client:
        _refuse_other_versions(client, plan.setting)
        futures = {
            client.submit(settle_on_worker, clip, plan, where.limit_s, key=_key(clip, plan)): index
            for index, clip in enumerate(clips)
        }
        try:
            for future in distributed.as_completed(list(futures), loop=client.loop):
                yield futures[future], _outcome(future, distributed)
        finally:
            client.cancel(list(futures))


def _key(clip: Clip, plan: Plan) -> str:
    """Return the name of a task: the same for the same work, so that two runs at once share it."""
    return f"movement_lab-{clip.clip}-{short_hash([str(clip), str(plan)])}"


_mine = local()


def settle_on_worker(clip: Clip, plan: Plan, limit_s: float) -> Outcome:
    """Settle one clip in a thread of a Dask worker, with a process of its own at hand."""
    if not hasattr(_mine, "hand"):
        _mine.hand = Hand(limit_s=limit_s)
    return settle(clip, plan, _mine.hand)


def _outcome(future: Any, distributed: Any) -> Outcome:
    """Return what a worker found; one whose workers died again and again is the reason itself."""
    try:
        outcome: Outcome = future.result()
    except distributed.KilledWorker:
        return Outcome(
            failure=failure_of(
                ModelError("Every Dask worker that was given {file} was lost. See the cluster's own logs.")
            )
            | {"reason": "crashed"}
        )
    except Exception as error:
        return Outcome(failure=failure_of(error))
    return outcome


def _distributed() -> Any:
    try:
        import dask.distributed
    except ImportError:
        raise UsageError(
            f"--scheduler needs the library distributed, which isn't installed. Try: {INSTALL}"
        ) from None
    return dask.distributed


def _client(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(
            f"No Dask scheduler answers at {address} ({error}). Needed: its address, such as "
            "tcp://10.0.0.1:8786. Start one with `dask scheduler`, and workers with `dask worker ADDRESS`."
        ) from None


def _refuse_other_versions(client: Any, setting: Setting) -> None:
    """Compare what each worker's results would depend on with what they depend on here."""
    spine_model = setting.spine_model
    try:
        others = client.run(setting_of, setting.model, spine_model)
    except Exception as error:
        raise UsageError(
            f"The cluster's workers can't do this work: {error}. "
            "Needed: the same movement_lab and pose model on each."
        ) from error
    if not others:
        raise UsageError(
            "The scheduler has no workers. Start some with `dask worker ADDRESS`, then try again."
        )
    different = sorted(address for address, other in others.items() if other != setting)
    if different:
        raise UsageError(
            f"{len(different)} of {len(others)} workers have another version of movement_lab, its libraries, "
            f"tables or pose model ({different[0]}). Needed: the same everywhere, or results would differ."
        )
