"""Feeds as RSS 2.0 and Atom (feedgen) and as JSON Feed 1.1.

The same content gives the same bytes, in every process: no date comes from the clock and nothing is at random. A
feed's own address is in none of them, since it is a secret.
"""

import json
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedgen.feed import FeedGenerator

from studyplan.domain.feeds import FeedId
from studyplan.publish.entries import Entry

RENDERER = 4
"""Counted up with every change to what feeds and calendars look like, so that readers fetch them again."""

TTL_MINUTES = 15
LANGUAGE = "en"
AUTHOR = "Studyplan"

_DATES = threading.Lock()  # feedgen sets the process's locale for a moment with each date that it writes


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedContent:
    """A whole feed, its entries newest first."""

    id: FeedId
    title: str
    description: str
    home_url: str
    changed_at: datetime
    entries: Sequence[Entry]


def rss(content: FeedContent) -> bytes:
    """Return the feed as RSS 2.0."""
    generator = _generator(content)
    with _DATES:
        body: bytes = generator.rss_str()
    return body


def atom(content: FeedContent) -> bytes:
    """Return the feed as Atom."""
    body: bytes = _generator(content).atom_str()
    return body


def json_feed(content: FeedContent) -> bytes:
    """Return the feed as JSON Feed 1.1."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": content.title,
        "description": content.description,
        "home_page_url": content.home_url,
        "language": LANGUAGE,
        "authors": [{"name": AUTHOR}],
        "items": [_json_item(entry) for entry in content.entries],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _generator(content: FeedContent) -> FeedGenerator:
    generator = FeedGenerator()
    generator.id(f"urn:uuid:{content.id}")
    generator.title(content.title)
    generator.description(content.description)
    generator.link(href=content.home_url, rel="alternate")
    generator.author(name=AUTHOR)
    generator.generator("Studyplan")
    generator.language(LANGUAGE)
    generator.ttl(TTL_MINUTES)
    generator.updated(content.changed_at)  # left out, these three dates are the moment of building
    generator.lastBuildDate(content.changed_at)
    generator.pubDate(content.changed_at)
    for entry in content.entries:
        _add_entry(generator, entry)
    return generator


def _add_entry(generator: FeedGenerator, entry: Entry) -> None:
    added = generator.add_entry(order="append")
    added.guid(entry.id, permalink=False)
    added.title(entry.title)
    added.link(href=entry.url, rel="alternate")
    added.content(entry.html, type="html")
    for tag in entry.tags:
        added.category(term=tag)
    added.published(entry.published_at)
    added.updated(entry.published_at.replace(microsecond=_fraction(entry.id)))


def _fraction(urn: str) -> int:
    """Return an entry's own microseconds: many fall due at one moment, and Atom wants no two updated at the same."""
    return uuid.UUID(urn).int % 1_000_000


def _json_item(entry: Entry) -> dict[str, object]:
    item: dict[str, object] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": entry.published_at.isoformat(),
        "tags": list(entry.tags),
    }
    return item | ({"external_url": entry.article_url} if entry.article_url else {})
