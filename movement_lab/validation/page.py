"""``docs/accuracy.md``: every figure on it comes from `results.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.knowledge import load_grading
from movement_lab.validation import judged, tables
from movement_lab.validation.bar import bar_table, goals
from movement_lab.validation.intervals import LEAST_BODIES, LEAST_VALUES, coverage_table, spreads
from movement_lab.validation.misses import missed_lines
from movement_lab.validation.plots import draw_plots
from movement_lab.validation.run import Results
from movement_lab.validation.spine_page import SPINE_TITLE, spine_section

_TITLE: Final = "# How accurate is it?\n\n<!-- Written by `movement-lab validate`: don't edit. -->\n"

_HOW: Final = """\
Bodies of many shapes are posed with known angles, filmed by a virtual camera and put through the
same pipeline as any video. The truth goes through the same reductions and limits as the report, so
a "true grade" is what the program would say if it saw perfectly. Errors are measured minus true.
**Held-out** bodies had no part in any tuning; the tables are about them unless they say otherwise. Two
rules did change after held-out clips failed: where the ground is when an ankle is lost, and that values by
side are withheld where legs were taken for each other in too many pictures."""

_LIMITS: Final = """\
## What this does not show

- **Shoulders.** The shoulder girdle of these bodies turns up to 12 degrees forward as an arm rises: our own
  figure, without a source. Errors of trunk lean with raised arms depend on it.
- **Rendered people are not real people.** Skin, clothes and fat are surfaces on a skeleton; cloth
  does not hang or fold; faces, hair and shoes are plain. How much larger errors are on real people
  is **not measured here**: reported intervals are widened by a factor (`sim_to_real_factor` in
  `grading.toml`) that is a judgement, not a measurement.
- The true joints are the rig's, not anatomical centres: part of a constant offset is a matter of
  definition. Changes from own standing suffer less than absolute angles.
- Everybody moves evenly, stands still first, and repeats the same movement. People hesitate, fidget
  and tire.
- Nobody lifts a load, nobody walks through the picture, and no camera shakes. Somebody stands behind, or a
  plate hides the back, only in the scenes about the low back."""


def write_page(
    results: Results, docs: Path, *, model: str, store: Path | None = None, section: Sequence[str] = ()
) -> Path:
    """Write ``accuracy.md`` with its pictures and CSV into ``docs`` and return its path.

    ``store`` is the run's folder, for frames of the worst cases; without it there are none.
    ``section`` is about other data and comes before the limits. Scenes about the low back count in their own
    section only.
    """
    pictures, usual = docs / "accuracy", results.usual
    plots = draw_plots(usual, pictures, model=model, store=store)
    with atomic_path(pictures / "agreement.csv") as part:
        part.write_text(tables.everything_table(usual).csv(), encoding="utf-8")
    own = _sections(usual, model, {path.stem: path.name for path in plots})
    spine = spine_section(results, docs, model=model)
    text = "\n\n".join([_TITLE + _made(results, model), _HOW, *own, *spine, *section, _LIMITS])
    with atomic_path(docs / "accuracy.md") as part:
        part.write_text(text + "\n", encoding="utf-8")
    return docs / "accuracy.md"


def renew_spine_section(results: Results, docs: Path, *, model: str) -> Path:
    """Write the section about the low back anew into ``accuracy.md``, all else left; return the page's path.

    Without a page it becomes one of that section and the limits.
    """
    path = docs / "accuracy.md"
    page = path.read_text(encoding="utf-8") if path.is_file() else f"{_TITLE}\n{_LIMITS}\n"
    before, title, old = page.partition(f"{SPINE_TITLE}\n")
    if not title:
        before, _, old = page.partition(_LIMITS)
        old = _LIMITS + old
    after = old[old.index("\n## ") + 1 :] if title else old
    text = "\n\n".join(spine_section(results, docs, model=model))
    with atomic_path(path) as part:
        part.write_text(f"{before}{text}\n\n{after}", encoding="utf-8")
    return path


def _sections(results: Results, model: str, plots: Mapping[str, str]) -> Sequence[str]:
    rows = [row for row in results.whole if row["model"] == model]
    all_rows = [row for row in results.rows if row["model"] == model]
    held_out = [row for row in all_rows if row["split"] == "held_out"]
    parts = [*_bar(results, model), *_agreement(results, model)]
    parts += [*_circumstances(plots), *_counting(rows, all_rows, held_out), *_findings(results, model)]
    return [*parts, *_coverage(results, model), *_failures(results, model, plots)]


def _made(results: Results, model: str) -> str:
    """Return how the page was made: subset, date, versions."""
    made = results.made
    bodies = {split: len(names) for split, names in made["bodies"].items()}
    models = ", ".join(f"{name} (`{digest[:12]}`)" for name, digest in made["models"].items())
    failed = len(results.failed)
    low_back = sum(bool(row.get("way")) and row["model"] == model for row in results.rows)
    return (
        f"\nMade {made['made_at']} by `movement-lab validate --subset {made['subset']}`: "
        f"{made['scenes']} clips of {bodies['tuning']} tuning and {bodies['held_out']} held-out bodies, "
        f"{low_back} of them about the low back (their own section; not counted elsewhere); "
        f"{failed} of {len(results.rows)} runs failed. Pose models: {models}; the tables show **{model}**. "
        f"movement_lab {made['movement_lab']}, generator `{made['generator']}`, "
        f"pipeline `{made['pipeline']}`, spine `{made.get('spine', '–')}`, tables `{made['knowledge']}`."
        + _small(results)
    )


def _small(results: Results) -> str:
    if results.made["subset"] != "quick":
        return ""
    return (
        "\n\n> **Quick subset**: one clip per recipe. Shares of so few clips have wide intervals; "
        "only the full matrix decides whether a row holds."
    )


def _bar(results: Results, model: str) -> Sequence[str]:
    missed = [goal for goal in goals(results, model=model) if goal.held is False]
    known = [goal for goal in goals(results, model=model) if goal.held is not None]
    summary = f"{len(known) - len(missed)} of {len(known)} rows hold."
    return [
        "## What we set out to show, on held-out bodies",
        "Shares carry 95 % intervals (Wilson). A finding counts as noticed from `possible` on; "
        "one that is not graded counts as missed. Clearly present: a true value from 1.5 times the mild "
        "limit on; clearly absent: up to half of it.",
        bar_table(results, model=model).markdown(),
        summary + (" Not met:" if missed else ""),
        *missed_lines(missed),
    ]


def _agreement(results: Results, model: str) -> Sequence[str]:
    return [
        "## Angles at the turn",
        "Near side, median over the repetitions of a clip. MDC95 is 1.96 · √2 · the spread between clips of "
        "the same body (clothes, camera and light differ); a dash where no body was filmed twice. "
        "`far` sides, other moments and every other measure: [agreement.csv](accuracy/agreement.csv).",
        "### Change from own standing, held-out bodies",
        tables.agreement_table(results, model=model, zero="rel").markdown(),
        "### Absolute, held-out bodies",
        tables.agreement_table(results, model=model, zero="abs").markdown(),
        "### Change from own standing, tuning bodies",
        tables.agreement_table(results, model=model, zero="rel", split="tuning").markdown(),
        "### Pose models compared",
        "Side view, change from standing, clips of held-out bodies that every model followed.",
        tables.models_table(results).markdown(),
    ]


_READING: Final = (
    "Side view, change from standing. Rings are held-out bodies; triangles at the edge are errors beyond it."
)


def _circumstances(plots: Mapping[str, str]) -> Sequence[str]:
    captions = {
        "agreement": "Error against true size",
        "yaw": "Error against the camera's yaw (beyond 25 degrees nothing is shown to the user)",
        "size": "Error against the person's height in the picture",
        "clothing": "Error against the looseness of the clothes",
        "bmi": "Error against body mass index",
    }
    shown = [
        f"![{captions[name]}](accuracy/{plots[name]})\n\n*{captions[name]}.*"
        for name in captions
        if name in plots
    ]
    return [
        "## What the error depends on",
        "Side view, change from standing; rings are held-out bodies.",
        *shown,
    ]


def _counting(
    rows: Sequence[Mapping[str, Any]],
    all_rows: Sequence[Mapping[str, Any]],
    held_out: Sequence[Mapping[str, Any]],
) -> Sequence[str]:
    return [
        "## Movement, repetitions, view",
        "### Movement, all bodies",
        tables.movement_table(all_rows).markdown(),
        "### Movement, held-out bodies",
        tables.movement_table(held_out).markdown(),
        "### Repetitions, all bodies",
        tables.reps_table(rows).markdown(),
        "### View, all bodies",
        "`true` is up to 10 degrees off, `off` 10 to 22, `oblique` 29 to 44.",
        tables.view_table(rows).markdown(),
    ]


def _findings(results: Results, model: str) -> Sequence[str]:
    return [
        "## Findings",
        "Only clips whose camera truly stood within the full gate. Shares with their 95 % intervals.",
        "### Clear cases, held-out bodies",
        judged.clear_table(results, model=model).markdown(),
        "### Clear cases, all bodies",
        judged.clear_table(results, model=model, split=None).markdown(),
        "### At each grade, all bodies",
        "A truth beyond the step and graded at least so; a truth within it and graded less. "
        "A truth just beyond a step is as often graded below it: that is what `possible` is for.",
        judged.grades_table(results, model=model, split=None).markdown(),
    ]


def _coverage(results: Results, model: str) -> Sequence[str]:
    count = len(spreads(results, model=model))
    return [
        "## Do 80 % intervals hold the truth in 80 % of cases?",
        f"The spread of each measure comes from errors on tuning bodies ({count} rows; a row needs "
        f"{LEAST_VALUES} values of {LEAST_BODIES} bodies). On held-out bodies: *as earned* with just that, "
        f"*as reported* multiplied by {load_grading().sim_to_real_factor:g} for real people, whom nobody has "
        "measured here. Only the first can be checked on rendered people, and has to be 75 to 85 %.",
        coverage_table(results, model=model).markdown(),
    ]


def _failures(results: Results, model: str, plots: Mapping[str, str]) -> Sequence[str]:
    shown = ["## Where it fails", judged.wrong_table(results, model=model).markdown()]
    if "worst" in plots:
        caption = "The worst clips at their first turn: rings are the true joints, crosses the followed ones"
        shown.append(f"![{caption}](accuracy/{plots['worst']})\n\n*{caption}.*")
    return shown
