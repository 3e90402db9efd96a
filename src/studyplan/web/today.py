"""Today's list, one occurrence alone, and what can be done with an occurrence."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from studyplan.domain import wording
from studyplan.domain.occurrences import OccurrenceId
from studyplan.domain.reviews import ReviewId
from studyplan.services import enrollment, postponing, review
from studyplan.services.review import Finishing
from studyplan.web.current import current_now
from studyplan.web.database import current_session, reading
from studyplan.web.day import find_day, get_item
from studyplan.web.given import given_date, given_minutes, given_rating
from studyplan.web.redirects import choose_a_track, go_to
from studyplan.web.sessions import current_learner_id, learner_required
from studyplan.web.work import plan_soon

pages = Blueprint("today", __name__)


@pages.get("/today")
@learner_required
def index() -> ResponseReturnValue:
    """Show the day; somebody who has not begun yet chooses a track first."""
    day = find_day(current_session(), current_learner_id(), now=current_now())
    if day is None:
        return choose_a_track()
    return render_template("today.html", day=day)


@pages.get("/occurrences/<occurrence_id>")
@learner_required
def show_occurrence(occurrence_id: str) -> str:
    """Show one occurrence: what a feed entry leads to."""
    session, learner_id, now = current_session(), current_learner_id(), current_now()
    shown = get_item(session, learner_id, OccurrenceId(occurrence_id), now=now)
    return render_template(
        "occurrence.html",
        shown=shown,
        can_be_taken_up=postponing.can_be_taken_up(shown.due.occurrence, now=now),
        undoable=review.find_undoable(session, learner_id, shown.due.occurrence, now=now),
    )


@pages.post("/occurrences/<occurrence_id>/done")
@learner_required
def finish(occurrence_id: str) -> ResponseReturnValue:
    """Record that it was read or recalled, with the rating if one was given."""
    finishing = Finishing(rating=given_rating(), key=request.form.get("key", ""), minutes=given_minutes())
    learner_id, now = current_learner_id(), current_now()
    with reading() as before:
        ready = review.prepare(before, learner_id, now=now)
    finished = review.finish(
        current_session(), learner_id, OccurrenceId(occurrence_id), finishing, ready=ready, now=now
    )
    given = finished.review.rating
    said = f"{wording.rating(given)}." if given else "That part is read."
    if given and finishing.rating is None:
        said = f"Read. It counts as {wording.rating(given)}."
    on = finished.next_on
    back = f" Back around {wording.short_day(on, ready.learner.today(now))}." if on else ""
    return _answer(said + back, undo_url=url_for("today.undo", review_id=finished.review.id))


@pages.post("/occurrences/<occurrence_id>/later")
@learner_required
def put_off(occurrence_id: str) -> ResponseReturnValue:
    """Put it off to a day, or leave it to the plan."""
    until = given_date("until")
    session, learner_id = current_session(), current_learner_id()
    if until is None:
        postponing.skip(session, learner_id, OccurrenceId(occurrence_id), now=current_now())
        said = "Left to the plan."
    else:
        on = postponing.snooze(session, learner_id, OccurrenceId(occurrence_id), until, now=current_now())
        elsewhere = "" if on == until else f"{wording.weekday(until)} has no room for it. "
        said = f"{elsewhere}Put off to {wording.weekday(on)}."
    return _answer(said, undo_url=url_for("today.take_up", occurrence_id=occurrence_id))


@pages.post("/occurrences/<occurrence_id>/back")
@learner_required
def take_up(occurrence_id: str) -> ResponseReturnValue:
    """Take back that it was put off or left to the plan."""
    postponing.take_up(current_session(), current_learner_id(), OccurrenceId(occurrence_id), now=current_now())
    return _answer("Due as before.")


@pages.post("/reviews/<review_id>/undo")
@learner_required
def undo(review_id: str) -> ResponseReturnValue:
    """Take a rating back."""
    review.undo(current_session(), current_learner_id(), ReviewId(review_id), now=current_now())
    return _answer("Taken back.")


@pages.post("/today/ahead")
@learner_required
def read_ahead() -> ResponseReturnValue:
    """Give today the minutes of what comes next; the same form twice is once."""
    key = request.form.get("key")
    enrollment.read_ahead(current_session(), current_learner_id(), key=key, now=current_now())
    return go_to(url_for("today.index"), says="What comes next is on today’s list.")


def _answer(said: str, *, undo_url: str = "") -> ResponseReturnValue:
    """Answer with today's list: in place for the page's script, else by going there."""
    learner_id, now = current_learner_id(), current_now()
    plan_soon(learner_id)
    if "HX-Request" not in request.headers:
        return go_to(url_for("today.index"), says=said)
    day = find_day(current_session(), learner_id, now=now)
    return render_template("_answer.html", day=day, said=said, undo_url=undo_url)
