"""Which program, libraries and pose models are at work, and under which licences."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata, requires
from typing import Final

from movement_lab.recording import own_version

OWN_LICENCE: Final = "Apache-2.0"
_OWN: Final = "movement-lab"
_TOLD: Final = ("License-Expression", "Classifier", "License")
_SHORT: Final = 60


@dataclass(frozen=True, slots=True)
class Component:
    """A library with its version and licence ("" where its package doesn't say)."""

    name: str
    version: str
    licence: str


def this_program() -> Component:
    """Return the program itself."""
    return Component("movement_lab", own_version(), OWN_LICENCE)


def libraries() -> list[Component]:
    """Return Python and the libraries this program needs, by name."""
    python = Component("Python", platform.python_version(), "PSF-2.0")
    found = (_component(_name_of(line)) for line in _required())
    return [python, *sorted((each for each in found if each), key=lambda each: each.name.lower())]


def _required() -> list[str]:
    try:
        lines = requires(_OWN) or []
    except PackageNotFoundError:
        return []
    return [line for line in lines if "extra ==" not in line]


def _name_of(line: str) -> str:
    """Return the name a requirement begins with."""
    end = next((place for place, char in enumerate(line) if not (char.isalnum() or char in "-_.")), len(line))
    return line[:end]


def _component(name: str) -> Component | None:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    return Component(told["Name"], told["Version"], _licence(told))


def _licence(told: PackageMetadata) -> str:
    """Return a licence in a few words: the expression, the classifier, or a short field."""
    expression, classifiers, field = (told.get_all(name) or [] for name in _TOLD)
    classified = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::")]
    short = [each.strip() for each in field if len(each.strip()) <= _SHORT and "\n" not in each.strip()]
    return ", ".join(expression or classified or short)
