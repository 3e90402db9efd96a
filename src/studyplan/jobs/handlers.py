"""The jobs by name. Each commits its own transactions, and running one twice does no harm."""

from collections.abc import Callable, Mapping

from studyplan.domain.catalog import LearnerId
from studyplan.jobs.context import Context
from studyplan.jobs.sending import send_due
from studyplan.services import learners
from studyplan.services.planning import draft_plan, replan, store_draft

PLAN = "plan"
ROLL_OVER = "roll_over"
SEND = "send"
TRIES = 9

Handler = Callable[[Context, LearnerId | None], None]


def plan_learner(context: Context, learner_id: LearnerId | None) -> None:
    """Plan anew for one learner; nothing for one who is gone.

    The plan is made before the transaction that stores it begins, so that nobody's rating waits for it. Whatever
    changes meanwhile makes it start over; after some tries it is made and stored in one transaction.
    """
    if learner_id is None:
        return
    for _ in range(TRIES):
        now = context.now()
        with context.reading() as session:
            if not learners.is_learner(session, learner_id):
                return
            draft = draft_plan(session, learner_id, now=now)
        with context.writing() as session:
            if store_draft(session, draft, now=now):
                return
    with context.writing() as session:
        replan(session, learner_id, now=context.now())


def send(context: Context, _learner_id: LearnerId | None) -> None:
    """Send what is due."""
    send_due(context)


HANDLERS: Mapping[str, Handler] = {PLAN: plan_learner, ROLL_OVER: plan_learner, SEND: send}
