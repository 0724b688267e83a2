"""What the worker does to rows: claim one, say how far it is, end it, take up what was left behind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from movement_lab.storage import Assessment, NoRoomError, Store
from movement_lab.storage.models import now

#: So often is a recording tried during which the whole worker died; then it is taken for the cause. Others go
#: before one that was tried three times.
MOST_ATTEMPTS = 12
_LET_OTHERS_GO_AFTER = 3

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
    """Note how far the work is; False if it isn't wanted any more, or can't be noted (the disk is full)."""
    try:
        return _change(store, id_, stage=stage, share=share)
    except (OperationalError, NoRoomError):
        return False


def is_wanted(store: Store, id_: str) -> bool:
    """Say whether the row still waits for its result."""
    with store.session() as session:
        return session.scalar(select(Assessment.state).where(Assessment.id == id_)) == "working"


def exists(store: Store, id_: str) -> bool:
    """Say whether there still is such a row."""
    with store.session() as session:
        return session.get(Assessment, id_) is not None


def finish_row(store: Store, id_: str, summary: dict[str, Any], exit_code: int) -> bool:
    """End a row with its result; False if it was cancelled or deleted meanwhile."""
    values = {"summary": summary, "exit_code": exit_code, "reason": "", "stage": "", "share": 1.0}
    return _change(store, id_, state="done", video_kept=summary["video"], ended_at=now(), **values)


def fail_row(store: Store, id_: str, reason: str, exit_code: int | None) -> bool:
    """End a row without a result, with the reason in words."""
    return _change(store, id_, state="failed", reason=reason, exit_code=exit_code, ended_at=now(), stage="")


def put_back(store: Store, id_: str) -> bool:
    """Let a row wait again that was being worked on."""
    return _change(store, id_, state="queued", stage="", share=0.0)


def put_all_back(store: Store) -> None:
    """Let what was being worked on wait again, as if it hadn't begun: the worker was ended on purpose."""
    with store.session() as session:
        session.execute(
            update(Assessment)
            .where(Assessment.state == "working")
            .values(state="queued", stage="", share=0.0, attempts=Assessment.attempts - 1)
        )


def take_up(store: Store) -> list[str]:
    """Return what is to be done, those whose worker died too. Run when no worker is working.

    What was begun too often is ended: it is taken for the cause.
    """
    with store.session() as session:
        left = session.scalars(select(Assessment).where(Assessment.state == "working")).all()
        for row in left:
            if row.attempts >= MOST_ATTEMPTS:
                row.state, row.ended_at, row.stage = "failed", now(), ""
                row.reason = _POISON.format(count=row.attempts)
            else:
                row.state, row.stage, row.share = "queued", "", 0.0
    return waiting(store)


def waiting(store: Store) -> list[str]:
    """Return the rows that wait, in turn: oldest first, after them those that were tried often."""
    tried = Assessment.attempts // _LET_OTHERS_GO_AFTER
    query = select(Assessment.id).where(Assessment.state == "queued")
    with store.session() as session:
        return list(session.scalars(query.order_by(tried, Assessment.created_at)))


def _change(store: Store, id_: str, **values: Any) -> bool:
    """Change a row that is being worked on."""
    with store.session() as session:
        working = update(Assessment).where(Assessment.id == id_, Assessment.state == "working")
        return session.execute(working.values(**values).returning(Assessment.id)).first() is not None
