"""What digests are made of, for a batch of learners in a few statements: sending is bound by them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId, Reading, ReadingId
from studyplan.domain.deliveries import Told
from studyplan.domain.learner import Learner
from studyplan.domain.occurrences import OccurrenceId
from studyplan.domain.plan import COMING_DAYS, Coming, ItemKind
from studyplan.domain.plan_document import from_text
from studyplan.store import catalogs, learners
from studyplan.store.deliveries import list_last_told
from studyplan.store.rows import OccurrenceRow, PlanRow, ReviewRow

DONE_WITHIN = timedelta(days=9)


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """An open occurrence as a link needs it."""

    id: OccurrenceId
    kind: ItemKind
    part: int
    published_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Studied:
    """A finished occurrence: on which study day, for how long, and whether it finished a first reading."""

    on: date
    minutes: float
    finished: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """All that one learner's digest is made of; no `coming` before there is a plan."""

    learner: Learner
    coming: Coming | None
    readings: Mapping[ReadingId, Reading]
    due: Mapping[ReadingId, Due] = field(default_factory=dict)
    studied: Sequence[Studied] = ()
    told: Told | None = None


def list_material(session: Session, learner_ids: Sequence[LearnerId], *, now: datetime) -> dict[LearnerId, Material]:
    """Return the material of each learner that there is."""
    found = learners.list_learners(session, learner_ids)
    coming = _list_coming(session, learner_ids)
    readings = catalogs.list_readings(session, {item.reading_id for plan in coming.values() for item in plan.items})
    due = _list_due(session, learner_ids, before=now + COMING_DAYS)
    studied = _list_studied(session, learner_ids, (now - DONE_WITHIN).date())
    told = list_last_told(session, learner_ids, now=now)
    return {
        learner_id: Material(
            learner=learner,
            coming=coming.get(learner_id),
            readings=readings,
            due=due[learner_id],
            studied=studied[learner_id],
            told=told.get(learner_id),
        )
        for learner_id, learner in found.items()
    }


def _list_coming(session: Session, learner_ids: Sequence[LearnerId]) -> dict[LearnerId, Coming]:
    rows = session.execute(
        select(PlanRow.learner_id, cast(PlanRow.coming, Text)).where(PlanRow.learner_id.in_(learner_ids))
    )
    return {LearnerId(learner_id): from_text(Coming, coming) for learner_id, coming in rows}


def _list_due(
    session: Session, learner_ids: Sequence[LearnerId], *, before: datetime
) -> dict[LearnerId, dict[ReadingId, Due]]:
    rows = session.execute(
        select(
            OccurrenceRow.learner_id,
            OccurrenceRow.reading_id,
            OccurrenceRow.id,
            OccurrenceRow.kind,
            OccurrenceRow.part,
            OccurrenceRow.due_at,
            OccurrenceRow.made_at,
        ).where(
            OccurrenceRow.learner_id.in_(learner_ids), OccurrenceRow.closed_at.is_(None), OccurrenceRow.due_at < before
        )
    )
    due: dict[LearnerId, dict[ReadingId, Due]] = defaultdict(dict)
    for learner_id, reading_id, occurrence_id, kind, part, due_at, made_at in rows:
        due[LearnerId(learner_id)][ReadingId(reading_id)] = Due(
            id=OccurrenceId(occurrence_id), kind=ItemKind(kind), part=part, published_at=max(due_at, made_at)
        )
    return due


def _list_studied(session: Session, learner_ids: Sequence[LearnerId], since_on: date) -> dict[LearnerId, list[Studied]]:
    rows = session.execute(
        select(ReviewRow.learner_id, ReviewRow.studied_on, ReviewRow.minutes, ReviewRow.rating, ReviewRow.kind).where(
            ReviewRow.learner_id.in_(learner_ids), ReviewRow.studied_on >= since_on, ReviewRow.undone_at.is_(None)
        )
    )
    studied: dict[LearnerId, list[Studied]] = defaultdict(list)
    for learner_id, on, minutes, rating, kind in rows:
        finished = rating is not None and kind != ItemKind.REVIEW
        studied[LearnerId(learner_id)].append(Studied(on=on, minutes=minutes, finished=finished))
    return studied
