import math
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studyplan.domain.budget import Break, Budget
from studyplan.domain.catalog import ReadingId
from studyplan.domain.course import DAILY_DAYS, LEAST_GAP, URGENT_SHARE
from studyplan.domain.memory import Memory, Rating, expected_memory, first_memory, retrievability
from studyplan.domain.packer import LEAST_PART
from studyplan.domain.plan import (
    Aim,
    Binding,
    Candidate,
    ItemKind,
    Offset,
    Plan,
    Published,
    ReviewKind,
    ReviewMinutes,
    WhyLeftOut,
)
from studyplan.domain.planner import next_date, next_dates, plan
from studyplan.domain.value import MOST_REVIEWS, curve_table

MONDAY = date(2026, 1, 5)
EVERY_OTHER_DAY = Budget(weekdays=(40, 0, 40, 0, 40, 0, 0))


def reading(number: int, minutes: float = 20, **facts: Any) -> Candidate:
    return Candidate(reading_id=ReadingId(number), minutes=minutes, **facts)


def remembered(number: int, stability: float = 5, days_ago: int = 10, minutes: float = 20, **facts: Any) -> Candidate:
    last_on = MONDAY - timedelta(days=days_ago)
    first = first_memory(Rating.CLEAR, last_on)
    return reading(number, minutes, memory=replace(first, stability=stability), **facts)


def until(days: int) -> Aim:
    return Aim(horizon_on=MONDAY + timedelta(days=days))


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Candidate], Budget, Aim]:
    """Draw readings in curriculum order, some read and some begun, with links back, and days with minutes."""
    candidates: list[Candidate] = []
    for number in range(draw(st.integers(1, 12))):
        minutes = draw(st.integers(5, 60))
        facts: dict[str, Any] = {"weight": draw(st.sampled_from([0.4, 1.0, 1.5]))}
        state = draw(st.sampled_from(["unread", "unread", "begun", "read"]))
        if state == "read":
            last_on = MONDAY - timedelta(days=draw(st.integers(0, 60)))
            stability, difficulty = draw(st.floats(0.2, 100)), draw(st.floats(1, 10))
            first = first_memory(Rating.CLEAR, last_on)
            facts["memory"] = replace(first, stability=stability, difficulty=difficulty)
        elif state == "begun" and minutes >= 3 * LEAST_PART:
            facts |= {"minutes_read": LEAST_PART, "parts_read": 1}
        if draw(st.booleans()) and candidates:
            facts["builds_on"] = frozenset({draw(st.sampled_from(candidates)).reading_id})
        if draw(st.integers(0, 4)) == 0:
            facts["horizon_on"] = MONDAY + timedelta(days=draw(st.integers(1, 80)))
        if draw(st.integers(0, 4)) == 0:
            facts["not_before_on"] = MONDAY + timedelta(days=draw(st.integers(0, 20)))
        candidates.append(reading(number, minutes, **facts))
    weekdays = tuple(draw(st.lists(st.sampled_from([0, 0, 10, 25, 35, 50, 90]), min_size=7, max_size=7)))
    pause = MONDAY + timedelta(days=draw(st.integers(0, 40)))
    breaks = (Break(first_on=pause, last_on=pause + timedelta(days=draw(st.integers(0, 20)))),)
    return candidates, Budget(weekdays=weekdays, breaks=breaks), until(draw(st.integers(1, 60)))


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
    assert sorted(ends + out) == [c.reading_id for c in candidates if c.memory is None]
    read = {c.reading_id for c in candidates if c.memory}
    known = {c.reading_id: c for c in candidates}
    for item in made.items:
        candidate = known[item.reading_id]
        assert item.on >= (candidate.not_before_on or MONDAY)
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
def test_planning_again_with_nothing_changed_changes_nothing(
    situation: tuple[list[Candidate], Budget, Aim],
) -> None:
    candidates, budget, aim = situation
    made = plan(candidates, budget, today=MONDAY, aim=aim)
    assert plan(candidates, budget, today=MONDAY, aim=aim, last=made) == made
    unnamed = replace(made, inputs="")
    assert plan(candidates, budget, today=MONDAY, aim=aim, last=unnamed).value >= made.value * (1 - 1e-12)


@settings(max_examples=15, deadline=None)
@given(situations(), st.integers(1, 40))
def test_more_minutes_never_lower_the_worth_of_the_plan_that_is_shown(
    situation: tuple[list[Candidate], Budget, Aim], more: int
) -> None:
    candidates, budget, aim = situation
    shown = plan(candidates, budget, today=MONDAY, aim=aim)
    richer = replace(budget, weekdays=tuple(minutes + more for minutes in budget.weekdays))
    assert plan(candidates, richer, today=MONDAY, aim=aim, last=shown).value >= shown.value * (1 - 1e-12)


@settings(max_examples=15, deadline=None)
@given(situations())
def test_reading_is_never_starved_by_reviews_that_are_worth_less(
    situation: tuple[list[Candidate], Budget, Aim],
) -> None:
    candidates, budget, _ = situation
    free = [replace(c, builds_on=frozenset(), not_before_on=None, horizon_on=None) for c in candidates]
    made = plan(free, budget, today=MONDAY, aim=until(DAILY_DAYS))
    last_end = max((item.on for item in made.items if item.finishes), default=MONDAY)
    for day in {item.on for item in made.items if item.on < last_end}:
        spare = sum(item.minutes for item in made.on(day) if item.reason.binding is Binding.SPARE)
        # What a reading cannot use are the minutes that would leave a part of less than six.
        assert spare < 2 * LEAST_PART


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
        worth, reviewed = worth_of_review(candidate, memory, after, item.reason.price, item.minutes)
        assert item.reason.value_per_minute == pytest.approx(worth, abs=1e-6)
        assert item.reason.horizon_reviewed == pytest.approx(reviewed, abs=1e-6)


def worth_of_review(
    candidate: Candidate, memory: Memory, after: Memory, price: float, minutes: float
) -> tuple[float, float]:
    """Return what each minute of a review buys, by hand: the best number of later reviews with it and without it."""
    table = curve_table(memory.version)
    span, elapsed, each = 90 + (MONDAY - memory.last_on).days, (MONDAY - memory.last_on).days, price / candidate.weight
    rows = [(memory.stability, memory.difficulty, span), (after.stability, after.difficulty, 90)]
    later, now = (table.read(np.array([s]), np.array([d]), np.array([t]))[0] for s, d, t in rows)
    cost = each * minutes
    without = max(later[k] - k * cost for k in range(MOST_REVIEWS + 1) if k == 0 or span / (k + 0.1) >= elapsed)
    best = max(range(MOST_REVIEWS + 1), key=lambda k: now[k] - k * cost)
    return candidate.weight * (now[best] - best * cost - without) / minutes, float(now[best])


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


def test_the_band_narrows_and_moves_with_what_the_learners_own_reviews_say() -> None:
    candidates, aim = [remembered(n) for n in range(1, 5)], until(60)
    made = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=aim)
    better = plan(candidates, EVERY_OTHER_DAY, today=MONDAY, aim=replace(aim, offset=Offset(mean=0.5, spread=0.1)))
    assert made.recall.low < made.recall.expected < made.recall.high
    assert better.recall.expected > made.recall.expected
    assert better.recall.high - better.recall.low < made.recall.high - made.recall.low


def test_weeks_add_up_and_a_week_without_minutes_is_not_tight() -> None:
    away = Break(first_on=MONDAY + timedelta(days=7), last_on=MONDAY + timedelta(days=13))
    budget = replace(EVERY_OTHER_DAY, breaks=(away,))
    made = plan([reading(n, 30) for n in range(1, 12)], budget, today=MONDAY, aim=until(40))
    assert [week.budget for week in made.weeks] == [120, 0, 120, 120, 120, 120]
    assert not made.weeks[1].tight
    assert made.weeks[0].tight
    assert sum(week.minutes for week in made.weeks) == pytest.approx(sum(item.minutes for item in made.items))


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
