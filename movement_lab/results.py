"""Everything an assessment leaves behind: the files of one folder, each written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from movement_lab.coordination import Style
from movement_lab.errors import UsageError
from movement_lab.knowledge import load_measures
from movement_lab.measures import signal_key
from movement_lab.records import Track
from movement_lab.report import Report
from movement_lab.spine.combine import load_methods
from movement_lab.spine.estimate import nothing_read

Tell = Callable[[str, float], None]

#: Files without pictures, in the order they are written; the page comes last and refers to them.
VIDEO: Final = "annotated.mp4"
DATA_FILES: Final = (
    *("track.npz", "angles.csv", "reps.csv", "findings.csv", "coordination.csv"),
    "report.json",
)


@dataclass(frozen=True, slots=True)
class Look:
    """How results are shown: language, profile, and whether a video is drawn."""

    language: str = "en"
    profile: str = "clinician"
    video: bool = True
    blur_face: bool = False


def write_results(
    report: Report, folder: Path, look: Look, *, source: Path | None = None, tell: Tell | None = None
) -> Path:
    """Write all files of an assessment into ``folder``; returns the path of ``report.html``.

    ``source`` is the video for pictures and ``annotated.mp4``; without it (a stored track was
    assessed) there are none.
    """
    from movement_lab.exporters import export

    tell = tell or (lambda stage, share: None)
    make_folder(folder)
    tell("writing", 0.0)
    shown = for_patient(report) if look.profile == "wellness" else report
    for name in DATA_FILES:
        export(shown, folder / name)
    if source is None or not look.video:
        (folder / VIDEO).unlink(missing_ok=True)  # one of an earlier run would show something else
    pictures = _draw(report, folder, look, source, tell) if source else {}
    return export(
        report,
        folder / "report.html",
        key_frames=pictures,
        video_name=VIDEO if source and look.video else None,
        language=look.language,
        profile=look.profile,
        faces_covered=look.blur_face,
    )


def for_patient(report: Report) -> Report:
    """Return the report as the wellness profile stores it: what was measured, nothing judged.

    Grades and limits, and readings that are experimental (tier T3: for therapists only), are left out
    of every file, not only out of sight (specification 1.3, 7.4); the page still mentions, in its own
    words, what was noticed.
    """
    experimental = {method.id for method in load_methods().values() if method.tier == "T3"}
    of_spine = report.spine.method in experimental
    hidden = {
        signal_key(row.id, side)
        for row in load_measures().values()
        if row.tier == "T3" or (of_spine and row.plane == "spine")
        for side in ("left", "right", "mid")
    }
    shown = replace(
        report,
        findings=(),
        measurements=tuple(m for m in report.measurements if m.tier != "T3"),
        signals={name: values for name, values in report.signals.items() if name not in hidden},
        raw=_without_points(report.raw),
        provenance=_without_bend(report.provenance, experimental),
    )
    shown = replace(shown, raw=replace(shown.raw, origin=_without_bend(shown.raw.origin, experimental)))
    if not of_spine:
        return shown
    return replace(
        shown,
        spine=nothing_read("", len(report.track), ("experimental",)),
        coordination={name: each for name, each in report.coordination.items() if name != "spine"},
        style=Style(None, reasons=("experimental",)),
    )


def _without_points(raw: Track) -> Track:
    """Leave out the points of a spine model; the person's outline says nothing by itself."""
    return replace(raw, extras={name: each for name, each in raw.extras.items() if name != "spine_points"})


def _without_bend(told: Mapping[str, Any], experimental: set[str]) -> dict[str, Any]:
    """Leave out the own full bend where an experimental method read it."""
    settings = dict(told.get("settings") or {})
    if (settings.get("full_bend") or {}).get("method") in experimental:
        settings["full_bend"] = None
    return {**told, "settings": settings} if "settings" in told else dict(told)


def make_folder(folder: Path) -> None:
    """Make the folder for the results, or say plainly why that isn't possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"Results can't be written to {folder}: {error.strerror}. Choose another folder with --out."
        ) from None
    if not os.access(folder, os.W_OK):
        raise UsageError(
            f"Results can't be written to {folder}: no permission. Choose another folder with --out."
        )


def _draw(report: Report, folder: Path, look: Look, source: Path, tell: Tell) -> dict[int, bytes]:
    """Draw the annotated video and return the pictures of the turns, by repetition."""
    from movement_lab.exporters.video import key_frames, write_annotated_video

    if not look.video:
        return key_frames(
            report, source, blur_face=look.blur_face, language=look.language, profile=look.profile
        )
    tell("drawing", 0.0)
    return write_annotated_video(
        report,
        source,
        folder / VIDEO,
        blur_face=look.blur_face,
        language=look.language,
        profile=look.profile,
        progress=lambda share: tell("drawing", share),
    )
