"""A learner's private feeds: make, name, filter, give a new address, switch off, take away.

Every change counts as one of what the learner's feeds show, since that count is all that most polls look at. The
learner is locked before a feed is, everywhere alike.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from studyplan.domain.canonical import clean_text
from studyplan.domain.catalog import LearnerId, Track
from studyplan.domain.errors import Conflict
from studyplan.domain.feeds import MOST_FEEDS, OVERLAP, Feed, FeedId, FeedWish
from studyplan.publish.links import FeedAddress, Links, token_hash
from studyplan.store import catalogs, learners
from studyplan.store import feeds as store

DEFAULT_NAME = "What is due"


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownFeed:
    """A feed with its token: None when it was made under another secret and can only be replaced, not shown.

    `old_ends_at` is until when an address before this one works.
    """

    feed: Feed
    token: str | None
    old_ends_at: datetime | None


def list_feeds(session: Session, learner_id: LearnerId, links: Links, *, now: datetime) -> list[ShownFeed]:
    """Return a learner's feeds with their tokens, the oldest first."""
    hashes = store.list_token_hashes(session, learner_id)
    ends = store.list_old_ends(session, learner_id, now=now)
    shown = []
    for feed in store.list_feeds(session, learner_id):
        token = links.feed_token(_address(feed))
        is_ours = hashes.get(feed.id) == token_hash(token)
        shown.append(ShownFeed(feed=feed, token=token if is_ours else None, old_ends_at=ends.get(feed.id)))
    return shown


def get_feed(session: Session, learner_id: LearnerId, feed_id: FeedId) -> Feed:
    """Return a learner's feed, or raise NotFound."""
    return store.get_feed(session, learner_id, feed_id)


def list_tracks(session: Session, learner_id: LearnerId) -> list[Track]:
    """Return the tracks that a feed can be narrowed to: those the learner is on, and those that a feed keeps to."""
    enrolled = [item.track_id for item in learners.list_enrollments(session, learner_id)]
    kept = [track_id for feed in store.list_feeds(session, learner_id) for track_id in feed.wish.tracks]
    return [stored.track for stored in catalogs.list_tracks_by_id(session, list(dict.fromkeys(enrolled + kept)))]


def ensure_default_feed(session: Session, learner_id: LearnerId, links: Links, *, now: datetime) -> None:
    """Give a learner without any feed a first one."""
    learners.lock_learner(session, learner_id)
    if not store.list_feeds(session, learner_id):
        make_feed(session, learner_id, DEFAULT_NAME, FeedWish(), links, now=now)


def make_feed(
    session: Session, learner_id: LearnerId, name: str, wish: FeedWish, links: Links, *, now: datetime
) -> Feed:
    """Make a feed with an address of its own."""
    learners.lock_learner(session, learner_id)
    if len(store.list_feeds(session, learner_id)) >= MOST_FEEDS:
        raise Conflict(f"You have {MOST_FEEDS} feeds, which is the most. Take one away first.")
    feed = Feed(id=FeedId(str(uuid.uuid4())), name=clean_text(name), wish=wish, made_at=now)
    store.put_feed(session, learner_id, feed)
    store.add_address(session, learner_id, feed, token_hash(links.feed_token(_address(feed))))
    return feed


def change_feed(
    session: Session, learner_id: LearnerId, feed_id: FeedId, name: str, wish: FeedWish, *, now: datetime
) -> None:
    """Give a feed another name, or let it show something else. Its address stays."""
    learners.lock_learner(session, learner_id)
    feed = store.get_feed(session, learner_id, feed_id)
    store.put_feed(session, learner_id, replace(feed, name=clean_text(name), wish=wish))
    learners.count_feed_change(session, learner_id, now=now)


def switch(session: Session, learner_id: LearnerId, feed_id: FeedId, *, on: bool, now: datetime) -> None:
    """Switch a feed off, or on again at the same address. While it is off, its links do not act either."""
    learners.lock_learner(session, learner_id)
    feed = store.get_feed(session, learner_id, feed_id)
    store.put_feed(session, learner_id, replace(feed, on=on))
    learners.count_feed_change(session, learner_id, now=now)


def rotate(session: Session, learner_id: LearnerId, feed_id: FeedId, links: Links, *, now: datetime) -> None:
    """Give a feed a new address. The one before, and the links read through it, work for seven more days."""
    learners.lock_learner(session, learner_id)
    before = store.get_feed(session, learner_id, feed_id)
    feed = replace(before, version=before.version + 1)
    learners.count_feed_change(session, learner_id, now=now)
    store.end_addresses(session, learner_id, feed_id, ends_at=now + OVERLAP, now=now)
    store.put_feed(session, learner_id, feed)
    store.add_address(session, learner_id, feed, token_hash(links.feed_token(_address(feed))))


def revoke(session: Session, learner_id: LearnerId, feed_id: FeedId, *, now: datetime) -> None:
    """Take a feed away: its addresses and the links read through them end at once."""
    learners.lock_learner(session, learner_id)
    store.get_feed(session, learner_id, feed_id)
    store.delete_feed(session, learner_id, feed_id)
    learners.count_feed_change(session, learner_id, now=now)


def _address(feed: Feed) -> FeedAddress:
    return FeedAddress(feed_id=feed.id, version=feed.version)
