from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from study_cases import EVERY_OTHER_DAY, MONDAY, reading, remembered, until
from studyplan.domain.budget import Break, Budget
from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import expected_memory
from studyplan.domain.plan import (
    Binding,
    ItemKind,
    Published,
    ReviewKind,
    ReviewMinutes,
)
from studyplan.domain.planner import plan
from studyplan.domain.walk import LEAST_GAP, URGENT_SHARE


def test_two_reviews_of_one_reading_are_never_less_than_five_days_apart() -> None:
    made = plan([remembered(1), remembered(2)], Budget(weekdays=(90,) * 7), today=MONDAY, aim=until(60))
    for number in (1, 2):
        days = [MONDAY - timedelta(days=10), *(item.on for item in made.items if item.reading_id == number)]
        assert min((b - a).days for a, b in pairwise(days)) >= LEAST_GAP


def test_a_reading_longer_than_its_day_is_read_in_parts_on_consecutive_study_days() -> None:
    made = plan([reading(1, 52, minutes_read=8, parts_read=1)], Budget(weekdays=(20,) * 7), today=MONDAY, aim=until(30))
    parts = [item for item in made.items if item.kind is ItemKind.PART]
    assert [(item.on.day, item.minutes, item.part, item.parts) for item in parts] == [
        (5, 20, 2, 4),
        (6, 18, 3, 4),
        (7, 6, 4, 4),
    ]
    assert [item.finishes for item in parts] == [False, False, True]


def test_the_first_day_always_offers_something() -> None:
    first = plan([reading(1), remembered(2)], EVERY_OTHER_DAY, today=MONDAY, aim=until(40)).on(MONDAY)
    assert {item.kind for item in first} == {ItemKind.FIRST, ItemKind.REVIEW}


def test_a_reading_that_has_begun_goes_first_and_is_never_given_up() -> None:
    begun = reading(9, 50, minutes_read=40, parts_read=1, weight=0.001)
    made = plan([reading(n, 10) for n in range(1, 9)] + [begun], EVERY_OTHER_DAY, today=MONDAY, aim=until(7))
    assert made.items[0].reading_id == 9
    assert made.items[0].reason.binding is Binding.STARTED


def test_a_rolling_horizon_is_half_a_year_ahead() -> None:
    made = plan([reading(1)], EVERY_OTHER_DAY, today=MONDAY)
    assert made.rolling
    assert made.horizon_on == MONDAY + timedelta(days=182)


def test_a_reading_with_an_earlier_horizon_of_its_own_is_not_reviewed_beyond_it() -> None:
    own = MONDAY + timedelta(days=20)
    made = plan([remembered(1, horizon_on=own), remembered(2)], EVERY_OTHER_DAY, today=MONDAY, aim=until(60))
    assert max(item.on for item in made.items if item.reading_id == 1) < own
    assert max(item.on for item in made.items if item.reading_id == 2) > own
    past = plan([remembered(1, horizon_on=MONDAY)], EVERY_OTHER_DAY, today=MONDAY, aim=until(60))
    assert max(item.on for item in past.items) > own


def test_beyond_eight_weeks_too_nothing_is_reviewed_after_its_own_horizon() -> None:
    own = MONDAY + timedelta(days=73)
    candidates = [remembered(n, 20, 5, horizon_on=own) for n in range(1, 13)] + [reading(13, 20)]
    made = plan(candidates, Budget(weekdays=(25,) * 7), today=MONDAY, aim=until(120))
    assert max(item.on for item in made.items if item.reading_id != 13) < own
    assert max(item.on for item in made.items) > own


@pytest.mark.parametrize("minutes", [6, 7, 8, 10, 11])
def test_days_too_short_for_any_reading_read_on_part_by_part(minutes: int) -> None:
    readings = [reading(n, length) for n, length in enumerate((17, 21, 11, 13), start=1)]
    budget = Budget(weekdays=(minutes, 0, 0, minutes, 0, 0, 0))
    made = plan(readings, budget, today=MONDAY, aim=until(120))
    assert made.wanted == {1, 2, 3, 4}
    assert sum(item.finishes for item in made.items) == 4
    assert min(item.minutes for item in made.items if item.kind is ItemKind.PART) >= 3


def test_a_day_holds_no_longer_review_than_itself() -> None:
    made = plan([remembered(1, 5, 20, minutes=60)], Budget(weekdays=(8, 0, 0, 6, 0, 0, 0)), today=MONDAY, aim=until(60))
    assert {(item.on.isoweekday(), item.minutes) for item in made.items} == {(1, 8), (4, 6)}
    made = plan([remembered(1, 5, 20, minutes=60)], Budget(weekdays=(2, 0, 0, 0, 0, 0, 0)), today=MONDAY, aim=until(60))
    assert {item.minutes for item in made.items} == {2}


def test_more_minutes_on_one_day_are_used_and_shorten_the_others_no_less() -> None:
    readings = [reading(number, minutes) for number, minutes in enumerate((24, 40, 33, 28, 52, 44), start=1)]
    short, longer = Budget(weekdays=(7,) * 7), Budget(weekdays=(30, *(7,) * 6))
    shown = plan(readings, short, today=MONDAY, aim=until(120))
    for last in (None, shown):
        made = plan(readings, longer, today=MONDAY, aim=until(120), last=last, own_change=True)
        mondays = [sum(item.minutes for item in made.on(MONDAY + timedelta(weeks=week))) for week in range(4)]
        assert min(mondays) > 25
        assert made.recall.expected >= shown.recall.expected


def test_the_only_day_that_there_is_reads_what_it_holds() -> None:
    made = plan([reading(1, 20), reading(2, 25)], Budget(weekdays=(20,) + (0,) * 6), today=MONDAY, aim=until(6))
    assert [(item.reading_id, item.kind) for item in made.items] == [(1, ItemKind.FIRST)]


def test_what_is_begun_and_not_ended_in_the_plan_is_not_left_out() -> None:
    made = plan([reading(1, 60)], Budget(weekdays=(25,) * 7), today=MONDAY, aim=until(2))
    begun = plan(
        [reading(1, 60, minutes_read=20, parts_read=1)], Budget(weekdays=(15,) * 7), today=MONDAY, aim=until(2)
    )
    assert [out.reading_id for out in made.left_out] == [1]
    assert begun.items
    assert begun.left_out == ()


def test_a_part_that_was_published_keeps_its_minutes() -> None:
    published = Published(kind=ItemKind.PART, minutes=19)
    made = plan([reading(1, 30, published=published)], EVERY_OTHER_DAY, today=MONDAY, aim=until(30))
    assert [(item.kind, item.minutes) for item in made.items[:2]] == [(ItemKind.PART, 19), (ItemKind.PART, 11)]
    assert made.items[0].on < made.items[1].on
    shorter = replace(EVERY_OTHER_DAY, weekdays=tuple(min(day, 15) for day in EVERY_OTHER_DAY.weekdays))
    made = plan([reading(1, 30, published=published)], shorter, today=MONDAY, aim=until(30))
    assert [item.minutes for item in made.items[:2]] == [15, 15]


def test_what_was_published_keeps_its_minutes_and_kind() -> None:
    published = Published(kind=ItemKind.REVIEW, minutes=11, review_kind=ReviewKind.REREAD)
    made = plan([remembered(1, published=published)], EVERY_OTHER_DAY, today=MONDAY, aim=until(30))
    assert {(item.minutes, item.review_kind) for item in made.on(MONDAY)} == {(11, ReviewKind.REREAD)}


def test_a_review_takes_the_minutes_of_the_kind_that_its_recall_calls_for() -> None:
    minutes = ReviewMinutes(prompt=3, skim=5, reread=12)
    fresh = remembered(1, 300, 6, review_minutes=minutes)
    faded = remembered(2, 0.2, 90, review_minutes=minutes)
    made = plan([fresh, faded], Budget(weekdays=(60,) * 7), today=MONDAY, aim=until(30))
    kinds = {item.reading_id: (item.review_kind, item.minutes) for item in reversed(made.items)}
    assert kinds == {1: (ReviewKind.PROMPT, 3), 2: (ReviewKind.REREAD, 12)}


def test_a_day_that_was_missed_leads_to_a_plan_that_fits_again() -> None:
    candidates = [reading(n, 30) for n in range(1, 8)]
    shown = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=until(90))
    later = MONDAY + timedelta(days=4)
    made = plan(candidates, EVERY_OTHER_DAY, today=later, aim=until(90), last=shown)
    assert made.items[0].on == later
    assert {item.reading_id for item in made.items if item.finishes} == {c.reading_id for c in candidates}


def test_the_plan_that_is_shown_stays_when_a_review_went_as_expected() -> None:
    candidates = [remembered(n, 2.0 + n, 6 + n) for n in range(1, 7)]
    shown = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=until(90))
    done = {item.reading_id for item in shown.on(MONDAY)}
    after = [
        replace(c, memory=expected_memory(c.memory, MONDAY)) if c.memory and c.reading_id in done else c
        for c in candidates
    ]
    made = plan(after, EVERY_OTHER_DAY, today=MONDAY + timedelta(days=1), aim=until(90), last=shown)
    kept = [(item.reading_id, item.on) for item in shown.items if item.on > MONDAY]
    assert [(item.reading_id, item.on) for item in made.items] == kept


def test_all_of_the_urgent_reviews_stay_within_their_share_while_there_is_something_to_read() -> None:
    candidates = [remembered(n, 1, 9, 40, weight=1.5) for n in range(1, 20)] + [reading(n, 40) for n in range(20, 40)]
    made = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=until(100))
    unread = [item.on for item in made.items if item.finishes]
    early = [item for item in made.items if item.on < max(unread)]
    reviewed = sum(item.minutes for item in early if item.kind is ItemKind.REVIEW)
    assert reviewed <= (URGENT_SHARE + 0.15) * sum(item.minutes for item in early)


def test_an_empty_list_an_empty_budget_and_a_horizon_today_make_an_empty_plan() -> None:
    for made in (
        plan([], EVERY_OTHER_DAY, today=MONDAY),
        plan([reading(1), remembered(2)], Budget(weekdays=(0,) * 7), today=MONDAY, aim=until(20)),
        plan([], EVERY_OTHER_DAY, today=MONDAY, aim=until(0)),
    ):
        assert made.items == ()
        assert made.finish.expected_on is None


def test_a_link_to_a_reading_that_stands_later_does_not_bind() -> None:
    first = reading(1, builds_on=frozenset({ReadingId(2), ReadingId(7)}))
    made = plan([first, reading(2)], EVERY_OTHER_DAY, today=MONDAY, aim=until(30))
    assert [item.reading_id for item in made.items if item.finishes] == [1, 2]


@pytest.mark.parametrize("minutes", [10, 20, 30])
def test_a_break_that_is_announced_leaves_out_about_what_its_minutes_would_have_read(minutes: int) -> None:
    candidates = [reading(n, 30) for n in range(1, 30)]
    whole = Budget(weekdays=(minutes, 0, minutes, 0, minutes, 0, 0))
    away = replace(whole, breaks=(Break(first_on=MONDAY + timedelta(days=63), last_on=MONDAY + timedelta(days=83)),))
    read, after = (
        sum(item.finishes for item in plan(candidates, budget, today=MONDAY, aim=until(182)).items)
        for budget in (whole, away)
    )
    assert read * 23 / 26 - 2 <= after <= read


def test_far_fewer_minutes_lead_to_about_the_plan_that_they_would_have_had() -> None:
    readings = [reading(number, 20 + 7 * (number % 5)) for number in range(40)]
    rich, poor = Budget(weekdays=(36, 0, 36, 0, 0, 48, 0)), Budget(weekdays=(14, 0, 14, 0, 0, 18, 0))
    shown = plan(readings, rich, today=MONDAY, aim=until(60))
    made = plan(readings, poor, today=MONDAY, aim=until(60), last=shown)
    assert made.value > 0.95 * plan(readings, poor, today=MONDAY, aim=until(60)).value


def test_what_is_begun_and_counts_nothing_is_ended_and_lets_the_last_plan_stay() -> None:
    candidates = [reading(0, 60, minutes_read=20.0, parts_read=1, weight=0.0), reading(1, 30)]
    shown = plan(candidates, Budget(weekdays=(20, 20, 20, 30, 20, 30, 10)), today=MONDAY, aim=until(5))
    richer = Budget(weekdays=(40, 40, 40, 50, 40, 50, 30))
    made = plan(candidates, richer, today=MONDAY, aim=until(5), last=shown)
    assert 0 in {item.reading_id for item in made.items if item.finishes}
    assert made.value >= shown.value


@pytest.mark.parametrize(
    ("lengths", "weekdays", "more_on", "days"),
    [((30, 15, 30, 20, 40), (0, 30, 0, 0, 10, 0, 0), 6, 30), ((40, 40, 20, 50), (20, 0, 0, 10, 0, 10, 15), 4, 60)],
)
def test_a_plan_that_stays_is_filled_up_with_reviews(
    lengths: tuple[int, ...], weekdays: tuple[int, ...], more_on: int, days: int
) -> None:
    readings = [reading(number, length) for number, length in enumerate(lengths)]
    shown = plan(readings, Budget(weekdays=weekdays), today=MONDAY, aim=until(days))
    more = tuple(minutes + 30 * (day == more_on) for day, minutes in enumerate(weekdays))
    made = plan(readings, Budget(weekdays=more), today=MONDAY, aim=until(days), last=shown, own_change=True)
    assert made.value > shown.value
    firsts = [[(it.reading_id, it.on, it.minutes) for it in one.items if it.part == it.parts] for one in (shown, made)]
    assert set(firsts[0]) <= set(firsts[1])
    assert sum(item.minutes for item in made.items) > sum(item.minutes for item in shown.items)
