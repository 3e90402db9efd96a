"""Rate, read on and take back: what a learner does with an occurrence."""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId, ReadingId
from studyplan.domain.errors import Conflict, Invalid, NotFound
from studyplan.domain.learner import Learner
from studyplan.domain.local_time import start_of_study_day
from studyplan.domain.memory import Memory, Rating, first_memory, retrievability, review
from studyplan.domain.occurrences import ClosedBy, Occurrence, OccurrenceId
from studyplan.domain.plan import Binding, ItemKind, Reason, kind_of_review
from studyplan.domain.planner import next_date
from studyplan.domain.reviews import Review, ReviewId
from studyplan.services.planning import PlanInputs, get_inputs, name_new
from studyplan.store import learners, occurrences, plans, study

LONGEST_MINUTES = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Finishing:
    """How an occurrence was done: the rating (None: a part was read), the form's key, the time it took if told."""

    rating: Rating | None
    key: str
    minutes: float | None = None

    def __post_init__(self) -> None:
        if not 8 <= len(self.key) <= 64:
            raise Invalid("The form has no key. Open the page again.", field="key")
        if self.minutes is not None and not 0 < self.minutes <= LONGEST_MINUTES:
            raise Invalid(f"{self.minutes:g} minutes cannot be: give 1 to {LONGEST_MINUTES}.", field="minutes")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """What came of it: the review, whether this call made it, and the day the reading falls due next."""

    review: Review
    is_new: bool
    next_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """What a rating needs to know of its learner, gathered at a moment."""

    learner: Learner
    inputs: PlanInputs


def prepare(session: Session, learner_id: LearnerId, *, now: datetime) -> Ready:
    """Gather what a rating needs to know. In a session that only reads, so that it holds nobody up."""
    learner = learners.get_learner(session, learner_id)
    return Ready(learner=learner, inputs=get_inputs(session, learner, now=now))


def finish(
    session: Session,
    learner_id: LearnerId,
    occurrence_id: OccurrenceId,
    finishing: Finishing,
    *,
    ready: Ready | None = None,
    now: datetime,
) -> Finished:
    """Record that an occurrence was done. The same form key or a second tab makes no second review.

    Only this reading's next date is set here, by the stored price of a minute: the whole plan follows after commit.
    What is `ready` counts while nothing it was gathered from has changed. Conflict when the occurrence was put off in
    the meantime.
    """
    inputs_version = learners.lock_learner(session, learner_id)
    occurrence = get_published(session, learner_id, occurrence_id, now=now)
    known = study.find_review(session, learner_id, occurrence, finishing.key)
    if known is not None:
        return Finished(review=known, is_new=False, next_on=find_next_on(session, learner_id, known.reading_id))
    if occurrence.closed_at is not None:
        raise Conflict("This was put off in the meantime. Today's list shows what is due now.")
    if ready is None or ready.learner.inputs_version != inputs_version:
        ready = prepare(session, learner_id, now=now)
    done = _review(session, ready.learner, occurrence, finishing, now=now)
    study.add_review(session, learner_id, done)
    closed_by = ClosedBy.READ if done.rating is None else ClosedBy.RATING
    occurrences.close_occurrences(session, learner_id, [occurrence_id], closed_by, now=now)
    next_on = None
    if done.rating is None:
        minutes_read = done.minutes_read_before + occurrence.minutes
        study.put_started(session, learner_id, done.reading_id, minutes_read=minutes_read, parts_read=occurrence.part)
    else:
        next_on = _remember(session, ready, done, done.rating, now=now)
    learners.count_change(session, learner_id, now=now)
    return Finished(review=done, is_new=True, next_on=next_on)


def undo(session: Session, learner_id: LearnerId, review_id: ReviewId, *, now: datetime) -> Review:
    """Take a rating back: memory and occurrence are as they were. Taking it back twice changes nothing.

    Conflict when it is older than a day, or when a later rating of the same reading stands on it.
    """
    learners.lock_learner(session, learner_id)
    done = study.get_review(session, learner_id, review_id)
    if done.undone_at is not None:
        return done
    if not done.can_be_undone(now):
        raise Conflict("A rating can be taken back for 24 hours. This one is older.")
    latest = max(study.list_reviews(session, learner_id, reading_id=done.reading_id), key=lambda item: item.place)
    if latest.id != done.id:
        raise Conflict("This reading was rated again since. Take the later rating back first.")
    study.undo_review(session, learner_id, review_id, now=now)
    study.put_memory(session, learner_id, done.reading_id, done.memory_before)
    occurrence = occurrences.get_occurrence(session, learner_id, done.occurrence_id)
    parts_read = max(0, occurrence.part - 1)
    study.put_started(
        session, learner_id, done.reading_id, minutes_read=done.minutes_read_before, parts_read=parts_read
    )
    withdraw_open(session, learner_id, done.reading_id, now=now)
    occurrences.put_occurrences(session, learner_id, [_opened_again(session, learner_id, occurrence)])
    learners.count_change(session, learner_id, now=now)
    return replace(done, undone_at=now)


def _opened_again(session: Session, learner_id: LearnerId, occurrence: Occurrence) -> Occurrence:
    """Return it as due as before: first on its day where the plan had asked for it and has gone on without it since."""
    stored = plans.find_plan(session, learner_id)
    planned = stored.plan.on(stored.plan.made_on) if stored else ()
    is_missing = occurrence.rank > 0 and occurrence.reading_id not in {item.reading_id for item in planned}
    return replace(occurrence, closed_at=None, closed_by=None, put_off=occurrence.put_off or is_missing)


def find_undoable(session: Session, learner_id: LearnerId, occurrence: Occurrence, *, now: datetime) -> Review | None:
    """Return the review that ended an occurrence, while it can be taken back."""
    latest = max(
        study.list_reviews(session, learner_id, reading_id=occurrence.reading_id), key=lambda it: it.place, default=None
    )
    if latest is None or latest.occurrence_id != occurrence.id or not latest.can_be_undone(now):
        return None
    return latest


def get_published(session: Session, learner_id: LearnerId, occurrence_id: OccurrenceId, *, now: datetime) -> Occurrence:
    """Return an occurrence that the learner has been told of, or raise NotFound."""
    occurrence = occurrences.get_occurrence(session, learner_id, occurrence_id)
    if occurrence.due_at > now:
        raise NotFound("This is not due yet.")
    return occurrence


def _review(
    session: Session, learner: Learner, occurrence: Occurrence, finishing: Finishing, *, now: datetime
) -> Review:
    """Return the review that a finished occurrence makes. A first reading or last part without a rating is Clear.

    After a change of zone today can be the day before the last rating: it counts for that day, ratings stay in order.
    """
    is_part = occurrence.kind is ItemKind.PART and occurrence.part < occurrence.parts
    memory = study.find_memory(session, learner.id, occurrence.reading_id)
    today = learner.today(now)
    studied_on = today if memory is None else max(today, memory.last_on)
    return Review(
        id=ReviewId(str(uuid.uuid4())),
        reading_id=occurrence.reading_id,
        occurrence_id=occurrence.id,
        kind=occurrence.kind,
        rating=None if is_part else finishing.rating or Rating.CLEAR,
        recall_expected=None if memory is None else retrievability(memory, studied_on),
        minutes=occurrence.minutes if finishing.minutes is None else finishing.minutes,
        timed=finishing.minutes is not None,
        rated_at=now,
        studied_on=studied_on,
        key=finishing.key,
        memory_before=memory,
        minutes_read_before=study.minutes_read_of(session, learner.id, occurrence.reading_id),
    )


def _remember(session: Session, ready: Ready, done: Review, rating: Rating, *, now: datetime) -> date | None:
    """Store the memory that a rating leaves and the reading's next occurrence; return the day it falls due."""
    learner, candidate = ready.learner, ready.inputs.candidate(done.reading_id)
    today, before = learner.today(now), done.memory_before
    stored = plans.find_plan(session, learner.id)
    memory = first_memory(rating, today) if before is None else review(before, rating, done.studied_on)
    study.put_memory(session, learner.id, done.reading_id, memory)
    study.put_started(session, learner.id, done.reading_id, minutes_read=0, parts_read=0)
    if candidate is None or stored is None:
        return None
    next_on = next_date(stored.plan, candidate, rating, learner.budget, today)
    if next_on is not None:
        kind = kind_of_review(retrievability(memory, next_on))
        following = Occurrence(
            id=OccurrenceId(""),
            reading_id=done.reading_id,
            number=memory.reviews + 1,
            kind=ItemKind.REVIEW,
            review_kind=kind,
            part=1,
            parts=1,
            minutes=candidate.usual_review_minutes.for_kind(kind),
            reason=_reason(memory, next_on, candidate.horizon_on),
            rank=0,
            due_at=start_of_study_day(next_on, learner.zone),
            made_at=now,
        )
        occurrences.put_occurrences(session, learner.id, name_new([following]))
    return next_on


def _reason(memory: Memory, on: date, horizon_on: date | None) -> Reason:
    """Return the reason of a review by the one-reading rule; the whole plan, made after commit, says it in full."""
    recall = retrievability(memory, on)
    return Reason(
        recall_now=recall,
        horizon_without=recall,
        horizon_with=recall,
        horizon_reviewed=recall,
        value_per_minute=0.0,
        price=0.0,
        binding=Binding.WORTH,
        horizon_on=horizon_on,
    )


def find_next_on(session: Session, learner_id: LearnerId, reading_id: ReadingId) -> date | None:
    """Return the day on which a reading falls due next."""
    following = occurrences.find_open(session, learner_id, reading_id)
    return None if following is None else learners.get_learner(session, learner_id).today(following.due_at)


def withdraw_open(session: Session, learner_id: LearnerId, reading_id: ReadingId, *, now: datetime) -> None:
    """Take away the occurrence that a rating made: unseen it goes, published it is closed and keeps its id."""
    following = occurrences.find_open(session, learner_id, reading_id)
    if following is not None:
        occurrences.delete_unpublished(session, learner_id, [following.id], now=now)
        occurrences.close_occurrences(session, learner_id, [following.id], ClosedBy.WITHDRAWN, now=now)
