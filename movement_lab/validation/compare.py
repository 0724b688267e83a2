"""One report against the truth of its clip: a row of plain values.

The truth goes through the very functions the report went through: the exact signals are reduced
over the exact repetitions to measurements (`summaries`), and those are judged (`findings`). So
"true value" and "true grade" mean what the program would say if it saw perfectly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from movement_lab.cycles import Cycle, bottom_of
from movement_lab.exporters.json import plain
from movement_lab.findings import Task, judge
from movement_lab.geometry import wrap
from movement_lab.knowledge import load_measures, load_movement
from movement_lab.recognition import variant_of
from movement_lab.records import Array, Finding, Measurement, Recognised, Rep, Standing, Track, View
from movement_lab.report import Report
from movement_lab.skeleton import LANDMARKS
from movement_lab.summaries import Clip, is_far, summarise
from movement_lab.synthetic.camera import AZIMUTH_DEG
from movement_lab.synthetic.known import with_true_spine
from movement_lab.validation.spine_compare import is_of_spine, spine_row
from movement_lab.view import gate_of

#: Where the figure's body frame and the camera's differ by definition, only changes compare (and of a
#: spine nothing but changes is read).
_ONLY_REL: Final = ("pelvis_yaw_deg", "thorax_rotation_deg")

_FACING: Final = {"left": "image_left", "right": "image_right", "front": "camera", "back": "away"}

Truth = Mapping[str, Any]


def compare(truth: Truth, report: Report, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything worth counting about one clip, as plain JSON values.

    ``truth`` is what `synthesize` wrote. Errors are measured minus true.
    """
    clip, pairs = true_clip(truth), match_reps(truth, report)
    rows = load_movement(truth["movement"]).findings
    true_measurements = summarise(clip, rows)
    task = Task(
        bool(declared.get("instructed")),
        bool(declared.get("upright")),
        declared_variant=declared.get("variant"),
        variant=true_variant(truth, clip),
    )
    true_findings = judge(
        true_measurements, clip.reps, load_movement(truth["movement"]), clip.view, clip.time_s, task
    )
    row: dict[str, Any] = plain(
        {
            "recognised": report.movement.name,
            "variant": report.movement.variant,
            "view": _view(truth, report),
            "standing_found": report.standing.found,
            "reps": _reps(truth, report, pairs),
            "measures": list(_measures(true_measurements, report, clip.view)),
            "findings": list(_findings(true_findings, report)),
            "extra_findings": list(_extra(true_findings, report)),
            "spine": spine_row(clip, true_measurements, report, pairs),
        }
    )
    return row


# ---------------------------------------------------------------- truth


def true_clip(truth: Truth) -> Clip:
    """Return the truth in the shape measurements are taken from."""
    time_s = np.array(truth["time_s"], float)
    signals = {key: np.array(values, float) for key, values in truth["measures"].items()}
    for name in load_measures():
        signals.setdefault(name, np.full(len(time_s), math.nan))
    signals = {**{key: np.full(len(time_s), math.nan) for key in _keys()}, **signals}
    driver, rules = _driver(truth, signals), load_movement(truth["movement"]).rules
    reps = tuple(_rep(i, rep, time_s, driver, rules) for i, rep in enumerate(truth["reps"], start=1))
    zero = {key: float(np.median(values[: reps[0].start + 1])) for key, values in signals.items()}
    standing = Standing(True, zero=zero)
    return with_true_spine(Clip(signals, driver, time_s, reps, standing, true_view(truth)))


def true_view(truth: Truth) -> View:
    """Return the view as the camera really stood."""
    name, yaw = truth["view"], float(truth["yaw_deg"])
    turn = float(wrap(np.array(AZIMUTH_DEG[name] + yaw)))
    return View(name, _FACING[name], abs(yaw), gate_of(abs(yaw)), turn)  # type: ignore[arg-type]


def true_variant(truth: Truth, clip: Clip) -> str | None:
    """Return the kind of the movement as the exact joints in the picture show it."""
    joints, frames = truth["joints_px"], len(clip.time_s)
    xy = np.stack([np.array(joints[name], float) for name in LANDMARKS], axis=1)
    score, xyz = np.ones(xy.shape[:2]), np.zeros((frames, len(LANDMARKS), 3))
    track = Track(clip.time_s, xy, xyz, score, LANDMARKS, tuple(truth["size"]))
    return variant_of(Recognised(truth["movement"]), clip.reps, track, clip.view).variant


def _keys() -> Iterator[str]:
    from movement_lab.measures import signal_key

    for name, row in load_measures().items():
        for side in ("left", "right") if row.per_side else ("mid",):
            yield signal_key(name, side)


def _rep(index: int, rep: Mapping[str, Any], time_s: Array, driver: Array, rules: Mapping[str, float]) -> Rep:
    start, turn, last = (int(np.argmin(np.abs(time_s - rep[f"{k}_s"]))) for k in ("start", "turn", "end"))
    cycle = Cycle(start, turn, last + 1, float(driver[turn] - driver[start]), False, False, True)
    bottom = bottom_of(cycle, driver, time_s, speed_pct=rules["rep_bottom_speed_pct"])
    return Rep(index, start, turn, last + 1, rep["side"], bottom_start=bottom[0], bottom_end=bottom[1])


def _driver(truth: Truth, signals: Mapping[str, Array]) -> Array:
    return signals["trunk_inclination_deg" if truth["movement"] == "hinge" else "hip_drop_pct"]


# ---------------------------------------------------------------- parts of a row


def _view(truth: Truth, report: Report) -> dict[str, Any]:
    true, seen = true_view(truth), report.view
    return {
        "true_name": true.name,
        "true_yaw_deg": true.yaw_deg,
        "true_gate": true.gate,
        "name": seen.name,
        "yaw_deg": seen.yaw_deg,
        "gate": seen.gate,
        "turn_error_deg": float(wrap(np.array(seen.turn_deg - true.turn_deg))),
        "facing_right": seen.facing == true.facing,
    }


def match_reps(truth: Truth, report: Report) -> list[tuple[int, int]]:
    """Return which of the true repetitions (place) is which of the report's: the nearest turn inside it."""
    turns, pairs = _turns_s(report), []
    for number, true in enumerate(truth["reps"]):
        inside = [i for i, turn in enumerate(turns) if true["start_s"] <= turn <= true["end_s"]]
        if inside:
            pairs.append((number, min(inside, key=lambda i: abs(turns[i] - true["turn_s"]))))
    return pairs


def _turns_s(report: Report) -> list[float]:
    return [float(report.track.time_s[rep.turn]) for rep in report.reps]


def _reps(truth: Truth, report: Report, places: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Match true and found repetitions and say how far off the turns are (seconds)."""
    turns, pairs = _turns_s(report), [(truth["reps"][number], i) for number, i in places]
    return {
        "true": len(truth["reps"]),
        "found": len(turns),
        "graded": sum(rep.graded for rep in report.reps),
        "matched": len(pairs),
        "turn_errors_s": [turns[i] - true["turn_s"] for true, i in pairs],
        "sides_wrong": sum(report.reps[i].side != true["side"] for true, i in pairs),
        "reasons": sorted({reason for rep in report.reps for reason in rep.reasons}),
    }


def _measures(true: Sequence[Measurement], report: Report, view: View) -> Iterator[dict[str, Any]]:
    """Yield every value over the set that both know: true, measured, intervals."""
    seen = {_key(m): m for m in report.measurements if m.rep is None and np.isfinite(m.value)}
    for m in true:
        only_rel = m.name in _ONLY_REL or is_of_spine(m.name)
        known = m.rep is None and np.isfinite(m.value) and not (m.zero == "abs" and only_rel)
        if known and (mine := seen.get(_key(m))):
            yield {
                "name": m.name,
                "side": m.side,
                "at": m.at,
                "zero": m.zero,
                "unit": m.unit,
                "far": is_far(load_measures()[m.name], m.side, view),
                "true": m.value,
                "value": mine.value,
                "low": mine.low,
                "high": mine.high,
                "low95": mine.low95,
                "high95": mine.high95,
                "sd_method": mine.sd_method,
                "sd_within": mine.sd_within,
            }


def _key(m: Measurement) -> tuple[str, ...]:
    return m.name, m.side, m.at, m.zero, m.unit


def _findings(true: Sequence[Finding], report: Report) -> Iterator[dict[str, Any]]:
    """Yield every finding that perfect eyes would grade, beside what the report says."""
    seen = {(f.id, f.side): f for f in report.findings}
    for f in true:
        if not _can_be_graded(f):
            continue
        mine = seen.get((f.id, f.side))
        yield {
            "id": f.id,
            "side": f.side,
            "of_spine": is_of_spine(f.measure),
            "true": f.value,
            "clear": clear_case(f),
            "true_step": true_step(f),
            "grade": mine.grade if mine else "not_graded",
            "value": mine.value if mine else math.nan,
            "low": mine.low if mine else math.nan,
            "high": mine.high if mine else math.nan,
            "reasons": mine.reasons if mine else ("not_reported",),
        }


def _extra(true: Sequence[Finding], report: Report) -> Iterator[dict[str, Any]]:
    """Yield what is graded, even as nothing to note, where it should not be (wrong movement or view)."""
    known = {(f.id, f.side) for f in true if _can_be_graded(f)}
    for f in report.findings:
        if (f.id, f.side) not in known and f.graded_kind == "graded" and f.grade != "not_graded":
            yield {"id": f.id, "side": f.side, "grade": f.grade, "value": f.value}


def _can_be_graded(f: Finding) -> bool:
    """Say whether perfect eyes would grade it; how uncertain the program is doesn't matter to them."""
    graded = f.grade != "not_graded" or f.reasons == ("too_uncertain",)
    return f.graded_kind == "graded" and graded and bool(f.limits)


def clear_case(finding: Finding) -> str:
    """Return ``present``, ``absent`` or ``near`` for a true value against the mild limit.

    Present from 1.5 times the limit on; absent up to half of it. Where less is worse and the limit
    is above zero: present below two thirds of it, absent above 1.2 times.
    """
    value, limit = finding.value, _mild(finding)
    if finding.direction == "under" and limit > 0:
        return "present" if value <= limit / 1.5 else "absent" if value >= 1.2 * limit else "near"
    size = abs(value) if finding.direction == "either" else value
    share = size / limit
    return "present" if share >= 1.5 else "absent" if share <= 0.5 else "near"


def true_step(finding: Finding) -> str:
    """Return the highest step the true value is beyond, ``none`` if none."""
    value = abs(finding.value) if finding.direction == "either" else finding.value
    sign = -1 if finding.direction == "under" else 1
    passed = [step for step, limit in finding.limits.items() if sign * value > sign * limit]
    return passed[-1] if passed else "none"


def _mild(finding: Finding) -> float:
    return next(iter(finding.limits.values()))
