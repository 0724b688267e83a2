"""The section of ``docs/accuracy.md`` about the low back, told apart from hip and rib cage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from movement_lab.knowledge import load_grading
from movement_lab.spine.contour_checks import load_contour_table
from movement_lab.validation import spine_tables
from movement_lab.validation.judged import wrong_table
from movement_lab.validation.misses import missed_lines, why_spine_missed
from movement_lab.validation.run import Results
from movement_lab.validation.spine_bar import spine_bar_table, spine_goals
from movement_lab.validation.spine_plots import draw_spine

SPINE_TITLE: Final = "## Hip, low back and rib cage told apart"

_HOW: Final = """\
Angles of the spine at the turn of each graded repetition, change from own standing, read from the edge of
the back (*contour*) where no stickers are named. Held-out bodies, side view, the true angle of the same
moment beside it. *Body points alone* is a ridge regression from trunk, thigh, shank and knee at the turn and
the movement to the true angle, fitted to the other bodies of these very clips: it knows what no user's
program could, how people bend here. *Always the mean* says what the other bodies did on average. Both are
scored on the repetitions that were read, and a repetition that was withheld is counted as withheld, not as
right. Clothes are *fitted* up to a looseness of 0.15, *loose* from 0.5 on."""

_CAPTIONS: Final = {
    "lumbar": "Lumbar flexion against the truth: what is read, what body points alone and the mean would say",
    "spine": "What is read of each angle, against the truth",
}

_SPREADS: Final = """\
**Spreads** come from single pictures, times {factor:g} (`clip_factor` in `knowledge/contour.toml`): a clip's
readings rest on several. The factor was settled with clips of training bodies alone, asked of networks that
had not seen them (`python -m movement_lab.training clip-factors`); whether intervals hold is what the rows
on held-out bodies say."""

_UNKNOWN: Final = """\
### What is not known about the spine

**Real backs.** Every figure here is of rendered people, and the estimator learnt from rendered people made
by the same generator, if never from these. A real back has muscles that bulge beside the spine, skin and fat
that fold in a deep bend, shirts that ride up and crease, belts and pockets; here clothes are surfaces, skin
takes the light perfectly evenly, nothing soft swings or folds, and a low back bends in three joints. An
error that this generator makes everywhere is invisible in every row above. How much worse it gets on real
people is **not measured**: no real clip with a measured pelvis went into this page. Intervals are widened by
{factor:g} for that, by judgement. That folds read clearly more than hinges with a straight back is tried on
[a few real people](real-backs.md).

**Real truth.** The true pelvis and rib cage are those of the rig. An inclinometer, or markers on skin, would
name other points and differ by some degrees of their own.

**Stickers** sit on the fitted clothes of these bodies and move with them; a strip on a hanging shirt does not
move with the back.

**So** what is read from the edge stays experimental: with its interval, for the therapist, never beyond
*possible*, and left out of the words for patients."""


def spine_section(results: Results, docs: Path, *, model: str) -> Sequence[str]:
    """Return the parts of the section, its pictures drawn into ``docs/accuracy``; nothing without a case."""
    if not spine_goals(results, model=model):
        return []
    plots = {path.stem: path.name for path in draw_spine(results, docs / "accuracy", model=model)}
    return [
        SPINE_TITLE,
        _made(results, model),
        _HOW,
        *_bar(results, model),
        *_pictures(plots),
        *_tables(results, model),
        _SPREADS.format(factor=load_contour_table().answer.clip_factor),
        _UNKNOWN.format(factor=load_grading().sim_to_real_factor),
    ]


def _made(results: Results, model: str) -> str:
    """Return how the section was made, which may be renewed without the rest of the page."""
    made = results.made
    rows = [row for row in results.rows if row.get("way") and row["model"] == model]
    failed = sum(row["status"] != "ok" for row in rows)
    return (
        f"Made {made['made_at']} by `movement-lab validate --subset {made['subset']}`: {len(rows)} clips "
        f"about the low back, {failed} of them failed. "
        f"Pose model **{model}** (`{made['models'][model][:12]}`), "
        f"generator `{made['generator']}`, pipeline `{made['pipeline']}`, spine `{made.get('spine', '–')}`, "
        f"tables `{made['knowledge']}`."
    )


def _bar(results: Results, model: str) -> Sequence[str]:
    found = spine_goals(results, model=model)
    known = [goal for goal in found if goal.held is not None]
    missed = [goal for goal in known if not goal.held]
    summary = f"{len(known) - len(missed)} of {len(known)} rows hold."
    return [
        "### What we set out to show about the spine",
        "Camera within 15 degrees of the side view and no stickers, unless the row says otherwise. "
        "*As earned* is without the factor for real people.",
        spine_bar_table(results, model=model).markdown(),
        summary + (" Not met:" if missed else ""),
        *missed_lines(missed, why_spine_missed),
    ]


def _pictures(plots: Mapping[str, str]) -> Sequence[str]:
    return [
        f"![{caption}](accuracy/{plots[name]})\n\n*{caption}.*"
        for name, caption in _CAPTIONS.items()
        if name in plots
    ]


def _tables(results: Results, model: str) -> Sequence[str]:
    scenes = Results([row for row in results.rows if row.get("way")], results.made)
    shown = {
        "### By clothes": spine_tables.by_clothes,
        "### By movement": spine_tables.by_movement,
        "### By camera": spine_tables.by_yaw,
        "### By how far the low back bends": spine_tables.by_bend,
        "### Do their 80 % intervals hold the truth in 80 % of cases?": spine_tables.coverage_table,
        "### Findings of the spine, clear cases": spine_tables.findings_table,
        "### With stickers": spine_tables.stickers_table,
        "### What was withheld": spine_tables.withheld_table,
        "### Lumbar flexion furthest off": spine_tables.worst_table,
    }
    parts = [
        part for title, table in shown.items() for part in (title, table(results, model=model).markdown())
    ]
    return [*parts, "### Where scenes about the low back fail", wrong_table(scenes, model=model).markdown()]
