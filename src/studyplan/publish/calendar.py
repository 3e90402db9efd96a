"""What is due and planned as iCalendar (RFC 5545), in the learner's own time."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from studyplan.domain.canonical import clean_text
from studyplan.domain.feeds import FeedId
from studyplan.publish.entries import short_title

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
PRODUCT = "-//Studyplan//Studyplan//EN"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """An event: `key` stays the same however it is moved, `begins_at` is a moment, lines are one-line texts."""

    key: str
    begins_at: datetime
    minutes: float
    title: str
    lines: Sequence[str]
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarContent:
    """A whole calendar in one zone. `changed_at` is when any of it changed last."""

    id: FeedId
    title: str
    zone: ZoneInfo
    changed_at: datetime
    events: Sequence[Event]


def calendar(content: CalendarContent) -> bytes:
    """Return the events as iCalendar, with the zone's rules for the days that they span."""
    made = icalendar.Calendar()
    made.add("version", "2.0")
    made.add("prodid", PRODUCT)
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", short_title(content.title))
    made.add("x-published-ttl", "PT15M")
    for event in content.events:
        made.add_component(_event(event, content))
    if content.events:
        days = [event.begins_at.date() for event in content.events]
        made.add_missing_timezones(min(days) - timedelta(days=1), max(days) + timedelta(days=2))
    body: bytes = made.to_ical()
    return body


def _event(event: Event, content: CalendarContent) -> icalendar.Event:
    made = icalendar.Event()
    begins = event.begins_at.astimezone(content.zone)
    made.add("uid", f"urn:uuid:{uuid.uuid5(uuid.UUID(content.id), event.key)}")
    made.add("dtstamp", content.changed_at)
    made.add("last-modified", content.changed_at)
    made.add("sequence", int((content.changed_at - _EPOCH).total_seconds()))
    made.add("dtstart", begins)
    made.add("duration", timedelta(minutes=max(1, round(event.minutes))))
    made.add("summary", short_title(event.title))
    made.add("description", "\n".join(clean_text(line) for line in event.lines))
    made.add("url", event.url)
    made.add("transp", "TRANSPARENT")
    return made
