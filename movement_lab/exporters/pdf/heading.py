"""What stands at the head and foot of every printed page: whose it is, when, made with what."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any, Final

from movement_lab.exporters.pdf.facts import Added
from movement_lab.exporters.words import Words
from movement_lab.report import Report

_LONGEST_CODE: Final = 40
_LONGEST_NAME: Final = 48
_LONGEST_NOTE: Final = 220
_UNBROKEN: Final = re.compile(r"\S{25}(?=\S)")
_BREAK: Final = "\u200b"  # a line may break here, nothing is seen
_HASH_GROUPS: Final = 2


def shortened(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return a text on one line, of so many letters at most: its beginning and its end.

    >>> shortened("a" * 30 + ".mp4", 12)
    'aaaaaa….mp4'
    """
    text = " ".join(_seen(text).split())
    if len(text) <= longest:
        return text
    end = min(4, longest // 3)
    return f"{text[: longest // 2]}…{text[-end:]}"


def note(text: str, longest: int = _LONGEST_NOTE) -> str:
    """Return a text of several words that fits its column: cut at its end, breakable anywhere."""
    text = " ".join(_seen(text).split())
    cut = text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
    return _UNBROKEN.sub(lambda found: found[0] + _BREAK, cut)


def _seen(text: str) -> str:
    """Leave out what has no shape: control characters, and signs that turn the writing round."""
    return "".join(" " if each.isspace() else each for each in text if each.isprintable() or each.isspace())


def made_at(report: Report) -> datetime | None:
    """Return when the report was made, if it says so."""
    try:
        when = datetime.fromisoformat(str(report.provenance.get("made_at", "")))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def day_words(report: Report, added: Added, words: Words) -> str:
    """Return "21 November 2026": the day of the recording, else of the report; "" if neither is known."""
    when = made_at(report)
    day = added.facts.day or (when.date() if when else None)
    return written_day(day, words) if day else ""


def written_day(day: date, words: Words) -> str:
    """Return a day as people write it."""
    month = words(f"print.month.{day.month}")
    return words("print.day", day=day.day, month=month, year=day.year)


def whose(report: Report, added: Added, words: Words) -> str:
    """Return "Person K7-204, visit 4, 21 November 2026", without what isn't known."""
    code = shortened(added.person_code, _LONGEST_CODE)
    person = words("print.person", code=code) if code else ""
    parts = (person, shortened(added.facts.visit), day_words(report, added, words))
    return ", ".join(part for part in parts if part)


def made_with(report: Report, words: Words) -> list[str]:
    """Return two short lines: fingerprints of video and model, of the tables, and the version."""
    known = report.provenance
    video, model = known.get("video") or {}, known.get("model") or {}
    name = shortened(str(model.get("name", "")), 12)
    first = {
        "print.made.video": _hash(video.get("sha256")),
        "print.made.model": f"{name} {_hash(model.get('sha256'))}".strip(),
    }
    second = {
        "print.made.tables": _hash(known.get("knowledge_sha256")),
        "print.made.version": str((known.get("versions") or {}).get("movement_lab", "")),
    }
    lines = (
        ", ".join(words(key, value=value) for key, value in row.items() if value) for row in (first, second)
    )
    return [line for line in lines if line]


def _hash(digest: Any) -> str:
    """Return the first letters of a fingerprint in groups of four."""
    text = re.sub(r"[^0-9a-f]", "", str(digest or ""))[: 4 * _HASH_GROUPS]
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def with_sign(value: float, unit: str, words: Words) -> str:
    """Return "+12°", "−3°", or "–" for NaN."""
    from movement_lab.wording import format_value

    return (
        format_value(value, unit, words.language, signed=True)
        if math.isfinite(value)
        else words.value(value, unit)
    )


def upper_first(text: str) -> str:
    """Return a text that begins a line."""
    return text[:1].upper() + text[1:]
