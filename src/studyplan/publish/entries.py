"""What a feed's entries say: useful without signing in, and safe in any reader whatever a title holds."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from urllib.parse import quote, urlsplit, urlunsplit

from studyplan.domain.canonical import clean_text, shortened
from studyplan.domain.feeds import FeedId
from studyplan.domain.occurrences import DueItem
from studyplan.domain.plan import ItemKind
from studyplan.domain.wording import count, duration

LONGEST_TITLE = 200
_SAFE = "%/:?#[]@!$&'()*+,;=~"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An entry: `id` and `published_at` are its occurrence's for ever, `url` is ours, `article_url` may be empty."""

    id: str
    title: str
    url: str
    article_url: str
    html: str
    tags: tuple[str, ...]
    published_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What is said of a due item beside itself: its cluster's title, why it is due, its page and its signed link."""

    cluster: str
    why: str
    page_url: str
    action_url: str


def due_entry(item: DueItem, said: Said) -> Entry:
    """Return the entry of a due occurrence."""
    reading, occurrence = item.reading, item.occurrence
    article_url = web_address(reading.url)
    paragraphs = [
        f"{duration(occurrence.minutes)} · {_text(said.cluster)} · tier {reading.tier}",
        escape(said.why),
        _text(reading.summary),
    ]
    recall = "Recall first" if occurrence.kind is ItemKind.REVIEW else "Read for"
    links = [(article_url, "Open the article"), (said.action_url, "Rate it, put it off or leave it to the plan")]
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs if paragraph)
    if reading.questions:
        html += (
            f"<p>{recall}:</p><ul>" + "".join(f"<li>{_text(question)}</li>" for question in reading.questions) + "</ul>"
        )
    html += f"<p>{' · '.join(_link(url, words) for url, words in links if url)}</p>"
    return Entry(
        id=f"urn:uuid:{occurrence.id}",
        title=short_title(item.title),
        url=said.page_url,
        article_url=article_url,
        html=html,
        tags=tuple(tag for tag in (clean_text(said.cluster), f"tier {reading.tier}") if tag),
        published_at=occurrence.published_at.replace(microsecond=0),
    )


def overflow_entry(feed_id: FeedId, hidden: int, on: date, *, url: str, begins_at: datetime) -> Entry:
    """Return the entry that says once a study day how many due readings the feed has no room for."""
    return Entry(
        id=f"urn:uuid:{uuid.uuid5(uuid.UUID(feed_id), on.isoformat())}",
        title=f"And {count(hidden, 'more reading is', 'more readings are')} due",
        url=url,
        article_url="",
        html=f"<p>This feed shows the newest. {_link(url, 'Today’s list')} has them all.</p>",
        tags=(),
        published_at=begins_at,
    )


def newest_first(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries in the order that readers expect: newest first, ties by id."""
    return sorted(sorted(entries, key=lambda entry: entry.id), key=lambda entry: entry.published_at, reverse=True)


def short_title(title: str) -> str:
    """Return a title as one line that XML, JSON and readers take."""
    return shortened(clean_text(title), LONGEST_TITLE)


def web_address(url: str) -> str:
    """Return an address that any reader takes; nothing for what is no http or https address."""
    try:
        parts = urlsplit(clean_text(url))
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    escaped = (quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, parts.netloc, *escaped))


def _text(text: str) -> str:
    return escape(clean_text(text))


def _link(url: str, words: str) -> str:
    return f'<a href="{escape(url)}">{words}</a>'
