"""One reading: what it is about, why and when it comes, what was done with it, what it builds on."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template

from studyplan.domain import wording
from studyplan.domain.catalog import ReadingId
from studyplan.domain.plan import ItemKind, PlanItem
from studyplan.domain.reviews import Review
from studyplan.services import standing
from studyplan.services.standing import ReadingView
from studyplan.web import recall_chart
from studyplan.web.charts import short_name
from studyplan.web.current import current_now
from studyplan.web.database import current_session
from studyplan.web.sessions import current_learner_id, learner_required

pages = Blueprint("readings", __name__)

KINDS = {ItemKind.FIRST: "First reading", ItemKind.PART: "Part of the first reading", ItemKind.REVIEW: "Review"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One time that the reading was seen or will be."""

    on: date
    what: str
    recall: float | None
    rating: str
    minutes: float
    is_planned: bool = False


@pages.get("/readings/<int:reading_id>")
@learner_required
def show(reading_id: int) -> str:
    """Show a reading of the learner's tracks."""
    view = standing.get_reading(current_session(), current_learner_id(), ReadingId(reading_id), now=current_now())
    return render_template(
        "reading.html",
        view=view,
        cluster=short_name(view.cluster_title),
        when=_when(view),
        ahead=_ahead(view),
        chart=recall_chart.draw(view.curve, view.today) if view.curve.ahead else None,
        history=[_seen(review) for review in view.reviews] + [_planned(item) for item in view.planned],
    )


def _when(view: ReadingView) -> str:
    """Say how it stands and when it comes next, in two sentences."""
    planned = next(iter(view.planned), None)
    following = ""
    if planned is not None:
        following = f" Planned next for {wording.weekday(planned.on)}: {wording.duration(planned.minutes)}."
    if view.standing.recall is not None and view.standing.memory is not None:
        days = (view.today - view.standing.memory.last_on).days
        seen = "seen today" if not days else f"{wording.count(days, 'day')} after you last saw it"
        rest = following or " No further review is planned: other minutes buy more."
        return f"Recall is at {wording.percent(view.standing.recall)}, {seen}.{rest}"
    if any(review.rating is None for review in view.reviews):
        return f"You are in the middle of it.{following}"
    if view.standing.is_ready:
        return f"Not read yet; all that it builds on is read.{following}"
    return f"Not read yet; it builds on something unread.{following}"


def _ahead(view: ReadingView) -> str:
    """Say what the planned reviews of what is read come to; nothing when there are none."""
    reviews = [item for item in view.planned if item.kind is ItemKind.REVIEW and item.on >= view.today]
    if view.standing.memory is None or not reviews:
        return ""
    reason, when = reviews[0].reason, wording.goal(reviews[0].reason.horizon_on, view.today)
    with_them, without = wording.percent(reason.horizon_reviewed), wording.percent(reason.horizon_without)
    planned = f"the {len(reviews)} reviews" if len(reviews) > 1 else "the review"
    expected = f"it is expected at {with_them} with {planned} planned, and at {without} with none"
    return f"{when[0].upper()}{when[1:]} {expected}."


def _seen(review: Review) -> Line:
    return Line(
        on=review.studied_on,
        what=KINDS[review.kind],
        recall=review.recall_expected,
        rating=wording.rating(review.rating) if review.rating else "",
        minutes=review.minutes,
    )


def _planned(item: PlanItem) -> Line:
    is_review = item.kind is ItemKind.REVIEW
    recall = item.reason.recall_now if is_review else None
    return Line(on=item.on, what=KINDS[item.kind], recall=recall, rating="", minutes=item.minutes, is_planned=True)
