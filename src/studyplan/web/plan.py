"""The plan: weeks ahead, what if, breaks, and the ledger of what was moved or left out."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import SelectField
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError

from studyplan.domain import wording
from studyplan.domain.budget import Break
from studyplan.domain.catalog import LearnerId
from studyplan.domain.errors import Invalid
from studyplan.domain.ledger import LedgerId
from studyplan.domain.study_settings import StudySettings
from studyplan.services import changes, enrollment, learners
from studyplan.web.current import current_now
from studyplan.web.database import current_session, give_up, reading
from studyplan.web.forms import Day, Form, WholeNumber
from studyplan.web.plan_page import get_page
from studyplan.web.proposal import NOTHING, Preview, find_preview, go_to_ledger, propose
from studyplan.web.redirects import choose_a_track
from studyplan.web.sessions import current_learner_id, current_today, learner_required

pages = Blueprint("plan", __name__)

MOST_MORE = 600
LATEST_BREAK = timedelta(days=365)


class WhatIfForm(Form):
    """A change to try: more or fewer minutes a week, a lowest tier, another horizon."""

    class Meta:
        """A preview is a GET: it changes nothing and needs no token."""

        csrf = False

    more = WholeNumber(
        "Minutes a week more or fewer",
        [Optional(), NumberRange(-MOST_MORE, MOST_MORE, f"Give -{MOST_MORE} to {MOST_MORE}.")],
    )
    tier = SelectField("Leave out", filters=[lambda given: given or ""])
    until = Day("Know it by", [Optional()])

    def __init__(self, *arguments: Any, **values: Any) -> None:
        super().__init__(*arguments, **values)
        with reading() as session:
            tiers = enrollment.list_tiers(session, current_learner_id())
        below = {str(tier): f"all below tier {tier}" for tier in tiers[:-1]}
        self.tier.choices = {"": "nothing more", **below, "1": "nothing at all"}

    @property
    def is_asked(self) -> bool:
        """Say whether anything was given, sense or not."""
        return any(field.raw_data and field.raw_data[0] for field in (self.more, self.tier, self.until))


class BreakForm(Form):
    """Days without study."""

    first_on = Day("First day", [DataRequired("On which day does it begin?")])
    last_on = Day("Last day", [DataRequired("On which day does it end?")])

    def validate_last_on(self, field: Day) -> None:
        """Refuse what is long over: the plan would not change by it."""
        if field.data < current_today() - LATEST_BREAK:
            raise ValidationError("This was over a year ago. A break that long past changes nothing.")


@pages.get("/plan")
@learner_required
def index() -> ResponseReturnValue:
    """Show the plan, with a preview when a change is asked for."""
    if not learners.is_learner(current_session(), current_learner_id()):
        return choose_a_track()
    return _page(WhatIfForm(request.args), BreakForm(formdata=None))


@pages.get("/plan/what-if")
@learner_required
def try_out() -> str:
    """Show the preview alone, for the page's script."""
    form = WhatIfForm(request.args)
    preview = _preview(current_session(), current_learner_id(), form)
    return render_template("_what_if.html", form=form, preview=preview)


@pages.post("/plan/change")
@learner_required
def change() -> ResponseReturnValue:
    """Apply the change; it can be put back for a day."""
    form = WhatIfForm()
    session, learner_id = current_session(), current_learner_id()
    if not form.validate() or not form.is_asked:
        return _page(form, BreakForm(formdata=None)), 422
    key = request.form.get("key")
    try:
        is_done = changes.apply(session, learner_id, partial(_changed, form), _what(form), key=key, now=current_now())
    except Invalid:  # the page's own try says what and where
        give_up()
        return _page(form, BreakForm(formdata=None)), 422
    return go_to_ledger(f"{_what(form)}: done." if is_done else NOTHING)


@pages.post("/plan/break")
@learner_required
def add_break() -> ResponseReturnValue:
    """Add a break, ahead or afterwards, once its preview is agreed to."""
    form = BreakForm()
    if form.validate():
        pause = Break(first_on=form.first_on.data, last_on=form.last_on.data)
        what = f"A break, {wording.span(pause.first_on, pause.last_on, current_today())}"
        try:
            return propose(lambda settings: settings.with_break(pause), what, back=url_for("plan.index") + "#break")
        except Invalid as error:
            form.blame(error.field, str(error))
    return _page(WhatIfForm(formdata=None), form), 422


@pages.post("/plan/break/<first_on>/end")
@learner_required
def end_break(first_on: str) -> ResponseReturnValue:
    """Take a break out of the plan, once the preview is agreed to."""
    try:
        day = date.fromisoformat(first_on)
    except ValueError:
        raise Invalid(f"“{first_on}” is no date such as 2026-12-21.") from None
    what = f"No break from {day:%-d %B} on"
    return propose(lambda settings: settings.without_break(day), what, back=url_for("plan.index") + "#break")


@pages.post("/plan/ledger/<line_id>/undo")
@learner_required
def undo(line_id: str) -> ResponseReturnValue:
    """Put an own change back."""
    changes.undo(current_session(), current_learner_id(), LedgerId(line_id), now=current_now())
    return go_to_ledger("Put back.")


def _page(what_if: WhatIfForm, pause: BreakForm) -> str:
    session, learner_id = current_session(), current_learner_id()
    page = get_page(session, learner_id, now=current_now())
    preview = _preview(session, learner_id, what_if)
    return render_template("plan.html", page=page, form=what_if, pause=pause, preview=preview)


def _preview(session: Session, learner_id: LearnerId, form: WhatIfForm) -> Preview | None:
    if not form.is_asked or not form.validate():
        return None
    try:
        return find_preview(session, learner_id, partial(_changed, form), now=current_now())
    except Invalid as error:
        form.blame("until" if error.field == "horizon_on" else "more", str(error))
        return None


def _changed(form: WhatIfForm, settings: StudySettings) -> StudySettings:
    if form.more.data:
        settings = settings.with_minutes_more(form.more.data)
        enrollment.check_weekdays(settings.budget.weekdays)
    if form.tier.data:
        settings = settings.with_lowest_tier(int(form.tier.data))
    return settings.with_horizon(form.until.data) if form.until.data else settings


def _what(form: WhatIfForm) -> str:
    """Say the change for the ledger."""
    said = []
    if form.more.data:
        said.append(f"{abs(form.more.data)} minutes a week {'more' if form.more.data > 0 else 'fewer'}")
    if form.tier.data:
        said.append("every tier counts" if form.tier.data == "1" else f"nothing below tier {form.tier.data}")
    if form.until.data:
        said.append(f"known by {form.until.data:%-d %B %Y}")
    what = ", ".join(said)
    return what[:1].upper() + what[1:]
