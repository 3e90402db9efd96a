"""When digests come, how the next one looks, and what became of the last ones."""

from datetime import UTC, time

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from studyplan.domain import wording
from studyplan.domain.deliveries import Kind
from studyplan.domain.errors import Invalid, NotFound
from studyplan.domain.learner import DigestWish
from studyplan.domain.local_time import study_day
from studyplan.services import bounces, digests, learners, letters
from studyplan.web.csrf import checks_token_itself
from studyplan.web.current import current_now, current_settings
from studyplan.web.database import current_session, give_up, reading
from studyplan.web.forms import Day, Form, TimeOfDay
from studyplan.web.headers import in_frame
from studyplan.web.redirects import go_to
from studyplan.web.sessions import current_account, current_today, learner_required
from studyplan.web.work import send_soon

pages = Blueprint("digest_settings", __name__)

KINDS = [
    SelectChoice(value, label) for value, label in (("weekly", "Once a week"), ("daily", "Every day"), ("off", "Never"))
]
STORED = {
    "weekly": "Stored: a digest once a week.",
    "daily": "Stored: a digest every day.",
    "off": "Stored: no digest.",
}
MAILS = {
    Kind.WEEKLY: "Weekly digest",
    Kind.DAILY: "Daily digest",
    Kind.MONTHLY: "Monthly digest",
    Kind.FAREWELL: "Last digest before a long pause",
    Kind.TEST: "Digest that you asked for",
    Kind.CONFIRM: "Link to confirm the address",
    Kind.RESET: "Link to a new password",
    Kind.MOVED: "Note of a new address",
}
NO_PREVIEW = "<!doctype html><title>Digest</title><p>There is no plan yet. Choose a track, and the digest shows here."


class DigestForm(Form):
    """How often, on which weekday, at what time, and from when on."""

    kind = RadioField("How often", [InputRequired("How often should it come?")], choices=KINDS)
    weekday = SelectField(
        "Weekday", choices=[SelectChoice(number, name) for number, name in enumerate(wording.WEEKDAYS)], coerce=int
    )
    at = TimeOfDay("Time of day", [DataRequired("At what time? Such as 07:00.")])
    paused_until = Day("Pause until", [Optional()])

    def validate_paused_until(self, field: Day) -> None:
        """Refuse a day from which nothing would wait any more."""
        if field.data is not None and field.data <= current_today():
            raise ValidationError("Choose a day after today, or leave it empty to get them all.")

    def wish(self) -> DigestWish:
        """Return what the form asks for."""
        at: time = self.at.data
        return DigestWish(
            kind=self.kind.data,
            weekday=self.weekday.data,
            minute=at.hour * 60 + at.minute,
            paused_until=self.paused_until.data,
        )


@pages.get("/settings/digest")
@learner_required
def show() -> ResponseReturnValue:
    """Show the form, the preview and the last digests."""
    return _page()


@pages.post("/settings/digest")
@checks_token_itself
@learner_required
def change() -> ResponseReturnValue:
    """Store when digests come."""
    form = DigestForm()
    if not form.validate():
        return _page(form), 422
    try:
        digests.change_wish(current_session(), current_account().learner_id, form.wish(), now=current_now())
    except Invalid as error:
        give_up()
        form.blame(error.field, str(error))
        return _page(form), 422
    until = form.paused_until.data
    paused = f" None before {wording.weekday(until)}." if until and form.kind.data != "off" else ""
    return go_to(url_for(".show"), says=STORED[form.kind.data] + paused)


@pages.post("/settings/digest/now")
@learner_required
def send_now() -> ResponseReturnValue:
    """Send one besides the regular ones."""
    account, session = current_account(), current_session()
    if not account.is_confirmed:
        return go_to(url_for(".show"), says=f"Nothing is sent to {account.email} before you confirm it.")
    if held_back := bounces.find_suppression(session, account.email):
        return go_to(url_for(".show"), says=f"Nothing is sent to {account.email}: {held_back}.")
    is_new = digests.ask_for_one_now(session, account.learner_id, now=current_now())
    send_soon()
    says = f"A digest is on its way to {account.email}" + ("." if is_new else " already. Ask again in a minute.")
    return go_to(url_for(".show"), says=says)


@pages.post("/settings/digest/address")
@learner_required
def allow_again() -> ResponseReturnValue:
    """Send to the address again, after mails to it had bounced."""
    account = current_account()
    bounces.allow_again(current_session(), account)
    return go_to(url_for(".show"), says=f"Mails go to {account.email} again.")


@pages.get("/settings/digest/preview")
@learner_required
def preview() -> ResponseReturnValue:
    """Show the digest as it would be sent now in a frame."""
    try:
        mail = letters.preview(current_session(), current_account().learner_id, current_settings(), now=current_now())
    except NotFound:
        return in_frame(NO_PREVIEW)
    return in_frame(mail.html)


def _page(form: DigestForm | None = None) -> str:
    account = current_account()
    with reading() as session:
        learner = learners.find_learner(session, account.learner_id)
        records = digests.list_records(session, account.learner_id)
        held_back = bounces.find_suppression(session, account.email)
    wish = learner.digest if learner else DigestWish(kind="weekly", weekday=0, minute=7 * 60)
    zone = learner.zone if learner else UTC
    today = study_day(current_now(), zone)
    return render_template(
        "settings/digest.html",
        account=account,
        learner=learner,
        form=form
        or DigestForm(
            formdata=None,
            kind=wish.kind,
            weekday=wish.weekday,
            at=time(*divmod(wish.minute, 60)),
            paused_until=wish.paused_until if wish.paused_until and wish.paused_until > today else None,
        ),
        records=[(MAILS[record.kind], record, study_day(record.at, zone)) for record in records],
        today=today,
        held_back=held_back,
    )
