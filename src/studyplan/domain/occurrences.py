"""When a due event is the same and when it is new. An occurrence is one time that a reading falls due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NewType

from studyplan.domain.catalog import Reading, ReadingId
from studyplan.domain.local_time import start_of_study_day
from studyplan.domain.plan import ItemKind, Plan, PlanItem, Published, Reason, ReviewKind

OccurrenceId = NewType("OccurrenceId", str)
ACTION_DAYS = 35
"""How long the signed link of an occurrence works after it was published."""


class ClosedBy(StrEnum):
    """What ended an occurrence."""

    RATING = "rating"
    READ = "read"
    SNOOZE = "snooze"
    SKIP = "skip"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One time that a reading falls due; `number` counts a reading's reviews, 0 while it is read for the first time.

    From `due_at` on it is published: due_at, minutes and reason stay as they are, whatever is planned later.
    """

    id: OccurrenceId
    reading_id: ReadingId
    number: int
    kind: ItemKind
    review_kind: ReviewKind | None
    part: int
    parts: int
    minutes: float
    reason: Reason
    rank: int
    due_at: datetime
    made_at: datetime
    closed_at: datetime | None = None
    closed_by: ClosedBy | None = None

    @property
    def published_at(self) -> datetime:
        """The moment that feeds and digests show: fixed, and never in the future of who sees it."""
        return max(self.due_at, self.made_at)

    @property
    def actions_end_at(self) -> datetime:
        """Until when its signed link acts."""
        return self.published_at + timedelta(days=ACTION_DAYS)

    def is_due(self, now: datetime) -> bool:
        """Say whether it is open and published."""
        return self.closed_at is None and self.due_at <= now

    def as_published(self) -> Published:
        """Return what the planner has to keep of it."""
        return Published(kind=self.kind, minutes=self.minutes, review_kind=self.review_kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class DueItem:
    """An occurrence with the reading that falls due."""

    occurrence: Occurrence
    reading: Reading

    @property
    def label(self) -> str:
        """What falls due, in two words: 'Read', 'Part 2 of 3', 'Review 3'."""
        occurrence = self.occurrence
        if occurrence.kind is ItemKind.REVIEW:
            return f"Review {occurrence.number}"
        return f"Part {occurrence.part} of {occurrence.parts}" if occurrence.kind is ItemKind.PART else "Read"

    @property
    def title(self) -> str:
        """The title that a feed or a digest shows."""
        return f"{self.label}: {self.reading.title}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What a plan changes: occurrences made or moved (`written`), and unpublished ones that nothing asks for now."""

    written: tuple[Occurrence, ...]
    dropped: tuple[OccurrenceId, ...]


def settle(
    plan: Plan, still_open: Iterable[Occurrence], numbers: Mapping[ReadingId, int], *, zone: tzinfo, now: datetime
) -> Settlement:
    """Bring the open occurrences in line with a plan: at most one a reading, the published ones only ranked anew.

    `numbers` are the reviews that each reading's next review is counted by. New occurrences have an empty id: the
    caller names them.
    """
    following = _next_items(plan.items)
    ranks = {item.reading_id: rank for rank, item in enumerate(plan.on(plan.made_on), start=1)}
    by_reading = {occurrence.reading_id: occurrence for occurrence in still_open}
    written, dropped = [], []
    for reading_id in following.keys() | by_reading.keys():
        occurrence, item = by_reading.get(reading_id), following.get(reading_id)
        if occurrence is not None and occurrence.is_due(now):
            settled: Occurrence | None = replace(occurrence, rank=ranks.get(reading_id, 0))
        elif item is not None:
            settled = _planned(occurrence, item, numbers.get(reading_id, 0), now=now, zone=zone)
            settled = replace(settled, rank=ranks.get(reading_id, 0))
        else:
            settled = None
        if settled is None and occurrence is not None:
            dropped.append(occurrence.id)
        elif settled is not None and settled != occurrence:
            written.append(settled)
    return Settlement(written=tuple(written), dropped=tuple(dropped))


def order_for_today(due: Sequence[Occurrence], minutes_left: float) -> tuple[list[Occurrence], list[Occurrence]]:
    """Split the published occurrences into those that today's minutes hold, in the plan's order, and the others."""
    ranked = sorted(
        due, key=lambda occurrence: (occurrence.rank == 0, occurrence.rank, occurrence.due_at, occurrence.id)
    )
    today, others = [], []
    for occurrence in ranked:
        if occurrence.rank and occurrence.minutes <= minutes_left + 0.5:
            minutes_left -= occurrence.minutes
            today.append(occurrence)
        else:
            others.append(occurrence)
    return today, others


def _next_items(items: Iterable[PlanItem]) -> dict[ReadingId, PlanItem]:
    """Return the first item of each reading."""
    following: dict[ReadingId, PlanItem] = {}
    for item in sorted(items, key=lambda item: item.on):
        following.setdefault(item.reading_id, item)
    return following


def _planned(occurrence: Occurrence | None, item: PlanItem, number: int, *, zone: tzinfo, now: datetime) -> Occurrence:
    """Return the occurrence of a plan item: due when its study day begins, or now when that has begun."""
    return Occurrence(
        id=OccurrenceId("") if occurrence is None else occurrence.id,
        reading_id=item.reading_id,
        number=number if item.kind is ItemKind.REVIEW else 0,
        kind=item.kind,
        review_kind=item.review_kind,
        part=item.part,
        parts=item.parts,
        minutes=item.minutes,
        reason=item.reason,
        rank=0,
        due_at=max(start_of_study_day(item.on, zone), now),
        made_at=now if occurrence is None else occurrence.made_at,
    )
