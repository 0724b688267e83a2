"""``movement-lab validate``: run the matrix, write the page and the intervals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("--subset", type=click.Choice(["quick", "spine", "full"]), default="quick", show_default=True)
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Choice(["lite", "full", "heavy"]),
    help="Pose model, may be given several times.  [default: heavy; full subset: all three]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/validation"),
    show_default=True,
    help="Folder for clips, tracks and results; a run that stopped goes on from there.",
)
@click.option(
    "--docs",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for accuracy.md and its pictures.  [default: the folder of --out]",
)
@click.option(
    "--intervals",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the spreads of the tuning bodies to this TOML file.",
)
@click.option(
    "--uiprmd",
    type=click.Path(path_type=Path, exists=True),
    help="The UI-PRMD data set, folder or archive: also compare with real movement.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes to use.  [default: one per core]")
def validate(subset: Any, models: tuple[str, ...], out: Path, docs: Path | None, **options: Any) -> None:
    """Measure accuracy on rendered people with known angles (needs the extra `validation`).

    The subset `spine` is about the low back alone and renews that section of the page.
    """
    from movement_lab.errors import UsageError
    from movement_lab.knowledge import forget_tables
    from movement_lab.recording import DEFAULT_MODEL
    from movement_lab.validation.bar import Goal, goals
    from movement_lab.validation.intervals import write_intervals
    from movement_lab.validation.page import renew_spine_section, write_page
    from movement_lab.validation.run import run_validation
    from movement_lab.validation.spine_bar import spine_goals

    if subset == "spine" and (options["intervals"] or options["uiprmd"]):
        raise UsageError("--intervals and --uiprmd are not about the low back. Use the subset quick or full.")
    chosen = models or (("heavy", "full", "lite") if subset == "full" else (DEFAULT_MODEL,))
    model = DEFAULT_MODEL if DEFAULT_MODEL in chosen else chosen[0]
    how = {"subset": subset, "models": chosen, "workers": options["workers"], "tell": _tell}
    results = run_validation(out, **how)
    if options["intervals"] and write_intervals(results, options["intervals"], model=model):
        _tell("The intervals changed: assessing once more with the new ones.")
        forget_tables()
        results = run_validation(out, **how)
    met: list[Goal] = [*spine_goals(results, model=model)]
    if subset == "spine":
        page = renew_spine_section(results, docs or out, model=model)
    else:
        section = _real_movement(options["uiprmd"], docs or out) if options["uiprmd"] else ()
        page = write_page(results, docs or out, model=model, store=out, section=section)
        met = [*goals(results, model=model), *met]
    for goal in met:
        click.echo(f"{_MARKS[goal.held]} {goal.quantity}: {goal.reached} (wanted {goal.wanted}, n {goal.n})")
    click.echo(f"{len(results.failed)} of {len(results.rows)} runs failed. Page: {page}")


def _real_movement(source: Path, docs: Path) -> Sequence[str]:
    """Return the section about UI-PRMD, its picture drawn beside the page."""
    from movement_lab.validation.uiprmd import compare_uiprmd, draw_uiprmd, uiprmd_section

    _tell("Comparing with UI-PRMD: about three minutes.")
    found = compare_uiprmd(source)
    picture = draw_uiprmd(found, docs / "accuracy")
    return uiprmd_section(found, picture=f"accuracy/{picture.name}")


_MARKS = {True: "holds  ", False: "MISSED ", None: "no case"}


def _tell(line: str) -> None:
    click.echo(line, err=True)
