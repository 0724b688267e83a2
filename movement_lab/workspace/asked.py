"""What is declared with a recording: checked once, at the door, and kept as plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from movement_lab.declared import Declared
from movement_lab.errors import UsageError
from movement_lab.recording import DEFAULT_MODEL, Options
from movement_lab.records import MOVEMENTS

VIEWS: Final = ("left", "right", "front", "back")
TASKS: Final = ("free", "instructed", "deadlift", "upright")
MODELS: Final = ("lite", "full", "heavy")
HEIGHT_CM: Final = (80.0, 250.0)
_MOST_PEOPLE: Final = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """How one recording is to be assessed; ``None`` and "" let the program find out.

    ``person_number``: whom to follow where there are several, counted from the left, from 1.
    """

    movement: str | None = None
    view: str | None = None
    task: str = "free"
    model: str = DEFAULT_MODEL
    person_number: int | None = None
    height_cm: float | None = None
    stickers: str = ""
    blur_face: bool = False
    keep_video: bool = True

    def __post_init__(self) -> None:
        """Refuse what makes no sense, in words for a person."""
        _one_of("movement", self.movement, (None, *MOVEMENTS))
        _one_of("view", self.view, (None, *VIEWS))
        _one_of("task", self.task, TASKS)
        _one_of("model", self.model, MODELS)
        low, high = HEIGHT_CM
        height = self.height_cm
        if height is not None and not (math.isfinite(height) and low <= height <= high):
            raise UsageError(f"A height of {height} cm was given; one of {low:.0f} to {high:.0f} was needed.")
        if self.person_number is not None and not 1 <= self.person_number <= _MOST_PEOPLE:
            raise UsageError("The person to follow is counted from the left, from 1.")
        if self.stickers:
            from movement_lab.spine.sticker_table import load_stickers

            load_stickers().colour_named(self.stickers)

    def options(self) -> Options:
        """Return the same for `recording.assess_video`."""
        declared = Declared(
            movement=self.movement,
            view=self.view,
            instructed=self.task == "instructed",
            upright=self.task == "upright",
            variant="deadlift" if self.task == "deadlift" else None,
        )
        return Options(
            declared=declared,
            model=self.model,
            person=self.person_number,
            height_cm=self.height_cm,
            stickers=self.stickers,
        )


def read_asked(values: Mapping[str, Any]) -> Asked:
    """Return what was asked from plain values: a form's texts, or a stored row's JSON.

    Unknown names are refused; "" and "auto" mean that nothing was declared.
    """
    known = {field.name: field.type for field in fields(Asked)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise UsageError(f"{', '.join(unknown)}: not known here. Known are {', '.join(known)}.")
    given = {name: value for name, value in values.items() if value not in ("", "auto", None)}
    return Asked(**{name: _as(known[name], name, value) for name, value in given.items()})


def to_plain(asked: Asked) -> dict[str, Any]:
    """Return plain values, for a row."""
    return asdict(asked)


def _as(kind: Any, name: str, value: Any) -> Any:
    """Return a form's text as the number or the yes it stands for."""
    try:
        if "bool" in kind:
            return value in (True, "true", "on", "1", 1)
        if "float" in kind:
            return float(value)
        return int(value) if "int" in kind else str(value)
    except (TypeError, ValueError):
        raise UsageError(f"{name.replace('_', ' ')}: a number was needed, not “{value}”.") from None


def _one_of(name: str, value: str | None, known: tuple[str | None, ...]) -> None:
    if value not in known:
        names = ", ".join(each for each in known if each)
        raise UsageError(f"There is no {name} “{value}”. Choose one of {names}.")
