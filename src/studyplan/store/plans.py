"""The plan that a learner is shown, and the ledger of what it moved."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.plan import Plan
from studyplan.domain.plan_document import coming_to_document, from_document, to_document
from studyplan.store.rows import PlanRow


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPlan:
    """A plan with the version of the inputs that it was made from."""

    plan: Plan
    inputs_version: int
    made_at: datetime


def find_plan(session: Session, learner_id: LearnerId) -> StoredPlan | None:
    """Return the plan that a learner is shown."""
    row = session.get(PlanRow, learner_id)
    if row is None:
        return None
    return StoredPlan(plan=from_document(row.document), inputs_version=row.inputs_version, made_at=row.made_at)


def put_plan(session: Session, learner_id: LearnerId, stored: StoredPlan) -> None:
    """Store the plan that a learner is shown from now on."""
    columns = {
        "inputs_version": stored.inputs_version,
        "made_at": stored.made_at,
        "made_on": stored.plan.made_on,
        "price": stored.plan.price,
        "document": to_document(stored.plan),
        "coming": coming_to_document(stored.plan.coming),
    }
    known = update(PlanRow).where(PlanRow.learner_id == learner_id).values(columns).returning(PlanRow.learner_id)
    if session.scalar(known) is None:
        session.execute(insert(PlanRow).values(learner_id=learner_id, **columns))
