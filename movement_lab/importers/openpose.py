"""A folder of OpenPose JSON, one file a frame: BODY_25, COCO (17 or 18 points) or HALPE_26."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.importers.names import ORDERS, house_name
from movement_lab.importers.points import Points, unit_of
from movement_lab.records import Array

_KEY: Final = "pose_keypoints_2d"
_LAST_NUMBER: Final = re.compile(r"(\d+)(?!.*\d)")


def is_openpose(path: Path) -> bool:
    """Say whether a folder holds OpenPose's files."""
    if not path.is_dir():
        return False
    first = next(iter(sorted(path.glob("*.json"))), None)
    return first is not None and _people(first) is not None


def read_openpose(path: Path, *, rate_hz: float | None = None, person: int | None = None) -> Points:
    """Read the person who is largest in the first picture with anybody, then whoever is nearest to them.

    Parameters
    ----------
    rate_hz
        Pictures a second; the files don't say.
    person
        Whom to follow instead, counted from the left in the first picture with so many.

    Raises
    ------
    UsageError
        No rate was told, or no file has a person with a known number of points.
    """
    if not rate_hz:
        raise UsageError(
            "OpenPose's files don't say how many pictures a second they were made from. That was needed "
            "for the times. Add --rate-hz, e.g. --rate-hz 30."
        )
    frames = _frames(path)
    found = [_points_of(people) for _, people in frames]
    count = next((len(each) for people in found for each in people), 0)
    if count not in ORDERS:
        raise UsageError(
            f"{path.name} has {count or 'no'} points a person. BODY_25, COCO (17 or 18) or HALPE_26 were "
            "needed. Run the tracker with one of these models."
        )
    followed = _follow([[each for each in people if len(each) == count] for people in found], person)
    numbers = np.array([number for number, _ in frames], float)
    at, score = {}, {}
    for k, name in enumerate(ORDERS[count]):
        if (house := house_name(name)) is not None:
            at[house], score[house] = followed[:, k, :2], followed[:, k, 2]
    unit = unit_of(np.stack(list(at.values())))
    return Points("openpose", (numbers - numbers[0]) / rate_hz, at, unit, score=score)


def _frames(path: Path) -> list[tuple[int, list[Any]]]:
    """Return frame numbers and people, in order; by the last number in each name, else by order."""
    files = sorted(path.glob("*.json"))
    numbers = [int(match[1]) if (match := _LAST_NUMBER.search(file.stem)) else None for file in files]
    if None in numbers or len(set(numbers)) < len(files):
        return [(n, _people(file) or []) for n, file in enumerate(files)]
    return sorted((int(n or 0), _people(file) or []) for n, file in zip(numbers, files, strict=True))


def _people(file: Path) -> list[Any] | None:
    try:
        people = json.loads(file.read_text(encoding="utf-8"))["people"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return people if isinstance(people, list) else None


def _points_of(people: list[Any]) -> list[Array]:
    """Return each person's points (K, 3): x, y, confidence; OpenPose writes zeros for what it didn't see."""
    found = []
    for person in people:
        told = person.get(_KEY) if isinstance(person, dict) else None
        if not isinstance(told, list) or len(told) % 3 or not all(isinstance(v, int | float) for v in told):
            continue
        values = np.asarray(told, float).reshape(-1, 3)
        unseen = (values[:, :2] == 0).all(axis=1) | (values[:, 2] <= 0)
        values[unseen, :2] = np.nan
        if np.isfinite(values[:, 0]).any():
            found.append(values)
    return found


def _follow(frames: list[list[Array]], person: int | None) -> Array:
    """Return one person's points (T, K, 3), NaN where they aren't in the picture."""
    count = next(len(each) for people in frames for each in people)
    followed = np.full((len(frames), count, 3), np.nan)
    last: Array | None = None
    for number, people in enumerate(frames):
        if len(people) < (person or 1) and last is None:
            continue
        chosen = _begin(people, person) if last is None else _nearest(people, last)
        if chosen is not None:
            followed[number] = last = chosen
    return followed


def _begin(people: list[Array], person: int | None) -> Array:
    if person is None:
        return max(people, key=lambda each: float(np.nanmax(each[:, 1]) - np.nanmin(each[:, 1])))
    return sorted(people, key=lambda each: float(np.nanmean(each[:, 0])))[person - 1]


def _nearest(people: list[Array], last: Array) -> Array | None:
    """Return whoever is nearest to where the person was, unless nobody is within half their height."""
    middle, height = np.nanmean(last[:, :2], axis=0), np.nanmax(last[:, 1]) - np.nanmin(last[:, 1])
    ways = [float(np.linalg.norm(np.nanmean(each[:, :2], axis=0) - middle)) for each in people]
    if not ways or min(ways) > 0.5 * height:
        return None
    return people[ways.index(min(ways))]
