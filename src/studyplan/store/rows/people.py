"""Who signs in (users, roles, sessions) and how they study (learners, breaks, one-off days)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from studyplan.store.database import Base

user_roles = Table(
    "user_roles",
    Base.metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
)


class RoleRow(Base):
    """A role: 'admin', or 'demo' of learners who are made up."""

    __tablename__ = "roles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    description: Mapped[str | None] = mapped_column(String(255))
    permissions: Mapped[list[Any] | None]


class UserRow(Base):
    """An account: address and password. Its id is the learner's id everywhere else."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    roles: Mapped[list[RoleRow]] = relationship(secondary=user_roles)


class SessionRow(Base):
    """A signed-in browser. The cookie holds the secret; the row holds its SHA-256."""

    __tablename__ = "sessions"

    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    agent: Mapped[str] = mapped_column(String(200), default="")


class LearnerRow(Base):
    """How somebody studies. `inputs_version` counts changes that a plan depends on, `feed_version` those of feeds.

    While digests are wanted, no `next_digest_at` asks the clock to find out when the next one is due.
    """

    __tablename__ = "learners"
    __table_args__ = (
        Index("ix_learners_next_digest_at", "next_digest_at"),
        Index("ix_learners_next_day_at", "next_day_at"),
        Index(
            "ix_learners_untimed",
            "learner_id",
            sqlite_where=text("next_digest_at IS NULL AND digest_kind <> 'off'"),
            postgresql_where=text("next_digest_at IS NULL AND digest_kind <> 'off'"),
        ),
    )

    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    zone: Mapped[str] = mapped_column(String(80))
    weekdays: Mapped[list[Any]]
    tier_weights: Mapped[dict[str, Any]] = mapped_column(default=dict)
    inputs_version: Mapped[int] = mapped_column(default=1)
    feed_version: Mapped[int] = mapped_column(default=1)
    feed_changed_at: Mapped[datetime]
    next_day_at: Mapped[datetime | None]
    digest_kind: Mapped[str] = mapped_column(String(10), default="weekly")
    digest_weekday: Mapped[int] = mapped_column(default=0)
    digest_minute: Mapped[int] = mapped_column(default=7 * 60)
    digest_paused_until: Mapped[date | None]
    next_digest_at: Mapped[datetime | None]
    visited_on: Mapped[date | None]
    is_demo: Mapped[bool] = mapped_column(default=False)


class BreakRow(Base):
    """Days without study, both ends included."""

    __tablename__ = "breaks"

    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    first_on: Mapped[date] = mapped_column(primary_key=True)
    last_on: Mapped[date]


class OneOffDayRow(Base):
    """One day with other minutes than its weekday has."""

    __tablename__ = "one_off_days"

    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    minutes: Mapped[int]
