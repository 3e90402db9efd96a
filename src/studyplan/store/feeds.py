"""Feeds and their addresses as values. A token is kept as its SHA-256 only."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import NotFound
from studyplan.domain.feeds import Feed, FeedId, FeedWish, Kinds
from studyplan.store.rows import FeedAddressRow, FeedRow


def list_feeds(session: Session, learner_id: LearnerId) -> list[Feed]:
    """Return a learner's feeds, the oldest first."""
    rows = session.scalars(
        select(FeedRow).where(FeedRow.learner_id == learner_id).order_by(FeedRow.made_at, FeedRow.id)
    )
    return [_feed(row) for row in rows]


def get_feed(session: Session, learner_id: LearnerId, feed_id: FeedId) -> Feed:
    """Return a learner's feed, or raise NotFound."""
    row = session.get(FeedRow, (learner_id, feed_id))
    if row is None:
        raise NotFound("There is no such feed.")
    return _feed(row)


def put_feed(session: Session, learner_id: LearnerId, feed: Feed) -> None:
    """Add or change a feed."""
    wish = feed.wish
    session.merge(
        FeedRow(
            learner_id=learner_id,
            id=feed.id,
            name=feed.name,
            shows={
                "tracks": list(wish.tracks),
                "kinds": wish.kinds,
                "lowest_tier": wish.lowest_tier,
                "event_per_item": wish.event_per_item,
                "event_minute": wish.event_minute,
            },
            cap=wish.cap,
            version=feed.version,
            on=feed.on,
            made_at=feed.made_at,
            used_on=feed.used_on,
        )
    )
    session.flush()


def delete_feed(session: Session, learner_id: LearnerId, feed_id: FeedId) -> None:
    """Remove a feed with all its addresses."""
    session.execute(delete(FeedAddressRow).where(*_addresses(learner_id, feed_id)))
    session.execute(delete(FeedRow).where(FeedRow.learner_id == learner_id, FeedRow.id == feed_id))


def add_address(session: Session, learner_id: LearnerId, feed: Feed, token_hash: str) -> None:
    """Let a token lead to a feed."""
    session.add(
        FeedAddressRow(
            token_hash=token_hash, learner_id=learner_id, feed_id=feed.id, version=feed.version, ends_at=None
        )
    )
    session.flush()


def end_addresses(
    session: Session, learner_id: LearnerId, feed_id: FeedId, *, ends_at: datetime, now: datetime
) -> None:
    """Let the present address of a feed end at a moment; those that have ended go."""
    session.execute(delete(FeedAddressRow).where(*_addresses(learner_id, feed_id), FeedAddressRow.ends_at <= now))
    session.execute(
        update(FeedAddressRow)
        .where(*_addresses(learner_id, feed_id), FeedAddressRow.ends_at.is_(None))
        .values(ends_at=ends_at)
    )


def list_token_hashes(session: Session, learner_id: LearnerId) -> dict[FeedId, str]:
    """Return the hash of each feed's present token."""
    rows = session.execute(
        select(FeedAddressRow.feed_id, FeedAddressRow.token_hash).where(
            FeedAddressRow.learner_id == learner_id, FeedAddressRow.ends_at.is_(None)
        )
    )
    return {FeedId(feed_id): token_hash for feed_id, token_hash in rows}


def list_old_ends(session: Session, learner_id: LearnerId, *, now: datetime) -> dict[FeedId, datetime]:
    """Return until when the last of each feed's old addresses works."""
    rows = session.execute(
        select(FeedAddressRow.feed_id, func.max(FeedAddressRow.ends_at))
        .where(FeedAddressRow.learner_id == learner_id, FeedAddressRow.ends_at > now)
        .group_by(FeedAddressRow.feed_id)
    )
    return {FeedId(feed_id): ends_at for feed_id, ends_at in rows if ends_at is not None}


def answers(session: Session, learner_id: LearnerId, feed_id: FeedId, version: int, *, now: datetime) -> bool:
    """Say whether one address of a feed works: it has not ended, and the feed is on."""
    found = session.execute(
        select(FeedAddressRow.ends_at)
        .join(FeedRow, (FeedRow.learner_id == FeedAddressRow.learner_id) & (FeedRow.id == FeedAddressRow.feed_id))
        .where(*_addresses(learner_id, feed_id), FeedAddressRow.version == version, FeedRow.on)
    ).one_or_none()
    return found is not None and (found.ends_at is None or found.ends_at > now)


def note_use(session: Session, learner_id: LearnerId, feed_id: FeedId, on: date) -> None:
    """Note the day on which a feed was read."""
    session.execute(update(FeedRow).where(FeedRow.learner_id == learner_id, FeedRow.id == feed_id).values(used_on=on))


def _addresses(learner_id: LearnerId, feed_id: FeedId) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return FeedAddressRow.learner_id == learner_id, FeedAddressRow.feed_id == feed_id


def _feed(row: FeedRow) -> Feed:
    shows: dict[str, Any] = row.shows
    wish = FeedWish(**{**shows, "tracks": tuple(shows["tracks"]), "kinds": Kinds(shows["kinds"]), "cap": row.cap})
    return Feed(
        id=FeedId(row.id),
        name=row.name,
        wish=wish,
        version=row.version,
        on=row.on,
        made_at=row.made_at,
        used_on=row.used_on,
    )
