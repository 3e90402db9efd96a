"""What leaves the house: feeds with their addresses, deliveries and suppressed mail addresses."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studyplan.store.database import Base


class FeedRow(Base):
    """A learner's private feed: a name, what it shows, how much."""

    __tablename__ = "feeds"

    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    shows: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cap: Mapped[int] = mapped_column(default=100)
    version: Mapped[int] = mapped_column(default=1)
    on: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]
    used_on: Mapped[date | None]


class FeedAddressRow(Base):
    """The way from a token to its feed: a directory by the token's SHA-256, no learner's own table."""

    __tablename__ = "feed_addresses"
    __table_args__ = (
        ForeignKeyConstraint(["learner_id", "feed_id"], ["feeds.learner_id", "feeds.id"], ondelete="CASCADE"),
        UniqueConstraint("learner_id", "feed_id", "version"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    learner_id: Mapped[int]
    feed_id: Mapped[str] = mapped_column(String(36))
    version: Mapped[int]
    ends_at: Mapped[datetime | None]


class DeliveryRow(Base):
    """That a mail is to be sent, is being sent or was sent: one row per learner, kind and period.

    `told` is what a digest said that the next one is compared with.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("learner_id", "kind", "period"),
        Index("ix_deliveries_state_next_at", "state", "next_at"),
        Index("ix_deliveries_ended_at", "ended_at"),
    )

    learner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    period: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(255), default="")
    message_id: Mapped[str] = mapped_column(String(200), default="")
    attempt: Mapped[int] = mapped_column(default=0)
    told: Mapped[dict[str, Any] | None]
    queued_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class MarkRow(Base):
    """Where the clock and the senders left off: the last run of a tick, the zone data in use, an open breaker."""

    __tablename__ = "marks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")


class SuppressionRow(Base):
    """A mail address that gets nothing.

    `soft_at` are its soft bounces with their mails, `since` is set once it is suppressed.
    """

    __tablename__ = "suppressions"

    address: Mapped[str] = mapped_column(String(255), primary_key=True)
    since: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    soft_at: Mapped[list[Any]] = mapped_column(default=list)
