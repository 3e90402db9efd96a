"""The link at the end of every digest. GET only shows: mail scanners follow links. POST acts, without a session."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from studyplan.domain.catalog import LearnerId
from studyplan.services import digests
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.current import current_links
from studyplan.web.database import current_session

pages = Blueprint("unsubscribe", __name__)


@pages.get("/unsubscribe/<token>")
def ask(token: str) -> ResponseReturnValue:
    """Show the button, or that it was pressed already."""
    wants_some = digests.wants_some(current_session(), _learner_of(token))
    return render_template("unsubscribe.html", is_done=not wants_some)


@pages.post("/unsubscribe/<token>")
@takes_from_elsewhere
def act(token: str) -> ResponseReturnValue:
    """End the digests, also for mail programs that post by themselves (RFC 8058). Doing it twice is once."""
    digests.unsubscribe(current_session(), _learner_of(token))
    return render_template("unsubscribe.html", is_done=True)


def _learner_of(token: str) -> LearnerId:
    learner_id = current_links().find_unsubscriber(token)
    if learner_id is None:
        abort(404)
    return learner_id
