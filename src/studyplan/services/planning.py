"""Plan anew: gather what the planner needs, let it decide, store the plan and settle the occurrences."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy.orm import Session

from studyplan.domain.catalog import Catalog, LearnerId, Reading, ReadingId
from studyplan.domain.curriculum import builds_on, put_in_order
from studyplan.domain.learner import Enrollment, Learner
from studyplan.domain.local_time import start_of_study_day
from studyplan.domain.occurrences import Occurrence, OccurrenceId, settle
from studyplan.domain.plan import Aim, Candidate, Plan
from studyplan.domain.planner import plan
from studyplan.domain.study_settings import StudySettings
from studyplan.services.ledger import note_plan
from studyplan.store import catalogs, learners, occurrences, plans, study
from studyplan.store.plans import StoredPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanInputs:
    """All that a learner is enrolled for: readings in curriculum order with what the planner is told of each."""

    readings: tuple[Reading, ...]
    candidates: tuple[Candidate, ...]
    horizon_on: date | None

    def candidate(self, reading_id: ReadingId) -> Candidate | None:
        """Return what the planner is told of one reading."""
        return next((item for item in self.candidates if item.reading_id == reading_id), None)


def get_inputs(
    session: Session, learner: Learner, *, settings: StudySettings | None = None, now: datetime
) -> PlanInputs:
    """Gather a learner's readings over all enrollments: one memory a reading, the earliest date of its tracks.

    Other `settings` than the learner's own are those of a try-out.
    """
    enrollments = learners.list_enrollments(session, learner.id)
    if settings is not None:
        enrollments = [replace(item, horizon_on=settings.horizons.get(item.track_id)) for item in enrollments]
    weights = learner.tier_weights if settings is None else settings.tier_weights
    taken = _enrolled_readings(session, enrollments)
    memories = study.list_memories(session, learner.id)
    started = study.list_started(session, learner.id)
    still_open = {item.reading_id: item for item in occurrences.list_open(session, learner.id)}
    candidates = []
    for reading, earlier, horizon_on in taken:
        minutes_read, parts_read = started.get(reading.id, (0.0, 0))
        occurrence = still_open.get(reading.id)
        candidates.append(
            Candidate(
                reading_id=reading.id,
                minutes=float(reading.minutes),
                minutes_read=minutes_read,
                parts_read=parts_read,
                weight=weights[reading.tier],
                horizon_on=horizon_on,
                builds_on=earlier,
                memory=memories.get(reading.id),
                published=occurrence.as_published() if occurrence and occurrence.is_due(now) else None,
            )
        )
    horizons = [item.horizon_on for item in enrollments]
    last = None if None in horizons else max((day for day in horizons if day), default=None)
    return PlanInputs(readings=tuple(item[0] for item in taken), candidates=tuple(candidates), horizon_on=last)


def replan(session: Session, learner_id: LearnerId, *, own_change: bool = False, now: datetime) -> Plan:
    """Make the best plan from now, store it, note what it changes and bring the open occurrences in line with it."""
    learners.lock_learner(session, learner_id)
    learner = learners.get_learner(session, learner_id)
    inputs = get_inputs(session, learner, now=now)
    before = plans.find_plan(session, learner_id)
    today = learner.today(now)
    made = plan(
        inputs.candidates,
        learner.budget,
        today=today,
        aim=Aim(horizon_on=inputs.horizon_on),
        spent_today=study.minutes_spent_on(session, learner_id, today),
        last=before.plan if before else None,
    )
    stored = StoredPlan(plan=made, inputs_version=learner.inputs_version, made_at=now)
    plans.put_plan(session, learner_id, stored)
    if before is not None:
        note_plan(session, learner, before.plan, made, own_change=own_change, now=now)
    _settle(session, learner, made, now=now)
    next_day_at = start_of_study_day(today + timedelta(days=1), learner.zone)
    learners.change_learner(session, learner_id, next_day_at=next_day_at)
    return made


def name_new(made: Iterable[Occurrence]) -> list[Occurrence]:
    """Give new occurrences their ids, which they keep for ever."""
    return [item if item.id else replace(item, id=OccurrenceId(str(uuid.uuid4()))) for item in made]


def _settle(session: Session, learner: Learner, made: Plan, *, now: datetime) -> None:
    numbers = {key: memory.reviews + 1 for key, memory in study.list_memories(session, learner.id).items()}
    still_open = occurrences.list_open(session, learner.id)
    settlement = settle(made, still_open, numbers, zone=learner.zone, now=now)
    occurrences.delete_unpublished(session, learner.id, settlement.dropped, now=now)
    occurrences.put_occurrences(session, learner.id, name_new(settlement.written))
    if settlement.dropped or settlement.written:
        learners.count_feed_change(session, learner.id, now=now)


def _enrolled_readings(
    session: Session, enrollments: Sequence[Enrollment]
) -> list[tuple[Reading, frozenset[ReadingId], date | None]]:
    """Return the union of the enrolled tracks: by catalog in curriculum order, with what binds within the union."""
    tracks = catalogs.list_tracks_by_id(session, [item.track_id for item in enrollments])
    taken = []
    for catalog_id in dict.fromkeys(stored.catalog_id for stored in tracks):
        catalog = catalogs.get_catalog(session, catalog_id)
        horizons: dict[ReadingId, date | None] = {}
        for enrollment, stored in zip(enrollments, tracks, strict=True):
            if stored.catalog_id == catalog_id:
                for reading in stored.track.choose(catalog.readings):
                    horizons[reading.id] = _earliest(horizons.get(reading.id), enrollment.horizon_on)
        taken += [(reading, links, horizons[reading.id]) for reading, links in _in_order(catalog, frozenset(horizons))]
    return list({item[0].id: item for item in reversed(taken)}.values())[::-1]


@lru_cache(maxsize=64)
def _in_order(catalog: Catalog, chosen: frozenset[ReadingId]) -> tuple[tuple[Reading, frozenset[ReadingId]], ...]:
    """Return the chosen readings in curriculum order with what binds among them."""
    readings = [reading for reading in catalog.readings if reading.id in chosen]
    links = builds_on(readings, catalog.mentions)
    return tuple((reading, links[reading.id]) for reading in put_in_order(readings, catalog.mentions))


def _earliest(first: date | None, second: date | None) -> date | None:
    return min((day for day in (first, second) if day is not None), default=None)
