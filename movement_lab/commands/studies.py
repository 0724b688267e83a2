"""``movement-lab batch``, ``recompute`` and ``diff``: studies of many clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

_OUT: Final = click.Path(path_type=Path, file_okay=False)
_language = click.option(
    "--language", default="en", show_default=True, help="Language of pages and progress."
)
_workers = click.option(
    "--workers", type=click.IntRange(min=1), help="Processes to use, a clip each.  [default: one per core]"
)


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", type=_OUT, required=True, help="Folder for tables, frames and the page.")
@click.option("--movement", type=click.Choice(["auto", "squat", "hinge", "lunge"]), default="auto")
@click.option("--view", type=click.Choice(["auto", "left", "right", "front", "back"]), default="auto")
@click.option("--task", type=click.Choice(["free", "instructed", "deadlift", "upright"]), default="free")
@click.option("--height-cm", type=click.FloatRange(80, 250))
@click.option("--stickers", metavar="COLOUR", default="")
@click.option("--spine-model", metavar="FILE", default="")
@click.option("--model", type=click.Choice(["lite", "full", "heavy"]), help="Pose model.  [default: heavy]")
@_workers
@click.option(
    "--scheduler", metavar="ADDRESS", default="", help="Use a Dask cluster, such as tcp://10.0.0.1:8786."
)
@click.option(
    "--shard", metavar="I/N", default="1/1", help="Do every N-th clip only, beginning with the I-th."
)
@click.option(
    "--limit-s",
    type=click.FloatRange(min=1),
    default=1800,
    show_default=True,
    help="Longest time for one clip.",
)
@click.option("--retry", is_flag=True, help="Try again what could not be assessed before.")
@_language
def batch(inputs: tuple[str, ...], out: Path, **options: Any) -> None:
    """Assess many clips: folders, globs in quotes, or a manifest (CSV, Parquet) with a column `file`.

    Movement, view and the like hold for every clip of which the manifest says nothing else. A clip that
    can't be assessed becomes a row that says why. Interrupted, the same command goes on where it stopped.
    """
    from movement_lab.batch.inputs import find_clips
    from movement_lab.batch.keys import setting_of
    from movement_lab.batch.run import Shard, Where, run_clips
    from movement_lab.batch.settle import Plan
    from movement_lab.batch.store import Store
    from movement_lab.batch.study import publish
    from movement_lab.batch.telling import Teller
    from movement_lab.recording import DEFAULT_MODEL
    from movement_lab.results import make_folder

    language, shard = _checked_language(options["language"]), Shard.parse(options["shard"])
    clips = find_clips(inputs, _usual(options), without=out)
    videos = any(clip.path.suffix.lower() != ".npz" for clip in clips)
    setting = setting_of((options["model"] or DEFAULT_MODEL) if videos else "", options["spine_model"])
    make_folder(out)
    plan = Plan(Store(out / "store"), setting, options["retry"])
    where = Where(options["workers"], options["scheduler"], options["limit_s"])
    with Teller(len(clips), language=language) as tell:
        outcomes = run_clips(clips, plan, where, shard=shard, tell=tell)
        if pending := sum(outcome.pending for outcome in outcomes):
            click.echo(_say("batch.said.pending", language, count=pending))
            return
        tell.writing()
        publish(out, clips, outcomes, setting, language=language)
    _tell_result(out, language)


@click.command()
@click.argument("study", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=_OUT, help="Another folder for the results.  [default: STUDY itself]")
@_workers
@_language
def recompute(study: Path, out: Path | None, workers: int | None, language: str) -> None:
    """Judge a whole STUDY again from its stored tracks, without videos, with the tables and code of today."""
    import time

    from movement_lab.batch.recompute import recompute as judge_again
    from movement_lab.batch.run import Where
    from movement_lab.batch.telling import Bar

    _checked_language(language)
    started = time.monotonic()
    with Bar(language=language) as tell:
        _, outcomes = judge_again(study, out, where=Where(workers), language=language, tell=tell)
    count = sum(outcome.fresh for outcome in outcomes)
    seconds = f"{time.monotonic() - started:.0f}"
    click.echo(_say("batch.said.recomputed", language, count=count, seconds=seconds))
    _tell_result(out or study, language)


@click.command()
@click.argument("old", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("new", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--csv", "path", type=click.Path(path_type=Path, dir_okay=False), help="Write all changes here too."
)
@_language
def diff(old: Path, new: Path, path: Path | None, language: str) -> None:
    """Say which conclusions differ between two studies, and why: value, limit, track, tables, program."""
    from movement_lab.batch.differences import differences, write_differences
    from movement_lab.batch.telling import change_lines

    _checked_language(language)
    found = differences(old, new)
    for line in change_lines(found, language=language):
        click.echo(line)
    if path:
        click.echo(_say("batch.said.table", language, path=write_differences(found, path)))


@click.command()
@click.argument("study", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=_OUT, help="Another folder for the results.  [default: STUDY itself]")
@_language
def reliability(study: Path, out: Path | None, language: str) -> None:
    """Say how repeatable a STUDY's measurements are, and draw its groups' curves.

    Its manifest needs the columns subject and session (or visit, or trial); group makes a curve each.
    """
    from movement_lab.reliability.report import count_figures, write_reliability
    from movement_lab.results import make_folder

    _checked_language(language)
    make_folder(out or study)
    page = write_reliability(study, out, language=language)
    given, without = count_figures(page.parent)
    click.echo(_say("reliability.said.done", language, given=given, without=without))
    click.echo(_say("reliability.said.page", language, path=page))


COMMANDS: Final = (batch, recompute, diff, reliability)


def _usual(options: dict[str, Any]) -> Any:
    from movement_lab.batch.inputs import How, declared
    from movement_lab.spine.sticker_table import load_stickers

    if options["stickers"]:
        load_stickers().colour_named(options["stickers"])  # says which there are
    told = declared(options["movement"], options["view"], options["task"])
    return How(told, height_cm=options["height_cm"], stickers=options["stickers"])


def _tell_result(folder: Path, language: str) -> None:
    from movement_lab.batch.telling import summary_line

    click.echo(summary_line(folder, language=language))
    click.echo(_say("batch.said.page", language, path=folder / "qc.html"))


def _checked_language(language: str) -> str:
    _say("language.name", language)
    return language


def _say(key: str, language: str, **values: Any) -> str:
    from movement_lab.wording import say

    return say(key, language=language, **values)
