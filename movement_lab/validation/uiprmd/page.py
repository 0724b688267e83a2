"""The UI-PRMD section of the accuracy page, and its picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.records import MOVEMENTS, Array
from movement_lab.validation.tables import show
from movement_lab.validation.uiprmd import effects, tables
from movement_lab.validation.uiprmd.compare import Seen, UiprmdResults
from movement_lab.validation.uiprmd.film import Shot

_PANELS: Final = {0: "knee flexion", 1: "hip + trunk flexion", 3: "trunk inclination"}
_LINES: Final = (
    ("theirs", "data set's own angle", "#b2622e", "-"),
    ("exact", "exact, our definition", "#5b7f3a", "--"),
    ("ours", "ours, landmarks with errors", "#2f6f8f", "-"),
)
_CAPTION: Final = (
    "Mean over all repetitions seen from the side (lead leg in lunges); bands are one standard deviation"
)

_WHAT: Final = """\
UI-PRMD (Vakanski et al. 2018, *Data* 3(1):2, doi:10.3390/data3010002, ODC PDDL 1.0) has healthy people, each
with a correct and an incorrect set of a movement, as Vicon markers at 100 Hz with Plug-in Gait angles.
**It has no video**: this tests angles, repetitions and recognition on the movement of real people, not the
pose model. Joints are built from the markers (hip centres after Harrington et al. 2007), seen through a
virtual camera and given the landmark errors measured on rendered people. The files of a set are cuts of
one recording and are joined again; only standing is added, from the person's own most upright frame."""

_REFERENCES: Final = """\
Two references, never mixed. **Exact**: our own definition, from the joints that the landmarks were made of;
it shows what camera, landmark errors and pipeline do. **Theirs**: the data set's Plug-in Gait angles, so
definitions differ as well. Their knee is a rotation in space about the knee's own axis, ours the angle in
the picture's plane. Their hip is thigh on *pelvis*; hip plus spine is thigh on *thorax*, the nearer
relative of ours, which is thigh on the chord from hips to shoulders. Their trunk is the tilt of the
*thorax* (C7, T10, clavicle, sternum), which leans further than the chord as the back rounds, and less as it
arches. Lunges stand across the laboratory's axes, where their tilt alone is no forward lean: it is read
in the person's own plane. All curves are changes from standing (lunges never stand with the feet
together: from the most upright tenth); the turn is in the middle of every repetition."""

_RIGID: Final = """\
**Bones that shrink.** Skin slides over a bending knee. From standing to the turn {legs}. Plug-in Gait's
angles and our exact ones inherit that. The pipeline expects legs of constant length and reads a leg that
looks shorter as one that bends more, so *as recorded* its knee tends to come out above both. In the rows
with *constant* bones the knee is where bones of standing length meet, as they would in a video. Markers
on skin can't tell which of the two knees is the person's: differences of this size in deep bends are
nobody's error that we could name."""

_EFFECTS: Final = """\
Incorrect minus correct set of the same person at the turn, change from standing; 95 % intervals over people.
*Standardised* is Hedges' g, the mean difference over its own spread. The data set does not say what was
wrong in which repetition; exact values are of the repetitions that were counted."""


def uiprmd_section(results: UiprmdResults, *, picture: str | None = "accuracy/uiprmd.png") -> list[str]:
    """Return the section as paragraphs of Markdown; ``picture`` links to what `draw_uiprmd` drew."""
    shown = [f"![{_CAPTION}]({picture})\n\n*{_CAPTION}.*"] if picture else []
    return [
        *("## Real movement: UI-PRMD", _WHAT, _had(results), *_highlights(results), _REFERENCES, *shown),
        "### Our curves against exact ones",
        "Side view, near leg. RMSE and r are of whole curves; *range* is the reference's.",
        tables.exact_table(results).markdown(),
        *([_RIGID.format(legs=_legs(results))] if results.shrinking else []),
        "### Our curves against the data set's own angles",
        tables.theirs_table(results).markdown(),
        "### Cameras",
        "Knee errors are against exact values, bones as recorded. A refused view shows no angles.",
        tables.camera_table(results).markdown(),
        "### Repetitions",
        "Incorrect repetitions vary much within a set; those far shallower than the rest are not counted.",
        tables.reps_table(results).markdown(),
        *_others(results),
        *("### Correct against incorrect", _EFFECTS, effects.effects_table(results).markdown()),
        "Sets in which a finding was noticed (from `possible` on), of those in which it was graded:",
        effects.findings_table(results).markdown(),
    ]


def _had(results: UiprmdResults) -> str:
    """Return what the source had, and what could not be used."""
    parts = []
    for movement in results.movements:
        sets = {(s.subject, s.correct): s for s in results.seen if s.movement == movement}
        people, reps = len({subject for subject, _ in sets}), sum(s.true for s in sets.values())
        who = f"{people} {'person' if people == 1 else 'people'}"
        parts.append(f"{movement}: {who}, {len(sets)} sets, {reps} repetitions")
    made = results.noise
    text = f"In this run: {'; '.join(parts)}. "
    text += f"Their thorax angles fit their markers within {max(results.angle_check_deg, 0.1):.1f} degrees. "
    text += "Landmark errors: {clips} rendered clips of {bodies} bodies, {model} model.".format(**made)
    reasons: dict[str, list[str]] = {}
    for name, why in results.left_out.items():
        reasons.setdefault(why, []).append(name)
    left_out = "; ".join(f"{', '.join(names)} ({why})" for why, names in reasons.items())
    return f"{text}\n\nLeft out: {left_out}." if left_out else text


def _highlights(results: UiprmdResults) -> list[str]:
    """Return the main figures as a list."""
    lines = []
    for movement in MOVEMENTS:
        if found := results.of(movement, Shot()):
            knee = tables.curve_agreement(found, 0, "theirs")
            pure = tables.curve_agreement(results.of(movement, Shot(perfect=True, rigid=True)), 0, "exact")
            named = sum(s.recognised == movement for s in found)
            lines.append(
                f"- **{movement}**, side view: our knee curves follow theirs with r {knee.r:.3f} and RMSE "
                f"{show(knee.rmse)} degrees. Perfect landmarks on constant bones come back within "
                f"{show(pure.rmse)} degrees RMSE of exact curves. Recognised in {named} of {len(found)} sets."
            )
    return ["\n".join(lines)] if lines else []


def _legs(results: UiprmdResults) -> str:
    parts = []
    for movement in MOVEMENTS:
        mine = [s for s in results.shrinking if s.movement == movement]
        if mine:
            names = ("thigh_cm", "shank_cm", "knee_deg")
            thigh, shank, knee = (show(float(np.median([getattr(s, name) for s in mine]))) for name in names)
            parts.append(
                f"the recorded thigh gets {thigh} and the shank {shank} cm shorter in the median "
                f"{movement} set (at constant length the knee would bend {knee} degrees more)"
            )
    return "; ".join(parts)


def _others(results: UiprmdResults) -> list[str]:
    table = tables.others_table(results)
    if not table.rows:
        return []
    return [
        "### Movements that are not ours",
        "`unknown` is the right answer. From the side, sitting down and standing up *is* a squat to a "
        "program that knows no chairs.",
        table.markdown(),
    ]


# ---------------------------------------------------------------- picture


def draw_uiprmd(results: UiprmdResults, folder: Path) -> Path:
    """Draw mean curves with bands, ours and both references, into ``folder`` and return the file's path."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    kinds = [
        (m, correct, results.of(m, Shot(), correct=correct)) for m in MOVEMENTS for correct in (True, False)
    ]
    kinds = [kind for kind in kinds if kind[2]]
    grid = {"sharex": True, "sharey": "col", "squeeze": False, "layout": "constrained"}
    figure, axes = plt.subplots(len(kinds), len(_PANELS), figsize=(10.5, 2.2 * len(kinds) + 0.6), **grid)
    for line, (movement, correct, found) in zip(axes, kinds, strict=True):
        for axis, index in zip(line, _PANELS, strict=True):
            _draw_curves(axis, found, index)
        line[0].set_ylabel(f"{movement}, {'correct' if correct else 'incorrect'}\ndegrees", fontsize=9)
    for axis, title in zip(axes[0], _PANELS.values(), strict=True):
        axis.set_title(title, fontsize=10)
    figure.supxlabel("way down (0 to 50 %), turn, way up (50 to 100 %)", fontsize=9)
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3, fontsize=8, frameon=False)
    path = folder / "uiprmd.png"
    figure.savefig(path, dpi=100)
    plt.close(figure)
    return path


def _draw_curves(axis: Any, found: list[Seen], index: int) -> None:
    for name, label, colour, style in _LINES:
        curves = np.concatenate([getattr(s.curves[index], name) for s in found])
        curves = curves[np.isfinite(curves).all(axis=1)]
        if len(curves):
            x, mean = np.linspace(0, 100, curves.shape[1]), curves.mean(axis=0)
            axis.plot(x, mean, color=colour, linewidth=1.6, label=label, linestyle=style)
            if style == "-":
                _draw_band(axis, x, mean, curves.std(axis=0), colour)
    axis.axvline(50, color="#bbbbbb", linewidth=0.8, zorder=0)
    axis.axhline(0, color="#dddddd", linewidth=0.8, zorder=0)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)


def _draw_band(axis: Any, x: Array, mean: Array, spread: Array, colour: str) -> None:
    axis.fill_between(x, mean - spread, mean + spread, color=colour, alpha=0.14, linewidth=0)
