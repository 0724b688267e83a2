"""``movement-lab export``: results in the formats of OpenSim, laboratories and statistics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

#: As in ``movement_lab.formats``; named here so that ``--help`` loads nothing heavy.
_FORMATS = ("trc", "mot", "c3d", "nwb", "csv", "parquet", "json")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "formats",
    type=click.Choice([*_FORMATS, "all"]),
    multiple=True,
    required=True,
    help="May be given several times.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Default: DIR/export.",
)
@click.option(
    "--profile",
    type=click.Choice(["clinician", "wellness"]),
    help="wellness: nothing judged, nothing experimental.  [default: as the results were written]",
)
@click.option("--language", default="en", show_default=True, help="Language of what is printed.")
def export(
    folder: Path, formats: tuple[str, ...], out: Path | None, profile: str | None, language: str
) -> None:
    """Write the results in DIR in other formats, to open elsewhere (some need the extra `formats`)."""
    from movement_lab.formats import export_formats, left_out, load_results
    from movement_lab.results import for_patient
    from movement_lab.wording import say

    say("language.name", language=language)  # says which there are
    report = load_results(folder)
    report = for_patient(report) if profile == "wellness" else report
    chosen = _FORMATS if "all" in formats else formats
    target = out or (folder.parent if folder.suffix.lower() == ".npz" else folder) / "export"
    for path in export_formats(report, target, chosen):
        click.echo(str(path))
    if {"trc", "c3d"} & set(chosen):
        click.echo(_scale_line(report, language))
    if "mot" in chosen:
        for line in _left_out_lines(left_out(report), language):
            click.echo(line)


def _scale_line(report: Any, language: str) -> str:
    from movement_lab.exporters.room import in_room
    from movement_lab.wording import say
    from movement_lab.wording.numbers import format_number

    room = in_room(report)
    decimal = say("language.decimal", language=language)
    number = format_number(1000 * room.m_per_px, "s", decimal=decimal)
    return say(f"formats.scale.{room.scale_from}", language=language, number=number)


def _left_out_lines(missing: dict[str, tuple[str, ...]], language: str) -> list[str]:
    """Return one line for each reason, with the coordinates it keeps out of ``angles.mot``."""
    from movement_lab.wording import say

    groups: dict[tuple[str, ...], list[str]] = {}
    for name, reasons in missing.items():
        groups.setdefault(reasons, []).append(name)
    return [
        say(
            "formats.left_out",
            language=language,
            names=", ".join(names),
            reason=" ".join(say(f"reason.{reason}", language=language) for reason in reasons),
        )
        for reasons, names in groups.items()
    ]


COMMANDS = (export,)
