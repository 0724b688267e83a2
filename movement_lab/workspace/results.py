"""Write an assessment's files into its folder: film to play, pictures, tables, page; and its digest."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from movement_lab.atomic import atomic_path
from movement_lab.exporters.words import Words
from movement_lab.recording import Tell
from movement_lab.report import Report
from movement_lab.results import DATA_FILES
from movement_lab.storage.files import AssessmentFolder, remove_folder
from movement_lab.workspace.asked import Asked
from movement_lab.workspace.digest import digest
from movement_lab.workspace.pages import keep_pages

_MAX_SIDE_PX = 1280


def store_results(
    report: Report,
    folder: AssessmentFolder,
    asked: Asked,
    *,
    file_name: str,
    tell: Tell,
    look: Words | None = None,
) -> dict[str, Any]:
    """Write everything of a fresh assessment and return its digest.

    With ``blur_face`` only covered pictures are written; where a face can't be found, the whole picture is
    covered. Without ``keep_video`` none is written at all. The recording itself stays until the row is done
    (`retention.drop_unwanted`). What its page shows is worked out in the language and profile of ``look``, so
    that the first to open it need not wait.
    """
    report = named(report, file_name)
    pictures: dict[int, bytes] = {}
    if asked.keep_video:
        write_playback(report, folder, blur_face=asked.blur_face, tell=tell)
        pictures = write_pictures(report, folder, blur_face=asked.blur_face)
    tell("writing", 0.0)
    write_data(report, folder.path, pictures)
    keep_pages(report, folder.path, look or Words())
    return digest(report) | {"video": asked.keep_video}


def clear_results(folder: AssessmentFolder) -> None:
    """Delete what an earlier try left, whole or half written; the recording stays."""
    for path in folder.path.iterdir():
        if path == folder.upload:
            continue
        if path.is_dir():
            remove_folder(path)
        else:
            path.unlink()


def write_data(report: Report, folder: Path, pictures: dict[int, bytes] | None = None) -> None:
    """Write track, tables, JSON and page, each whole or not at all."""
    from movement_lab.exporters import export

    for name in DATA_FILES:
        export(report, folder / name)
    export(report, folder / "report.html", key_frames=pictures or {})


def named(report: Report, file_name: str) -> Report:
    """Return the report with the recording's own name instead of the one it is stored under."""
    video = {**report.provenance.get("video", {}), "name": file_name}
    origin = {**report.raw.origin, "video": {**report.raw.origin.get("video", {}), "name": file_name}}
    return replace(
        report, provenance={**report.provenance, "video": video}, raw=replace(report.raw, origin=origin)
    )


def write_playback(report: Report, folder: AssessmentFolder, *, blur_face: bool, tell: Tell) -> None:
    """Write the recording as every browser plays it, quick to seek in; faces covered if asked."""
    from movement_lab.drawing import cover_faces, plan_cover
    from movement_lab.exporters.video import in_background
    from movement_lab.video import VideoWriter, probe, read_frames, size_for

    info = probe(folder.upload)
    size, count = size_for(info, _MAX_SIDE_PX), max(len(report.raw), 1)
    cover = plan_cover(report, size) if blur_face else None
    frames = in_background(read_frames(folder.upload, max_side=_MAX_SIDE_PX))
    with closing(frames), VideoWriter(folder.playback, size=size, rate_hz=info.nominal_rate_hz) as film:
        for number, frame in enumerate(frames, start=1):
            film.write(cover_faces(frame.image, cover, frame.time_s) if cover else frame.image, frame.time_s)
            tell("filming", min(number / count, 1.0))


def write_pictures(report: Report, folder: AssessmentFolder, *, blur_face: bool) -> dict[int, bytes]:
    """Write the picture of each repetition's lowest point, with what was measured drawn on it."""
    from movement_lab.exporters.video import key_frames

    pictures = key_frames(report, folder.upload, blur_face=blur_face)
    for rep, data in pictures.items():
        with atomic_path(folder.picture(rep)) as part:
            part.write_bytes(data)
    return pictures


def redraw_pictures(report: Report, folder: AssessmentFolder) -> dict[int, bytes]:
    """Draw the pictures of a corrected result on the film that is kept; all of them appear at once.

    The film is quick to seek in, and covered already where faces are to be.
    """
    from movement_lab.exporters.video import key_frames

    drawn = folder.path / ".drawing"
    shutil.rmtree(drawn, ignore_errors=True)
    pictures = key_frames(report, folder.playback)
    (drawn / "pictures").mkdir(parents=True)
    for rep, data in pictures.items():
        AssessmentFolder(drawn).picture(rep).write_bytes(data)
    os.replace(drawn / "pictures", folder.path / "pictures")
    drawn.rmdir()
    return pictures
