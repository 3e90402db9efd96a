"""When a due event is the same and when it is new. An occurrence is one time that a reading falls due."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NewType

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import Reading, ReadingId
from studyplan.domain.local_time import start_of_study_day, study_day
from studyplan.domain.memory import Memory, retrievability
from studyplan.domain.plan import ItemKind, Plan, PlanItem, Published, Reason, ReviewKind

OccurrenceId = NewType("OccurrenceId", str)
ACTION_DAYS = 35
"""How long the signed link of an occurrence works after it was published."""
ROUNDING = 1e-6


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

    From `due_at` on it is published: due_at, minutes and reason stay as they are, whatever is planned later. Where
    the learner put it on its day (`put_off`), that holds from the beginning, and it comes first on that day.
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
    put_off: bool = False
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

    def told_on(self, today: date, memory: Memory | None) -> "Occurrence":
        """Return it as today's page tells of it: until it is done, recall goes on fading after its own day."""
        if memory is None or self.closed_at is not None:
            return self
        return replace(self, reason=replace(self.reason, recall_now=retrievability(memory, today)))

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
    """What a plan changes: occurrences made, moved or ranked anew (`written`), and those that nothing asks for now.

    Of the latter, unpublished ones go (`dropped`) and published ones end (`withdrawn`): theirs is on no track any more.
    """

    written: tuple[Occurrence, ...]
    dropped: tuple[OccurrenceId, ...]
    withdrawn: tuple[OccurrenceId, ...]


def settle(
    plan: Plan,
    still_open: Iterable[Occurrence],
    numbers: Mapping[ReadingId, int],
    *,
    longest_day: float,
    zone: tzinfo,
    now: datetime,
) -> Settlement:
    """Bring the open occurrences in line with a plan: at most one a reading, the published ones only ranked anew.

    `numbers` has every reading that the learner is enrolled for, with the number of its next review. New occurrences
    have an empty id: the caller names them. What was told and is more than the longest day holds by now becomes what
    the plan asks of it.
    """
    following = _next_items(plan.items)
    ranks = {item.reading_id: rank for rank, item in enumerate(plan.on(plan.made_on), start=1)}
    by_reading = {occurrence.reading_id: occurrence for occurrence in still_open}
    written, unasked = [], []
    for reading_id in following.keys() | by_reading.keys():
        occurrence, item = by_reading.get(reading_id), following.get(reading_id)
        stays = occurrence is not None and reading_id in numbers and (occurrence.put_off or occurrence.is_due(now))
        settled = occurrence if stays else _planned(occurrence, item, numbers, zone=zone, now=now)
        if stays and settled and item and settled.minutes > longest_day + ROUNDING:
            settled = _cut(settled, item)
        settled = settled and replace(settled, rank=ranks.get(reading_id, 0))
        if settled is None and occurrence is not None:
            unasked.append(occurrence)
        elif settled is not None and settled != occurrence:
            written.append(settled)
    return Settlement(
        written=tuple(written),
        dropped=tuple(occurrence.id for occurrence in unasked if not occurrence.is_due(now)),
        withdrawn=tuple(occurrence.id for occurrence in unasked if occurrence.is_due(now)),
    )


def order_for_today(
    due: Sequence[Occurrence], minutes_left: float, blocked: Collection[ReadingId] = ()
) -> tuple[list[Occurrence], list[Occurrence]]:
    """Split the published occurrences into those that today's minutes hold, in the plan's order, and the others.

    What the learner put on a day takes its minutes first, then what the plan asks for today; the rest fills what is
    left, in order of age, but for readings that are `blocked` by an unread one. A reading takes its minutes before
    reviews do: it was told as a whole, even where the plan would by now read a part of it. So one that is longer than
    any day stands on its day alone.
    """
    ranked = sorted(due, key=lambda item: (item.rank == 0, item.rank, not item.put_off, item.due_at, item.id))
    today: set[OccurrenceId] = set()
    for occurrence in sorted(ranked, key=lambda it: (it.rank == 0, not it.put_off, it.kind is ItemKind.REVIEW)):
        stands_alone = occurrence.rank and occurrence.kind is not ItemKind.REVIEW and minutes_left > 0 and not today
        if not occurrence.rank and occurrence.reading_id in blocked:
            continue
        if occurrence.minutes <= minutes_left + ROUNDING or stands_alone:
            minutes_left -= occurrence.minutes
            today.add(occurrence.id)
    return [item for item in ranked if item.id in today], [item for item in ranked if item.id not in today]


def day_that_holds(minutes: float, budget: Budget, on: date) -> date | None:
    """Return the first day from `on` that holds so much, or all that any day holds; None when no day has minutes."""
    return budget.next_study_day(on, max(1.0, min(minutes, budget.longest_day(on))))


def not_before(
    occurrence: Occurrence, budget: Budget, *, today: date, minutes_left: float, zone: tzinfo
) -> date | None:
    """Return the first day on which an open occurrence may be planned; None for any.

    A first reading that was told as a whole, and is longer than what is left of today, waits for a day that holds it,
    when there is one.
    """
    is_told = study_day(occurrence.due_at, zone) <= today
    if not is_told or occurrence.kind is ItemKind.REVIEW or occurrence.minutes <= minutes_left + ROUNDING:
        return None
    return budget.next_study_day(today + timedelta(days=1), occurrence.minutes)


def _next_items(items: Iterable[PlanItem]) -> dict[ReadingId, PlanItem]:
    """Return the first item of each reading."""
    following: dict[ReadingId, PlanItem] = {}
    for item in sorted(items, key=lambda item: item.on):
        following.setdefault(item.reading_id, item)
    return following


def _cut(occurrence: Occurrence, item: PlanItem) -> Occurrence:
    """Return what was told as what of it is planned now: a part of a first reading, a shorter review."""
    is_same = (occurrence.kind is ItemKind.REVIEW) == (item.kind is ItemKind.REVIEW)
    if not is_same or item.minutes >= occurrence.minutes:
        return occurrence
    return replace(occurrence, kind=item.kind, part=item.part, parts=item.parts, minutes=item.minutes)


def _planned(
    occurrence: Occurrence | None,
    item: PlanItem | None,
    numbers: Mapping[ReadingId, int],
    *,
    zone: tzinfo,
    now: datetime,
) -> Occurrence | None:
    """Return the occurrence of a plan item: due when its study day begins, or now when that has begun."""
    if item is None:
        return None
    return Occurrence(
        id=OccurrenceId("") if occurrence is None else occurrence.id,
        reading_id=item.reading_id,
        number=numbers[item.reading_id] if item.kind is ItemKind.REVIEW else 0,
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
