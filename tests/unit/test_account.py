"""How long a browser stays signed in, which day it is for a learner, and how long a rating can be taken back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from studyplan.domain.account import Browser
from studyplan.domain.budget import Budget
from studyplan.domain.catalog import LearnerId, ReadingId
from studyplan.domain.learner import DigestWish, Learner
from studyplan.domain.memory import Rating
from studyplan.domain.occurrences import OccurrenceId
from studyplan.domain.plan import ItemKind
from studyplan.domain.reviews import Review, ReviewId

NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
REVIEW = Review(
    id=ReviewId("r"),
    reading_id=ReadingId(1),
    occurrence_id=OccurrenceId("o"),
    kind=ItemKind.REVIEW,
    rating=Rating.CLEAR,
    recall_expected=0.8,
    minutes=6.0,
    timed=False,
    rated_at=NOW,
    studied_on=date(2026, 11, 24),
    key="k",
    memory_before=None,
    minutes_read_before=0.0,
)


@pytest.mark.parametrize(
    ("started", "seen", "over"),
    [
        (timedelta(days=29), timedelta(days=29), False),
        (timedelta(days=31), timedelta(days=30), True),
        (timedelta(days=89), timedelta(hours=1), False),
        (timedelta(days=90), timedelta(0), True),
    ],
)
def test_a_browser_signs_in_again_after_thirty_idle_days_or_ninety_days(
    started: timedelta, seen: timedelta, over: bool
) -> None:
    browser = Browser(secret_hash="", started_at=NOW - started, seen_at=NOW - seen, agent="")

    assert browser.is_over(NOW) is over


def test_a_rating_can_be_taken_back_once_for_a_day() -> None:
    assert REVIEW.can_be_undone(NOW + timedelta(hours=24))
    assert not REVIEW.can_be_undone(NOW + timedelta(hours=24, seconds=1))
    assert not replace(REVIEW, undone_at=NOW).can_be_undone(NOW)


@pytest.mark.parametrize(("hours", "day"), [(0, 24), (2, 24), (3, 25)])
def test_a_study_day_ends_at_four_in_the_learners_zone(hours: int, day: int) -> None:
    learner = Learner(
        id=LearnerId(1),
        confirmed=True,
        zone_name="",
        zone=timezone(timedelta(hours=hours)),
        budget=Budget(weekdays=(30,) * 7),
        tier_weights={},
        inputs_version=1,
        feed_version=1,
        feed_changed_at=NOW,
        digest=DigestWish(kind="weekly", weekday=0, minute=420),
        joined_at=NOW,
        is_demo=False,
    )

    assert learner.today(NOW) == date(2026, 11, day)
