"""What changed, in sentences, and for pages on paper."""

from __future__ import annotations

from movement_lab.comparing.changes import Change, Comparison
from movement_lab.exporters.pdf import facts
from movement_lab.exporters.words import Words
from movement_lab.knowledge import load_measures


def told(comparison: Comparison, say: Words) -> str:
    """Return the real changes in words: "The knees bend further and the way down is quicker."."""
    phrases = list(dict.fromkeys(_phrase(row, say) for row in comparison.real))
    if not phrases:
        return ""
    *first, last = phrases
    text = say("compare.and", first=", ".join(first), last=last) if first else last
    return f"{text[0].upper()}{text[1:]}."


def on_paper(comparison: Comparison, say: Words, *, other: str, day: str) -> facts.Compared:
    """Return what pages on paper say: therapists' every change that could be claimed, patients' a sentence.

    ``other`` names what it was compared with ("Visit 3, 24 October"), ``day`` when that was.
    """
    changes = tuple(
        facts.Change(row.name, row.side, row.then, row.change, row.noise, row.unit, row.reading == "real")
        for row in comparison.rows
        if row.reading in ("real", "noise") and row.name in load_measures()
    )
    changed = told(comparison, say)
    sentence = say("compare.told_since", day=day, told=changed) if changed else ""
    if changes and not changed:
        sentence = say("compare.about_same", day=day)
    return facts.Compared(other, changes, sentence)


def _phrase(row: Change, say: Words) -> str:
    return say(f"compare.{'more' if row.change > 0 else 'less'}.{row.name}")
