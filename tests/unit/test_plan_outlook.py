import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study_cases import EVERY_OTHER_DAY, MONDAY, reading, remembered, until
from studyplan.domain.budget import Break, Budget
from studyplan.domain.catalog import ReadingId
from studyplan.domain.forecast import forecast_recall
from studyplan.domain.memory import Memory, Rating, expected_memory, first_memory, retrievability
from studyplan.domain.plan import (
    Candidate,
    ItemKind,
    Offset,
    Plan,
    WhyLeftOut,
)
from studyplan.domain.planner import next_date, next_dates, plan
from studyplan.domain.value import MOST_REVIEWS, curve_table


def test_the_band_narrows_and_moves_with_what_the_learners_own_reviews_say() -> None:
    candidates, aim = [remembered(n) for n in range(1, 5)], until(60)
    made = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=aim)
    better = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=replace(aim, offset=Offset(mean=0.5, spread=0.1)))
    assert made.recall.low < made.recall.expected < made.recall.high
    assert better.recall.expected > made.recall.expected
    assert better.recall.high - better.recall.low < made.recall.high - made.recall.low


def test_reviews_to_come_make_less_of_the_learners_offset_and_widen_the_band() -> None:
    soon, later = (
        forecast_recall(np.array([0.8]), np.array([to_come]), Offset(mean=1.0, spread=0.1)) for to_come in (0, 10)
    )
    assert 0.8 < later.expected < soon.expected
    assert later.high - later.low > soon.high - soon.low


def test_weeks_add_up_and_a_week_without_minutes_is_not_tight() -> None:
    away = Break(first_on=MONDAY + timedelta(days=7), last_on=MONDAY + timedelta(days=13))
    budget = replace(EVERY_OTHER_DAY, breaks=(away,))
    made = plan([reading(n, 30) for n in range(1, 12)], budget, today=MONDAY, aim=until(40))
    assert [week.budget for week in made.weeks] == [120, 0, 120, 120, 120, 120]
    assert not made.weeks[1].tight
    assert made.weeks[0].tight
    assert sum(week.minutes for week in made.weeks) == pytest.approx(sum(item.minutes for item in made.items))


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 200), st.floats(1, 10), st.integers(1, 90), st.integers(2, 200), st.floats(0, 0.1), st.booleans())
def test_a_better_rating_never_comes_back_earlier(
    stability: float, difficulty: float, ago: int, days: int, price: float, planned: bool
) -> None:
    first = first_memory(Rating.CLEAR, MONDAY - timedelta(days=ago))
    candidate = reading(1, memory=replace(first, stability=stability, difficulty=difficulty))
    made = replace(plan([candidate], EVERY_OTHER_DAY, today=MONDAY, aim=until(days)), price=price)
    made = made if planned else replace(made, items=())
    dates = [on or date.max for on in next_dates(made, candidate, EVERY_OTHER_DAY, MONDAY).values()]
    assert dates == sorted(dates)
    assert all(on == date.max or EVERY_OTHER_DAY.minutes_on(on) for on in dates)


def test_the_dates_behind_the_ratings_stand_around_the_date_in_the_plan() -> None:
    candidates = [remembered(n, 4, 8) for n in range(1, 12)]
    made = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=until(150))
    done = made.on(MONDAY)[0].reading_id
    following = next(item.on for item in made.items if item.reading_id == done and item.on > MONDAY)
    dates = next_dates(made, candidates[done - 1], EVERY_OTHER_DAY, MONDAY)
    forgot, easy = dates[Rating.FORGOT], dates[Rating.EASY]
    assert forgot is not None
    assert easy is not None
    assert forgot <= following < easy
    assert next_date(made, candidates[done - 1], Rating.EASY, EVERY_OTHER_DAY, MONDAY) == easy


def test_a_first_reading_that_ends_today_has_a_date_for_every_rating() -> None:
    unread = reading(1)
    made = plan([unread], EVERY_OTHER_DAY, today=MONDAY, aim=until(100))
    assert all(next_dates(made, unread, EVERY_OTHER_DAY, MONDAY).values())
    soon: Plan = plan([unread], EVERY_OTHER_DAY, today=MONDAY, aim=until(3))
    assert set(next_dates(soon, unread, EVERY_OTHER_DAY, MONDAY).values()) == {None}


def test_the_value_of_a_plan_is_the_weighted_recall_at_the_horizon() -> None:
    made = plan([remembered(1, 40, 3, weight=1.5)], Budget(weekdays=(0,) * 7), today=MONDAY, aim=until(20))
    memory = remembered(1, 40, 3).memory
    assert memory is not None
    recall = retrievability(memory, MONDAY + timedelta(days=20))
    assert made.value == pytest.approx(1.5 * recall)
    sure = plan([remembered(1, 40, 3)], EVERY_OTHER_DAY, today=MONDAY, aim=replace(until(1), offset=Offset(spread=0)))
    assert sure.recall.expected == pytest.approx(sure.value)
    assert made.recall.low < made.recall.expected < recall
    assert math.isfinite(made.price)


def test_the_reason_of_a_review_can_be_computed_again() -> None:
    aim = until(90)
    candidates = [remembered(1, 12, 9, 28, weight=1.5), remembered(2, 3, 20), reading(3, 30)]
    made = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=aim)
    for item in made.on(MONDAY):
        if item.kind is not ItemKind.REVIEW:
            continue
        candidate = candidates[item.reading_id - 1]
        memory = candidate.memory
        assert memory is not None
        assert aim.horizon_on is not None
        after = expected_memory(memory, MONDAY)
        assert item.reason.recall_now == pytest.approx(retrievability(memory, MONDAY), abs=1e-6)
        assert item.reason.horizon_without == pytest.approx(retrievability(memory, aim.horizon_on), abs=1e-6)
        assert item.reason.horizon_with == pytest.approx(retrievability(after, aim.horizon_on), abs=1e-6)
        worth = worth_of_review(candidate, memory, after, item.reason.price, item.minutes)
        assert item.reason.value_per_minute == pytest.approx(worth, abs=1e-6)


def test_what_readings_are_expected_to_be_kept_at_is_what_the_whole_is_expected_to_be() -> None:
    made = plan([reading(n, 20) for n in range(1, 7)], EVERY_OTHER_DAY, today=MONDAY, aim=until(60))
    kept = {item.reading_id: item.reason.horizon_reviewed for item in made.items}
    assert len(kept) == 6
    assert sum(kept.values()) / 6 == pytest.approx(made.recall.expected, abs=1e-9)
    bare = plan([reading(1, 20)], Budget(weekdays=(20, 0, 0, 0, 0, 0, 0)), today=MONDAY, aim=until(6))
    reason = bare.items[0].reason
    assert reason.horizon_reviewed < reason.horizon_with, "no review is planned, and what is unknown is not promised"


def worth_of_review(candidate: Candidate, memory: Memory, after: Memory, price: float, minutes: float) -> float:
    """Return what each minute of a review buys, by hand: the best number of later reviews with it and without it."""
    table = curve_table(memory.version)
    span, elapsed, each = 90 + (MONDAY - memory.last_on).days, (MONDAY - memory.last_on).days, price / candidate.weight
    rows = [(memory.stability, memory.difficulty, span), (after.stability, after.difficulty, 90)]
    later, now = (table.read(np.array([s]), np.array([d]), np.array([t]))[0] for s, d, t in rows)
    cost = each * minutes
    without = max(later[k] - k * cost for k in range(MOST_REVIEWS + 1) if k == 0 or span / (k + 0.1) >= elapsed)
    best = max(now[k] - k * cost for k in range(MOST_REVIEWS + 1))
    return candidate.weight * (best - without) / minutes


def test_under_scarcity_what_is_worth_least_is_left_out_together_with_what_builds_on_it() -> None:
    costly = reading(1, 60, weight=0.1)
    onto_it = reading(2, 10, weight=0.3, builds_on=frozenset({ReadingId(1)}))
    rest = [reading(n, 15, weight=1.5) for n in range(3, 9)]
    made = plan([costly, onto_it, *rest], Budget(weekdays=(0, 0, 0, 0, 0, 40, 0)), today=MONDAY, aim=until(35))
    out = {left.reading_id: left for left in made.left_out}
    assert {1, 2} <= out.keys()
    assert out[ReadingId(1)].why is WhyLeftOut.PRICE
    assert out[ReadingId(1)].value_per_minute < made.price
    assert made.left_out[0].reading_id == 1


def test_why_a_reading_is_left_out_names_what_binds() -> None:
    made = plan(
        [reading(1, 300, weight=0.1), reading(2, 10, weight=1, builds_on=frozenset({ReadingId(1)}))],
        Budget(weekdays=(10,) * 7),
        today=MONDAY,
        aim=until(14),
    )
    assert {left.reading_id: left.why for left in made.left_out} == {1: WhyLeftOut.PRICE, 2: WhyLeftOut.BUILDS_ON}
    late = plan([reading(1, not_before_on=MONDAY + timedelta(days=30))], EVERY_OTHER_DAY, today=MONDAY, aim=until(20))
    assert [left.why for left in late.left_out] == [WhyLeftOut.NO_ROOM]


def test_every_week_is_tight_while_something_that_counts_is_left_out() -> None:
    budget = Budget(weekdays=(8, 0, 0, 8, 0, 0, 0))
    short = plan([reading(n, 30) for n in range(1, 12)], budget, today=MONDAY, aim=until(56))
    assert short.left_out
    assert all(week.tight for week in short.weeks)
    dropped = plan([reading(1, 20), reading(2, 30, weight=0.0)], EVERY_OTHER_DAY, today=MONDAY, aim=until(56))
    assert [left.reading_id for left in dropped.left_out] == [2]
    assert not all(week.tight for week in dropped.weeks)
    late = reading(2, not_before_on=MONDAY + timedelta(days=60))
    waiting = plan([reading(1, 20), late], EVERY_OTHER_DAY, today=MONDAY, aim=until(56))
    assert [left.reading_id for left in waiting.left_out] == [2]
    assert not all(week.tight for week in waiting.weeks)
