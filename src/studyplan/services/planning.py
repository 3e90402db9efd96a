"""Plan anew: gather what the planner needs, let it decide, store the plan and settle the occurrences."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain.budget import Budget
from studyplan.domain.catalog import LearnerId, Reading, ReadingId
from studyplan.domain.learner import Learner
from studyplan.domain.local_time import start_of_study_day, study_day, zone_of
from studyplan.domain.memory import Memory
from studyplan.domain.occurrences import ClosedBy, Occurrence, OccurrenceId, not_before, settle
from studyplan.domain.plan import Aim, Candidate, Plan, Published
from studyplan.domain.planner import plan
from studyplan.domain.reviews import Review, spent_by_day
from studyplan.domain.study_settings import StudySettings
from studyplan.services.calibration import Habits, learn_habits
from studyplan.services.enrolled import Enrolled, list_enrolled
from studyplan.services.ledger import note_plan
from studyplan.store import learners, occurrences, plans, study
from studyplan.store.plans import StoredPlan


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanInputs:
    """All that a learner is enrolled for, in curriculum order: the readings and what the planner is told of each.

    `still_open` are the open occurrences, published or not, also of readings that are on no track any more;
    `done_today` are the reviews of today and, for who flew west, of days after it: `budget` has what is left of those.
    """

    readings: tuple[Reading, ...]
    candidates: tuple[Candidate, ...]
    still_open: tuple[Occurrence, ...]
    done_today: tuple[Review, ...]
    budget: Budget
    aim: Aim
    today: date

    @property
    def spent_today(self) -> float:
        """Return the minutes that were studied today."""
        return sum(review.minutes for review in self.done_today if review.studied_on == self.today)

    def candidate(self, reading_id: ReadingId) -> Candidate | None:
        """Return what the planner is told of one reading."""
        return next((item for item in self.candidates if item.reading_id == reading_id), None)

    def make_plan(self, last: Plan | None, *, own_change: bool = False) -> Plan:
        """Return the best plan from now on, the last one considered."""
        return plan(
            self.candidates,
            self.budget,
            today=self.today,
            aim=self.aim,
            spent_today=self.spent_today,
            last=last,
            own_change=own_change,
        )


def get_settings(session: Session, learner: Learner) -> StudySettings:
    """Return what a learner has decided about the plan."""
    return StudySettings(
        budget=learner.budget,
        zone_name=learner.zone_name,
        tier_weights=learner.tier_weights,
        horizons={item.track_id: item.horizon_on for item in learners.list_enrollments(session, learner.id)},
    )


def get_inputs(
    session: Session, learner: Learner, *, settings: StudySettings | None = None, now: datetime
) -> PlanInputs:
    """Gather a learner's readings over all tracks: one memory a reading, the earliest date of its tracks.

    A date that has passed counts no more. Other `settings` than the learner's own are those of a try-out.
    """
    settings = settings or get_settings(session, learner)
    learner = replace(learner, zone_name=settings.zone_name, zone=zone_of(settings.zone_name))
    today = study_day(now, zone_of(settings.zone_name))
    ahead = {key: day for key, day in settings.horizons.items() if day is not None and day > today}
    horizons = {key: ahead.get(key) for key in settings.horizons}
    done_today = study.list_reviews(session, learner.id, since_on=today)
    spent_later = {on: minutes for on, minutes in spent_by_day(done_today).items() if on > today}
    budget = settings.budget.after(spent_later)
    still_open = occurrences.list_open(session, learner.id)
    begun = _Begun(
        memories=study.list_memories(session, learner.id),
        started=study.list_started(session, learner.id),
        published={item.reading_id: item.as_published() for item in still_open if item.put_off or item.is_due(now)},
        placed={item.reading_id: learner.today(item.due_at) for item in still_open if item.put_off},
        not_before=_not_before(session, learner, still_open, done_today, budget, now=now),
    )
    enrolled = list_enrolled(session, horizons, frozenset(begun.memories))
    readings = tuple(item.reading for item in enrolled)
    habits = learn_habits(session, learner.id, readings)
    return PlanInputs(
        readings=readings,
        candidates=tuple(_candidate(item, begun, habits, settings.tier_weights, today) for item in enrolled),
        still_open=tuple(still_open),
        done_today=tuple(done_today),
        budget=budget,
        aim=Aim(horizon_on=_latest([item.horizon_on for item in enrolled]), offset=habits.offset),
        today=today,
    )


def _latest(horizons: Sequence[date | None]) -> date | None:
    """Return the last of the readings' dates; None where one has none, so that the plan goes on and on."""
    dated = [day for day in horizons if day is not None]
    return max(dated, default=None) if len(dated) == len(horizons) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A plan that was made and is not stored yet, with what it was made from and the one before it."""

    learner: Learner
    inputs: PlanInputs
    before: StoredPlan | None
    made: StoredPlan


def replan(
    session: Session, learner_id: LearnerId, *, own_change: bool = False, afresh: bool = False, now: datetime
) -> Plan:
    """Make the best plan from now, store it, note what it changes and bring the open occurrences in line with it.

    Made `afresh` it takes no heed of the last one: what was put back shall be as if it had never been.
    """
    learners.lock_learner(session, learner_id)
    draft = draft_plan(session, learner_id, own_change=own_change, afresh=afresh, now=now)
    _store(session, draft, own_change=own_change, now=now)
    return draft.made.plan


def draft_plan(
    session: Session, learner_id: LearnerId, *, own_change: bool = False, afresh: bool = False, now: datetime
) -> Draft:
    """Make the best plan from now and store nothing: a session that only reads will do, and holds nobody up."""
    learner = learners.get_learner(session, learner_id)
    inputs = get_inputs(session, learner, now=now)
    before = plans.find_plan(session, learner_id)
    best = inputs.make_plan(before.plan if before and not afresh else None, own_change=own_change)
    is_same = before is not None and replace(before.plan, inputs=best.inputs) == best
    made_at = before.made_at if before and is_same else now
    made = StoredPlan(plan=best, inputs_version=learner.inputs_version, made_at=made_at)
    return Draft(learner=learner, inputs=inputs, before=before, made=made)


def store_draft(session: Session, draft: Draft, *, now: datetime) -> bool:
    """Store a plan unless what it was made from, or the plan before it, is another now; say whether it was stored."""
    if learners.lock_learner(session, draft.learner.id) != draft.learner.inputs_version:
        return False
    if plans.find_plan_id(session, draft.learner.id) != (draft.before.plan_id if draft.before else ""):
        return False
    _store(session, draft, now=now)
    return True


def _store(session: Session, draft: Draft, *, own_change: bool = False, now: datetime) -> None:
    learner, before, made = draft.learner, draft.before, draft.made
    if before is None or made.plan.inputs != before.plan.inputs:
        plans.put_plan(session, learner.id, made)
    elif made != before:
        plans.confirm_plan(session, learner.id, made.inputs_version)
    if before is not None:
        note_plan(session, learner, before.plan, made.plan, own_change=own_change, now=now)
    _settle(session, learner, draft.inputs, made.plan, now=now)
    next_day_at = start_of_study_day(draft.inputs.today + timedelta(days=1), learner.zone)
    learners.change_learner(session, learner.id, next_day_at=next_day_at)


def name_new(made: Iterable[Occurrence]) -> list[Occurrence]:
    """Give new occurrences their ids, which they keep for ever."""
    return [item if item.id else replace(item, id=OccurrenceId(str(uuid.uuid4()))) for item in made]


def _settle(session: Session, learner: Learner, inputs: PlanInputs, made: Plan, *, now: datetime) -> None:
    numbers = {item.reading_id: item.memory.reviews + 1 if item.memory else 1 for item in inputs.candidates}
    longest = inputs.budget.longest_day(inputs.today)
    settlement = settle(made, inputs.still_open, numbers, longest_day=longest, zone=learner.zone, now=now)
    if not (settlement.written or settlement.dropped or settlement.withdrawn):
        return
    occurrences.delete_unpublished(session, learner.id, settlement.dropped, now=now)
    occurrences.close_occurrences(session, learner.id, settlement.withdrawn, ClosedBy.WITHDRAWN, now=now)
    occurrences.put_occurrences(session, learner.id, name_new(settlement.written))
    learners.count_feed_change(session, learner.id, now=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Begun:
    """What a learner has done or been told of readings: by reading, those without are missing."""

    memories: Mapping[ReadingId, Memory]
    started: Mapping[ReadingId, tuple[float, int]]
    published: Mapping[ReadingId, Published]
    placed: Mapping[ReadingId, date]
    not_before: Mapping[ReadingId, date]


def _candidate(
    enrolled: Enrolled, begun: _Begun, habits: Habits, weights: Mapping[int, float], today: date
) -> Candidate:
    """Return what the planner is told of a reading.

    A zone change can make today the day before a memory's last one; a new edition can be shorter than what was read.
    """
    reading = enrolled.reading
    memory = begun.memories.get(reading.id)
    minutes_read, parts_read = begun.started.get(reading.id, (0.0, 0))
    minutes = habits.first_minutes(reading)
    return Candidate(
        reading_id=reading.id,
        minutes=minutes,
        minutes_read=min(minutes_read, minutes - 1.0),
        parts_read=parts_read,
        weight=weights[reading.tier],
        horizon_on=enrolled.horizon_on,
        builds_on=enrolled.builds_on,
        memory=memory and replace(memory, last_on=min(memory.last_on, today)),
        review_minutes=habits.review_minutes(reading),
        published=begun.published.get(reading.id),
        not_before_on=begun.not_before.get(reading.id),
        placed_on=begun.placed.get(reading.id),
    )


def _not_before(
    session: Session,
    learner: Learner,
    still_open: list[Occurrence],
    done_today: list[Review],
    budget: Budget,
    *,
    now: datetime,
) -> dict[ReadingId, date]:
    """Return the first day for readings that wait for one.

    They were skipped today, are too long for today, or had a part read today and the next not told.
    """
    today, tomorrow = learner.today(now), learner.today(now) + timedelta(days=1)
    left = budget.minutes_on(today) - sum(item.minutes for item in done_today if item.studied_on == today)
    in_parts = {item.reading_id for item in done_today if item.rating is None and item.studied_on == today}
    waits = in_parts - {item.reading_id for item in still_open if item.is_due(now)}
    skipped = occurrences.list_skipped(session, learner.id, since=start_of_study_day(today, learner.zone))
    found = {
        item.reading_id: not_before(item, budget, today=today, minutes_left=left, zone=learner.zone)
        for item in still_open
    }
    return dict.fromkeys(waits | set(skipped), tomorrow) | {key: day for key, day in found.items() if day}
