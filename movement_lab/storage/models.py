"""The rows: people, their visits, assessments, what a therapist said of a finding, settings.

Identifiers are random, so that a link tells nothing and can't be guessed. Times are UTC.
"""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

#: What becomes of an upload. ``queued`` and ``working`` are picked up after a crash; the others are ends.
STATES: Final = ("queued", "working", "done", "failed", "cancelled")


def new_id() -> str:
    """Return a random identifier: 96 bits, letters, digits, - and _."""
    return secrets.token_urlsafe(12)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class _Utc(TypeDecorator[datetime]):
    """A time in UTC: SQLite forgets the zone, this puts it back."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What all rows share."""

    type_annotation_map = {datetime: _Utc, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class Person(Base):
    """Somebody who is assessed, under a pseudonymous ``code``; no name is ever asked for.

    ``measures``: what is drawn over visits; None for the usual ones.
    """

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    side: Mapped[str | None] = mapped_column(String(8))
    height_cm: Mapped[float | None]
    notes: Mapped[str] = mapped_column(Text, default="")
    measures: Mapped[list[Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    visits: Mapped[list[Visit]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="Visit.day"
    )
    assessments: Mapped[list[Assessment]] = relationship(
        back_populates="person", order_by="Assessment.created_at"
    )


class Visit(Base):
    """A day on which a person was seen."""

    __tablename__ = "visit"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    day: Mapped[date]
    notes: Mapped[str] = mapped_column(Text, default="")

    person: Mapped[Person] = relationship(back_populates="visits")
    assessments: Mapped[list[Assessment]] = relationship(back_populates="visit")


class Assessment(Base):
    """One recording and what became of it; its files lie in ``assessments/<id>/``.

    ``asked`` is what was declared with it (`workspace.asked`), ``corrections`` what a therapist put right
    (None: the machine's own result is shown), ``summary`` what lists and trends need of the result, so that
    no page opens a report to draw a row. ``stage`` and ``share`` say how far the work is; ``label`` is the
    name somebody gave it, "" for none.
    """

    __tablename__ = "assessment"
    __table_args__ = (Index("assessment_by_time", "created_at"), Index("assessment_by_state", "state"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    source: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(255), default="")
    label: Mapped[str] = mapped_column(String(120), default="")
    file_bytes: Mapped[int] = mapped_column(default=0)
    asked: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="queued")
    stage: Mapped[str] = mapped_column(String(16), default="")
    share: Mapped[float] = mapped_column(default=0.0)
    attempts: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    exit_code: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    summary: Mapped[dict[str, Any] | None]
    corrections: Mapped[dict[str, Any] | None]
    corrected_at: Mapped[datetime | None]
    video_kept: Mapped[bool] = mapped_column(default=True)

    person: Mapped[Person | None] = relationship(back_populates="assessments")
    visit: Mapped[Visit | None] = relationship(back_populates="assessments")
    reviews: Mapped[list[Review]] = relationship(
        back_populates="assessment", cascade="all, delete-orphan", order_by="Review.at"
    )


class Review(Base):
    """What a therapist said of one finding: the newest row of a finding and side holds; none is deleted."""

    __tablename__ = "review"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    assessment_id: Mapped[str] = mapped_column(ForeignKey("assessment.id", ondelete="CASCADE"), index=True)
    finding: Mapped[str] = mapped_column(String(64))
    side: Mapped[str] = mapped_column(String(8), default="mid")
    verdict: Mapped[str | None] = mapped_column(String(16))
    comment: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(default=now)

    assessment: Mapped[Assessment] = relationship(back_populates="reviews")


class SignIn(Base):
    """A session: known by the digest of its token, valid while ``password`` is that of the one in force."""

    __tablename__ = "sign_in"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    password: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)


class SignInTry(Base):
    """A password that was not right, and from which network it came; kept for minutes."""

    __tablename__ = "sign_in_try"
    __table_args__ = (Index("sign_in_try_by_network", "network", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)


class Setting(Base):
    """One setting of the workspace."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[dict[str, Any]]
