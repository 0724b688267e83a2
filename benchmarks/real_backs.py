"""What is read of real people's backs, where nobody measured their pelvis; writes ``docs/real-backs.md``.

    python benchmarks/real_backs.py FOLDER [--docs docs/real-backs.md]

FOLDER holds the clips named below, from public repositories that state no licence for them: look, measure,
never copy. Their angles are unknown, but folds must read more of the low back than straight-backed hinges,
with no overlap of their intervals, and what a looped clip shows again must read the same.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

import movement_lab as ml
from movement_lab.knowledge import load_grading
from movement_lab.moments import Clip, Look, steadied
from movement_lab.records import Standing
from movement_lab.spine.reading import read_spine
from movement_lab.validation.stats import Z80

REPO = Path(__file__).parent.parent
LUMBAR = "lumbar_flexion_deg"
#: Repetitions of a looped clip are to agree within, degrees.
PROMISED_DEG = 2.0
_PAGE = """\
# Real backs

<!-- Written by `benchmarks/real_backs.py`: don't edit. -->

Nobody measured the pelvis of the people in these clips, so nothing here says how far off a reading is. But
a fold to the floor with a round back must read clearly more bend of the low back than a hinge with a
straight one. The clips lie in public repositories without a stated licence; none is part of this project.

{table}

Change from own standing, from the edge of the back, as the program gives it: experimental, with the factor
for real people. *Top of a repetition*: nobody stands in that clip, so the upright end of a repetition was
named as zero for this page; the program itself gives no number there.

{held}
"""


@dataclass(frozen=True, slots=True)
class Filmed:
    """A clip and what anybody sees in it; ``top_s``: the upright end of a repetition, where nobody stands.

    Folds are held against hinges; a ``squat`` only shows how alike its repetitions are read.
    """

    name: str
    source: str
    shown: str
    kind: Literal["fold", "hinge", "squat"]
    looped: bool = False
    top_s: tuple[float, float] | None = None

    @property
    def movement(self) -> str:
        """What the program is told it is."""
        return "squat" if self.kind == "squat" else "hinge"


PAL, BAND = "palFitness/WORKOUT-HOME.github.io", "rnhrn/exercises"
CLIPS = (
    Filmed("standing forward.mp4", PAL, "fold to the floor, back round", "fold", looped=True),
    Filmed("forward bend.mp4", PAL, "fold to the floor, back round, hands on the waist in standing", "fold"),
    Filmed("deadlift.mp4", BAND, "hinge with a band, back straight", "hinge"),
    Filmed(
        "supported single leg deadlift.mp4", PAL, "staggered hinge, back straight", "hinge", top_s=(4.3, 4.6)
    ),
    Filmed("goodmorning.mp4", PAL, "hinge, hands on the low back", "hinge"),
    Filmed("garland pose.mp4", PAL, "squat to the floor, back round", "squat", looped=True),
)


@dataclass(slots=True)
class Read:
    """What was read of a clip: each repetition's turn, and the interval of their median; degrees."""

    clip: Filmed
    turns: list[float] = field(default_factory=list)
    low: float = float("nan")
    high: float = float("nan")
    why: str = ""


def read(clip: Filmed, folder: Path) -> Read:
    """Assess a clip as anybody would, with the movement named."""
    report = ml.assess_video(folder / clip.name, ml.Options(declared=ml.Declared(movement=clip.movement)))
    if clip.top_s:
        return _from_the_top(clip, report)
    rows = [m for m in report.measurements if (m.name, m.at, m.zero) == (LUMBAR, "turn", "rel")]
    turns = [m.value for m in rows if m.rep is not None and np.isfinite(m.value)]
    whole = next(m for m in rows if m.rep is None)
    return Read(clip, turns, whole.low, whole.high, "" if turns else ml.say(f"reason.{whole.reasons[0]}"))


def _from_the_top(clip: Filmed, report: ml.Report) -> Read:
    """Read against the upright end of a repetition in place of a standing that was never filmed."""
    assert clip.top_s
    top = Standing(True, *clip.top_s)
    spine = read_spine(report.raw, report.view, top, report.reps, report.track.time_s)
    times = report.track.time_s
    shown = Clip(report.signals, times, times, report.reps, top, report.view)
    lumbar = steadied(spine.value[LUMBAR], times)
    looks = [Look(shown, rep, lumbar, spine=True) for rep in report.reps if rep.graded]
    taken = [look.at_turn for look in looks if look.mostly_seen(look.at_turn.frames)]
    if not taken:
        return Read(clip, why="Not seen at the turn.")
    values = [each.value for each in taken]
    half = Z80 * load_grading().sim_to_real_factor
    half *= float(np.median([np.nanmedian(spine.sd[LUMBAR][each.frames]) for each in taken]))
    middle = statistics.median(values)
    return Read(clip, values, middle - half, middle + half)


def verdicts(found: Sequence[Read]) -> list[tuple[bool, str]]:
    """Return what was to hold, and whether it does."""
    known = [each for each in found if each.turns]
    folds = [each for each in known if each.clip.kind == "fold"]
    hinges = [each for each in known if each.clip.kind == "hinge"]
    apart = bool(folds and hinges) and min(r.low for r in folds) > max(r.high for r in hinges)
    held = [
        (apart, "Every fold that was read lies above every hinge that was read, interval against interval.")
    ]
    for each in found:
        if each.clip.looped:
            held.append(_alike(each))
    return held


def _alike(each: Read) -> tuple[bool, str]:
    if len(each.turns) < 2:
        return (
            False,
            f"{len(each.turns)} repetitions of the looped clip `{each.clip.name}` were read, 2 needed.",
        )
    apart_deg = max(each.turns) - min(each.turns)
    return apart_deg <= PROMISED_DEG, (
        f"{len(each.turns)} repetitions of the looped clip `{each.clip.name}` lie within {apart_deg:.1f}° "
        f"({PROMISED_DEG:g}° wanted)."
    )


def page(found: Sequence[Read]) -> str:
    """Return the text of the page."""
    head = (
        "| clip | what anybody sees | repetitions read | low back at the turn | 80 % interval | otherwise |"
    )
    lines = [head, "| --- | --- | ---: | --- | --- | --- |", *(_line(each) for each in found)]
    held = "\n".join(f"- {'Holds' if ok else '**Missed**'}: {what}" for ok, what in verdicts(found))
    return _PAGE.format(table="\n".join(lines), held=held)


def _line(each: Read) -> str:
    clip = each.clip
    cells: list[Any] = [f"`{clip.name}` ({clip.source})", clip.shown, len(each.turns)]
    if each.turns:
        cells += [", ".join(f"{value:.0f}°" for value in each.turns), f"{each.low:.0f} to {each.high:.0f}°"]
    else:
        cells += ["withheld", "–"]
    cells.append("top of a repetition" if clip.top_s else each.why)
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Read every clip, write the page, and end with 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--docs", type=Path, default=REPO / "docs" / "real-backs.md")
    asked = parser.parse_args()
    found = [read(clip, asked.folder) for clip in CLIPS]
    asked.docs.write_text(page(found), encoding="utf-8")
    for ok, what in verdicts(found):
        print("holds " if ok else "MISSED", what)
    sys.exit(not all(ok for ok, _ in verdicts(found)))


if __name__ == "__main__":
    main()
