"""Planning anew: the same again, never too much, nothing that was told is changed, nothing is owed."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from shelf import NOW, Book, always, begin, days_on, do_today, load, open_ones, rate, todays
from studyplan.domain.budget import Break
from studyplan.domain.catalog import LearnerId
from studyplan.domain.ledger import LedgerChange
from studyplan.domain.local_time import start_of_study_day
from studyplan.domain.memory import Rating
from studyplan.domain.occurrences import Occurrence
from studyplan.services import changes, due, ledger, planning, postponing, review
from studyplan.store import learners, occurrences, plans
from studyplan.web.day import find_day

BOOKS = tuple(Book(slug=f"knot-{n}", tier=4 + n % 2, minutes=15 + 5 * (n % 4)) for n in range(10))


@pytest.fixture
def learner_id(session: Session) -> LearnerId:
    load(session, *BOOKS)
    return begin(session, weekdays=(0, 35, 0, 35, 0, 50, 0))


def all_open(session: Session, learner_id: LearnerId) -> dict[str, Occurrence]:
    return {item.id: item for item in open_ones(session, learner_id).values()}


def test_planning_again_with_nothing_changed_changes_nothing(session: Session, learner_id: LearnerId) -> None:
    first, open_before = plans.find_plan(session, learner_id), all_open(session, learner_id)
    version = learners.get_learner(session, learner_id).feed_version
    planning.replan(session, learner_id, now=NOW + timedelta(hours=1))
    again = plans.find_plan(session, learner_id)
    assert first is not None
    assert again is not None
    assert again.plan == replace(first.plan, inputs=again.plan.inputs)
    assert again.made_at == first.made_at
    assert all_open(session, learner_id) == open_before
    assert learners.get_learner(session, learner_id).feed_version == version
    assert ledger.list_lines(session, learner_id) == []


def test_no_day_is_above_its_minutes_and_each_reading_has_its_next_occurrence(
    session: Session, learner_id: LearnerId
) -> None:
    made = planning.replan(session, learner_id, now=NOW)
    spent = Counter[date]()
    for item in made.items:
        spent[item.on] += item.minutes
    budget = learners.get_learner(session, learner_id).budget
    assert all(minutes <= budget.minutes_on(on) + 1e-6 for on, minutes in spent.items())
    assert open_ones(session, learner_id).keys() == {item.reading_id for item in made.items}


def test_what_was_told_stays_whatever_is_planned_later(session: Session, learner_id: LearnerId) -> None:
    told = {item.id: replace(item, rank=0) for item in occurrences.list_published(session, learner_id, now=NOW)}
    assert told
    learner = learners.get_learner(session, learner_id)
    other = changes.get_settings(session, learner).with_weekdays((10, 0, 0, 0, 0, 0, 90))
    changes.apply(session, learner_id, always(other), "Sundays", now=days_on(3))
    planning.replan(session, learner_id, now=days_on(9))
    after = all_open(session, learner_id)
    assert {key: replace(after[key], rank=0) for key in told} == told


def test_days_that_were_missed_ask_for_nothing(session: Session, learner_id: LearnerId) -> None:
    do_today(session, learner_id)
    for day in range(1, 21):
        planning.replan(session, learner_id, now=days_on(day))
    now = days_on(20)
    today = due.get_today(session, learner_id, now=now)
    assert 0 < sum(item.due.occurrence.minutes for item in today.items) <= today.minutes
    late = [line for line in ledger.list_lines(session, learner_id) if line.change is LedgerChange.LATE]
    assert len(late) == len({line.id for line in late}) > 0


def test_each_missed_day_is_told_once(session: Session, learner_id: LearnerId) -> None:
    for _ in range(3):
        planning.replan(session, learner_id, now=days_on(2))
    lines = [line.subject for line in ledger.list_lines(session, learner_id) if line.change is LedgerChange.LATE]
    assert lines == ["Thursday was not read", "Wednesday was not read"] or len(lines) == len(set(lines)) > 0


def test_catching_up_never_takes_more_than_a_day_s_minutes_and_ends(session: Session, learner_id: LearnerId) -> None:
    for day in range(0, 12, 3):
        do_today(session, learner_id, now=days_on(day))
    for day in range(40, 52):
        now = days_on(day)
        planning.replan(session, learner_id, now=now)
        today = due.get_today(session, learner_id, now=now)
        assert sum(item.due.occurrence.minutes for item in today.items) <= today.minutes + 1e-6
        for item in today.items:
            rate(session, learner_id, item.due.occurrence, now=now)
    waiting = occurrences.list_published(session, learner_id, now=days_on(52))
    assert all(item.due_at > days_on(44) for item in waiting)


@pytest.mark.parametrize("entered_on", [0, 12], ids=["announced", "entered afterwards"])
def test_a_break_has_no_study_and_needs_no_catching_up(
    session: Session, learner_id: LearnerId, entered_on: int
) -> None:
    do_today(session, learner_id)
    pause = Break(first_on=date(2026, 11, 26), last_on=date(2026, 12, 6))
    for day in range(12):
        if day != entered_on:
            planning.replan(session, learner_id, now=days_on(day))
    settings = changes.get_settings(session, learners.get_learner(session, learner_id)).with_break(pause)
    changes.apply(session, learner_id, always(settings), "A break", now=days_on(entered_on))
    made = changes.get_stored(session, learner_id).plan
    assert not [item for item in made.items if item.on in pause]
    now = days_on(13)
    planning.replan(session, learner_id, now=now)
    today = due.get_today(session, learner_id, now=now)
    assert 0 < sum(item.due.occurrence.minutes for item in today.items) <= today.minutes


def test_a_reading_told_whole_waits_for_a_day_that_holds_it(session: Session) -> None:
    load(session, Book(slug="splice", tier=5, minutes=45), Book(slug="whipping", minutes=15))
    learner_id = begin(session, weekdays=(20, 20, 45, 20, 20, 50, 20))
    (told,) = todays(session, learner_id)
    assert told.minutes == 45
    planning.replan(session, learner_id, now=days_on(1))
    thursday = due.get_today(session, learner_id, now=days_on(1))
    assert [item.due.reading.title for item in thursday.items] == ["Whipping"]
    assert [(item.due.occurrence.id, item.planned_on) for item in thursday.also_due] == [(told.id, date(2026, 11, 28))]
    page = find_day(session, learner_id, now=days_on(1))
    assert page is not None
    assert page.also_due[0].why.endswith("It can wait: the plan has it on Saturday 28 November.")
    planning.replan(session, learner_id, now=days_on(3))
    assert told.id in {item.id for item in todays(session, learner_id, now=days_on(3))}


def test_a_reading_that_no_day_holds_any_more_stands_alone(session: Session) -> None:
    load(session, Book(slug="splice", tier=5, minutes=45))
    learner_id = begin(session, weekdays=(45,) * 7)
    (told,) = todays(session, learner_id)
    settings = changes.get_settings(session, learners.get_learner(session, learner_id)).with_weekdays((20,) * 7)
    changes.apply(session, learner_id, always(settings), "Less", now=days_on(1))
    assert [item.id for item in todays(session, learner_id, now=days_on(1))] == [told.id]


def test_the_next_turn_is_when_the_next_study_day_begins(session: Session, learner_id: LearnerId) -> None:
    due_at = {item.due_at for item in open_ones(session, learner_id).values() if item.due_at > NOW}
    zone = learners.get_learner(session, learner_id).zone
    assert min(due_at) == start_of_study_day(date(2026, 11, 26), zone)


def test_a_dropped_tier_leaves_its_due_items_rateable(session: Session, learner_id: LearnerId) -> None:
    settings = changes.get_settings(session, learners.get_learner(session, learner_id)).with_lowest_tier(5)
    changes.apply(session, learner_id, always(settings), "Tier 5 only", now=NOW)
    today = due.get_today(session, learner_id, now=NOW)
    still_due = (*today.items, *today.also_due)
    assert still_due
    for item in still_due:
        done = rate(session, learner_id, item.due.occurrence)
        assert done.is_new
        assert review.undo(session, learner_id, done.review.id, now=NOW).undone_at == NOW


def test_minutes_spent_are_spent_even_on_what_was_not_planned(session: Session, learner_id: LearnerId) -> None:
    first = todays(session, learner_id)[0]
    rate(session, learner_id, first)
    made = planning.replan(session, learner_id, now=NOW)
    left = 50 - due.get_today(session, learner_id, now=NOW).minutes_spent
    assert sum(item.minutes for item in made.on(NOW.date())) <= left + 1e-6


def test_of_a_great_many_that_are_due_the_page_shows_some_and_counts_the_rest(session: Session) -> None:
    load(session, *(Book(slug=f"knot-{number}", minutes=6) for number in range(50)))
    learner_id = begin(session, weekdays=(300,) * 7)
    settings = changes.get_settings(session, learners.get_learner(session, learner_id)).with_weekdays((6,) * 7)
    changes.apply(session, learner_id, always(settings), "Less", now=days_on(1))
    day = find_day(session, learner_id, now=days_on(1))
    assert day is not None
    assert (len(day.items), len(day.also_due), day.hidden) == (1, 30, 19)


def test_a_reading_waits_for_one_that_it_builds_on_and_that_was_put_off(session: Session) -> None:
    load(session, Book(slug="bowline", minutes=10), Book(slug="splice", minutes=15, builds_on=("bowline",)))
    learner_id = begin(session)
    bowline, splice = todays(session, learner_id)
    postponing.snooze(session, learner_id, bowline.id, days_on(3).date(), now=NOW)
    planning.replan(session, learner_id, now=NOW)
    today = due.get_today(session, learner_id, now=NOW)
    assert today.items == ()
    assert [item.due.occurrence.id for item in today.also_due] == [splice.id]


def test_undo_brings_back_what_the_plan_has_gone_on_without(session: Session) -> None:
    load(session, *(Book(slug=f"knot-{n}", tier=4 + n % 2, minutes=15 + 5 * (n % 4)) for n in range(16)))
    learner_id = begin(session, weekdays=(0, 35, 0, 35, 0, 50, 0))
    for day in range(6):
        do_today(session, learner_id, now=days_on(day))
    now = days_on(6)
    planned = {item.reading_id for item in planning.replan(session, learner_id, now=now).on(now.date())}
    listed = {item.id for item in todays(session, learner_id, now=now)}
    done = rate(session, learner_id, todays(session, learner_id, now=now)[0], Rating.EASY, now=now)
    planning.replan(session, learner_id, now=now)
    review.undo(session, learner_id, done.review.id, now=now)
    assert {item.reading_id for item in planning.replan(session, learner_id, now=now).on(now.date())} == planned
    assert {item.id for item in todays(session, learner_id, now=now)} == listed
