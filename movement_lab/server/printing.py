"""Pages on paper: for whom, in which language; made when asked for, from the result in force."""

from __future__ import annotations

import re
from typing import Any, get_args

from flask import Blueprint, Response, abort, render_template, request

from movement_lab.comparing.told import on_paper
from movement_lab.exporters.pdf.facts import PROFILE_OF, Audience, Compared, Correction
from movement_lab.exporters.words import Words
from movement_lab.server.compare_view import when
from movement_lab.server.look import show_day, store, words
from movement_lab.server.review import changes_of
from movement_lab.server.show import title
from movement_lab.storage import Assessment
from movement_lab.wording import LANGUAGES
from movement_lab.workspace.assessments import find_assessment
from movement_lab.workspace.comparing import last_like
from movement_lab.workspace.printing import print_assessment

pages = Blueprint("printing", __name__, url_prefix="/assessments")


@pages.get("/<id_>/print")
def choose(id_: str) -> str:
    """Let people choose for whom to print."""
    row = find_assessment(store(), id_)
    return render_template(
        "print.html", row=row, heading=title(row, words()), audiences=_audiences(), languages=LANGUAGES
    )


@pages.get("/<id_>/print/<audience>.pdf")
def pdf(id_: str, audience: Any) -> Response:
    """Return the pages for one audience; with ``?save=1`` to be saved rather than shown."""
    row, language = find_assessment(store(), id_), request.args.get("language", words().language)
    if audience not in _audiences() or language not in LANGUAGES:
        abort(404)
    made = print_assessment(
        store(),
        row,
        audience=audience,
        language=language,
        compared=_compared(row, audience, language),
        corrections=_corrections(row),
    )
    how = "attachment" if request.args.get("save") else "inline"
    name = f'{how}; filename="{_file_name(row)}-{audience}.pdf"'
    return Response(made, mimetype="application/pdf", headers={"Content-Disposition": name})


def _audiences() -> tuple[str, ...]:
    """Return for whom pages can be printed: without grades and limits, only for the person themselves."""
    return tuple(each for each in get_args(Audience) if each == "patient" or not words().wellness)


def _compared(row: Assessment, audience: Audience, language: str) -> Compared | None:
    """Return what changed since the person's last assessment like this one, None without one."""
    found = last_like(store(), row)
    if found is None:
        return None
    other, comparison = found
    say = Words(language, PROFILE_OF[audience])
    return on_paper(comparison, say, other=when(other, say), day=show_day(other.created_at, say))


def _corrections(row: Assessment) -> list[Correction]:
    return [Correction(*each) for each in changes_of(row)] if row.corrections else []


def _file_name(row: Assessment) -> str:
    """Return a name any system can store: code and day."""
    code = re.sub(r"[^A-Za-z0-9_-]+", "_", row.person.code) if row.person else "assessment"
    return f"{code}-{row.created_at.astimezone():%Y-%m-%d}"
