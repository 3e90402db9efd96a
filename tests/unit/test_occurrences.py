"""When a due event is the same and when it is new, and what of it today's list holds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from drafts import REASON, TODAY, item, plan_of
from studyplan.domain.budget import Budget
from studyplan.domain.catalog import Reading, ReadingId
from studyplan.domain.local_time import start_of_study_day
from studyplan.domain.memory import Rating, first_memory, retrievability
from studyplan.domain.occurrences import (
    ClosedBy,
    DueItem,
    Occurrence,
    OccurrenceId,
    Settlement,
    day_that_holds,
    not_before,
    order_for_today,
    settle,
)
from studyplan.domain.plan import ItemKind, Plan, Published, ReviewKind

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
READINGS = range(1, 9)
NUMBERS = {ReadingId(key): key for key in READINGS}


def occurrence(
    reading: int, due_in: float = 0, kind: ItemKind = ItemKind.REVIEW, minutes: float = 10, **values: object
) -> Occurrence:
    """Return an open occurrence that is due in so many days."""
    told = Occurrence(
        id=OccurrenceId(f"id-{reading}"),
        reading_id=ReadingId(reading),
        number=1 if kind is ItemKind.REVIEW else 0,
        kind=kind,
        review_kind=ReviewKind.PROMPT if kind is ItemKind.REVIEW else None,
        part=1,
        parts=1,
        minutes=minutes,
        reason=REASON,
        rank=0,
        due_at=NOW + timedelta(days=due_in),
        made_at=NOW - timedelta(days=9),
    )
    return replace(told, **values)


def settled(
    plan: Plan,
    *still_open: Occurrence,
    numbers: Mapping[ReadingId, int] = NUMBERS,
    longest_day: float = 90,
    now: datetime = NOW,
) -> Settlement:
    return settle(plan, still_open, numbers, longest_day=longest_day, zone=ZONE, now=now)


kinds = st.sampled_from(ItemKind)
items = st.builds(item, st.sampled_from(READINGS), st.dates(TODAY, TODAY + timedelta(days=30)), kinds, st.floats(3, 50))
occurrences = st.builds(
    occurrence, st.sampled_from(READINGS), st.floats(-20, 20), kinds, st.floats(3, 50), put_off=st.booleans()
)
shelves = st.lists(occurrences, unique_by=lambda one: one.reading_id, max_size=8)


@given(st.lists(items, max_size=20).map(lambda some: plan_of(*some)), shelves, st.sets(st.sampled_from(READINGS)))
def test_settling_keeps_what_was_told_and_at_most_one_a_reading(
    plan: Plan, still_open: list[Occurrence], off_track: set[int]
) -> None:
    plan = replace(plan, items=tuple(one for one in plan.items if one.reading_id not in off_track))
    numbers = {key: number for key, number in NUMBERS.items() if key not in off_track}
    settlement = settled(plan, *still_open, numbers=numbers)
    known = {one.id: one for one in still_open}
    after = {**known, **{one.id or f"new-{one.reading_id}": one for one in settlement.written}}
    for gone in (*settlement.dropped, *settlement.withdrawn):
        del after[gone]
    assert len({one.reading_id for one in after.values()}) == len(after)
    assert {one.reading_id for one in after.values()} >= {one.reading_id for one in plan.items}
    assert not {one.reading_id for one in after.values()} & off_track
    for one in still_open:
        if one.is_due(NOW) or one.put_off:
            assert one.reading_id in off_track or replace(after[one.id], rank=0) == one
        assert one.id not in settlement.withdrawn or one.is_due(NOW)
        assert one.id not in settlement.dropped or not one.is_due(NOW)


@given(st.lists(items, max_size=20).map(lambda some: plan_of(*some)), shelves)
def test_settling_twice_changes_nothing(plan: Plan, still_open: list[Occurrence]) -> None:
    first = settled(plan, *still_open)
    known = {one.id: one for one in still_open}
    named = [replace(one, id=one.id or OccurrenceId(f"new-{one.reading_id}")) for one in first.written]
    after = {**known, **{one.id: one for one in named}}
    for gone in first.dropped:
        del after[gone]
    assert settled(plan, *after.values()) == Settlement(written=(), dropped=(), withdrawn=())


def test_a_new_one_is_due_when_its_study_day_begins_and_today_s_at_once() -> None:
    tomorrow = TODAY + timedelta(days=1)
    written = {one.reading_id: one for one in settled(plan_of(item(1), item(2, tomorrow))).written}
    assert (written[ReadingId(1)].due_at, written[ReadingId(1)].rank) == (NOW, 1)
    assert (written[ReadingId(2)].due_at, written[ReadingId(2)].rank) == (start_of_study_day(tomorrow, ZONE), 0)
    assert written[ReadingId(1)].id == ""


def test_an_unpublished_one_moves_under_its_id() -> None:
    later = TODAY + timedelta(days=9)
    (moved,) = settled(plan_of(item(3, later, ItemKind.REVIEW, 7)), occurrence(3, 2)).written
    assert (moved.id, moved.minutes, moved.number) == ("id-3", 7, NUMBERS[ReadingId(3)])
    assert moved.due_at == start_of_study_day(later, ZONE)
    assert moved.made_at == occurrence(3).made_at


def test_what_nothing_asks_for_is_dropped_unseen_but_stays_once_published() -> None:
    settlement = settled(plan_of(), occurrence(1, -1), occurrence(2, 1), occurrence(3, 1, put_off=True))
    assert settlement == Settlement(written=(), dropped=(OccurrenceId("id-2"),), withdrawn=())


def test_what_is_on_no_track_any_more_ends() -> None:
    settlement = settled(plan_of(), occurrence(1, -1), occurrence(2, 1, put_off=True), numbers={})
    assert (settlement.dropped, settlement.withdrawn) == (("id-2",), ("id-1",))


def test_what_was_told_and_no_day_holds_any_more_becomes_the_part_that_is_read() -> None:
    part = replace(item(1, TODAY, ItemKind.PART, 12), parts=2)
    told = occurrence(1, -1, ItemKind.FIRST, 20)
    (cut,) = settled(plan_of(part), told, longest_day=12).written
    assert replace(cut, rank=0) == replace(told, kind=ItemKind.PART, parts=2, minutes=12)
    (ranked,) = settled(plan_of(part), told, longest_day=20).written
    assert ranked.minutes == 20
    review = occurrence(2, -1, ItemKind.REVIEW, 20)
    (kept,) = settled(plan_of(item(2, TODAY, ItemKind.REVIEW, 20)), review, longest_day=12).written
    assert kept.minutes == 20
    (shorter,) = settled(plan_of(item(2, TODAY, ItemKind.REVIEW, 12)), review, longest_day=12).written
    assert replace(shorter, rank=0) == replace(review, minutes=12)


def test_an_occurrence_says_what_falls_due() -> None:
    reading = Reading(id=ReadingId(1), slug="gan", title="GAN", url="https://x.example", cluster="c", tier=5, minutes=9)
    first, part = occurrence(1, kind=ItemKind.FIRST), occurrence(1, kind=ItemKind.PART, part=2, parts=3)
    titles = [DueItem(occurrence=one, reading=reading).title for one in (first, part, occurrence(1, number=3))]
    assert titles == ["Read: GAN", "Part 2 of 3: GAN", "Review 3: GAN"]


def test_an_occurrence_is_published_when_due_but_not_before_it_was_made() -> None:
    assert occurrence(1, 2).published_at == NOW + timedelta(days=2)
    assert occurrence(1, -20).published_at == occurrence(1).made_at
    assert occurrence(1, 2).actions_end_at == NOW + timedelta(days=37)
    assert occurrence(1, -1).is_due(NOW)
    assert not occurrence(1, -1, closed_at=NOW, closed_by=ClosedBy.SKIP).is_due(NOW)
    assert occurrence(1).as_published() == Published(kind=ItemKind.REVIEW, minutes=10, review_kind=ReviewKind.PROMPT)


@given(st.lists(st.tuples(occurrences, st.integers(0, 5)), max_size=8), st.floats(0, 120))
def test_today_never_holds_more_than_its_minutes_unless_one_reading_alone_is_longer(
    drawn: list[tuple[Occurrence, int]], minutes: float
) -> None:
    due = [replace(one, id=OccurrenceId(str(n)), rank=rank) for n, (one, rank) in enumerate(drawn)]
    today, others = order_for_today(due, minutes)
    assert sorted(one.id for one in (*today, *others)) == sorted(one.id for one in due)
    too_long = [one for one in today if one.minutes > minutes]
    assert sum(one.minutes for one in today) <= minutes + 1e-3 or (len(today) == 1 and today == too_long)
    left = minutes - sum(one.minutes for one in today)
    assert all(one.minutes > left for one in others)


def test_today_stands_in_the_plan_s_order_and_then_in_order_of_age() -> None:
    due = [occurrence(1, -1), occurrence(2, -3), occurrence(3, rank=2), occurrence(4, rank=1)]
    today, others = order_for_today(due, 35)
    assert [one.reading_id for one in today] == [4, 3, 2]
    assert [one.reading_id for one in others] == [1]


def test_a_reading_that_was_told_whole_takes_its_minutes_before_reviews_do() -> None:
    due = [occurrence(1, rank=1), occurrence(2, kind=ItemKind.FIRST, minutes=45, rank=2)]
    today, others = order_for_today(due, 50)
    assert [one.reading_id for one in (*today, *others)] == [2, 1]


def test_what_the_learner_put_on_today_takes_its_minutes_first() -> None:
    due = [occurrence(1, rank=2, put_off=True), occurrence(2, kind=ItemKind.FIRST, minutes=25, rank=1)]
    today, others = order_for_today(due, 30)
    assert [one.reading_id for one in (*today, *others)] == [1, 2]


def test_what_builds_on_something_unread_fills_no_minutes_that_are_left() -> None:
    due = [occurrence(1, -3, kind=ItemKind.FIRST), occurrence(2, -1), occurrence(3, kind=ItemKind.FIRST, rank=1)]
    today, others = order_for_today(due, 50, {ReadingId(1), ReadingId(3)})
    assert [one.reading_id for one in today] == [3, 2], "what the plan asks for today can be read by then"
    assert [one.reading_id for one in others] == [1]


def test_a_reading_longer_than_the_day_waits_for_a_day_that_holds_it() -> None:
    told = occurrence(1, -1, kind=ItemKind.FIRST, minutes=45)
    budget = Budget(weekdays=(20, 20, 20, 20, 20, 50, 20))
    assert not_before(told, budget, today=TODAY, minutes_left=20, zone=ZONE) == TODAY + timedelta(days=3)
    assert not_before(told, budget, today=TODAY, minutes_left=45, zone=ZONE) is None
    assert not_before(told, Budget(weekdays=(20,) * 7), today=TODAY, minutes_left=20, zone=ZONE) is None


def test_what_is_put_off_lands_on_the_first_day_that_holds_it() -> None:
    weekend = Budget(weekdays=(0, 0, 10, 0, 0, 40, 20))
    days = [(day_that_holds(minutes, weekend, TODAY) or TODAY).isoweekday() for minutes in (5, 30, 90)]
    assert days == [3, 6, 6]
    assert day_that_holds(20, weekend, TODAY + timedelta(days=4)) == TODAY + timedelta(days=4)
    assert day_that_holds(20, Budget(weekdays=(0,) * 7), TODAY) is None


def test_today_s_page_tells_an_open_occurrence_with_today_s_recall() -> None:
    told, memory = occurrence(1), first_memory(Rating.CLEAR, TODAY)
    later = TODAY + timedelta(days=20)
    assert told.told_on(later, memory).reason.recall_now == retrievability(memory, later) < 1
    assert replace(told.told_on(later, memory), reason=told.reason) == told
    assert told.told_on(later, None) == told
    done = replace(told, closed_at=NOW, closed_by=ClosedBy.RATING)
    assert done.told_on(later, memory) == done
