"""Two assessments side by side, and choosing which two."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from movement_lab.server.compare_view import page_of, since, when
from movement_lab.server.look import store, words
from movement_lab.server.show import title
from movement_lab.storage import Assessment
from movement_lab.workspace.assessments import find_assessment, list_assessments
from movement_lab.workspace.comparing import compare_assessments, earlier_like, last_like

pages = Blueprint("compare", __name__, url_prefix="/compare")

_LISTED = 200


@pages.get("")
def show() -> Any:
    """Show what changed between two assessments, or ask which two."""
    then, now = request.args.get("then", ""), request.args.get("now", "")
    then = then or _earlier(now)
    if not (then and now):
        return redirect(
            url_for(".choose", then=then or None, now=now or None, person=request.args.get("person"))
        )
    compared = compare_assessments(store(), then, now)
    person = compared.now.person if compared.now.person_id == compared.then.person_id else None
    return render_template("compare.html", person=person, then=then, now=now, **page_of(compared, words()))


@pages.get("/choose")
def choose() -> str:
    """Choose two assessments, of one person where one is named."""
    person = request.args.get("person") or _owner(request.args.get("now", ""))
    rows = [row for row in list_assessments(store(), person_id=person, limit=_LISTED) if row.state == "done"]
    then, now = _suggested(rows, request.args.get("then", ""), request.args.get("now", ""))
    say = words()
    listed = [
        {
            "id": row.id,
            "title": title(row, say),
            "who": row.person.code if row.person else "",
            "when": when(row, say),
        }
        for row in rows
    ]
    return render_template("compare_choose.html", rows=listed, then=then, now=now, person=person)


def _earlier(id_: str) -> str:
    """Return the last assessment that one compares with, "" where there is none."""
    found = last_like(store(), find_assessment(store(), id_)) if id_ else None
    return found[0].id if found else ""


def _owner(id_: str) -> str | None:
    """Return whose assessment is compared, so that only theirs are offered."""
    return find_assessment(store(), id_).person_id if id_ else None


def since_last(row: Assessment) -> str:
    """Return what changed since the person's last assessment like this one, "" where there is none."""
    found = last_like(store(), row)
    return since(found[1], found[0], words()) if found else ""


def _suggested(rows: list[Assessment], then: str, now: str) -> tuple[str, str]:
    """Return the pair to begin with: the newest one, and the last one before it that it compares with."""
    newest = next((row for row in rows if row.id == now), rows[0] if rows else None)
    if newest is None:
        return then, now
    own = [row for row in rows if row.person_id == newest.person_id]
    found = earlier_like(own, newest)
    return then or (found[0].id if found else ""), newest.id
