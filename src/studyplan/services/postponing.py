"""Put off, leave out, and take that back: what a learner does with an occurrence that is not for now."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Conflict, Invalid
from studyplan.domain.local_time import start_of_study_day
from studyplan.domain.occurrences import ClosedBy, Occurrence, OccurrenceId, day_that_holds
from studyplan.domain.plan import ItemKind
from studyplan.domain.reviews import UNDO_FOR
from studyplan.services.planning import name_new
from studyplan.services.review import find_next_on, get_published, withdraw_open
from studyplan.store import learners, occurrences, study


def snooze(session: Session, learner_id: LearnerId, occurrence_id: OccurrenceId, until: date, *, now: datetime) -> date:
    """Put an occurrence off to a day, or the next that holds it; a new one falls due then. Returns the day it is.

    Doing it twice is once. Invalid for a day that is not in the coming year.
    """
    learners.lock_learner(session, learner_id)
    learner = learners.get_learner(session, learner_id)
    today = learner.today(now)
    if not today < until <= today + timedelta(days=365):
        raise Invalid(f"{until:%-d %B %Y} is not a day in the coming year.", field="until")
    occurrence = get_published(session, learner_id, occurrence_id, now=now)
    if not _is_open(occurrence, ClosedBy.SNOOZE):
        return find_next_on(session, learner_id, occurrence.reading_id) or until
    on = day_that_holds(occurrence.minutes, learner.budget, until) or until
    occurrences.close_occurrences(session, learner_id, [occurrence_id], ClosedBy.SNOOZE, now=now)
    due_at = start_of_study_day(on, learner.zone)
    again = replace(occurrence, id=OccurrenceId(""), due_at=due_at, made_at=now, rank=0, put_off=True)
    occurrences.put_occurrences(session, learner_id, name_new([again]))
    learners.count_change(session, learner_id, now=now)
    return on


def skip(session: Session, learner_id: LearnerId, occurrence_id: OccurrenceId, *, now: datetime) -> None:
    """Leave an occurrence out this time; the plan finds the reading a later day. Doing it twice is once."""
    learners.lock_learner(session, learner_id)
    if _is_open(get_published(session, learner_id, occurrence_id, now=now), ClosedBy.SKIP):
        occurrences.close_occurrences(session, learner_id, [occurrence_id], ClosedBy.SKIP, now=now)
        learners.count_change(session, learner_id, now=now)


def take_up(session: Session, learner_id: LearnerId, occurrence_id: OccurrenceId, *, now: datetime) -> None:
    """Take back that an occurrence was put off or left out: it is due as before. Doing it twice is once.

    It comes first today, and what took its minutes since is planned anew. Conflict when that is older than a day, when
    the reading was read or recalled since, or when the part before it was taken back.
    """
    learners.lock_learner(session, learner_id)
    occurrence = get_published(session, learner_id, occurrence_id, now=now)
    if occurrence.closed_at is None:
        return
    done = study.list_reviews(session, learner_id, reading_id=occurrence.reading_id)
    is_over = any(item.rated_at > occurrence.closed_at for item in done)
    _, parts_read = study.list_started(session, learner_id).get(occurrence.reading_id, (0.0, 0))
    is_over = is_over or (occurrence.kind is ItemKind.PART and occurrence.part != parts_read + 1)
    if is_over or not can_be_taken_up(occurrence, now=now):
        raise Conflict("This can no longer be taken back. Today's list shows what is due now.")
    withdraw_open(session, learner_id, occurrence.reading_id, now=now)
    instead = _told_since(session, learner_id, occurrence.closed_at, now=now)
    occurrences.close_occurrences(session, learner_id, instead, ClosedBy.WITHDRAWN, now=now)
    taken_up = replace(occurrence, closed_at=None, closed_by=None, put_off=True)
    occurrences.put_occurrences(session, learner_id, [taken_up])
    learners.count_change(session, learner_id, now=now)


def can_be_taken_up(occurrence: Occurrence, *, now: datetime) -> bool:
    """Say whether an occurrence was put off or left out within a day."""
    closed_at, was_moved = occurrence.closed_at, occurrence.closed_by in {ClosedBy.SNOOZE, ClosedBy.SKIP}
    return was_moved and closed_at is not None and now - closed_at <= UNDO_FOR


def _told_since(session: Session, learner_id: LearnerId, moment: datetime, *, now: datetime) -> list[OccurrenceId]:
    """Return what the plan, not the day, has let fall due since a moment of today."""
    learner = learners.get_learner(session, learner_id)
    if learner.today(moment) != learner.today(now):
        return []
    published = occurrences.list_published(session, learner_id, now=now)
    return [item.id for item in published if item.due_at > moment and not item.put_off]


def _is_open(occurrence: Occurrence, by: ClosedBy) -> bool:
    """Say whether an occurrence can be closed; Conflict when something else closed it."""
    if occurrence.closed_at is not None and occurrence.closed_by is not by:
        raise Conflict("This was done in the meantime. Today's list shows what is due now.")
    return occurrence.closed_at is None
