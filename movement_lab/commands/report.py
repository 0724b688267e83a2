"""``movement-lab report``: a results folder on paper."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--pdf", is_flag=True, help="Write PDF pages (the only kind there is, so it may be left out).")
@click.option(
    "--for",
    "audience",
    type=click.Choice(["therapist", "patient", "both"]),
    help="For whom.  [default: both; the patient where the folder was made in the wellness profile]",
)
@click.option("--language", help="Language of the pages.  [default: that of the folder's page]")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Where to write.  [default: FOLDER]"
)
@click.option("--person", metavar="CODE", default="", help="Whose it is, as it shall stand on the pages.")
@click.option(
    "--since",
    type=click.Path(path_type=Path, file_okay=False),
    help="Results folder of an earlier recording of the same person: say what changed.",
)
def report(
    folder: Path,
    pdf: bool,
    audience: str | None,
    language: str | None,
    out: Path | None,
    person: str,
    since: Path | None,
) -> None:
    """Print the results in FOLDER: two pages for the therapist, one for the patient."""
    from movement_lab.printing import AUDIENCES, print_folder
    from movement_lab.wording import say

    say("language.name", language=language or "en")  # before any work: there has to be such a language
    chosen = AUDIENCES if audience == "both" else tuple(each for each in AUDIENCES if each == audience)
    paths = print_folder(
        folder, audiences=chosen, language=language, out=out, person_code=person, since=since
    )
    for path in paths:
        click.echo(say("cli.pdf", language=language or "en", path=path))


COMMANDS = (report,)
