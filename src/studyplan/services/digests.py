"""The digest of a learner, gathered from the plan, and the wish for it."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain import wording
from studyplan.domain.catalog import LearnerId, Reading, ReadingId
from studyplan.domain.deliveries import Delivery, Kind, Record, Told
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.learner import DigestWish, Learner
from studyplan.domain.memory import retrievability
from studyplan.domain.occurrences import Occurrence
from studyplan.domain.plan import ItemKind, Plan, PlanItem
from studyplan.publish import digest as words
from studyplan.publish.digest import Digest, Done, Entry, Outlook, Question
from studyplan.publish.links import Grant, Links
from studyplan.store import catalogs, deliveries, learners, occurrences, plans, study

RECORDS_SHOWN = 8
KINDS = ("weekly", "daily", "off")


def build(session: Session, learner: Learner, kind: Kind, links: Links, *, now: datetime) -> Digest:
    """Return the digest of a learner's coming week, or of today when it is daily. NotFound before there is a plan."""
    stored = plans.find_plan(session, learner.id)
    if stored is None:
        raise NotFound("There is no plan yet. Choose a track first.")
    today, days = learner.today(now), 1 if _is_daily(kind, learner.digest) else 7
    items = [item for item in stored.plan.items if today <= item.on < today + timedelta(days=days)]
    memories = study.list_memories(session, learner.id)
    asked = min(memories, key=lambda key: (retrievability(memories[key], today), key), default=None)
    readings = catalogs.list_readings(session, {item.reading_id for item in items} | ({asked} if asked else set()))
    due = {item.reading_id: item for item in occurrences.list_open(session, learner.id)}
    entries = [(item.on, _entry(item, readings[item.reading_id], due, learner.id, links)) for item in items]
    told = deliveries.find_last_told(session, learner.id)
    return Digest(
        kind=kind,
        wish=learner.digest,
        zone_name=learner.zone_name,
        today=today,
        days=words.days_of(entries),
        done=_done(session, learner, today - timedelta(days=days), today),
        plan=_outlook(stored.plan, told),
        question=_question(readings[asked], today, links) if asked else None,
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
        raise Invalid("Choose a weekday and a time of the day.", field="time")
    if wish.paused_until is not None and wish.paused_until > today + timedelta(days=366):
        raise Invalid("Pause for a year at most; off is for longer.", field="paused_until")
    learners.change_learner(
        session,
        learner_id,
        digest_kind=wish.kind,
        digest_weekday=wish.weekday,
        digest_minute=wish.minute,
        digest_paused_until=wish.paused_until,
        next_digest_at=None,
    )


def unsubscribe(session: Session, learner_id: LearnerId) -> None:
    """End a learner's digests, those already queued too. Doing it twice is once."""
    learners.change_learner(session, learner_id, digest_kind="off", next_digest_at=None)


def ask_for_one_now(session: Session, learner_id: LearnerId, *, now: datetime) -> None:
    """Queue a digest besides the regular ones, at most one a minute."""
    deliveries.add_deliveries(session, [(learner_id, Kind.TEST, f"{now:%Y-%m-%dT%H:%M}", now)], now=now)


def list_records(session: Session, learner_id: LearnerId) -> list[Record]:
    """Return what became of a learner's latest mails."""
    return deliveries.list_records(session, learner_id, RECORDS_SHOWN)


def reason_not_to_send(learner: Learner, delivery: Delivery, *, now: datetime) -> str | None:
    """Return why a queued digest is not wanted any more."""
    wish = learner.digest
    if delivery.kind is Kind.TEST:
        return None
    if wish.kind == "off":
        return "digests are switched off"
    if wish.paused_until is not None and learner.today(now) < wish.paused_until:
        return f"paused until {wish.paused_until}"
    return None


def _is_daily(kind: Kind, wish: DigestWish) -> bool:
    return kind is Kind.DAILY or (kind is Kind.TEST and wish.kind == Kind.DAILY)


def _entry(
    item: PlanItem, reading: Reading, due: dict[ReadingId, Occurrence], learner_id: LearnerId, links: Links
) -> Entry:
    """Return a line of the digest. Its link acts without signing in where an occurrence stands for it already."""
    occurrence = due.get(item.reading_id)
    url = links.page(f"/readings/{item.reading_id}")
    if occurrence is not None and (occurrence.kind, occurrence.part) == (item.kind, item.part):
        url = links.action(Grant.on(learner_id, occurrence))
    return Entry(title=words.cut(reading.title), why=_why(item), minutes=item.minutes, url=url)


def _why(item: PlanItem) -> str:
    if item.kind is ItemKind.REVIEW:
        return f"Review; recall {wording.percent(item.reason.recall_now)} by then"
    what = f"Part {item.part} of {item.parts}" if item.kind is ItemKind.PART else "First reading"
    return f"{what}; recall {wording.percent(item.reason.horizon_with)} at the end instead of none"


def _done(session: Session, learner: Learner, since_on: date, until_on: date) -> Done:
    reviews = [
        review for review in study.list_reviews(session, learner.id, since_on=since_on) if review.studied_on < until_on
    ]
    days = (until_on - since_on).days
    return Done(
        since_on=since_on,
        minutes=sum(review.minutes for review in reviews),
        budget=sum(learner.budget.minutes_on(since_on + timedelta(days=count)) for count in range(days)),
        finished=sum(review.memory_before is None and review.rating is not None for review in reviews),
    )


def _outlook(plan: Plan, told: Told | None) -> Outlook:
    return Outlook(
        left=len(plan.wanted),
        finish=plan.finish,
        last_finish_on=told.finish_on if told else None,
        recall=plan.recall,
        horizon_on=None if plan.rolling else plan.horizon_on,
    )


def _question(reading: Reading, today: date, links: Links) -> Question | None:
    """Return one of a reading's questions, another one each week."""
    if not reading.questions:
        return None
    text = reading.questions[today.isocalendar().week % len(reading.questions)]
    return Question(text=text, title=words.cut(reading.title), url=links.page(f"/readings/{reading.id}"))
