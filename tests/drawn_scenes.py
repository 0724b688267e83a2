"""A stick figure's report, and pictures to draw it on: what the drawing tests share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from movement_lab.coordination import Style
from movement_lab.records import Finding, Image, Recognised, Rep, SpineEstimate, Standing, Track, View
from movement_lab.report import Report
from movement_lab.spine.estimate import SPINE_ANGLES, nothing_read
from movement_lab.synthetic import Camera, film, repetitions

SIZE = (480, 640)
GREY = 128
VIEWS = {
    "left": View("left", "image_left", 0.0, "full"),
    "right": View("right", "image_right", 0.0, "full"),
    "front": View("front", "camera", 0.0, "full"),
    "back": View("back", "away", 0.0, "full"),
}


def make_scene(
    *, view: str = "left", movement: str = "squat", findings: tuple[Finding, ...] = (), **camera: Any
) -> Report:
    """Return the report of two perfect repetitions, its signals the angles they were built with."""
    motion = (
        repetitions(movement, reps=2, lead="left") if movement == "lunge" else repetitions(movement, reps=2)
    )
    track = film(motion, Camera(view=view, size=SIZE, px_per_m=260, height_m=0.9, **camera))  # type: ignore[arg-type]
    near = "right" if view == "right" else "left"
    blank = np.full(len(track), np.nan)
    signals = {key: blank for side in ("left", "right") for key in (f"fppa_{side}_deg",)} | dict(
        motion.truth(near=near)  # type: ignore[arg-type]
    )
    reps = tuple(_rep(number, true, track, movement) for number, true in enumerate(motion.reps, start=1))
    unread = nothing_read("", len(track), ("needs_spine_signal",))
    return Report(
        Recognised(movement), VIEWS[view], Standing(True, 0.0, float(track.time_s[reps[0].start])), reps, (),
        findings, unread, {}, Style(None), {}, {}, track, track, signals,
    )  # type: ignore[arg-type]  # fmt: skip


def with_spine(
    report: Report,
    *,
    pelvis_deg: float = 20.0,
    lumbar_deg: float = 25.0,
    sd_deg: float = 4.0,
    method: str = "contour",
    unread: slice = np.s_[:0],
) -> Report:
    """Return the report with a spine turned so far at every turn, 0 in standing; ``unread`` are not valid."""
    lean = report.signals["trunk_inclination_deg"]
    share = (lean - lean[0]) / np.ptp(lean)
    turned = dict.fromkeys(SPINE_ANGLES, 0.0) | {
        "pelvic_tilt_deg": pelvis_deg,
        "lumbar_flexion_deg": lumbar_deg,
        "thorax_inclination_deg": pelvis_deg + lumbar_deg,
    }
    valid = np.ones(len(lean), bool)
    valid[unread] = False
    value = {name: degrees * share for name, degrees in turned.items()}
    sd = {name: np.full(len(lean), sd_deg) for name in turned}
    return replace(report, spine=SpineEstimate(method, value, sd, valid))


def make_noted(id: str, grade: str, *frames_s: tuple[float, float]) -> Finding:
    """Return a finding with a grade and where it was seen."""
    values = dict.fromkeys(("value", "low", "high", "low95", "high95"), 9.0)
    return Finding(
        id=id, side="mid", grade=grade, unit="deg", measure="trunk_inclination_deg", at="turn", zero="rel",
        limits={}, direction="over", persistence=1.0, tier="T1", evidence="E4", sources=(),
        frames_s=frames_s, **values,
    )  # type: ignore[arg-type]  # fmt: skip


def grey(size: tuple[int, int] = SIZE) -> Image:
    """Return an even grey picture: whatever differs from it was drawn."""
    return np.full((size[1], size[0], 3), GREY, np.uint8)


def noise(size: tuple[int, int] = SIZE) -> Image:
    """Return a picture full of detail, the same each time."""
    return np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), np.uint8)


def turn_s(report: Report, number: int = 1) -> float:
    """Return the time of a repetition's turn."""
    return float(report.track.time_s[report.reps[number - 1].turn])


def without(report: Report, *points: str) -> Report:
    """Return the report with points never seen."""
    return replace(report, track=_changed(report.track, {point: np.nan for point in points}))


def moved(report: Report, *points: str, by: float) -> Report:
    """Return the report with points of the cleaned track elsewhere, ``by`` pixels both ways."""
    return replace(report, track=_changed(report.track, {p: report.track[p] + by for p in points}))


def scored(report: Report, *points: str, score: float) -> Report:
    """Return the report with points about which the model was so sure."""
    values = report.track.score.copy()
    values[:, [report.track.names.index(point) for point in points]] = score
    return replace(report, track=replace(report.track, score=values))


def _changed(track: Track, paths: Mapping[str, Any]) -> Track:
    xy = track.xy.copy()
    for point, path in paths.items():
        xy[:, track.names.index(point)] = path
    return replace(track, xy=xy)


def _rep(number: int, true: Any, track: Track, movement: str) -> Rep:
    start, turn, end = (
        int(np.searchsorted(track.time_s, t)) for t in (true.start_s, true.turn_s, true.end_s)
    )
    side = true.side if movement == "lunge" else "mid"
    return Rep(number, start, turn, end, side, bottom_start=turn - 3, bottom_end=turn + 4)
