"""A picture of each measure as SVG, drawn from the stick figure that the tests trust."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from movement_lab.evidence.figure_table import PICTURES, Mark, Picture
from movement_lab.records import Array
from movement_lab.skeleton import SIDES
from movement_lab.synthetic import repetitions

_WIDE, _TALL, _ROOM = 240, 240, 22
_BODY, _STRONG, _GUIDE = "#8b95a1", "#2563c9", "#8b95a1"
_ARC_PX, _GUIDE_PX, _BAR_PX = 34.0, 62.0, 30.0
#: Lines of the body, in the picture's own names; sides are added.
_LIMBS: Final = (
    ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle"),
    ("ankle", "heel"), ("heel", "foot_index"), ("ankle", "foot_index"),
)  # fmt: skip
_AXES: Final = {
    "side": np.array([[1.0, 0, 0], [0, -1.0, 0]]),  # the person looks to the right
    "front": np.array([[0, 0, -1.0], [0, -1.0, 0]]),  # the person's right is on the left
    "above": np.array([[0, 0, 1.0], [-1.0, 0, 0]]),  # the person looks up the page
}
_DIRECTIONS: Final = {
    "up": (0, -1), "down": (0, 1), "ahead": (1, 0), "behind": (-1, 0), "forward": (0, -1),
}  # fmt: skip

Points = dict[str, Array]


def draw_measure(name: str) -> str:
    """Return the SVG of a measure, with a title for those who can't see it."""
    picture = PICTURES[name]
    points = _placed(picture)
    title = name.replace("_", " ")
    body = [
        *_body(picture, points),
        *(part for mark in picture.marks for part in _mark(mark, picture, points)),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_TALL}" width="{_WIDE}" '
        f'height="{_TALL}" role="img" fill="none" stroke-linecap="round"><title>{title}</title>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


# ---------------------------------------------------------------- the figure


def _placed(picture: Picture) -> Points:
    """Return the figure's points in the drawing, (2,) each, with those that marks speak of."""
    motion = repetitions(picture.movement, reps=1, bottom=dict(picture.bottom))
    turn = round(motion.reps[0].turn_s * 30)
    axes = _AXES[picture.view]
    space = motion.points()
    flat = {name: axes @ each[turn] for name, each in space.items()}
    standing = {f"standing_{name}": axes @ each[0] for name, each in space.items()}
    shown = np.stack([*flat.values(), *standing.values()])
    low, high = shown.min(axis=0), shown.max(axis=0)
    scale = min((_WIDE - 2 * _ROOM) / (high - low)[0], (_TALL - 2 * _ROOM) / (high - low)[1])
    shift = np.array([_WIDE, _TALL]) / 2 - scale * (low + high) / 2
    return _with_middles({name: scale * each + shift for name, each in (flat | standing).items()})


def _with_middles(points: Points) -> Points:
    """Return the points with those halfway between left and right, and a place on the trunk."""
    for plural, single in (("hips", "hip"), ("shoulders", "shoulder"), ("feet", "ankle")):
        points[plural] = (points[f"left_{single}"] + points[f"right_{single}"]) / 2
    near = {name.removeprefix("right_"): each for name, each in points.items() if name.startswith("right_")}
    near |= {"standing_hip": points["standing_right_hip"]}
    points = near | points
    points["trunk"] = points["hip"] + 0.55 * (points["shoulder"] - points["hip"])
    return points


def _body(picture: Picture, points: Points) -> Iterator[str]:
    sides = ("right",) if picture.view == "side" and picture.movement != "lunge" else SIDES
    for side in sides:
        yield from (_line(points[f"{side}_{a}"], points[f"{side}_{b}"], _BODY, 3) for a, b in _LIMBS)
    if picture.view != "side":
        yield _line(points["left_shoulder"], points["right_shoulder"], _BODY, 3)
        yield _line(points["left_hip"], points["right_hip"], _BODY, 3)
    head = (points["ear"] + points["nose"]) / 2 if picture.view == "side" else points["nose"]
    yield f'<circle cx="{head[0]:.1f}" cy="{head[1]:.1f}" r="11" stroke="{_BODY}" stroke-width="3"/>'


# ---------------------------------------------------------------- marks


def _mark(mark: Mark, picture: Picture, points: Points) -> Iterator[str]:
    kind, *names = mark
    at = points[names[0]]
    if kind == "line":
        yield _line(at, points[names[1]], _STRONG, 4)
    elif kind == "dashed":
        yield _line(at, points[names[1]], _GUIDE, 2, dashed=True)
    elif kind == "bar":
        along = _towards(names[1], at, points)
        yield _line(at - 0.4 * _BAR_PX * along, at + _BAR_PX * along, _STRONG, 6)
    elif kind in ("beyond", "parallel", "lean", *_DIRECTIONS, "to_right"):
        start, way = _guide(kind, names, picture, points)
        yield _line(start, start + _GUIDE_PX * way, _GUIDE, 2, dashed=True)
    elif kind == "arc":
        yield from _arc(at, *(_towards(name, at, points, picture) for name in names[1:]))
    else:
        yield from _gap(kind, names, points)


def _guide(kind: str, names: list[str], picture: Picture, points: Points) -> tuple[Array, Array]:
    """Return where a dashed line begins, and its direction."""
    at = points[names[0]]
    if kind == "beyond":
        return points[names[1]], _unit(points[names[1]] - at)
    if kind == "parallel":
        return at, _unit(points[names[2]] - points[names[1]])
    if kind == "lean":
        return at, _towards(names[1], at, points)
    return at, _towards(kind, at, points, picture)


def _towards(name: str, at: Array, points: Points, picture: Picture | None = None) -> Array:
    """Return the direction a mark's word means: a point, away from it, two points, degrees of lean."""
    if name in _DIRECTIONS:
        return np.array(_DIRECTIONS[name], float)
    if name == "to_right":
        return np.array([1.0 if picture and picture.view == "above" else -1.0, 0.0])
    if name.isdigit():
        lean = math.radians(int(name))
        return np.array([math.sin(lean), -math.cos(lean)])
    if ">" in name:
        start, _, end = name.partition(">")
        return _unit(points[end] - points[start])
    if name.startswith("-"):
        return _unit(at - points[name[1:]])
    return _unit(points[name] - at)


def _arc(at: Array, first: Array, second: Array) -> Iterator[str]:
    """Draw the angle from ``first`` to ``second``, with an arrow head where it grows positive."""
    start, end = at + _ARC_PX * first, at + _ARC_PX * second
    clockwise = int(first[0] * second[1] - first[1] * second[0] > 0)
    path = f"M{_xy(start)}A{_ARC_PX:g} {_ARC_PX:g} 0 0 {clockwise} {_xy(end)}"
    yield f'<path d="{path}" stroke="{_STRONG}" stroke-width="2"/>'
    yield _text(at + (_ARC_PX + 12) * _unit(first + second), "+")


def _gap(kind: str, names: list[str], points: Points) -> Iterator[str]:
    """Draw a distance: across, up, from a point to a line, or down from standing."""
    a = points[names[0]]
    if kind == "drop":
        top = np.array([a[0], points["standing_hip"][1]])
        aside = np.array([24.0, 0.0])
        yield _line(top - aside, top + aside, _GUIDE, 2, dashed=True)
        yield _line(top, a, _STRONG, 4)
        return
    b = points[names[1]]
    if kind == "foot_of":
        along = _unit(points[names[2]] - b)
        yield _line(a, b + along * float(np.dot(a - b, along)), _STRONG, 4)
        return
    corner = np.array([b[0], a[1]])
    start, end = (a, b) if kind == "gap_across" else (b, a)
    yield _line(end, corner, _GUIDE, 2, dashed=True)
    yield _line(start, corner, _STRONG, 4)


def _line(a: Array, b: Array, colour: str, width: int, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="5 5"' if dashed else ""
    path = f"M{_xy(a)}L{_xy(b)}"
    return f'<path d="{path}" stroke="{colour}" stroke-width="{width}"{dash}/>'


def _text(at: Array, text: str) -> str:
    where = f'x="{at[0]:.1f}" y="{at[1] + 5:.1f}" text-anchor="middle"'
    return f'<text {where} font-family="sans-serif" font-size="16" fill="{_STRONG}">{text}</text>'


def _xy(point: Array) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _unit(vector: Array) -> Array:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else np.array([0.0, -1.0]))


def pictures() -> Mapping[str, str]:
    """Return every measure's SVG by the measure's id."""
    return {name: draw_measure(name) for name in PICTURES}
