"""What a person says about a clip: movement, view, task, and where repetitions and standing lie."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Final, get_args

from movement_lab.errors import UsageError
from movement_lab.records import MOVEMENTS, ViewName

VIEWS: Final = tuple(name for name in get_args(ViewName) if name != "oblique")
#: Nobody marks more by hand; a longer list is a mistake.
MOST_REPS: Final = 100


@dataclass(frozen=True, slots=True)
class MarkedRep:
    """One repetition as a person marked it, seconds of the clip: start, deepest moment, and end."""

    start_s: float
    turn_s: float
    end_s: float

    def __post_init__(self) -> None:
        """Check that the three times follow each other."""
        times = (self.start_s, self.turn_s, self.end_s)
        if not all(_is_number(each) for each in times) or not self.start_s < self.turn_s < self.end_s:
            raise UsageError(
                f"A repetition was marked from {_told(self.start_s)} over {_told(self.turn_s)} to "
                f"{_told(self.end_s)}. Start, turn and end must follow each other. Move one of the three."
            )


@dataclass(frozen=True, slots=True)
class Declared:
    """What the user says about the clip; None lets the program find out.

    ``instructed``: a hinge with the instruction to keep the back still; ``upright``: a lunge with
    the instruction to keep the trunk upright; ``variant``: the kind of the movement that was asked
    for (``deadlift``). ``reps``: all repetitions of the clip, as a person marked them (an empty tuple:
    there are none); ``standing``: start and end, seconds, of standing still.
    """

    movement: str | None = None
    view: str | None = None
    instructed: bool = False
    upright: bool = False
    variant: str | None = None
    reps: tuple[MarkedRep, ...] | None = None
    standing: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Check everything that can be checked without the clip."""
        _one_of("movement", self.movement, MOVEMENTS)
        _one_of("view", self.view, VIEWS)
        _check_order(self.reps or ())
        _check_standing(self.standing)

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Declared:
        """Return what plain JSON values say, such as ``origin.settings.declared``; unknown keys are skipped.

        Raises
        ------
        UsageError
            A value makes no sense.
        """
        known = {key: value for key, value in values.items() if key in {field.name for field in fields(cls)}}
        for key, wanted in (("movement", str), ("view", str), ("variant", str)):
            if not isinstance(known.get(key), wanted | None):
                raise UsageError(f"The declared {key} is {known[key]!r}. A name was needed. Leave it out.")
        known |= {key: bool(known.get(key)) for key in ("instructed", "upright")}
        if known.get("reps") is not None:
            known["reps"] = tuple(_rep_of(each) for each in _list_of("repetitions", known["reps"]))
        if known.get("standing") is not None:
            known["standing"] = tuple(_list_of("standing", known["standing"]))
        return cls(**known)

    @property
    def told(self) -> dict[str, Any]:
        """Return only what was said, by field; an empty list of repetitions was said too."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: value for key, value in values.items() if value is not None and value is not False}


def _one_of(name: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise UsageError(
            f"The declared {name} is {value!r}. Known: {', '.join(known)}. Choose one, or leave it open."
        )


def _check_order(reps: Sequence[MarkedRep]) -> None:
    if len(reps) > MOST_REPS:
        raise UsageError(f"{len(reps)} repetitions were marked. At most {MOST_REPS} can be. Remove some.")
    for number, (rep, after) in enumerate(pairwise(reps), start=1):
        if after.start_s < rep.end_s:
            raise UsageError(
                f"Repetition {number + 1} was marked from {_told(after.start_s)}, before repetition {number} "
                f"ends at {_told(rep.end_s)}. Repetitions must follow each other. Move one of the two."
            )


def _check_standing(standing: tuple[float, float] | None) -> None:
    if standing is None:
        return
    if len(standing) != 2 or not all(_is_number(each) for each in standing) or standing[0] >= standing[1]:
        told = " to ".join(_told(each) for each in standing)
        raise UsageError(
            f"Standing was marked from {told}. A start and a later end, in seconds, were needed. "
            "Move one of the two."
        )


def _rep_of(value: Any) -> MarkedRep:
    names = tuple(field.name for field in fields(MarkedRep))
    if not isinstance(value, Mapping) or set(value) != set(names):
        raise UsageError(f"A repetition was marked as {value!r}. It needs {', '.join(names)}, in seconds.")
    return MarkedRep(**value)


def _list_of(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise UsageError(f"The declared {name} came as {value!r}. A list was needed. Mark them anew.")
    return list(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _told(value: object) -> str:
    return f"{value:.2f} s" if isinstance(value, int | float) and not isinstance(value, bool) else repr(value)
