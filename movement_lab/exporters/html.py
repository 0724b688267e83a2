"""``report.html``: one file that opens from disk and asks for nothing but the video beside it."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from movement_lab.assets import asset
from movement_lab.atomic import atomic_path
from movement_lab.exporters.json import rep_seconds
from movement_lab.exporters.rep_marks import middle_rep
from movement_lab.exporters.sheet import make_sheet
from movement_lab.exporters.words import Words
from movement_lab.records import Rep
from movement_lab.report import Report

if TYPE_CHECKING:
    from jinja2 import Environment


def save_html(
    report: Report,
    path: Path,
    *,
    key_frames: Mapping[int, bytes] | None = None,
    video_name: str | None = None,
    language: str = "en",
    profile: str = "clinician",
    faces_covered: bool = False,
) -> Path:
    """Write ``report.html``; see `render_report`."""
    page = render_report(
        report,
        key_frames=key_frames,
        video_name=video_name,
        language=language,
        profile=profile,
        faces_covered=faces_covered,
    )
    with atomic_path(path) as part:
        part.write_text(page, encoding="utf-8", newline="\n")
    return path


def render_report(
    report: Report,
    *,
    key_frames: Mapping[int, bytes] | None = None,
    video_name: str | None = None,
    language: str = "en",
    profile: str = "clinician",
    faces_covered: bool = False,
) -> str:
    """Return the report page as one self-contained HTML document.

    Parameters
    ----------
    report : Report
        What to show.
    key_frames : mapping of int to bytes, optional
        JPEG pictures of the turns, by repetition index.
    video_name : str, optional
        Name of the annotated video in the same folder, such as ``annotated.mp4``.
    language, profile : str
        Of the wording; ``wellness`` leaves out steps, limits and evidence classes altogether.
    faces_covered : bool
        Whether faces are covered in the pictures; the page remembers it for what is made of it later.

    Raises
    ------
    UsageError
        There is no such language or profile.
    """
    words = Words(language, profile)
    style = "\n".join(_asset_text(name) for name in ("static/measured.css", "report.css"))
    script = _script()
    pictures = _pictures(report, key_frames or {}, words)
    sheet = make_sheet(report, words) | {
        "pictures": pictures,
        "profile": profile,
        "faces": "covered" if faces_covered else "shown",
        "opened": next((each for each in pictures if each["chosen"] and each["data"]), None),
        "video": quote(video_name) if video_name else "",
        "style": style,
        "script": script,
        "policy": _policy(style, script),
    }
    return _templates().get_template("report.html").render(sheet)


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(asset("web", "report.html").parent)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _asset_text(name: str) -> str:
    return asset("web", name).read_text(encoding="utf-8").strip()


def _script() -> str:
    """Return the page's script: one file cannot import, so it holds what it shares with other pages."""
    shared = _asset_text("static/readout.js").replace("export function", "function")
    return f"{shared}\n{_asset_text('report.js')}"


def _policy(style: str, script: str) -> str:
    """Return a content policy: this style, this script, pictures inside the page, the video beside it."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; img-src data:; media-src 'self' file:; style-src 'sha256-{digest(style)}'; "
        f"script-src 'sha256-{digest(script)}'; base-uri 'none'; form-action 'none'"
    )


def _pictures(report: Report, key_frames: Mapping[int, bytes], words: Words) -> list[dict[str, Any]]:
    """Return a button for every repetition, with its picture where there is one."""
    opened = middle_rep(report)
    return [_picture(rep, report, key_frames.get(rep.index), rep is opened, words) for rep in report.reps]


def _picture(rep: Rep, report: Report, jpeg: bytes | None, chosen: bool, words: Words) -> dict[str, Any]:
    data = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else ""
    return {
        "index": rep.index,
        "at": round(rep_seconds(rep, report)[1], 2),
        "data": data,
        "alt": words("report.text.bottom_of_rep", rep=rep.index),
        "chosen": chosen,
    }
