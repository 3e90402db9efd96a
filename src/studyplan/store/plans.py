"""The plan that a learner is shown, and the ledger of what it moved."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.domain.plan import Plan
from studyplan.domain.plan_document import from_text, to_document, to_text
from studyplan.store.rows import PlanRow

_STAMP = (PlanRow.plan_id, PlanRow.inputs_version, PlanRow.made_at)
MOST_REMEMBERED = 64
_remembered: OrderedDict[str, Plan] = OrderedDict()


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPlan:
    """A plan with the version of the inputs that it was made from; no id before it is stored."""

    plan: Plan
    inputs_version: int
    made_at: datetime
    plan_id: str = field(default="", compare=False)


def find_plan(session: Session, learner_id: LearnerId) -> StoredPlan | None:
    """Return the plan that a learner is shown.

    It is read with every page and has hundreds of items, so that the last ones are remembered by their ids.
    """
    mine = PlanRow.learner_id == learner_id
    stamp = session.execute(select(*_STAMP).where(mine)).one_or_none()
    if stamp is None:
        return None
    plan_id, inputs_version, made_at = stamp
    plan = _remembered.get(plan_id)
    if plan is None:
        whole = session.execute(select(*_STAMP, PlanRow.document).where(mine)).one()
        plan_id, inputs_version, made_at, document = whole
        plan = from_text(Plan, document)
        _remember(plan_id, plan)
    return StoredPlan(plan=plan, inputs_version=inputs_version, made_at=made_at, plan_id=plan_id)


def find_plan_id(session: Session, learner_id: LearnerId) -> str:
    """Return the id of the plan that a learner is shown; empty when there is none."""
    return session.scalar(select(PlanRow.plan_id).where(PlanRow.learner_id == learner_id)) or ""


def put_plan(session: Session, learner_id: LearnerId, stored: StoredPlan) -> None:
    """Store the plan that a learner is shown from now on."""
    plan_id = str(uuid4())
    columns = {
        "plan_id": plan_id,
        "inputs_version": stored.inputs_version,
        "made_at": stored.made_at,
        "made_on": stored.plan.made_on,
        "price": stored.plan.price,
        "document": to_text(stored.plan),
        "coming": to_document(stored.plan.coming),
    }
    known = update(PlanRow).where(PlanRow.learner_id == learner_id).values(columns).returning(PlanRow.learner_id)
    if session.scalar(known) is None:
        session.execute(insert(PlanRow).values(learner_id=learner_id, **columns))
    _remember(plan_id, stored.plan)


def confirm_plan(session: Session, learner_id: LearnerId, inputs_version: int) -> None:
    """Note that the plan stands as it is with newer inputs."""
    session.execute(update(PlanRow).where(PlanRow.learner_id == learner_id).values(inputs_version=inputs_version))


def _remember(plan_id: str, plan: Plan) -> None:
    """Keep a plan at hand, and let go of the one that came first. An id that is rolled back is never asked for."""
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.popitem(last=False)
    _remembered[plan_id] = plan
