"""The front page: one sentence, a day of the whole reading room, the shelf and the tracks."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from studyplan.domain import wording
from studyplan.services import catalogs, sample
from studyplan.web.charts import shelf
from studyplan.web.current import current_now
from studyplan.web.database import current_session
from studyplan.web.sessions import find_current_account
from studyplan.web.tracks import list_cards

pages = Blueprint("landing", __name__)


@pages.get("/")
def index() -> ResponseReturnValue:
    """Show what Studyplan does; who is signed in goes to today's list."""
    if find_current_account() is not None:
        return redirect(url_for("today.index"), 303)
    views = catalogs.list_tracks(current_session())
    longest = max(views, key=lambda view: len(view.readings), default=None)
    today = current_now().date()
    day = sample.sample_day(longest, today=today) if longest else None
    return render_template(
        "landing.html",
        tracks=list_cards(views),
        whole=longest,
        spines=shelf(longest.readings) if longest else (),
        sample=day,
        finish=wording.finish(day.plan.finish, today) if day else "",
        today=today,
    )
