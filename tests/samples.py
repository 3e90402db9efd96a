"""A reading and an occurrence, to be varied."""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from studyplan.domain.catalog import Reading, ReadingId
from studyplan.domain.occurrences import Occurrence, OccurrenceId
from studyplan.domain.plan import Binding, ItemKind, Reason, ReviewKind

REASON = Reason(
    recall_now=0.69,
    horizon_without=0.22,
    horizon_with=0.3,
    horizon_reviewed=0.5,
    value_per_minute=0.01,
    price=0.005,
    binding=Binding.WORTH,
)
READING = Reading(
    id=ReadingId(0),
    slug="",
    title="",
    url="",
    cluster="flows",
    tier=4,
    minutes=24,
    summary="Explains how a chain of reversible maps turns a simple density into a complicated one.",
    questions=("Which two properties make a transformation practical?",),
)


def occurrence_of(reading_id: ReadingId, due_at: datetime, *, number: int = 1, **changes: Any) -> Occurrence:
    """Make an occurrence: by default a review of six minutes, or a first reading where the number is 0."""
    occurrence = Occurrence(
        id=OccurrenceId(str(uuid.uuid4())),
        reading_id=reading_id,
        number=number,
        kind=ItemKind.REVIEW if number else ItemKind.FIRST,
        review_kind=ReviewKind.SKIM if number else None,
        part=1,
        parts=1,
        minutes=6.0,
        reason=REASON,
        rank=0,
        due_at=due_at,
        made_at=due_at,
    )
    return replace(occurrence, **changes)
