"""What the compare page shows of two assessments: sentences, rows, drawings; no limit is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from movement_lab.comparing import Change, Comparison
from movement_lab.comparing.drawings import figures, forest_row, forest_scale, phase_panel
from movement_lab.comparing.phases import STEPS
from movement_lab.comparing.told import told
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_measures
from movement_lab.server.look import show_day
from movement_lab.server.show import title
from movement_lab.storage import Assessment
from movement_lab.wording import format_value, say_count
from movement_lab.wording.numbers import format_number
from movement_lab.workspace.comparing import Compared, CurvePair

_TABLE_STEP = 10


def page_of(compared: Compared, say: Words) -> dict[str, Any]:
    """Return everything the template needs."""
    comparison = compared.comparison
    rows = shown_rows(comparison, say)
    scale = forest_scale([row.in_noise for row in rows])
    pairs = [pair for pair in compared.curves if pair.change in rows]
    summary = told(comparison, say)
    return {
        "title": title(compared.now, say),
        "cards": [card(compared.then, comparison.then, say), card(compared.now, comparison.now, say)],
        "verdict": verdict_of(comparison, say),
        "told": summary,
        "obstacle": say(f"compare.reason.{comparison.obstacle}") if comparison.obstacle else "",
        "setup": [say(f"compare.setup.{each}") for each in (*_other_person(compared), *comparison.setup)],
        "rows": [row_of(row, scale, say) for row in rows],
        "experimental": any(row.tier == "T3" for row in rows),
        "left_out": [] if comparison.obstacle else left_out(comparison, say),
        "curves": [_curve(pair, say) for pair in pairs],
        "curve_table": _curve_table(pairs, say),
        "own_standing": comparison.now.zero == "rel",
        "figure": _figure(compared, summary or verdict_of(comparison, say), say),
    }


def shown_rows(comparison: Comparison, say: Words) -> list[Change]:
    """Return the compared measures this profile's readers are shown: experimental ones not to everybody."""
    return [row for row in comparison.rows if not (say.wellness and row.tier == "T3")]


def verdict_of(comparison: Comparison, say: Words) -> str:
    """Return "2 real changes. 7 things about the same."."""
    rows = shown_rows(comparison, say)
    real, same = (sum(row.reading == each for row in rows) for each in ("real", "noise"))
    if not rows:
        return say("compare.nothing" if comparison.obstacle else "compare.nothing_in_common")
    parts = [_count("compare.real", real, say)]
    if same:
        parts.append(_count("compare.same", same, say))
    return " ".join(parts)


def name_of(row: Change, say: Words) -> str:
    """Return the name of a measure, with its side where both are looked at."""
    name = say(f"measure.{row.name}" if row.name in load_measures() else f"compare.name.{row.name}")
    return f"{name}, {say(f'side.{row.side}')}" if row.name == "fppa_deg" else name


def row_of(row: Change, scale: float, say: Words) -> dict[str, Any]:
    """Return one row of the table of changes."""
    return {
        "name": name_of(row, say),
        "tier": row.tier,
        "trust": say(f"tier.{row.tier}"),
        "then": say.value(row.then, row.unit),
        "now": say.value(row.now, row.unit),
        "change": in_unit(row.change, row.change_unit, say, signed=True),
        "noise": in_unit(row.noise, row.change_unit, say),
        "reading": row.reading,
        "says": say(f"compare.state.{row.reading}"),
        "plot": Markup(forest_row(row.in_noise, scale)),
    }


def in_unit(value: float, unit: str, say: Words, *, signed: bool = False) -> str:
    """Return "+12°", "15 %" or, of shares, "+1" and "15 points"."""
    if unit != "points":
        return format_value(value, unit, say.language, signed=signed)
    number = format_number(value, "pct", decimal=say("language.decimal"), signed=signed)
    return number if signed else say("compare.points", number=number)


def left_out(comparison: Comparison, say: Words) -> list[dict[str, str]]:
    """Return what can't be compared, gathered by the reason."""
    by_reason: dict[str, list[str]] = {}
    for row in comparison.left_out:
        for reason in row.reasons[:1]:
            names = by_reason.setdefault(_reason(reason, say), [])
            if (name := name_of(row, say)) not in names:
                names.append(name)
    return [{"names": ", ".join(names), "reason": reason} for reason, names in by_reason.items()]


def card(row: Assessment, facts: Any, say: Words) -> dict[str, str]:
    """Return what stands above the table of one assessment: which visit, how it was filmed."""
    details = [_count("compare.repetitions", facts.reps, say)]
    if facts.plane != "none":
        yaw = say.value(facts.yaw_deg, "deg")
        details.append(say("compare.off_view", yaw=yaw, view=say(f"plane.{facts.plane}")))
    if facts.spine and not say.wellness:
        details.append(say(f"spine_method.{facts.spine}"))
    return {"id": row.id, "when": when(row, say), "details": ", ".join(details)}


def when(row: Assessment, say: Words) -> str:
    """Return "Visit 3, 24 October 2026" where the visit is known, else the day."""
    day = show_day(row.visit.day if row.visit else row.created_at, say)
    if row.visit is None or row.person is None:
        return day
    days = sorted(visit.day for visit in row.person.visits)
    return say("compare.of_visit", number=days.index(row.visit.day) + 1, day=day)


def since(comparison: Comparison, other: Assessment, say: Words) -> str:
    """Return "2 real changes since 24 October." for a list."""
    day = show_day(other.created_at, say)
    real = len(comparison.real)
    if not real:
        return say("compare.about_same", day=day)
    return say("compare.since", real=_count("compare.real", real, say).rstrip("."), day=day)


def _other_person(compared: Compared) -> Sequence[str]:
    whose = {compared.then.person_id, compared.now.person_id}
    return ("other_person",) if len(whose - {None}) == 2 else ()


def _reason(reason: str, say: Words) -> str:
    own = say(f"compare.reason.{reason}") if reason in _OWN else say(f"reason.{reason}")
    return own


_OWN = frozenset(
    ("other_side", "other_leg", "other_method", "other_zero", "noise_unknown", "other_view", "other_model")
)


def _curve(pair: CurvePair, say: Words) -> dict[str, Any]:
    row, measure = pair.change, load_measures()[pair.change.name]
    then, now = say.value(row.then, row.unit), say.value(row.now, row.unit)
    label = say(
        "compare.curve_label",
        measure=name_of(row, say),
        then=then,
        now=now,
        reading=say(f"compare.state.{row.reading}"),
    )
    svg = phase_panel(
        pair.then,
        pair.now,
        noise=row.noise,
        at_least=measure.range / 4,
        region="knee" if measure.region == "context" else measure.region,
        label=label,
        tick=lambda value: say.value(value, row.unit),
        words=(say("compare.down"), say("compare.bottom"), say("compare.up")),
    )
    return {
        "name": name_of(row, say),
        "values": say("compare.then_now", then=then, now=now),
        "svg": Markup(svg),
    }


def _curve_table(pairs: Sequence[CurvePair], say: Words) -> dict[str, Any]:
    """Return the curves as a table, every tenth of each way."""
    places = range(0, 2 * STEPS - 1, (STEPS - 1) // _TABLE_STEP)
    rows = []
    for place in places:
        way, share = ("down", place) if place < STEPS else ("up", place - STEPS + 1)
        cells = [
            say.value(float(curve[place]), pair.change.unit)
            for pair in pairs
            for curve in (pair.then, pair.now)
        ]
        rows.append([say(f"compare.phase_{way}", share=round(100 * share / (STEPS - 1))), *cells])
    return {"head": [name_of(pair.change, say) for pair in pairs], "rows": rows if pairs else []}


def _figure(compared: Compared, summary: str, say: Words) -> Markup | None:
    then, now = compared.figures
    if then is None or now is None:
        return None
    label = say("compare.figure_label", summary=summary)
    return Markup(figures(then, now, label=label))


def _count(key: str, count: int, say: Words) -> str:
    return say_count(key, count, language=say.language, profile=say.profile)
