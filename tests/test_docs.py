"""What the documents say is so: links, commands, code, columns, options, exit codes."""

import csv
import json
import re
import shlex
import tomllib
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

from movement_lab import cli, errors
from movement_lab.exporters import export
from movement_lab.pipeline import assess
from movement_lab.results import DATA_FILES
from movement_lab.synthetic import Camera, film, repetitions
from movement_lab.wording import LANGUAGES, say
from tests.studies import assess_all, save_figure

REPO = Path(__file__).parent.parent
README, TOUR, FILES = REPO / "README.md", REPO / "docs" / "tour.md", REPO / "docs" / "files.md"
PAGES = sorted(
    [*REPO.glob("*.md"), *REPO.glob("docs/**/*.md"), *REPO.glob("models/*.md"), *REPO.glob("samples/*.md")]
)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDERS = "movement_lab|tests|docs|web|models|samples|benchmarks"


def read(page):
    return page.read_text(encoding="utf-8")


def fences(page, *kinds):
    """Code blocks of these kinds: what stands behind the opening backticks."""
    return [code for kind, code in FENCE.findall(read(page)) if kind in kinds]


def prose(page):
    return FENCE.sub("", read(page))


def spans(text):
    """What stands between single backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def section(page, heading):
    """Text under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", read(page), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has no heading {heading!r}"
    return found.group(1)


def rows(text):
    """Cells of every table row of a text, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]
    return [row for number, row in enumerate(cells) if not is_head(cells, number)]


def is_head(cells, number):
    rule = [set(row[0].strip()) <= set("-: ") for row in cells]
    return rule[number] or (number + 1 < len(rule) and rule[number + 1])


# ---------------------------------------------------------------- links and paths


def links(page):
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)) if "://" not in target]


def anchors(page):
    """Anchors of a page as web hosts make them, and those set by hand."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return made | set(re.findall(r'<a id="([^"]+)">', read(page)))


@every_page
def test_every_link_leads_somewhere(page):
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@every_page
def test_every_path_named_exists(page):
    texts = spans(prose(page)) + [code for _, code in FENCE.findall(read(page))]
    named = [path for text in texts for path in re.findall(rf"(?<![\w./])(?:{FOLDERS})/[\w./-]*", text)]
    assert [path for path in named if "NAME" not in path and not (REPO / path).exists()] == []


@every_page
def test_every_name_said_to_be_in_a_file_is_there(page):
    pairs = re.findall(rf"((?:`\w+`(?:, | and )?)+)\s+in\s+`(({FOLDERS})/[\w./-]+\.\w+)`", prose(page))
    missing = [
        (name, path) for names, path, _ in pairs for name in spans(names) if name not in read(REPO / path)
    ]
    assert missing == []


def test_the_story_is_that_of_the_pipeline():
    told = [span for span in spans(section(TOUR, "The story")) if re.fullmatch(r"[a-z]+_?[a-z]+", span)]
    assert len(told) > 8
    source = read(REPO / "movement_lab" / "pipeline.py")
    assert told == sorted(told, key=lambda name: source.index(f"{name}("))


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        targets = {(page.parent / link.partition("#")[0]).resolve() for link in links(page)}
        waiting += [each for each in targets - reached if each.suffix == ".md" and each.is_file()]
    assert [page for page in PAGES if page.resolve() not in {each.resolve() for each in reached}] == []


def test_the_tour_places_every_module():
    package = REPO / "movement_lab"
    modules = {f"{path.name}/" for path in package.iterdir() if (path / "__init__.py").is_file()}
    modules |= {path.name for path in package.glob("*.py")}
    layers = section(TOUR, "Where a line belongs").partition("| layer |")[2]
    assert {span for span in spans(layers) if span.endswith((".py", "/"))} == modules


def test_the_tour_has_twelve_words():
    words = [row[0] for row in rows(section(TOUR, "The twelve words"))]
    assert len(set(words)) == 12


# ---------------------------------------------------------------- commands


@pytest.fixture
def parse(monkeypatch, tmp_path):
    """Run command lines through the real commands, with nothing behind them, beside folders of studies."""
    monkeypatch.chdir(tmp_path)
    for folder in ("study", "study-new"):
        (tmp_path / folder).mkdir()
    for command in leaves(cli.main):
        monkeypatch.setattr(command, "callback", lambda **given: None)
        for path in (each.type for each in command.params if isinstance(each.type, click.Path)):
            monkeypatch.setattr(path, "exists", False)  # the files shown are the reader's own
    return lambda words: CliRunner().invoke(cli.main, words)


def leaves(command):
    if not isinstance(command, click.Group):
        return [command]
    named = [command.get_command(None, name) for name in command.list_commands(None)]
    return [leaf for each in named for leaf in leaves(each)]


def lines_of_code(page):
    return [line for code in fences(page, "", "sh") for line in code.splitlines()]


def commands(page):
    """Words of every command line shown; one in a sentence may name a command without its arguments."""
    for line in filter(is_command, lines_of_code(page)):
        yield shlex.split(line, comments=True)[1:]
    for span in filter(is_command, spans(prose(page))):
        yield [*shlex.split(span)[1:], "--help"]


def is_command(line):
    return line.startswith("movement-lab ")


@every_page
def test_every_command_shown_is_one_that_works(page, parse):
    for words in commands(page):
        result = parse(words)
        assert result.exit_code == 0, f"{words}\n{result.output}"
        assert [word for word in words if word.startswith("samples/") and not (REPO / word).exists()] == []


def test_a_command_that_does_not_exist_would_be_noticed(parse):
    assert parse(["assess", "squat.mp4", "--speed", "3"]).exit_code == 2
    assert parse(["assess"]).exit_code == 2
    assert parse(["models", "push", "--help"]).exit_code == 2
    assert parse(["assess", "squat.mp4", "--height-cm", "175"]).exit_code == 0


@every_page
def test_every_make_target_exists(page):
    targets = set(re.findall(r"^([\w-]+):", read(REPO / "Makefile"), re.MULTILINE))
    asked = [re.match(r"make ([a-z]+)", line) for line in lines_of_code(page) + spans(prose(page))]
    assert [match.group(1) for match in asked if match and match.group(1) not in targets] == []


def options_of_assess():
    return [option for option in cli.assess.params if isinstance(option, click.Option)]


def documented_options():
    table = section(README, "Assess a video")
    return {spans(row[0])[0]: " ".join(row[1:]) for row in rows(table) if row[0].startswith("`--")}


def test_every_option_of_assess_is_documented_and_no_other():
    names = {option.opts[-1] for option in options_of_assess()}
    assert set(documented_options()) == names


@pytest.mark.parametrize("option", options_of_assess(), ids=lambda option: option.opts[-1])
def test_choices_and_their_defaults_are_documented(option):
    words = documented_options()[option.opts[-1]]
    choices = option.type.choices if isinstance(option.type, click.Choice) else ()
    assert [choice for choice in choices if f"`{choice}`" not in words] == []
    if choices and option.default in choices:
        assert f"`{option.default}` (default)" in words


def test_every_language_is_documented():
    assert set(spans(documented_options()["--language"])) == set(LANGUAGES)


# ---------------------------------------------------------------- exit codes


def codes_of(page):
    return {int(row[0]): row for row in rows(section(page, "Exit codes"))}


def test_exit_codes_are_those_of_the_errors():
    tree = [errors.MovementLabError, *errors.MovementLabError.__subclasses__()]
    real = {(error.__name__, error.exit_code) for error in tree}
    told = {(name, code) for code, row in codes_of(FILES).items() for name in spans(row[2])}
    assert {pair for pair in told if pair[0].endswith("Error")} == real
    assert set(codes_of(FILES)) == {0, cli._NO_REPETITION} | {code for _, code in real}


def test_both_tables_of_exit_codes_and_the_help_agree():
    assert set(codes_of(README)) == set(codes_of(FILES))
    same = set(codes_of(FILES)) - {1}  # told in more detail
    assert [code for code in same if codes_of(README)[code][1] != codes_of(FILES)[code][1]] == []
    in_help = {int(code) for code in re.findall(r"(?:^|[·:] )(\d)(?= )", cli._EXIT_CODES, re.MULTILINE)}
    assert in_help <= set(codes_of(FILES))


# ---------------------------------------------------------------- the results folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What an assessment of a stick figure leaves, under the name that the documents use."""
    here = tmp_path_factory.mktemp("documents")
    report = assess(film(repetitions("squat", reps=5), Camera(view="left", size=(960, 640))))
    for name in DATA_FILES:
        export(report, here / "squat_assessment" / name)
    manifest = save_figure(here / "squat.npz").with_name("manifest.csv")
    manifest.write_text("file,subject,session\nsquat.npz,007,1\n", encoding="utf-8")
    assess_all(manifest, here / "study", workers=1)
    return here / "squat_assessment"


def told_in(heading):
    """What the first column of a file's table names."""
    return [span for row in rows(section(FILES, heading)) for span in spans(row[0])]


def header(path):
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def test_every_file_is_explained():
    headings = re.findall(r"^## `(.+)`$", read(FILES), re.MULTILINE)
    assert sorted(headings) == sorted([*DATA_FILES, "report.html", "annotated.mp4"])
    told = {span for row in rows(section(README, "The results")) for span in spans(row[0])}
    assert set(headings) == {span for span in told if not span.startswith("--")}


def test_every_column_of_findings_is_explained(folder):
    assert sorted(told_in("`findings.csv`")) == sorted(header(folder / "findings.csv"))


def test_every_column_of_coordination_is_explained(folder):
    assert sorted(told_in("`coordination.csv`")) == sorted(header(folder / "coordination.csv"))


@pytest.mark.parametrize("name", ["angles.csv", "reps.csv"])
def test_every_fixed_column_is_explained(folder, name):
    told, real = told_in(f"`{name}`"), header(folder / name)
    assert real[: len(told)] == told
    assert all(re.search(r"_(deg|pct|ratio)(_abs|_rel)?$", column) for column in real[len(told) :])


def test_every_key_of_the_report_is_explained(folder):
    assert told_in("`report.json`") == list(json.loads(read(folder / "report.json")))


def test_every_array_of_the_track_is_explained(folder):
    with np.load(folder / "track.npz") as arrays:
        assert sorted(told_in("`track.npz`")) == sorted(arrays)


def test_columns_named_as_examples_exist(folder):
    for name in ("angles.csv", "reps.csv"):
        examples = re.findall(r"`(knee_flexion_\w+)`", section(FILES, f"`{name}`"))
        assert examples
        assert set(examples) <= set(header(folder / name))


# ---------------------------------------------------------------- code


@every_page
def test_every_python_block_compiles(page):
    for code in fences(page, "python", "python run"):
        compile(code, str(page), "exec")


RUNNABLE = [(page, code) for page in PAGES for code in fences(page, "python run")]


@pytest.mark.parametrize(("page", "code"), RUNNABLE, ids=lambda part: getattr(part, "stem", ""))
def test_python_blocks_run_on_a_stick_figure(page, code, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder.parent)
    exec(compile(code, str(page), "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.strip()


def test_there_is_code_to_run():
    assert {page for page, _ in RUNNABLE} >= {README, TOUR}


# ---------------------------------------------------------------- statements


def test_the_readme_carries_the_required_statement():
    quoted = " ".join(line.removeprefix(">").strip() for line in read(README).splitlines() if line[:1] == ">")
    assert quoted == say("statement.required")
    assert "not a medical device" in read(README)


def test_every_library_has_its_line():
    project = tomllib.loads(read(REPO / "pyproject.toml"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = {re.match(r"[\w-]+", each)[0] for group in (project["dependencies"], *extras) for each in group}
    page = REPO / "docs" / "decisions" / "dependencies.md"
    assert wanted - {span for row in rows(read(page)) for span in spans(row[0])} == set()


def test_the_changelog_knows_this_version_and_has_limits():
    version = tomllib.loads(read(REPO / "pyproject.toml"))["project"]["version"]
    newest = re.search(r"^## \[(.+?)\].*?\n(.*?)(?=^## |\Z)", read(REPO / "CHANGELOG.md"), re.M | re.S)
    assert newest.group(1) == version
    assert "### Limits" in newest.group(2)
