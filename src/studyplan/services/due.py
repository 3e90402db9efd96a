"""What is due: today's list, and the published occurrences that feeds and digests show."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId, Reading
from studyplan.domain.errors import NotFound
from studyplan.domain.learner import Learner
from studyplan.domain.memory import Rating
from studyplan.domain.occurrences import DueItem, Occurrence, OccurrenceId, order_for_today
from studyplan.domain.plan import Plan, list_blocked
from studyplan.domain.planner import next_dates
from studyplan.domain.reviews import UNDO_FOR, Review
from studyplan.services.planning import PlanInputs, get_inputs
from studyplan.services.postponing import can_be_taken_up
from studyplan.store import catalogs, learners, occurrences, plans
from studyplan.store.plans import StoredPlan

MOST_ALSO_DUE = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class TodayItem:
    """Something due, with the day that each rating would bring it back on.

    `planned_on` is the later day that the plan has it on by now, where it can wait.
    """

    due: DueItem
    next_on: dict[Rating, date | None]
    planned_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DoneItem:
    """Something done today, which can be taken back for 24 hours."""

    review: Review
    title: str
    can_be_undone: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedItem:
    """Something put off `until` a day, or left to the plan (None)."""

    occurrence: Occurrence
    title: str
    until: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Today:
    """One study day: what is left of its minutes, what fills them, what else is due, what is done.

    `inputs` is what a plan would be made from now; `hidden` counts what is due beyond the first of `also_due`.
    """

    learner: Learner
    inputs: PlanInputs
    on: date
    minutes: float
    minutes_spent: float
    items: tuple[TodayItem, ...]
    also_due: tuple[TodayItem, ...]
    hidden: int
    done: tuple[DoneItem, ...]
    plan: Plan | None

    @property
    def minutes_left(self) -> float:
        """Return the day's minutes that are not spent."""
        return max(0.0, self.minutes - self.minutes_spent)


def get_today(session: Session, learner_id: LearnerId, *, now: datetime) -> Today:
    """Return a learner's study day as it stands. Nothing is planned here: published occurrences are only ranked."""
    learner = learners.get_learner(session, learner_id)
    inputs = get_inputs(session, learner, now=now)
    today, minutes = inputs.today, learner.budget.minutes_on(inputs.today)
    reviews = inputs.done_today
    chosen, others = split_due(inputs, now=now)
    readings = catalogs.list_readings(
        session,
        {item.reading_id for item in (*chosen, *others)} | {review.reading_id for review in reviews},
        learner_id=learner_id,
    )
    stored = plans.find_plan(session, learner_id)

    def shown(occurrence: Occurrence) -> TodayItem:
        due = _told(occurrence, readings[occurrence.reading_id], inputs)
        return TodayItem(due=due, next_on=_next_on(stored.plan if stored else None, inputs, occurrence, learner, today))

    return Today(
        learner=learner,
        inputs=inputs,
        on=today,
        minutes=minutes,
        minutes_spent=inputs.spent_today,
        items=tuple(shown(item) for item in chosen),
        also_due=tuple(
            replace(shown(item), planned_on=_planned_on(stored, item, today)) for item in others[:MOST_ALSO_DUE]
        ),
        hidden=len(others[MOST_ALSO_DUE:]),
        done=tuple(
            DoneItem(review=review, title=readings[review.reading_id].title, can_be_undone=review.can_be_undone(now))
            for review in reversed(reviews)
        ),
        plan=stored.plan if stored else None,
    )


def split_due(inputs: PlanInputs, *, now: datetime) -> tuple[list[Occurrence], list[Occurrence]]:
    """Return the published occurrences that today's list holds, in the order to do them, and the others."""
    published = [item for item in inputs.still_open if item.is_due(now)]
    minutes_left = inputs.budget.minutes_on(inputs.today) - inputs.spent_today
    return order_for_today(published, minutes_left, list_blocked(inputs.candidates))


def get_item(session: Session, learner_id: LearnerId, occurrence_id: OccurrenceId, *, now: datetime) -> TodayItem:
    """Return one published occurrence, open or done, or raise NotFound."""
    learner = learners.get_learner(session, learner_id)
    occurrence = occurrences.get_occurrence(session, learner_id, occurrence_id)
    if occurrence.due_at > now:
        raise NotFound("This is not due yet.")
    stored = plans.find_plan(session, learner_id)
    inputs = get_inputs(session, learner, now=now)
    reading = catalogs.get_reading(session, occurrence.reading_id, learner_id=learner_id)
    due, today = _told(occurrence, reading, inputs), learner.today(now)
    next_on = _next_on(stored.plan if stored else None, inputs, occurrence, learner, today)
    return TodayItem(due=due, next_on=next_on, planned_on=_planned_on(stored, occurrence, today))


def list_moved(session: Session, learner: Learner, inputs: PlanInputs, *, now: datetime) -> list[MovedItem]:
    """Return what was put off or left to the plan and can be taken back, the newest first.

    What fell due again since, was read or recalled, or is on no track any more, is not among it.
    """
    latest = {item.reading_id: item for item in occurrences.list_closed(session, learner.id, since=now - UNDO_FOR)}
    following = {item.reading_id: item for item in inputs.still_open}
    moved = [
        item
        for key, item in latest.items()
        if can_be_taken_up(item, now=now)
        and not (key in following and following[key].is_due(now))
        and inputs.candidate(key)
    ]
    if not moved:
        return []
    readings = catalogs.list_readings(session, [item.reading_id for item in moved], learner_id=learner.id)
    until = {key: learner.today(item.due_at) for key, item in following.items() if item.put_off}
    return [
        MovedItem(occurrence=item, title=readings[item.reading_id].title, until=until.get(item.reading_id))
        for item in reversed(moved)
    ]


def list_due(session: Session, learner_id: LearnerId, *, limit: int | None = None, now: datetime) -> list[DueItem]:
    """Return the published occurrences with their readings, newest first, ties by id."""
    published = occurrences.list_published(session, learner_id, limit=limit, now=now)
    readings = catalogs.list_readings(session, {item.reading_id for item in published}, learner_id=learner_id)
    return [DueItem(occurrence=item, reading=readings[item.reading_id]) for item in published]


def _planned_on(stored: StoredPlan | None, occurrence: Occurrence, today: date) -> date | None:
    """Return the day after today that the plan has an open occurrence on; None when that is today, or never."""
    if stored is None or occurrence.closed_at is not None:
        return None
    on = min((item.on for item in stored.plan.items if item.reading_id == occurrence.reading_id), default=today)
    return on if on > today else None


def _told(occurrence: Occurrence, reading: Reading, inputs: PlanInputs) -> DueItem:
    """Return an occurrence as the pages of today tell of it."""
    candidate = inputs.candidate(occurrence.reading_id)
    memory = candidate.memory if candidate else None
    return DueItem(occurrence=occurrence.told_on(inputs.today, memory), reading=reading)


def _next_on(
    plan: Plan | None, inputs: PlanInputs, occurrence: Occurrence, learner: Learner, today: date
) -> dict[Rating, date | None]:
    """Return the date behind each rating; none where the reading is on no track any more."""
    candidate = inputs.candidate(occurrence.reading_id)
    if plan is None or candidate is None:
        return {}
    return next_dates(plan, candidate, learner.budget, today)
