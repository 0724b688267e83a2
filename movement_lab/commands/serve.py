"""``movement-lab serve``: the workspace in a browser."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder that holds everything.  [default: this user's data folder]",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind to.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0: any free one."
)
@click.option("--no-browser", is_flag=True, help="Don't open the browser.")
def serve(data: Path | None, host: str, port: int, no_browser: bool) -> None:
    """Open the workspace: record, upload, review, compare, print. Only this machine can reach it."""
    from movement_lab.server.run import default_data, serve
    from movement_lab.server.settings import ServerSettings

    folder = data or default_data()
    settings = ServerSettings(host=host, port=port)
    serve(
        folder,
        settings,
        browser=not no_browser,
        tell=lambda address: click.echo(f"movement_lab is at {address}  (data: {folder}; Ctrl+C ends it)"),
    )


COMMANDS = (serve,)
