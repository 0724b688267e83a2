"""A results folder on paper: its own date and language, pictures from the best place, faces covered."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from printed import Printed
from video_clips import RATE_HZ, encode

from movement_lab.cli import main
from movement_lab.errors import UsageError
from movement_lab.exporters.html import save_html
from movement_lab.exporters.pdf.still import lowest_point
from movement_lab.pipeline import assess
from movement_lab.printing import find_video, print_folder, read_page
from movement_lab.recording import file_sha256, provenance
from movement_lab.results import Look, write_results
from movement_lab.synthetic import Camera, film, repetitions
from movement_lab.wording import say

SIZE = (160, 240)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A film of noise, as long as the stick figure's track: a covered face is smooth in it."""
    path = tmp_path_factory.mktemp("film") / "squat.mp4"
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    return encode(path, [picture] * len(track().time_s), crf="1")


def track(*, view="left", **bottom):
    motion = repetitions("squat", reps=3, rate_hz=RATE_HZ, bottom=bottom or None)
    return film(motion, Camera(view=view, size=SIZE, px_per_m=100, height_m=0.9))


@pytest.fixture(scope="module")
def report(clip):
    raw = track()
    video = {"name": clip.name, "sha256": file_sha256(clip)}
    raw = replace(raw, origin={"video": video, "model": {"name": "heavy"}})
    return assess(raw, provenance=provenance(raw))


@pytest.fixture
def folder(report, tmp_path):
    write_results(report, tmp_path / "visit", Look(video=False))
    return tmp_path / "visit"


def printed(path):
    return Printed(path.read_bytes())


def test_a_folder_becomes_two_pages_and_one(folder):
    then = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert print_folder(folder) == [folder / "therapist.pdf", folder / "patient.pdf"]
    assert [len(printed(folder / name)) for name in ("therapist.pdf", "patient.pdf")] == [2, 1]
    assert {name: (folder / name).read_bytes() for name in then} == then
    assert {path.name for path in folder.iterdir()} == {*then, "therapist.pdf", "patient.pdf"}


def test_printing_twice_gives_the_same_bytes_with_the_date_of_the_result(folder):
    then = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    then["provenance"]["made_at"] = "2024-02-29T10:00:00+00:00"
    (folder / "report.json").write_text(json.dumps(then), encoding="utf-8")
    first, second = ([path.read_bytes() for path in print_folder(folder)] for _ in range(2))
    assert first == second
    assert "29 February 2024" in Printed(first[0]).text


@pytest.fixture
def earlier(tmp_path):
    """The results of a shallower set, four weeks before."""
    raw = replace(track(thigh_deg=62.0, shank_deg=28.0), origin={"model": {"name": "heavy"}})
    before = replace(assess(raw), provenance={**provenance(raw), "made_at": "2026-10-24T10:00:00+00:00"})
    write_results(before, tmp_path / "earlier", Look(video=False))
    return tmp_path / "earlier"


def test_pages_say_what_changed_since_an_earlier_recording(folder, earlier):
    ran = CliRunner().invoke(main, ["report", str(folder), "--since", str(earlier), "--for", "both"])
    assert ran.exit_code == 0, ran.output
    assert "Real changes since 24 October 2026: " in printed(folder / "therapist.pdf").text
    assert "Since 24 October 2026: " in printed(folder / "patient.pdf").text
    assert "the knees bend further" in printed(folder / "patient.pdf").text


def test_what_cannot_be_laid_beside_is_said_and_nothing_is_written(folder, earlier, tmp_path):
    write_results(assess(track(view="front")), tmp_path / "front", Look(video=False))
    for since, words in ((tmp_path / "front", "filmed from the side"), (tmp_path, "no track.npz")):
        ran = CliRunner().invoke(main, ["report", str(folder), "--since", str(since)])
        assert ran.exit_code == 2
        assert words in ran.output
    assert not list(folder.glob("*.pdf"))


def test_a_damaged_report_json_is_no_obstacle(folder):
    (folder / "report.json").write_bytes(b"{")
    assert len(print_folder(folder)) == 2


def test_it_speaks_the_language_of_the_folder_unless_told_otherwise(report, tmp_path):
    write_results(report, tmp_path, Look(language="de", video=False))
    (first,) = print_folder(tmp_path, audiences=["patient"])
    assert say("report.section.going_well", language="de") in printed(first).text
    (again,) = print_folder(tmp_path, audiences=["patient"], language="en")
    assert say("report.section.going_well") in printed(again).text


def test_a_folder_made_for_the_patient_is_printed_for_the_patient(report, tmp_path):
    write_results(report, tmp_path, Look(profile="wellness", video=False))
    assert [path.name for path in print_folder(tmp_path)] == ["patient.pdf"]
    assert [path.name for path in print_folder(tmp_path, audiences=["therapist"])] == ["therapist.pdf"]


def test_it_writes_where_it_is_told_to(folder, tmp_path):
    paths = print_folder(folder, out=tmp_path / "new" / "paper", person_code="K7-204")
    assert {path.parent for path in paths} == {tmp_path / "new" / "paper"}
    assert all("K7-204" in printed(path).text for path in paths)
    assert not (folder / "patient.pdf").exists()


def test_a_folder_without_results_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no track\.npz"):
        print_folder(tmp_path)


# ---------------------------------------------------------------- pictures


def test_the_video_is_known_by_what_is_in_it(report, clip, tmp_path):
    assert find_video(report, clip.parent) == clip
    (tmp_path / clip.name).write_bytes(b"another film of that name")
    assert find_video(report, tmp_path) is None
    odd = {**report.provenance, "video": {"name": "../../" + clip.name, "sha256": file_sha256(clip)}}
    assert find_video(replace(report, provenance=odd), clip.parent) == clip
    assert find_video(replace(report, provenance={}), clip.parent) is None


def faces_on(jpeg):
    """How much neighbouring pixels differ in the upper part: little where faces are covered."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE).astype(int)
    upper = picture[: len(picture) // 3, picture.shape[1] // 4 : -picture.shape[1] // 4]
    return float(np.median(np.abs(np.diff(upper, axis=1))))


@pytest.mark.parametrize("audience", ["therapist", "patient"])
def test_faces_are_covered_where_asked(report, clip, audience):
    (plain,), (covered,) = (
        lowest_point(report, clip, audience=audience, blur_face=blur).values() for blur in (False, True)
    )
    assert faces_on(covered) < 0.6 * faces_on(plain)


@pytest.mark.parametrize(
    ("look", "covered"),
    [(Look(video=False), False), (Look(video=False, blur_face=True), True), (None, True)],
    ids=["shown", "covered", "unknown"],
)
def test_faces_are_covered_where_the_result_was_made_so_or_does_not_say(
    look, covered, report, clip, tmp_path
):
    write_results(report, tmp_path, look or Look(video=False))
    if look is None:
        (tmp_path / "report.html").unlink()
    (tmp_path / clip.name).write_bytes(clip.read_bytes())
    print_folder(tmp_path, audiences=["patient"])
    page = printed(tmp_path / "patient.pdf")
    (plain,) = lowest_point(report, clip, audience="patient").values()
    (shown,) = page.pictures
    assert (faces_on(shown) < 0.6 * faces_on(plain)) == covered
    assert say("print.drawn") not in page.text


def test_without_the_video_the_folders_own_pictures_go_to_those_they_were_made_for(report, clip, tmp_path):
    write_results(report, tmp_path, Look(video=False), source=clip)
    assert set(read_page(tmp_path / "report.html").pictures) == {1, 2, 3}
    print_folder(tmp_path)
    drawn = say("print.drawn")
    assert drawn not in printed(tmp_path / "therapist.pdf").text
    assert drawn in printed(tmp_path / "patient.pdf").text  # those have numbers on them


def test_the_annotated_video_serves_where_the_page_is_gone(report, clip, tmp_path):
    write_results(report, tmp_path, Look(), source=clip)
    (tmp_path / "report.html").unlink()
    print_folder(tmp_path)
    assert say("print.drawn") not in printed(tmp_path / "therapist.pdf").text
    (tmp_path / "annotated.mp4").write_bytes(b"damaged")
    print_folder(tmp_path)
    assert say("print.drawn") in printed(tmp_path / "therapist.pdf").text


@pytest.mark.parametrize(
    "page", [b"", b"<html lang='xx' data-faces>", b"\xff\xfe", b"<button data-rep=1><img src"]
)
def test_a_page_that_says_nothing_leaves_all_unknown(page, tmp_path):
    (tmp_path / "report.html").write_bytes(page)
    shown = read_page(tmp_path / "report.html")
    assert (shown.language, shown.profile, shown.faces_covered, shown.pictures) == ("", "", True, {})
    assert read_page(tmp_path / "absent.html") == shown


def test_the_page_remembers_how_it_was_made(report, tmp_path):
    jpeg = b"\xff\xd8\xff picture"
    path = save_html(
        report, tmp_path / "report.html", key_frames={2: jpeg}, language="de", profile="wellness"
    )
    shown = read_page(path)
    assert (shown.language, shown.profile, shown.faces_covered) == ("de", "wellness", False)
    assert shown.pictures == {2: jpeg}


# ---------------------------------------------------------------- the command


def run(*arguments):
    return CliRunner().invoke(main, ["report", *map(str, arguments)])


def test_the_command_says_where_the_pages_are(folder, tmp_path):
    done = run(folder, "--pdf", "--for", "patient", "--language", "de", "--out", tmp_path, "--person", "K7")
    assert done.exit_code == 0, done.output
    assert str(tmp_path / "patient.pdf") in done.output
    assert "K7" in printed(tmp_path / "patient.pdf").text


def test_the_command_answers_plainly(tmp_path):
    assert run(tmp_path / "absent").exit_code == 2
    assert run(tmp_path).exit_code == 2
    (tmp_path / "track.npz").write_bytes(b"no track")
    damaged = run(tmp_path)
    assert damaged.exit_code == 3
    assert "Traceback" not in damaged.output
    assert run(tmp_path, "--language", "xx").exit_code == 2
