"""What a signed link allows without signing in: to look at one occurrence, and to act on it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from studyplan.domain.catalog import Reading
from studyplan.domain.errors import NotFound
from studyplan.domain.occurrences import Occurrence
from studyplan.domain.reviews import UNDO_FOR, Review
from studyplan.publish.links import Grant, Links
from studyplan.services.postponing import can_be_taken_up
from studyplan.store import catalogs, feeds, learners, occurrences, plans, study


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of an occurrence: the review that closed it, if one did, and the day its reading falls due next.

    That day may still come while `is_being_planned`.
    """

    review: Review | None
    can_be_undone: bool
    next_on: date | None
    is_being_planned: bool


def get_grant(links: Links, token: str) -> Grant:
    """Return what a signed text grants, or raise NotFound: for a forged one, it says no more than for any other."""
    grant = links.find_grant(token)
    if grant is None:
        raise NotFound("There is nothing at this address. A letter may be missing: copy the whole link.")
    return grant


def is_over(session: Session, grant: Grant, *, now: datetime) -> bool:
    """Say whether a grant has ended: its time, or the address of the feed that it was read through.

    In a feed a reading stays as long as it is due, and so does its link; what it did can be taken back for a day.
    """
    through = grant.through
    if through is None:
        return now >= grant.ends_at
    if not feeds.answers(session, grant.learner_id, through.feed_id, through.version, now=now):
        return True
    closed_at = get_occurrence(session, grant).closed_at
    return now >= grant.ends_at and closed_at is not None and now - closed_at > UNDO_FOR


def note_visit(session: Session, grant: Grant, *, now: datetime) -> None:
    """Note that the learner was here: who acts through mails and feeds alone is not away."""
    learners.note_visit(session, grant.learner_id, now=now)


def get_occurrence(session: Session, grant: Grant) -> Occurrence:
    """Return the occurrence, or raise NotFound when the plan has withdrawn it."""
    return occurrences.get_occurrence(session, grant.learner_id, grant.occurrence_id)


def get_reading(session: Session, grant: Grant, occurrence: Occurrence) -> Reading:
    """Return what an occurrence asks to read, in the words of the learner's list."""
    return catalogs.get_reading(session, occurrence.reading_id, learner_id=grant.learner_id)


def get_outcome(session: Session, grant: Grant, *, now: datetime) -> Outcome:
    """Return what became of the occurrence."""
    occurrence = get_occurrence(session, grant)
    reviews = study.list_reviews(session, grant.learner_id, reading_id=occurrence.reading_id)
    done = next((item for item in reviews if item.occurrence_id == occurrence.id), None)
    following = occurrences.find_open(session, grant.learner_id, occurrence.reading_id)
    learner = learners.get_learner(session, grant.learner_id)
    stored = plans.find_plan(session, grant.learner_id)
    return Outcome(
        review=done,
        can_be_undone=can_be_taken_up(occurrence, now=now)
        if done is None
        else done is reviews[-1] and done.can_be_undone(now),
        next_on=None if following is None else learner.today(following.due_at),
        is_being_planned=stored is not None and stored.inputs_version != learner.inputs_version,
    )
