"""Judge a whole study again from its stored tracks: after a changed limit, filter or model of the spine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from movement_lab.batch.hand import Hand
from movement_lab.batch.inputs import Clip
from movement_lab.batch.keys import Setting, judged_key, judging
from movement_lab.batch.run import Where, with_hands
from movement_lab.batch.settle import Outcome, Plan, job_of
from movement_lab.batch.store import Store
from movement_lab.batch.study import link, load_study, publish

Tell = Callable[[int, int], None]
#: Judging gathers no memory, so processes last longer than where people are followed.
_CLIPS_PER_PROCESS: Final = 500


def recompute(
    folder: Path,
    out: Path | None = None,
    *,
    where: Where | None = None,
    language: str = "en",
    tell: Tell | None = None,
) -> tuple[list[Clip], list[Outcome]]:
    """Judge every stored track of a study with the tables and the code of today, and write its tables anew.

    ``out`` is another folder for the results; tracks are shared with it. No video is needed. What is as it
    was is not judged again. Returns the clips and what came of them.
    """
    clips, outcomes, told = load_study(folder)
    setting = Setting(**told["setting"] | {"judging": judging()})
    here = out or folder
    plan = Plan(Store(here / "store"), setting)
    if here.resolve() != folder.resolve():
        _share_tracks(Store(folder / "store"), plan.store, outcomes)
    outcomes = [_rekeyed(clip, outcome, plan) for clip, outcome in zip(clips, outcomes, strict=True)]
    where = replace(where or Where(), clips_per_process=_CLIPS_PER_PROCESS)
    for index, outcome in _judge(clips, outcomes, plan, where, tell or (lambda done, total: None)):
        outcomes[index] = outcome
    publish(here, clips, outcomes, setting, language=language)
    return clips, outcomes


def _rekeyed(clip: Clip, outcome: Outcome, plan: Plan) -> Outcome:
    """Return the outcome to be: judged by today's key where there is a track, else as it was."""
    if not outcome.track or not plan.store.track(outcome.track).is_file():
        return outcome
    judged = judged_key(outcome.track, clip.how, plan.setting.judging)
    return replace(outcome, judged=judged, failure=None, pending=not plan.store.done(outcome.track, judged))


def _judge(
    clips: list[Clip], outcomes: list[Outcome], plan: Plan, where: Where, tell: Tell
) -> Iterator[tuple[int, Outcome]]:
    pending = [index for index, outcome in enumerate(outcomes) if outcome.pending]

    def work(index: int, hand: Hand) -> Outcome:
        answer = hand.do(job_of(clips[index], outcomes[index], plan))
        return replace(outcomes[index], failure=answer["failure"], pending=False, fresh=True)

    for done, (place, outcome) in enumerate(with_hands(pending, work, where), start=1):
        tell(done, len(pending))
        yield pending[place], outcome


def _share_tracks(old: Store, new: Store, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        for source, target in (
            (old.track(outcome.track), new.track(outcome.track)),
            (old.failure(outcome.track), new.failure(outcome.track)),
        ):
            if outcome.track and source.is_file():
                link(source, target)
