"""Catalogs, their clusters and entries, and the tracks chosen from them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studyplan.store.database import Base


class CatalogRow(Base):
    """A source. `checksum` is that of the files it was loaded from, `revision` is new each time that it is stored.

    `owner_id` is None for those everybody sees.
    """

    __tablename__ = "catalogs"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    url: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(300), default="")
    shelf: Mapped[str] = mapped_column(String(300), default="")
    checksum: Mapped[str] = mapped_column(String(64), default="")
    revision: Mapped[str] = mapped_column(String(16), default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))


class ClusterRow(Base):
    """A cluster of one catalog."""

    __tablename__ = "clusters"

    catalog_id: Mapped[int] = mapped_column(ForeignKey("catalogs.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int]


class ReadingRow(Base):
    """What a learner's progress hangs on: a canonical URL, whatever catalogs list it."""

    __tablename__ = "readings"

    id: Mapped[int] = mapped_column(primary_key=True)
    canonical_url: Mapped[str] = mapped_column(String(2048), unique=True)


class EntryRow(Base):
    """A reading as one catalog describes it. `withdrawn_at` keeps it for those who have progress on it."""

    __tablename__ = "entries"
    __table_args__ = (UniqueConstraint("catalog_id", "slug"),)

    catalog_id: Mapped[int] = mapped_column(ForeignKey("catalogs.id", ondelete="CASCADE"), primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    cluster: Mapped[str] = mapped_column(String(80))
    slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(500))
    url: Mapped[str] = mapped_column(String(2048))
    tier: Mapped[int]
    minutes: Mapped[int]
    words: Mapped[int] = mapped_column(default=0)
    published_on: Mapped[date | None]
    tags: Mapped[list[Any]] = mapped_column(default=list)
    summary: Mapped[str] = mapped_column(Text, default="")
    questions: Mapped[list[Any]] = mapped_column(default=list)
    position: Mapped[int]
    withdrawn_at: Mapped[datetime | None]


class BuildsOnRow(Base):
    """A link from a reading back to an earlier one of the same catalog; `binding` overrules the rule of strength."""

    __tablename__ = "builds_on"

    catalog_id: Mapped[int] = mapped_column(ForeignKey("catalogs.id", ondelete="CASCADE"), primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    earlier_id: Mapped[int] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    strength: Mapped[int]
    binding: Mapped[bool | None]


class TrackRow(Base):
    """A named choice from a catalog. `rule` is a track file's: clusters, lowest tier, single readings in or out."""

    __tablename__ = "tracks"

    id: Mapped[int] = mapped_column(primary_key=True)
    catalog_id: Mapped[int] = mapped_column(ForeignKey("catalogs.id", ondelete="CASCADE"))
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(300))
    for_whom: Mapped[str] = mapped_column(Text)
    rule: Mapped[dict[str, Any]]
    position: Mapped[int]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    withdrawn_at: Mapped[datetime | None]
