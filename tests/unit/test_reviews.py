"""Which rating of a reading came last, and which can be taken back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from studyplan.domain.catalog import ReadingId
from studyplan.domain.errors import Invalid
from studyplan.domain.feeds import Feed, FeedId
from studyplan.domain.memory import Memory, Rating, first_memory, review
from studyplan.domain.occurrences import OccurrenceId
from studyplan.domain.plan import ItemKind
from studyplan.domain.reviews import Review, ReviewId, spent_by_day

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
TODAY = date(2026, 11, 25)


def done(*, before: Memory | None = None, minutes_read: float = 0.0, at: datetime = NOW) -> Review:
    return Review(
        id=ReviewId("r"),
        reading_id=ReadingId(1),
        occurrence_id=OccurrenceId("o"),
        kind=ItemKind.FIRST if before is None else ItemKind.REVIEW,
        rating=Rating.CLEAR,
        recall_expected=None,
        minutes=5.0,
        timed=False,
        rated_at=at,
        studied_on=TODAY,
        key="a form's key",
        memory_before=before,
        minutes_read_before=minutes_read,
    )


def test_ratings_stand_in_the_order_of_what_they_followed_whatever_the_clock_said() -> None:
    first = first_memory(Rating.CLEAR, TODAY)
    part, end = done(), done(minutes_read=20.0)
    once, twice = done(before=first), done(before=review(first, Rating.CLEAR, TODAY), at=NOW - timedelta(days=1))
    assert sorted([twice, once, end, part], key=lambda item: item.place) == [part, end, once, twice]


@pytest.mark.parametrize(("hours", "can"), [(0, True), (24, True), (25, False)])
def test_a_rating_can_be_taken_back_for_a_day(hours: int, can: bool) -> None:
    assert done().can_be_undone(NOW + timedelta(hours=hours)) is can


def test_minutes_are_spent_on_the_study_days_that_reviews_count_for() -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert spent_by_day([done(), replace(done(), minutes=7.5), replace(done(), studied_on=tomorrow)]) == {
        TODAY: 12.5,
        tomorrow: 5.0,
    }


def test_a_feed_has_a_name() -> None:
    assert Feed(id=FeedId("f"), name="On the phone", made_at=NOW).name == "On the phone"
    with pytest.raises(Invalid, match="1 to"):
        Feed(id=FeedId("f"), name="", made_at=NOW)
