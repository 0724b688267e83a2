"""``python -m movement_lab.training``: make the pictures, train, write weights and card."""

from __future__ import annotations

import os
from pathlib import Path

import click

from movement_lab.assets import asset


@click.group(invoke_without_command=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/training"),
    show_default=True,
    help="Folder for rendered pictures; a run that stopped goes on from there.",
)
@click.option("--bodies", type=click.IntRange(min=1), help="Training bodies.  [default: all 48]")
@click.option("--frames", type=click.IntRange(min=1), default=500, show_default=True, help="Of each body.")
@click.option("--held-out-frames", type=click.IntRange(min=0), default=60, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), help="Processes to use.  [default: one per core]")
@click.option("--model", "pose_model", type=click.Choice(["lite", "full", "heavy"]), default="heavy")
@click.option(
    "--models-folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where weights and card go.  [default: models/]",
)
@click.pass_context
def main(context: click.Context, /, **_: object) -> None:
    """Make the estimator of the back contour from nothing: pictures, then training."""
    if context.invoked_subcommand is None:
        context.invoke(make)
        context.invoke(train)


@main.command()
@click.pass_context
def make(context: click.Context) -> None:
    """Render and look at people; hours, resumable."""
    from movement_lab.training.spine_data import make_data, sessions
    from movement_lab.weights import find_model, inspect_model

    chosen = context.find_root().params
    path, digest = find_model(chosen["pose_model"]), inspect_model(chosen["pose_model"]).digest
    todo = sessions("tuning", bodies=chosen["bodies"], frames=chosen["frames"])
    if chosen["held_out_frames"]:
        todo += sessions("held_out", bodies=chosen["bodies"], frames=chosen["held_out_frames"])
    failed = make_data(
        chosen["out"],
        todo,
        model_path=str(path),
        model_sha256=str(digest),
        workers=chosen["workers"] or len(os.sched_getaffinity(0)),
        tell=_tell,
    )
    for line in failed:
        _tell(line)


@main.command()
@click.option("--fine", is_flag=True, help="Take the edges refined in the picture.")
@click.pass_context
def train(context: click.Context, fine: bool = False) -> None:
    """Fit on the pictures that are there; write the weights and the card."""
    from movement_lab.spine.contour_model import MODEL_FILE
    from movement_lab.training.produce import produce

    chosen = context.find_root().params
    folder = chosen["models_folder"] or asset("models")
    produce(chosen["out"], folder / MODEL_FILE, fine=fine, tell=_tell)


@main.command("clip-factors")
@click.option(
    "--clips",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/validation"),
    show_default=True,
    help="Folder of `movement-lab validate --subset spine`.",
)
@click.pass_context
def clip_factors(context: click.Context, clips: Path) -> None:
    """Say times what spreads hold 80 % of clips, asking networks that have not seen the body."""
    from movement_lab.training.clip_factors import clip_factors as reckoned
    from movement_lab.weights import inspect_model

    chosen = context.find_root().params
    for row in reckoned(chosen["out"], clips, str(inspect_model(chosen["pose_model"]).digest)):
        click.echo(f"{row.group}: {row.factor:.2f} ({row.low:.2f} to {row.high:.2f}), {row.reps} repetitions")


def _tell(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
