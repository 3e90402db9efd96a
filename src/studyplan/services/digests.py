"""The digest of a learner, gathered from the plan, and the wish for it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain import wording
from studyplan.domain.catalog import LearnerId
from studyplan.domain.deliveries import Delivery, Kind, Record, Told
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.learner import DigestWish, Learner
from studyplan.domain.local_time import study_day
from studyplan.domain.occurrences import ACTION_DAYS
from studyplan.domain.plan import Coming, ItemKind, PlanItem
from studyplan.publish import digest as words
from studyplan.publish.digest import Digest, Done, Entry, Outlook, Question
from studyplan.publish.links import Grant, Links
from studyplan.store import deliveries, learners
from studyplan.store.digest_material import Material

RECORDS_SHOWN = 8
DAY_BEGINS = 4 * 60
KINDS = ("weekly", "daily", "off")


def build(material: Material, kind: Kind, links: Links, *, now: datetime) -> Digest:
    """Return the digest of a learner's coming week, or of today when it is daily. NotFound before there is a plan."""
    learner, coming = material.learner, material.coming
    if coming is None:
        raise NotFound("There is no plan yet. Choose a track first.")
    today, days = learner.today(now), 1 if words.is_daily(kind, learner.digest) else 7
    items = [item for item in coming.items if today <= item.on < today + timedelta(days=days)]
    return Digest(
        kind=kind,
        wish=learner.digest,
        zone_name=learner.zone_name,
        today=today,
        days=words.days_of([(item.on, _entry(item, material, links, now=now)) for item in items]),
        done=_done(material, today - timedelta(days=days), today),
        plan=_outlook(coming, material.told),
        question=_question(items, material, today, links),
        waiting=_waiting(items, material, now=now),
    )


def told_by(digest: Digest) -> Told:
    """Return what the next digest is compared with."""
    entries = sum(len(day.entries) for day in digest.days)
    return Told(items=entries + digest.hidden, finish_on=digest.plan.finish.expected_on)


def change_wish(session: Session, learner_id: LearnerId, wish: DigestWish, *, now: datetime) -> None:
    """Set when digests are wanted; the clock times the next one. Invalid when there is no such time."""
    today = learners.get_learner(session, learner_id).today(now)
    if wish.kind not in KINDS:
        raise Invalid(f"Choose weekly, daily or off, not “{wish.kind}”.", field="kind")
    if not 0 <= wish.weekday < 7 or not 0 <= wish.minute < 24 * 60:
        raise Invalid("Choose a weekday and a time of the day.", field="at")
    if wish.kind != "off" and wish.minute < DAY_BEGINS:
        raise Invalid("A study day begins at 4 in the morning: choose 4:00 or later.", field="at")
    if wish.paused_until is not None and wish.paused_until > today + timedelta(days=366):
        raise Invalid("Pause for a year at most; off is for longer.", field="paused_until")
    learners.change_learner(
        session,
        learner_id,
        digest_kind=wish.kind,
        digest_weekday=wish.weekday,
        digest_minute=wish.minute,
        digest_paused_until=wish.paused_until,
    )
    learners.time_digests_anew(session, learner_id, now=now)


def wants_some(session: Session, learner_id: LearnerId) -> bool:
    """Say whether somebody studies here and has not ended the digests."""
    learner = learners.find_learner(session, learner_id)
    return learner is not None and learner.digest.kind != "off"


def unsubscribe(session: Session, learner_id: LearnerId) -> None:
    """End a learner's digests, those already queued too. Doing it twice is once."""
    learners.change_learner(session, learner_id, digest_kind="off", next_digest_at=None)


def ask_for_one_now(session: Session, learner_id: LearnerId, *, now: datetime) -> bool:
    """Queue a digest besides the regular ones, at most one a minute; say whether there was none yet."""
    period = f"{now:%Y-%m-%dT%H:%M}"
    is_new = not deliveries.has_delivery(session, learner_id, Kind.TEST, period)
    deliveries.add_deliveries(session, [(learner_id, Kind.TEST, period, now)], now=now)
    return is_new


def list_records(session: Session, learner_id: LearnerId) -> list[Record]:
    """Return what became of a learner's latest mails."""
    return deliveries.list_records(session, learner_id, RECORDS_SHOWN)


def reason_against(learner: Learner, delivery: Delivery, *, now: datetime) -> str | None:
    """Return why a queued digest is not wanted any more."""
    wish = learner.digest
    if delivery.kind is Kind.TEST:
        return None
    if wish.kind == "off":
        return "digests are switched off"
    if wish.paused_until is not None and learner.today(now) < wish.paused_until:
        return f"paused until {wish.paused_until}"
    return None


def _entry(item: PlanItem, material: Material, links: Links, *, now: datetime) -> Entry:
    """Return a line of the digest. Its link acts without signing in where an occurrence stands for it already.

    It does so for as long from the mail on as an occurrence's own does from when it is published.
    """
    due = material.due.get(item.reading_id)
    url = links.page(f"/readings/{item.reading_id}")
    if due is not None and (due.kind, due.part) == (item.kind, item.part):
        ends_at = (max(due.published_at, now) + timedelta(days=ACTION_DAYS)).replace(microsecond=0)
        url = links.action(Grant(learner_id=material.learner.id, occurrence_id=due.id, ends_at=ends_at))
    title = words.cut(material.readings[item.reading_id].title)
    return Entry(title=title, why=_why(item), minutes=item.minutes, length=wording.duration(item.minutes), url=url)


def _why(item: PlanItem) -> str:
    if item.kind is ItemKind.REVIEW:
        return f"Review; recall {wording.percent(item.reason.recall_now)} by then"
    what = f"Part {item.part} of {item.parts}" if item.kind is ItemKind.PART else "First reading"
    if not wording.is_reviewed(item.reason):
        return what
    return f"{what}; kept at {wording.percent(item.reason.horizon_reviewed)} with its reviews"


def _done(material: Material, since_on: date, until_on: date) -> Done:
    since_on = max(since_on, study_day(material.learner.joined_at, material.learner.zone))
    studied = [item for item in material.studied if since_on <= item.on < until_on]
    days = [since_on + timedelta(days=count) for count in range((until_on - since_on).days)]
    return Done(
        since_on=since_on,
        minutes=sum(item.minutes for item in studied),
        budget=sum(material.learner.budget.minutes_on(day) for day in days),
        finished=sum(item.finished for item in studied),
    )


def _waiting(items: Sequence[PlanItem], material: Material, *, now: datetime) -> int:
    """Return how many readings are due already and stand on none of the days."""
    due = {reading_id for reading_id, occurrence in material.due.items() if occurrence.published_at <= now}
    return len(due - {item.reading_id for item in items})


def _outlook(coming: Coming, told: Told | None) -> Outlook:
    return Outlook(
        left=coming.unread,
        left_out=coming.left_out,
        finish=coming.finish,
        last_finish_on=told.finish_on if told else None,
        recall=coming.recall,
        horizon_on=coming.horizon_on,
    )


def _question(items: Sequence[PlanItem], material: Material, today: date, links: Links) -> Question | None:
    """Return a question about what was read already: the review with the lowest recall, each week another question."""
    unread = {item.reading_id for item in items if item.kind is not ItemKind.REVIEW}
    asked = (item for item in items if item.reading_id not in unread)
    reviews = [item for item in asked if material.readings[item.reading_id].questions]
    if not reviews:
        return None
    reading = material.readings[min(reviews, key=lambda item: item.reason.recall_now).reading_id]
    text = reading.questions[today.isocalendar().week % len(reading.questions)]
    return Question(text=text, title=words.cut(reading.title), url=links.page(f"/readings/{reading.id}"))
