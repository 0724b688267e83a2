"""``movement-lab serve``: the workspace in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that holds everything.  [default: this user's data folder]",
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to bind to; 0.0.0.0: every one."
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free one."
)
@click.option("--no-browser", is_flag=True, help="Don't open the browser.")
@click.option("--set-password", is_flag=True, help="Ask for a password that everybody has to give; then end.")
@click.option("--name", "names", multiple=True, metavar="HOST", help="A further name it is called by.")
@click.option("--https", is_flag=True, help="It stands behind a proxy that speaks HTTPS (docs/serving.md).")
@click.option("--proxy", default="127.0.0.1", show_default=True, help="Address of that proxy.")
def serve(data: Path | None, no_browser: bool, set_password: bool, **options: Any) -> None:
    """Open the workspace: record, upload, review, compare, print.

    Only this machine can reach it, unless told otherwise; beyond it a password is demanded.
    """
    from movement_lab.server.run import default_data, serve
    from movement_lab.server.settings import ServerSettings

    folder = data or default_data()
    if set_password:
        _set_password(folder)
        return
    settings = ServerSettings(**{**options, "names": tuple(name.lower() for name in options["names"])})

    def tell(address: str) -> None:
        click.echo(_say("address", address=address, folder=folder))
        if settings.beyond_loopback and not settings.https:
            click.echo(_say("no_https"), err=True)

    serve(folder, settings, browser=not no_browser, tell=tell)


def _set_password(data: Path) -> None:
    from movement_lab.storage.files import DataFolder
    from movement_lab.workspace.signing_in import set_password

    folder = DataFolder(data)
    folder.prepare()
    password = click.prompt(_say("ask_password"), hide_input=True, confirmation_prompt=_say("ask_again"))
    set_password(folder, password)
    click.echo(_say("password_set"))


def _say(key: str, **values: Any) -> str:
    from movement_lab.wording import say

    return say(f"serve.{key}", **values)


COMMANDS = (serve,)
