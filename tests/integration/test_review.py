"""What a learner does with an occurrence: rate it, read on, put it off, take it back."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from shelf import NOW, Book, begin, days_on, do_today, load, open_ones, rate, todays
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Conflict, Invalid, NotFound
from studyplan.domain.memory import Rating
from studyplan.domain.occurrences import ClosedBy, Occurrence
from studyplan.domain.plan import ItemKind
from studyplan.services import due, planning, postponing, review
from studyplan.services.review import Finishing
from studyplan.store import occurrences, plans, study
from studyplan.store.rows import OccurrenceRow


@pytest.fixture
def learner_id(session: Session) -> LearnerId:
    load(session)
    return begin(session)


@pytest.fixture
def first(session: Session, learner_id: LearnerId) -> Occurrence:
    """The first thing to read on the first day."""
    return todays(session, learner_id)[0]


def first_review(session: Session, learner_id: LearnerId) -> tuple[Occurrence, datetime]:
    """Do the first reading, and wait until its review is due."""
    done = rate(session, learner_id, todays(session, learner_id)[0])
    planning.replan(session, learner_id, now=NOW)
    now = open_ones(session, learner_id)[done.review.reading_id].due_at
    planning.replan(session, learner_id, now=now)
    return open_ones(session, learner_id)[done.review.reading_id], now


def test_a_first_reading_without_a_rating_counts_as_clear(
    session: Session, learner_id: LearnerId, first: Occurrence
) -> None:
    done = rate(session, learner_id, first, None)
    memory = study.find_memory(session, learner_id, first.reading_id)
    assert done.review.rating is Rating.CLEAR
    assert memory is not None
    assert (memory.reviews, memory.last_on) == (0, NOW.date())


def test_the_same_form_makes_one_review(session: Session, learner_id: LearnerId, first: Occurrence) -> None:
    once = rate(session, learner_id, first, key="the same form")
    again = rate(session, learner_id, first, key="the same form")
    assert (once.is_new, again.is_new) == (True, False)
    assert again.review == once.review
    assert again.next_on == once.next_on
    assert len(study.list_reviews(session, learner_id)) == 1


def test_a_second_tab_is_told_the_rating_that_counts(
    session: Session, learner_id: LearnerId, first: Occurrence
) -> None:
    once = rate(session, learner_id, first, Rating.EASY)
    second_tab = rate(session, learner_id, first, Rating.FORGOT)
    assert not second_tab.is_new
    assert second_tab.review == once.review
    assert study.find_memory(session, learner_id, first.reading_id) is not None


def test_the_date_on_the_button_is_what_then_happens(session: Session, learner_id: LearnerId) -> None:
    occurrence, now = first_review(session, learner_id)
    for rating in Rating:
        shown = due.get_item(session, learner_id, occurrence.id, now=now).next_on[rating]
        done = rate(session, learner_id, occurrence, rating, now=now)
        following = open_ones(session, learner_id).get(occurrence.reading_id)
        assert done.next_on == shown
        assert (following and following.due_at.date()) == shown
        review.undo(session, learner_id, done.review.id, now=now)


def test_undo_brings_memory_occurrence_and_today_back(session: Session, learner_id: LearnerId) -> None:
    occurrence, now = first_review(session, learner_id)
    memories, listed = study.list_memories(session, learner_id), todays(session, learner_id, now=now)
    done = rate(session, learner_id, occurrence, Rating.FORGOT, now=now)
    planning.replan(session, learner_id, now=now)
    assert occurrence.id not in {item.id for item in todays(session, learner_id, now=now)}
    review.undo(session, learner_id, done.review.id, now=now + timedelta(hours=2))
    planning.replan(session, learner_id, now=now + timedelta(hours=2))
    assert study.list_memories(session, learner_id) == memories
    assert open_ones(session, learner_id)[occurrence.reading_id].id == occurrence.id
    assert occurrence.id in {item.id for item in todays(session, learner_id, now=now + timedelta(hours=2))}
    assert {item.id for item in listed} <= {
        item.id for item in occurrences.list_published(session, learner_id, now=now)
    }


def test_undo_brings_the_plan_back(session: Session, learner_id: LearnerId) -> None:
    occurrence, now = first_review(session, learner_id)
    before = plans.find_plan(session, learner_id)
    done = rate(session, learner_id, occurrence, now=now)
    review.undo(session, learner_id, done.review.id, now=now)
    made = planning.replan(session, learner_id, now=now)
    assert before is not None
    assert made == before.plan


def test_undo_works_once_and_for_a_day(session: Session, learner_id: LearnerId, first: Occurrence) -> None:
    done = rate(session, learner_id, first)
    with pytest.raises(Conflict, match="24 hours"):
        review.undo(session, learner_id, done.review.id, now=NOW + timedelta(hours=24, seconds=1))
    once = review.undo(session, learner_id, done.review.id, now=NOW + timedelta(hours=24))
    assert review.undo(session, learner_id, done.review.id, now=NOW + timedelta(hours=30)).undone_at == once.undone_at


def test_a_rating_that_another_stands_on_is_not_taken_back(session: Session, learner_id: LearnerId) -> None:
    occurrence, now = first_review(session, learner_id)
    rate(session, learner_id, occurrence, now=now)
    earlier = study.list_reviews(session, learner_id, reading_id=occurrence.reading_id)[0]
    with pytest.raises(Conflict, match="again since"):
        review.undo(session, learner_id, earlier.id, now=earlier.rated_at)


def test_a_clock_that_was_set_back_does_not_change_which_rating_is_the_later(
    session: Session, learner_id: LearnerId
) -> None:
    occurrence, _ = first_review(session, learner_id)
    (earlier,) = study.list_reviews(session, learner_id, reading_id=occurrence.reading_id)
    occurrences.put_occurrences(session, learner_id, [replace(occurrence, due_at=NOW - timedelta(hours=3))])
    later = rate(session, learner_id, occurrence, now=NOW - timedelta(hours=2))
    with pytest.raises(Conflict, match="again since"):
        review.undo(session, learner_id, earlier.id, now=NOW)
    review.undo(session, learner_id, later.review.id, now=NOW)
    assert study.find_memory(session, learner_id, occurrence.reading_id) == later.review.memory_before


def test_what_was_taken_back_can_be_rated_again_from_the_same_form(
    session: Session, learner_id: LearnerId, first: Occurrence
) -> None:
    done = rate(session, learner_id, first, Rating.HAZY, key="the same form")
    review.undo(session, learner_id, done.review.id, now=NOW)
    again = rate(session, learner_id, first, Rating.EASY, key="the same form")
    assert again.is_new
    assert [item.rating for item in study.list_reviews(session, learner_id)] == [Rating.EASY]


def test_undo_after_the_next_one_was_published_withdraws_it_under_its_id(
    session: Session, learner_id: LearnerId, first: Occurrence
) -> None:
    done = rate(session, learner_id, first)
    following = open_ones(session, learner_id)[first.reading_id]
    early = replace(following, due_at=NOW + timedelta(hours=1))
    occurrences.put_occurrences(session, learner_id, [early])
    review.undo(session, learner_id, done.review.id, now=NOW + timedelta(hours=2))
    withdrawn = occurrences.get_occurrence(session, learner_id, following.id)
    assert withdrawn.closed_by is ClosedBy.WITHDRAWN
    assert open_ones(session, learner_id)[first.reading_id].id == first.id


def test_parts_are_read_one_by_one_and_rated_with_the_last(session: Session) -> None:
    load(session, Book(slug="splice", minutes=45))
    learner_id = begin(session, weekdays=(20,) * 7)
    (first,) = todays(session, learner_id)
    assert (first.kind, first.part) == (ItemKind.PART, 1)
    done = rate(session, learner_id, first, Rating.FORGOT)
    assert (done.review.rating, done.next_on) == (None, None)
    assert study.list_memories(session, learner_id) == {}
    for day in (1, 2):
        planning.replan(session, learner_id, now=days_on(day))
        (following,) = todays(session, learner_id, now=days_on(day))
        assert (following.part, following.parts) == (day + 1, 3)
        done = rate(session, learner_id, following, Rating.HAZY, now=days_on(day))
    assert done.review.rating is Rating.HAZY
    assert study.list_started(session, learner_id) == {}
    assert sum(item.minutes for item in study.list_reviews(session, learner_id)) == 45


def test_a_part_that_is_taken_back_is_to_be_read_again(session: Session) -> None:
    load(session, Book(slug="splice", minutes=45))
    learner_id = begin(session, weekdays=(20,) * 7)
    (first,) = todays(session, learner_id)
    done = rate(session, learner_id, first)
    planning.replan(session, learner_id, now=NOW)
    review.undo(session, learner_id, done.review.id, now=NOW)
    planning.replan(session, learner_id, now=NOW)
    assert study.list_started(session, learner_id) == {}
    assert [item.id for item in todays(session, learner_id)] == [first.id]


def test_a_snooze_holds_whatever_is_planned_until_its_day(
    session: Session, learner_id: LearnerId, first: Occurrence
) -> None:
    until = NOW.date() + timedelta(days=4)
    assert postponing.snooze(session, learner_id, first.id, until, now=NOW) == until
    promised = open_ones(session, learner_id)[first.reading_id]
    for day in range(4):
        planning.replan(session, learner_id, now=days_on(day))
        assert first.reading_id not in {item.reading_id for item in todays(session, learner_id, now=days_on(day))}
        assert open_ones(session, learner_id)[first.reading_id] == promised
    planning.replan(session, learner_id, now=days_on(4))
    assert promised.id in {item.id for item in todays(session, learner_id, now=days_on(4))}
    assert promised.id != first.id


def test_snoozing_twice_is_once_and_says_the_day_that_holds(
    session: Session, learner_id: LearnerId, first: Occurrence
) -> None:
    until = NOW.date() + timedelta(days=4)
    postponing.snooze(session, learner_id, first.id, until, now=NOW)
    assert postponing.snooze(session, learner_id, first.id, until + timedelta(days=3), now=NOW) == until
    of_reading = select(OccurrenceRow).where(OccurrenceRow.reading_id == first.reading_id)
    assert len(session.scalars(of_reading).all()) == 2


@pytest.mark.parametrize("until", [date(2026, 11, 25), date(2026, 11, 1), date(2027, 11, 27)])
def test_a_snooze_ends_on_a_day_of_the_coming_year(
    session: Session, learner_id: LearnerId, first: Occurrence, until: date
) -> None:
    with pytest.raises(Invalid, match="coming year"):
        postponing.snooze(session, learner_id, first.id, until, now=NOW)


def test_what_is_skipped_comes_back_a_later_day(session: Session, learner_id: LearnerId, first: Occurrence) -> None:
    postponing.skip(session, learner_id, first.id, now=NOW)
    postponing.skip(session, learner_id, first.id, now=NOW)
    planning.replan(session, learner_id, now=NOW)
    assert first.reading_id not in {item.reading_id for item in todays(session, learner_id)}
    again = open_ones(session, learner_id)[first.reading_id]
    assert again.id != first.id
    assert again.due_at > NOW


def test_what_was_put_off_in_the_meantime_is_not_rated(
    session: Session, learner_id: LearnerId, first: Occurrence
) -> None:
    postponing.snooze(session, learner_id, first.id, NOW.date() + timedelta(days=2), now=NOW)
    with pytest.raises(Conflict, match="put off"):
        rate(session, learner_id, first)
    with pytest.raises(Conflict, match="done in the meantime"):
        postponing.skip(session, learner_id, first.id, now=NOW)


def test_what_is_not_due_yet_cannot_be_done(session: Session, learner_id: LearnerId, first: Occurrence) -> None:
    rate(session, learner_id, first)
    following = open_ones(session, learner_id)[first.reading_id]
    with pytest.raises(NotFound):
        rate(session, learner_id, following)
    with pytest.raises(NotFound):
        due.get_item(session, learner_id, following.id, now=NOW)


def test_another_learner_s_things_do_not_exist(session: Session, learner_id: LearnerId, first: Occurrence) -> None:
    stranger = begin(session, email="eve@example.org")
    done = rate(session, learner_id, first)
    for act in (
        lambda: rate(session, stranger, first),
        lambda: postponing.snooze(session, stranger, first.id, NOW.date() + timedelta(days=1), now=NOW),
        lambda: postponing.skip(session, stranger, first.id, now=NOW),
        lambda: review.undo(session, stranger, done.review.id, now=NOW),
        lambda: due.get_item(session, stranger, first.id, now=NOW),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(("key", "minutes"), [("short", None), ("k" * 65, None), ("k" * 8, 0), ("k" * 8, 601)])
def test_a_form_without_a_key_or_with_odd_minutes_is_refused(key: str, minutes: float | None) -> None:
    with pytest.raises(Invalid):
        Finishing(rating=None, key=key, minutes=minutes)


def test_own_minutes_are_spent_from_today(session: Session, learner_id: LearnerId, first: Occurrence) -> None:
    finishing = Finishing(rating=Rating.CLEAR, key="a form's key", minutes=29)
    done = review.finish(session, learner_id, first.id, finishing, now=NOW)
    assert (done.review.minutes, done.review.timed) == (29, True)
    assert due.get_today(session, learner_id, now=NOW).minutes_left == 1


def test_a_night_s_rating_counts_for_the_evening_s_study_day(session: Session) -> None:
    load(session)
    learner_id = begin(session, zone="Europe/Berlin")
    night = NOW.replace(day=26, hour=2, minute=30)
    first = todays(session, learner_id, now=night)[0]
    done = rate(session, learner_id, first, now=night)
    memory = study.find_memory(session, learner_id, first.reading_id)
    assert done.review.studied_on == date(2026, 11, 25)
    assert memory is not None
    assert memory.last_on == date(2026, 11, 25)


def test_all_of_a_day_can_be_done(session: Session, learner_id: LearnerId) -> None:
    assert do_today(session, learner_id) > 0
    assert todays(session, learner_id) == []
