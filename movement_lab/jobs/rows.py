"""What the worker does to rows: claim one, say how far it is, end it, take up what was left behind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from movement_lab.storage import Assessment, Store
from movement_lab.storage.models import now

#: So often is a recording tried whose worker died; then it is taken for the cause.
MOST_ATTEMPTS = 3

_POISON = (
    "The assessment was begun {count} times and each time the program was stopped while it ran. "
    "The recording is kept. Export it again in another format, or film anew."
)


def claim(store: Store, id_: str) -> Assessment | None:
    """Take a queued row for this worker; None if it is not queued (any more)."""
    with store.session() as session:
        taken = session.execute(
            update(Assessment)
            .where(Assessment.id == id_, Assessment.state == "queued")
            .values(state="working", started_at=now(), attempts=Assessment.attempts + 1, stage="", share=0.0)
            .returning(Assessment.id)
        ).first()
        return session.get(Assessment, id_) if taken else None


def tell_progress(store: Store, id_: str, stage: str, share: float) -> bool:
    """Note how far the work is; False if it isn't wanted any more (cancelled or deleted)."""
    return _change(store, id_, stage=stage, share=share)


def is_wanted(store: Store, id_: str) -> bool:
    """Say whether the row still waits for its result."""
    with store.session() as session:
        return session.scalar(select(Assessment.state).where(Assessment.id == id_)) == "working"


def finish_row(store: Store, id_: str, summary: dict[str, Any], exit_code: int) -> bool:
    """End a row with its result; False if it was cancelled or deleted meanwhile."""
    kept = bool(summary.get("video", True))
    values = {
        "summary": summary,
        "video_kept": kept,
        "exit_code": exit_code,
        "reason": "",
        "stage": "",
        "share": 1.0,
    }
    return _change(store, id_, state="done", ended_at=now(), **values)


def fail_row(store: Store, id_: str, reason: str, exit_code: int | None) -> bool:
    """End a row without a result, with the reason in words."""
    return _change(store, id_, state="failed", reason=reason, exit_code=exit_code, ended_at=now(), stage="")


def take_up(store: Store) -> list[str]:
    """Return what is to be done, oldest first: queued rows, and those whose worker died.

    Run when no worker is working. What was begun too often is ended: it is taken for the cause.
    """
    with store.session() as session:
        left = session.scalars(select(Assessment).where(Assessment.state == "working")).all()
        for row in left:
            if row.attempts >= MOST_ATTEMPTS:
                row.state, row.ended_at, row.stage = "failed", now(), ""
                row.reason = _POISON.format(count=row.attempts)
            else:
                row.state, row.stage, row.share = "queued", "", 0.0
    with store.session() as session:
        waiting = select(Assessment.id).where(Assessment.state == "queued")
        return list(session.scalars(waiting.order_by(Assessment.created_at)))


def _change(store: Store, id_: str, **values: Any) -> bool:
    """Change a row that is being worked on."""
    with store.session() as session:
        working = update(Assessment).where(Assessment.id == id_, Assessment.state == "working")
        return session.execute(working.values(**values).returning(Assessment.id)).first() is not None
