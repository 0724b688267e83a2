"""The overlay as plain JSON values, for a page that draws it over the video by itself.

What is drawn, where labels go and what is covered is worked out here, by the plan that also draws
``annotated.mp4``; the page only turns numbers into lines. NaN is None: not seen, not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.drawing.backline import REACH
from movement_lab.drawing.faces import plan_cover
from movement_lab.drawing.figure import UP, Angle
from movement_lab.drawing.labels import Placed
from movement_lab.drawing.moment import BESIDE_BACK, FADED_BELOW_SCORE, Overlay
from movement_lab.drawing.plan import plan_overlay
from movement_lab.drawing.style import HIP
from movement_lab.records import Array
from movement_lab.report import Report

#: Coordinates keep a tenth of a pixel, angles a tenth of a degree, times a tenth of a millisecond.
_DECIMALS: Final = 1
_TIME_DECIMALS: Final = 4


def overlay_values(report: Report, *, language: str = "en", profile: str = "clinician") -> dict[str, Any]:
    """Return everything a page needs to draw the overlay and to cover faces, as JSON values.

    Parameters
    ----------
    report : Report
        Of the recording; coordinates are pixels of its upright picture.
    language, profile : str
        Whose words are used; the wellness profile has no numbers on the picture and nothing of the spine.

    Returns
    -------
    dict
        ``frames``: true times of the pictures; ``time``: the even grid of ``points``, ``angles`` and
        ``back``; ``cover``: for each of ``frames`` the discs that hide the head, None: hide everything.
    """
    overlay = plan_overlay(report, size=report.track.size, language=language, profile=profile)
    return {
        "size": list(overlay.size),
        "unit": round(overlay.body_sizes.unit / overlay.sizes.unit, 4),
        "frames": _rounded(report.raw.time_s, _TIME_DECIMALS),
        "time": _rounded(overlay.time_s, _TIME_DECIMALS),
        "points": _points(overlay),
        "bones": _bones(overlay),
        "joints": [overlay.figure.points.index(joint) for joint in overlay.figure.joints],
        "sense": overlay.figure.sense,
        "angles": [_angle(overlay, number) for number in range(len(overlay.figure.angles))],
        "beside_back": BESIDE_BACK,
        "back": _back(overlay),
        "place_time": _rounded(overlay.place_time_s, _TIME_DECIMALS),
        "chips": [[each.start_s, each.end_s, each.text] for each in overlay.chips],
        "notes": [[each.start_s, each.end_s, each.text] for each in overlay.notes],
        "notes_side": overlay.notes_side,
        "cover": _cover(report),
    }


def _points(overlay: Overlay) -> dict[str, Any]:
    faint = overlay.scores < FADED_BELOW_SCORE
    return {"xy": _rounded(overlay.points.reshape(len(overlay.points), -1)), "faint": _ones(faint)}


def _bones(overlay: Overlay) -> list[list[Any]]:
    names = overlay.figure.points
    return [[names.index(bone.a), names.index(bone.b), bone.strong] for bone in overlay.figure.bones]


def _angle(overlay: Overlay, number: int) -> dict[str, Any]:
    angle, names = overlay.figure.angles[number], overlay.figure.points
    return {
        "at": names.index(angle.at),
        "to": -1 if angle.to == UP else names.index(angle.to),
        "turn": angle.turn,
        "hue": _hue(angle),
        "radius": angle.radius,
        "signed": angle.signed,
        "values": _rounded(overlay.values[:, number]),
        "name": overlay.names[number] if overlay.places else "",
        "place": _place(overlay.places[number]) if number < len(overlay.places) else None,
    }


def _hue(angle: Angle) -> str:
    return "hip" if angle.colour == HIP else "knee"


def _back(overlay: Overlay) -> dict[str, Any] | None:
    back = overlay.back
    if back is None:
        return None
    return {
        "ends": [overlay.figure.points.index(end) for end in back.ends],
        "reach": list(REACH),
        "rough": back.rough,
        "rows": _rounded(back.rows),
        "name": back.words[0],
        "method": back.words[1],
        "place": _place(overlay.back_place) if overlay.back_place else None,
    }


def _place(place: Placed) -> dict[str, Any]:
    return {"xy": _rounded(place.centre), "opacity": _rounded(place.opacity, 2)}


def _cover(report: Report) -> dict[str, Any]:
    """Return what hides faces in each picture; doubt is settled here, so that the page can't get it wrong."""
    cover = plan_cover(report, report.raw.size)
    discs = [cover.discs_at(float(at_s)) for at_s in report.raw.time_s]
    return {
        "discs": [None if each is None or not np.isfinite(each).all() else _rounded(each) for each in discs],
        "boxes": _rounded(cover.boxes),
    }


def _ones(mask: NDArray[np.bool_]) -> list[list[int]]:
    """Return for each row the places that are true."""
    return [np.flatnonzero(row).tolist() for row in mask]


def _rounded(values: Array, decimals: int = _DECIMALS) -> Any:
    return _without_nan(np.round(values, decimals).tolist())


def _without_nan(value: Any) -> Any:
    if isinstance(value, Sequence):
        return [_without_nan(each) for each in value]
    return value if value == value else None
