"""The review page: video and curves as one instrument, findings to agree with or not, adjustments by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for

from movement_lab.assets import asset
from movement_lab.records import MOVEMENTS
from movement_lab.server.compare import since_last
from movement_lab.server.look import show_clock, show_day, store, words
from movement_lab.server.show import title as heading_of
from movement_lab.storage import Assessment
from movement_lab.storage.models import now
from movement_lab.workspace.asked import TASKS, VIEWS
from movement_lab.workspace.assessments import find_assessment
from movement_lab.workspace.pages import overlay_of, page_of, warm_up
from movement_lab.workspace.reviews import Said, said

#: Macros that the report page uses too lie in ``web/parts``, beside ``report.html``.
_WEB: Final = str(asset("web", "report.html").parent)
pages = Blueprint("review", __name__, url_prefix="/assessments", template_folder=_WEB)

#: Texts that the page's scripts write.
_TEXTS: Final = (
    *("play", "pause", "time", "rep_here", "agree", "agreed", "not_so", "not_saved", "offline", "no_film"),
    *("sheet.rep", "sheet.start", "sheet.turn", "sheet.end", "sheet.start_of", "sheet.turn_of"),
    *("sheet.end_of", "sheet.remove", "sheet.remove_rep", "sheet.found_by_program", "sheet.none_left"),
    *("sheet.standing_start", "sheet.standing_end", "sheet.working", "sheet.apply"),
)


@pages.get("/<id_>/original")
def original(id_: str) -> Any:
    """Show the machine's own result, as it was before anybody adjusted it."""
    row = find_assessment(store(), id_)
    if not store().folder.assessment(id_).machine.exists():
        return redirect(url_for("assessments.show", id_=id_))
    return review(row, original=True)


@pages.get("/<id_>/overlay.json")
@pages.get("/<id_>/original/overlay.json", defaults={"machine": True}, endpoint="original_overlay")
def overlay(id_: str, machine: bool = False) -> Response:
    """Return what is drawn over the video, by picture."""
    find_assessment(store(), id_)
    return jsonify(overlay_of(_place(id_, original=machine), words()))


def review(row: Assessment, *, original: bool = False) -> str:
    """Return the review page of an assessment that is done."""
    page = page_of(_place(row.id, original=original), words())
    warm_up(_place(row.id, original=original))
    held = said(row.reviews)
    shown = [(each["id"], each["side"]) for each in page["noticed"]]
    return render_template(
        "review.html",
        **page,
        row=row,
        heading=heading_of(row, words()),
        original=original,
        since="" if original else since_last(row),
        words_of=lambda each: _said(held.get((each["id"], each["side"]))),
        reviewed=sum(bool(held[key].verdict) for key in shown if key in held),
        elsewhere=[_said(each) for key, each in held.items() if key not in shown],
        when=_when(row.corrected_at) if row.corrected_at else "",
        changes=list(_changes(row.id, page)) if row.corrections and not original else [],
        film=row.video_kept and store().folder.assessment(row.id).playback.exists(),
        choices={"movements": MOVEMENTS, "views": VIEWS, "tasks": TASKS, "task": _task(page)},
        texts=_texts(),
    )


def _place(id_: str, *, original: bool) -> Path:
    folder = store().folder.assessment(id_)
    return folder.machine if original and folder.machine.exists() else folder.path


def _texts() -> dict[str, str]:
    """Return what the page's scripts write, with placeholders where they fill in."""
    say = words()
    texts = {key: say(f"review.{key}", **_blanks(key)) for key in _TEXTS}
    return texts | {"just_now": say("review.you_at", when=say("review.today", clock="{clock}"))}


def _blanks(key: str) -> dict[str, str]:
    """Return placeholders that scripts fill in themselves."""
    names = {"time": ("time", "frame"), "rep_here": ("rep", "count"), "not_saved": ("why",)}
    return {name: f"{{{name}}}" for name in names.get(key, ("rep",))}


def _said(each: Said | None) -> dict[str, Any]:
    """Return the word on a finding as the page shows it; nothing said yet: empty."""
    if each is None:
        return {"verdict": None, "comment": "", "when": "", "title": ""}
    title = words()(f"finding.{each.finding}.title")
    return {"verdict": each.verdict, "comment": each.comment, "when": _when(each.at), "title": title}


def _when(at: datetime) -> str:
    """Return "today 10:52", or the day with the time."""
    if at.astimezone().date() == now().astimezone().date():
        return words()("review.today", clock=show_clock(at))
    return f"{show_day(at, words())}, {show_clock(at)}"


def _task(page: Mapping[str, Any]) -> str:
    """Return the task that is declared, as the form names it."""
    declared = page["found"]["declared"]
    if declared.get("instructed"):
        return "instructed"
    if declared.get("upright"):
        return "upright"
    return "deadlift" if declared.get("variant") == "deadlift" else "free"


def changes_of(row: Assessment) -> list[tuple[str, str, str]]:
    """Return what adjustments changed: name, the machine's, the result now, in words."""
    return list(_changes(row.id, page_of(_place(row.id, original=False), words())))


def _changes(id_: str, page: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what an adjustment changed: name, the machine's, the result now; what is alike is left out."""
    machine = page_of(_place(id_, original=True), words())
    before, after = _facts(machine), _facts(page)
    nothing = words()("language.nothing")
    for name in dict.fromkeys([*before, *after]):
        (old, shown_old), (new, shown_new) = (each.get(name, (nothing, nothing)) for each in (before, after))
        if old != new:
            yield name, shown_old, shown_new
    yield from _moved_reps(machine["reps"], page["reps"])


def _facts(page: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return what a result comes to, by name: what is compared, and what is shown of it."""
    say, found, reps = words(), page["found"], page["reps"]
    facts = {
        say("review.sheet.movement"): say(f"movement.{found['movement']}"),
        say("report.label.view"): say(f"view.{found['view']}"),
        say("report.label.standing"): page["facts"][1],
        say("review.judged"): f"{sum(rep['graded'] for rep in reps)} / {len(reps)}",
    }
    told = {name: (text, text) for name, text in facts.items()}
    table = page["table"] or {"columns": [], "medians": []}
    for row in table["medians"]:
        for column, cell in zip(table["columns"], row["cells"], strict=True):
            told[f"{column}, {row['name']}"] = (cell["value"], f"{cell['value']} ({cell['range']})")
    return told


def _moved_reps(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Yield repetitions that were moved, removed or added, numbered as the machine did; added ones last."""
    left, nothing = list(after), words()("language.nothing")
    for old in before:
        new = next((rep for rep in left if rep["start_s"] <= old["turn_s"] < rep["end_s"]), None)
        if new is not None:
            left.remove(new)
        if new is None or _times(new) != _times(old):
            name = words()("review.sheet.rep", rep=old["index"])
            yield name, _times(old), _times(new) if new else nothing
    for new in left:
        yield words()("review.sheet.rep", rep=f"+ {new['index']}"), nothing, _times(new)


def _times(rep: Mapping[str, Any]) -> str:
    """Return "2.48 · 3.32 · 4.04 s"."""
    decimal = words()("language.decimal")
    times = (f"{rep[key]:.2f}".replace(".", decimal) for key in ("start_s", "turn_s", "end_s"))
    return words()("unit.s", number=" · ".join(times))
