"""The command line: each verb reads its options and calls one function.

Only click is imported here; whatever is heavy is imported where it is used, so that ``--help``
answers at once.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any

import click

from movement_lab.commands import register
from movement_lab.errors import MovementLabError, UsageError

_EXIT_CODES = """
\b
Exit codes: 0 assessed · 2 options make no sense · 3 video unreadable · 4 nobody to assess
5 pose model missing or damaged · 6 no repetition found (the report is still written)
"""

_NO_REPETITION = 6


class _Plain(click.Group):
    """Say what went wrong in one plain sentence; a traceback only with ``--debug``."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MovementLabError as error:
            if ctx.params.get("debug"):
                traceback.print_exc()
            click.echo(f"movement-lab: {error}", err=True)
            ctx.exit(error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            if ctx.params.get("debug"):
                raise
            click.echo(
                f"movement-lab: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True
            )
            ctx.exit(1)
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            click.echo(
                f"movement-lab: something unexpected went wrong ({type(error).__name__}: {error}). "
                "Run again with `movement-lab --debug …` and report what it prints.",
                err=True,
            )
            ctx.exit(1)


@click.group(cls=_Plain, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(package_name="movement-lab", prog_name="movement-lab")
def main(debug: bool) -> None:
    """Assess squats, hip hinges and lunges from video. Nothing leaves this machine."""


@main.command(epilog=_EXIT_CODES)
@click.argument("video", type=click.Path(path_type=Path))
@click.option(
    "--movement", type=click.Choice(["auto", "squat", "hinge", "lunge"]), default="auto", show_default=True
)
@click.option(
    "--view",
    type=click.Choice(["auto", "left", "right", "front", "back"]),
    default="auto",
    show_default=True,
    help="Side of the person that faces the camera.",
)
@click.option(
    "--task",
    type=click.Choice(["free", "instructed", "deadlift", "upright"]),
    default="free",
    show_default=True,
    help="Instruction given: a hinge with the back still or as a deadlift, a lunge with the trunk upright.",
)
@click.option("--model", type=click.Choice(["lite", "full", "heavy"]), help="Pose model.  [default: heavy]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the results.  [default: VIDEO's name + _assessment]",
)
@click.option("--person", type=click.IntRange(min=1), help="Whom to follow, counted from the left.")
@click.option("--height-cm", type=click.FloatRange(80, 250), help="The person's height, for the scale.")
@click.option(
    "--stickers", metavar="COLOUR", default="", help="Colour of the stickers on the back (`stickers --help`)."
)
@click.option(
    "--full-bend",
    type=click.Path(path_type=Path),
    help="Results of the person's own full forward bend, to give the low back in per cent of it.",
)
@click.option(
    "--spine-model",
    metavar="FILE",
    default="",
    help="SpinePose as an ONNX file of your own (CC BY-NC 4.0: not for commercial use); experimental.",
)
@click.option("--blur-face", is_flag=True, help="Make faces unrecognisable in every picture.")
@click.option("--no-video", is_flag=True, help="Don't draw annotated.mp4.")
@click.option(
    "--profile", type=click.Choice(["clinician", "wellness"]), default="clinician", show_default=True
)
@click.option("--language", default="en", show_default=True, help="Language of page and summary, e.g. de.")
@click.option("--json", "as_json", is_flag=True, help="Print report.json on stdout, and nothing else there.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes to use.  [default: one per core]")
@click.option(
    "--rate-hz", type=click.FloatRange(1, 2000), help="Of another tracker's points: frames a second."
)
@click.option(
    "--size", metavar="WxH", help="Of another tracker's points: size of the upright picture, pixels."
)
def assess(video: Path, **options: Any) -> None:
    """Assess VIDEO and write a folder of results.

    In its place: the track.npz of an earlier run, or another tracker's points (a TRC file, a table of
    MediaPipe landmarks, a folder of OpenPose JSON).
    """
    from movement_lab.exporters.json import report_to_json
    from movement_lab.progress import Progress
    from movement_lab.recording import DEFAULT_MODEL, Options, assess_video, has_pictures
    from movement_lab.results import Look, for_patient, make_folder, write_results
    from movement_lab.summary import summary_lines

    look = Look(options["language"], options["profile"], not options["no_video"], options["blur_face"])
    _check_language(look.language)
    folder = options["out"] or Path(f"{video.stem}_assessment")
    asked = Options(
        declared=_declared(options),
        model=options["model"] or DEFAULT_MODEL,
        person=options["person"],
        height_cm=options["height_cm"],
        stickers=_colour(options["stickers"]),
        spine_model=options["spine_model"],
        full_bend=options["full_bend"],
        workers=options["workers"],
        rate_hz=options["rate_hz"],
        size=_size(options["size"]),
    )
    with Progress(language=look.language) as tell:
        report = assess_video(video, asked, tell=tell)
        make_folder(folder)
        source = video if has_pictures(video) else None
        page = write_results(report, folder, look, source=source, tell=tell)
    if options["as_json"]:
        click.echo(report_to_json(for_patient(report) if look.profile == "wellness" else report))
    else:
        for line in summary_lines(report, language=look.language, profile=look.profile):
            click.echo(line)
        if look.blur_face:
            click.echo(_say("report.text.face_covered", look.language))
        click.echo(_say("cli.report", look.language, path=page))
    if not report.reps:
        click.echo(f"movement-lab: {_say('reason.no_repetition', look.language)}", err=True)
        sys.exit(_NO_REPETITION)


def _declared(options: dict[str, Any]) -> Any:
    from movement_lab.declared import Declared

    def known(value: str) -> str | None:
        return None if value == "auto" else value

    task = options["task"]
    return Declared(
        movement=known(options["movement"]),
        view=known(options["view"]),
        instructed=task == "instructed",
        upright=task == "upright",
        variant="deadlift" if task == "deadlift" else None,
    )


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        raise UsageError(
            f"{text!r} is no size. Width and height in pixels were needed. Write it as 1280x720."
        )
    return int(width), int(height)


def _colour(name: str) -> str:
    if name:
        from movement_lab.spine.sticker_table import load_stickers

        load_stickers().colour_named(name)  # says which there are
    return name


def _check_language(language: str) -> None:
    from movement_lab.wording import say

    say("language.name", language=language)


def _say(key: str, language: str, **values: Any) -> str:
    from movement_lab.wording import say

    return say(key, language=language, **values)


@main.group()
def models() -> None:
    """List, fetch and check the pose models."""


@models.command("list")
def list_() -> None:
    """Show every pose model and whether its file is here and whole."""
    from movement_lab.weights import list_models

    for model in list_models():
        click.echo(
            f"{model.name:6} {model.status:8} {model.bytes / 1e6:5.1f} MB  {model.licence}  {model.path}"
        )


@models.command()
@click.argument("names", nargs=-1, metavar="[lite|full|heavy]...")
def pull(names: tuple[str, ...]) -> None:
    """Fetch pose models (the default one if none is named); files that are here and whole are left alone."""
    from movement_lab.progress import bytes_bar
    from movement_lab.recording import DEFAULT_MODEL
    from movement_lab.weights import pull_model

    for name in names or (DEFAULT_MODEL,):
        with bytes_bar(name) as progress:
            path = pull_model(name, progress=progress, tell=lambda line: click.echo(line, err=True))
        click.echo(f"{name}: {path}")


@models.command()
def verify() -> None:
    """Check every model file that is here against its SHA-256."""
    from movement_lab.errors import ModelError
    from movement_lab.weights import verify_models

    checked = verify_models()
    for model in checked:
        click.echo(f"{model.name:6} {model.status:8} {model.digest or '-'}")
    damaged = [model.name for model in checked if model.status == "damaged"]
    if damaged:
        raise ModelError(
            f"Damaged: {', '.join(damaged)}. Fetch anew with `movement-lab models pull {' '.join(damaged)}`."
        )


@main.command()
@click.argument("scene", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for clip.mp4, truth.json and scene.toml.",
)
@click.option("--masks", is_flag=True, help="Also write the person's exact mask of every frame.")
def synthesize(scene: Path, out: Path, masks: bool) -> None:
    """Render a person with known angles from SCENE.toml (needs the extra `synthetic`)."""
    from movement_lab.progress import Progress
    from movement_lab.synthetic.scene import load_scene
    from movement_lab.synthetic.synthesize import synthesize as render

    with Progress() as tell:
        clip = render(
            load_scene(scene), out, masks=masks, on_frame=lambda done, count: tell("rendering", done / count)
        )
    click.echo(str(clip))


@main.command()
@click.option(
    "--pdf",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("stickers.pdf"),
    show_default=True,
    help="File to write.",
)
@click.option("--colour", default="green", show_default=True, help="green, magenta, cyan, yellow or orange.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True)
@click.option("--strip-mm", type=click.Choice(["60", "80", "100"]), default="80", show_default=True)
@click.option("--language", default="en", show_default=True)
def stickers(pdf: Path, colour: str, paper: str, strip_mm: str, language: str) -> None:
    """Write the sheet of stickers for the back, with where to put them."""
    from movement_lab.spine.sticker_sheet import sticker_sheet

    _check_language(language)
    path = sticker_sheet(pdf, colour=colour, paper=paper, strip_mm=float(strip_mm), language=language)
    click.echo(str(path))


@main.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
@click.pass_context
def validate(ctx: click.Context) -> None:
    """Measure accuracy on rendered people (needs the extra `validation`)."""
    from movement_lab.validation.command import validate as command

    command.main(args=ctx.args, prog_name="movement-lab validate", standalone_mode=False)


register(main)

if __name__ == "__main__":
    main()
