"""What stands on which study day, and that an item keeps its key however the plan moves it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from samples import READING, REASON, occurrence_of
from studyplan.domain.agenda import AgendaItem, DueToday, agenda
from studyplan.domain.catalog import ReadingId
from studyplan.domain.errors import Invalid
from studyplan.domain.feeds import Feed, FeedId, FeedWish, Kinds
from studyplan.domain.occurrences import DueItem, Occurrence
from studyplan.domain.plan import ItemKind, PlanItem, ReviewKind

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


def planned(reading: int, days: int, kind: ItemKind = ItemKind.REVIEW, part: int = 1) -> PlanItem:
    return PlanItem(
        reading_id=ReadingId(reading),
        on=TODAY + timedelta(days=days),
        kind=kind,
        minutes=6.0,
        reason=REASON,
        part=part,
        parts=3 if kind is ItemKind.PART else 1,
        review_kind=ReviewKind.SKIM if kind is ItemKind.REVIEW else None,
    )


def items_of(plan: list[PlanItem], due: DueToday) -> list[AgendaItem]:
    return agenda(due, plan, last_on=TODAY + timedelta(days=84), zone=BERLIN, now=NOW)


def due_of(*chosen: Occurrence, waiting: tuple[Occurrence, ...] = (), **numbers: int) -> DueToday:
    next_numbers = {ReadingId(int(name[1:])): number for name, number in numbers.items()}
    return DueToday(today=TODAY, chosen=chosen, waiting=waiting, next_numbers=next_numbers)


def keys(items: list[AgendaItem]) -> list[tuple[int, str]]:
    return [((item.on - TODAY).days, item.key) for item in items]


def test_today_is_what_is_due_and_the_days_after_are_the_plan() -> None:
    due = due_of(occurrence_of(ReadingId(1), NOW, number=2), _1=2)
    plan = [planned(1, 0), planned(2, 3, ItemKind.FIRST), planned(1, 9), planned(2, 5), planned(1, 100)]
    assert keys(items_of(plan, due)) == [(0, "1/review/2"), (3, "2/part/1"), (5, "2/review/1"), (9, "1/review/3")]


def test_what_waits_stands_on_its_planned_day_with_its_own_number() -> None:
    waiting = occurrence_of(ReadingId(1), NOW, number=4)
    items = items_of([planned(1, 2), planned(1, 12)], due_of(waiting=(waiting,), _1=4))
    assert keys(items) == [(2, "1/review/4"), (12, "1/review/5")]
    assert items[0].occurrence == replace(waiting, minutes=6.0)


def test_what_waits_takes_what_its_planned_day_has_for_it() -> None:
    waiting = replace(occurrence_of(ReadingId(1), NOW, number=0), kind=ItemKind.FIRST, minutes=30)
    (item,) = items_of([planned(1, 2, ItemKind.PART)], due_of(waiting=(waiting,)))
    assert item.occurrence == replace(waiting, kind=ItemKind.PART, minutes=6.0, parts=3)


def test_moved_by_the_plan_an_item_keeps_its_key() -> None:
    before = items_of([planned(1, 2, ItemKind.PART, 2), planned(1, 8)], due_of())
    after = items_of([planned(1, 4, ItemKind.PART, 2), planned(1, 15)], due_of())
    assert [key for _, key in keys(before)] == [key for _, key in keys(after)] == ["1/part/2", "1/review/1"]


def test_foreseen_items_fall_due_when_their_study_day_begins() -> None:
    item = items_of([planned(1, 2, ItemKind.FIRST)], due_of())[0]
    assert item.occurrence.due_at == datetime(2026, 11, 27, 3, tzinfo=UTC)
    assert (item.occurrence.id, item.occurrence.number) == ("", 0)


def test_without_a_plan_today_is_all() -> None:
    due = due_of(occurrence_of(ReadingId(1), NOW, number=0))
    assert keys(agenda(due, (), last_on=TODAY, zone=BERLIN, now=NOW)) == [(0, "1/part/1")]


@pytest.mark.parametrize(
    ("wish", "taken"),
    [
        (FeedWish(), {"first", "review", "low"}),
        (FeedWish(kinds=Kinds.FIRST), {"first"}),
        (FeedWish(kinds=Kinds.REVIEWS), {"review", "low"}),
        (FeedWish(lowest_tier=4), {"first", "review"}),
    ],
)
def test_a_wish_chooses_by_kind_and_tier(wish: FeedWish, taken: set[str]) -> None:
    items = {
        "first": DueItem(occurrence=occurrence_of(ReadingId(1), NOW, number=0), reading=READING),
        "review": DueItem(occurrence=occurrence_of(ReadingId(1), NOW, number=1), reading=READING),
        "low": DueItem(occurrence=occurrence_of(ReadingId(1), NOW, number=2), reading=replace(READING, tier=2)),
    }
    chosen = wish.choose(items.values(), None)
    assert {name for name, item in items.items() if item in chosen} == taken
    assert wish.choose(items.values(), {ReadingId(9)}) == []


@pytest.mark.parametrize("wrong", [{"cap": 9}, {"cap": 501}, {"event_minute": 239}, {"event_minute": 1440}])
def test_a_wish_out_of_bounds_names_its_field(wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid) as error:
        FeedWish(**wrong)  # type: ignore[arg-type]
    assert error.value.field == next(iter(wrong))


@pytest.mark.parametrize("name", ["", "x" * 81])
def test_a_feed_has_a_name_of_some_length(name: str) -> None:
    with pytest.raises(Invalid) as error:
        Feed(id=FeedId("x"), name=name, made_at=NOW)
    assert error.value.field == "name"


def test_what_is_read_today_stands_on_no_later_day_too() -> None:
    part = occurrence_of(ReadingId(1), NOW, kind=ItemKind.PART, part=1, parts=2)
    whole = occurrence_of(ReadingId(2), NOW, kind=ItemKind.FIRST)
    plan = [
        planned(1, 3, ItemKind.PART, 1),
        planned(1, 5, ItemKind.PART, 2),
        planned(2, 4, ItemKind.FIRST),
        planned(2, 9),
    ]
    shown = keys(items_of(plan, due_of(part, whole)))
    assert shown == [(0, "1/part/1"), (0, "2/part/1"), (5, "1/part/2"), (9, "2/review/1")]
