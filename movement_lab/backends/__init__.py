"""Pose backends: a callable Frame -> Pose (or None where nobody is seen).

A new backend is one file with an ``open_backend`` function and one row in :data:`BACKENDS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Final, Protocol

from movement_lab.records import Frame, Pose


class PoseBackend(Protocol):
    """Find people in frames handed over in rising order of time."""

    names: tuple[str, ...]

    def __call__(self, frame: Frame) -> Sequence[Pose]:
        """Return the people seen, best first; empty where nobody is."""


#: name -> module with ``open_backend(model_path, *, people, follow, masks)``, imported when first used.
BACKENDS: Final = {"mediapipe": "movement_lab.backends.mediapipe"}


def open_backend(
    name: str, model_path: str, *, people: int = 1, follow: bool = True, masks: bool = False
) -> AbstractContextManager[PoseBackend]:
    """Open a backend by name.

    ``people`` is the most it looks for; ``follow`` keeps to the person of the frame before
    (video), else every frame is searched afresh (single pictures); ``masks`` asks for `Pose.mask`.
    """
    module = import_module(BACKENDS[name])
    opened: AbstractContextManager[PoseBackend] = module.open_backend(
        model_path, people=people, follow=follow, masks=masks
    )
    return opened
