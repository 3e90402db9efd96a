"""Figures, days and reasons are said one way everywhere."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from studyplan.domain import wording
from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Rating
from studyplan.domain.plan import Binding, FinishRange, ItemKind, PlanItem, Reason, ReviewKind

TODAY = date(2026, 11, 24)
SUMMER = date(2027, 6, 1)

REVIEW = PlanItem(
    reading_id=ReadingId(1),
    on=TODAY,
    kind=ItemKind.REVIEW,
    minutes=6,
    reason=Reason(
        recall_now=0.69,
        horizon_without=0.22,
        horizon_with=0.3,
        horizon_reviewed=0.8,
        value_per_minute=0.01,
        price=0.005,
        binding=Binding.WORTH,
        horizon_on=SUMMER,
    ),
    review_kind=ReviewKind.SKIM,
)
FIRST = replace(
    REVIEW, kind=ItemKind.FIRST, minutes=24, review_kind=None, reason=replace(REVIEW.reason, horizon_without=0.0)
)


def plain(text: str) -> str:
    """Return a text with ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2060", "")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (0.2, "1 min"), (31, "31 min"), (60, "1 h"), (75.4, "1 h 15 min"), (1153, "19 h 13 min")],
)
def test_a_duration_has_no_empty_hours_or_minutes(minutes: float, said: str) -> None:
    assert plain(wording.duration(minutes)) == said


def test_shares_counts_and_ratings_are_said_in_words() -> None:
    assert plain(wording.percent(0.714)) == "71 %"
    assert wording.count(1, "reading") == "1 reading"
    assert wording.count(3, "reading") == "3 readings"
    assert wording.count(2, "catalog entry", "catalog entries") == "2 catalog entries"
    assert wording.rating(Rating.CLEAR) == "Clear"


def test_a_day_has_its_year_only_when_it_is_far_away() -> None:
    assert wording.day(SUMMER, TODAY) == "1 June"
    assert wording.day(date(2027, 11, 1), TODAY) == "1 November 2027"
    assert wording.short_day(TODAY, TODAY) == "24 Nov"
    assert wording.short_day(date(2027, 11, 1), TODAY) == "1 Nov 2027"
    assert wording.weekday(TODAY) == "Tuesday 24 November"
    assert wording.short_weekday(TODAY) == "Tue 24 Nov"


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2027, 2, 13), date(2027, 2, 27), "13–27 February"),
        (date(2027, 1, 28), date(2027, 3, 3), "28 January – 3 March"),
        (date(2027, 2, 13), date(2027, 2, 13), "13 February"),
    ],
)
def test_a_range_of_days_names_a_month_once(first: date, last: date, said: str) -> None:
    assert plain(wording.span(first, last, TODAY)) == said


def test_a_finish_is_a_range_or_nothing() -> None:
    early, late = date(2027, 2, 13), date(2027, 2, 27)
    within = FinishRange(early_on=early, expected_on=date(2027, 2, 20), late_on=late)
    assert wording.finish(within, TODAY) == wording.span(early, late, TODAY)
    assert wording.finish(FinishRange(early_on=None, expected_on=None, late_on=None), TODAY) == ""


def test_a_range_within_a_month_is_never_broken_over_two_lines() -> None:
    assert "\u2060–\u2060" in wording.span(date(2027, 2, 13), date(2027, 2, 27), TODAY)


def test_a_review_says_its_state_its_price_and_what_that_buys() -> None:
    said = plain(wording.why(REVIEW, TODAY))
    assert said == "Recall is at 69 % now. 6 min here (recall, then skim) lift recall on 1 June from 22 % to 30 %."


def test_without_a_date_the_gain_is_counted_in_half_a_year() -> None:
    rolling = replace(REVIEW, reason=replace(REVIEW.reason, horizon_on=None))
    assert "lift recall in half a year from" in wording.why(rolling, TODAY)


@pytest.mark.parametrize(("without", "with_it"), [(0.22, 0.221), (0.646, 0.654)])
def test_a_review_that_buys_next_to_nothing_does_not_pretend_to(without: float, with_it: float) -> None:
    spare = replace(REVIEW, reason=replace(REVIEW.reason, horizon_without=without, horizon_with=with_it))
    assert plain(wording.why(spare, TODAY)) == "Recall is at 69 % now. 6 min, recall, then skim."


def test_nothing_is_promised_for_a_date_that_has_come() -> None:
    first_of_june = REVIEW.reason.horizon_on
    assert first_of_june is not None
    said = plain(wording.why(replace(REVIEW, on=first_of_june), first_of_june))
    assert said == "Recall is at 69 % now. 6 min, recall, then skim."


def test_a_first_reading_says_what_it_leaves_with_and_without_its_reviews() -> None:
    said = plain(wording.why(FIRST, TODAY))
    assert said == "24 min take recall on 1 June from 0 % to 30 %; with its reviews, to 80 %."


def test_one_hour_and_one_minute_are_one() -> None:
    assert plain(wording.why(replace(FIRST, minutes=60), TODAY)).startswith("1 h takes recall on 1 June from 0 %")
    review = replace(REVIEW, minutes=1)
    assert "1 min here (recall, then skim) lifts recall" in plain(wording.why(review, TODAY))
    assert [wording.verb(minutes, "was", "were") for minutes in (0, 0.2, 1, 2, 60, 61)] == [
        "were", "was", "was", "were", "was", "were",
    ]  # fmt: skip


def test_a_part_counts_what_the_whole_reading_buys() -> None:
    part = replace(FIRST, kind=ItemKind.PART, part=2, parts=3)
    started = replace(part, reason=replace(part.reason, binding=Binding.STARTED))
    assert plain(wording.why(part, TODAY)).startswith("24 min; read to its end, it takes recall on 1 June from 0 %")
    assert wording.why(started, TODAY).startswith("You are in the middle of it. ")


def test_a_first_reading_that_only_opens_others_says_that_it_is_ready() -> None:
    opener = replace(FIRST, reason=replace(FIRST.reason, horizon_with=0.0))
    assert plain(wording.why(opener, TODAY)) == "It is next in the order. 24 min."


def test_what_is_planned_for_another_day_is_not_said_of_now() -> None:
    later = TODAY + timedelta(days=6)
    assert plain(wording.why(replace(REVIEW, on=later), TODAY)).startswith("Recall will be at 69 % then.")
    part = replace(FIRST, on=later, kind=ItemKind.PART, part=2, parts=3)
    assert plain(wording.why(part, TODAY)).startswith("24 min; read to its end, it takes recall on 1 June from 0 %")
