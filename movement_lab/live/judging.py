"""The live story: window to report, report to count, scale, values and standing. Pure, one step a call."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from movement_lab.live.counting import Counted, count_on, reps_of
from movement_lab.live.phases import Reach
from movement_lab.live.table import load_live
from movement_lab.live.values import LiveValue, handed_on, live_values
from movement_lab.pipeline import Declared, assess
from movement_lab.records import Array, Standing, Track, View
from movement_lab.report import Report

#: A window that shows somebody in less of its pictures, or has fewer of them, isn't assessed.
_LEAST_SEEN_SHARE = 0.1
_LEAST_POSES = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of a session so far.

    ``reps``: all of them, in order; ``standing``: the zero that was found once; ``reach``: how deep the
    set goes, for the phase of new poses; ``values``: the newest angles.
    """

    reps: tuple[Counted, ...] = ()
    standing: Standing | None = None
    reach: Reach | None = None
    values: tuple[LiveValue, ...] = ()
    movement: str = ""
    view: View | None = None


def judge_window(before: Judged, track: Track, *, slid: bool, declared: Declared | None = None) -> Judged:
    """Return what is known after another look at the window ``track`` (raw poses); ``assess`` judges it."""
    seen = np.isfinite(track.xy[:, 0, 0])
    if seen.sum() < max(_LEAST_POSES, _LEAST_SEEN_SHARE * len(track)):
        return replace(before, values=())
    report = assess(track, declared)
    standing = handed_on(before.standing, report.standing)
    reps = count_on(
        before.reps,
        reps_of(report),
        window_start_s=float(track.time_s[0]),
        edge_s=load_live().window.edge_s,
        slid=slid,
    )
    return Judged(
        reps, standing, _reach(before.reach, report), live_values(report, standing),
        report.movement.name, report.view,
    )  # fmt: skip


def _reach(before: Reach | None, report: Report) -> Reach | None:
    """How high the shoulders are in standing and how far they sink at the turns; the last known without."""
    heights = _heights_px(report.track)
    seen = heights[np.isfinite(heights)]
    if not len(seen):
        return before
    standing_px = float(np.quantile(seen, 0.95))
    least_px = load_live().phase.usual_depth / 2 * standing_px
    turns = [standing_px - heights[rep.turn] for rep in report.reps if np.isfinite(heights[rep.turn])]
    if turns:
        return Reach(standing_px, max(float(np.median(turns)), least_px))
    depth_px = before.depth_px if before else load_live().phase.usual_depth * standing_px
    return Reach(standing_px, depth_px)


def _heights_px(track: Track) -> Array:
    """How high the shoulders are over the ankles, (T,) pixels."""
    ankles = track["left_ankle"][:, 1] + track["right_ankle"][:, 1]
    return np.asarray(ankles - track["left_shoulder"][:, 1] - track["right_shoulder"][:, 1]) / 2
