"""Change what the plan depends on: try it out, apply it, put it back."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId, Reading
from studyplan.domain.errors import Conflict, NotFound
from studyplan.domain.learner import Enrollment
from studyplan.domain.ledger import LedgerChange, LedgerId
from studyplan.domain.plan import Plan
from studyplan.domain.study_settings import StudySettings, changed_parts, from_document, to_document
from studyplan.services.enrolled import list_readings
from studyplan.services.learners import change_zone
from studyplan.services.ledger import line, new_id
from studyplan.services.planning import get_inputs, get_settings, replan
from studyplan.store import catalogs, learners, ledger, plans

ABOVE = timedelta(milliseconds=1)
"""By how much a change is later than what it moved, so that it stands above that in the ledger."""
GONE = "This change can no longer be put back, or not before later ones. The settings page changes it by hand."

Change = Callable[[StudySettings], StudySettings]


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


def get_stored(session: Session, learner_id: LearnerId) -> PlanNow:
    """Return the plan that the learner is shown, or raise NotFound for somebody who has none yet."""
    stored = plans.find_plan(session, learner_id)
    if stored is None:
        raise NotFound("There is no plan yet. Choose a track to begin.")
    return PlanNow(plan=stored.plan, readings=list_readings(session, learner_id))


def try_out(session: Session, learner_id: LearnerId, change: Change, *, now: datetime) -> TryOut | None:
    """Return what a change would lead to; None when it changes nothing. Nothing is stored."""
    learner = learners.get_learner(session, learner_id)
    former = get_settings(session, learner)
    settings = change(former)
    settings.check_horizons(former, now=now)
    if settings == former:
        return None
    stored = plans.find_plan(session, learner_id)
    inputs = get_inputs(session, learner, settings=settings, now=now)
    before = stored.plan if stored else get_inputs(session, learner, now=now).make_plan(None)
    after = inputs.make_plan(before, own_change=True)
    return TryOut(
        before=before,
        after=after,
        falls_out=tuple(catalogs.list_readings(session, before.wanted - after.wanted, learner_id=learner_id).values()),
        comes_back=tuple(catalogs.list_readings(session, after.wanted - before.wanted, learner_id=learner_id).values()),
    )


def apply(
    session: Session, learner_id: LearnerId, change: Change, what: str, *, key: str | None = None, now: datetime
) -> bool:
    """Change the settings, plan again and write into the ledger what was changed, so that it can be put back.

    `change` meets the settings as they are once nobody else can write. What comes a second time under the same key is
    done already. The first plan has no line: there is nothing to put back. Return whether it is so by this change.
    """
    learners.lock_learner(session, learner_id)
    line_id = new_id(key)
    if ledger.has_line(session, learner_id, line_id):
        return True
    learner = learners.get_learner(session, learner_id)
    former = get_settings(session, learner)
    settings = change(former)
    settings.check_horizons(former, now=now)
    if settings == former:
        return False
    has_begun = plans.find_plan(session, learner_id) is not None
    _store(session, learner_id, settings, now=now)
    replan(session, learner_id, own_change=True, now=now)
    if not has_begun:
        return True
    why = "Your own change. Whatever had to move or give way for it stands below."
    before, after = to_document(former), to_document(settings)
    parts = {"before": changed_parts(before, after), "after": changed_parts(after, before)}
    done = replace(line(LedgerChange.CHANGED, what, why, undo=parts, now=now + ABOVE), id=line_id)
    ledger.add_lines(session, learner_id, [done])
    return True


def undo(session: Session, learner_id: LearnerId, ledger_id: LedgerId, *, now: datetime) -> None:
    """Put back the parts of the settings that a change changed.

    Conflict when it is older than a day, was put back already, or when something else has changed them since.
    """
    learners.lock_learner(session, learner_id)
    changed = ledger.get_line(session, learner_id, ledger_id)
    present = to_document(get_settings(session, learners.get_learner(session, learner_id)))
    if changed.undo is None or not changed.can_be_undone(present, now=now):
        raise Conflict(GONE)
    ledger.mark_undone(session, learner_id, ledger_id, now=now)
    before = changed.undo.get("before", changed.undo)  # lines of version 0.1.0 hold all parts
    _store(session, learner_id, from_document(present | before), now=now)
    replan(session, learner_id, own_change=True, afresh=True, now=now)
    undone = line(LedgerChange.UNDONE, changed.subject, "You put this back.", now=now + ABOVE)
    ledger.add_lines(session, learner_id, [undone])


def _store(session: Session, learner_id: LearnerId, settings: StudySettings, *, now: datetime) -> None:
    learners.replace_budget(session, learner_id, settings.budget)
    change_zone(session, learner_id, settings.zone_name, now=now)
    weights = {str(tier): weight for tier, weight in settings.tier_weights.items()}
    learners.change_learner(session, learner_id, tier_weights=weights)
    since = {item.track_id: item.started_at for item in learners.list_enrollments(session, learner_id)}
    for track_id in since.keys() - settings.horizons.keys():
        learners.end_enrollment(session, learner_id, track_id, now=now)
    for track_id, horizon_on in settings.horizons.items():
        enrollment = Enrollment(track_id=track_id, started_at=since.get(track_id, now), horizon_on=horizon_on)
        learners.put_enrollment(session, learner_id, enrollment)
    learners.count_inputs_change(session, learner_id)
