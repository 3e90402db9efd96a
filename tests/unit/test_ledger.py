"""What of a new plan is news."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from drafts import TODAY, item, plan_of
from studyplan.domain.ledger import LedgerChange, LedgerId, LedgerLine, compare, unspent
from studyplan.domain.plan import ItemKind, Plan

NEXT_WEEK = TODAY + timedelta(days=8)


def said(before: Plan, after: Plan, *, own_change: bool = False) -> list[tuple[LedgerChange, tuple[int, ...]]]:
    changes = compare(before, after, longest_day=50, own_change=own_change)
    return [(change.change, change.reading_ids) for change in changes]


def test_the_same_plan_is_no_news() -> None:
    plan = plan_of(item(1), item(2, kind=ItemKind.REVIEW), left_out=[3])
    assert compare(plan, plan, longest_day=50, own_change=True) == []


def test_a_reading_that_is_left_out_is_told_once_with_its_figures() -> None:
    before, after = plan_of(item(1), item(2)), plan_of(item(1), left_out=[2])
    (change,) = compare(before, after, longest_day=50, own_change=False)
    assert (change.change, change.reading_ids) == (LedgerChange.LEFT_OUT, (2,))
    assert (change.figure("value_per_minute"), change.figure("price"), change.figure("other")) == (0.005, 0.01, 0)
    assert said(after, after) == []


def test_a_reading_that_was_left_out_and_is_read_now_came_back() -> None:
    assert said(plan_of(left_out=[2, 3]), plan_of(item(3), left_out=[2])) == [(LedgerChange.CAME_BACK, (3,))]


def test_a_split_is_news_when_no_day_could_hold_the_reading() -> None:
    parts = [item(1, TODAY + timedelta(days=n), ItemKind.PART, 27, n + 1, 2) for n in range(2)]
    assert said(plan_of(item(1, minutes=54)), plan_of(*parts)) == [(LedgerChange.SPLIT, (1,))]
    short = [item(1, TODAY + timedelta(days=n), ItemKind.PART, 15, n + 1, 2) for n in range(2)]
    assert said(plan_of(item(1, minutes=30)), plan_of(*short)) == []


def test_a_shorter_next_review_is_news_from_a_minute_on() -> None:
    before = plan_of(item(1, kind=ItemKind.REVIEW, minutes=9), item(2, kind=ItemKind.REVIEW, minutes=5))
    after = plan_of(item(1, kind=ItemKind.REVIEW, minutes=3), item(2, kind=ItemKind.REVIEW, minutes=4.5))
    (change,) = compare(before, after, longest_day=50, own_change=False)
    assert (change.change, change.reading_ids) == (LedgerChange.SHORTENED, (1,))
    assert (change.figure("before"), change.figure("after")) == (9, 3)


def test_moves_are_told_after_one_s_own_change_only_and_when_they_are_far() -> None:
    near, far = TODAY + timedelta(days=6), TODAY + timedelta(days=7)
    before = plan_of(item(1, kind=ItemKind.REVIEW), item(2, kind=ItemKind.REVIEW))
    after = plan_of(item(1, near, ItemKind.REVIEW), item(2, far, ItemKind.REVIEW), item(3, far, ItemKind.REVIEW))
    assert said(before, after) == []
    assert said(before, after, own_change=True) == [(LedgerChange.MOVED, (2,))]


def test_days_on_which_nothing_of_the_plan_was_studied_are_unspent() -> None:
    days = [TODAY + timedelta(days=n) for n in range(4)]
    plan = plan_of(item(1, days[0]), item(2, days[0], minutes=5), item(3, days[1]), item(4, days[2]), item(5, days[3]))
    assert unspent(plan, [(days[1], 3.0)], days[3]) == [(days[0], 25), (days[2], 20)]


def test_days_before_the_plan_was_made_are_not_its_own() -> None:
    assert unspent(plan_of(item(1, date(2026, 11, 24)), item(2)), [], TODAY) == []


def test_a_change_can_be_undone_for_a_day_while_what_it_left_is_as_it_was() -> None:
    made_at = datetime(2026, 11, 25, 9, tzinfo=UTC)
    undo = {"before": {"zone_name": "UTC"}, "after": {"zone_name": "Asia/Tokyo"}}
    line = LedgerLine(
        id=LedgerId("a"), made_at=made_at, change=LedgerChange.CHANGED, subject="Days", why="Yours.", undo=undo
    )
    present = {"zone_name": "Asia/Tokyo", "weekdays": [30] * 7}
    assert line.can_be_undone(present, now=made_at + timedelta(hours=24))
    assert not line.can_be_undone(present, now=made_at + timedelta(hours=25))
    assert not line.can_be_undone(present | {"zone_name": "UTC"}, now=made_at)
    assert not replace(line, undone_at=made_at).can_be_undone(present, now=made_at)
    assert not replace(line, undo=None).can_be_undone(present, now=made_at)
