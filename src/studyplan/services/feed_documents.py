"""Build what a feed answers with: gather what is due and planned, choose what the feed shows, have it written."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain.agenda import AgendaItem, DueToday, agenda
from studyplan.domain.catalog import LearnerId, Reading, ReadingId
from studyplan.domain.feeds import Feed, FeedWish, Format
from studyplan.domain.learner import Learner
from studyplan.domain.local_time import start_of_study_day, to_utc, zone_of
from studyplan.domain.occurrences import DueItem
from studyplan.domain.wording import count, duration, why
from studyplan.publish import calendar, feeds
from studyplan.publish.calendar import CalendarContent, Event
from studyplan.publish.entries import Entry, Said, due_entry, newest_first, overflow_entry, short_title, web_address
from studyplan.publish.feeds import FeedContent
from studyplan.publish.links import FeedAddress, Grant, Links
from studyplan.services.due import list_due, split_due
from studyplan.services.planning import get_inputs
from studyplan.store import catalogs, learners, plans
from studyplan.store import feeds as store

DAYS_AHEAD = 12 * 7
"""How far a calendar shows the plan."""

_WRITERS = {Format.RSS: feeds.rss, Format.ATOM: feeds.atom, Format.JSON: feeds.json_feed}


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A feed's bytes, when they changed last, and the study day that they are for, when they are for one only."""

    body: bytes
    changed_at: datetime
    on: date | None


def write(
    session: Session, learner_id: LearnerId, address: FeedAddress, form: Format, links: Links, *, now: datetime
) -> Document:
    """Return a feed as it is read through one of its addresses, in one form."""
    learner = learners.get_learner(session, learner_id)
    feed = store.get_feed(session, learner_id, address.feed_id)
    on_tracks = _on_tracks(session, feed.wish)
    if form is Format.ICS:
        return _calendar(session, learner, feed, on_tracks, links, now=now)
    due = feed.wish.choose(list_due(session, learner_id, now=now), on_tracks)
    due.sort(key=lambda item: item.occurrence.id)
    due.sort(key=lambda item: item.occurrence.published_at, reverse=True)
    shown = due[: feed.wish.cap]
    entries = _entries(session, learner, shown, address, links)
    changed_at = max([learner.feed_changed_at, *(item.occurrence.published_at for item in shown)])
    today = learner.today(now) if len(due) > len(shown) else None
    if today is not None:
        begins_at = start_of_study_day(today, learner.zone)
        hidden = len(due) - len(shown)
        entries.append(overflow_entry(feed.id, hidden, today, url=links.page("/today"), begins_at=begins_at))
        changed_at = max(changed_at, begins_at)
    content = FeedContent(
        id=feed.id,
        title=f"Studyplan: {feed.name}",
        description="First readings and reviews that are due.",
        home_url=links.page("/today"),
        changed_at=changed_at.replace(microsecond=0),
        entries=newest_first(entries),
    )
    return Document(body=_WRITERS[form](content), changed_at=changed_at, on=today)


def _entries(session: Session, learner: Learner, due: list[DueItem], address: FeedAddress, links: Links) -> list[Entry]:
    clusters = catalogs.list_cluster_titles(session, {item.reading.id for item in due}, learner_id=learner.id)

    def said(item: DueItem) -> Said:
        occurrence = item.occurrence
        published_on = learner.today(occurrence.published_at)  # not today: what is said must not change by the day
        return Said(
            cluster=clusters.get(item.reading.id, item.reading.cluster),
            why=why(occurrence, published_on),
            page_url=links.occurrence(occurrence.id),
            action_url=links.action(Grant.on(learner.id, occurrence, address)),
        )

    return [due_entry(item, said(item)) for item in due]


def _calendar(
    session: Session,
    learner: Learner,
    feed: Feed,
    on_tracks: Collection[ReadingId] | None,
    links: Links,
    *,
    now: datetime,
) -> Document:
    today = learner.today(now)
    stored = plans.find_plan(session, learner.id)
    due = _due_today(session, learner, now=now)
    last_on = today + timedelta(days=DAYS_AHEAD)
    items = agenda(due, stored.plan.items if stored else (), last_on=last_on, zone=learner.zone, now=now)
    readings = catalogs.list_readings(session, {item.occurrence.reading_id for item in items}, learner_id=learner.id)
    shown = [
        item for item in items if feed.wish.takes(item.occurrence.kind, readings[item.occurrence.reading_id], on_tracks)
    ]
    changes = [learner.feed_changed_at, start_of_study_day(today, learner.zone)]
    changed_at = max(changes + ([stored.made_at] if stored else []))
    content = CalendarContent(
        id=feed.id,
        title=f"Studyplan: {feed.name}",
        zone=zone_of(learner.zone_name),
        changed_at=changed_at.replace(microsecond=0),
        events=_events(shown, readings, feed.wish, learner, links),
    )
    return Document(body=calendar.calendar(content), changed_at=changed_at, on=today)


def _due_today(session: Session, learner: Learner, *, now: datetime) -> DueToday:
    inputs = get_inputs(session, learner, now=now)
    chosen, waiting = split_due(inputs, now=now)
    numbers = {item.reading_id: item.memory.reviews + 1 for item in inputs.candidates if item.memory}
    return DueToday(today=inputs.today, chosen=chosen, waiting=waiting, next_numbers=numbers)


def _events(
    items: list[AgendaItem], readings: dict[ReadingId, Reading], wish: FeedWish, learner: Learner, links: Links
) -> list[Event]:
    """Return one event a study day or, one after the other, one for each item."""
    by_day: dict[date, list[AgendaItem]] = {}
    for item in items:
        by_day.setdefault(item.on, []).append(item)
    events = []
    for on, of_day in by_day.items():
        begins_at = to_utc(
            datetime.combine(on, datetime.min.time()) + timedelta(minutes=wish.event_minute), learner.zone
        )
        dues = [DueItem(occurrence=item.occurrence, reading=readings[item.occurrence.reading_id]) for item in of_day]
        if not wish.event_per_item:
            events.append(_day_event(on, dues, begins_at, links.page("/today")))
            continue
        for item, due in zip(of_day, dues, strict=True):
            events.append(_item_event(item, due, begins_at, links))
            begins_at += timedelta(minutes=max(1, round(item.occurrence.minutes)))
    return events


def _day_event(on: date, dues: list[DueItem], begins_at: datetime, url: str) -> Event:
    minutes = sum(due.occurrence.minutes for due in dues)
    return Event(
        key=f"day/{on.isoformat()}",
        begins_at=begins_at,
        minutes=minutes,
        title=f"Studyplan: {duration(minutes)}, {count(len(dues), 'reading')}",
        lines=[f"{short_title(due.title)} ({duration(due.occurrence.minutes)})" for due in dues],
        url=url,
    )


def _item_event(item: AgendaItem, due: DueItem, begins_at: datetime, links: Links) -> Event:
    occurrence_id = item.occurrence.id
    return Event(
        key=item.key,
        begins_at=begins_at,
        minutes=item.occurrence.minutes,
        title=due.title,
        lines=[f"{duration(item.occurrence.minutes)}, tier {due.reading.tier}", web_address(due.reading.url)],
        url=links.occurrence(occurrence_id) if occurrence_id else links.page("/plan"),
    )


def _on_tracks(session: Session, wish: FeedWish) -> Collection[ReadingId] | None:
    """Return the readings of a feed's tracks, also those that a catalog has withdrawn; None when it shows all."""
    if not wish.tracks:
        return None
    chosen: set[ReadingId] = set()
    for item in catalogs.list_tracks_by_id(session, wish.tracks):
        catalog = catalogs.get_catalog(session, item.catalog_id)
        chosen |= {reading.id for reading in item.track.choose((*catalog.readings, *catalog.withdrawn))}
    return chosen
