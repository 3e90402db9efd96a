"""What stands on which study day: today what is due and fits, afterwards what the plan foresees."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from studyplan.domain.catalog import ReadingId
from studyplan.domain.local_time import start_of_study_day
from studyplan.domain.occurrences import Occurrence, OccurrenceId
from studyplan.domain.plan import ItemKind, PlanItem


@dataclass(frozen=True, kw_only=True, slots=True)
class AgendaItem:
    """An occurrence on a study day. One that is only foreseen has no id yet."""

    on: date
    occurrence: Occurrence

    @property
    def key(self) -> str:
        """What stays the same of it however the plan moves it: the reading with the number of its review or part."""
        occurrence = self.occurrence
        is_review = occurrence.kind is ItemKind.REVIEW
        step = f"review/{occurrence.number}" if is_review else f"part/{occurrence.part}"
        return f"{occurrence.reading_id}/{step}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DueToday:
    """A learner's study day: due occurrences in and beyond today's minutes, and each reading's next review."""

    today: date
    chosen: Sequence[Occurrence]
    waiting: Sequence[Occurrence]
    next_numbers: Mapping[ReadingId, int]


def agenda(
    due: DueToday, planned: Iterable[PlanItem], *, last_on: date, zone: tzinfo, now: datetime
) -> list[AgendaItem]:
    """Return the items of today and of the planned days up to `last_on`, in the order to do them."""
    items = [AgendaItem(on=due.today, occurrence=occurrence) for occurrence in due.chosen]
    ahead = sorted((item for item in planned if due.today < item.on <= last_on), key=lambda item: item.on)
    return [*items, *_foreseen(ahead, due, zone=zone, now=now)]


def _foreseen(ahead: Sequence[PlanItem], due: DueToday, *, zone: tzinfo, now: datetime) -> Iterator[AgendaItem]:
    waiting = {occurrence.reading_id: occurrence for occurrence in due.waiting}
    numbers = dict(due.next_numbers)
    for occurrence in due.chosen:
        if occurrence.kind is ItemKind.REVIEW:
            numbers[occurrence.reading_id] = occurrence.number + 1
    begun = {occurrence.reading_id: occurrence.part for occurrence in due.chosen}
    for item in ahead:
        if item.kind is not ItemKind.REVIEW and item.part <= begun.get(item.reading_id, 0):
            continue
        told = waiting.pop(item.reading_id, None)
        if told is None:
            occurrence = _occurrence(item, numbers.get(item.reading_id, 1), zone=zone, now=now)
        else:
            occurrence = replace(told, kind=item.kind, part=item.part, parts=item.parts, minutes=item.minutes)
        if occurrence.kind is ItemKind.REVIEW:
            numbers[item.reading_id] = occurrence.number + 1
        yield AgendaItem(on=item.on, occurrence=occurrence)


def _occurrence(item: PlanItem, number: int, *, zone: tzinfo, now: datetime) -> Occurrence:
    return Occurrence(
        id=OccurrenceId(""),
        reading_id=item.reading_id,
        number=number if item.kind is ItemKind.REVIEW else 0,
        kind=item.kind,
        review_kind=item.review_kind,
        part=item.part,
        parts=item.parts,
        minutes=item.minutes,
        reason=item.reason,
        rank=0,
        due_at=start_of_study_day(item.on, zone),
        made_at=now,
    )
