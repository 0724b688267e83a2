"""Settings and privacy: what is kept where and how long, deleting, defaults, language, versions."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from movement_lab.errors import UsageError
from movement_lab.exporters.words import Words
from movement_lab.server.look import Look, load_look, save_look, show_day, store, words
from movement_lab.server.people_view import count
from movement_lab.storage.models import now
from movement_lab.wording import LANGUAGES, PROFILES, say
from movement_lab.wording.numbers import format_number
from movement_lab.workspace import retention
from movement_lab.workspace.asked import MODELS
from movement_lab.workspace.kept import Kept, take_stock
from movement_lab.workspace.preferences import Defaults, load_defaults, save_defaults
from movement_lab.workspace.versions import libraries, this_program

pages = Blueprint("settings", __name__, url_prefix="/settings")

_KINDS: Final = ("videos", "everything")
_USUAL_DAYS: Final = 30


@pages.get("")
def show() -> str:
    """Show everything that can be set and what is kept."""
    return render_template(
        "settings.html",
        kept=stock_in_words(take_stock(store()), words()),
        defaults=load_defaults(store()),
        usual_days=_USUAL_DAYS,
        next_due=next_due_in_words(words()),
        look=load_look(store()),
        languages=[(language, say("language.name", language=language)) for language in LANGUAGES],
        profiles=PROFILES,
        models=MODELS,
        program=this_program(),
        libraries=libraries(),
        pose_models=_pose_models(),
    )


@pages.post("/keep")
def keep() -> Any:
    """Choose how long recordings stay and what holds for new assessments."""
    save_defaults(
        store(),
        Defaults(
            keep_days=_days(request.form),
            blur_face="blur_face" in request.form,
            model=request.form.get("model", load_defaults(store()).model),
        ),
    )
    flash(words()("settings.saved"))
    return redirect(url_for(".show"), 303)


@pages.post("/look")
def look() -> Any:
    """Choose language and profile."""
    language, profile = request.form.get("language", ""), request.form.get("profile", "")
    if language not in LANGUAGES or profile not in PROFILES:
        abort(400)
    save_look(store(), Look(language, profile))
    flash(Words(language, profile)("settings.saved"))
    return redirect(url_for(".show"), 303)


@pages.get("/delete/<kind>")
def ask_delete(kind: str) -> str:
    """Ask once more, saying what would go."""
    if kind not in _KINDS:
        abort(404)
    kept = stock_in_words(take_stock(store()), words())
    return render_template("settings_delete.html", kind=kind, kept=kept)


@pages.post("/delete/<kind>")
def delete(kind: str) -> Any:
    """Delete at once."""
    if kind not in _KINDS:
        abort(404)
    if kind == "everything":
        retention.delete_everything(store())
        flash(words()("settings.deleted_everything"))
    else:
        gone = count("settings.video_count", retention.delete_videos(store()), words())
        flash(words()("settings.deleted_videos", videos=gone))
    return redirect(url_for(".show"), 303)


def stock_in_words(kept: Kept, say_: Words) -> dict[str, Any]:
    """Return what is kept, each with its size in words."""
    return {
        "folder": str(kept.root),
        "people": kept.people,
        "visits": kept.visits,
        "assessments": kept.assessments,
        "people_count": count("settings.people_count", kept.people, say_),
        "assessment_count": count("settings.assessment_count", kept.assessments, say_),
        "video_count": count("settings.video_count", kept.videos, say_),
        "videos": kept.videos,
        "covered": kept.covered,
        "video_size": size_in_words(kept.video_bytes, say_),
        "result_size": size_in_words(kept.result_bytes, say_),
        "incoming": kept.incoming,
        "incoming_size": size_in_words(kept.incoming_bytes, say_),
        "database_size": size_in_words(kept.database_bytes, say_),
        "total_size": size_in_words(kept.total_bytes, say_),
    }


def size_in_words(size_bytes: int, say_: Words) -> str:
    """Return "1.2 GB", "340 MB" or "12 kB"."""
    decimal = say_("language.decimal")
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= factor:
            return f"{format_number(size_bytes / factor, 's', decimal=decimal)} {unit}"
    return f"{format_number(size_bytes / 1e3, 'pct')} kB"


def next_due_in_words(say_: Words) -> str:
    """Return when recordings go next, in a sentence."""
    if load_defaults(store()).keep_days is None:
        return say_("settings.next_none")
    due = retention.next_due(store())
    if due is None:
        return say_("settings.next_nothing")
    videos = count("settings.video_count", due.count, say_)
    if due.at <= now():
        return say_("settings.next_soon", videos=videos)
    return say_("settings.next_on", videos=videos, day=show_day(due.at, say_))


def _days(form: Any) -> int | None:
    """Return for how many days recordings stay, as the form says it."""
    choice = form.get("keep", "forever")
    if choice == "forever":
        return None
    if choice == "none":
        return 0
    try:
        return max(1, int(form.get("days", "")))
    except ValueError:
        raise UsageError("A whole number of days was needed. Enter one such as 30.") from None


def _pose_models() -> list[Any]:
    from movement_lab.weights import list_models

    return list(list_models())
