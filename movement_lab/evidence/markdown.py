"""Tables, links and sources in Markdown, and what a table's own comments say of its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from movement_lab.knowledge import FOLDER, Source, read_table
from movement_lab.wording import say


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def links(keys: Sequence[str]) -> str:
    """Return links to the sources at the end of the page."""
    return ", ".join(f"[{key}](#{key})" for key in keys) or "none"


def class_and_sources(evidence: str, sources: Sequence[str]) -> str:
    """Return the line above a table of numbers: their evidence class, and what they lean on."""
    leaning = f" Leaning on: {links(sources)}." if sources else ""
    return say(f"evidence.{evidence}") + leaning


def source_list(sources: Mapping[str, Source]) -> str:
    """Return the section of all sources, by key."""
    lines = (f'- <a id="{key}"></a>**{key}**: {_citation(sources[key])}' for key in sorted(sources))
    return "## Sources\n\n" + "\n".join(lines)


def numbers(file: str, section: str) -> str:
    """Return the numbers of a section as a table, each with the comment that stands above it in the file."""
    said = comments(file)
    rows = (
        (f"`{name}`", text, said.get((section, name), "")) for name, text in _plain(read_table(file)[section])
    )
    return table(("name", "value", "note"), rows)


def _plain(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and text of everything that is a number or a row of numbers."""
    for name, value in values.items():
        parts = value if isinstance(value, list) else [value]
        if parts and all(isinstance(part, int | float) for part in parts):
            yield name, ", ".join(f"{part:g}" for part in parts)


def comments(file: str) -> dict[tuple[str, str], str]:
    """Return the comment lines straight above each key of a table, by section and key."""
    found: dict[tuple[str, str], str] = {}
    section, above = "", list[str]()
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            above.append(line.lstrip("# "))
            continue
        if head := re.match(r"\[+([\w.]+)\]", line):
            section = head[1]
        elif above and (key := re.match(r"\w+(?= =)", line)):
            found[section, key[0]] = " ".join(above)
        above = []
    return found


def _citation(source: Source) -> str:
    parts = [source.citation]
    if source.doi:
        parts.append(f"[doi:{source.doi}](https://doi.org/{source.doi}).")
    if source.url:
        parts.append(f"<{source.url}>.")
    for name, text in (("Who", source.population), ("How", source.measured_with)):
        if text:
            parts.append(f"{name}: {text}.")
    return " ".join([*parts, f"*{say(f'read.{source.read}').capitalize()}.*"])
