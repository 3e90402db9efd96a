"""Where a learner stands: on a track, on all that is enrolled for, and with one reading."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from studyplan.domain import recall_curve
from studyplan.domain.catalog import Catalog, LearnerId, Reading, ReadingId
from studyplan.domain.errors import NotFound
from studyplan.domain.plan import Candidate, ItemKind, PlanItem
from studyplan.domain.recall_curve import RecallCurve
from studyplan.domain.reviews import Review, spent_by_day
from studyplan.domain.standing import Standing, stand
from studyplan.services.catalogs import TrackView
from studyplan.services.planning import PlanInputs, get_inputs
from studyplan.store import catalogs, learners, occurrences, plans, study


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackStanding:
    """Whether a learner is on a track, and how its readings stand."""

    is_enrolled: bool
    standings: Mapping[ReadingId, Standing]

    @property
    def read(self) -> int:
        """Return how many are read."""
        return sum(standing.is_read for standing in self.standings.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingView:
    """One reading for one learner: what it is about, how it stands, what was done and is planned, its neighbours.

    `minutes` is what its first reading takes this learner, by their own timings.
    """

    reading: Reading
    minutes: float
    cluster_title: str
    author: str
    standing: Standing
    today: date
    horizon_on: date | None
    reviews: tuple[Review, ...]
    planned: tuple[PlanItem, ...]
    curve: RecallCurve
    due_id: str | None
    builds_on: tuple[Reading, ...]
    leads_to: tuple[Reading, ...]
    standings: Mapping[ReadingId, Standing]


def on_tracks(
    session: Session, learner_id: LearnerId | None, views: Sequence[TrackView], *, now: datetime
) -> list[TrackStanding]:
    """Return how each track stands; for a visitor, or who has not begun yet, nothing is read."""
    learner = learners.find_learner(session, learner_id) if learner_id is not None else None
    if learner is None:
        return [TrackStanding(is_enrolled=False, standings={}) for _ in views]
    memories = study.list_memories(session, learner.id)
    enrolled = {item.track_id for item in learners.list_enrollments(session, learner.id)}
    return [
        TrackStanding(
            is_enrolled=view.track.id in enrolled,
            standings=stand(view.builds_on, view.builds_on, memories, today=learner.today(now)),
        )
        for view in views
    ]


def standings_of(inputs: PlanInputs) -> dict[ReadingId, Standing]:
    """Return how all that a plan would be made from stands."""
    memories = {item.reading_id: item.memory for item in inputs.candidates if item.memory is not None}
    links = {item.reading_id: item.builds_on for item in inputs.candidates}
    return stand(links, links, memories, today=inputs.today)


def minutes_by_day(session: Session, learner_id: LearnerId, *, since_on: date) -> dict[date, float]:
    """Return the minutes studied on each study day from one on."""
    return spent_by_day(study.list_reviews(session, learner_id, since_on=since_on))


def list_cluster_titles(
    session: Session, reading_ids: Iterable[ReadingId], learner_id: LearnerId
) -> dict[ReadingId, str]:
    """Return the title of each reading's cluster, in the words of the learner's catalogs."""
    return catalogs.list_cluster_titles(session, reading_ids, learner_id=learner_id)


def get_reading(session: Session, learner_id: LearnerId, reading_id: ReadingId, *, now: datetime) -> ReadingView:
    """Return one reading of those on a learner's tracks, withdrawn ones that were read too, or raise NotFound."""
    learner = learners.get_learner(session, learner_id)
    today = learner.today(now)
    inputs = get_inputs(session, learner, now=now)
    candidate = inputs.candidate(reading_id)
    if candidate is None:
        raise NotFound("This reading is on none of your tracks.")
    by_id = {reading.id: reading for reading in inputs.readings}
    stored = plans.find_plan(session, learner_id)
    due = (item for item in occurrences.list_published(session, learner_id, now=now) if item.reading_id == reading_id)
    standings = standings_of(inputs)
    catalog = _catalog_of(session, learner_id, reading_id)
    reviews = study.list_reviews(session, learner_id, reading_id=reading_id)
    planned = [item for item in stored.plan.items if item.reading_id == reading_id] if stored else []
    until = candidate.horizon_on or (stored.plan.horizon_on if stored else today)
    return ReadingView(
        reading=by_id[reading_id],
        minutes=candidate.minutes,
        cluster_title=catalogs.list_cluster_titles(session, [reading_id], learner_id=learner_id).get(reading_id, ""),
        author=catalog.author,
        standing=standings[reading_id],
        today=today,
        horizon_on=candidate.horizon_on,
        reviews=tuple(reviews),
        planned=tuple(planned),
        curve=_curve(inputs, candidate, reviews, planned, until),
        due_id=next((item.id for item in due), None),
        builds_on=tuple(reading for reading in inputs.readings if reading.id in candidate.builds_on),
        leads_to=tuple(by_id[item.reading_id] for item in inputs.candidates if reading_id in item.builds_on),
        standings=standings,
    )


def _curve(
    inputs: PlanInputs, candidate: Candidate, reviews: Sequence[Review], planned: Sequence[PlanItem], until: date
) -> RecallCurve:
    rated = sorted((review for review in reviews if review.rating is not None), key=lambda review: review.place)
    memories = (*(review.memory_before for review in rated), candidate.memory)
    return recall_curve.draw(
        [memory for memory in memories if memory is not None],
        [item.on for item in planned if item.finishes or item.kind is ItemKind.REVIEW],
        today=inputs.today,
        until=until,
        offset=inputs.aim.offset,
    )


def _catalog_of(session: Session, learner_id: LearnerId, reading_id: ReadingId) -> Catalog:
    """Return the first catalog among the learner's tracks that lists the reading."""
    enrolled = [item.track_id for item in learners.list_enrollments(session, learner_id)]
    ids = dict.fromkeys(stored.catalog_id for stored in catalogs.list_tracks_by_id(session, enrolled))
    listed = (catalogs.get_catalog(session, catalog_id) for catalog_id in ids)
    return next(item for item in listed if any(one.id == reading_id for one in (*item.readings, *item.withdrawn)))
