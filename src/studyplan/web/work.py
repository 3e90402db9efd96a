"""Work that follows a request: handed to the runner with the request's transaction."""

from collections.abc import Callable
from typing import cast

from flask import current_app
from sqlalchemy.orm import Session

from studyplan.domain.catalog import LearnerId
from studyplan.services import planning
from studyplan.web.current import current_now
from studyplan.web.database import after_commit, current_session, writing

Submit = Callable[[str, LearnerId | None, Session], None]
SUBMIT = "studyplan_submit"


def plan_soon(learner_id: LearnerId) -> None:
    """Let a learner be planned anew once the request is committed; here and now where no runner is."""
    submit = cast("Submit | None", current_app.extensions.get(SUBMIT))
    if submit is not None:
        submit("plan", learner_id, current_session())
        return
    moment = current_now()

    def plan() -> None:
        with writing() as session:
            planning.replan(session, learner_id, now=moment)

    after_commit(plan)


def send_soon() -> None:
    """Wake a sender once the request is committed; without a runner the sweep does it."""
    submit = cast("Submit | None", current_app.extensions.get(SUBMIT))
    if submit is not None:
        submit("send", None, current_session())
