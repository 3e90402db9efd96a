"""Recall of one reading over time: as its ratings left it until today, and as the plan is expected to keep it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from studyplan.domain.forecast import expected_recalls
from studyplan.domain.memory import Memory, Rating, expected_memory, first_memory, retrievability
from studyplan.domain.plan import Offset

STEPS = 12
"""So many points show how recall falls between two times of being seen, closer at first, where it falls fastest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A study day and the recall on it, between 0 and 1."""

    on: date
    recall: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallCurve:
    """Recall until today (`past`) and from then on (`ahead`); a day on which it is seen has two points, the later full.

    Empty `ahead` where the plan ends before anything is read. `seen_on` and `planned_on` are the days of being seen.
    """

    past: tuple[Point, ...]
    ahead: tuple[Point, ...]
    seen_on: tuple[date, ...]
    planned_on: tuple[date, ...]


def draw(
    memories: Sequence[Memory], planned_on: Sequence[date], *, today: date, until: date, offset: Offset
) -> RecallCurve:
    """Return the curve of a reading until a day after today.

    `memories` are the states that its ratings left, oldest first; none of an unread one, whose first planned day then
    ends its first reading. After a planned review recall is what `forecast.expected_recalls` makes of it.
    """
    planned = sorted(day for day in planned_on if today <= day < until)
    past = [point for memory, end in _stretches(memories, today) for point in _falling(memory, memory.last_on, end)]
    coming = _coming(memories[-1] if memories else None, planned)
    ahead: list[Point] = []
    for reviews, (memory, end) in enumerate(_stretches(coming, until) if until > today else ()):
        begins = max(today, memory.last_on)
        points = list(_falling(memory, begins, end))
        ahead += _as_forecast(points, reviews, offset) if reviews else points
    return RecallCurve(
        past=tuple(past),
        ahead=tuple(ahead),
        seen_on=tuple(memory.last_on for memory in memories),
        planned_on=tuple(planned),
    )


def _coming(present: Memory | None, planned: Sequence[date]) -> list[Memory]:
    """Return the memory as it is, if there is one, and as each planned day is expected to leave it."""
    coming = [] if present is None else [present]
    for day in planned:
        coming.append(expected_memory(coming[-1], day) if coming else first_memory(Rating.CLEAR, day))
    return coming


def _stretches(memories: Sequence[Memory], end: date) -> Iterator[tuple[Memory, date]]:
    """Pair each memory with the day on which the next one follows, the last one with the end."""
    return zip(memories, [*(memory.last_on for memory in memories[1:]), end], strict=False)


def _falling(memory: Memory, first: date, last: date) -> Iterator[Point]:
    """Return points from one day to another on which nothing else happens."""
    length = (last - first).days
    for days in sorted({round(length * (step / STEPS) ** 2) for step in range(STEPS + 1)}):
        on = first + timedelta(days=days)
        yield Point(on=on, recall=retrievability(memory, on))


def _as_forecast(points: Sequence[Point], reviews: int, offset: Offset) -> list[Point]:
    """Return points after so many planned reviews as the forecast of the whole plan counts them."""
    raw = np.array([point.recall for point in points])
    expected = expected_recalls(raw, np.full(len(points), reviews), offset)
    return [Point(on=point.on, recall=float(recall)) for point, recall in zip(points, expected, strict=True)]
