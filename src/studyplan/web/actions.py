"""Act from a feed or a mail without signing in. GET only shows: readers and scanners follow links. POST acts.

Who holds a signed link may act on its one occurrence; nothing else vouches for a request, so that it needs no cookie
and no token of a form, and one from elsewhere can do nothing that its sender could not do anyway.
"""

from datetime import date, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studyplan.domain.errors import Invalid
from studyplan.publish.links import Grant
from studyplan.services import actions, learners, postponing, review
from studyplan.services.review import Finishing, Ready
from studyplan.web.csrf import takes_from_elsewhere
from studyplan.web.current import current_links, current_now
from studyplan.web.database import current_session, give_up, reading
from studyplan.web.day import get_item
from studyplan.web.frame import form_key
from studyplan.web.given import given_date, given_rating
from studyplan.web.sessions import find_current_account
from studyplan.web.work import plan_soon

pages = Blueprint("actions", __name__)

A_DAY = timedelta(days=1)
ASK = "Say what to do: rate it, put it off or leave it to the plan."


@pages.after_request
def keep_private(response: Response) -> Response:
    """Let the link leak into no index; the link to the article sends no referrer."""
    response.headers.update({"X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "no-store"})
    return response


@pages.get("/r/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show the occurrence with what can be done, or what became of it."""
    return _page(actions.get_grant(current_links(), token))


def _page(grant: Grant, wrong: str = "") -> ResponseReturnValue:
    """Return an occurrence's page; `wrong` says what is wrong with the day that it was to be put off to."""
    session, now = current_session(), current_now()
    if actions.is_over(session, grant, now=now):
        return render_template("actions/over.html", occurrence_id=grant.occurrence_id), 410
    learner = learners.get_learner(session, grant.learner_id)
    occurrence = actions.get_occurrence(session, grant)
    if occurrence.due_at > now:
        reading_due = actions.get_reading(session, grant, occurrence)
        return render_template("actions/early.html", on=learner.today(occurrence.due_at), reading=reading_due)
    shown = get_item(session, grant.learner_id, grant.occurrence_id, now=now)
    return render_template(
        "actions/show.html",
        shown=shown,
        is_anothers=_is_anothers(grant),
        outcome=actions.get_outcome(session, grant, now=now) if occurrence.closed_at else None,
        today=learner.today(now),
        later=_later(learner.today(now), shown.later),
        tomorrow=learner.today(now) + A_DAY,
        chosen=request.args.get("rating", ""),
        wrong=wrong,
    )


@pages.post("/r/<token>")
@takes_from_elsewhere
def act(token: str) -> ResponseReturnValue:
    """Do what the form asks for. Doing it twice is once."""
    grant = actions.get_grant(current_links(), token)
    with reading() as before:
        if actions.is_over(before, grant, now=current_now()):
            return render_template("actions/over.html", occurrence_id=grant.occurrence_id), 410
        ready = review.prepare(before, grant.learner_id, now=current_now()) if _is_done() else None
    try:
        _act(grant, ready)
    except Invalid as error:
        if error.field != "until":
            raise
        give_up()
        response = make_response(_page(grant, wrong=str(error)))
        response.status_code = 422
        return response
    actions.note_visit(current_session(), grant, now=current_now())
    plan_soon(grant.learner_id)
    return redirect(url_for(".show", token=token), 303)


def _is_anothers(grant: Grant) -> bool:
    """Say whether whoever is signed in here is somebody else than the link was made for."""
    account = find_current_account()
    return account is not None and account.learner_id != grant.learner_id


def _is_done() -> bool:
    return bool(request.form.keys() & {"rating", "read"})


def _act(grant: Grant, ready: Ready | None) -> None:
    session, now, form = current_session(), current_now(), request.form
    until = given_date("until")
    if "undo" in form:
        outcome = actions.get_outcome(session, grant, now=now)
        if outcome.review is not None:
            review.undo(session, grant.learner_id, outcome.review.id, now=now)
        else:
            postponing.take_up(session, grant.learner_id, grant.occurrence_id, now=now)
    elif "skip" in form:
        postponing.skip(session, grant.learner_id, grant.occurrence_id, now=now)
    elif until is not None:
        postponing.snooze(session, grant.learner_id, grant.occurrence_id, until, now=now)
    elif _is_done():
        finishing = Finishing(rating=given_rating(), key=form.get("key") or form_key())
        review.finish(session, grant.learner_id, grant.occurrence_id, finishing, ready=ready, now=now)
    else:
        raise Invalid(ASK)


def _later(today: date, days: tuple[date, ...]) -> dict[str, date]:
    """Return the days that hold it, by what they are called: the next, and the first one from a week on."""
    names = ("Tomorrow" if today + A_DAY in days else "Next study day", "In a week")
    return dict(zip(names, days, strict=False))
