"""Gather the documentation into ``out/site-source`` and build the site from it, without a network.

    python tools/build_site.py

Pages of ``docs/`` and those beside the code become pages of the site; links to source files become plain
text.
Scripts of ``docs/gallery`` are run, and what they print is shown below them.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
SOURCE = REPO / "out" / "site-source"
#: Pages that live elsewhere -> their place on the site.
ELSEWHERE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "models/README.md": "models.md",
    "samples/README.md": "samples.md",
}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Gather and build; ends with mkdocs's own exit code."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    places = _places()
    for path, place in places.items():
        _write(place, _linked(_text(REPO / path, places), path, places))
    for path in _pictures():
        target = SOURCE / path.relative_to(REPO / "docs")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    os.environ["NO_MKDOCS_2_WARNING"] = "1"
    command = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--quiet", "--clean"]
    sys.exit(subprocess.run(command, cwd=REPO, check=False).returncode)


def _places() -> dict[str, str]:
    """Return every page: path in the repository -> place on the site."""
    pages = sorted((REPO / "docs").rglob("*.md")) + sorted((REPO / "docs" / "gallery").glob("*.py"))
    own = {str(path.relative_to(REPO)): str(path.relative_to(REPO / "docs")) for path in pages}
    return {
        path: place.removesuffix(".py").removesuffix(".md") + ".md" for path, place in own.items()
    } | ELSEWHERE


def _pictures() -> list[Path]:
    return [path for kind in ("svg", "png", "jpg", "csv") for path in (REPO / "docs").rglob(f"*.{kind}")]


def _write(place: str, text: str) -> None:
    target = SOURCE / place
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


# ---------------------------------------------------------------- pages


def _text(path: Path, places: dict[str, str]) -> str:
    if path.suffix == ".py":
        return _example(path)
    text = path.read_text(encoding="utf-8").replace("```python run", "```python")
    return text.replace("<!-- api -->", _api()) if path.name == "api.md" else text


def _example(path: Path) -> str:
    """Return a page of a script: its own words, its code, and what it prints."""
    code = path.read_text(encoding="utf-8")
    said = ast.get_docstring(ast.parse(code)) or path.stem
    title, _, rest = said.partition("\n")
    body = code.split('"""', 2)[2].strip()
    run = subprocess.run([sys.executable, path], capture_output=True, text=True, cwd=REPO, check=True)
    return (
        f"# {title.rstrip('.')}\n\n{rest.strip()}\n\n```python\n{body}\n```\n\nIt prints:\n\n"
        f"```text\n{run.stdout.rstrip()}\n```\n"
    )


def _api() -> str:
    """Return a directive for each public name, which mkdocstrings fills in."""
    import movement_lab

    homes = movement_lab._HOMES
    names = sorted(movement_lab.__all__, key=lambda name: (name[0].isupper(), name))
    return "\n\n".join(f"::: movement_lab.{homes[name]}.{name}" for name in names)


# ---------------------------------------------------------------- links


def _linked(text: str, path: str, places: dict[str, str]) -> str:
    """Return the text with its links leading to places on the site; code stays as it is."""
    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _links_of(part, path, places) for part in parts)


def _links_of(text: str, path: str, places: dict[str, str]) -> str:
    def moved(match: re.Match[str]) -> str:
        picture, words, target = match.groups()
        if "://" in target or target.startswith("#"):
            return match[0]
        file, _, anchor = target.partition("#")
        there = os.path.relpath((REPO / path).parent / file, REPO)
        place = places.get(there) or _picture_place(there)
        if place is None:
            return words
        link = os.path.relpath(place, Path(places[path]).parent) + (f"#{anchor}" if anchor else "")
        return f"{picture}[{words}]({link})"

    return _LINK.sub(moved, text)


def _picture_place(there: str) -> str | None:
    if not there.startswith("docs/") or not (REPO / there).is_file():
        return None
    return str(Path(there).relative_to("docs"))


if __name__ == "__main__":
    main()
