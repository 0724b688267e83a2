"""The documentation site: generated pages are up to date, examples run, and it builds without a network."""

import os
import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import movement_lab
from movement_lab.evidence.definitions import definition_pages
from movement_lab.evidence.dictionary import build_dictionary, measurement_fields
from movement_lab.evidence.figure_table import PICTURES
from movement_lab.evidence.figures import draw_measure
from movement_lab.knowledge import load_measures

REPO = Path(__file__).parent.parent
DOCS = REPO / "docs"
GALLERY = sorted((DOCS / "gallery").glob("*.py"))


def test_definitions_are_as_generated():
    pages = definition_pages(DOCS)
    written = {str(path.relative_to(DOCS)) for path in (DOCS / "measures").iterdir()}
    assert written == set(pages)
    stale = [name for name, text in pages.items() if (DOCS / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs`"


def test_the_dictionary_is_as_generated_and_complete():
    text = build_dictionary()
    assert (DOCS / "dictionary.md").read_text(encoding="utf-8") == text, "run `make docs`"
    there, told = measurement_fields()
    assert there == told
    assert all(f"measures/{id}.md" in text for id in load_measures())


def test_every_measure_has_a_page_with_formula_sign_picture_and_source():
    pages = definition_pages(DOCS)
    for row in load_measures().values():
        text = pages[f"measures/{row.id}.md"]
        assert row.definition in text
        assert row.sign in text
        assert f"({row.id}.svg)" in text
        assert all(f"evidence.md#{key}" in text for key in row.sources)


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_whole_svg_that_says_what_it_is_and_stays_inside(name):
    root = ET.fromstring(draw_measure(name))
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == name.replace("_", " ")
    strong = [each for each in root if each.get("stroke") == "#2563c9"]
    assert strong
    for path in strong:
        numbers = [float(text) for text in re.findall(r"-?\d+\.\d", path.get("d", ""))]
        assert all(-15 <= number <= 255 for number in numbers), name
    assert "style" not in root.attrib


@pytest.mark.parametrize("script", GALLERY, ids=lambda path: path.stem)
def test_examples_run_and_print(script, capsys):
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out.strip()


def test_there_are_five_examples_and_all_are_listed():
    listed = (DOCS / "gallery" / "README.md").read_text(encoding="utf-8")
    assert len(GALLERY) == 5
    assert all(f"({path.name})" in listed for path in GALLERY)


def test_every_public_name_exists_and_is_explained():
    for name in movement_lab.__all__:
        assert getattr(movement_lab, name).__doc__, name
    assert sorted(movement_lab._HOMES) == sorted(movement_lab.__all__)


#: Runs the build as `make site` does, but with the network cut off in every process of it.
OFFLINE = """
import os, runpy, sys
from movement_lab.isolation import cut_network
cut_network()
sys.path.insert(0, "tools")
sys.argv = ["build_site.py"]
runpy.run_path("tools/build_site.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def site():
    pytest.importorskip("mkdocs")
    pytest.importorskip("mkdocstrings")
    command = [sys.executable, "-c", OFFLINE]
    dead = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    environment = {**os.environ, **dead, "PYTHONPATH": str(REPO)}
    run = subprocess.run(command, capture_output=True, text=True, cwd=REPO, env=environment, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not re.search(r"^(WARNING|ERROR)", run.stdout + run.stderr, re.MULTILINE)
    return REPO / "out" / "site"


def test_the_site_builds_without_a_network_and_without_warnings(site):
    for page in ("index", "tour", "measures/knee_flexion_deg", "howto/patient", "api", "dictionary", "peers"):
        assert (site / f"{page}.html").is_file(), page


def test_the_site_asks_for_nothing_from_elsewhere(site):
    pattern = re.compile(
        r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//", re.IGNORECASE
    )
    asking = [path.name for path in site.rglob("*.html") if pattern.search(path.read_text(encoding="utf-8"))]
    assert asking == []


def test_the_site_shows_what_examples_print_and_the_api(site):
    assert "Heel lift: moderate" in (site / "gallery" / "01_first_report.html").read_text(encoding="utf-8")
    api = (site / "api.html").read_text(encoding="utf-8")
    assert all(f'id="movement_lab.{home}.{name}"' in api for name, home in movement_lab._HOMES.items())
