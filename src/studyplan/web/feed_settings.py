"""The learner's feeds: their addresses, what each shows, new addresses, and taking them away."""

from datetime import date, time

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from studyplan.domain.catalog import TIERS, LearnerId, TrackId
from studyplan.domain.errors import Invalid
from studyplan.domain.feeds import Feed, FeedId, FeedWish, Format, Kinds
from studyplan.publish.opml import opml
from studyplan.services import feeds, learners
from studyplan.web.csrf import checks_token_itself
from studyplan.web.current import current_links, current_now
from studyplan.web.database import current_session, give_up
from studyplan.web.forms import Form, TimeOfDay, WholeNumber
from studyplan.web.redirects import choose_a_track, go_to
from studyplan.web.sessions import current_learner_id, learner_required

pages = Blueprint("feed_settings", __name__)

FORMATS = {Format.RSS: "RSS", Format.ATOM: "Atom", Format.JSON: "JSON Feed", Format.ICS: "iCalendar"}
KINDS = {Kinds.ALL: "First readings and reviews", Kinds.FIRST: "First readings", Kinds.REVIEWS: "Reviews"}
MINUTES_OF_HOUR = 60


class FeedForm(Form):
    """A feed's name and what it shows."""

    name = StringField("Name", [DataRequired("Give it a name, such as where you read it.")])
    tracks = SelectMultipleField("Tracks", coerce=int, widget=ListWidget(), option_widget=CheckboxInput())
    kinds = SelectField("What", choices=KINDS)
    lowest_tier = SelectField("Tiers", coerce=int, choices={str(tier): f"{tier} and up" for tier in TIERS})
    cap = WholeNumber("Entries at most", [InputRequired("How many entries?")])
    event_per_item = BooleanField("One calendar event for each reading instead of one a study day")
    event_at = TimeOfDay("Calendar events begin at", [InputRequired("At what time? Such as 07:00.")])

    def offer(self, learner_id: LearnerId) -> None:
        """Offer the tracks that the learner is on."""
        tracks = feeds.list_tracks(current_session(), learner_id)
        self.tracks.choices = {str(track.id): track.title for track in tracks}

    def wish(self) -> FeedWish:
        """Return what the form asks for; Invalid names the field that does not fit."""
        at: time = self.event_at.data
        return FeedWish(
            tracks=tuple(TrackId(track_id) for track_id in self.tracks.data),
            kinds=Kinds(self.kinds.data),
            lowest_tier=self.lowest_tier.data,
            cap=self.cap.data,
            event_per_item=self.event_per_item.data,
            event_minute=at.hour * MINUTES_OF_HOUR + at.minute,
        )


@pages.get("/settings/feeds")
@learner_required
def show() -> ResponseReturnValue:
    """Show the feeds with their addresses."""
    if not learners.is_learner(current_session(), current_learner_id()):
        return choose_a_track()
    return _page(_form("", FeedWish()))


@pages.post("/settings/feeds")
@checks_token_itself
@learner_required
def make() -> ResponseReturnValue:
    """Make a feed."""
    form, learner_id = FeedForm(), current_learner_id()
    form.offer(learner_id)
    if form.validate():
        try:
            feeds.make_feed(
                current_session(), learner_id, form.name.data, form.wish(), current_links(), now=current_now()
            )
            return go_to(url_for(".show"), says=f"“{form.name.data}” has an address now.")
        except Invalid as error:
            give_up()
            form.blame(_field(error), str(error))
    return _page(form), 422


@pages.get("/settings/feeds/<feed_id>")
@learner_required
def edit(feed_id: str) -> ResponseReturnValue:
    """Show what one feed shows."""
    feed = feeds.get_feed(current_session(), current_learner_id(), FeedId(feed_id))
    return render_template("settings/feed.html", feed=feed, form=_form(feed.name, feed.wish))


@pages.post("/settings/feeds/<feed_id>")
@checks_token_itself
@learner_required
def change(feed_id: str) -> ResponseReturnValue:
    """Change a feed's name and what it shows."""
    form, session, learner_id = FeedForm(), current_session(), current_learner_id()
    feed = feeds.get_feed(session, learner_id, FeedId(feed_id))
    form.offer(learner_id)
    if form.validate():
        try:
            feeds.change_feed(session, learner_id, feed.id, form.name.data, form.wish(), now=current_now())
            return go_to(url_for(".show"), says=f"Stored what “{form.name.data}” shows.")
        except Invalid as error:
            give_up()
            form.blame(_field(error), str(error))
    return render_template("settings/feed.html", feed=feed, form=form), 422


@pages.post("/settings/feeds/<feed_id>/address")
@learner_required
def rotate(feed_id: str) -> ResponseReturnValue:
    """Give a feed a new address."""
    feeds.rotate(current_session(), current_learner_id(), FeedId(feed_id), current_links(), now=current_now())
    return go_to(url_for(".show"), says="It has a new address. The one before works for seven more days.")


@pages.post("/settings/feeds/<feed_id>/switch")
@learner_required
def switch(feed_id: str) -> ResponseReturnValue:
    """Switch a feed on or off."""
    is_on = request.form.get("to") == "on"
    feeds.switch(current_session(), current_learner_id(), FeedId(feed_id), on=is_on, now=current_now())
    return go_to(url_for(".show"), says=f"Switched {'on' if is_on else 'off'}.")


@pages.post("/settings/feeds/<feed_id>/delete")
@learner_required
def revoke(feed_id: str) -> ResponseReturnValue:
    """Take a feed away."""
    feeds.revoke(current_session(), current_learner_id(), FeedId(feed_id), now=current_now())
    return go_to(url_for(".show"), says="Taken away. Its address has ended.")


@pages.post("/settings/feeds/opml")
@learner_required
def export() -> Response:
    """Give the feeds as OPML; with their addresses, which are secrets, only when asked for."""
    links, now = current_links(), current_now()
    form = Format.ATOM if request.form.get("addresses") else None
    listed = [
        (shown.feed.name, links.feed(shown.token, form) if form and shown.token else None)
        for shown in feeds.list_feeds(current_session(), current_learner_id(), links, now=now)
    ]
    body = opml("Studyplan", listed, home_url=links.page("/today"), made_at=now)
    headers = {"Content-Disposition": 'attachment; filename="studyplan-feeds.opml"', "Cache-Control": "no-store"}
    return Response(body, mimetype="text/x-opml", headers=headers)


@pages.app_template_filter()
def last_read(feed: Feed, today: date) -> str:
    """Say when a feed was read last."""
    if feed.used_on is None:
        return "never read"
    days = max(0, (today - feed.used_on).days)
    return {0: "read today", 1: "read yesterday"}.get(days, f"read {days} days ago")


def _page(form: FeedForm) -> str:
    session, learner_id, links, now = current_session(), current_learner_id(), current_links(), current_now()
    shown = [
        (one, {label: links.feed(one.token, kind) for kind, label in FORMATS.items()} if one.token else {})
        for one in feeds.list_feeds(session, learner_id, links, now=now)
    ]
    learner = learners.get_learner(session, learner_id)
    return render_template("settings/feeds.html", shown=shown, form=form, learner=learner, today=learner.today(now))


def _form(name: str, wish: FeedWish) -> FeedForm:
    form = FeedForm(
        formdata=None,
        name=name,
        tracks=list(wish.tracks),
        kinds=wish.kinds,
        lowest_tier=wish.lowest_tier,
        cap=wish.cap,
        event_per_item=wish.event_per_item,
        event_at=time(*divmod(wish.event_minute, MINUTES_OF_HOUR)),
    )
    form.offer(current_learner_id())
    return form


def _field(error: Invalid) -> str | None:
    """Return the form's field for what is wrong."""
    return "event_at" if error.field == "event_minute" else error.field
