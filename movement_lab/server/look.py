"""Language and profile of the pages, and what every template may use: ``say``, ``value``, dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app, g

from movement_lab.exporters.words import Words
from movement_lab.storage import Setting, Store
from movement_lab.wording import LANGUAGES, PROFILES

_KEY = "look"

#: Main places of the workspace, by their name in the wording (home.nav).
_PLACES = {"assessments": "home.home", "people": "people.list_people", "settings": "settings.show"}


@dataclass(frozen=True, slots=True)
class Look:
    """In which language and for whom pages are written."""

    language: str = "en"
    profile: str = "clinician"


def store() -> Store:
    """Return the open store of this application."""
    opened: Store = current_app.extensions["store"]
    return opened


def load_look(opened: Store) -> Look:
    """Return the look that was chosen."""
    with opened.session() as session:
        row = session.get(Setting, _KEY)
        chosen = dict(row.value) if row else {}
    language, profile = chosen.get("language"), chosen.get("profile")
    return Look(language if language in LANGUAGES else "en", profile if profile in PROFILES else "clinician")


def save_look(opened: Store, look: Look) -> None:
    """Keep the look that was chosen."""
    with opened.session() as session:
        session.merge(Setting(key=_KEY, value={"language": look.language, "profile": look.profile}))


def words() -> Words:
    """Return the words of this request."""
    if "words" not in g:
        look = load_look(store())
        g.words = Words(look.language, look.profile)
    found: Words = g.words
    return found


def dress(app: Flask) -> None:
    """Give templates what they all use."""

    @app.context_processor
    def context() -> dict[str, Any]:
        say = words()
        return {
            "say": say,
            "language": say.language,
            "wellness": say.wellness,
            "nav": lambda: _navigation(app),
            "has_page": lambda endpoint: endpoint in app.view_functions,
            "day": lambda when: show_day(when, say),
            "clock": show_clock,
        }


def _navigation(app: Flask) -> list[tuple[str, str]]:
    """Return the main places: name in the wording, and endpoint."""
    return [(name, place) for name, place in _PLACES.items() if place in app.view_functions]


def show_day(when: datetime | date, say: Words) -> str:
    """Return "21 November 2026", in local time."""
    local = when.astimezone() if isinstance(when, datetime) else when
    return say("home.date", day=local.day, month=say(f"home.month.{local.month}"), year=local.year)


def show_clock(when: datetime) -> str:
    """Return "10:41", in local time."""
    return f"{when.astimezone():%H:%M}"
