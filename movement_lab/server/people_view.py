"""What the pages of people show: trends in their noise, visits with their assessments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from movement_lab.comparing import Seen, Trend, find_trend, load_comparing, measures_of
from movement_lab.comparing.trend_drawings import trend_panel, trend_spark
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_measures
from movement_lab.server.compare_view import since
from movement_lab.server.look import show_day
from movement_lab.server.show import listed
from movement_lab.storage import Assessment, Person, Visit
from movement_lab.wording import say_count
from movement_lab.workspace.comparing import earlier_like
from movement_lab.workspace.people import history_of


def count(key: str, number: int, say: Words) -> str:
    """Return "4 visits" and the like."""
    return say_count(key, number, language=say.language, profile=say.profile)


def brief(person: Person, say: Words) -> dict[str, Any]:
    """Return a person as a row of a list: code, visits, and the trend people ask for first."""
    trend = _first_trend(person)
    visits = count("people.visit_count", len(person.visits), say)
    if trend is None or len(trend.points) < 2:
        what = say("people.trend_needs") if person.visits else ""
    else:
        what = _trend_name(trend, person, say)
    return {
        "id": person.id,
        "code": person.code,
        "about": " · ".join(part for part in (visits, what) if part),
        "spark": Markup(trend_spark(trend)),
        "last": show_day(person.assessments[-1].created_at, say) if person.assessments else "",
    }


def trends_of(person: Person, say: Words) -> list[dict[str, Any]]:
    """Return the drawings over visits, by movement, the newest movement first."""
    found = []
    for history in _by_movement(person):
        names = measures_of(history[-1].facts, person.measures or ())
        trends = [trend for name in names if (trend := find_trend(history, name))]
        if trends:
            movement = history[-1].facts.movement
            found.append(
                {"movement": say(f"movement.{movement}"), "trends": [_drawn(each, say) for each in trends]}
            )
    return found


def choices_of(person: Person, say: Words) -> list[dict[str, Any]]:
    """Return the measures that can be drawn over visits: those the newest assessments show."""
    shown: dict[str, str] = {}
    for history in _by_movement(person):
        facts = history[-1].facts
        row = load_comparing().planes.get(facts.plane)
        for name in measures_of(facts, row.compared, most=len(row.compared)) if row else ():
            if find_trend(history, name):
                shown[name] = say(f"measure.{name}")
    chosen = person.measures or []
    return [{"name": name, "label": label, "chosen": name in chosen} for name, label in shown.items()]


def visits_of(person: Person, say: Words) -> list[dict[str, Any]]:
    """Return the visits, newest first, each with its assessments; those without a visit come last."""
    days = sorted(person.visits, key=lambda visit: visit.day)
    shown = [_visit(visit, number, person, say) for number, visit in enumerate(days, start=1)]
    rows = [row for row in reversed(person.assessments) if row.visit_id is None]
    loose = (
        [{"visit": None, "rows": [assessment(row, person.assessments, say) for row in rows]}] if rows else []
    )
    return [*reversed(shown), *loose]


def assessment(row: Assessment, others: Sequence[Assessment], say: Words) -> dict[str, Any]:
    """Return an assessment as a row, with what changed since the last one like it."""
    found = earlier_like(list(others), row)
    return {
        "listed": listed(row, say),
        "since": since(found[1], found[0], say) if found else "",
        "then": found[0].id if found else "",
    }


def repeat_of(person: Person, say: Words) -> dict[str, str] | None:
    """Return what "repeat for this person" would record; None where nothing is known of it."""
    known = [
        row
        for row in person.assessments
        if row.summary and row.summary["movement"] in load_comparing().trends
    ]
    if not known:
        return None
    summary = known[-1].summary or {}
    movement, view = say(f"movement.{summary['movement']}"), say(f"view.{summary['view']}")
    return {"id": person.id, "code": person.code, "what": say("report.title", movement=movement, view=view)}


def _visit(visit: Visit, number: int, person: Person, say: Words) -> dict[str, Any]:
    rows = [row for row in reversed(person.assessments) if row.visit_id == visit.id]
    return {
        "visit": visit,
        "name": say("people.visit_number", number=number),
        "day": show_day(visit.day, say),
        "rows": [assessment(row, person.assessments, say) for row in rows],
    }


def _by_movement(person: Person) -> list[list[Seen]]:
    """Return the history by movement, oldest first in each; the movement done last comes first."""
    found: dict[str, list[Seen]] = {}
    for seen in sorted(history_of(person), key=lambda each: each.at):
        if seen.facts.movement in load_comparing().trends and seen.facts.reps:
            found.setdefault(seen.facts.movement, []).append(seen)
    return sorted(found.values(), key=lambda history: history[-1].at, reverse=True)


def _first_trend(person: Person) -> Trend | None:
    """Return the trend with most visits, of the measure chosen or asked for first."""
    best: Trend | None = None
    for history in _by_movement(person):
        for name in measures_of(history[-1].facts, person.measures or ())[:1]:
            trend = find_trend(history, name)
            if trend and (best is None or len(trend.points) > len(best.points)):
                best = trend
    return best


def _trend_name(trend: Trend, person: Person, say: Words) -> str:
    movement = next(
        h[-1].facts.movement for h in _by_movement(person) if any(s.id == trend.points[-1].id for s in h)
    )
    measure, name = say(f"measure.{trend.name}"), say(f"movement.{movement}")
    return (
        say("people.trend_of", measure=measure, movement=name).lower()
        if say.language == "en"
        else say("people.trend_of", measure=measure, movement=name)
    )


def _drawn(trend: Trend, say: Words) -> dict[str, Any]:
    """Return one trend as a drawing with its sentence."""
    measure = say(f"measure.{trend.name}")
    if load_measures()[trend.name].per_side and trend.name == "fppa_deg":
        measure = f"{measure}, {say(f'side.{trend.side}')}"
    values = [say.value(point.value, trend.unit) for point in trend.points]
    reading = say(f"compare.state.{'real' if trend.points[-1].real else 'noise'}")
    if len(values) == 1:
        label, told, reading = (
            say("people.trend_one_label", measure=measure, first=values[0]),
            say("people.trend_first", value=values[0]),
            "",
        )
    else:
        ends = {"first": values[0], "last": values[-1]}
        label = say("people.trend_label", measure=measure, count=len(values), reading=reading, **ends)
        told = say("people.trend_said", **ends)
    days = [show_day(point.at, say) for point in trend.points]
    svg = trend_panel(trend, label=label, tick=lambda value: say.value(value, trend.unit), days=days)
    left_out = count("people.assessment_count", trend.left_out, say) if trend.left_out else ""
    return {
        "name": measure,
        "told": told,
        "reading": reading,
        "real": trend.points[-1].real,
        "svg": Markup(svg),
        "left_out": say("people.left_out", count=left_out) if left_out else "",
    }
