"""Write ``docs/evidence.md`` from the tables, so that a clinician can review one page.

``python -m movement_lab.evidence`` writes it anew; a test fails where page and tables differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from movement_lab.coordination import load_coordination
from movement_lab.evidence.coordination import coordination_section
from movement_lab.evidence.markdown import source_list
from movement_lab.evidence.movements import grading_section, measures_section, movement_section
from movement_lab.evidence.spine import contour_section, spine_section, stickers_section
from movement_lab.knowledge import MovementKnowledge, load_movement
from movement_lab.records import MOVEMENTS
from movement_lab.spine.combine import spine_sources

__all__ = ["PAGE", "build_evidence"]

PAGE: Final = Path(__file__).resolve().parent.parent.parent / "docs" / "evidence.md"


def build_evidence() -> str:
    """Return the whole page as Markdown."""
    movements = [load_movement(name) for name in MOVEMENTS]
    sections = [
        _opening(movements),
        *(movement_section(movement) for movement in movements),
        measures_section(),
        spine_section(),
        contour_section(),
        stickers_section(),
        coordination_section(),
        grading_section(),
        source_list({**load_coordination().sources, **spine_sources()}),
    ]
    return "\n\n".join(sections) + "\n"


def _opening(movements: Sequence[MovementKnowledge]) -> str:
    graded = [row for movement in movements for row in movement.findings if row.kind == "graded"]
    own = sum(row.evidence == "E4" for row in graded)
    return f"""# What is looked at, against which limits, and where those come from

This page is generated from the tables in `movement_lab/knowledge`. Change a table, then run
`python -m movement_lab.evidence`.

**Please read this first.** Of the {len(graded)} rows that can be graded, {own} have limits that are our
own default. They were chosen to be useful and cautious; no study validated them. The others come from
published ranges of small laboratory samples, measured with other methods. None of the rows is a
diagnosis or a fault, none predicts pain or injury, and more or less is not better or worse.

- Limits apply to the change from the person's own standing unless a row says "absolute".
- A grade is given only if the whole 80 % interval lies beyond the mild limit; before that it is "possible".
- Rough measures stop at moderate without a therapist's agreement; experimental ones at "possible".
- Hip, low back and rib cage are told apart only by stickers (rough), or by the back's outline or spine points
  (experimental). What people usually do is drawn behind a curve and never enters a number.
- How parts share a bend is described, with its interval. It grades nobody and names no cause.
- "Noise" is the smallest change between two visits that one camera can honestly claim (MDC95).
- Most papers were read as an abstract or excerpt only; the list at the end says which."""
