"""A review: one rating at one moment, kept for ever."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NewType

from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Memory, Rating
from studyplan.domain.occurrences import OccurrenceId
from studyplan.domain.plan import ItemKind

ReviewId = NewType("ReviewId", str)
UNDO_FOR = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """One rating; None where only a part of a first reading was read.

    `minutes` is the time that it took when the learner said so (`timed`), else what was planned for it.
    `memory_before` and `minutes_read_before` are what undo puts back; `recall_expected` is what we believed before.
    """

    id: ReviewId
    reading_id: ReadingId
    occurrence_id: OccurrenceId
    kind: ItemKind
    rating: Rating | None
    recall_expected: float | None
    minutes: float
    timed: bool
    rated_at: datetime
    studied_on: date
    key: str
    memory_before: Memory | None
    minutes_read_before: float
    undone_at: datetime | None = None

    @property
    def place(self) -> tuple[int, float]:
        """Its place among the ratings of its reading, whatever the clock said at each of them."""
        return -1 if self.memory_before is None else self.memory_before.reviews, self.minutes_read_before

    def can_be_undone(self, now: datetime) -> bool:
        """Say whether it counts and is younger than a day."""
        return self.undone_at is None and now - self.rated_at <= UNDO_FOR


def spent_by_day(reviews: Iterable[Review]) -> dict[date, float]:
    """Return the minutes studied on each study day."""
    spent: dict[date, float] = {}
    for review in reviews:
        spent[review.studied_on] = spent.get(review.studied_on, 0.0) + review.minutes
    return spent
