"""From a results folder to pages on paper: its track is read again, its pictures drawn or taken over."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.comparing import compare, facts_of_report
from movement_lab.comparing.told import on_paper
from movement_lab.errors import UsageError, VideoError
from movement_lab.exporters.json import report_to_dict
from movement_lab.exporters.pdf import Audience, make_pdf
from movement_lab.exporters.pdf.facts import PROFILE_OF, Added, Compared
from movement_lab.exporters.pdf.heading import day_words
from movement_lab.exporters.words import Words
from movement_lab.recording import assess_video, file_sha256
from movement_lab.report import Report
from movement_lab.results import VIDEO, make_folder
from movement_lab.wording import say

AUDIENCES: Final[tuple[Audience, ...]] = ("therapist", "patient")
_JPEG_DATA: Final = "data:image/jpeg;base64,"
_LARGEST_PAGE_BYTES: Final = 64_000_000


@dataclass(frozen=True, slots=True)
class ShownPage:
    """How a folder's own page was made; where that isn't known, faces count as covered.

    ``pictures``: JPEG of each turn, by repetition, with words of ``profile`` drawn on them.
    """

    language: str = ""
    profile: str = ""
    faces_covered: bool = True
    pictures: dict[int, bytes] = field(default_factory=dict)


def print_folder(
    folder: Path,
    *,
    audiences: Sequence[Audience] | None = None,
    language: str | None = None,
    out: Path | None = None,
    person_code: str = "",
    since: Path | None = None,
) -> list[Path]:
    """Write ``therapist.pdf`` and ``patient.pdf`` of a results folder; return their paths.

    Parameters
    ----------
    folder : Path
        Holds ``track.npz``, and what else `movement_lab.results` wrote. Pictures are drawn anew where
        the video it was made from lies in it, beside it or in the current folder; else taken from the
        folder's page or annotated video; else the body points are drawn.
    audiences : sequence of {"therapist", "patient"}, optional
        For whom; both, but only the patient where the folder was made in the wellness profile.
    language : str, optional
        That of the folder's page if left out.
    out : Path, optional
        Where to write; ``folder`` if left out.
    person_code : str
        Whose it is, as it shall stand on the pages.
    since : Path, optional
        Results folder of an earlier recording of the same person: the pages say what changed.

    Raises
    ------
    UsageError
        A folder holds no results, the two can't be compared, or pages can't be written.
    """
    report = _stored(folder)
    changed = _changes(_stored(since), report) if since else None
    page = read_page(folder / "report.html")
    language = language or page.language or "en"
    video, out = find_video(report, folder), out or folder
    make_folder(out)
    written = []
    for audience in audiences or (AUDIENCES[1:] if page.profile == "wellness" else AUDIENCES):
        pictures, drawn = _pictures(report, folder, page, video, audience)
        pdf = make_pdf(
            report,
            audience=audience,
            language=language,
            person_code=person_code,
            pictures=pictures,
            drawn=drawn,
            compared=changed and changed(Words(language, PROFILE_OF[audience])),
        )
        with atomic_path(out / f"{audience}.pdf") as part:
            part.write_bytes(pdf)
        written.append(out / f"{audience}.pdf")
    return written


def _stored(folder: Path) -> Report:
    """Return the report of a results folder, from its track."""
    track = folder / "track.npz"
    if not track.is_file():
        raise UsageError(
            f"{folder} holds no results: there is no track.npz in it. Name a folder that "
            "`movement-lab assess` has written."
        )
    return _with_its_date(assess_video(track), folder)


def _changes(earlier: Report, report: Report) -> Callable[[Words], Compared]:
    """Return what says in somebody's words what changed since an earlier recording."""
    comparison = compare(*(facts_of_report(report_to_dict(each)) for each in (earlier, report)))
    if comparison.obstacle:
        reason = say(f"compare.reason.{comparison.obstacle}")
        raise UsageError(f"What changed can't be said. {reason} Name results of the same movement and side.")

    def told(words: Words) -> Compared:
        day = day_words(earlier, Added(), words) or words("compare.then")
        return on_paper(comparison, words, other=day, day=day)

    return told


def _with_its_date(report: Report, folder: Path) -> Report:
    """Return the report with the date of the one in the folder: printing makes no new result."""
    try:
        then = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        made_at = then["provenance"]["made_at"]
    except (OSError, ValueError, KeyError, TypeError):
        return report
    return replace(report, provenance={**report.provenance, "made_at": str(made_at)})


# ---------------------------------------------------------------- pictures


def find_video(report: Report, folder: Path) -> Path | None:
    """Return the very video a report was made from, if it lies near; by its content, not its name alone."""
    known = report.provenance.get("video") or {}
    name = Path(str(known.get("name") or "")).name
    if not name:
        return None
    for place in (folder, folder.resolve().parent, Path()):
        path = place / name
        if path.is_file() and file_sha256(path) == known.get("sha256"):
            return path
    return None


def _pictures(
    report: Report, folder: Path, page: ShownPage, video: Path | None, audience: Audience
) -> tuple[dict[int, bytes], bool]:
    """Return the pictures for one audience, and whether they are drawings."""
    from movement_lab.exporters.pdf.still import lowest_point

    if video is not None:
        try:
            covered = page.faces_covered
            return lowest_point(report, video, audience=audience, blur_face=covered), False
        except VideoError:
            pass  # it can't be read any more; the other places are asked
    for_them = page.profile == PROFILE_OF[audience]
    if for_them and page.pictures:
        return page.pictures, False
    if audience == "therapist" and (stills := _stills(report, folder / VIDEO)):
        return stills, False
    return lowest_point(report, None, audience=audience), True


def _stills(report: Report, annotated: Path) -> dict[int, bytes]:
    """Return the middle turn as it is drawn in the annotated video; empty where that isn't there."""
    if not annotated.is_file():
        return {}
    from movement_lab.exporters.pdf.still import still_at

    try:
        return still_at(report, annotated)
    except VideoError:
        return {}


# ---------------------------------------------------------------- the folder's own page


def read_page(path: Path) -> ShownPage:
    """Return how ``report.html`` was made and the pictures in it; what it doesn't say stays unknown."""
    try:
        if path.stat().st_size > _LARGEST_PAGE_BYTES:
            return ShownPage()
        reader = _Reader()
        reader.feed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ShownPage()
    shown = reader.html
    language = shown.get("lang") or ""
    return ShownPage(
        language=language if _is_known(language) else "",
        profile=shown.get("data-profile") or "",
        faces_covered=shown.get("data-faces") != "shown",
        pictures=reader.pictures,
    )


def _is_known(language: str) -> bool:
    from movement_lab.wording import LANGUAGES

    return language in LANGUAGES


class _Reader(HTMLParser):
    """Takes the page's own attributes and the picture of each repetition out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.html: dict[str, str | None] = {}
        self.pictures: dict[int, bytes] = {}
        self._rep = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember which repetition a picture belongs to."""
        found: dict[str, Any] = dict(attrs)
        if tag == "html":
            self.html = found
        elif tag == "button":
            self._rep = int(found["data-rep"]) if str(found.get("data-rep", "")).isdecimal() else 0
        elif tag == "img" and self._rep and str(found.get("src", "")).startswith(_JPEG_DATA):
            try:
                self.pictures[self._rep] = base64.b64decode(found["src"][len(_JPEG_DATA) :], validate=True)
            except binascii.Error:
                return

    def handle_endtag(self, tag: str) -> None:
        """Forget the repetition at the end of its button."""
        if tag == "button":
            self._rep = 0
