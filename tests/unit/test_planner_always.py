from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_cases import EVERY_OTHER_DAY, MONDAY, reading, remembered, situations, until
from studyplan.domain.budget import Budget
from studyplan.domain.packer import LEAST_PART
from studyplan.domain.plan import (
    Aim,
    Binding,
    Candidate,
    ItemKind,
    WhyLeftOut,
)
from studyplan.domain.planner import plan
from studyplan.domain.walk import DAILY_DAYS


@settings(max_examples=15, deadline=None)
@given(situations())
def test_no_day_asks_for_more_than_its_minutes(situation: tuple[list[Candidate], Budget, Aim]) -> None:
    candidates, budget, aim = situation
    made = plan(candidates, budget, today=MONDAY, aim=aim, spent_today=5)
    spent: dict[date, float] = defaultdict(float)
    for item in made.items:
        spent[item.on] += item.minutes
    for day, minutes in spent.items():
        assert minutes <= budget.minutes_on(day) - (5 if day == MONDAY else 0) + 1e-6


@settings(max_examples=15, deadline=None)
@given(situations())
def test_nothing_is_lost_read_twice_or_read_before_what_it_builds_on(
    situation: tuple[list[Candidate], Budget, Aim],
) -> None:
    candidates, budget, aim = situation
    made = plan(candidates, budget, today=MONDAY, aim=aim)
    ends = [item.reading_id for item in made.items if item.finishes]
    out = [left.reading_id for left in made.left_out]
    assert len(set(ends)) == len(ends)
    assert sorted([*made.wanted, *out]) == [c.reading_id for c in candidates if c.memory is None]
    read = {c.reading_id for c in candidates if c.memory}
    known = {c.reading_id: c for c in candidates}
    for item in made.items:
        candidate = known[item.reading_id]
        assert item.on >= (candidate.not_before_on or candidate.placed_on or MONDAY)
        if item.kind is ItemKind.REVIEW:
            assert item.reading_id in read
        else:
            assert item.reading_id not in read
            assert (candidate.builds_on & known.keys()) <= read
        if item.finishes:
            parts = [i for i in made.items if i.reading_id == item.reading_id and i.kind is not ItemKind.REVIEW]
            assert sum(part.minutes for part in parts) == pytest.approx(candidate.minutes_left)
            assert [part.part for part in parts] == [candidate.parts_read + n for n in range(1, len(parts) + 1)]
            assert item.part == item.parts
            read.add(item.reading_id)


@settings(max_examples=15, deadline=None)
@given(situations())
def test_what_the_plan_begins_it_ends(situation: tuple[list[Candidate], Budget, Aim]) -> None:
    candidates, budget, aim = situation
    made = plan(candidates, budget, today=MONDAY, aim=aim)
    begun = {item.reading_id for item in made.items if item.kind is not ItemKind.REVIEW}
    before = {c.reading_id for c in candidates if c.minutes_read}
    assert begun - before <= {item.reading_id for item in made.items if item.finishes}


def test_a_reading_too_long_for_its_own_date_leaves_its_minutes_to_others() -> None:
    exam = [reading(n, minutes, weight=1.5, horizon_on=MONDAY + timedelta(days=7)) for n, minutes in ((1, 40), (2, 90))]
    made = plan([*exam, reading(3, 20)], EVERY_OTHER_DAY, today=MONDAY, aim=until(60))
    assert {item.reading_id for item in made.items} == {1, 3}
    assert [(left.reading_id, left.why) for left in made.left_out] == [(2, WhyLeftOut.NO_ROOM)]


def test_what_was_begun_as_planned_is_gone_on_with() -> None:
    week, aim = Budget(weekdays=(20,) * 5 + (0, 0)), until(7)
    before = [reading(0, 60), reading(1, 30)]
    shown = plan(before, week, today=MONDAY, aim=aim)
    begun = [replace(before[0], minutes_read=20, parts_read=1), before[1]]
    after = plan(begun, week, today=MONDAY, aim=aim, last=shown, spent_today=20)
    placed = [[(item.reading_id, item.on, item.minutes) for item in made.items] for made in (shown, after)]
    assert placed[1] == placed[0][1:]


def test_what_has_begun_is_ended_though_its_parts_fit_their_days_no_more() -> None:
    begun = reading(0, 60, minutes_read=20, parts_read=1, weight=0.02)
    candidates = [begun, *(reading(number, 20) for number in range(1, 30))]
    shown = plan(candidates, Budget(weekdays=(35,) * 7), today=MONDAY, aim=until(90))
    less = Budget(weekdays=(35,) * 7, one_off={MONDAY: 20})
    after = plan(candidates, less, today=MONDAY, aim=until(90), last=shown)
    assert 0 in {item.reading_id for item in after.items if item.finishes}


@settings(max_examples=15, deadline=None)
@given(situations(), st.integers(0, 6), st.integers(-20, 20))
def test_what_a_later_plan_begins_it_ends_too(
    situation: tuple[list[Candidate], Budget, Aim], days: int, more: int
) -> None:
    candidates, budget, aim = situation
    shown = plan(candidates, budget, today=MONDAY, aim=aim)
    changed = replace(budget, weekdays=tuple(max(0, minutes + more) for minutes in budget.weekdays))
    made = plan(candidates, changed, today=MONDAY + timedelta(days=days), aim=aim, last=shown)
    begun = {item.reading_id for item in made.items if item.kind is not ItemKind.REVIEW}
    before = {c.reading_id for c in candidates if c.minutes_read}
    assert begun - before <= {item.reading_id for item in made.items if item.finishes}
    read_on = [(item.reading_id, item.on) for item in made.items if item.kind is not ItemKind.REVIEW]
    assert len(set(read_on)) == len(read_on)  # no two parts of a reading on one day


@settings(max_examples=15, deadline=None)
@given(situations())
def test_planning_again_with_nothing_changed_changes_nothing(
    situation: tuple[list[Candidate], Budget, Aim],
) -> None:
    candidates, budget, aim = situation
    made = plan(candidates, budget, today=MONDAY, aim=aim)
    assert plan(candidates, budget, today=MONDAY, aim=aim, last=made) == made
    unnamed = replace(made, inputs="")
    assert plan(candidates, budget, today=MONDAY, aim=aim, last=unnamed).value >= made.value * (1 - 1e-12)


@settings(max_examples=15, deadline=None)
@given(situations(), st.integers(1, 40), st.integers(0, 7))
def test_more_minutes_never_lower_the_worth_of_the_plan_that_is_shown(
    situation: tuple[list[Candidate], Budget, Aim], more: int, day: int
) -> None:
    drawn, budget, aim = situation
    candidates = [replace(c, placed_on=None) for c in drawn]  # where the learner puts something may cost recall
    shown = plan(candidates, budget, today=MONDAY, aim=aim)
    is_richer = [day in {each, 7} for each in range(7)]
    weekdays = tuple(minutes + more * richer for minutes, richer in zip(budget.weekdays, is_richer, strict=True))
    richer = replace(budget, weekdays=weekdays)
    assert plan(candidates, richer, today=MONDAY, aim=aim, last=shown).value >= shown.value * (1 - 1e-12)


def test_more_minutes_of_ones_own_end_the_reading_sooner_where_recall_can_hardly_grow() -> None:
    readings = [reading(number, 30) for number in range(30)]
    shown = plan(readings, Budget(weekdays=(60,) * 7), today=MONDAY)
    richer = Budget(weekdays=(90,) * 7)
    after = plan(readings, richer, today=MONDAY, last=shown, own_change=True)
    assert after.value >= shown.value
    assert after.finish.expected_on is not None
    assert shown.finish.expected_on is not None
    assert after.finish.expected_on < shown.finish.expected_on - timedelta(days=3)


@settings(max_examples=15, deadline=None)
@given(situations())
def test_reading_is_never_starved_by_reviews_that_are_worth_less(
    situation: tuple[list[Candidate], Budget, Aim],
) -> None:
    candidates, budget, _ = situation
    free = [replace(c, builds_on=frozenset(), not_before_on=None, placed_on=None, horizon_on=None) for c in candidates]
    made = plan(free, budget, today=MONDAY, aim=until(DAILY_DAYS))
    last_end = max((item.on for item in made.items if item.finishes), default=MONDAY)
    for day in {item.on for item in made.items if item.on < last_end}:
        spare = sum(item.minutes for item in made.on(day) if item.reason.binding is Binding.SPARE)
        # What a reading cannot use are the minutes that would leave a part of less than six.
        assert spare < 2 * LEAST_PART


def test_what_is_left_of_a_longer_day_is_not_the_same_as_a_short_day() -> None:
    known = [remembered(1, 5, 20, minutes=120)]
    day = Budget(weekdays=(40,) * 7)
    shown = plan(known, day, today=MONDAY, aim=until(30), spent_today=20)
    short = plan(known, replace(day, one_off={MONDAY: 20}), today=MONDAY, aim=until(30), last=shown)
    assert short.inputs != shown.inputs
