"""Commands of the command line, a module each: ``COMMANDS`` in a module here is found by itself.

Only click is imported at the top of such a module, so that ``--help`` answers at once.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

import click


def register(main: click.Group) -> None:
    """Add every command of every module here to the command line."""
    for module in pkgutil.iter_modules(__path__):
        for command in import_module(f"{__name__}.{module.name}").COMMANDS:
            main.add_command(command)
