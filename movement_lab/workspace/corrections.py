"""What a therapist puts right: movement, view, task, repetitions, standing.

A correction assesses the stored track again and replaces the result; the machine's own stays beside it in
``machine/``. Order of things, so that a crash at any moment leaves either result whole:

1. ``machine/`` is made, once, by renaming a finished copy.
2. The new result is written into ``.new-…/``; ``ready.json`` comes last.
3. The row is committed.
4. The files are moved over the old ones. What a crash left of this is finished at the next start (`mend`).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from threading import Lock, Timer
from typing import Any, Final

from sqlalchemy import select

from movement_lab.declared import Declared
from movement_lab.errors import UsageError
from movement_lab.exporters import export
from movement_lab.exporters.json import plain
from movement_lab.report import Report
from movement_lab.storage import Assessment, AssessmentFolder, Store
from movement_lab.storage.files import remove_folder
from movement_lab.storage.models import now
from movement_lab.workspace.assessments import UnknownAssessmentError, find, find_assessment
from movement_lab.workspace.digest import digest
from movement_lab.workspace.pages import one_at_a_time, remember, report_of
from movement_lab.workspace.results import redraw_pictures, write_data

#: Runs work at once or some time later.
Later = Callable[[Callable[[], object]], None]

CORRECTABLE: Final = tuple(field.name for field in fields(Declared))
_READY: Final = "ready.json"
_NEW: Final = ".new-"
_LATER_S: Final = 3.0
#: What a result consists of; pictures of the person come along, the recording itself doesn't.
_KEPT: Final = (
    *("track.npz", "angles.csv", "reps.csv", "findings.csv", "coordination.csv"),
    *("report.html", "pictures", "report.json"),
)
#: What was made of the result before, and would now show something else.
_STALE: Final = ("annotated.mp4", "therapist.pdf", "patient.pdf")
_locks: defaultdict[str, Lock] = defaultdict(Lock)


def correct(store: Store, id_: str, changes: Mapping[str, Any], *, later: Later | None = None) -> Assessment:
    """Assess anew with what was put right; what is not named stays as it is declared now.

    Parameters
    ----------
    store, id_
        An assessment that is done.
    changes
        Plain values of fields of `Declared`; None lets the program find out again.
    later
        Runs what need not be waited for, the pictures; by default in a thread.

    Raises
    ------
    UsageError
        A value makes no sense, or doesn't fit the clip.
    """
    if unknown := sorted(set(changes) - set(CORRECTABLE)):
        raise UsageError(f"{', '.join(unknown)}: can't be corrected. Known are {', '.join(CORRECTABLE)}.")
    with _locks[id_]:
        row = done_row(store, id_)
        now_declared = declared_now(store, row)
        wanted = Declared.from_plain({**asdict(now_declared), **changes})
        before = list((row.corrections or {}).get("before", ()))
        if row.corrections:
            before.append(row.corrections["declared"])
        row = _put_in_force(store, row, wanted, before)
    (later or run_later)(lambda: redraw(store, id_))
    return row


def undo(store: Store, id_: str, *, later: Later | None = None) -> Assessment:
    """Take the last correction back."""
    with _locks[id_]:
        row = done_row(store, id_)
        before = list((row.corrections or {}).get("before", ()))
        if not before:
            return _restore(store, row)
        row = _put_in_force(store, row, Declared.from_plain(before[-1]), before[:-1])
    (later or run_later)(lambda: redraw(store, id_))
    return row


def restore_machine(store: Store, id_: str) -> Assessment:
    """Put the machine's own result back in force, with nothing corrected."""
    with _locks[id_]:
        return _restore(store, done_row(store, id_))


def declared_now(store: Store, row: Assessment) -> Declared:
    """Return what is declared at present: as corrected, else as it was asked for."""
    from movement_lab.exporters.npz import load_track
    from movement_lab.recording import declared_in

    if row.corrections:
        return Declared.from_plain(row.corrections["declared"])
    return declared_in(load_track(_original(store.folder.assessment(row.id)) / "track.npz"))


def redraw(store: Store, id_: str) -> None:
    """Draw the pictures of a corrected result; until then it has none."""
    with _locks[id_]:
        try:
            row = find_assessment(store, id_)
        except UnknownAssessmentError:  # deleted meanwhile
            return
        folder = store.folder.assessment(id_)
        if not row.corrections or not folder.playback.exists() or (folder.path / "pictures").exists():
            return
        report = report_of(folder.path)
        with one_at_a_time:
            pictures = redraw_pictures(report, folder)
            export(report, folder.path / "report.html", key_frames=pictures)
        with store.session() as session:
            find(session, id_).summary = digest(report) | {"video": row.video_kept}


def mend(store: Store, *, later: Later | None = None) -> None:
    """Finish or undo what a crash left of corrections. Run before anybody corrects."""
    with store.session() as session:
        rows = {row.id: row.corrections for row in session.scalars(select(Assessment))}
    for id_, corrections in rows.items():
        folder = store.folder.assessment(id_)
        for new in folder.path.glob(f"{_NEW}*"):
            if _is_ready_for(new, corrections):
                _move_over(new, folder.path)
            shutil.rmtree(new, ignore_errors=True)
        if corrections is None and folder.machine.exists():
            remove_folder(folder.machine)
    corrected = [id_ for id_, corrections in rows.items() if corrections]
    (later or run_later)(lambda: _redraw_all(store, corrected))


def _redraw_all(store: Store, ids: Iterable[str]) -> None:
    for id_ in ids:
        redraw(store, id_)


def run_later(work: Callable[[], object]) -> None:
    """Run work when whoever waits has seen the result; it never keeps the program from ending."""
    timer = Timer(_LATER_S, work)
    timer.daemon = True
    timer.start()


# ---------------------------------------------------------------- one result instead of another


def _put_in_force(store: Store, row: Assessment, declared: Declared, before: list[Any]) -> Assessment:
    from movement_lab.exporters.npz import load_track
    from movement_lab.recording import assess_again

    folder = store.folder.assessment(row.id)
    with one_at_a_time:
        report = assess_again(load_track(_original(folder) / "track.npz"), declared)
    _keep_machine(folder)
    told = {"declared": plain(asdict(declared)), "before": before}
    new = _write_new(report, folder, told["declared"])
    summary = digest(report) | {"video": row.video_kept, "picture_rep": None}
    row = _commit(store, row.id, told, summary)
    _move_over(new, folder.path)
    remember(report, folder.path)
    return row


def _restore(store: Store, row: Assessment) -> Assessment:
    folder = store.folder.assessment(row.id)
    if row.corrections is None or not folder.machine.exists():
        return row
    new = _fresh(folder)
    _copy(folder.machine, new)
    (new / _READY).write_text(json.dumps({"declared": None}), encoding="utf-8")
    summary = digest(report_of(folder.machine)) | {"video": row.video_kept}
    row = _commit(store, row.id, None, summary)
    _move_over(new, folder.path)
    remove_folder(folder.machine)
    return row


def _commit(store: Store, id_: str, told: dict[str, Any] | None, summary: dict[str, Any]) -> Assessment:
    with store.session() as session:
        row = find(session, id_)
        row.corrections, row.summary = told, summary
        row.corrected_at = now() if told else None
        row.exit_code = 0 if summary["reps"] else 6
    return find_assessment(store, id_)


def _write_new(report: Report, folder: AssessmentFolder, declared: Any) -> Path:
    new = _fresh(folder)
    with one_at_a_time:
        write_data(report, new)
    (new / _READY).write_text(json.dumps({"declared": declared}), encoding="utf-8")
    return new


def _keep_machine(folder: AssessmentFolder) -> None:
    if folder.machine.exists():
        return
    copy = _fresh(folder)
    _copy(folder.path, copy)
    os.replace(copy, folder.machine)


def _move_over(new: Path, place: Path) -> None:
    """Move a result's files over another's; the report comes last, the pictures as a whole."""
    if not (new / "pictures").exists():
        remove_folder(place / "pictures")  # of the result before
    for path in sorted(_results_in(new), key=lambda each: _KEPT.index(each.name)):
        if path.is_dir():
            remove_folder(place / path.name)
        os.replace(path, place / path.name)
    for name in _STALE:
        (place / name).unlink(missing_ok=True)
    shutil.rmtree(place / "page", ignore_errors=True)  # said of the result before
    shutil.rmtree(new, ignore_errors=True)


def _copy(from_: Path, to: Path) -> None:
    for path in _results_in(from_):
        (shutil.copytree if path.is_dir() else shutil.copy2)(path, to / path.name)


def _results_in(place: Path) -> Iterator[Path]:
    return (place / name for name in _KEPT if (place / name).exists())


def _is_ready_for(new: Path, corrections: Mapping[str, Any] | None) -> bool:
    try:
        declared = json.loads((new / _READY).read_text(encoding="utf-8"))["declared"]
    except (OSError, ValueError, KeyError):
        return False
    return bool(declared == (corrections["declared"] if corrections else None))


def _fresh(folder: AssessmentFolder) -> Path:
    new = folder.path / f"{_NEW}{secrets.token_hex(4)}"
    new.mkdir(mode=0o700)
    return new


def _original(folder: AssessmentFolder) -> Path:
    """Return where the machine's own result lies."""
    return folder.machine if folder.machine.exists() else folder.path


def done_row(store: Store, id_: str) -> Assessment:
    """Return an assessment that has a result, or say that there is nothing to put right yet."""
    row = find_assessment(store, id_)
    if row.state != "done":
        raise UsageError("This recording is not assessed yet. Wait until it is done, then correct it.")
    return row
