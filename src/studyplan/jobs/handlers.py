"""The jobs by name. Each commits its own transactions, and running one twice does no harm."""

from collections.abc import Callable, Mapping

from studyplan.domain.catalog import LearnerId
from studyplan.jobs.context import Context
from studyplan.jobs.sending import send_due
from studyplan.services import learners
from studyplan.services.planning import replan

PLAN = "plan"
ROLL_OVER = "roll_over"
SEND = "send"

Handler = Callable[[Context, LearnerId | None], None]


def plan_learner(context: Context, learner_id: LearnerId | None) -> None:
    """Plan anew for one learner; nothing for one who is gone."""
    with context.writing() as session:
        if learner_id is not None and learners.find_learner(session, learner_id) is not None:
            replan(session, learner_id, now=context.now())


def send(context: Context, _learner_id: LearnerId | None) -> None:
    """Send what is due."""
    send_due(context)


HANDLERS: Mapping[str, Handler] = {PLAN: plan_learner, ROLL_OVER: plan_learner, SEND: send}
