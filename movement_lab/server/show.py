"""Rows as pages and programs see them: states in words, time left, one-line outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from movement_lab.exporters.words import Words
from movement_lab.server.look import words
from movement_lab.storage import Assessment
from movement_lab.storage.models import now
from movement_lab.wording import verdict

#: Share of an assessment's time that has passed when a stage begins, and when it ends.
_STAGES: Final = {
    "reading": (0.0, 0.02),
    "following": (0.02, 0.85),
    "measuring": (0.85, 0.88),
    "filming": (0.88, 0.97),
    "writing": (0.97, 1.0),
}
_SOON: Final = 0.08  # below this share nothing sensible can be said about the time left

_ROW: Final = (
    *("id", "state", "stage", "reason", "source", "file_name", "created_at", "ended_at", "exit_code"),
    *("person_id", "visit_id", "label", "video_kept", "corrected_at", "asked", "summary"),
)


def row_to_dict(row: Assessment) -> dict[str, Any]:
    """Return an assessment as the API gives it."""
    share = share_done(row)
    known = {name: getattr(row, name) for name in _ROW}
    return {**known, "share": share, "left_s": seconds_left(row), "words": state_in_words(row, words())}


def share_done(row: Assessment) -> float:
    """Return how much of the whole work is done, 0-1."""
    if row.state == "done":
        return 1.0
    low, high = _STAGES.get(row.stage, (0.0, 0.0))
    return round(low + (high - low) * row.share, 3)


def seconds_left(row: Assessment) -> float | None:
    """Return about how many seconds are left; None where that can't be said yet."""
    share = share_done(row)
    if row.state != "working" or row.started_at is None or share < _SOON:
        return None
    passed_s = (now() - row.started_at).total_seconds()
    return round(passed_s * (1 - share) / share, 1)


def state_in_words(row: Assessment, say: Words) -> str:
    """Return one line: how far it is, or what came out."""
    if row.state == "working":
        stage = say(f"progress.{row.stage or 'reading'}")
        left = seconds_left(row)
        return say("home.working", stage=stage) if left is None else _with_time(stage, left, say)
    if row.state == "done" and row.summary:
        return outcome(row.summary, say)
    return row.reason if row.state == "failed" else say(f"home.state.{row.state}")


def outcome(summary: Mapping[str, Any], say: Words) -> str:
    """Return what a finished assessment came to, in one sentence."""
    if not summary["reps"]:
        name = summary["movement"] if summary["movement"] in ("unknown", "none") else "no_repetition"
        return say(f"verdict.{name}")
    return verdict(
        usable=summary["usable"],
        noticed=len(summary["noticed"]),
        not_judged=summary["not_judged"],
        language=say.language,
        profile=say.profile,
    )


def title(row: Assessment, say: Words, *, own: bool = True) -> str:
    """Return its own name, else "Squat, right side" once that is known, else the file's name."""
    if own and row.label:
        return row.label
    summary = row.summary
    if summary and summary["movement"] not in ("unknown", "none"):
        movement, view = say(f"movement.{summary['movement']}"), say(f"view.{summary['view']}")
        return say("report.title", movement=movement, view=view)
    return row.file_name or say("home.recording")


@dataclass(frozen=True, slots=True)
class Listed:
    """An assessment as a row of a list shows it."""

    id: str
    who: str
    title: str
    say: str
    state: str
    at: datetime
    percent: int | None
    picture_rep: int | None
    spark: str


def listed(row: Assessment, say: Words) -> Listed:
    """Return a row for a list."""
    summary = row.summary or {}
    kept = row.video_kept and row.state == "done"
    return Listed(
        id=row.id,
        who=row.person.code if row.person else say("home.no_person"),
        title=title(row, say),
        say=state_in_words(row, say),
        state=row.state,
        at=row.created_at,
        percent=round(100 * share_done(row)) if row.state in ("queued", "working") else None,
        picture_rep=summary.get("picture_rep") if kept else None,
        spark=spark_path(summary.get("spark") or []),
    )


def spark_path(values: list[float | None], *, width: float = 144, height: float = 34) -> str:
    """Return the path of a small curve, highest at the lowest point of the movement; gaps stay gaps."""
    if len(values) < 2:
        return ""
    step, pen, parts = width / (len(values) - 1), "M", []
    for number, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        parts.append(f"{pen}{number * step:.1f} {height - 3 - value * (height - 6):.1f}")
        pen = "L"
    return "".join(parts)


def _with_time(stage: str, left_s: float, say: Words) -> str:
    if left_s < 90:
        return say("home.working_seconds", stage=stage, left=max(5, round(left_s / 5) * 5))
    return say("home.working_minutes", stage=stage, left=round(left_s / 60))
