"""Everything people read, from tables: one TOML file a language, two profiles in each.

``say("reason.not_seen")`` returns a sentence. Tables under ``clinician`` and ``wellness`` belong to
one profile and win over the shared ones; a profile never falls back to the other, so that grades
can't slip into the wellness profile. A key without words gives readable English from the id.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from movement_lab.errors import KnowledgeError, UsageError
from movement_lab.wording.numbers import format_number

__all__ = [
    "LANGUAGES",
    "PROFILES",
    "count_word",
    "format_range",
    "format_value",
    "keys",
    "say",
    "say_count",
    "steps_line",
    "verdict",
]

PROFILES: Final = ("clinician", "wellness")
_FOLDER: Final = Path(__file__).parent
LANGUAGES: Final = tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))

#: Last parts of keys that name a kind of sentence, not the thing it is about.
_KINDS: Final = frozenset({"title", "noticed", "possible", "seen", "matters", "option"})
_UNITS: Final = ("_deg", "_pct", "_ratio", "_s")


def say(key: str, *, language: str = "en", profile: str = "clinician", **values: object) -> str:
    """Return the words for a key, with ``{names}`` in them filled in.

    Parameters
    ----------
    key : str
        Dotted, e.g. ``"finding.heel_rise.title"`` or ``"reason.not_seen"``.
    language : str
        One of ``LANGUAGES``; a text that only English has is given in English.
    profile : str
        ``clinician`` or ``wellness``.
    **values
        What to fill in, already formatted (see `format_value`).

    Returns
    -------
    str
        The text, or readable English made from the key where there is none.

    Raises
    ------
    UsageError
        If there is no such language or profile.
    KnowledgeError
        If the text belongs to the other profile only, or a value to fill in is missing.
    """
    _check(language, profile)
    text = _find(key, language, profile)
    if text is None:
        _refuse_other_profile(key, profile)
        return readable(key)
    try:
        return text.format(**values)
    except (KeyError, IndexError) as missing:
        message = f"Wording {key!r} ({language}) needs a value for {missing}. Pass it to say(), by name."
        raise KnowledgeError(message) from missing


def say_count(
    key: str, count: int, *, language: str = "en", profile: str = "clinician", **values: object
) -> str:
    """Return the words for a count: ``key.zero``, ``key.one`` or ``key.other``.

    The text may use ``{count}`` (digits) and ``{count_word}`` (a word, for the beginning of a sentence).
    """
    form = {0: "zero", 1: "one"}.get(count, "other")
    word = count_word(count, language=language)
    return say(f"{key}.{form}", language=language, profile=profile, count=count, count_word=word, **values)


def count_word(count: int, *, language: str = "en") -> str:
    """Return "Five" for 5, and digits beyond what the language has words for."""
    _check(language, PROFILES[0])
    return _table(language).get(f"number_word.{count}", str(count))


def verdict(
    *, usable: int, noticed: int, not_judged: int, language: str = "en", profile: str = "clinician"
) -> str:
    """Return the first sentence of a report, "Five usable repetitions, 2 things noticed, 4 not judged.".

    Without a usable repetition nothing can have been noticed, and nothing is said about it. Where no
    repetition or no movement was found at all, ``say`` has ``verdict.no_repetition``,
    ``verdict.unknown`` and ``verdict.none``.
    """
    counts = {"usable": usable, "noticed": noticed, "not_judged": not_judged}
    if not usable:
        del counts["noticed"]
    parts = (
        say_count(f"verdict.{name}", n, language=language, profile=profile) for name, n in counts.items()
    )
    return ", ".join(parts) + "."


def steps_line(limits: Mapping[str, float], *, direction: str, unit: str, language: str = "en") -> str:
    """Return "mild above 5°, moderate above 10°" for limits in ``unit``, in their order (clinicians only)."""
    steps = (
        say(
            f"step.{direction}",
            language=language,
            grade=say(f"grade.{grade}", language=language),
            limit=format_value(limit, unit, language=language),
        )
        for grade, limit in limits.items()
    )
    return ", ".join(steps)


def format_value(value: float, unit: str, language: str = "en", *, signed: bool = False) -> str:
    """Return "12°", "−3°" or "7 %": whole numbers, true minus sign, unit; "–" for NaN.

    ``unit`` is ``deg``, ``pct``, ``ratio``, ``s``, ``times`` or ``mdc``; ratios keep two decimals,
    seconds and multiples one. ``signed`` puts a plus before what is above 0, for changes.
    """
    number = format_number(value, unit, decimal=say("language.decimal", language=language), signed=signed)
    if not number:
        return say("language.nothing", language=language)
    return say(f"unit.{unit}", language=language, number=number)


def format_range(low: float, high: float, unit: str, language: str = "en") -> str:
    """Return "98–110" (no unit: that stands on the value), "−5 to 3" across or below 0, "–" for NaN."""
    decimal = say("language.decimal", language=language)
    first, last = (format_number(each, unit, decimal=decimal) for each in (low, high))
    if not first or not last:
        return say("language.nothing", language=language)
    if first == last:
        return first
    key = "language.range_signed" if first.startswith("−") else "language.range"
    return say(key, language=language, low=first, high=last)


def keys(language: str = "en") -> Mapping[str, str]:
    """Return every key of a language with its text, profiles included as ``wellness.…``."""
    _check(language, PROFILES[0])
    return dict(_table(language))


def readable(key: str) -> str:
    """Return English words for a key without wording: "finding.heel_rise.title" gives "Heel rise"."""
    parts = key.split(".")
    name = parts[-2] if len(parts) > 1 and parts[-1] in _KINDS else parts[-1]
    for unit in _UNITS:
        name = name.removesuffix(unit)
    return name.replace("_", " ").capitalize()


def _find(key: str, language: str, profile: str) -> str | None:
    """Look in the profile's own table, then the shared one; then the same in English."""
    for table in (_table(language), _table("en")):
        for name in (f"{profile}.{key}", key):
            if name in table:
                return table[name]
    return None


def _refuse_other_profile(key: str, profile: str) -> None:
    other = PROFILES[1 - PROFILES.index(profile)]
    if f"{other}.{key}" in _table("en"):
        raise KnowledgeError(
            f"Wording {key!r} is for the {other} profile only. The {profile} profile has no such text. "
            f"Leave it out there."
        )


def _check(language: str, profile: str) -> None:
    if language not in LANGUAGES:
        raise UsageError(f"There is no language {language!r}. Known: {', '.join(LANGUAGES)}. Choose one.")
    if profile not in PROFILES:
        raise UsageError(f"There is no profile {profile!r}. Known: {', '.join(PROFILES)}. Choose one.")


@cache
def _table(language: str) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for path in (_FOLDER / f"{language}.toml", *sorted(_FOLDER.glob(f"*/{language}.toml"))):
        try:
            table |= _flat(tomllib.loads(path.read_text(encoding="utf-8")))
        except tomllib.TOMLDecodeError as error:
            raise KnowledgeError(
                f"{path.name} can't be read: {error}. A valid TOML file was needed. Check its last change."
            ) from error
    return table


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(value)
