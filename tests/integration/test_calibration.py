"""The forecast and the minutes follow the learner, as far as their own reviews carry."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy.orm import Session

from shelf import NOW, begin, load, todays
from studyplan.domain.catalog import LearnerId
from studyplan.domain.memory import Rating
from studyplan.services import learners, planning, review
from studyplan.services.planning import PlanInputs
from studyplan.services.review import Finishing

pytestmark = pytest.mark.without_coverage

_keys = count()


@pytest.fixture
def learner_id(session: Session) -> LearnerId:
    load(session)
    return begin(session)


def live(session: Session, learner_id: LearnerId, days: int, *, rating: Rating, pace: float | None = None) -> datetime:
    """Do all of every day's list, each item in `pace` times its minutes when these are told."""
    now = NOW
    for _ in range(days):
        planning.replan(session, learner_id, now=now)
        for occurrence in todays(session, learner_id, now=now):
            minutes = None if pace is None else max(1.0, pace * occurrence.minutes)
            is_first = occurrence.number == 0
            given = Finishing(
                rating=Rating.CLEAR if is_first else rating, key=f"form-{next(_keys):08}", minutes=minutes
            )
            review.finish(session, learner_id, occurrence.id, given, now=now)
        now += timedelta(days=1)
    return now


def inputs_of(session: Session, learner_id: LearnerId, *, now: datetime) -> PlanInputs:
    return planning.get_inputs(session, learners.get_learner(session, learner_id), now=now)


def test_who_forgets_more_than_was_believed_is_promised_less(session: Session, learner_id: LearnerId) -> None:
    before = inputs_of(session, learner_id, now=NOW).aim.offset
    now = live(session, learner_id, 20, rating=Rating.FORGOT)
    after = inputs_of(session, learner_id, now=now).aim.offset
    assert before.mean == 0
    assert after.mean < -0.3
    assert after.spread < before.spread


def test_told_minutes_change_what_readings_are_planned_to_take(session: Session, learner_id: LearnerId) -> None:
    before = {item.reading_id: item for item in inputs_of(session, learner_id, now=NOW).candidates}
    now = live(session, learner_id, 10, rating=Rating.CLEAR, pace=2.0)
    after = {item.reading_id: item for item in inputs_of(session, learner_id, now=now).candidates}
    for reading_id, candidate in before.items():
        assert candidate.minutes < after[reading_id].minutes <= 2 * candidate.minutes
        assert after[reading_id].usual_review_minutes.skim >= candidate.usual_review_minutes.skim


def test_minutes_that_nobody_told_teach_nothing(session: Session, learner_id: LearnerId) -> None:
    before = inputs_of(session, learner_id, now=NOW).candidates
    now = live(session, learner_id, 10, rating=Rating.CLEAR)
    after = inputs_of(session, learner_id, now=now).candidates
    assert [item.minutes for item in after] == [item.minutes for item in before]
