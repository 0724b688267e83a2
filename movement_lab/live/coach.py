"""The set-up coach: what the last moments of poses, and a look at a picture, say of the set-up.

Pure: a short track and what is known of the picture in, checks out. Each check knows only what it
knows: where the camera can't tell, it says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

import numpy as np

from movement_lab.geometry import wrap
from movement_lab.knowledge import load_grading
from movement_lab.live.looking import UNSEEN, PictureLook
from movement_lab.live.posture import Posture, posture_of
from movement_lab.live.table import load_live
from movement_lab.records import Track, ViewName
from movement_lab.view import find_view

State = Literal["ok", "attention", "unknown"]
Wanted = Literal["side", "left", "right", "front"]

#: Views that can be coached for; ``side`` is either side.
WANTED: Final = get_args(Wanted)
#: The checks in the order of the list, top to bottom.
CHECKS: Final = ("body", "view", "level", "height", "distance", "light", "person", "clothes", "still")
#: Whose sentence is spoken first where several need attention: what spoils the others comes first.
URGENCY: Final = ("body", "person", "distance", "view", "light", "level", "height", "still")
#: Checks that only remind: no camera can tell, and the start doesn't wait for them.
REMINDERS: Final = frozenset({"clothes"})
#: Checks of the camera, which doesn't move when the person does.
LASTING: Final = frozenset({"level", "height", "distance"})

_TRUE_TURN_DEG: Final[Mapping[str, float]] = {"front": 0.0, "left": 90.0, "right": -90.0}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the coach.

    ``figure`` and ``sentence`` are wording ids (``live.figure.ID``, ``live.sentence.ID``), "" for none;
    ``values`` are the numbers in them, rounded already.
    """

    id: str
    state: State
    figure: str = ""
    sentence: str = ""
    values: Mapping[str, float] = field(default_factory=dict)


def coach(recent: Track | None, look: PictureLook = UNSEEN, *, wanted: Wanted = "side") -> tuple[Check, ...]:
    """Return all checks, in the order of :data:`CHECKS`.

    ``recent`` is a raw track of the last seconds, None where there are no pictures yet.
    """
    posture = posture_of(recent) if recent is not None else None
    if recent is None or posture is None:
        return tuple(_without_a_body(id, look) for id in CHECKS)
    return (
        _body(posture),
        _view(recent, wanted),
        _level(posture, look),
        _height(posture),
        _distance(posture),
        _light(look),
        _person(look),
        Check("clothes", "unknown", "see_yourself"),
        _still(posture),
    )


def remember(checks: tuple[Check, ...], before: tuple[Check, ...]) -> tuple[Check, ...]:
    """Return the checks; what stands for the camera stays as it was while nobody stands still to tell it."""
    known = {check.id: check for check in before if check.id in LASTING and check.state != "unknown"}
    return tuple(known.get(check.id, check) if check.state == "unknown" else check for check in checks)


def next_sentence(checks: tuple[Check, ...]) -> Check | None:
    """Return the check whose sentence is to be said now; None if everything is as it should be."""
    by_id = {check.id: check for check in checks}
    for id in URGENCY:
        if by_id[id].state == "attention" and by_id[id].sentence:
            return by_id[id]
    return by_id["still"] if by_id["still"].state == "unknown" and by_id["still"].sentence else None


def _without_a_body(id: str, look: PictureLook) -> Check:
    """Nobody is seen: light can be told all the same."""
    if id == "body":
        return Check("body", "attention", sentence="step_in")
    if id == "light":
        return _light(look)
    return Check(id, "unknown", "see_yourself" if id in REMINDERS else "")


def _body(posture: Posture) -> Check:
    """Head to toes, with a little room around."""
    missing = posture.cut_off
    if not missing:
        return Check("body", "ok")
    if "top" in missing and "bottom" in missing:
        return Check("body", "attention", "cut", "step_back")
    if "left" in missing or "right" in missing:
        sides = {"left", "right"} <= missing
        return Check("body", "attention", "side_cut", "step_back" if sides else "to_the_middle")
    if "bottom" in missing:
        return Check("body", "attention", "feet_cut", "show_feet")
    return Check("body", "attention", "head_cut", "show_head")


def _view(recent: Track, wanted: Wanted) -> Check:
    """How far the body is off the wanted view, and which way to turn."""
    name: ViewName = wanted if wanted != "side" else _nearer_side(recent)
    view = find_view(recent, declared=name)
    if not np.isfinite(recent.xyz).any():
        return Check("view", "unknown")
    off_deg = float(wrap(np.array(view.turn_deg - _TRUE_TURN_DEG[name])))
    values = {"degrees": float(round(abs(off_deg)))}
    if abs(off_deg) <= load_grading().gate_full_deg:
        return Check("view", "ok", "off", values=values)
    # Turning to the own right brings more of the left side forward: turn_deg grows.
    way = "left" if off_deg > 0 else "right"
    much = "turn" if abs(off_deg) > load_live().view.far_off_deg else "turn_a_little"
    return Check("view", "attention", "off", f"{much}_{way}", values)


def _nearer_side(recent: Track) -> ViewName:
    return "left" if find_view(recent).turn_deg >= 0 else "right"


def _level(posture: Posture, look: PictureLook) -> Check:
    """Lines of the room tell the camera's tilt; without them a standing body tells a large one."""
    numbers = load_live().level
    if np.isfinite(look.roll_deg):
        values = {"degrees": float(round(abs(look.roll_deg)))}
        level = abs(look.roll_deg) <= numbers.max_deg
        return Check("level", "ok", "degrees", values=values) if level else _tilted(values)
    if not posture.upright or not np.isfinite(posture.lean_deg):
        return Check("level", "unknown")
    if abs(posture.lean_deg) > numbers.max_leaning_deg:
        return _tilted({"degrees": float(round(abs(posture.lean_deg)))})
    return Check("level", "ok", "about")


def _tilted(values: Mapping[str, float]) -> Check:
    return Check("level", "attention", "degrees", "level_camera", values)


def _height(posture: Posture) -> Check:
    """How much higher the lens is than the hips."""
    numbers = load_live().height
    if not posture.upright or not np.isfinite(posture.lens_above_hips_m):
        return Check("height", "unknown")
    above_m = posture.lens_above_hips_m
    if abs(above_m) <= numbers.max_off_m:
        return Check("height", "ok", "about")
    rounded = round(round(abs(above_m) / numbers.step_m) * numbers.step_m, 1)
    which = "too_high" if above_m > 0 else "too_low"
    sentence = "lower_camera" if above_m > 0 else "raise_camera"
    return Check("height", "attention", which, sentence, {"metres": rounded})


def _distance(posture: Posture) -> Check:
    """As far as the size of the body in the picture tells."""
    numbers = load_live().distance
    if not posture.upright or not np.isfinite(posture.distance_m):
        return Check("distance", "unknown")
    values = {"metres": round(posture.distance_m / numbers.step_m) * numbers.step_m}
    if posture.distance_m < numbers.least_m or posture.fill > numbers.most_fill:
        return Check("distance", "attention", "metres", "step_back", values)
    if posture.distance_m > numbers.most_m or posture.fill < numbers.least_fill:
        return Check("distance", "attention", "metres", "come_closer", values)
    return Check("distance", "ok", "metres", values=values)


def _light(look: PictureLook) -> Check:
    numbers = load_live().light
    if not np.isfinite(look.luminance):
        return Check("light", "unknown")
    if look.luminance < numbers.dark:
        return Check("light", "attention", "dark", "more_light")
    if look.luminance > numbers.bright:
        return Check("light", "attention", "bright", "less_light")
    backlit = look.body_luminance < min(numbers.backlit_ratio * look.around_luminance, numbers.backlit_dark)
    if backlit:
        return Check("light", "attention", "backlit", "light_from_front")
    return Check("light", "ok", "enough")


def _person(look: PictureLook) -> Check:
    if look.people is None:
        return Check("person", "unknown")
    if look.people > 1:
        return Check("person", "attention", "people", "one_person", {"count": float(look.people)})
    return Check("person", "ok") if look.people else Check("person", "unknown")


def _still(posture: Posture) -> Check:
    """Upright and still for as long as standing takes to be read."""
    wanted_s, seconds = load_grading().standing_s, posture.still_s
    if seconds >= wanted_s:
        return Check("still", "ok", "seconds_of", values={"seconds": wanted_s, "wanted": wanted_s})
    values = {"seconds": math.floor(10 * seconds) / 10, "wanted": wanted_s}
    return Check("still", "unknown", "seconds_of", "stand_still", values)
