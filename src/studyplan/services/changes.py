"""Change what the plan depends on: try it out, apply it, put it back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId, Reading
from studyplan.domain.errors import Conflict, NotFound
from studyplan.domain.learner import Learner
from studyplan.domain.ledger import LedgerChange, LedgerId
from studyplan.domain.plan import Plan
from studyplan.domain.study_settings import StudySettings, from_document, to_document
from studyplan.services.ledger import line
from studyplan.services.planning import get_inputs, replan
from studyplan.store import learners, ledger, plans

UNDO_FOR = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class TryOut:
    """The plan as it is and as it would be, with the readings that only the first or only the second reads."""

    before: Plan
    after: Plan
    falls_out: tuple[Reading, ...]
    comes_back: tuple[Reading, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanNow:
    """A plan with the readings that it is made of."""

    plan: Plan
    readings: tuple[Reading, ...]


def plan_now(session: Session, learner_id: LearnerId, *, now: datetime) -> PlanNow:
    """Return the plan as it would be made at a moment. Nothing is stored."""
    inputs = get_inputs(session, learners.get_learner(session, learner_id), now=now)
    stored = plans.find_plan(session, learner_id)
    return PlanNow(plan=inputs.make_plan(stored.plan if stored else None), readings=inputs.readings)


def get_stored(session: Session, learner_id: LearnerId, *, now: datetime) -> PlanNow:
    """Return the plan that the learner is shown, or raise NotFound for somebody who has none yet."""
    stored = plans.find_plan(session, learner_id)
    if stored is None:
        raise NotFound("There is no plan yet. Choose a track to begin.")
    learner = learners.get_learner(session, learner_id)
    return PlanNow(plan=stored.plan, readings=get_inputs(session, learner, now=now).readings)


def get_settings(session: Session, learner: Learner) -> StudySettings:
    """Return what a learner has decided about the plan."""
    return StudySettings(
        budget=learner.budget,
        tier_weights=learner.tier_weights,
        horizons={item.track_id: item.horizon_on for item in learners.list_enrollments(session, learner.id)},
    )


def try_out(session: Session, learner_id: LearnerId, settings: StudySettings, *, now: datetime) -> TryOut:
    """Return what other settings would lead to. Nothing is stored."""
    learner = learners.get_learner(session, learner_id)
    settings.check_horizons(learner.today(now))
    stored = plans.find_plan(session, learner_id)
    inputs = get_inputs(session, learner, settings=settings, now=now)
    before = stored.plan if stored else get_inputs(session, learner, now=now).make_plan(None)
    after = inputs.make_plan(before)
    falls_out, comes_back = before.wanted - after.wanted, after.wanted - before.wanted
    return TryOut(
        before=before,
        after=after,
        falls_out=tuple(reading for reading in inputs.readings if reading.id in falls_out),
        comes_back=tuple(reading for reading in inputs.readings if reading.id in comes_back),
    )


def apply(session: Session, learner_id: LearnerId, settings: StudySettings, what: str, *, now: datetime) -> Plan:
    """Store other settings, plan again and write into the ledger what was changed, so that it can be put back."""
    learners.lock_learner(session, learner_id)
    learner = learners.get_learner(session, learner_id)
    settings.check_horizons(learner.today(now))
    former = get_settings(session, learner)
    _store(session, learner_id, settings)
    made = replan(session, learner_id, own_change=True, now=now)
    why = "Your own change. What it moved stands around this line."
    ledger.add_lines(session, learner_id, [line(LedgerChange.CHANGED, what, why, undo=to_document(former), now=now)])
    return made


def undo(session: Session, learner_id: LearnerId, ledger_id: LedgerId, *, now: datetime) -> Plan:
    """Put the settings back as they were before a change.

    Conflict when it is older than a day, was put back already, or when a later change stands on it.
    """
    learners.lock_learner(session, learner_id)
    changed = ledger.get_line(session, learner_id, ledger_id)
    if changed.undo is None or changed.undone_at is not None or now - changed.made_at > UNDO_FOR:
        raise Conflict("This change can no longer be put back. The budget page changes it by hand.")
    latest = ledger.find_last_change(session, learner_id)
    if latest is not None and latest.id != changed.id:
        raise Conflict(f"You changed something since. Put this back first: {latest.subject}.")
    ledger.mark_undone(session, learner_id, ledger_id, now=now)
    _store(session, learner_id, from_document(changed.undo))
    made = replan(session, learner_id, own_change=True, now=now)
    undone = line(LedgerChange.UNDONE, changed.subject, "You put this back.", now=now)
    ledger.add_lines(session, learner_id, [undone])
    return made


def _store(session: Session, learner_id: LearnerId, settings: StudySettings) -> None:
    learners.replace_budget(session, learner_id, settings.budget)
    weights = {str(tier): weight for tier, weight in settings.tier_weights.items()}
    learners.change_learner(session, learner_id, tier_weights=weights)
    for enrollment in learners.list_enrollments(session, learner_id):
        horizon_on = settings.horizons.get(enrollment.track_id, enrollment.horizon_on)
        learners.put_enrollment(session, learner_id, replace(enrollment, horizon_on=horizon_on))
    learners.count_inputs_change(session, learner_id)
