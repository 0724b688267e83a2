"""A report in a few lines of plain text, for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from movement_lab.knowledge import load_measures
from movement_lab.measures import signal_key
from movement_lab.records import Finding, Measurement, Tier
from movement_lab.report import Report
from movement_lab.spine.combine import load_methods
from movement_lab.wording import format_range, format_value, say, verdict

_SIDE = ("trunk_inclination_deg", "hip_trunk_flexion_deg", "knee_flexion_deg", "shank_inclination_deg")
_SPINE = ("thorax_inclination_deg", "lumbar_flexion_deg", "hip_pelvis_flexion_deg", "pelvic_tilt_deg")
_FRONT = ("lateral_trunk_lean_deg", "pelvis_lateral_shift_pct")


def shown_measures(report: Report) -> tuple[str, ...]:
    """Return the measures people ask for first in this view, in the order of the body.

    From the front, knees are told by their distance, but in a lunge by the lead knee's angle: in
    a squat that angle mixes with turn-out and depth (specification 1.4).
    """
    if report.view.plane == "side":
        return _SIDE
    if report.view.plane == "front":
        return (*_FRONT, "fppa_deg" if report.movement.name == "lunge" else "kasr_ratio")
    return ("hip_drop_pct",)


def spine_measures(report: Report) -> tuple[str, ...]:
    """Return the angles of the spine that were read, in the order of the body; for therapists."""
    names = _SPINE if report.spine.method and report.view.plane == "side" else ()
    near = report.view.near
    keys = ((name, signal_key(name, near if load_measures()[name].per_side else "mid")) for name in names)
    return tuple(name for name, key in keys if np.isfinite(report.signals.get(key, np.nan)).any())


def spine_tier(report: Report) -> Tier:
    """Return how far the method that read the spine can be trusted; T0 where none did."""
    method = load_methods().get(report.spine.method)
    return method.tier if method else "T0"


def followed(report: Report) -> list[dict[str, str]]:
    """Return number and count of the person followed, for the wording; empty if nobody else was seen."""
    people = report.quality.get("people", ())
    if len(people) < 2:
        return []
    return [{"number": str(p["number"]), "count": str(len(people))} for p in people if p["chosen"]]


def summary_lines(report: Report, *, language: str = "en", profile: str = "clinician") -> Iterator[str]:
    """Yield the lines: what was seen, angles with intervals, findings, what could not be judged."""
    tell = partial(say, language=language, profile=profile)
    yield _verdict(report, language, profile)
    declared = "cli.movement_declared" if report.movement.declared else "cli.movement"
    yield tell(declared, movement=tell(f"movement.{report.movement.name}"))
    for reason in report.movement.reasons:
        yield "  " + tell(f"reason.{reason}")
    yaw = format_value(report.view.yaw_deg, "deg", language)
    yield tell(
        "cli.view", view=tell(f"view.{report.view.name}"), yaw=yaw, gate=tell(f"gate.{report.view.gate}")
    )
    yield _standing(report, language, profile)
    yield from (tell("report.text.followed", **who) for who in followed(report))
    yield tell("cli.repetitions", usable=sum(rep.graded for rep in report.reps), count=len(report.reps))
    yield from _angles(shown_measures(report), tell("cli.measures"), report, language, profile)
    if profile != "wellness":
        yield from _spine(report, language)
    yield from _findings(report, language, profile)


def _verdict(report: Report, language: str, profile: str) -> str:
    if not report.reps:
        key = report.movement.name if report.movement.name in ("unknown", "none") else "no_repetition"
        return say(f"verdict.{key}", language=language, profile=profile)
    told = [f for f in report.findings if is_told(f, profile)]
    counts = {
        "usable": sum(rep.graded for rep in report.reps),
        "noticed": len({f.id for f in told if f.grade not in ("none", "not_graded")}),
        "not_judged": len({f.id for f in report.findings if f.grade == "not_graded"}),
    }
    return verdict(**counts, language=language, profile=profile)


def _standing(report: Report, language: str, profile: str) -> str:
    if not report.standing.found:
        return say("cli.standing_missing", language=language, profile=profile)
    start, end = (format_value(t, "s", language) for t in (report.standing.start_s, report.standing.end_s))
    return say("cli.standing", language=language, profile=profile, start=start, end=end)


def _spine(report: Report, language: str) -> Iterator[str]:
    """Yield what was read of hips, low back and rib cage, or one line with the reason why not."""
    tell = partial(say, language=language)
    names = spine_measures(report)
    if names:
        method = tell(f"spine_method.{report.spine.method}")
        yield from _angles(names, tell("cli.spine", method=method), report, language, "clinician")
    else:
        reason = (*report.spine.reasons, "not_seen")[0]
        yield tell("cli.spine_not_read", reason=tell(f"reason.{reason}"))
    if report.style.name:
        yield tell("cli.style", style=tell(f"style.{report.style.name}.name"))


def _angles(names: Iterable[str], heading: str, report: Report, language: str, profile: str) -> Iterator[str]:
    rows = [m for name in names for m in report.measurements if _is_shown(m, name, report)]
    if not rows:
        return
    tell = partial(say, language=language, profile=profile)
    yield heading
    for m in rows:
        name = tell(f"measure.{m.name}")
        label = name if m.side == "mid" else f"{name}, {tell(f'side.{m.side}')}"
        span = format_range(m.low, m.high, m.unit, language)
        yield "  " + tell(
            "cli.measure_row", measure=label, value=format_value(m.value, m.unit, language), low_high=span
        )


def _is_shown(m: Measurement, name: str, report: Report) -> bool:
    near = report.view.plane != "side" or m.side in ("mid", report.view.near)
    return (
        (m.name, m.at, m.zero, m.rep) == (name, "turn", "rel", None) and near and bool(np.isfinite(m.value))
    )


def is_told(finding: Finding, profile: str) -> bool:
    """Say whether this profile's readers hear of a finding: patients not of experimental ones (T3)."""
    return profile != "wellness" or finding.tier != "T3" or finding.grade == "not_graded"


def _findings(report: Report, language: str, profile: str) -> Iterator[str]:
    tell = partial(say, language=language, profile=profile)
    findings = [f for f in report.findings if is_told(f, profile)]
    noticed = [f for f in findings if f.grade not in ("none", "not_graded")]
    nothing = [f for f in findings if f.grade == "none" and f.graded_kind == "graded"]
    unjudged = [f for f in findings if f.grade == "not_graded"]
    if noticed:
        yield tell("cli.noticed")
        yield from (f"  {_noticed(f, language, profile)}" for f in noticed)
    if nothing:
        names = ", ".join(dict.fromkeys(tell(f"finding.{f.id}.title") for f in nothing))
        yield tell("cli.nothing_to_note", names=names)
    if unjudged:
        yield tell("cli.not_judged")
        seen = dict.fromkeys(
            (tell(f"finding.{f.id}.title"), f.reasons[0] if f.reasons else "not_seen") for f in unjudged
        )
        yield from (
            "  " + tell("cli.reason_row", title=title, reason=tell(f"reason.{reason}"))
            for title, reason in seen
        )


def _noticed(finding: Finding, language: str, profile: str) -> str:
    tell = partial(say, language=language, profile=profile)
    title = tell(f"finding.{finding.id}.title")
    if profile == "wellness":
        return tell(f"finding.{finding.id}.noticed")
    value = format_value(finding.value, finding.unit, language)
    span = format_range(finding.low, finding.high, finding.unit, language)
    return f"{title}: {tell(f'grade.{finding.grade}')}, {value} ({span})"
