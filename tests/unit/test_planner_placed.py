"""What the learner puts on a day: it comes first there, or on the next day that holds it."""

from datetime import timedelta

import pytest

from study_cases import EVERY_OTHER_DAY, MONDAY, reading, remembered, until
from studyplan.domain.budget import Budget
from studyplan.domain.catalog import ReadingId
from studyplan.domain.plan import Binding, ItemKind, Published
from studyplan.domain.planner import plan


@pytest.mark.parametrize("is_last", [False, True])
def test_what_the_learner_put_on_a_day_comes_first_on_it(is_last: bool) -> None:
    week, friday = Budget(weekdays=(20,) * 7), MONDAY + timedelta(days=4)
    candidates = [*(remembered(number, 3, 12, 40) for number in range(1, 9)), reading(9, 20), reading(10, 20)]
    shown = plan(candidates, week, today=MONDAY, aim=until(60))
    told = Published(kind=ItemKind.REVIEW, minutes=10)
    candidates[7] = remembered(8, 60, 12, 40, published=told, placed_on=friday)
    candidates[9] = reading(10, 20, placed_on=friday + timedelta(days=1))
    made = plan(candidates, week, today=MONDAY, aim=until(60), last=shown if is_last else None)
    first = [made.on(friday + timedelta(days=later))[0] for later in (0, 1)]
    assert [(item.reading_id, item.minutes, item.reason.binding) for item in first] == [
        (8, 10, Binding.PLACED),
        (10, 20, Binding.PLACED),
    ]
    assert all(item.on >= friday for item in made.items if item.reading_id in {8, 10})


def test_what_a_day_cannot_hold_beside_what_was_put_there_before_comes_first_on_the_next() -> None:
    candidates = [reading(number, 15, placed_on=MONDAY) for number in (1, 2)] + [reading(3, 15)]
    made = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=until(30), spent_today=20)
    assert [(item.reading_id, (item.on - MONDAY).days) for item in made.items[:3]] == [(1, 0), (2, 2), (3, 2)]
    reviews = [remembered(number, 9, 9, 60, placed_on=MONDAY) for number in (1, 2)]
    made = plan(reviews, EVERY_OTHER_DAY, today=MONDAY, aim=until(30), spent_today=20)
    assert [(item.reading_id, (item.on - MONDAY).days) for item in made.items[:2]] == [(1, 0), (2, 2)]


def test_what_was_put_beyond_the_horizon_is_left_out_and_what_is_longer_than_any_day_begins_on_the_longest() -> None:
    late = plan([reading(1, placed_on=MONDAY + timedelta(days=50))], EVERY_OTHER_DAY, today=MONDAY, aim=until(30))
    assert (late.items, [out.reading_id for out in late.left_out]) == ((), [1])
    weekend = Budget(weekdays=(10, 10, 10, 10, 10, 25, 10))
    long = plan([reading(1, 40, placed_on=MONDAY)], weekend, today=MONDAY, aim=until(30))
    assert [(item.on.isoweekday(), item.minutes) for item in long.items[:2]] == [(6, 25), (7, 9)]


def test_what_was_told_as_a_whole_waits_for_a_day_that_holds_it_and_others_take_its_place() -> None:
    told = Published(kind=ItemKind.FIRST, minutes=20)
    placed = remembered(3, 60, 12, 40, published=Published(kind=ItemKind.REVIEW, minutes=10), placed_on=MONDAY)
    candidates = [reading(1, 20, published=told), reading(2, 30), placed]
    made = plan(candidates, Budget(weekdays=(20,) * 7), today=MONDAY, aim=until(60))
    assert [(item.reading_id, item.minutes) for item in made.on(MONDAY)] == [(3, 10), (2, 10)]
    whole = next(item for item in made.items if item.reading_id == 1)
    assert (whole.kind, whole.minutes) == (ItemKind.FIRST, 20)


def test_what_was_put_off_beyond_its_own_date_takes_no_minutes_from_others() -> None:
    late = reading(0, 20, horizon_on=MONDAY + timedelta(days=4), placed_on=MONDAY + timedelta(days=6))
    others = [reading(number, 20) for number in (1, 2, 3)]
    week = Budget(weekdays=(10,) * 7)
    made = plan([late, *others], week, today=MONDAY, aim=until(8))
    assert made.wanted == plan(others, week, today=MONDAY, aim=until(8)).wanted


def test_what_a_placed_reading_builds_on_is_read_before_it_on_its_day() -> None:
    first, second = reading(1, 10), reading(2, 10, builds_on=frozenset({ReadingId(1)}), placed_on=MONDAY)
    made = plan([reading(0, 20), first, second], Budget(weekdays=(20,) * 7), today=MONDAY, aim=until(30))
    assert [item.reading_id for item in made.on(MONDAY)] == [1, 2]


def test_a_placed_reading_stands_on_its_day_by_its_present_minutes() -> None:
    told = Published(kind=ItemKind.FIRST, minutes=8.0)
    placed = reading(0, 10, published=told, placed_on=MONDAY + timedelta(days=1))
    made = plan([placed], Budget(weekdays=(30, 8, 30, 30, 30, 30, 30)), today=MONDAY, aim=until(30))
    assert (made.items[0].on - MONDAY).days == 2


def test_a_placed_reading_waits_for_what_it_builds_on() -> None:
    first = reading(1, 10, not_before_on=MONDAY + timedelta(days=2))
    second = reading(2, 10, builds_on=frozenset({ReadingId(1)}), placed_on=MONDAY)
    made = plan([first, second], Budget(weekdays=(20,) * 7), today=MONDAY, aim=until(30))
    assert [(item.reading_id, (item.on - MONDAY).days) for item in made.items[:2]] == [(1, 2), (2, 2)]
