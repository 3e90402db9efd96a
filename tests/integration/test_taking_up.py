"""Take back that something was put off or left to the plan."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from shelf import NOW, Book, begin, days_on, load, open_ones, rate, todays
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Conflict
from studyplan.domain.occurrences import Occurrence
from studyplan.services import planning, postponing, review
from studyplan.store import occurrences


def begun(session: Session) -> tuple[LearnerId, Occurrence]:
    """Return a learner, and the first thing that is due."""
    load(session)
    learner_id = begin(session)
    return learner_id, todays(session, learner_id)[0]


@pytest.mark.parametrize("how", ["put off", "left to the plan"])
def test_what_was_put_off_or_left_out_can_be_taken_up_again(session: Session, how: str) -> None:
    learner_id, first = begun(session)
    if how == "put off":
        postponing.snooze(session, learner_id, first.id, NOW.date() + timedelta(days=40), now=NOW)
    else:
        postponing.skip(session, learner_id, first.id, now=NOW)
    planning.replan(session, learner_id, now=NOW)
    assert first.id not in {item.id for item in todays(session, learner_id)}
    for _ in range(2):
        postponing.take_up(session, learner_id, first.id, now=NOW + timedelta(hours=1))
    planning.replan(session, learner_id, now=NOW)
    published = occurrences.list_published(session, learner_id, now=NOW)
    assert first.id in {item.id for item in published}
    assert open_ones(session, learner_id)[first.reading_id].id == first.id


def test_what_was_done_since_or_is_a_day_old_cannot_be_taken_up(session: Session) -> None:
    learner_id, first = begun(session)
    postponing.skip(session, learner_id, first.id, now=NOW)
    with pytest.raises(Conflict):
        postponing.take_up(session, learner_id, first.id, now=NOW + timedelta(hours=25))
    planning.replan(session, learner_id, now=days_on(1))
    rate(session, learner_id, open_ones(session, learner_id)[first.reading_id], now=days_on(1))
    with pytest.raises(Conflict):
        postponing.take_up(session, learner_id, first.id, now=days_on(1))


def test_a_part_that_was_put_off_waits_for_the_one_before_it_to_be_read_again(session: Session) -> None:
    load(session, Book(slug="bowline", minutes=60))
    learner_id = begin(session, weekdays=(30,) * 7)
    (first,) = todays(session, learner_id)
    done = rate(session, learner_id, first, None)
    planning.replan(session, learner_id, now=days_on(1) - timedelta(hours=3))
    now = days_on(1) - timedelta(hours=3)
    (second,) = todays(session, learner_id, now=now)
    postponing.snooze(session, learner_id, second.id, now.date() + timedelta(days=5), now=now)
    review.undo(session, learner_id, done.review.id, now=now)
    with pytest.raises(Conflict):
        postponing.take_up(session, learner_id, second.id, now=now)
    assert open_ones(session, learner_id)[first.reading_id].id == first.id


def test_what_is_taken_up_stands_on_today_s_list_as_before(session: Session) -> None:
    load(session, *(Book(slug=f"knot-{number}", minutes=10) for number in range(9)))
    learner_id = begin(session)
    before = [(item.id, item.minutes) for item in todays(session, learner_id)]
    assert len(before) == 3
    for number, how in enumerate((postponing.snooze, postponing.skip)):
        until = (NOW.date() + timedelta(days=3),) if how is postponing.snooze else ()
        how(session, learner_id, before[number][0], *until, now=NOW + timedelta(minutes=1 + 2 * number))
        planning.replan(session, learner_id, now=NOW + timedelta(minutes=2 + 2 * number))
    later = NOW + timedelta(minutes=5)
    assert len({item.id for item in todays(session, learner_id, now=later)} - {key for key, _ in before}) == 2
    for key, _ in before[:2]:
        postponing.take_up(session, learner_id, key, now=later)
        planning.replan(session, learner_id, now=later)
    assert sorted((item.id, item.minutes) for item in todays(session, learner_id, now=later)) == sorted(before)
    assert {item.id for item in occurrences.list_published(session, learner_id, now=later)} == {
        key for key, _ in before
    }


def test_what_was_put_off_is_on_the_list_of_its_day(session: Session) -> None:
    load(session, *(Book(slug=f"knot-{number}", minutes=20) for number in range(9)))
    learner_id = begin(session)
    first = todays(session, learner_id)[0]
    on = postponing.snooze(session, learner_id, first.id, NOW.date() + timedelta(days=2), now=NOW)
    for days in range(3):
        now = days_on(days)
        planning.replan(session, learner_id, now=now)
        listed = [item.reading_id for item in todays(session, learner_id, now=now)]
        assert (first.reading_id in listed) == (now.date() == on)
    assert listed[0] == first.reading_id


def test_a_day_without_room_is_passed_over(session: Session) -> None:
    load(session)
    learner_id = begin(session, weekdays=(30, 30, 30, 30, 10, 0, 45))
    first = max(todays(session, learner_id), key=lambda item: item.minutes)
    friday, sunday = NOW.date() + timedelta(days=2), NOW.date() + timedelta(days=4)
    assert postponing.snooze(session, learner_id, first.id, friday, now=NOW) == sunday
