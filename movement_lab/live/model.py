"""Which pose model judges live pictures: the quickest that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from movement_lab.weights import find_model, inspect_model

#: From the quickest on.
_QUICKEST_FIRST: Final = ("lite", "full", "heavy")


def live_model() -> Path:
    """Return the file of the quickest pose model that is here; ModelError says how to get one."""
    for name in _QUICKEST_FIRST:
        if inspect_model(name).status == "present":
            return find_model(name)
    return find_model(_QUICKEST_FIRST[0])
