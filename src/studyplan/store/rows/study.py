"""What a learner studies: enrollments, the plan, occurrences, reviews and memories."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from studyplan.store.database import Base


def _learner_key() -> Mapped[int]:
    return mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


class EnrollmentRow(Base):
    """A learner on a track, until `ended_at`."""

    __tablename__ = "enrollments"

    learner_id: Mapped[int] = _learner_key()
    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id"), primary_key=True)
    started_at: Mapped[datetime]
    horizon_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]


class MemoryRow(Base):
    """What we believe a learner retains of a reading (`version`: which model made it)."""

    __tablename__ = "memories"

    learner_id: Mapped[int] = _learner_key()
    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    stability: Mapped[float]
    difficulty: Mapped[float]
    last_on: Mapped[date]
    reviews: Mapped[int]
    lapses: Mapped[int]
    version: Mapped[str] = mapped_column(String(20))


class StartedRow(Base):
    """How far into a first reading that takes several days a learner is."""

    __tablename__ = "started"

    learner_id: Mapped[int] = _learner_key()
    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    minutes_read: Mapped[float]
    parts_read: Mapped[int]


class ReviewRow(Base):
    """One rating at one moment, kept for ever; `undone_at` when it was taken back.

    `before` holds the memory (or None) and the minutes read as they were, which is what undo puts back.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        Index(
            "uq_reviews_key",
            "learner_id",
            "key",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_reviews_learner_id_rated_at", "learner_id", "rated_at"),
        Index("ix_reviews_learner_id_reading_id", "learner_id", "reading_id"),
    )

    learner_id: Mapped[int] = _learner_key()
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"))
    occurrence_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(10))
    rating: Mapped[int | None]
    recall_expected: Mapped[float | None]
    minutes: Mapped[float]
    timed: Mapped[bool]
    rated_at: Mapped[datetime]
    studied_on: Mapped[date]
    key: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any]]
    undone_at: Mapped[datetime | None]


class OccurrenceRow(Base):
    """One time that a reading falls due. From `due_at` on it is published: due_at, minutes and reason stay.

    `put_off`: the learner chose the day, and no plan moves it.
    """

    __tablename__ = "occurrences"
    __table_args__ = (
        Index(
            "uq_occurrences_open",
            "learner_id",
            "reading_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_occurrences_learner_id_due_at", "learner_id", "due_at"),
    )

    learner_id: Mapped[int] = _learner_key()
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    form: Mapped[str] = mapped_column(String(10), default="")
    part: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[float]
    reason: Mapped[dict[str, Any]]
    rank: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    made_at: Mapped[datetime]
    put_off: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(10), default="")


class PlanRow(Base):
    """The plan that a learner is shown, with the version of the inputs it was made from and its price of a minute.

    `plan_id` names this very plan, a new one each time. `coming` repeats its first days, so that a digest need not read
    it all.
    """

    __tablename__ = "plans"

    learner_id: Mapped[int] = _learner_key()
    plan_id: Mapped[str] = mapped_column(String(36))
    inputs_version: Mapped[int]
    made_at: Mapped[datetime]
    made_on: Mapped[date]
    price: Mapped[float]
    document: Mapped[str] = mapped_column(Text)
    coming: Mapped[dict[str, Any]]


class LedgerRow(Base):
    """A line on what the planner or the learner moved, split, shortened, left out or brought back, and why.

    `undo` holds the settings to put back, when the line is the learner's own change.
    """

    __tablename__ = "ledger"
    __table_args__ = (Index("ix_ledger_learner_id_made_at", "learner_id", "made_at"),)

    learner_id: Mapped[int] = _learner_key()
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    made_at: Mapped[datetime]
    change: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    undo: Mapped[dict[str, Any] | None]
    undone_at: Mapped[datetime | None]
