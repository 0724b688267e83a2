"""Build a plausible Report by hand: five squats (or lunges) with chosen angles, any view."""

from dataclasses import replace

import numpy as np

from movement_lab.coordination import Style, coordinate, fold_curves, spine_curves
from movement_lab.records import (
    Array,
    Finding,
    Measurement,
    Recognised,
    Rep,
    Side,
    SpineEstimate,
    Standing,
    Tier,
    Track,
    View,
)
from movement_lab.report import Report
from movement_lab.skeleton import LANDMARKS
from movement_lab.spine.estimate import SPINE_ANGLES, nothing_read

RATE_HZ = 30
REST_S, REP_S = 2.0, 4.2

#: What each signal does from standing (first number) to the turn (second), and its noise as SD.
SIDE_VIEW = {
    "trunk_inclination_deg": (3, 41, 2.0),
    "hip_trunk_flexion_right_deg": (7, 120, 3.0),
    "knee_flexion_right_deg": (4, 108, 3.0),
    "shank_inclination_right_deg": (2, 31, 1.8),
    "ankle_dorsiflexion_right_deg": (0, 27, 3.5),
    "trunk_beyond_shank_deg": (1, 10, 2.6),
    "hip_drop_pct": (0, 38, 1.5),
    "lumbar_flexion_deg": (np.nan, np.nan, np.nan),
}
#: With the spine read (``spine="contour"``): the low back takes a good third of the bend.
SPINE_VIEW = {
    "pelvic_tilt_deg": (0, 22, 4.0),
    "lumbar_flexion_deg": (0, 24, 4.0),
    "upper_back_rounding_deg": (0, 7, 4.0),
    "thorax_inclination_deg": (0, 46, 3.0),
    "hip_pelvis_flexion_right_deg": (0, 98, 5.0),
}
FRONT_VIEW = {
    "lateral_trunk_lean_deg": (0.5, -2, 1.8),
    "pelvis_lateral_shift_pct": (1, 6, 2.0),
    "kasr_ratio": (1.02, 0.83, 0.035),
    "fppa_left_deg": (2, 9, 3.0),
    "fppa_right_deg": (1, 5, 3.0),
    "hip_drop_pct": (0, 36, 1.5),
    "stance_width_ratio": (1.3, 1.3, 0.05),
}
TIERS: dict[str, Tier] = {
    "lumbar_flexion_deg": "T0",
    "ankle_dorsiflexion_deg": "T2",
    "fppa_deg": "T2",
    "kasr_ratio": "T2",
}


def make_report(
    *,
    view: View | None = None,
    movement: str = "squat",
    reps: int = 5,
    findings: tuple[Finding, ...] | None = None,
    spine: str = "",
) -> Report:
    """Return a report of ``reps`` repetitions; the last one has a gap in the shank and isn't graded.

    ``spine``: the method that read hips, low back and rib cage apart, "" for none.
    """
    view = view or View("right", "image_right", 6.0, "full")
    table = {"side": SIDE_VIEW, "front": FRONT_VIEW, "none": {"hip_drop_pct": (0, 30, 3.0)}}[view.plane]
    if spine:
        table = {key: ends for key, ends in table.items() if key != "lumbar_flexion_deg"} | SPINE_VIEW
    time_s = np.arange(int((REST_S + reps * REP_S + 1) * RATE_HZ)) / RATE_HZ
    if movement == "lunge":
        table = table | {key.replace("_right_", "_left_"): ends for key, ends in table.items()}
    shape, marks = _shape(time_s, reps)
    if movement == "lunge":
        marks = tuple(replace(rep, side=("left", "right")[rep.index % 2]) for rep in marks)
    signals = {name: _signal(name, shape, ends) for name, ends in table.items()}
    if reps and "shank_inclination_right_deg" in signals:
        signals["shank_inclination_right_deg"][marks[-1].start + 40 : marks[-1].start + 75] = np.nan
    raw = _track(time_s, shape)
    return Report(
        movement=Recognised(movement, variant=None),  # type: ignore[arg-type]
        view=view,
        standing=Standing(True, 0.2, 1.9, {name: float(ends[0]) for name, ends in table.items()}),
        reps=marks,
        measurements=tuple(_measurements(signals, table, marks)),
        findings=default_findings(view) if findings is None else findings,
        spine=_spine(spine, signals, len(time_s)),
        coordination=_coordination(spine, signals, time_s, marks),
        style=Style("shared") if spine else Style(None, reasons=("needs_spine_signal",)),
        quality={
            "frames": len(time_s),
            "frames_with_person": len(time_s) - 3,
            "frames_repaired": 14,
            "rate_hz": 30.0,
            "people": [{"chosen": True}],
            "warnings": ["frames_repaired"],
        },
        provenance={
            "video": {"name": 'squat <&> "side".mp4', "sha256": "7c41e09a" * 8},
            "frame_times_s": list(time_s),
            "model": {"name": "heavy", "sha256": "64437af8" * 8},
            "knowledge_sha256": "0a1b2c3d" * 8,
            "settings": {"declared": {"movement": None}, "height_cm": None},
            "versions": {"movement_lab": "0.1.0"},
            "made_at": "2026-11-21T10:52:00+00:00",
        },
        raw=raw,
        track=replace(raw, xy=raw.xy + 0.1),
        signals=signals,
    )


def _spine(method: str, signals: dict[str, Array], frames: int) -> SpineEstimate:
    if not method:
        return nothing_read("", frames, ("needs_spine_signal",))
    names = [name.replace("thoracic_flexion", "upper_back_rounding") for name in SPINE_ANGLES]
    value = {angle: signals[name] for angle, name in zip(SPINE_ANGLES, names, strict=True)}
    sd = {angle: np.full(frames, 4.0) for angle in SPINE_ANGLES}
    return SpineEstimate(method, value, sd, np.ones(frames, bool))


def _coordination(method: str, signals: dict[str, Array], time_s: Array, reps: tuple[Rep, ...]):
    needed = ("knee_flexion_right_deg", "hip_trunk_flexion_right_deg", "trunk_inclination_deg")
    if not set(needed) <= set(signals):
        return {}
    knee, fold, trunk = (signals[name] for name in needed)
    spreads = {"knee_sd_deg": 4.0, "hip_trunk_sd_deg": 5.0}
    curves = fold_curves(time_s, knee_deg=knee, hip_trunk_deg=fold, trunk_deg=trunk, **spreads)
    found = {"fold": coordinate(curves, reps, trunk_sd_deg=3.0)}
    if method:
        hip, lumbar = signals["hip_pelvis_flexion_right_deg"], signals["lumbar_flexion_deg"]
        spread = {"hip_sd_deg": 5.0, "lumbar_sd_deg": 4.0, "sum_sd_deg": 3.0}
        shared = spine_curves(
            time_s, hip_deg=hip, lumbar_deg=lumbar, trunk_deg=trunk, method=method, **spread
        )
        found["spine"] = coordinate(shared, reps, trunk_sd_deg=3.0)
    return found


def default_findings(view: View) -> tuple[Finding, ...]:
    """Return one finding of every kind: mild, possible, nothing, descriptive, not graded."""
    common = {"measure": "trunk_beyond_shank_deg", "at": "turn", "evidence": "E3", "sources": ("myer14",)}
    steps = {"mild": 10.0, "moderate": 20.0, "marked": 30.0}
    late = {"mild": 5.0, "moderate": 10.0, "marked": 15.0}
    seen = tuple((REST_S + number * REP_S, REST_S + (number + 0.9) * REP_S) for number in range(4))
    if view.plane != "side":
        return (
            make_finding(
                "knees_inward", "mild", 18, 4, unit="pct", measure="kasr_ratio", limits=steps, frames_s=seen
            ),
            make_finding(
                "low_back_bend_range",
                "not_graded",
                np.nan,
                np.nan,
                limits={},
                reasons=("needs_spine_signal",),
            ),
        )
    return (
        make_finding("trunk_lean_beyond_shank", "mild", 14, 2, limits=steps, frames_s=seen, **common),
        make_finding("hips_rise_first", "possible", 6, 2.5, limits=late, frames_s=seen[:2], persistence=0.4),
        make_finding("heel_rise", "none", 1, 1.2, limits=late, persistence=0.0),
        make_finding("depth", "none", 76, 3, limits={}, graded_kind="descriptive"),
        make_finding(
            "knees_inward", "not_graded", np.nan, np.nan, limits={}, reasons=("wrong_view_needs_front",)
        ),
        make_finding(
            "low_back_bend_range", "not_graded", np.nan, np.nan, limits={}, reasons=("needs_spine_signal",)
        ),
    )


def make_finding(id: str, grade: str, value: float, sd: float, **fields: object) -> Finding:
    """Return a finding with a normal interval around ``value``; other fields have calm defaults."""
    defaults: dict[str, object] = {
        "side": "mid", "unit": "deg", "measure": "trunk_inclination_deg", "at": "turn", "zero": "rel",
        "limits": {}, "direction": "over", "persistence": 1.0, "tier": "T1", "evidence": "E4", "sources": (),
    }  # fmt: skip
    return Finding(id=id, grade=grade, value=float(value), **_interval(value, sd), **(defaults | fields))  # type: ignore[arg-type]


def _interval(value: float, sd: float) -> dict[str, float]:
    half80, half95 = 1.2816 * sd, 1.96 * sd
    return {"low": value - half80, "high": value + half80, "low95": value - half95, "high95": value + half95}


def _shape(time_s: Array, reps: int) -> tuple[Array, tuple[Rep, ...]]:
    """Return 0 (standing) to 1 (turn) over time, and where each repetition lies."""
    shape, marks = np.zeros_like(time_s), []
    for number in range(reps):
        phase = (time_s - REST_S - number * REP_S) / (REP_S - 0.6)
        inside = (phase >= 0) & (phase <= 1)
        shape[inside] = _bump(phase[inside])
        frames = np.flatnonzero(inside)
        last = number == reps - 1 and reps > 2
        reasons = ("rep_gap",) if last else ()
        marks.append(
            Rep(
                number + 1,
                int(frames[0]),
                int(frames[len(frames) // 2]),
                int(frames[-1]) + 1,
                "mid",
                not last,
                reasons,
            )
        )
    return shape, tuple(marks)


def _bump(phase: Array) -> Array:
    """Go down, rest a little, come up: the square root of a raised cosine, flattened at the top."""
    return np.sin(np.pi * phase) ** 2 * (1.25 - 0.25 * np.sin(np.pi * phase) ** 2)


def _signal(name: str, shape: Array, ends: tuple[float, float, float]) -> Array:
    standing, turn, sd = ends
    noise = np.random.default_rng(len(name)).normal(0, 0.1, len(shape))
    return (
        standing
        + (turn - standing) * shape
        + np.convolve(noise, np.ones(7) / 7, "same") * (sd if sd == sd else 1)
    )


def _measurements(
    signals: dict[str, Array], table: dict[str, tuple[float, float, float]], reps: tuple[Rep, ...]
):
    for key, values in signals.items():
        name, side = split_key(key)
        standing, _, sd = table[key]
        at_turns = [float(values[rep.turn]) for rep in reps]
        for rep, value in [
            *zip([rep.index for rep in reps], at_turns, strict=True),
            (None, float(np.median(at_turns or [np.nan]))),
        ]:
            for zero, shown in (("abs", value), ("rel", value - standing)):
                yield Measurement(
                    name, rep, side, "turn", zero, shown, **_interval(shown, sd if rep else sd * 0.8),
                    unit=name.rsplit("_", 1)[1], tier=TIERS.get(name, "T1"), method="landmarks",
                    mdc95=2.77 * sd, sd_method=sd, sd_within=0.0,
                    reasons=() if np.isfinite(shown) else ("needs_spine_signal",),
                )  # fmt: skip


def split_key(key: str) -> tuple[str, Side]:
    """Return name and side of a signal key: ``knee_flexion_left_deg`` is ``knee_flexion_deg``, left."""
    for side in ("left", "right"):
        if f"_{side}_" in key:
            return key.replace(f"_{side}_", "_"), side
    return key, "mid"


def _track(time_s: Array, shape: Array) -> Track:
    xy = np.full((len(time_s), len(LANDMARKS), 2), 300.0) + shape[:, None, None] * np.linspace(
        0, 80, 66
    ).reshape(33, 2)
    xyz = np.zeros((len(time_s), len(LANDMARKS), 3)) + 1 / 3
    origin = {"kind": "video", "name": "squat.mp4", "sha256": "7c41e09a" * 8, "rate_hz": 30.000001}
    return Track(time_s, xy, xyz, np.full(xy.shape[:2], 0.9), LANDMARKS, (1280, 720), origin)
