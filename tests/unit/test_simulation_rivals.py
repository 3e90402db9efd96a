"""The rivals do what their authors published."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fsrs import Card, Scheduler, State
from fsrs import Rating as PackageRating

from studyplan.domain.memory import Rating
from studyplan.simulation.course import CourseReading, Term
from studyplan.simulation.policy import Done
from studyplan.simulation.queues import QUEUES
from studyplan.simulation.spacings import AnkiSm2, FixedRetention, Ladder, Leitner, ReadOnly, Sm2, Spacing

FORGOT, HAZY, CLEAR, EASY = Rating
TERM = Term(weeks=10, minutes=120)


def intervals(spacing: Spacing, ratings: Sequence[Rating]) -> list[int]:
    """Return the gaps that follow a first reading and reviews done exactly when due."""
    day, gaps = 0, []
    due = spacing.start(0)
    for rating in [*ratings, None]:
        gaps.append(due - day)
        day = due
        if rating:
            due = spacing.rate(rating, day)
            if due is None:
                break
    return gaps


def test_the_ladder_has_four_rungs_and_ends() -> None:
    assert intervals(Ladder(), [CLEAR, FORGOT, EASY, CLEAR]) == [1, 3, 7, 30]


def test_reading_only_never_reviews() -> None:
    assert ReadOnly().start(3) is None
    assert ReadOnly().rate(CLEAR, 3) is None


def test_leitner_climbs_box_by_box_and_falls_to_the_first() -> None:
    assert intervals(Leitner(), [CLEAR] * 7) == [1, 3, 7, 14, 30, 60, 60, 60]
    assert intervals(Leitner(), [HAZY, EASY, FORGOT, CLEAR]) == [1, 3, 7, 1, 3]


def test_sm2_has_the_published_intervals_at_quality_four() -> None:
    # I(1) = 1, I(2) = 6, I(n) = I(n-1) * EF rounded up; quality 4 leaves EF at 2.5
    assert intervals(Sm2(), [CLEAR] * 4) == [1, 6, 15, 38, 95]


@pytest.mark.parametrize(("rating", "ease"), [(EASY, 2.6), (CLEAR, 2.5), (HAZY, 2.36), (FORGOT, 2.5)])
def test_sm2_moves_its_factor_as_published(rating: Rating, ease: float) -> None:
    spacing = Sm2()
    spacing.rate(rating, 1)
    assert spacing.ease == pytest.approx(ease)


def test_sm2_begins_anew_after_a_lapse_and_keeps_its_factor_above_the_least() -> None:
    assert intervals(Sm2(), [CLEAR, CLEAR, FORGOT, CLEAR, CLEAR]) == [1, 6, 15, 1, 6, 15]
    spacing = Sm2()
    for day in range(20):
        spacing.rate(HAZY, day)
    assert spacing.ease == pytest.approx(1.3)


def test_anki_multiplies_by_ease_and_hard_by_a_fifth() -> None:
    # 1 day; good: at least a day more than hard would be, then times 2.5
    assert intervals(AnkiSm2(), [CLEAR] * 4) == [1, 3, 8, 20, 50]
    assert intervals(AnkiSm2(), [CLEAR, CLEAR, CLEAR, HAZY]) == [1, 3, 8, 20, 24]
    assert intervals(AnkiSm2(), [CLEAR, CLEAR, CLEAR, EASY]) == [1, 3, 8, 20, 65]
    assert intervals(AnkiSm2(), [CLEAR, CLEAR, FORGOT]) == [1, 3, 8, 1]


@pytest.mark.parametrize(("rating", "ease"), [(FORGOT, 2.3), (HAZY, 2.35), (CLEAR, 2.5), (EASY, 2.65)])
def test_anki_moves_ease_as_its_manual_says(rating: Rating, ease: float) -> None:
    spacing = AnkiSm2()
    spacing.start(0)
    spacing.rate(rating, 1)
    assert spacing.ease == pytest.approx(ease)


def test_anki_counts_half_of_a_delay_for_good_and_all_of_it_for_easy() -> None:
    for rating, due in ((CLEAR, 40 + round((20 + 8 / 2) * 2.5)), (EASY, 40 + round((20 + 8) * 2.5 * 1.3))):
        spacing = AnkiSm2()
        day = spacing.start(0)
        for _ in range(3):
            day = spacing.rate(CLEAR, day)
        assert day == 32
        assert spacing.rate(rating, 40) == due


def test_anki_never_falls_below_its_least_ease() -> None:
    spacing = AnkiSm2()
    spacing.start(0)
    for day in range(1, 12):
        assert spacing.rate(FORGOT, day) == day + 1
    assert spacing.ease == pytest.approx(1.3)


@pytest.mark.parametrize("retention", [0.7, 0.8, 0.9])
def test_fsrs_has_the_dates_of_its_package(retention: float) -> None:
    package = Scheduler(desired_retention=retention, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    rng = np.random.default_rng(7)
    for _ in range(20):
        spacing, at = FixedRetention(retention), datetime(2026, 1, 5, tzinfo=UTC)
        card = Card(card_id=1, state=State.Learning, step=0, due=at)
        card, _ = package.review_card(card, PackageRating.Good, at)
        day, due = 0, spacing.start(0)
        for rating in rng.integers(1, 5, 8).tolist():
            assert due == day + (card.due - card.last_review).days
            day = due + int(rng.integers(0, 4))
            card, _ = package.review_card(card, PackageRating(rating), at + timedelta(days=day))
            due = spacing.rate(Rating(rating), day)


def test_a_queue_reviews_what_is_longest_due_and_reads_on_in_parts() -> None:
    course = tuple(CourseReading(minutes=20.0, review_minutes=5.0) for _ in range(4))
    queue = QUEUES["ladder"](course, TERM)
    assert [(task.i, task.minutes, task.review) for task in queue.today(0, 50)] == [
        (0, 20, False), (1, 20, False), (2, 10, False),
    ]  # fmt: skip
    for i in (0, 1):
        queue.note(Done(i=i, day=0, minutes=20, read=True))
    queue.note(Done(i=2, day=0, minutes=10))
    assert [(task.i, task.minutes, task.review) for task in queue.today(2, 35)] == [
        (0, 5, True), (1, 5, True), (2, 10, False), (3, 15, False),
    ]  # fmt: skip


def test_no_part_is_shorter_than_six_minutes() -> None:
    course = (CourseReading(minutes=20.0, review_minutes=5.0),) * 2
    assert [task.minutes for task in QUEUES["sm2"](course, TERM).today(0, 25)] == [20]


def test_a_quota_keeps_minutes_for_new_readings_until_all_is_read() -> None:
    course = (CourseReading(minutes=20.0, review_minutes=6.0),) * 4
    free, held = QUEUES["fsrs90"](course, TERM), QUEUES["quota"](course, TERM)
    for queue in (free, held):
        for i in range(3):
            queue.note(Done(i=i, day=0, minutes=20, read=True))
    assert sum(task.review for task in free.today(20, 20)) == 3
    assert sum(task.review for task in held.today(20, 20)) == 3
    for queue in (free, held):
        for i in range(3):
            queue.note(Done(i=i, day=20, minutes=6, rating=FORGOT))
    assert sum(task.review for task in free.today(22, 20)) == 3
    assert sum(task.review for task in held.today(22, 20)) == 1
    held.note(Done(i=3, day=22, minutes=20, read=True))
    assert sum(task.review for task in held.today(22, 20)) == 3
