"""A change of one's own to the plan: first what it leads to, then, once agreed to, done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug import Response

from studyplan.domain import wording
from studyplan.domain.catalog import LearnerId
from studyplan.domain.plan import Plan, RecallForecast
from studyplan.services import changes, learners
from studyplan.services.changes import Change, TryOut
from studyplan.web.current import current_now
from studyplan.web.database import current_session, reading
from studyplan.web.redirects import go_to
from studyplan.web.sessions import current_learner_id

NO_BREAK = "\u2060"
NOTHING = "That is so already: nothing was changed."


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a change would lead to, row by row: the figure, now and then."""

    rows: tuple[tuple[str, str, str], ...]
    falls_out: tuple[str, ...]
    comes_back: tuple[str, ...]


def propose(change: Change, what: str, *, back: str) -> ResponseReturnValue:
    """Make a change that the form agrees to and go to the plan; show others beside the plan as it is, and ask.

    `back` is where the form came from. Invalid for a change that cannot be.
    """
    learner_id, now = current_learner_id(), current_now()
    if "agreed" in request.form:
        key = request.form.get("key")
        is_done = changes.apply(current_session(), learner_id, change, what, key=key, now=now)
        return go_to_ledger(f"{what}: done." if is_done else NOTHING)
    with reading() as session:
        preview = find_preview(session, learner_id, change, now=now)
    if preview is None:
        return go_to(back, says=NOTHING)
    again = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "key")]
    return render_template("proposal.html", what=what, preview=preview, again=again, back=back)


def go_to_ledger(says: str) -> Response:
    """Go to the plan's ledger, where a change of one's own stands and can be put back."""
    return go_to(url_for("plan.index") + "#ledger", says=says)


def find_preview(session: Session, learner_id: LearnerId, change: Change, *, now: datetime) -> Preview | None:
    """Return what a change would lead to; None when it changes nothing. Invalid for a change that cannot be."""
    tried = changes.try_out(session, learner_id, change, now=now)
    return _shown(tried, learners.get_learner(session, learner_id).today(now)) if tried else None


def _shown(tried: TryOut, today: date) -> Preview:
    def goal(plan: Plan) -> str:
        return wording.goal(plan.goal_on, today)

    by = goal(tried.after) if goal(tried.after) == goal(tried.before) else ""
    says: dict[str, Callable[[Plan], str]] = {
        "Reading ends": lambda plan: _end(plan, today),
        f"Recall {by}".strip(): lambda plan: _recall(plan.recall) + ("" if by else f" {goal(plan)}"),
        "Left out": lambda plan: str(len(plan.left_out)),
        "Tight weeks": lambda plan: str(sum(week.tight for week in plan.weeks)),
    }
    return Preview(
        rows=tuple((name, say(tried.before), say(tried.after)) for name, say in says.items()),
        falls_out=tuple(reading.title for reading in tried.falls_out),
        comes_back=tuple(reading.title for reading in tried.comes_back),
    )


def _end(plan: Plan, today: date) -> str:
    return wording.finish(plan.finish, today) or ("not in this plan" if plan.left_out else "done")


def _recall(recall: RecallForecast) -> str:
    if not recall.expected:
        return "nothing"
    low, high = (f"{bound * 100:.0f}" for bound in (recall.low, recall.high))
    return f"{wording.percent(recall.expected)} ({low}{NO_BREAK}–{NO_BREAK}{high})"
