"""Generated libraries, hostile ones included, in every form: no parser stumbles and nothing is lost."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feed_checks import check, check_xmllint
from samples import occurrence_of
from studyplan.domain.catalog import LearnerId, Reading, ReadingId
from studyplan.domain.feeds import FeedId
from studyplan.domain.occurrences import DueItem
from studyplan.domain.wording import why
from studyplan.publish.calendar import CalendarContent, Event, calendar
from studyplan.publish.entries import Said, due_entry, newest_first, overflow_entry, short_title
from studyplan.publish.feeds import FeedContent, atom, json_feed, rss
from studyplan.publish.links import FeedAddress, Grant, Links

pytestmark = pytest.mark.without_coverage

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
LINKS = Links(site="https://study.example.org/s", secret="s" * 40)
ADDRESS = FeedAddress(feed_id=FeedId("0b6a1f3e-7f3c-4a63-8f0c-0d8f4a6d2b11"), version=1)
WRITERS = {"rss": rss, "atom": atom, "json": json_feed}

MARKUP = ("]]>", "<b>bold</b>", "<script>alert(1)</script>", "&amp;", "&#0;", "<!--", '"', "'", "\\n", "\\,;:")
CHARACTERS = (
    "\x00",
    "\x0b",
    "\ud800",
    "\udfff",
    "\ufffe",
    "\u2028",
    "\u202e",
    "\r\n",
    "\u200b",
    "e\u0301",
    "👩‍👩‍👧",
    "שלום",
    "مرحبا",
)
PIECES = st.sampled_from([*MARKUP, *CHARACTERS, "x" * 10_000])
TEXTS = st.lists(PIECES | st.text(max_size=30), max_size=5).map("".join)
URLS = st.sampled_from(
    ["https://example.org/a", "http://[::1", "javascript:alert(1)", "data:text/html,x", "", "https://", "//example.org"]
) | TEXTS.map(lambda text: f"https://example.org/{text}")


@st.composite
def due_items(draw: st.DrawFn) -> DueItem:
    reading = Reading(
        id=ReadingId(draw(st.integers(1, 10**6))),
        slug="slug",
        title=draw(TEXTS),
        url=draw(URLS),
        cluster=draw(TEXTS),
        tier=draw(st.integers(1, 5)),
        minutes=draw(st.integers(1, 300)),
        summary=draw(TEXTS),
        questions=tuple(draw(st.lists(TEXTS, max_size=2))),
    )
    due_at = NOW - timedelta(seconds=draw(st.integers(0, 10**7)), microseconds=draw(st.integers(0, 10**6)))
    return DueItem(occurrence=occurrence_of(reading.id, due_at, number=draw(st.integers(0, 50))), reading=reading)


LIBRARIES = st.lists(due_items(), max_size=8)


def content_of(items: list[DueItem], name: str, hidden: int) -> FeedContent:
    entries = [
        due_entry(
            item,
            Said(
                cluster=item.reading.cluster,
                why=why(item.occurrence, NOW.date()),
                page_url=LINKS.occurrence(item.occurrence.id),
                action_url=LINKS.action(Grant.on(LearnerId(7), item.occurrence, ADDRESS)),
            ),
        )
        for item in items
    ]
    if hidden:
        entries.append(overflow_entry(ADDRESS.feed_id, hidden, NOW.date(), url=LINKS.page("/today"), begins_at=NOW))
    return FeedContent(
        id=ADDRESS.feed_id,
        title=short_title(f"Studyplan: {name}"),
        description="What is due.",
        home_url=LINKS.page("/today"),
        changed_at=NOW,
        entries=newest_first(entries),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(items=LIBRARIES, name=TEXTS, hidden=st.integers(0, 3))
def test_every_library_is_a_sound_feed(items: list[DueItem], name: str, hidden: int) -> None:
    content = content_of(items, name, hidden)
    expected = [entry.title for entry in content.entries]
    for form, write in WRITERS.items():
        body = write(content)
        assert body == write(content), "the same content gives the same bytes"
        assert check(form, body) == expected
        if form != "json":
            check_xmllint(body)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(items=LIBRARIES, name=TEXTS, zone=st.sampled_from(["Europe/Berlin", "America/New_York", "UTC", "Asia/Tokyo"]))
def test_every_library_is_a_sound_calendar(items: list[DueItem], name: str, zone: str) -> None:
    events = [
        Event(
            key=str(item.occurrence.id),
            begins_at=NOW + timedelta(days=place),
            minutes=item.occurrence.minutes,
            title=short_title(item.title),
            lines=[item.reading.summary, item.reading.url],
            url=LINKS.page("/plan"),
        )
        for place, item in enumerate(items)
    ]
    content = CalendarContent(id=ADDRESS.feed_id, title=name, zone=ZoneInfo(zone), changed_at=NOW, events=events)
    assert check("ics", calendar(content)) == [event.title for event in events]
